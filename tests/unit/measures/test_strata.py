"""Margins add up to the whole, and each level holds only its own."""

import numpy as np
import pytest

from sim.measures.strata import LEVELS, margins, rows
from sim.schema import N_STRATA, STRATA, STRATUM_SHAPE

pytestmark = pytest.mark.quick


@pytest.fixture
def cells(seed):
    return np.random.default_rng(seed).integers(0, 100, size=(3, N_STRATA, 4))


def test_each_stratum_adds_up_to_the_whole(cells):
    found = margins(cells)
    for name in STRATA:
        own = [i for i, (stratum, _) in enumerate(LEVELS) if stratum == name]
        assert np.array_equal(found[:, own].sum(axis=1), cells.sum(axis=1))


def test_a_level_holds_its_own_cells_and_no_other():
    place = (2, 1, 0, 4, 1)
    cells = np.zeros((N_STRATA, 1), np.int64)
    cells[np.ravel_multi_index(place, STRATUM_SHAPE)] = 7
    hit = {LEVELS[i] for i in np.flatnonzero(margins(cells)[:, 0])}
    assert hit == {(name, STRATA[name][at]) for name, at in zip(STRATA, place, strict=True)}


def test_rows_begin_with_everybody():
    assert rows(("North", "South"))[:3] == [("all", "all"), ("area", "North"), ("area", "South")]
    assert len(rows(("North", "South"))) == 3 + sum(STRATUM_SHAPE)
