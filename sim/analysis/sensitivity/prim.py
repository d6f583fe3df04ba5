"""Scenario discovery by PRIM (Friedman and Fisher 1999; Bryant and Lempert 2010): a box that holds the cases.

The box starts as everything. Each step peels off a small part at one end of one parameter, the one that leaves the
highest density of cases per sample given up; the trade-off between coverage and density is the trajectory. Then
restrictions that do not matter are dropped again. What the same search finds in shuffled cases is the floor below which
a box says nothing.
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Flags, Floats

PEEL = 0.05
LEAST_MASS = 0.05  # share of the samples that a box holds at least
SHUFFLES = 19
MATTERS = 0.01  # a restriction whose removal costs less density than this is dropped


@dataclass(frozen=True)
class Box:
    """A box in the parameters.

    Attributes
    ----------
    low, high
        Its ends, ``[parameters]``; infinite where it does not restrict.
    coverage
        Share of the cases that it holds.
    density
        Share of its samples that are cases.
    mass
        Share of all samples that it holds.
    """

    low: Floats
    high: Floats
    coverage: float
    density: float
    mass: float

    def holds(self, parameters: Floats) -> Flags:
        """Which samples lie in the box."""
        return np.asarray(((parameters >= self.low) & (parameters <= self.high)).all(axis=1))

    @property
    def restricted(self) -> list[int]:
        """Parameters that it restricts."""
        return [int(i) for i in np.flatnonzero(np.isfinite(self.low) | np.isfinite(self.high))]


def trajectory(parameters: Floats, cases: Flags) -> list[Box]:
    """Boxes from everything to the densest small one.

    Parameters
    ----------
    parameters
        ``[samples, parameters]``.
    cases
        ``[samples]``: the samples to be described.
    """
    if not cases.any() or cases.all():
        return []
    box = _box(np.full(parameters.shape[1], -np.inf), np.full(parameters.shape[1], np.inf), parameters, cases)
    path = [box]
    while box.density < 1 and (peeled := _peel(box, parameters, cases)) is not None:
        path.append(box := peeled)
    return path


def choose(path: list[Box], parameters: Floats, cases: Flags) -> Box | None:
    """The box with the best balance of coverage and density (their harmonic mean), without idle restrictions."""
    if not path:
        return None
    best = max(path, key=lambda box: 2 * box.coverage * box.density / (box.coverage + box.density or 1))
    return _simplified(best, parameters, cases)


def density_by_chance(parameters: Floats, cases: Flags, seed: int = 0) -> float:
    """The highest density of a box among shuffled cases, which no parameter explains; of 19, one in twenty is above it.

    A box is chosen for its density in the very samples that give the density.
    """
    rng, found = np.random.default_rng(seed), [float(cases.mean())]
    for _ in range(SHUFFLES):
        shuffled = rng.permutation(cases)
        box = choose(trajectory(parameters, shuffled), parameters, shuffled)
        found.append(box.density if box is not None else 0.0)
    return max(found)


def _box(low: Floats, high: Floats, parameters: Floats, cases: Flags) -> Box:
    inside = ((parameters >= low) & (parameters <= high)).all(axis=1)
    held, caught = int(inside.sum()), int((inside & cases).sum())
    return Box(low, high, caught / int(cases.sum()), caught / held if held else 0.0, held / len(cases))


def _peel(box: Box, parameters: Floats, cases: Flags) -> Box | None:
    """The peeled box of the highest density, if one is denser and still large enough."""
    here = box.holds(parameters)
    inside, hits = parameters[here], cases[here]
    least = LEAST_MASS * len(cases)
    best: tuple[float, int, int, bool, float] | None = None
    for i, column in enumerate(inside.T):
        for from_below, cut in ((True, _next(column, PEEL)), (False, -_next(-column, PEEL))):
            kept = column >= cut if from_below else column <= cut
            held = int(kept.sum())
            if least <= held < len(column):
                option = (float(hits[kept].mean()), held, i, from_below, cut)
                best = option if best is None or option[:2] > best[:2] else best
    if best is None or best[0] <= box.density:
        return None
    low, high = box.low.copy(), box.high.copy()
    (low if best[3] else high)[best[2]] = best[4]
    return _box(low, high, parameters, cases)


def _next(column: Floats, end: float) -> float:
    """The lowest value that stays when a part is peeled off below, and at least the least value is."""
    cut = float(np.partition(column, int(end * len(column)))[int(end * len(column))])
    least = float(column.min())
    return cut if cut > least else float(column[column > least].min(initial=np.inf))


def _simplified(box: Box, parameters: Floats, cases: Flags) -> Box:
    """Drop, one by one, ends whose removal costs almost no density."""
    while True:
        ends = [(i, which) for i in box.restricted for which in ("low", "high")]
        freed = [_without(box, i, which, parameters, cases) for i, which in ends]
        looser = [one for one in freed if one is not None and one.density >= box.density - MATTERS]
        if not looser:
            return box
        box = max(looser, key=lambda one: one.density)


def _without(box: Box, i: int, which: str, parameters: Floats, cases: Flags) -> Box | None:
    low, high = box.low.copy(), box.high.copy()
    ends = low if which == "low" else high
    if not np.isfinite(ends[i]):
        return None
    ends[i] = -np.inf if which == "low" else np.inf
    return _box(low, high, parameters, cases)
