"""Scenario discovery by PRIM (Friedman and Fisher 1999; Bryant and Lempert 2010): a box that holds the cases.

The box starts as everything. Each step peels off a small part at one end of one parameter, the one that leaves the
highest density of cases per sample given up; the trade-off between coverage and density is the trajectory. Then
restrictions that do not matter are dropped again.
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Flags, Floats

PEEL = 0.05
LEAST_MASS = 0.05  # share of the samples that a box holds at least
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


def _box(low: Floats, high: Floats, parameters: Floats, cases: Flags) -> Box:
    inside = ((parameters >= low) & (parameters <= high)).all(axis=1)
    held, caught = int(inside.sum()), int((inside & cases).sum())
    return Box(low, high, caught / int(cases.sum()), caught / held if held else 0.0, held / len(cases))


def _peel(box: Box, parameters: Floats, cases: Flags) -> Box | None:
    """The peeled box of the highest density, if one is denser and still large enough."""
    inside = parameters[box.holds(parameters)]
    options = []
    for i, column in enumerate(inside.T):
        for end in (PEEL, 1 - PEEL):
            option = _peeled_at(box, i, column, end, parameters, cases)
            if option is not None and LEAST_MASS <= option.mass < box.mass:
                options.append(option)
    best = max(options, key=lambda option: (option.density, option.mass), default=None)
    return best if best is not None and best.density > box.density else None


def _peeled_at(box: Box, i: int, column: Floats, end: float, parameters: Floats, cases: Flags) -> Box | None:
    """The box without the part of parameter ``i`` beyond a quantile, or beyond its outermost value."""
    low, high = box.low.copy(), box.high.copy()
    cut = float(np.quantile(column, end))
    if end < 0.5:
        kept = column[column > column.min()] if cut == column.min() else column[column >= cut]
        low[i] = kept.min() if len(kept) else np.inf
    else:
        kept = column[column < column.max()] if cut == column.max() else column[column <= cut]
        high[i] = kept.max() if len(kept) else -np.inf
    return _box(low, high, parameters, cases) if len(kept) else None


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
