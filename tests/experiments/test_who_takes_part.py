"""Tables and figures of who takes part in contracts, who gets visits and what luck pays, of one small study."""

import pytest

from experiments.figures import About, draw_answers
from experiments.output.participants import lists_by_arm, tables
from sim.measures.participation import naive
from sim.measures.strata import MATERIAL_NEEDS
from sim.runs.comparison import compare
from sim.scenario import Scenario

ARMS = "arms={claims: [payment=fee_for_service], shared: [payment=shared_risk, payment.start=6]}"
SIZE = ("population=classroom", "warm_up=12", "months=19", "seeds=1", "threads=1")
CHANCE = ("parameters.participants.joined=0.5", "parameters.payment.sharing_minimum=0")
CHOICES = ("providers=reduced_form", "baseline=claims", ARMS, *CHANCE)


@pytest.fixture(scope="module")
def study():
    return compare(Scenario.compose([*SIZE, *CHOICES]))


def test_each_table_says_what_the_runs_say(study):
    found, lists = tables(study), lists_by_arm(study)
    assert set(lists) == {"shared"}
    assert set(found) == {"participants", "seeming", "means", "sharing"}
    seeming = found["seeming"].set_index("estimator")["usd_per_member_quarter"]
    assert seeming["by the list of each month"] == naive(lists["shared"][0])
    more = 3 * (study.results["shared", 0].value("pmpm_medical") - study.results["claims", 0].value("pmpm_medical"))
    assert seeming["paired with the baseline: true"] == pytest.approx(more)
    assert found["participants"]["contract_year"].tolist() == [0, 1]
    assert found["means"]["means"].tolist() == 2 * list(MATERIAL_NEEDS)
    assert (found["means"].query("arm == 'claims'")["change_percent"] == 0).all()
    shared = found["sharing"]
    assert shared["shared_percent_of_claims"].abs().max() > 0
    assert shared["arm"].unique().tolist() == ["shared"]
    assert shared["members"].sum() == pytest.approx(1.4e6, rel=0.2)


def test_each_has_its_figure(study):
    about = About("claims", 1, 5000, 24, "0", "0" * 64)
    drawn = draw_answers(tables(study), lists_by_arm(study), about)
    assert {name for name in drawn if name.endswith(".png")} == {"seeming.png", "means.png", "sharing.png"}
    assert all(len(data) > 1000 for data in drawn.values())


def test_there_is_nothing_to_say_where_nobody_answers_and_nothing_is_shared():
    alone = compare(Scenario.compose(["population=classroom", "warm_up=2", "months=2", "seeds=1"]))
    assert tables(alone) == {}
    assert lists_by_arm(alone) == {}


def test_one_arm_alone_has_no_change_to_show(study):
    means = tables(study)["means"]
    about = About("claims", 1, 5000, 24, "0", "0" * 64)
    assert draw_answers({"means": means[means["arm"] == "claims"]}, {}, about) == {}
