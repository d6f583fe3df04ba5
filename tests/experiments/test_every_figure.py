"""Every figure, at many arms and few, is asked of the renderer for what overprints, is clipped or has no unit."""

from types import SimpleNamespace

import pytest
from matplotlib.figure import Figure

from experiments.figures.style import PAYERS, About, as_slide, footer, look, looks, sheet, styled
from tests.support.every_figure import (
    about_of,
    arms_of,
    of_comparison,
    of_decisions,
    of_drivers,
    of_tables,
    of_timelines,
    strategies_of,
)
from tests.support.figure_faults import faults, keys

EMPTY = ("nhpi", "frontier", "aian")
SETS = {
    "4 arms": of_comparison(arms_of(4)),
    "6 arms": of_comparison(arms_of(6)),
    "9 arms, one seed, empty groups": of_comparison(arms_of(9), seeds=1, empty=EMPTY),
    "20 arms": of_comparison(arms_of(20)),
    "4 strategies of a sweep": of_decisions(strategies_of(4)),
    "20 strategies of a sweep": of_decisions(strategies_of(20)),
    "9 arms without draws": of_decisions(arms_of(9), draws=1),
    "what is in force when": of_timelines(),
    "2 parameters": of_drivers(2),
    "40 parameters": of_drivers(40),
    "20 rows of a table": of_tables(20),
}
QUICKER = {  # the fullest of each; the others are like them, and half a minute together
    "9 arms, one seed, empty groups": tuple(SETS["9 arms, one seed, empty groups"]),
    "20 arms": ("differences", "who_pays", "means", "sharing"),
    "20 strategies of a sweep": ("plane", "acceptability"),
    "4 strategies of a sweep": ("plane", "budget_impact"),
    "what is in force when": ("dated", "many keys"),
    "40 parameters": ("tornado", "ranks", "sources"),
    "20 rows of a table": ("contrast", "associations", "portfolios"),
}
SLIDES = [("6 arms", "differences"), ("9 arms, one seed, empty groups", "groups"), ("4 arms", "who_pays")]


def each():
    for kind, figures in SETS.items():
        for name in figures:
            mark = () if name in QUICKER.get(kind, ()) else pytest.mark.slow
            yield pytest.param(kind, name, id=f"{name}, {kind}", marks=mark)


@pytest.mark.parametrize(("kind", "name"), list(each()))
def test_nothing_overprints_or_is_clipped_and_axes_have_units(kind, name):
    with styled():
        assert faults(SETS[kind][name]()) == []


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param(one.values[0], one.values[1], id=one.id, marks=() if one.values in SLIDES else pytest.mark.slow)
        for one in each()
    ],
)
def test_a_slide_has_no_fault_either(kind, name):
    with styled():
        figure = as_slide(SETS[kind][name]())
        width, height = figure.get_size_inches()
        assert width / height == pytest.approx(16 / 9)
        assert faults(figure) == []


# -- the check itself -------------------------------------------------------------------------------------------------


@pytest.fixture
def plain():
    """A figure without a fault, and what a test plants in it."""
    with styled():
        figure = sheet(3.5, 2)
        axes = figure.subplots()
        axes.plot([0, 1], [0, 1], label="one", color="#0072B2")
        axes.set_xlabel("Month")
        axes.set_ylabel("USD")
        footer(figure, about_of(["a"]))
        yield SimpleNamespace(figure=figure, axes=axes)


def test_a_figure_without_fault_has_none(plain):
    assert faults(plain.figure) == []


@pytest.mark.parametrize(
    ("plant", "fault"),
    [
        (lambda it: (it.axes.text(0.5, 0.5, "here"), it.axes.text(0.52, 0.5, "there")), "'here' overprints 'there'"),
        (lambda it: it.figure.text(0.95, 0.5, "far too long to fit"), "clipped by the canvas"),
        (lambda it: it.figure.text(0.5, 0.6, "a word on the panel"), "lies on the panel"),
        (lambda it: (it.axes.plot([0, 1], [1, 0], color="#0072B2", label="two"), it.axes.legend()), "one and two"),
        (lambda it: it.figure.texts[0].remove(), "no footer"),
        (lambda it: it.axes.set_xlabel(""), "no x label"),
        (lambda it: it.axes.set_ylabel("size"), "no unit on the y axis"),
        (lambda it: it.axes.set_xlabel("Rank correlation with cost, million USD"), "a unit on a correlation"),
        (lambda it: it.axes.set_xlabel("Month", fontsize=4), "type of 4"),
    ],
)
def test_the_check_finds_what_is_planted(plain, plant, fault):
    plant(plain)
    assert any(fault in found for found in faults(plain.figure)), faults(plain.figure)


# -- one thing looks the same everywhere ------------------------------------------------------------------------------


def test_no_two_arms_share_a_color_and_none_is_lost_among_many():
    assert len({look(place).color for place in range(60)}) == 60


def test_an_arm_has_one_look_in_every_figure_of_a_study():
    arms = arms_of(6)
    about = About(arms[0], 1, 0, 24, "0", "f" * 64, arms=tuple(arms))
    every = looks(arms, about)
    assert looks([arms[4], arms[2]], about) == {name: every[name] for name in (arms[4], arms[2])}


def test_a_strategy_of_the_first_setting_looks_like_its_arm():
    strategies = tuple(f"{arm} (cap={cap})" for cap in (1, 2) for arm in ("claims", "budget"))
    about = About("claims", 1, 0, 24, "0", "f" * 64, arms=strategies)
    found = looks([*strategies], about)
    assert len({one.color for one in found.values()}) == len(strategies)
    assert looks(["claims", "budget"], about) == {"claims": found["claims (cap=1)"], "budget": found["budget (cap=1)"]}


def test_a_payer_looks_the_same_in_sister_figures():
    with styled():
        who, impact = keys(SETS["4 arms"]["who_pays"]()), keys(SETS["9 arms without draws"]["budget_impact"]())
    assert impact.keys() == {payer.label for payer in PAYERS.values()}
    assert len(who.keys() & impact.keys()) >= 6
    assert all(who[label] == impact[label] for label in who.keys() & impact.keys())
    others = {color for label, (color, _) in who.items() if label not in impact}
    assert not others & {color for color, _ in impact.values()}


def test_empty_groups_are_left_out_and_named():
    with styled():
        figure: Figure = SETS["9 arms, one seed, empty groups"]["groups"]()
    rows = {" ".join(label.get_text().split()) for label in figure.axes[0].get_yticklabels()}
    assert "Asian" in rows
    assert "Frontier" not in rows
    assert "No difference is known for:" in " ".join(figure.texts[-1].get_text().split())
    assert "Frontier" in figure.texts[-1].get_text()
