"""The second process of a first start compiles what a month calls, from the last rule on, and ends with the first."""

import ast
import inspect
import os
from inspect import signature
from io import BytesIO
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numba import typeof

from sim import last_rules
from sim.axes import parameters_of
from sim.member import month
from sim.member.month import make_scratch, make_workspace
from sim.member.prepare import prepare
from sim.paths import conf_folder
from sim.schema import CLINIC
from sim.start import quiet_areas
from sim.upstream.channels import compile_packages
from sim.upstream.load import load_packages

pytestmark = pytest.mark.quick


def test_rules_are_compiled_for_what_a_month_passes_to_them() -> None:
    """Another type anywhere, and the month compiles the rule once more."""
    registry = parameters_of(conf_folder())
    packages = compile_packages(load_packages(("cash",), conf_folder()), registry)
    params, areas = prepare(registry, conf_folder(), packages, 1, 0), quiet_areas(16)
    clinics = np.zeros(5, dtype=CLINIC).view(np.recarray)
    members, *_ = make_workspace()
    scratch, _ = make_scratch(len(areas), len(clinics))
    of_a_block = {"members": members, "n": 3, "areas": areas, "clinics": clinics, "scratch": scratch}
    of_a_member = {"m": members[2], "t": scratch[5][2], "here": areas[1], "clinic": clinics[4], "u": scratch[0][0]}
    passed: dict[str, Any] = {**of_a_block, **of_a_member, "j": 2, "seed": np.uint64(7), "p": params[0]}
    prepared = last_rules.arguments(conf_folder())
    assert {name: typeof(one) for name, one in passed.items()} == {name: typeof(one) for name, one in prepared.items()}


def calls_of(rule: Any) -> list[tuple[str, list[str]]]:
    """What a rule of ``month.py`` calls in statements of their own, and with what."""
    statements = ast.walk(ast.parse(inspect.getsource(rule)))
    calls = [one.value for one in statements if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call)]
    return [(ast.unparse(call.func), [ast.unparse(one) for one in call.args]) for call in calls]


def test_it_goes_backwards_and_leaves_no_rule_out() -> None:
    """From the end of a block to the rule at which this process is then; arguments have the names of parameters."""
    of_a_member = calls_of(month.live)
    first = [name for name, _ in of_a_member].index("change_health")
    of_a_block = [call for call in calls_of(month.live_chunk) if call[0] == "settle_block"]
    called = [*of_a_member[first:], *of_a_block]
    assert [(rule.__name__, list(signature(rule).parameters)) for rule in last_rules.LAST] == called[::-1]


def test_each_rule_is_compiled_with_arguments_of_its_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    def rule(m: object, j: object) -> None: ...

    compiled = []
    rule.get_call_template = lambda *call: compiled.append(call)  # type: ignore[attr-defined]
    monkeypatch.setattr(last_rules, "LAST", (rule,))
    monkeypatch.setattr(last_rules, "arguments", lambda conf: {"j": 2, "m": 1.5, "p": conf})
    last_rules.compile_all("a folder")  # type: ignore[arg-type]
    assert compiled == [([typeof(1.5), typeof(2)], {})]


def test_it_ends_with_who_started_it_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipe is closed when its other end is gone, however that ended; nothing is ever said through it."""
    ended: list[int] = []
    hears = Event()
    monkeypatch.setattr(last_rules, "os", SimpleNamespace(_exit=ended.append))
    last_rules.end_with(BytesIO())  # nobody is there
    assert ended == [0]
    here, there = os.pipe()

    def listen() -> None:
        with os.fdopen(here, "rb") as parent:
            hears.set()
            last_rules.end_with(parent)

    listening = Thread(target=listen)
    listening.start()
    hears.wait()
    listening.join(0.05)
    assert ended == [0]
    os.close(there)
    listening.join(5)
    assert ended == [0, 0]
