"""Remember which of Numba's operations fits which numbers: an operator of Python alone has dozens, tried one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core import types
from numba.core.types.functions import BaseFunction

METHOD = "get_call_type"
ASK = BaseFunction.get_call_type  # as Numba finds it
KNOWN: dict[tuple[Any, tuple[Any, ...]], Any] = {}
NUMBERS = (types.Number, types.Boolean, types.Literal)


def ask_once(function: Any, context: Any, args: tuple[Any, ...], kws: dict[str, Any]) -> Any:
    """Return the types with which a function of Numba is called, asked once for the same numbers."""
    if kws or not all(isinstance(one, NUMBERS) for one in args):
        return ASK(function, context, args, kws)
    asked = (function, tuple(args))
    if asked not in KNOWN:
        KNOWN[asked] = ASK(function, context, args, kws)
    return KNOWN[asked]


@contextmanager
def asked_once() -> Iterator[None]:
    """Compile a rule with what was found for others; no function of a user is concerned."""
    usual = BaseFunction.get_call_type
    setattr(BaseFunction, METHOD, ask_once)
    try:
        yield
    finally:
        setattr(BaseFunction, METHOD, usual)
