"""Pictures are XML with a title, labels are escaped, and lines, bands and shades stand where hand work puts them."""

import re
from xml.etree import ElementTree

import pytest

from sim.pictures import area_map, area_table, difference, flows, total, trend
from sim.pictures.flows import TALLEST, links_of
from sim.pictures.maps import county_shapes, shade
from sim.pictures.trend import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, round_ticks

pytestmark = pytest.mark.quick
EVIL = '<script>"&'
SVG = "{http://www.w3.org/2000/svg}"
ROWS = [
    ("federal", "state", "federal_match", 60.0),
    ("state", "cco", "capitation", 90.0),
    ("state", "hospital", "claims", 10.0),
    ("cco", "primary", "claims", 30.0),
    ("cco", "hospital", "claims", 50.0),
    ("hospital", "state", "claims", 4.0),
]


def parsed(svg):
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own text
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    for word in ("script", "href", "onclick", "style="):
        assert f"<{word}" not in svg
        assert f" {word}" not in svg
    return root


def test_a_line_stands_where_its_values_say():
    root = parsed(trend([0.0, 10.0], [10.0, 5.0], 3, EVIL, "visits"))
    a, b = [[tuple(map(float, p.split(","))) for p in one.get("points").split()] for one in root.iter(f"{SVG}polyline")]
    inner = HEIGHT - TOP - BOTTOM  # the scale goes from -1 to 11
    assert a == [(LEFT, round(TOP + inner * 11 / 12, 1)), (round(LEFT + (WIDTH - LEFT - RIGHT) / 2, 1),
                                                         round(TOP + inner / 12, 1))]  # fmt: skip
    assert b[1][1] == round(TOP + inner * 6 / 12, 1)
    assert [one.get("stroke-dasharray") is None for one in root.iter(f"{SVG}polyline")] == [True, False]
    assert EVIL in [one.text for one in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (554.6, 843.1, [600, 700, 800]),
        (0.095, 0.145, [0.1, 0.11, 0.12, 0.13, 0.14]),
        (-1, 11, [0, 5, 10]),
        (0, 1e-9, 6),
    ],
)
def test_ticks_are_round_and_inside(low, high, ticks):
    found = round_ticks(low, high)
    assert len(found) == ticks if isinstance(ticks, int) else found == pytest.approx(ticks)


def test_a_difference_is_b_less_a():
    root = parsed(difference([1.0, 2.0], [4.0, 6.5], 2, "x", "y"))
    assert "4.5" in [one.text for one in root.iter(f"{SVG}text")]


def test_no_month_yet_is_a_picture_too():
    parsed(trend([], [], 12, "x", "y", band=[([], []), ([], [])]))


def test_a_county_has_the_shade_of_its_place_and_thin_ones_are_hatched():
    svg = area_map({"Lane": -2.0, "Baker": 1.0, "Lake": 9.0}, {"Lake"}, EVIL, "visits")
    fills = {one.find(f"{SVG}title").text.split(":")[0]: one.get("fill") for one in parsed(svg).iter(f"{SVG}path")
             if one.find(f"{SVG}title") is not None}  # fmt: skip
    assert len(fills) == len(county_shapes()) == 36
    assert fills["Lane"] == "#0072b2"  # the largest but the thin one
    assert fills["Baker"] == shade(1.0, 2.0) == "#eaae80"
    assert fills["Lake"] == fills["Linn"] == "url(#thin)"
    table = area_table([(EVIL, 1.0, 3.5, 40, False), ("thin", 1.0, 2.0, 3, True)], "x", "y")
    assert "+2.5" in table
    assert "too few" in table
    assert "<script" not in table


def test_flows_balance_and_bands_are_as_wide_as_the_money():
    links = links_of(ROWS)
    assert links["state funds", "state"] == pytest.approx(36.0)  # 90 + 10 - 4 paid back - 60 of the federal government
    assert links["cco", "cco_reserve"] == pytest.approx(10.0)
    assert total(ROWS) == pytest.approx(96.0)
    root = parsed(flows(ROWS, "A", 96.0))
    wide = {one.find(f"{SVG}title").text.split(":")[0]: float(re.search(r"v([\d.]+)", one.get("d")).group(1))
            for one in root.iter(f"{SVG}path")}  # fmt: skip
    assert wide["CCOs to primary"] == pytest.approx(30 * TALLEST / 96, abs=0.01)
    paid = sum(width for name, width in wide.items() if name.startswith(("federal", "state funds")))
    assert paid == pytest.approx(TALLEST, abs=0.02)
    low = max(float(one.get("y")) + float(one.get("height")) for one in root.iter(f"{SVG}rect"))
    assert low <= float(root.get("viewBox").split()[3])
