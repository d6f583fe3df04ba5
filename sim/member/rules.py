"""Which names the compiled rules mention: a parameter that none of them reads does nothing."""

import sys
from functools import lru_cache
from types import FunctionType

import sim.member.month  # noqa: F401, imports every rule

PACKAGE = "sim.member."


@lru_cache(maxsize=1)
def names_in_rules() -> frozenset[str]:
    """Return every name and attribute in the code of the rules, compiled or not."""
    found: set[str] = set()
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGE):
            for rule in vars(module).values():
                plain = getattr(rule, "py_func", rule)
                if isinstance(plain, FunctionType):
                    found.update(plain.__code__.co_names)
    return frozenset(found)
