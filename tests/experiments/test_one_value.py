"""One quantity has one value wherever it is printed: a random small study, read by every table that shows it."""

import numpy as np
import pytest

from experiments.analysis.economics import Economics
from experiments.analysis.reading import Reading
from experiments.analysis.uncertainty import Uncertainty
from experiments.output.gains import triple_aim, who_gains
from sim.analysis.economics.perspectives import PAYMENTS, QALYS, RESOURCES
from sim.measures.measures import MEASURES
from sim.measures.side_by_side import read_table
from sim.runs.comparison import Comparison
from tests.support import synthetic_runs
from tests.support.analyzed_study import comparison

NOTHING = {"economics.discount_costs": 0.0, "economics.discount_outcomes": 0.0, "economics.general_inflation": 0.0}
NAMES = [measure.name for measure in MEASURES]
PAYERS = {"State": "state", "Federal match": "federal", "Medicare": "medicare", "Third parties": "third_party",
          "Outside funders": "outside", "Other insurance": "other_insurance"}  # fmt: skip


@pytest.fixture(scope="module")
def study(tmp_path_factory, seed):
    """Arm b has fewer of every count, each by a random part."""
    rng = np.random.default_rng([seed, 9])
    effects = {name: float(rng.uniform(0.8, 1.0)) for name in (*synthetic_runs.RATES, "medicaid")}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(synthetic_runs.EFFECTS, "fee_for_service_upstream", effects)
        return comparison(tmp_path_factory.mktemp("random"))


@pytest.fixture(scope="module")
def reading(study):
    return Reading(study, NOTHING)


@pytest.fixture(scope="module")
def gains(reading):
    """Who gains, of the runs that the study keeps."""
    seeds = tuple(reading.manifest["seed_list"])
    runs = {(arm, seed): reading.study.run(arm, seed) for arm in reading.arms for seed in seeds}
    table = who_gains(Comparison(reading.arms, "a", seeds, runs))
    return table[table["contrast"] == "a"].set_index("who")


@pytest.fixture(scope="module")
def differences(reading):
    summary = reading.study.summary()
    return read_table(summary, "a", NAMES).query("arm == 'b'").set_index("measure")


def of_member_months(reading, parts):
    """A sum of amounts of each run over its member-months, b less a, as measures have it: the mean over seeds."""
    months = 12 * reading.years.sum([("member_years", 1)]).sum(axis=2)
    each = reading.years.sum(parts).sum(axis=2) / months
    return float((each[:, 1] - each[:, 0]).mean())


def test_resources_are_the_same_in_the_summary_who_gains_and_the_economics(reading, gains, differences):
    found = differences.loc["pmpm_resources", "difference"]
    assert found != 0
    assert gains.loc["Net of programs, overhead", "estimate"] == pytest.approx(-found)
    assert of_member_months(reading, RESOURCES) == pytest.approx(found)
    for end, other in (("low", "high"), ("high", "low")):
        assert gains.loc["Net of programs, overhead", end] == pytest.approx(-differences.loc["pmpm_resources", other])
    uncertainty = Uncertainty(reading, Economics(reading)).table().set_index("measure")
    assert uncertainty.loc["pmpm_total", "difference"] == pytest.approx(differences.loc["pmpm_total", "difference"])
    assert uncertainty.loc["pmpm_total", "mc_low"] == pytest.approx(differences.loc["pmpm_total", "low"])


@pytest.mark.parametrize(("who", "amount"), PAYERS.items())
def test_each_payer_pays_the_same_everywhere(reading, gains, differences, who, amount):
    found = differences.loc[f"pmpm_{amount}", "difference"]
    assert gains.loc[who, "estimate"] == pytest.approx(-found)
    assert of_member_months(reading, [(amount, 1)]) == pytest.approx(found)


def test_costs_and_health_of_the_economics_are_the_totals_by_year(reading, gains, differences):
    economics = Economics(reading)
    by_year = economics.by_year()
    added = by_year[by_year["strategy"] == "b"].groupby("amount")["difference"].sum()
    main = economics.by_perspective().set_index(["perspective", "strategy"]).loc[("Resources used (main)", "b")]
    assert main["incremental_cost_usd"] == pytest.approx(added["resources_usd"])
    assert main["incremental_qalys"] == pytest.approx(added["qalys"], abs=1e-6)
    years = reading.months / 12
    health = differences.loc["qalys_a_year", "difference"]
    assert added["qalys"] / years == pytest.approx(health, abs=1e-6)
    assert gains.loc["QALYs a year, everybody", "estimate"] == pytest.approx(health)
    groups = economics.distribution("race").query("strategy == 'b'")
    assert groups["gain"].sum() == pytest.approx(added["qalys"], abs=1e-6)
    runs = reading.years.sum(QALYS).sum(axis=2)
    assert runs.mean(axis=0)[0] == pytest.approx(by_year.query("strategy == 'a' and amount == 'qalys'")["total"].sum())
    worth = economics.terms.willingness_to_pay
    assert main["incremental_net_benefit_usd"] == pytest.approx(worth * added["qalys"] - added["resources_usd"])


def test_the_closed_cohort_is_the_measures_of_the_first_members(reading, differences):
    cohort = Economics(reading).closed_cohort().set_index("strategy").loc["b"]
    assert cohort["added_qalys"] * 1000 == pytest.approx(differences.loc["cohort_qalys_per_1000", "difference"])
    assert cohort["added_cost_usd"] == pytest.approx(differences.loc["cohort_cost_per_member", "difference"])


def test_budgets_and_returns_are_the_same_payments(reading):
    economics = Economics(reading)
    budget = economics.budget().groupby("payer")["change_usd"].sum()
    saved = economics.returns().set_index("payer")["saving_usd"]
    for payer in PAYERS.values():
        assert saved[payer] == pytest.approx(-budget[payer])
    by_year = economics.by_year().query("amount == 'resources_usd' and strategy == 'b'")
    assert saved["all, net of programs"] == pytest.approx(-by_year["difference"].sum())
    payments = reading.years.sum(PAYMENTS).sum(axis=2).mean(axis=0)
    assert sum(budget[payer] for payer in PAYERS.values()) == pytest.approx(payments[1] - payments[0])


def test_the_triple_aim_is_the_summary(reading, differences):
    aims = triple_aim(reading.study.summary()).query("contrast == 'a'").set_index("measure")
    for measure in ("pmpm_resources", "pmpm_total", "qalys_a_year"):
        assert aims.loc[measure, "estimate"] == pytest.approx(differences.loc[measure, "difference"])


def test_the_outcomes_that_are_primary_were_named_beforehand(reading):
    summary = reading.study.summary()
    primary = summary[summary["role"] == "primary"]
    assert set(primary["measure"]) == set(reading.primary) == {"pmpm_resources", "qalys_a_year"}
    assert set(primary["stratum"]) == {"all"}
    assert (summary["role"] == "exploratory").sum() == len(summary) - len(primary)
