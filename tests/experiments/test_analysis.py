"""Sensitivity and the report, on studies whose answers are known; the page stands alone and says what it should."""

import csv
import re
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.analysis.drivers import NET_BENEFIT, Drivers, outcome_of
from experiments.analysis.economics import Economics
from experiments.analysis.reading import Reading
from experiments.analysis.uncertainty import Uncertainty, runs_of, turns
from experiments.cli import BAD_INPUT, DONE, main
from experiments.figures.drivers import draw_tornado
from experiments.output import outputs
from experiments.report.html import Column, fixed, shown, significant
from experiments.report.page import Page
from experiments.terminal.tables import in_words
from experiments.verbs.sweep import _ended
from sim.analysis.economics.samples import Years
from sim.analysis.economics.terms import Terms
from sim.analysis.sensitivity.regression import Bar
from sim.scenario import Scenario, ScenarioError
from sim.scenario.points import NO_LEVERS
from sim.study import load_study
from tests.support.analyzed_study import STATE, STEP, UNCERTAIN, A, B, comparison, sweep
from tests.support.every_figure import about_of
from tests.unit.analysis.test_sensitivity import known_indices

RENEWALS = ("annual", "continuous_2023")
HOSTILE = "=cmd() <script>alert(1)</script> & more"


def without_ink(figure, about):
    """A picture that is made and not drawn, which is what takes time: test_every_figure.py draws them."""
    pixels = int(300 * figure.get_figwidth()).to_bytes(4, "big") * 2
    return {"png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + pixels, "pdf": b"%PDF"}


@pytest.fixture(scope="module", autouse=True)
def pictures_without_ink():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outputs, "saved", without_ink)
        yield


@pytest.fixture(scope="module")
def compared(tmp_path_factory):
    return comparison(tmp_path_factory.mktemp("compared"), HOSTILE)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        return sweep(tmp_path_factory.mktemp("drawn"), patch, "design.draws=60")


@pytest.fixture(scope="module")
def saltelli(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("saltelli")
        return sweep(path, patch, "design.kind=saltelli", "design.draws=128", seeds=1, kept=STATE)


@pytest.fixture(scope="module")
def two_models(tmp_path_factory):
    """The known study in two structures and at two settings of a lever that does nothing."""
    words = ("levers.providers=[effort,reduced_form]", "levers.population.renewal=[annual,continuous_2023]")
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("models")
        return sweep(path, patch, "design.draws=60", "structures=[providers]", *words)


@pytest.fixture(scope="module")
def reported(compared, drawn):
    assert main(["report", f"study={compared}"]) == DONE  # as other verbs name it
    assert main(["report", str(drawn)]) == DONE
    return {"compared": compared, "drawn": drawn}


def drivers(path, outcome):
    return Drivers(Reading(path), outcome_of(outcome), "b")


# -- what drives it ---------------------------------------------------------------------------------------------------


def test_sobol_indices_of_a_study_are_the_known_ones(saltelli):
    found = drivers(saltelli, "ed_visits_per_1000_mm")
    assert len(found.values) == 128 * (3 + 2)
    assert found.names == list(UNCERTAIN)
    first, total = known_indices()
    for value, half, exact in (
        (found.sobol.first, found.sobol.first_half, first),
        (found.sobol.total, found.sobol.total_half, total),
    ):
        assert value == pytest.approx(exact, abs=0.2)
        assert (abs(value - exact) < 2.5 * half + 0.01).all()
    assert found.table().set_index("parameter").loc["needs.food_onset", "sobol_total"] > 0.4


def test_elementary_effects_of_a_study(tmp_path, monkeypatch):
    path = sweep(tmp_path, monkeypatch, "design.kind=morris", "design.draws=10", seeds=1, kept=STATE)
    found = drivers(path, NET_BENEFIT)
    assert found.morris.mu_star[0] == pytest.approx(found.morris.mu[0])
    assert found.morris.mu_star[0] > 3
    assert found.morris.mu_star[1:] == pytest.approx([0, 0], abs=1e-6)
    assert found.morris.sigma == pytest.approx([0, 0, 0], abs=1e-6)


def test_what_flips_the_decision(drawn):
    found = drivers(drawn, NET_BENEFIT)
    (flip,) = found.flips
    low, high = UNCERTAIN["needs.food_onset"]
    assert flip.parameter == "needs.food_onset"
    assert flip.best == ("a", "b") or flip.best == ("b", "a")
    assert flip.at[0] == pytest.approx((low + high) / 2, rel=0.05)  # half of the range costs, half saves
    assert found.box.restricted == [0]
    assert found.box.density > found.box_by_chance + 0.2
    worths = {one.parameter: one for one in found.economics.worths()}
    assert worths["needs.food_onset"].value > 3 * worths["needs.food_onset"].floor
    assert worths["needs.housing_onset"].value < 3 * worths["needs.housing_onset"].floor


def test_luck_is_told_from_parameters(drawn):
    reading = Reading(drawn)
    found = Uncertainty(reading, Economics(reading)).found["b", "ed_visits_per_1000_mm"]
    variance = 0.5 + A**2 / 8 + B * np.pi**4 / 5 + B**2 * np.pi**8 / 18
    assert found.luck == pytest.approx(1e-4, rel=0.75)  # four standard errors of 60 pairs
    assert found.parameters == pytest.approx(variance, rel=0.25)
    assert (found.draws, found.seeds) == (60, 2)
    values, draw, seed = runs_of(reading, Economics(reading), "ed_visits_per_1000_mm", "b")
    assert len(values) == 120
    assert (len(set(draw)), len(set(seed))) == (60, 2)


def test_structures_are_told_from_parameters_and_luck(two_models):
    """Two structures that differ by STEP: a variance of its half squared, on top of that of the parameters."""
    reading = Reading(two_models)
    assert reading.structures == ["providers"]
    assert reading.models == ["providers=effort", "providers=reduced_form"]
    every = [f"{arm} (population.renewal={r})" for r in RENEWALS for arm in "ab"]
    assert reading.equal == {every[2]: every[0]}  # nothing that the lever sets changes arm a here
    assert reading.strategies == (*every[:2], every[3])
    assert len(reading.settings) == 4
    found = Uncertainty(reading, Economics(reading))
    for strategy in reading.strategies[1:]:
        one, models = found.found[strategy, "ed_visits_per_1000_mm"], found.models[strategy, "ed_visits_per_1000_mm"]
        variance = 0.5 + A**2 / 8 + B * np.pi**4 / 5 + B**2 * np.pi**8 / 18
        assert one.structure == pytest.approx((STEP / 2) ** 2, rel=0.05)
        assert one.parameters == pytest.approx(variance, rel=0.25)
        assert one.luck == pytest.approx(1e-4, rel=0.75)
        assert (one.structures, one.draws, one.seeds) == (2, 60, 2)
        assert models[0].mean - models[1].mean == pytest.approx(STEP, abs=0.01)
        assert turns(models)
    assert not turns(found.models[reading.strategies[1], "net_benefit"])


def test_structures_are_no_strategies_in_the_economics(two_models, drawn):
    both, one = Economics(Reading(two_models)), Economics(Reading(drawn))
    assert len(both.strategies) == 3
    assert both.main.draws.tolist() == list(range(120))
    gain = (one.benefit[:, 1] - one.benefit[:, 0]).tolist()
    for strategy in both.reading.strategies[1:]:  # neither the structure nor the lever does anything to money here
        i = both.strategies.index(strategy)
        assert both.benefit[:, i] - both.benefit[:, 0] == pytest.approx(gain * 2)
    found = Drivers(both.reading, outcome_of(NET_BENEFIT), both.reading.strategies[-1])
    assert found.flips[0].parameter == "needs.food_onset"


def test_the_report_and_the_verb_show_the_structures(two_models, capsys):
    assert main(["report", str(two_models)]) == DONE
    page = (two_models / "report.html").read_text(encoding="utf-8")
    assert "Differences by structure: providers" in page
    assert "The sign depends on the structure" in page
    with (two_models / "tables" / "structures.csv").open(encoding="utf-8") as file:
        assert {row["structure"] for row in csv.DictReader(file)} == {"providers=effort", "providers=reduced_form"}
    capsys.readouterr()
    assert main(["sensitivity", str(two_models), "outcome=ed_visits_per_1000_mm"]) == DONE
    said = " ".join(capsys.readouterr().out.split())
    assert re.search(r"structure \d+%, parameters \d+%, luck 0%", said)
    assert "the sign depends on the structure" in said


def test_structures_must_be_levers():
    with pytest.raises(ScenarioError, match=r"no lever of this study.*nearest: providers"):
        Scenario.compose(["levers.providers=[effort,reduced_form]", "structures=[provders]"])


def test_few_draws_name_no_flips(tmp_path, monkeypatch, capsys):
    """Below ten draws a parameter the verb says what is needed, and neither flips nor boxes."""
    path = sweep(tmp_path, monkeypatch, "design.draws=29")
    assert main(["sensitivity", str(path)]) == DONE
    said = " ".join(capsys.readouterr().out.split())
    assert "Only 29 draws of 3 parameters" in said
    assert "design.draws=30" in said
    assert "Could flip" not in said
    assert "does worse mostly" not in said


def test_study_may_be_named_as_other_verbs_name_it(drawn, capsys):
    assert main(["status", f"study={drawn}", f"results_root={drawn.parent}"]) == DONE


def test_the_verb_says_what_drives_it(drawn, capsys):
    assert main(["sensitivity", str(drawn), "outcome=ed_visits_per_1000_mm", "arm=b"]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == str(drawn)
    assert any("needs.food_onset" in line for line in lines)
    assert (drawn / "figures" / "drivers_ed_visits_per_1000_mm_1_tornado.pdf").read_bytes().startswith(b"%PDF")
    with (drawn / "tables" / "drivers_ed_visits_per_1000_mm_1.csv").open(encoding="utf-8") as file:
        assert {row["parameter"] for row in csv.DictReader(file)} == set(UNCERTAIN)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sensitivity", "two"], "run `ccosim sweep`"),
        (["sensitivity", "two", "outcome=pmpm_totl"], "run `ccosim sweep`|nearest: pmpm_total"),
        (["report", "tow"], "no such study .*nearest: two"),
        (["report"], "give the name of a study"),
        (["report", "two", "months=3"], "must be results_root, stratum, layout or parameters.economics.NAME"),
        (["report", "two", "parameters.economics.discount_cost=0.1"], "nearest: .*discount_costs"),
        (["report", "two", "parameters.economics.discount_costs=ten"], "must be a number"),
    ],
)
def test_bad_input_is_one_message(compared, words, said, capsys):
    assert main([*words, f"results_root={compared.parent}"]) == BAD_INPUT
    found = capsys.readouterr().err
    assert re.search(said, found, re.DOTALL)
    assert "Traceback" not in found


# -- the page ---------------------------------------------------------------------------------------------------------


class Parsed(HTMLParser):
    """Counts what a page holds, and finds what a browser would load or run."""

    VOID = ("meta", "img", "br", "link")

    def __init__(self, text):
        super().__init__()
        self.open, self.tables, self.images, self.loads, self.heads = [], [], [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag not in self.VOID:
            self.open.append(tag)
        self.loads += [value for key, value in given.items() if key in ("src", "data", "action")]
        self.loads += [f"{tag}: {key}" for key in given if key.startswith("on")] + (
            [tag] if tag in ("script", "link") else []
        )
        if tag == "table":
            self.tables.append(0)
        if tag == "caption":
            self.tables[-1] += 1
        if tag == "img":
            self.images.append(given.get("alt"))
        self.heads += tag == "th" and "scope" not in given

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("kind", ["compared", "drawn"])
def test_the_page_stands_alone(reported, kind):
    text = (reported[kind] / "report.html").read_text(encoding="utf-8")
    page = Parsed(text)
    assert page.open == []
    assert page.loads
    assert all(load.startswith("data:image/png;base64,") for load in page.loads)
    assert all(len(alt) > 20 for alt in page.images)
    assert page.tables
    assert set(page.tables) == {1}  # a caption each
    assert page.heads == 0  # every header says what it heads
    assert "url(" not in text
    assert "@media print" in text
    for title in (
        "Question",
        "How to read these tables",
        "Results",
        "Who gains",
        "The Triple Aim",
        "Uncertainty",
        "Economics",
        "Equity",
        "What drives it",
        "Limits",
        "Provenance",
    ):
        assert f"{title}" in text
    assert "NOT REPORTED" in text
    assert "needs.food_onset" in text  # every parameter
    assert load_study(reported[kind]).manifest["scenario_digest"] in text


def test_a_page_with_a_script_in_it_would_be_noticed():
    page = Parsed('<p><img src="http://192.0.2.1/x.png" alt="x"></p><script></script>')
    assert page.loads == ["http://192.0.2.1/x.png", "script"]


def test_nothing_of_the_study_becomes_markup_or_formula(reported):
    text = (reported["compared"] / "report.html").read_text(encoding="utf-8")
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    for table in (reported["compared"] / "tables").glob("*.csv"):
        with table.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        loose = [cell for cell in cells if cell[:1] in set("=+-@") and not _is_number(cell)]
        assert loose == [], table.name


def _is_number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_figures_and_tables_lie_beside_the_page(reported):
    for path in reported.values():
        text = (path / "report.html").read_text(encoding="utf-8")
        for name in set(re.findall(r"(?:figures|tables)/[a-z0-9_]+\.(?:png|pdf|csv)", text)):
            assert (path / name).is_file(), name
    assert (reported["drawn"] / "figures" / "acceptability.pdf").is_file()


def test_a_second_report_changes_nothing_and_the_study_stays_whole(reported):
    for path in (reported["drawn"],):
        before = {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in path.rglob("*") if p.is_file()}
        assert main(["report", str(path)]) == DONE
        assert {p: (p.stat().st_mtime_ns, p.read_bytes()) for p in path.rglob("*") if p.is_file()} == before
        assert load_study(path).damage() == []


def test_a_sweep_says_that_its_intervals_are_of_draws_and_a_comparison_that_they_are_luck(reported):
    texts = {kind: (path / "report.html").read_text(encoding="utf-8") for kind, path in reported.items()}
    assert "draws of 0" not in texts["compared"]
    for text in texts.values():
        assert "By year: totals and differences" in text
        assert '<a href="#economics">Horizon, discounting' in text
        assert "QALYs, everybody (primary)" in text
        assert "all groups, are exploratory" in text
    assert "Ratios to the baseline" in texts["compared"]
    assert "The luck of seeds is taken out" in texts["drawn"]
    assert "All draws share 2 seeds" in texts["drawn"]
    assert "in shuffled draws" in texts["drawn"]
    assert "Parameters were not varied" in texts["compared"]
    assert "hold 95% of 60 draws" in texts["drawn"]
    assert "Could flip the decision: needs.food_onset" in texts["drawn"]
    assert "run <code>ccosim sweep</code> with uncertainties" in texts["compared"]


def test_terms_of_the_analysis_can_be_set(drawn):
    usual, other = (Economics(Reading(drawn, values)) for values in ({}, {"economics.discount_costs": 0.0}))
    assert (other.main.costs > usual.main.costs).all()
    assert (other.main.effects == usual.main.effects).all()


def test_levers_make_strategies_of_their_own(tmp_path, monkeypatch, capsys):
    path = sweep(tmp_path, monkeypatch, "design.draws=25", "levers.parameters.payment.growth_cap=[0.03,0.04]")
    reading = Reading(path)
    assert reading.strategies == tuple(
        f"{arm} (payment.growth_cap={x})" for arm, x in (("a", 0.03), ("b", 0.03), ("b", 0.04))
    )
    assert reading.samples == 25
    assert len(reading.uncertain[1]) == 25
    assert Economics(reading).main.costs.shape == (25, 3)
    assert main(["report", str(path)]) == DONE
    assert "payment.growth_cap=0.04" in (path / "report.html").read_text(encoding="utf-8")
    page = Page(reading)
    assert "At growth cap 0.03. 25 draws" in " ".join(page.about_first.footer(intervals=True, width=9.0))
    assert "At " not in " ".join(page.outputs.about.footer(intervals=True, width=9.0))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("b (payment.growth_cap=0.04, ccos.upstream_share=0.03)", "B (growth cap 0.04, upstream share 0.03)"),
        ("b (payment.x.share=1, ccos.share=2)", "B (payment.x.share=1, ccos.share=2)"),
        ("cco_ffs (providers=effort)", "CCO FFS (providers effort)"),
        ("two (of them)", "Two (of them)"),
    ],
)
def test_strategies_in_words(name, words):
    assert in_words(name) == words


def test_numbers_for_reading():
    assert fixed(1, 1e6, sign=True)(2_340_000) == "+2.3"
    assert fixed(1)(-0.01) == "0.0"
    assert fixed()(float("inf")) == "never"
    assert [significant(2)(x) for x in (108.4, 12_345, 0.0123)] == ["110", "12,000", "0.012"]
    assert shown(float("nan"), Column("x", "x", fixed())) == "–"


class Few:
    """A study of two groups, as the equity table reads it: in arm b group x has fewer deaths, at a lower rate."""

    baseline, strategies, months, equal = "a", ("a", "b"), 24, {}

    def __init__(self):
        rows = [
            ("a", "x", 1000.0, 700.0),
            ("a", "y", 500.0, 450.0),
            ("b", "x", 1010.0, 703.0),
            ("b", "y", 500.0, 450.0),
        ]
        self.rows = [
            (arm, level, measure, value)
            for arm, level, people, qalys in rows
            for measure, value in (
                ("people", people), ("qalys_a_year", qalys), ("qalys_per_1000_py", 1000 * qalys / people),
                ("members", people), ("qalys_per_1000_my", 1000 * qalys / people))
        ]  # fmt: skip

    def totals(self, stratum):
        return pd.DataFrame(self.rows, columns=["strategy", "level", "measure", "value"])


def test_an_arm_with_fewer_deaths_gains_in_the_table_of_groups():
    """Frail people who survive lower the mean quality of life: the rate falls, and health of the group has risen."""
    economics = Economics.__new__(Economics)
    economics.reading, economics.terms = Few(), Terms()
    table = economics.distribution("race").set_index(["strategy", "level"])
    assert table.loc[("b", "x"), "gain"] == pytest.approx(2 * 3)
    assert table.loc[("b", "x"), "life_years"] - table.loc[("a", "x"), "life_years"] == pytest.approx(2 * 10)
    assert table.loc[("b", "x"), "rate"] < table.loc[("a", "x"), "rate"]
    assert table.loc[("b", "x"), "health"] == pytest.approx(0.703)
    assert table.loc[("b", "y"), "gain"] == 0


@pytest.mark.parametrize("kind", [pytest.param("morris", marks=pytest.mark.slow), "grid"])
def test_what_no_probability_sample_can_say_is_not_printed(tmp_path, monkeypatch, capsys, kind):
    draws = {"morris": 10, "grid": 3}[kind]  # 40 and 27 points: enough for a range, were they drawn
    path = sweep(tmp_path, monkeypatch, f"design.kind={kind}", f"design.draws={draws}")
    assert main(["report", str(path)]) == DONE
    page = (path / "report.html").read_text(encoding="utf-8")
    assert "no probabilities" in page
    for said in ("perfect information is worth", "best in ", "Could flip the decision", "95% of", "95% intervals"):
        assert said not in page
    assert not (path / "tables" / "curves.csv").exists()
    summary = load_study(path).summary()
    assert summary[["low", "high", "mcse"]].isna().all(axis=None)
    capsys.readouterr()
    assert main(["sensitivity", str(path)]) == DONE
    small = {"title": "", "baseline": "a", "outcomes": (), "sums": {}, "months": 24, "points": NO_LEVERS}
    assert _ended(load_study(path), SimpleNamespace(design=SimpleNamespace(kind=kind), **small), 0) == DONE
    said = " ".join(capsys.readouterr().out.split())
    assert "perfect information" not in said
    assert "95%" not in said
    assert "placed and not drawn" in said


def test_arms_that_begin_with_other_people_are_not_judged(drawn):
    reading = Reading(drawn)
    frame = reading.study.years()
    more = (frame["amount"] == "first_members") & (frame["arm"] == "b")
    apart = frame.assign(value=frame["value"] + more)
    economics = Economics(reading)
    assert economics.refused == ""
    reading.__dict__["years"] = Years(apart, "a")
    again = Economics(reading)
    assert "b begin with other people than a" in again.refused


def test_a_tornado_says_units_and_that_tables_move_by_position():
    """A table's cells move together: 0.06 to 0.92 is a position, and no value of the parameter."""
    one = SimpleNamespace(reading=SimpleNamespace(registry=Scenario.compose([]).registry))
    drawn = Drivers.units(one)
    assert drawn["effort.ease"] == "of its range (0 to 1)"
    assert drawn["packages.groceries.cost.month"] == "USD per month"
    bar = Bar("effort.ease", (0.06, 0.92), (90.0, 110.0))
    figure = draw_tornado([bar], 100.0, "Benefit, USD", about_of(["a", "b"]), units=drawn)
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == [
        "Effort: ease\n0.06 to 0.92 of its range (0 to 1)"
    ]
