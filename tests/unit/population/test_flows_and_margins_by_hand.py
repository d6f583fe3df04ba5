"""What a margin must add to from both sides, and what people who lost cover keep, by hand."""

import numpy as np
import pytest

from sim.population import flow
from sim.population.luck import Luck
from sim.population.margins import MarginsError, read_margins
from sim.schema import ELIGIBILITIES, ENROLLED, OFF_COVER, STORED

pytestmark = pytest.mark.quick


def margins(folder, shares, within="all"):
    lines = [f"eligibility,{within},{level},{share}" for level, share in zip(ELIGIBILITIES, shares, strict=True)]
    file = folder / "some.csv"
    file.write_text("margin,within,level,share\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(("first", "said"), [(0.4, ""), (0.45, "1.0500"), (0.35, "0.9500"), (0.399, "")])
def test_shares_that_add_to_less_than_one_are_refused_like_those_that_add_to_more(tmp_path, first, said):
    """A thousandth is rounding; shares are then scaled to 1."""
    file = margins(tmp_path, [first, 0.3, 0.15, 0.1, 0.05])
    if said:
        with pytest.raises(MarginsError, match=f"eligibility within all adds to {said}, must add to 1"):
            read_margins(file, ("north",))
    else:
        (margin,) = read_margins(file, ("north",))
        assert margin.shares == pytest.approx(np.array([first, 0.3, 0.15, 0.1, 0.05]) / (first + 0.6))


def test_the_name_of_a_margin_is_no_group_of_people(tmp_path):
    with pytest.raises(MarginsError, match="nobody is within 'area'"):
        read_margins(margins(tmp_path, [0.4, 0.3, 0.15, 0.1, 0.05], within="area"), ("north",))


def test_people_who_lost_cover_come_back_to_the_kind_of_cover_that_they_had():
    rows = np.zeros(4, STORED)
    rows["status"], rows["in_cco"], rows["dual"], rows["attached"] = ENROLLED, [1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 0, 0]
    flow.OffCover(0.2, np.ones(1), np.array([1.0])).fill(rows, Luck(1, np.arange(4, dtype=np.uint64)))
    assert rows["status"].tolist() == [OFF_COVER] * 4
    assert rows["in_cco"].tolist() == [1, 0, 1, 0]
    assert rows["dual"].tolist() == [0, 1, 1, 0]
    assert rows["attached"].tolist() == [1, 1, 0, 0]
