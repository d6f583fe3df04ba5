"""Events: the months before one are bit-identical, each channel moves what it should, who it does not reach stays."""

import csv
import re

import numpy as np
import pytest

from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError
from sim.scenario.events import FOLDER, read_event
from sim.scenario.overrides import options
from sim.schema import COUNT_INDEX, ENROLLED, EXPANSION, VACANT
from tests.support.worlds import lived, scenario

MONTHS, FIRST = 5, 3
AREA = "Umpqua Health Alliance"
P = "parameters.events."


@pytest.fixture(scope="module")
def usual():
    return lived(f"months={MONTHS}")


def during(*entries):
    return lived(f"months={MONTHS}", f"at={{{FIRST}: {list(entries)}}}".replace("'", '"'))


def counted(model, name):
    """Counts of the state by month."""
    result = model.result()
    return result.counts[:, :, COUNT_INDEX[name]] @ result.weights


def same_before(one, other):
    a, b = one.result(), other.result()
    for part in ("counts", "flows", "spending", "registers"):
        assert (getattr(a, part)[:FIRST] == getattr(b, part)[:FIRST]).all(), part


def keys_of(model, area=None):
    rows = model.members[model.members["status"] != VACANT]
    return set((rows if area is None else rows[rows["area"] == area])["key"].tolist())


def test_entrants_come_in_the_month_and_number_of_the_event_and_nobody_else_changes(usual):
    hit = during(f"{P}entrants.expansion=100", f"until={FIRST + 1}")
    same_before(usual, hit)
    assert keys_of(usual) <= keys_of(hit)
    alive = hit.members["key"][hit.members["status"] != VACANT]
    assert len(set(alive.tolist())) == len(alive)
    new = hit.members[np.isin(hit.members["key"], list(keys_of(hit) - keys_of(usual)))]
    started = counted(usual, "member_months")[0]
    people = hit.weights[new["area"]].sum()
    assert people == pytest.approx(0.1 * started, rel=0.15)
    assert (new["eligibility"][new["age_months"] < 64 * 12] == EXPANSION).mean() > 0.97
    assert keys_of(during(f"{P}entrants.expansion=100", f"{P}entrants_in=0")) == keys_of(usual)


def test_leavers_leave_by_group_even_while_renewal_is_suspended(usual):
    hit = during(f"{P}leavers.child=0.2")
    same_before(usual, hit)
    lost = counted(usual, "member_months") - counted(hit, "member_months")
    assert (lost[:FIRST] == 0).all()
    assert lost[-1] > 0
    grown = [m.members[(m.members["status"] == ENROLLED) & (m.members["age_months"] > 20 * 12)] for m in (usual, hit)]
    assert set(grown[0]["key"].tolist()) == set(grown[1]["key"].tolist())
    held, kept = (
        lived(f"months={MONTHS}", "population.renewal=public_health_emergency", *more)
        for more in ([f"at={{{FIRST}: [{P}leavers=0.5]}}"], [])
    )
    assert counted(held, "member_months")[-1] < 0.7 * counted(kept, "member_months")[-1]


def test_members_ask_for_fewer_visits_of_the_service_of_the_event_alone(usual):
    hit = during(f"{P}visits.primary=0.5")
    same_before(usual, hit)
    primary = counted(hit, "primary_visits") / counted(usual, "primary_visits")
    assert (primary[:FIRST] == 1).all()
    assert 0.4 < primary[FIRST] < 0.75
    assert counted(hit, "dental_visits")[FIRST] == counted(usual, "dental_visits")[FIRST]
    one_area = during(f"{P}visits.primary={{{AREA}: 0.5}}")
    moved = (one_area.result().counts != usual.result().counts)[FIRST].any(axis=1)
    assert [usual.area_names[i] for i in np.flatnonzero(moved)] == [AREA]


def test_needs_begin_more_often(usual):
    hit = during(f"{P}need_onset.food=4")
    same_before(usual, hit)
    food = counted(hit, "food_need_months") - counted(usual, "food_need_months")
    assert food[-1] > 0
    assert counted(hit, "transport_need_months")[FIRST] == counted(usual, "transport_need_months")[FIRST]


def test_less_capacity_loses_visits_of_that_service(usual):
    hit = during(f"{P}capacity.dental=0.5")
    same_before(usual, hit)
    assert counted(hit, "dental_visits")[FIRST] < 0.9 * counted(usual, "dental_visits")[FIRST]
    assert counted(hit, "specialist_visits")[FIRST] == counted(usual, "specialist_visits")[FIRST]


def test_members_of_a_closed_clinic_lose_it_and_ask_another(usual):
    hit = during(f"{P}clinics_closed.{AREA}=0.5")
    same_before(usual, hit)
    area = usual.area_names.index(AREA)
    closed = ~hit.providers.clinic_open
    assert closed.any()
    assert set(hit.clinics["area"][closed]) == {area}
    alive = hit.members["status"] != VACANT
    assert not closed[hit.members["clinic"][alive]].any()
    there = usual.members["area"] == area
    before, after = (m.members["attached"][m.members["area"] == area].mean() for m in (usual, hit))
    assert there.any()
    assert after < before - 0.1
    assert (hit.clinics["intake"][closed] == 0).all()


def test_an_event_is_what_its_entries_say_and_its_month_can_be_set():
    by_event = Scenario.compose(["events={clinic_closure: 24}"])
    by_hand = Scenario.compose([f"at.24.{P}clinics_closed.{AREA}=0.34"])
    assert [(one.month, one.scenario._content()["values"]) for one in by_event.phases] == [
        (one.month, one.scenario._content()["values"]) for one in by_hand.phases
    ]
    assert "event/clinic_closure.yaml" in by_event.inputs()
    assert [one.month for one in Scenario.compose(["events=[clinic_closure]"]).phases] == [12]


def test_a_world_brings_its_events_and_a_scenario_may_leave_them_out():
    world = scenario("population=oregon_2014", "months=48")
    entrants = {one.month: one.scenario.registry.get("events.entrants")[EXPANSION] for one in world.phases}
    assert entrants == {12: 256.4, 13: 31.0, 14: 79.8, 16: 47.9, 18: 10.6, 24: 0.0}
    assert world.in_force(12).registry.get("payment.federal_share")[3] == 1.0
    assert scenario("population=oregon_2014", "events=[]").phases == ()
    arms = Scenario.compose(["population=oregon_2014", "arms.with=[]", "arms.without=['events=[]']"])
    assert [len(arms.arm(name).phases) > 0 for name in arms.arms] == [True, False]


@pytest.mark.parametrize("name", options(conf_folder(), FOLDER))
def test_every_event_that_ships_reads_and_has_sources_that_resolve(name):
    with (conf_folder() / "evidence" / "evidence.csv").open(encoding="utf-8", newline="") as lines:
        known = {row["id"] for row in csv.DictReader(lines)}
    event = read_event(conf_folder(), name)
    note = (conf_folder() / FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
    assert event.title
    assert set(event.evidence) <= known
    assert event.evidence or "Illustration" in note
    assert Scenario.compose(["months=96", f"events={{{name}: 3}}"]).phases


REFUSED = {
    "events=[recesion]": "events: 'recesion' is no event, must be among",
    "events=[expansion_2014]": "events.expansion_2014: a date needs population.year",
    "events={recession: 60}": "events.recession: is after the run ends, must be from 0 to 59",
    "events={recession: soon}": "events.recession: 'soon' is no month",
    "events={recession: .nan}": "events.recession=nan: must be null",
    "events={recession: [1]}": "events.recession=[1]: must be null",
    "events=[recession,recession]": "events: 'recession' is given twice",
    "events=7": "events=7: must be null (those of the population), a list of files",
    f"events=[recession] at.20.{P}entrants.child=1": "entrants.child, but events.recession.0 is at work until 48",
}


@pytest.mark.parametrize(("words", "said"), REFUSED.items(), ids=REFUSED)
def test_what_cannot_be_is_refused_with_one_message(words, said):
    with pytest.raises(ScenarioError) as refused:
        Scenario.compose(re.split(r" (?=at\.)", words))
    assert len(refused.value.messages) == 1
    assert said in str(refused.value)
