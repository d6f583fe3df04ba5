"""How many runs are enough: until the Monte Carlo error of the difference is small against the difference.

Parameters and luck both fall with the number of draws; luck that a seed does to every draw falls only with seeds. The
cheapest design that is precise enough is found by trying numbers of seeds per draw. Enough is ``mcse <= precision x
|difference|``, or an absolute error if one is given; a difference of zero can only be known to an absolute error.
"""

from dataclasses import dataclass

import numpy as np

from sim.analysis.uncertainty.decomposition import Components
from sim.measures.intervals import PRECISION

MOST_SEEDS = 400


@dataclass(frozen=True)
class Enough:
    """What a study needs: draws and seeds per draw in each structure, the runs of one arm, and how many more."""

    draws: int
    seeds: int
    runs: int
    further: int


def still_needed(found: Components, precision: float = PRECISION, absolute: float | None = None) -> Enough | None:
    """The smallest study whose Monte Carlo error is small enough; None if that cannot be told or reached.

    Parameters
    ----------
    precision
        Monte Carlo error wanted, as a share of the difference.
    absolute
        Monte Carlo error wanted, in the measure's unit, if that is the larger one.
    """
    wanted = max(precision * abs(found.mean), absolute or 0.0)
    done = round(found.structures * found.draws * found.seeds)
    if found.error() == 0 or (wanted > 0 and found.error() <= wanted):
        unknown = np.isnan(found.luck) and np.isnan(found.parameters)  # one run: no error is known
        return None if unknown else Enough(round(found.draws), round(found.seeds), done, 0)
    if wanted == 0:
        return None
    options = [_with_seeds(found.averaged or found, seeds, wanted) for seeds in range(1, MOST_SEEDS + 1)]
    possible = [option for option in options if option is not None]
    if not possible:
        return None
    draws, seeds = min(possible, key=lambda option: (option[0] * option[1], option[1]))
    runs = found.structures * draws * seeds
    return Enough(draws, seeds, runs, max(0, runs - done))


def _with_seeds(found: Components, seeds: int, wanted: float) -> tuple[int, int] | None:
    """Draws needed with so many seeds for each; with a single draw there is nothing to draw but seeds."""
    if np.isnan(found.parameters):
        return (1, seeds) if found.error(1, seeds) <= wanted else None
    room = wanted**2 - found.shared / seeds
    if room <= 0:
        return None
    return max(2, int(np.ceil(found.sampled(seeds) / found.structures / room))), seeds
