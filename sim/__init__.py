"""ccosim: an open, agent-based simulation of a state Medicaid system built on coordinated care organizations.

The public interface is the names below; everything else may change between versions. Each is imported when it is first
used, so that asking for a scenario does not wait for Mesa, Numba and pandas.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.compare import compare, simulate
    from sim.model import HealthSystem
    from sim.scenario import Scenario
    from sim.study import load_study

__all__ = ["HealthSystem", "Scenario", "compare", "load_study", "simulate"]

_HOMES = {
    "HealthSystem": "sim.model",
    "Scenario": "sim.scenario",
    "compare": "sim.compare",
    "load_study": "sim.study",
    "simulate": "sim.compare",
}


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used."""
    if name == "__version__":
        from importlib.metadata import version

        return version("ccosim")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


class _Package(ModuleType):
    """Keeps `sim.compare` the public function: importing the module of that name would put the module in its place.

    What else the module holds is reached with `from sim.compare import ...`.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "compare" and isinstance(value, ModuleType):
            value = value.compare
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
