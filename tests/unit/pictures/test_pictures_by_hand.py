"""Where lines, bars, bands and signs of pictures stand, and the sentences beside them, from numbers that are known."""

import math
import re

import numpy as np
import pytest

from sim.live.parted import Change, Draw, Parted
from sim.live.plain import in_words, sentences
from sim.pictures import maps
from sim.pictures.bars import LEFT, RIGHT, WIDTH, Bar, bars
from sim.pictures.flows import flows, links_of, total
from sim.pictures.life import EVENTS, MONEY, STATES, Lane, life
from sim.pictures.life import LEFT as LIFE_LEFT
from sim.pictures.life import WIDTH as LIFE_WIDTH
from sim.pictures.maps import Shape, area_map, count_map, shade
from sim.pictures.shares import LEFT as SHARES_LEFT
from sim.pictures.shares import RIGHT as SHARES_RIGHT
from sim.pictures.shares import WIDTH as SHARES_WIDTH
from sim.pictures.shares import Share, shares
from sim.pictures.svg import ARM_A, ARM_B, BETTER, GREY, WORSE, short
from sim.pictures.trend import LEFT as TREND_LEFT
from sim.pictures.trend import RIGHT as TREND_RIGHT
from sim.pictures.trend import WIDTH as TREND_WIDTH
from sim.pictures.trend import difference, trend

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


def test_a_map_of_counts_is_darkest_where_most_are_and_white_where_nobody_is(monkeypatch):
    shapes = {name: Shape("M0,0", 1.0, 1.0) for name in ("a", "b", "c")}
    monkeypatch.setattr(maps, "county_shapes", lambda: shapes)
    of = {"a": "north", "b": "south", "c": "empty"}
    drawn = count_map({"north": 1000.0, "south": 4000.0, "empty": 0.0}, "Label", of)
    fills = {said: fill for fill, said in re.findall(r'<path d="M0,0" fill="([^"]+)"><title>([^<]+)', drawn)}
    assert fills == {"a (north): 1,000": shade(1.0, 4.0, None), "b (south): 4,000": GREY, "c (empty): 0": "#ffffff"}
    boxes = re.findall(r'<rect x="(\d+)"[^>]*fill="([^"]+)"', drawn)
    assert (boxes[0], boxes[-1]) == (("0", "#ffffff"), ("342", GREY))
    assert "Most are in south: 4,000." in drawn


def test_shares_begin_at_zero_and_the_largest_reaches_the_edge():
    rows = [Share("Need", "food", 10.0), Share("Need", "housing", 40.0), Share("Age", "65+", 0.0)]
    drawn = shares(rows, "Title", "% of members")
    room = SHARES_WIDTH - SHARES_LEFT - SHARES_RIGHT
    found = [(float(x), float(width)) for x, width in re.findall(r'<rect x="([\d.]+)"[^>]*width="([\d.]+)"', drawn)]
    assert found == [(SHARES_LEFT, pytest.approx(size, abs=0.05)) for size in (room / 4, room, 0.0)]
    assert re.findall(r">([^<]+%)</text>", drawn) == ["10.0%", "40.0%", "0.0%"]
    assert re.findall(r'font-weight="600">([^<]+)', drawn) == ["Title", "Need", "Age"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        *((2_345_678.0, "2.346 M"), (12_345.6, "12,346"), (999.94, "999.9"), (0.012345, "0.01235")),
        *((-2_345_678.0, "-2.346 M"), (-12_345.6, "-12,346")),
    ],
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


def test_an_unsure_bar_has_the_color_of_its_estimate_and_the_words_stand_on_their_sides():
    """A gain of 1 whose interval begins at -2 is pale and in the color of better; a loss that ends at 1 is worse."""
    drawn = bars([Bar("s", "gain", 1.0, -2.0, 4.0), Bar("s", "loss", -1.0, -3.0, 1.0)], "Title", "USD", True)
    assert re.findall(r'<rect [^>]*fill="([^"]+)"', drawn) == [BETTER, WORSE]
    words = dict(re.findall(r'<text x="[\d.]+" y="52.0"[^>]*fill="([^"]+)">([^<]+)', drawn))
    assert words == {WORSE: "B worse", BETTER: "B better"}
    assert re.findall(r'text-anchor="end" fill="[^"]+">([^<]+)', drawn) == ["B worse"]
    assert "no interval excludes zero" in drawn
    unknown = bars([Bar("s", "unknown", *[math.nan] * 3), Bar("s", "less", -0.054, -0.09, -0.02)], "Title", "USD", None)
    assert len(re.findall("<rect", unknown)) == 1
    assert re.findall(r'font-weight="600">([+-][^<]+)', unknown) == ["-0.054"]


PAID = [
    ("federal", "state", "match", 45.0), ("state", "cco", "capitation", 60.0), ("state", "held", "withhold", 10.0),
    ("held", "cco", "quality_pool", 4.0), ("cco", "hospital", "claims", 40.0), ("medicare", "hospital", "claims", 15.0),
    ("cco", "outside", "administration", 5.0), ("outside", "community", "grants", 8.0),
    ("cco", "cco_reserve", "reserves", 7.0),
]  # fmt: skip


def test_dollars_that_pass_the_state_by_and_those_that_stay_behind_have_their_band():
    """CCOs get 64, pay 45 and put 7 by; of 10 that are held 4 are paid out; what CCOs pay outside is administration."""
    assert links_of(PAID) == {
        ("federal", "state"): 45, ("state funds", "state"): 25, ("state", "cco"): 60, ("state", "held"): 10,
        ("held", "cco"): 4, ("held", "cco_reserve"): 6, ("cco", "hospital"): 40, ("cco", "administration"): 5,
        ("cco", "cco_reserve"): 19, ("medicare", "hospital"): 15, ("outside", "community"): 8,
    }  # fmt: skip
    assert total(PAID) == 45 + 25 + 15 + 8


BAND = re.compile(
    r'M[\d.]+,([\d.]+)C[\d.]+,[\d.]+ [\d.]+,[\d.]+ [\d.]+,([\d.]+)v([\d.]+)C[^"]*"[^>]*><title>([^:]+): ([^<]+)'
)


def test_bands_leave_and_reach_their_node_one_below_the_other():
    """At 4.2 pixels a dollar CCOs pay 168 for hospitals, then 21 for administration; Medicare's 63 come in first."""
    drawn = flows(PAID, "A", 100)
    found = {name: (float(a), float(b), float(thick), usd) for a, b, thick, name, usd in BAND.findall(drawn)}
    top, gap = 44.0, 20.0
    assert found["medicare to hospital"] == (top + 45 * 4.2 + gap + 25 * 4.2 + gap, top, 63.0, "$15.00")
    assert found["CCOs to hospital"] == (top, top + 63, 168.0, "$40.00")
    assert found["outside funders to programs"][1] == top + 231 + gap  # below 55 dollars of hospitals
    assert found["CCOs to administration"][:2] == (top + 168, top + 231 + gap + 33.6 + gap)
    assert found["withheld to kept by CCOs"][1] == pytest.approx(found["CCOs to kept by CCOs"][1] + 19 * 4.2, abs=0.11)
    assert "withheld to CCOs" not in found  # side by side
    bars_of_ccos = re.findall(r'<rect x="212" y="44.0" width="10" height="([\d.]+)"[^>]*/>(.*?)<rect', drawn)
    assert [(tall, "$64.00" in words) for tall, words in bars_of_ccos] == [("268.80", True)]


def test_lanes_of_both_arms_have_one_scale_and_begin_in_month_0():
    """The most is 8 dollars, in B: A's 2 are a quarter as tall. Marks of months 0 and 3 of four, each a month wide."""
    a = [Lane("covered", STATES, [1, 0, 0, 1]), Lane("dollars", MONEY, [2.0, 0, 0, 0])]
    drawn = life(a, [Lane("dollars", MONEY, [0, 8.0, 4.0, 0])], 4, "Somebody")
    wide = (LIFE_WIDTH - LIFE_LEFT) / 4
    found = re.findall(r'<rect x="([\d.]+)"[^>]*height="([\d.]+)" fill="([^"]+)"[^>]*><title>([^<]+)', drawn)
    assert [(float(x) - LIFE_LEFT, float(tall), fill, said) for x, tall, fill, said in found] == [
        (0, 13.0, ARM_A, "covered, month 0: yes"),
        (3 * wide, 13.0, ARM_A, "covered, month 3: yes"),
        (0, 3.2, ARM_A, "dollars, month 0: $2.00"),
        (wide, 13.0, ARM_B, "dollars, month 1: $8.00"),
        (2 * wide, 6.5, ARM_B, "dollars, month 2: $4.00"),
    ]
    other_way = life([Lane("dollars", MONEY, [0, 8.0])], [Lane("dollars", MONEY, [2.0, 0])], 2, "Somebody")
    assert re.findall(r'height="([\d.]+)"', other_way) == ["13.0", "3.2"]


def test_bands_of_other_seeds_are_behind_their_own_line_and_set_the_scale():
    """Values from -20 to 80 and a tenth of room on both sides: 120 units in 150 pixels. Month 1 of A is not known."""
    y = {value: 40 + 1.25 * (90 - value) for value in range(-20, 81, 10)}
    left, middle, right = 62.0, 202.0, 342.0
    a, b = [10, np.nan, 30], [50, 60, 70]
    band = [([0, np.nan, -20], [20, np.nan, 40]), ([40, 50, 60], [60, 70, 80])]
    drawn = trend(a, b, 3, "Label", "USD", band)

    def points(name):
        found = re.findall(rf'<{name}[^>]*points="([^"]*)"', drawn)
        return [[tuple(map(float, one.split(","))) for one in line.split()] for line in found]

    assert re.findall(r'<polygon[^>]*fill="([^"]+)"', drawn) == [ARM_A, ARM_B]
    of_a = [(left, y[0]), (right, y[-20]), (right, y[40]), (left, y[20])]
    of_b = [(left, y[40]), (middle, y[50]), (right, y[60]), (right, y[80]), (middle, y[70]), (left, y[60])]
    assert points("polygon") == [of_a, of_b]
    assert points("polyline") == [[(left, y[10]), (right, y[30])], [(left, y[50]), (middle, y[60]), (right, y[70])]]
    assert "USD, by month; last month: A 30, B 70" in drawn
    falls = difference([10, 20], [90, 60], 2, "Label", "USD", [([70, 40], [80, 40])])
    assert "last month: B - A 40" in falls
    zero = 40 + 150 * (80 + 8) / (80 + 16)  # from 0, which no value reaches, to 80, and a tenth of room
    assert f'y1="{zero:.1f}" x2="{right:.1f}" y2="{zero:.1f}" stroke="{GREY}"' in falls
    assert re.findall(r'<polygon[^>]*fill="([^"]+)"', falls) == [GREY]


def test_the_legend_of_a_map_goes_from_the_largest_fall_to_the_largest_rise(monkeypatch):
    monkeypatch.setattr(maps, "county_shapes", lambda: {"a": Shape("M0,0", 1.0, 1.0), "b": Shape("M0,0", 2.0, 1.0)})
    drawn = area_map({"a": 1.0, "b": -4.0}, [], "Label", "USD", higher_is_better=False)
    boxes = re.findall(r'<rect x="(\d+)" y="329" width="57"[^>]*fill="([^"]+)"', drawn)
    assert boxes == [(str(57 * i), shade(4.0 * (i - 3) / 3, 4.0, False)) for i in range(7)]
    assert boxes[0][1] == BETTER.lower()
    said = re.findall(r'<text x="([\d.]+)" y="357.0"[^>]*>([^<]+)', drawn)
    assert said == [("0.0", "-4 B better"), ("399.0", "+4 B worse")]
