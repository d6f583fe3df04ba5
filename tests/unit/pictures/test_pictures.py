"""Pictures are XML with a title, labels are escaped, and lines, bands and shades stand where hand work puts them."""

import re
from xml.etree import ElementTree

import pytest

from sim.pictures import Bar, Lane, area_map, bars, difference, flows, life, total, trend
from sim.pictures.flows import TALLEST, links_of
from sim.pictures.maps import MINUS, PLUS, UNSURE, county_shapes, shade
from sim.pictures.svg import ARM_A, ARM_B, BETTER, GREY, WORSE, in_percent
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
    svg = area_map({"Lane": -2.0, "Baker": 1.0, "Lake": 9.0}, {"Lake"}, EVIL, "visits", higher_is_better=False)
    fills = {one.find(f"{SVG}title").text.split(":")[0]: one.get("fill") for one in parsed(svg).iter(f"{SVG}path")
             if one.find(f"{SVG}title") is not None}  # fmt: skip
    assert len(fills) == len(county_shapes()) == 36
    assert fills["Lane"] == BETTER.lower()  # the largest but the thin one
    assert fills["Baker"] == shade(1.0, 2.0, False) == "#ba94c1"  # half way from white to WORSE
    assert fills["Lake"] == fills["Linn"] == "url(#thin)"


@pytest.mark.parametrize(("unsure", "signs"), [((), [MINUS, PLUS]), (("Baker",), [MINUS, UNSURE])])
def test_a_sign_says_without_color_what_a_shade_says(unsure, signs):
    """In grey both ends of the scale are dark: each county has its sign, or ~ where luck could explain it."""
    svg = area_map({"Lane": -2.0, "Baker": 1.0, "Lake": 9.0}, {"Lake"}, "x", "y", unsure=unsure)
    found = [one.text for one in parsed(svg).iter(f"{SVG}text") if one.text in (PLUS, MINUS, UNSURE)]
    assert sorted(found) == sorted(signs)


def bar_rects(higher_is_better):
    rows = [Bar("s", "up", 2.0, 1.0, 3.0), Bar("s", "down", -1.0, -3.0, 1.0), Bar("s", "unknown", *[float("nan")] * 3)]
    root = parsed(bars(rows, EVIL, "points", higher_is_better))
    words = {one.text: float(one.get("x")) for one in root.iter(f"{SVG}text")}
    return list(root.iter(f"{SVG}rect")), words, float(root.get("viewBox").split()[2])


def test_a_bar_has_its_side_its_color_and_is_pale_where_luck_could_explain_it():
    (up, down), words, width = bar_rects(higher_is_better=False)
    zero = float(up.get("x"))
    assert float(down.get("x")) + float(down.get("width")) == pytest.approx(zero)
    assert float(up.get("width")) == pytest.approx(2 * float(down.get("width")), abs=0.11)
    assert (up.get("fill"), down.get("fill")) == (WORSE, BETTER)
    assert (up.get("fill-opacity"), down.get("fill-opacity")) == ("0.9", "0.35")
    assert words["B better"] < zero < words["B worse"] < width
    assert "not known" in words
    (up, down), words, _ = bar_rects(higher_is_better=True)
    assert (up.get("fill"), down.get("fill")) == (BETTER, WORSE)
    assert words["B worse"] < zero < words["B better"]
    assert {one.get("fill") for one in bar_rects(None)[0]} == {GREY}


def test_each_color_has_one_meaning():
    """Arms in the colors of arms alone, differences in those of better and worse alone."""
    lanes = [Lane("covered", "state", [1.0]), Lane("visits", "events", [2.0]), Lane("dollars", "money", [3.0])]
    of_arms = [trend([1.0], [2.0], 2, "x", "y"), life(lanes, lanes, 2, "x"), flows(ROWS, "A", 96.0),
               flows(ROWS, "B, first seed", 96.0)]  # fmt: skip
    of_gaps = [difference([1.0], [2.0], 2, "x", "y"), area_map({"Lane": 1.0}, (), "x", "y", higher_is_better=True),
               bars([Bar("s", "up", 2.0, 1.0, 3.0)], "x", "y", True)]  # fmt: skip
    for svg in of_arms:
        assert not {BETTER.lower(), WORSE.lower()} & colors(svg)
    assert ARM_A.lower() in colors(of_arms[2])
    assert ARM_B.lower() in colors(of_arms[3])
    assert ARM_A.lower() not in colors(of_arms[3])
    for svg in of_gaps:
        assert not {ARM_A.lower(), ARM_B.lower()} & colors(svg)


def colors(svg):
    return {one.lower() for one in re.findall(r"#[0-9A-Fa-f]{6}", svg)}


DICHROMATS = {
    "protan": ((0.152, 1.053, -0.205), (0.115, 0.786, 0.099), (-0.004, -0.048, 1.052)),
    "deutan": ((0.367, 0.861, -0.228), (0.280, 0.673, 0.047), (-0.012, 0.043, 0.969)),
    "tritan": ((1.256, -0.077, -0.179), (-0.078, 0.931, 0.148), (0.005, 0.691, 0.304)),
}  # Machado, Oliveira and Fernandes 2009, severity 1, of linear RGB


@pytest.mark.parametrize("seen", DICHROMATS)
@pytest.mark.parametrize("pair", [(ARM_A, ARM_B), (BETTER, WORSE)])
def test_the_colors_of_a_pair_are_told_apart_by_the_color_blind(pair, seen):
    """Far apart in CIE Lab (20 is plain to see), and both legible on white (contrast at least 3)."""
    shown = [[linear(int(color[i : i + 2], 16) / 255) for i in (1, 3, 5)] for color in pair]
    seen_as = [[min(max(sum(w * x for w, x in zip(row, rgb, strict=True)), 0), 1) for row in DICHROMATS[seen]]
               for rgb in shown]  # fmt: skip
    assert sum((x - y) ** 2 for x, y in zip(*map(lab, seen_as), strict=True)) ** 0.5 > 20
    assert all(1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05) > 3 for r, g, b in shown)


def linear(value):
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def lab(rgb):
    weights = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    white = (0.9505, 1.0, 1.089)
    x, y, z = (sum(w * v for w, v in zip(row, rgb, strict=True)) / one for row, one in zip(weights, white, strict=True))
    x, y, z = (one ** (1 / 3) if one > 0.008856 else 7.787 * one + 16 / 116 for one in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


LETTER = 6.6  # pixels of a letter of 12 pixels, on the wide side


def test_labels_fit_into_pictures_and_pictures_onto_a_telephone():
    """No label runs over an edge, and at 360 pixels letters are at least 9 pixels high."""
    long = "program: short-term rent support"
    lanes = [Lane(long, "state", [1.0])]
    pictures = [
        life(lanes, lanes, 60, "x"),
        bars([Bar("s", "Native Hawaiian, Pacific Islander", -10.4, -12, -9)], "x", "y", False),
        flows([("state", "administration", "", 137.59), *ROWS], "A", 200.0),
    ]
    for svg in pictures:
        root = parsed(svg)
        width = float(root.get("viewBox").split()[2])
        assert 12 * 360 / width > 9
        for one in root.iter(f"{SVG}text"):
            x, wide = float(one.get("x")), LETTER * len(one.text)
            left = {"start": x, "middle": x - wide / 2, "end": x - wide}[one.get("text-anchor", "start")]
            assert -LETTER < left < left + wide < width + LETTER, one.text


@pytest.mark.parametrize(
    ("unit", "read"),
    [
        ("share", (100.0, "%")),
        ("share of what was withheld", (100.0, "% of what was withheld")),
        ("shares", (1.0, "shares")),
        ("USD PMPM", (1.0, "USD PMPM")),
    ],
)
def test_shares_are_read_in_percent(unit, read):
    assert in_percent(unit) == read


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
