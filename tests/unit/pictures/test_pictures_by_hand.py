"""Where lines, bars, bands and signs of pictures stand, and the sentences beside them, from numbers that are known."""

import math
import re

import numpy as np
import pytest

from sim.live.parted import Change, Draw, Parted
from sim.live.plain import in_words, sentences
from sim.pictures import maps
from sim.pictures.bars import LEFT, RIGHT, WIDTH, Bar, bars
from sim.pictures.flows import links_of, total
from sim.pictures.life import EVENTS, MONEY, Lane, life
from sim.pictures.life import LEFT as LIFE_LEFT
from sim.pictures.life import WIDTH as LIFE_WIDTH
from sim.pictures.maps import Shape, area_map, shade
from sim.pictures.svg import short
from sim.pictures.trend import LEFT as TREND_LEFT
from sim.pictures.trend import RIGHT as TREND_RIGHT
from sim.pictures.trend import WIDTH as TREND_WIDTH
from sim.pictures.trend import trend

pytestmark = pytest.mark.quick

LINE = re.compile(r'<line x1="([\d.-]+)" y1="[\d.-]+" x2="([\d.-]+)" y2="[\d.-]+" stroke="#111"/>')


def test_an_interval_spans_its_own_ends_and_the_longest_reaches_the_edge():
    """Ends of -4 and 10: ten is as far as there is room, from the line of no difference."""
    zero, room = (LEFT + WIDTH - RIGHT) / 2, (WIDTH - LEFT - RIGHT) / 2
    drawn = bars([Bar("s", "wide", 3.0, -4.0, 10.0), Bar("s", "narrow", 2.0, 1.0, 3.0)], "Title", "USD", True)
    ends = [(float(a), float(b)) for a, b in LINE.findall(drawn)]
    assert ends == [
        (pytest.approx(zero - 0.4 * room, abs=0.1), pytest.approx(zero + room, abs=0.1)),
        (pytest.approx(zero + 0.1 * room, abs=0.1), pytest.approx(zero + 0.3 * room, abs=0.1)),
    ]


def test_a_difference_below_zero_can_be_clear_too():
    drawn = bars([Bar("s", "less", -3.0, -4.0, -1.0), Bar("s", "unsure", 1.0, -1.0, 3.0)], "Title", "USD", True)
    assert re.findall(r'fill-opacity="([\d.]+)"', drawn) == ["0.9", "0.35"]
    assert "less -3" in drawn
    assert "unsure +1" not in drawn


def test_money_that_is_paid_back_is_taken_off_and_purposes_add_up():
    """The state pays CCOs 60 and 40, which give back 30; hospitals are paid 50, for two purposes."""
    rows = [
        ("federal", "state", "match", 45.0), ("state", "cco", "capitation", 60.0), ("state", "cco", "bonus", 40.0),
        ("cco", "state", "sanction", 30.0), ("cco", "hospital", "claims", 35.0), ("cco", "hospital", "budget", 15.0),
    ]  # fmt: skip
    links = links_of(rows)
    assert links["state", "cco"] == 70
    assert links["cco", "hospital"] == 50
    assert links["cco", "cco_reserve"] == 20
    assert links["state funds", "state"] == 25
    assert total(rows) == 70


def test_dollars_of_a_life_are_as_tall_as_their_part_of_the_most_and_lives_part_in_their_month():
    """Nine visits make no dollar smaller; of four months the third is where the lives part."""
    lanes = [Lane("visits", EVENTS, [9, 0, 0, 0]), Lane("dollars", MONEY, [4.0, 2.0, 0, 0])]
    drawn = life(lanes, lanes, 4, "Somebody", parted=2)
    assert re.findall(r'height="(13\.0|6\.5)"', drawn) == ["13.0", "6.5"] * 2
    (x,) = re.findall(r'<line x1="([\d.]+)"[^>]*stroke-dasharray', drawn)
    assert float(x) == LIFE_LEFT + (LIFE_WIDTH - LIFE_LEFT) / 4 * 2


def test_the_label_of_a_line_says_its_last_known_month_and_labels_keep_their_order():
    for more, a, b in (("B", 5.0, 5.1), ("A", 5.2, 5.1)):
        drawn = trend([1.0, a, np.nan], [2.0, b, np.nan], 3, "Label", "USD")
        places = {name: float(y) for y, name in re.findall(r'y="([\d.]+)"[^>]*font-weight="600">([AB]) 5', drawn)}
        less = "AB".replace(more, "")
        assert places[less] - places[more] == pytest.approx(15, abs=0.2)  # more stands higher
    first = re.findall(r'points="([^"]+)"', drawn)[0].split()[0]
    assert float(first.split(",")[0]) == TREND_LEFT
    whole = trend([1.0, 5.0, 3.0], [2.0, 5.1, 4.0], 3, "Label", "USD")
    last = re.findall(r'points="([^"]+)"', whole)[0].split()[-1]
    assert float(last.split(",")[0]) == TREND_WIDTH - TREND_RIGHT


def test_a_thin_place_sets_no_scale_and_a_place_of_two_counties_has_one_sign(monkeypatch):
    """Two counties belong to the north, which rises by 2, unsurely; the south falls by 4; a thin place by 50."""
    shapes = {name: Shape("M0,0", 1.0, 1.0) for name in ("a", "b", "c", "d")}
    monkeypatch.setattr(maps, "county_shapes", lambda: shapes)
    place_of = {"a": "north", "b": "north", "c": "south", "d": "thin"}
    values = {"north": 2.0, "south": -4.0, "thin": -50.0}
    drawn = area_map(values, ["thin"], "Label", "USD", place_of, higher_is_better=True, unsure=["north"])
    fills = re.findall(r'<path d="M0,0" fill="([^"]+)"><title>([^<]+)', drawn)
    north, south = shade(2.0, 4.0, True), shade(-4.0, 4.0, True)
    assert [(said.partition(":")[0], fill) for fill, said in fills] == [
        *(("a (north)", north), ("b (north)", north), ("c (south)", south), ("d (thin)", "url(#thin)"))
    ]
    signs = re.findall(r'<text x="1" y="5">(.)</text>', drawn)
    assert signs == [maps.UNSURE, maps.UNSURE, maps.MINUS]


@pytest.mark.parametrize(
    ("value", "said"), [(2_345_678.0, "2.346 M"), (12_345.6, "12,346"), (999.94, "999.9"), (0.012345, "0.01235")]
)
def test_numbers_in_four_digits(value, said):
    assert short(value) == said


def test_an_expected_number_is_said_as_the_chance_of_so_many():
    """One visit is expected in A and two in B: two or more have chances of 26.4 and 59.4 in 100."""
    draw = Draw("emergency visits", "", 0.5, "expected number", 1.0, 2.0, 1.0, 2.0)
    change = Change("on offer", "chw", 0.0, 1.0)
    said = sentences(Parted(7, (change,), "emergency.visits", "about", draw, ()), False)
    assert said[0] == "In month 7 the two lives part. This program is offered, chw: no in A, yes in B."
    chances = [1 - math.exp(-x) * (1 + x) for x in (1, 2)]
    assert "so the chance of 2 or more was" in said[1]
    found = [float(x) for x in re.findall(r"([\d.]+) in 100", said[1])]
    assert found == [pytest.approx(100 * chance, abs=0.01) for chance in chances]
    assert "makes 1 in A and 2 in B" in said[1]


def test_a_number_behind_a_share_is_higher_or_lower_in_b():
    draw = Draw("asked visits withheld", "", 0.5, "share", 0.2, 0.6, 1.0, 2.0, 4.0, 4.0)
    behind = (Change("share of asks that is not offered", "", 0.2, 0.6), Change("change in offers", "", 3.0, 1.0))
    said = " ".join(sentences(Parted(0, (), "offer.visits", "about", draw, behind), False))
    assert "share of visits asked for that is not offered: higher in B" in said
    assert "change in offers: lower in B" in said
    assert in_words(Change("share of asks that is not offered", "", 0.125, 0.5)).endswith("12.5% in A, 50% in B")
