"""The effect of a package on use *through the needs it relieves*, so that nothing is counted twice (model.md 13).

The effects in a package file are totals: direct = total / implied. A need takes log use up by w x part x log M,
strongest need first, each further one with a weight w of 0.7 of the one before (``sim/member/demand.py``). Relieving a
share s of need n leaves the part 1 - s of it, so that

    implied log = mean over the sets of needs among those served of [effect(parts left) - effect(all parts)]

Needs of members served are independent, with the shares of ``upstream.need_mix``; the mean is over all 128 sets.
s combines the effect switched off during service with the faster exit: at an exit chance h, raised by a ratio e over D
months, the need is present for (1 - exp(-x)) / x of the time on average, x = h (e - 1) D. Prevented onsets are not in
s: members served have the need already, or have no effect of it yet.
"""

import numpy as np

from sim import schema
from sim.engine.arrays import Floats, Ints
from sim.engine.parameters import Registry
from sim.upstream.package import Package, Relief

NO_END = 12.0  # months over which faster exit is averaged where service has no end
N_NEEDS = len(schema.NEEDS)
SETS = (np.arange(1 << N_NEEDS)[:, None] >> np.arange(N_NEEDS)) & 1  # every set of needs


def implied_log_effect(package: Package, numbers: Registry) -> Floats:
    """Return the log effect on each service through need relief alone, at full effect of the package."""
    present, left = present_among_served(package, numbers), 1.0 - relieved_share(package, numbers)
    chance = np.where(SETS, present, 1.0 - present).prod(axis=1)
    effect: Floats = np.log(numbers.get("needs.causal"))
    attenuation = float(numbers.get("needs.attenuation"))
    relieved, full = (np.asarray(SETS * part, dtype=np.float64) for part in (left, 1.0))
    change = log_effect(relieved, effect, attenuation) - log_effect(full, effect, attenuation)
    return np.asarray(chance @ change)


def log_effect(parts: Floats, effect: Floats, attenuation: float) -> Floats:
    """Return the log effect of needs on each service, as in ``demand.add_needs``.

    ``parts``: effect of each need, 0 to 1, ``[..., need]``; ``effect``: log causal multipliers ``[need, service]``;
    ``attenuation``: weight of each further need.
    """
    total = np.zeros((*parts.shape[:-1], effect.shape[1]))
    weight = np.ones(parts.shape[:-1])
    for need in strongest_first(effect):
        part = parts[..., need]
        total += (weight * part)[..., None] * effect[need]
        weight = weight * (1.0 - (1.0 - attenuation) * part)
    return total


def strongest_first(effect: Floats) -> Ints:
    """Return needs in the order in which the rules of the month add them up."""
    return np.asarray(np.argsort(-np.abs(effect).max(axis=1), kind="stable"))


def present_among_served(package: Package, numbers: Registry) -> Floats:
    """Return the share of members served who have each need: 1 where the package requires exactly that need."""
    present = np.array(numbers.get("upstream.need_mix"), dtype=np.float64)
    targets = package.targets()
    if len(targets) == 1:
        present[targets[0]] = 1.0
    return present


def relieved_share(package: Package, numbers: Registry) -> Floats:
    """Return the share of each need's effect that the package removes, on average over the time of service."""
    exits = numbers.monthly("needs.exit_prone")
    months = package.duration.months.value if package.duration.months else NO_END
    share = np.zeros(N_NEEDS)
    for need, relief in reliefs(package).items():
        off = 1.0 if relief.met else relief.relief.value if relief.relief else 0.0
        gone = _gone_sooner(relief.exit_ratio.value if relief.exit_ratio else 1.0, exits[need], months)
        share[need] = off + (1.0 - off) * gone
    return share


def reliefs(package: Package) -> dict[int, Relief]:
    """Return the relief of each need by its index; a need's own entry replaces that of ``every_need``."""
    every = package.need_relief.get("every_need")
    found = {} if every is None else dict.fromkeys(range(N_NEEDS), every)
    named = {schema.NEEDS.index(need): relief for need, relief in package.need_relief.items() if need != "every_need"}
    return {**found, **named}


def _gone_sooner(exit_ratio: float, exit_chance: float, months: float) -> float:
    x = exit_chance * (exit_ratio - 1.0) * months
    return 0.0 if x == 0.0 else float(1.0 + np.expm1(-x) / x)
