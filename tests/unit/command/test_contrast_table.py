"""A contrast reports no figure that a handful of people would make."""

import numpy as np
import pytest

from experiments.verbs.contrast import COMPARED, _change, _frame
from sim.measures.contrast import FEWEST, OUTCOMES, Figures

pytestmark = pytest.mark.quick
FIGURES = {label: Figures(100, 60, -40, -39, -10, 0) for label in OUTCOMES}


def frame(**people):
    return _frame([FIGURES, FIGURES], {"served": 500, "twins": 500, "others": 500, "like": 500} | people)


def test_too_few_of_a_group_take_away_the_figures_that_it_makes_and_no_others():
    table = frame(like=FEWEST - 1)
    known = {name: bool(np.isfinite(table[table["figure"] == name]["estimate"]).all()) for name in COMPARED}
    assert known == dict.fromkeys(COMPARED, True) | {"like_members": False}
    assert not np.isfinite(frame(served=3)["estimate"]).any()


def test_the_printed_table_says_so():
    label = next(iter(OUTCOMES))
    assert _change(FIGURES[label], frame(like=5), label, "like_members", 1) == "too few"
    assert _change(FIGURES[label], frame(), label, "like_members", 1).startswith("-10")
