"""The gallery of published natural experiments: each is whole, runs, and is shown beside what was published."""

import math

import pytest

from experiments.analysis.sources import evidence_rows
from experiments.cli import DONE, main
from experiments.validation import gallery, payment
from experiments.validation.gallery import Found, found_in, is_followed, read_table
from experiments.validation.gallery_entries import EVERY_UNIT, Aim, aim_of, as_written, entry, names
from experiments.validation.gallery_page import (
    IN,
    NO_EFFECT,
    NO_SIGN,
    NOTHING,
    OUT,
    PAGE,
    SIGN,
    UNCLEAR,
    judged,
    page,
)
from sim.engine.yaml_files import read_yaml
from sim.measures.measures import BY_NAME
from sim.measures.trial_figures import FIGURES as OF_PEOPLE
from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError
from sim.scenario.overrides import GROUPS
from sim.scenario.published import Figure
from sim.schema import COUNT_INDEX
from tests.support.synthetic_runs import synthetic_run

NAMES = names()
TINY = ("population.sample=0.0001", "population.minimum_per_cco=12", "warm_up=1", "seeds=1", "threads=1")
KNOWN = {*BY_NAME, *OF_PEOPLE, *payment.FIGURES, *payment.OF_RUNS}


def test_there_are_twenty_and_more():
    assert len(NAMES) >= 20


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_is_whole(name):
    scenario, published = entry(name)
    evidence = evidence_rows()
    assert scenario.title
    assert as_written(name) == (scenario.title, published)
    assert len({scenario.arm(arm).run_id(0) for arm in scenario.arms}) == len(scenario.arms)
    assert all((published.period, published.estimator, published.cannot))
    for figure in published.figures.values():
        aim = aim_of(figure, evidence)
        assert aim.value is not None
        assert aim.unit
        assert figure.measure in KNOWN or figure.measure.startswith("practices.")
        assert figure.arm != scenario.baseline
        if aim.unit == "percent":
            assert figure.compared == "percent" or figure.measure not in BY_NAME, "the model's figure is no percentage"
        row = evidence[figure.row]
        assert figure.derived or aim.unit == EVERY_UNIT.get(row["unit"], row["unit"]), "a unit needs its reason"


def words(name):
    """What an entry asks of the model, but for packages (each is lived in test_conf.py) and for numbers."""
    plain = read_yaml(conf_folder() / "experiment" / "gallery" / f"{name}.yaml")
    blocks = {key: plain[key] for key in (*GROUPS, "defaults", "at", "events", "organizations") if key in plain}
    of_arms = {word for arm in plain["arms"].values() for word in arm}
    numbers = ("parameters.", "upstream.start=", "upstream=", "upstream.packages=")
    return {word for word in of_arms if not word.startswith(numbers)} | {str(block) for block in blocks.items()}


def different():
    """Entries by what is new in them: one that asks for nothing that another one before it asks for is slow."""
    seen = set()
    for name in NAMES:
        new = words(name) - seen
        seen |= new
        yield pytest.param(name, marks=[] if new else pytest.mark.slow)


def short(name):
    """A year and a month, unless something begins later or people are followed."""
    _, published = as_written(name)
    later = any(word in text for text in words(name) for word in ("at.", "at'", "start="))
    if is_followed(published) or later:
        return ()
    return ("months=13",)


@pytest.mark.parametrize("name", list(different()))
def test_an_entry_runs(name):
    scenario, published = entry(name, (*TINY, *short(name)))
    last = (scenario.months - 1) // 12
    figures = {
        name: figure.model_copy(update={"years": tuple(min(year, last) for year in figure.years)})
        for name, figure in published.figures.items()
    }
    found = found_in(scenario, published.model_copy(update={"figures": figures}))
    assert list(found) == list(published.figures)
    for name, figure in published.figures.items():  # of a dozen members in an area, few have anything rarer
        if figure.measure.startswith(("pmpm_", "ed_visits", "primary_care", "practices.")):
            assert math.isfinite(found[name].model), name


def test_the_list_names_each_with_its_source(capsys):
    assert main(["describe", "gallery"]) == DONE
    said = capsys.readouterr().out
    assert all(f"gallery/{name}" in said for name in NAMES)
    assert "Finkelstein et al., NEJM 2020" in said


def test_the_page_is_that_of_the_table_and_the_files():
    held = read_table()
    assert {row["name"] for row in held} <= set(NAMES), "run python -m experiments.validation.gallery"
    assert PAGE.read_text(encoding="utf-8") == page(held, evidence_rows())


def test_a_figure_is_judged_by_its_interval_or_its_sign():
    def near(aim, model, width=0.05):
        return judged(aim, model, model - width, model + width)

    within = Aim(-6.3, -10.5, -2.1, "per 1000 member-months", "")
    assert [near(within, model) for model in (-5, -1, -20, math.nan)] == [IN, OUT, OUT, NOTHING]
    one_end = Aim(-15, -26, None, "per 1000 member-months", "")
    assert [near(one_end, model) for model in (-15, 40, -30)] == [IN, IN, OUT]
    alone = Aim(-7, None, None, "percent", "")
    assert [near(alone, model) for model in (-0.1, 0.1, 0.0)] == [SIGN, NO_SIGN, NO_EFFECT]
    assert [near(alone, model, width=0.2) for model in (-0.1, 0.1, 0.0)] == [UNCLEAR, UNCLEAR, NO_EFFECT]
    assert [judged(alone, model, math.nan, math.nan) for model in (-0.1, 0.1)] == [SIGN, NO_SIGN]  # one seed
    ratio = Aim(0.61, None, None, "ratio", "")
    assert [near(ratio, model) for model in (0.9, 1.1, 1.01)] == [SIGN, NO_SIGN, UNCLEAR]
    assert near(Aim(0, None, None, "percent", ""), 3) == NOTHING


def test_a_figure_in_another_unit_replaces_that_of_the_row():
    evidence = {"row": {"value": "0.89", "low": "0.81", "high": "", "unit": "relative risk", "source": "A"}}
    assert aim_of(Figure(row="row", measure="x", arm="a"), evidence) == Aim(0.89, 0.81, None, "ratio", "A")
    own = Figure(row="row", measure="x", arm="a", value=-11, unit="percent")
    assert aim_of(own, evidence) == Aim(-11, None, None, "percent", "A")


def test_comparisons_by_hand():
    ways = {"difference": 0.1, "percent": 50, "points": 10, "ratio": 1.5, "odds": (0.3 / 0.7) / (0.2 / 0.8)}
    for way, expected in ways.items():
        assert gallery.COMPARE[way](0.3, 0.2) == pytest.approx(expected)


def test_a_figure_of_some_years_is_of_the_whole_state():
    run = synthetic_run("one", 1, months=24)
    figure = Figure(row="-", measure="ed_visits_per_1000_mm", arm="one", years=(1,))
    second = (run.counts[12:] * run.weights[:, None]).sum(axis=(0, 1))
    visits, months = (second[COUNT_INDEX[name]] for name in ("emergency_visits", "member_months"))
    assert gallery._over_years(run, figure) == pytest.approx(1000 * visits / months)


def test_what_is_held_is_not_run_again(tmp_path, monkeypatch, capsys):
    ran = []

    def instead(scenario, published):
        ran.append(scenario.experiment)
        return dict.fromkeys(published.figures, Found(1.0, 0.5, 1.5, 2, 0))

    monkeypatch.setattr(gallery, "found_in", instead)
    monkeypatch.setattr(gallery, "TABLE", tmp_path / "gallery.csv")
    monkeypatch.setattr(gallery, "PAGE", tmp_path / PAGE.name)
    for words in (["cpc_plus"], ["cpc_plus"], ["cpc_plus", "seeds=2"], ["tailored_meals"]):
        gallery.main(words)
    assert ran == ["gallery/cpc_plus", "gallery/cpc_plus", "gallery/tailored_meals"]
    lines = (tmp_path / PAGE.name).read_text(encoding="utf-8").splitlines()
    line = next(one for one in lines if one.startswith("| cpc_plus |"))
    assert line.startswith("| cpc_plus | spending without the fee")
    assert line.endswith(" | 1.10 (-4.3 to 6.6) | 1 (0.50 to 1.50) | USD PMPM | in |")


def test_what_was_published_changes_no_result_and_names_arms_that_there_are():
    arms = ["arms.a=[]", "arms.b=[payment=global_budget]"]
    said = "published={period: x, estimator: y, cannot: z, figures: {f: {row: r, measure: pmpm_total, arm: %s}}}"
    assert Scenario.compose([*arms, said % "b"]).digest() == Scenario.compose(arms).digest()
    with pytest.raises(ScenarioError, match=r"published.figures.f: 'bb' is no arm \(nearest: b\)"):
        Scenario.compose([*arms, said % "bb"])
