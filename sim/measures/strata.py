"""Margins of the cells: for whom a measure is reported.

A stratum of a cell is (race, rurality, language, age band, disability). What is kept for every year is each margin
alone; the full cells are kept for the whole run, from which any combination can be added up.
"""

import math

import numpy as np

from sim.engine.arrays import Ints
from sim.schema import RACES, STRATA, STRATUM_SHAPE

ALL = "all"
AREA = "area"

N_RACES = len(RACES)  # the first stratum: its levels add up to everybody
LEVELS: tuple[tuple[str, str], ...] = tuple((name, level) for name, levels in STRATA.items() for level in levels)


def margins(cells: Ints) -> Ints:
    """Each stratum's own margin.

    Parameters
    ----------
    cells
        ``[..., N_STRATA, n]`` whole numbers.

    Returns
    -------
    Ints
        ``[..., len(LEVELS), n]``, ordered as ``LEVELS``.
    """
    lead, n = cells.shape[:-2], cells.shape[-1]
    table = cells.reshape(math.prod(lead), *STRATUM_SHAPE, n)
    axes = range(1, 1 + len(STRATUM_SHAPE))
    parts = [table.sum(axis=tuple(other for other in axes if other != axis)) for axis in axes]
    return np.concatenate(parts, axis=1).reshape(*lead, len(LEVELS), n)


def rows(areas: tuple[str, ...]) -> list[tuple[str, str]]:
    """(stratum, level) of every row of a report: the whole population, each area, each level of each stratum."""
    return [(ALL, ALL), *((AREA, area) for area in areas), *LEVELS]
