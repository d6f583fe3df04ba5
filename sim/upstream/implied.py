"""What a package does to use *through the needs it relieves*, so that nothing is counted twice (model.md 13).

The effects in a package file are totals. Relieving a share s of a need whose causal multiplier is M takes use to M^-s:

    implied = prod over needs n of M[n, service] ^ -(present[n] * s[n])        direct = total / implied

s joins the effect that is switched off while served with the faster exit: at an exit chance h, raised by a ratio e over
D months, the need is on average present for (1 - exp(-x)) / x of the time that it would have been, x = h (e - 1) D.
Onsets that a package prevents are not in s: whom it serves has the need already, or has nothing to attribute yet.
"""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.upstream.package import Package, Relief

Floats = NDArray[np.float64]

NO_END = 12.0  # months over which faster exit is averaged where service has no end


class Numbers(Protocol):
    """The registry of parameters, as far as it is needed here."""

    def get(self, name: str) -> Any:
        """Return a value in its declared unit."""

    def monthly(self, name: str) -> Any:
        """Return a value per member-month."""


def implied_log_effect(package: Package, numbers: Numbers) -> Floats:
    """Return the log effect on each service that comes through need relief alone, while it has its full effect."""
    relieved = present_among_served(package, numbers) * relieved_share(package, numbers)
    return np.asarray(-relieved @ np.log(numbers.get("needs.causal")))


def present_among_served(package: Package, numbers: Numbers) -> Floats:
    """Return the share of those served who have each need: all, where the package asks for exactly that need."""
    present = np.array(numbers.get("upstream.need_mix"), dtype=np.float64)
    targets = package.targets()
    if len(targets) == 1:
        present[targets[0]] = 1.0
    return present


def relieved_share(package: Package, numbers: Numbers) -> Floats:
    """Return the share of each need's effect that the package takes away on average, over the time of service."""
    exits = numbers.monthly("needs.exit_prone")
    months = package.duration.months.value if package.duration.months else NO_END
    share = np.zeros(len(schema.NEEDS))
    for need, relief in reliefs(package).items():
        off = relief.relief.value if relief.relief else 0.0
        gone = _gone_sooner(relief.exit_ratio.value if relief.exit_ratio else 1.0, exits[need], months)
        share[need] = off + (1.0 - off) * gone
    return share


def reliefs(package: Package) -> dict[int, Relief]:
    """Return the relief of each need by its index; a need's own entry replaces that of ``every_need``."""
    every = package.need_relief.get("every_need")
    found = {} if every is None else dict.fromkeys(range(len(schema.NEEDS)), every)
    named = {schema.NEEDS.index(need): relief for need, relief in package.need_relief.items() if need != "every_need"}
    return {**found, **named}


def _gone_sooner(exit_ratio: float, exit_chance: float, months: float) -> float:
    x = exit_chance * (exit_ratio - 1.0) * months
    return 0.0 if x == 0.0 else float(1.0 + np.expm1(-x) / x)
