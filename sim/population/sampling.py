"""The number of sampled members of each area, and the cells of the joint table from which they come.

Systematic sampling: cells are laid end to end in proportion to their share, and equally spaced points pick them. Unlike
a simple random sample, it meets every margin within rounding in the order of the axes (group, race, language, place,
sex). The first point is keyed, so different seeds pick different people.
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats, Ints
from sim.population.ages import GROUP_ELIGIBILITY
from sim.population.joint import Joint, Traits, traits


@dataclass(frozen=True)
class AreaCells:
    """The cells of one area: shape of its part of the table, shares (flat), and the places that it has."""

    shape: tuple[int, ...]
    share: Floats
    places: Ints

    def decode(self, cells: Ints) -> Traits:
        """Traits of flat cells, with places as indexes of the whole state."""
        local = traits(cells, self.shape)
        return Traits(local.group, local.race, local.language, self.places[local.place], local.sex)

    def tilted(self, by_group: Floats) -> Floats:
        """Shares of the cells after each group has been multiplied by ``by_group``; they add to 1."""
        share = (self.share.reshape(self.shape[0], -1) * by_group[:, None]).ravel()
        return np.asarray(share / share.sum())


def cells_of_area(joint: Joint, area_of_place: Ints, area: int) -> AreaCells:
    """Take one area out of the joint table."""
    places = np.flatnonzero(area_of_place == area)
    part = joint.of_places(places)
    return AreaCells(part.shape, part.ravel() / part.sum(), places)


def sample_sizes(people: Floats, sample: float, minimum: int) -> Ints:
    """Members sampled in each area: the same share everywhere, at least ``minimum``, at most all members."""
    wanted = np.maximum(np.round(people * sample), minimum)
    return np.asarray(np.minimum(wanted, people), dtype=np.int64)


def pick_cells(share: Floats, count: int, start: float) -> Ints:
    """Pick ``count`` cells, with repeats, by systematic sampling; ``start`` places the first point in (0, 1)."""
    edges = np.floor(np.cumsum(share) * count + (1 - start)).astype(np.int64)
    edges[-1] = count
    times = np.diff(edges, prepend=0)
    return np.repeat(np.arange(len(share)), times)


def by_eligibility(table: Floats) -> Floats:
    """Spread a table by eligibility group over the groups of the joint table."""
    return np.asarray(table[GROUP_ELIGIBILITY])
