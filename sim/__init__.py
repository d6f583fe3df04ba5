"""ccosim: an open, agent-based simulation of a state Medicaid system built on coordinated care organizations.

The public interface is the names below; everything else may change between versions. Each is imported when it is first
used, so that asking for a scenario does not wait for Mesa, Numba and pandas.
"""

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.model import HealthSystem, begin
    from sim.runs.claims import claims
    from sim.runs.comparison import compare, simulate
    from sim.scenario import Scenario
    from sim.study import load_study
    from sim.study.starts import load_start, save_start

__all__ = [
    "HealthSystem",
    "Scenario",
    "begin",
    "claims",
    "compare",
    "load_start",
    "load_study",
    "save_start",
    "simulate",
]

# Mesa loads a progress bar that we never show, and that misses its widgets in many notebooks.
warnings.filterwarnings("ignore", message="IProgress not found")

_HOMES = {
    "HealthSystem": "sim.model",
    "Scenario": "sim.scenario",
    "begin": "sim.model",
    "claims": "sim.runs.claims",
    "compare": "sim.runs.comparison",
    "load_start": "sim.study.starts",
    "load_study": "sim.study",
    "save_start": "sim.study.starts",
    "simulate": "sim.runs.comparison",
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
