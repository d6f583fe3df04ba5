"""What is read from a timeline, what it makes of a scenario, and what is refused with which words."""

import json
import re
from itertools import permutations

import pytest

from sim.runs.branches import Branches
from sim.scenario import Scenario, ScenarioError
from sim.scenario.in_force import Span, spans_of

pytestmark = pytest.mark.quick
DATED = "population.year=2012"
CAP = "payment.growth_cap"


def composed(*overrides):
    return Scenario.compose(list(overrides))


def in_time(scenario, value):
    """The months in which the scenario in force changes, and what it has then."""
    return [(0, value(scenario)), *((phase.month, value(phase.scenario)) for phase in scenario.phases)]


def growth_cap(scenario):
    return round(scenario.registry.get("payment.growth_cap"), 4)


def test_a_step_holds_until_it_ends_and_then_what_was_there_before_is_back():
    found = composed("payment=global_budget", "at.12=[parameters.payment.growth_cap=0.02, until=30]")
    assert in_time(found, growth_cap) == [(0, 0.034), (12, 0.02), (30, 0.034)]


def test_a_ramp_moves_in_equal_steps():
    found = composed("payment=global_budget", "at.12=[parameters.payment.growth_cap=0.0, ramp=4, until=30]")
    assert in_time(found, growth_cap) == [(0, 0.034), (12, 0.0255), (13, 0.017), (14, 0.0085), (15, 0.0), (30, 0.034)]


def test_a_ramp_moves_each_cell_of_a_table_to_its_own_value():
    found = Scenario(at={3: {"parameters.payment.fee_ratio": {"primary": 1.4, "dental": 0.6}, "ramp": 2}})

    def fees(scenario):
        table = scenario.registry["payment.fee_ratio"]
        cells = {path.rpartition(".")[2]: float(table.value.flat[i]) for path, i in table.cells()}
        return [round(cells[name], 3) for name in ("primary", "dental", "pharmacy")]

    assert in_time(found, fees) == [(0, [1, 1, 1]), (3, [1.2, 0.8, 1]), (4, [1.4, 0.6, 1])]


def test_dates_are_months_of_the_run():
    by_date = composed(DATED, "at.2014-01.payment=oregon_2020", "at.2015-03=[payment.metrics=oregon_2013]")
    assert [phase.month for phase in by_date.phases] == [24, 38]
    by_month = composed(DATED, "at.24.payment=oregon_2020", "at.38=[payment.metrics=oregon_2013]")
    assert by_date.digest() == by_month.digest()


def test_an_option_replaces_its_whole_group_and_begins_in_its_month():
    found = composed("payment=oregon_2012", "payment.metrics=soon_met", "at.24.payment=oregon_2020").in_force(24)
    whole = composed("payment=oregon_2020")
    assert (found.payment.contracts, found.payment.metrics) == (whole.payment.contracts, whole.payment.metrics)
    assert found.registry.get("payment.withhold_share") == whole.registry.get("payment.withhold_share")
    begun = composed("at.24.payment=oregon_2012", "at.30.upstream=chw", "at.36.upstream.packages=[chw, meals]")
    last = begun.in_force(59)
    assert (last.payment.start, last.payment.scope["dental"], last.payment.scope["primary"]) == (24, 24, 24)
    assert (last.upstream.start, last.upstream.starts) == (30, {"meals": 36})
    assert begun.packages_ever == ("chw", "meals")


def test_a_service_that_has_not_entered_the_budget_can_be_moved_and_one_that_has_stays():
    """Dental care was to enter in month 24; in month 12 that is put off to 30, and in month 32 it is too late."""
    later = {12: {"payment.scope": {"primary": 0, "dental": 30}}, 32: {"payment.scope": {"primary": 0, "dental": 40}}}
    found = in_time(Scenario(payment="oregon_2012", at=later), lambda scenario: scenario.payment.scope["dental"])
    assert found == [(0, 24), (12, 30), (32, 30)]


def test_the_same_in_python_yaml_and_words():
    words = composed("at={24: [payment.metrics=oregon_2020], 36: [parameters.payment.growth_cap=0.02]}")
    keys = composed("at.24.payment.metrics=oregon_2020", "at.36.parameters.payment.growth_cap=0.02")
    python = Scenario(at={24: ["payment.metrics=oregon_2020"], 36: {"parameters.payment.growth_cap": 0.02}})
    assert words == keys == python
    assert Scenario.resolved(json.loads(json.dumps(words.described()))).digest() == words.digest()


def test_arms_levers_and_uncertainties_meet_a_timeline():
    found = composed(
        "arms.a=[]", "arms.b=[at.24.payment.metrics=oregon_2020]", "at.12.population.renewal=continuous_2023"
    )
    assert {arm: [phase.month for phase in found.arm(arm).phases] for arm in found.arms} == {"a": [12], "b": [12, 24]}
    cap = "parameters.payment.growth_cap=0.02"
    swept = composed("arms.a=[]", f"levers.when={{early: [at.12.{cap}], late: [at.36.{cap}]}}")
    assert [swept.cell("a", point).phases[0].month for point in swept.points] == [12, 36]
    step = composed("levers={at.12.parameters.payment.growth_cap: [0.02, 0.03]}")
    assert [growth_cap(step.cell("run", point).in_force(12)) for point in step.points] == [0.02, 0.03]
    with pytest.raises(ScenarioError, match=r"payment\.growth_cap"):
        composed("at.12.parameters.payment.growth_cap=0.02", "levers={parameters.payment.growth_cap: [0.02, 0.03]}")


def test_a_draw_is_drawn_for_the_whole_run():
    found = composed("at.12.parameters.payment.growth_cap=0.02").with_cells({"needs.food_onset": [0.02]})
    assert [found.in_force(month).registry.get("needs.food_onset") for month in (0, 12)] == [0.02, 0.02]
    assert growth_cap(found.in_force(12)) == 0.02


def test_the_files_of_all_that_comes_are_inputs():
    found = composed("at.24=[payment.metrics=oregon_2020]", "at.30.upstream.packages=[chw]")
    assert {"metrics/oregon_2020.yaml", "packages/chw.yaml"} <= set(found.inputs())


REFUSED = {
    "at.60.payment=oregon_2020": "at.60: is after the run ends, must be from 0 to 59",
    "at.-1.payment=oregon_2020": "at.-1: is before the run begins, must be from 0 to 59",
    f"{DATED} at.2011-12.payment=oregon_2020": "must be from 0 (2012-01) to 59 (2016-12)",
    "at.soon.payment=oregon_2020": "at.soon: 'soon' is no month, give a month of the run (24) or a date (2014-01)",
    f"{DATED} at.2014-13.payment=oregon_2020": "at.2014-13: '2014-13' is no month",
    "at.2014-01.payment=oregon_2020": "at.2014-01: a date needs population.year",
    "at.24=[payment=oregon_2020,until=24]": "at.24.until=24: it would end before it begins, must be after 24",
    "at.24=[payment=oregon_2020,until=61]": "at.24.until=61: is after the run ends, must be from 0 to 60",
    "at.24=[payment=oregon_2020,until=30,until=36]": "at.24: until: given twice",
    "at.24=[until=30]": "at.24: changes nothing, give at least one key=value",
    "at.24=7": "at.24: must be a list of key=value texts, is 7",
    "at=[3]": "at=[3]: must be a mapping from months (24) or dates (2014-01)",
    "at.24.payment.metric=oregon_2020": "at.24: payment.metric='oregon_2020': no such key (nearest: payment.metrics)",
    "at.24.payment=oregon_202": "at.24: payment=oregon_202: no such option",
    "at.24.payment.metrics=oregon_2021": "at.24: payment.metrics='oregon_2021': no such file",
    "at.24.months=3": "at.24: months: cannot change during a run, it belongs to the whole run",
    "at.24.population.sample=0.1": "at.24: population.sample: cannot change during a run, the people are drawn once",
    "at.24.providers=effort": "how providers respond is a model of the world",
    "at.24.upstream.start=30": "at.24: upstream.start: what begins here begins in this month, leave it out",
    "at.24.parameters.needs.food_onset=0.02": "cannot change during a run, nobody decides it",
    "at.24.parameters.upstream.cost_growth=0.02": "cannot change during a run, it compounds",
    "at.24.parameters.economics.discount_costs=0": "it values the whole run",
    "at.24.parameters.payment.growth_cap=9": "at.24: parameters.payment.growth_cap=9: outside the declared range",
    "at.24.parameters.payment.growth_capp=0": "no such parameter (nearest: payment.growth_cap)",
    "at.24=[payment.metrics=oregon_2020,ramp=4]": "at.24.ramp=4: payment.metrics changes at once",
    "at.24=[parameters.payment.growth_cap=0,ramp=40]": "at.24.ramp=40: must be a whole number of months, 1 to 36",
    "at.24=[payment=oregon_2020,until=48] at.36.payment.metrics=oregon_2013": (
        "at.36 and at.24: both set payment.metrics, but at.24 is at work until 48; move one of them"
    ),
    "at.24=[parameters.payment.growth_cap=0.02,ramp=6] at.29.parameters.payment.growth_cap=0.03": (
        "both set parameters.payment.growth_cap, but at.24 is at work until 30; move one of them"
    ),
    "at.24.payment=oregon_2020 at.37.payment=shared_savings": "within a contract year, for the year",
    "payment=global_budget payment.start=6 at.20.payment=shared_savings": "began in month 6 (nearest: 18 or 30)",
}  # fmt: skip


@pytest.mark.parametrize(("words", "said"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_is_refused_with_one_message(words, said):
    with pytest.raises(ScenarioError) as refused:
        composed(*re.split(r" (?=at\.|payment\.)", words))
    assert len(refused.value.messages) == 1
    assert said in str(refused.value)


def test_spans_are_of_what_changes_from_its_first_month_to_its_last():
    """What changes twice and comes back has three spans; what stays as it was in a phase goes on."""
    found = spans_of(
        composed(
            "months=48",
            "payment=global_budget",
            "at.12=[parameters.payment.growth_cap=0.02, until=30]",
            "at.24.upstream=chw",
        )
    )
    of_key = {key: [(one.value, one.first, one.last) for one in found if one.key == key] for key in (CAP, "upstream")}
    assert of_key[CAP] == [("0.034", 0, 11), ("0.02", 12, 29), ("0.034", 30, 47)]
    assert of_key["upstream"] == [("none", 0, 23), ("chw", 24, 47)]
    assert not [one for one in found if one.key.startswith("payment.") and one.key != CAP]
    assert spans_of(composed("months=24", "payment=global_budget")) == []


@pytest.mark.parametrize(
    ("first", "last", "year", "words"),
    [
        (12, 29, None, "12 to 29"),
        (5, 5, None, "5"),
        (12, 29, 2012, "12 to 29 (2013-01 to 2014-06)"),
        (5, 5, 2012, "5 (2012-06)"),
    ],
)
def test_a_span_in_words(first, last, year, words):
    assert Span(CAP, "0.02", first, last).in_words(year) == words


class Steps:
    """A system that counts its months."""

    def __init__(self):
        self.month, self.stepped = 0, 0

    def step(self):
        self.month, self.stepped = self.month + 1, self.stepped + 1

    def save(self):
        return self.month

    def restore(self, month):
        self.month = month


def test_arms_that_part_later_live_their_common_past_once():
    """Two arms leave the third, in months 12 and 17: the first to come lives 17 months, the others none of those."""
    arms = composed(
        "months=24", "arms.usual=[]", "arms.soon=['at.12=[payment=global_budget]']",
        "arms.late=['at.17=[payment=global_budget]']",
    )  # fmt: skip
    names = ("usual", "soon", "late")
    for order in permutations(names):
        branches = Branches({name: arms.arm(name) for name in names})
        systems = {name: Steps() for name in names}
        for name in order:
            branches.go_along(name, systems[name])
        assert {name: one.month for name, one in systems.items()} == {"usual": 17, "soon": 12, "late": 17}
        assert sum(one.stepped for one in systems.values()) == 17, order
