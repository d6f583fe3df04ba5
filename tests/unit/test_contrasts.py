"""Sums of arms, what arms are called, and the last year alone."""

import io

import numpy as np
import pytest
from rich.console import Console

from experiments.terminal.contrasts import print_contrasts
from experiments.terminal.tables import call_arms, in_midst, in_words, mark_in_words, print_table
from sim.runs.comparison import compare
from sim.runs.summary import estimates
from sim.scenario import Scenario, ScenarioError
from sim.scenario.contrasts import interaction, weights_of
from tests.support.synthetic_runs import FakeScenario, FakeSystem

FOUR = {"none": ("p=f", "u=n"), "budget": ("p=g", "u=n"), "both": ("p=g", "u=c"), "programs": ("p=f", "u=c")}
ARMS = ["arms.a=[upstream=none]", "arms.b=[upstream=chw]", "population=classroom"]
SUM = {"extra": {"global_budget_upstream": 1.0, "fee_for_service": -0.5, "global_budget": -0.5}}


@pytest.fixture(scope="module")
def comparison():
    scenario = FakeScenario(months=14, seed_list=(0, 1, 2))
    return compare(scenario, build=FakeSystem, populations=lambda scenario, seed: seed)


@pytest.fixture(autouse=True)
def _plain_names():
    yield
    call_arms(None)


@pytest.mark.parametrize(
    ("text", "weights"),
    [
        ("a - b", {"a": 1, "b": -1}),
        ("- b + a", {"b": -1, "a": 1}),
        ("0.5 * a + 0.5 * c - b", {"a": 0.5, "c": 0.5, "b": -1}),
    ],
)
def test_a_sum_of_arms_is_read(text, weights):
    assert weights_of(text) == weights


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["contrasts.x=a-b"], "contrasts.x='a-b': 'a-b' is no arm"),
        (["contrasts.x=a - bb"], "nearest: b"),
        (["contrasts.x=a + b"], "must add up to 0"),
        (["contrasts.x=a -"], "must be a mapping from names to sums"),
        (["contrasts.x=nan * a - b"], "must be a mapping from names to sums"),
        (["contrasts.x=3"], "contrasts.x=3: must be"),
        (["contrasts=[a]"], "contrasts=['a']: must be"),
        (["labels.c=Third"], "labels.c='Third': no arm has this name"),
        (["labels={a: One, b: One}"], "cannot be called the same"),
    ],
)
def test_a_contrast_that_cannot_be_is_refused_by_its_key(words, said):
    with pytest.raises(ScenarioError) as refused:
        Scenario.compose([*ARMS, *words])
    assert said in str(refused.value)


def test_contrasts_and_labels_change_no_run():
    plain, named = Scenario.compose(ARMS), Scenario.compose([*ARMS, "contrasts.x=b - a", "labels.b=Workers"])
    assert named.digest() == plain.digest()
    assert named.sums == {"x": {"b": 1, "a": -1}}
    assert named.arm("b").described() == plain.arm("b").described()


def test_four_arms_of_two_changes_have_an_interaction():
    assert interaction(FOUR, "none") == {"interaction": "both - budget - programs + none"}
    assert interaction({**FOUR, "both": ("p=g", "u=c", "x=1")}, "none") == {}
    assert interaction({name: FOUR[name] for name in ("none", "budget", "both")}, "none") == {}
    shipped = Scenario.compose(["experiment=payment_by_upstream"])
    assert shipped.sums["interaction"]["global_budget_upstream"] == 1


def test_a_contrast_is_the_sum_of_paired_runs(comparison):
    table = comparison.contrasts(SUM).set_index(["measure", "stratum", "level"])
    own = sum(weight * comparison.values(arm) for arm, weight in SUM["extra"].items())[:, 0]
    for k, measure in enumerate(("pmpm_total", "pmpm_state")):
        row = table.loc[(measure, "all", "all")]
        assert row["estimate"] == pytest.approx(own[:, k].mean())
        assert row["low"] < row["estimate"] < row["high"]
        assert row["sum"] == "global_budget_upstream - 0.5 * fee_for_service - 0.5 * global_budget"
    console = Console(file=io.StringIO(), width=100)
    call_arms({"global_budget": "GB"})
    print_contrasts(console, comparison.contrasts(SUM), SUM)
    assert "0.5 * GB" in console.file.getvalue()
    assert "Emergency visits" in console.file.getvalue()


def test_the_last_year_is_the_last_twelve_months(comparison):
    last = comparison.last_year().set_index(["arm", "contrast", "measure"])["estimate"]
    frame = comparison.frame()
    months = frame[(frame["stratum"] == "all") & (frame["month"] >= 2) & (frame["measure"] == "members")]
    mean = months[months["arm"] == "global_budget"]["value"].mean()
    assert last["global_budget", "", "members"] == pytest.approx(mean)
    assert ("global_budget", "fee_for_service", "pmpm_total") in last


def test_arms_are_called_by_their_labels():
    call_arms({"gb": "Global budget, 3.4%"})
    assert in_words("gb") == in_midst("gb") == "Global budget, 3.4%"
    assert in_words("gb (payment.growth_cap=0.02)") == "Global budget, 3.4% (growth cap 0.02)"
    call_arms(None)
    assert in_words("gb") == "Gb"


@pytest.mark.parametrize(("error", "mark", "other"), [(0.0, "~", "*"), (1e9, "*", "~")])
def test_what_is_marked_is_the_exception(comparison, error, mark, other):
    summary = comparison.summary()
    exception = summary["measure"] == "pmpm_state"
    summary = summary.assign(mcse=np.where(exception, 1e9 - error, error))
    console = Console(file=io.StringIO(), width=160)
    print_table(console, summary, "fee_for_service")
    text = console.file.getvalue()
    assert other not in text
    rows = [line for line in text.partition("Means over")[0].splitlines() if mark in line]
    assert [row.split()[0] for row in rows] == ["State"]
    assert mark_in_words([], "seeds") == ""


@pytest.mark.parametrize(("draws", "known"), [(19, False), (20, True)])
def test_few_draws_have_no_range_in_the_tables_either(draws, known):
    found = estimates(np.random.default_rng(1).normal(size=(draws, 2, 1, 1)))
    assert np.isfinite(found.low).all() == known
    assert np.isfinite(found.mcse).all()


def test_draws_that_are_not_known_make_no_range():
    """Of twenty draws one has no value in the second cell: nineteen are too few for the ends of a range of 95%."""
    values = np.random.default_rng(2).normal(size=(20, 2, 1, 2))
    values[3, :, 0, 1] = np.nan
    found = estimates(values)
    assert np.isfinite(found.low).ravel().tolist() == [True, False]
    assert found.replicates.ravel().tolist() == [20, 19]
