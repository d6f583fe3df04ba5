"""What fits which numbers is asked once, for rules alone."""

from contextlib import suppress
from typing import Any

import pytest
from numba.core import types
from numba.core.types.functions import BaseFunction

from sim.engine import compile_known

pytestmark = pytest.mark.quick


def test_the_same_numbers_are_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other numbers, other functions, and whatever is more than numbers are asked for."""
    asked: list[Any] = []
    monkeypatch.setattr(compile_known, "KNOWN", {})
    monkeypatch.setattr(compile_known, "ASK", lambda *call: asked.append(call) or len(asked))
    whole, real, column = types.int64, types.float64, types.float64[:]
    for function, args, kws in (
        ("add", (whole, real), {}),
        ("add", (real, real), {}),
        ("subtract", (whole, real), {}),
        ("add", (column, real), {}),
        ("add", (whole, real), {"also": real}),
    ):
        found = [compile_known.ask_once(function, "context", args, kws) for _ in range(2)]
        again = isinstance(args[0], types.Array) or bool(kws)
        assert found == [len(asked) - again, len(asked)]
    assert [call[0] for call in asked] == ["add", "add", "subtract", *["add"] * 4]


def test_a_function_of_a_user_is_asked_for_as_ever() -> None:
    usual = BaseFunction.get_call_type
    with compile_known.asked_once():  # a rule that is compiled for another one
        with compile_known.asked_once():
            assert BaseFunction.get_call_type is compile_known.ask_once
        assert BaseFunction.get_call_type is compile_known.ask_once
    assert BaseFunction.get_call_type is usual
    with suppress(ValueError), compile_known.asked_once():
        raise ValueError
    assert BaseFunction.get_call_type is usual
