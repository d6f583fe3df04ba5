"""Uncertainties: parameters whose value is not known, each with a range and a distribution over it.

``declared`` takes the range of ``conf/parameters``, a mapping ``{low, high, distribution}`` another one inside it. A
name may hold ``*``: it stands for every parameter of role ``uncertainty`` whose name fits and that nothing else sets.
A table moves as one, each of its cells at the same place of its own range, since what errs for one errs for its
neighbors; ``draws.csv`` gives that place, 0 to 1. Where one declared range stands for all cells of a table it bounds
them and is nobody's own: the cells move in proportion, as far as the range lets all of them, and a cell that is zero
stays zero (what a program does not touch is touched in no draw). Without a distribution: PERT, the declared value
most likely.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.parameters import Parameter, Registry
from sim.engine.text import did_you_mean, shown
from sim.scenario.overrides import PARAMETERS, overlap

DECLARED = "declared"
ALL = "all"
USUAL = "pert"
SAMPLED = ("uniform", "loguniform", "triangular", "pert", "normal", "lognormal")
KEYS = ("low", "high", "distribution")
UNCERTAINTIES_IN_WORDS = (
    "a list of parameter names, or a mapping from names to declared or {low: x, high: y, distribution: "
    f"{', '.join(SAMPLED)}}}"
)
NORMAL_WIDTH = 2 * 1.959963984540054  # standard deviations between the ends of a 95% range


@dataclass(frozen=True)
class Uncertainty:
    """One uncertain number, or a table of numbers that move together: its cells, their ranges, their distribution."""

    name: str
    cells: tuple[str, ...]
    low: Floats
    mode: Floats
    high: Floats
    distribution: str

    @property
    def is_table(self) -> bool:
        return len(self.cells) > 1

    def values(self, place: float) -> Floats:
        """Return the value of each cell at a place of the range, 0 to 1 (a quantile)."""
        return quantile(self.distribution, np.full(len(self.cells), place), self.low, self.mode, self.high)

    def described(self) -> list[Any]:
        """Return what a digest of the study needs to know."""
        return [self.name, self.distribution, self.low.tolist(), self.mode.tolist(), self.high.tolist()]


def quantile(distribution: str, place: Floats, low: Floats, mode: Floats, high: Floats) -> Floats:
    """Return the value below which lies a share ``place`` of a distribution on [low, high]; arrays of one shape.

    ``normal`` and ``lognormal`` have their central 95% between low and high and are cut there.
    """
    found: Floats = np.clip(_quantile(distribution, place, low, mode, high), low, high)
    return found


def _quantile(distribution: str, place: Floats, low: Floats, mode: Floats, high: Floats) -> Floats:
    width = high - low
    if distribution == "uniform":
        return low + place * width
    if distribution == "loguniform":
        logs: Floats = np.log(low) + place * (np.log(high) - np.log(low))
        return np.exp(logs)
    if distribution == "triangular":
        return _triangular(place, low, mode, high)
    if distribution == "pert":
        return _pert(place, low, mode, high)
    if distribution == "lognormal":
        return np.exp(_normal(place, np.log(low), np.log(high)))
    return _normal(place, low, high)


def _triangular(place: Floats, low: Floats, mode: Floats, high: Floats) -> Floats:
    width = high - low
    left = np.divide(mode - low, width, out=np.zeros_like(width), where=width > 0)
    rising = low + np.sqrt(place * width * (mode - low))
    falling = high - np.sqrt((1 - place) * width * (high - mode))
    return np.where(place < left, rising, falling)


def _pert(place: Floats, low: Floats, mode: Floats, high: Floats) -> Floats:
    from scipy.special import betaincinv

    width = high - low
    left = np.divide(mode - low, width, out=np.zeros_like(width), where=width > 0)
    found: Floats = low + width * betaincinv(1 + 4 * left, 1 + 4 * (1 - left), place)
    return found


def _normal(place: Floats, low: Floats, high: Floats) -> Floats:
    from scipy.special import ndtr, ndtri

    edge = ndtr(-NORMAL_WIDTH / 2)
    score = ndtri(edge + place * (1 - 2 * edge))
    found: Floats = (low + high) / 2 + score * (high - low) / NORMAL_WIDTH
    return found


def as_mapping(value: Any) -> Any:
    """Turn nothing, ``all`` or a list of names into a mapping; leave anything else for the type check to judge."""
    if value is None:
        return {}
    if value == ALL:
        return {"*": DECLARED}
    if isinstance(value, list | tuple) and all(isinstance(name, str) for name in value):
        return dict.fromkeys(value, DECLARED)
    return value


def uncertainties_of(given: Any, registry: Registry, taken: Iterable[str], faults: list[str]) -> list[Uncertainty]:
    """Return what is uncertain, patterns resolved, in the order of the parameter files.

    Parameters
    ----------
    given
        From name or pattern to ``declared`` or a range.
    taken
        Paths of parameters that the scenario, an arm or a lever sets: patterns leave them out.
    """
    given = as_mapping(given)
    if not isinstance(given, Mapping):
        return []
    found: dict[str, Uncertainty] = {}
    taken = tuple(taken)
    for name, spec in given.items():
        if not isinstance(name, str):
            faults.append(f"uncertainties: {shown(name)}: must be the name of a parameter")
        elif "*" in name:
            _add_pattern(name, spec, registry, taken, found, faults)
        else:
            _add(name.removeprefix(PARAMETERS), spec, registry, taken, found, faults)
    order = {name: i for i, name in enumerate(registry.names())}
    return sorted(found.values(), key=lambda one: (order[registry.name_of(one.name) or ""], one.cells))


def _add(
    name: str, spec: Any, registry: Registry, taken: tuple[str, ...], found: dict[str, Uncertainty], faults: list[str]
) -> None:
    where = f"uncertainties.{name[:80]}"
    cells = cells_below(name, registry)
    if not cells:
        faults.append(f"{where}: no such parameter{did_you_mean(name, registry.paths())}")
        return
    if clash := next((path for path in taken if overlap(path, name)), None):
        faults.append(f"{where}: {clash} is set by the scenario, an arm or a lever too, choose one")
        return
    for other in [one for one in found if overlap(one, name)]:
        found.pop(other)  # a name of its own goes before a pattern
    uncertainty = _uncertainty(where, name, cells, registry[registry.name_of(name) or ""], spec, faults)
    if uncertainty is not None:
        found[name] = uncertainty


def _add_pattern(
    pattern: str,
    spec: Any,
    registry: Registry,
    taken: tuple[str, ...],
    found: dict[str, Uncertainty],
    faults: list[str],
) -> None:
    where = f"uncertainties.{pattern[:80]}"
    if spec not in (DECLARED, None):
        faults.append(f"{where}: must be {DECLARED}, each parameter has its own range")
        return
    fits = [one for one in registry if one.role == "uncertainty" and fnmatchcase(one.name, pattern)]
    if not fits:
        faults.append(f"{where}: no parameter of role uncertainty has such a name")
    for parameter in fits:
        clashes = any(overlap(path, parameter.name) for path in (*taken, *found))
        if not clashes and (parameter.low < parameter.high).any():
            cells = list(parameter.cells())
            uncertainty = _uncertainty(where, parameter.name, cells, parameter, DECLARED, faults)
            if uncertainty is not None:
                found[parameter.name] = uncertainty


def cells_below(path: str, registry: Registry) -> list[tuple[str, int]]:
    """Return paths and flat indexes of the cells that a path names: one number, a table, or a part of it."""
    name = registry.name_of(path)
    if name is None:
        return []
    return [(cell, i) for cell, i in registry[name].cells() if cell == path or cell.startswith(f"{path}.")]


def _uncertainty(
    where: str, name: str, cells: list[tuple[str, int]], parameter: Parameter, spec: Any, faults: list[str]
) -> Uncertainty | None:
    paths, places = tuple(cell for cell, _ in cells), [i for _, i in cells]
    low, mode, high = (np.array(table.ravel()[places]) for table in (parameter.low, parameter.value, parameter.high))
    if len(mode) > 1 and np.ptp(low) == 0 and np.ptp(high) == 0:
        low, high = _in_proportion(low, mode, high)
    own: list[str] = []
    distribution = parameter.distribution or USUAL
    if isinstance(spec, Mapping):
        low, high, distribution = _range(spec, low, high, distribution, own)
        mode = np.clip(mode, low, high) if not own else mode
    elif spec not in (DECLARED, None):
        own.append(f"must be {DECLARED} or {{low, high, distribution}}, is {shown(spec)}")
    if distribution not in SAMPLED:
        near = did_you_mean(str(distribution), SAMPLED)
        own.append(f"distribution {shown(distribution)}: must be one of {', '.join(SAMPLED)}{near}")
    elif not own and distribution.startswith("log") and (low <= 0).any():
        own.append(f"distribution {distribution}: low must be above 0")
    if not own and not (low < high).any():
        own.append("has no range: low and high are equal")
    faults += [f"{where}: {message}" for message in own]
    return None if own else Uncertainty(name, paths, low, mode, high, distribution)


def _in_proportion(low: Floats, mode: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Ends of cells that share one declared range: the same factors for all, by which none leaves that range."""
    there = mode != 0
    if not there.any() or np.ptp(mode) == 0:
        return low, high
    far = np.where(mode > 0, high, low)[there] / mode[there]
    near = np.where(mode > 0, low, high)[there] / mode[there]
    most, least = max(1.0, float(far.min())), min(1.0, max(0.0, float(near.max())))
    if most == least:
        return low, high
    ends = np.sort([mode * least, mode * most], axis=0)
    return np.clip(ends[0], low, high), np.clip(ends[1], low, high)


def _range(
    spec: Mapping[Any, Any], low: Floats, high: Floats, usual: str, faults: list[str]
) -> tuple[Floats, Floats, str]:
    faults += [f"{shown(key)}: no such key{did_you_mean(str(key), KEYS)}" for key in spec if key not in KEYS]
    ends = []
    for key, declared in (("low", low), ("high", high)):
        value = spec.get(key)
        if value is None:
            ends.append(declared)
        elif isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            faults.append(f"{key}={shown(value)}: must be a number")
            ends.append(declared)
        elif len(declared) > 1:
            faults.append(f"{key}: a table has a range for each of its cells, name one cell")
            ends.append(declared)
        else:
            ends.append(np.full(1, float(value)))
    if not faults and not ((low <= ends[0]) & (ends[0] <= ends[1]) & (ends[1] <= high)).all():
        faults.append(f"low and high must lie in order inside the declared range, {low[0]:g} to {high[0]:g}")
    return ends[0], ends[1], spec.get("distribution") or usual
