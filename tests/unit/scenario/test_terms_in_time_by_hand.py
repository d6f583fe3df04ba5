"""What a payment needs and does nothing with, when a year is settled, and what names a scenario: by hand."""

import numpy as np
import pytest
from pydantic import ValidationError

from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError, timeline
from sim.scenario.choices import (
    DesignChoice,
    PaymentChoice,
    PopulationChoice,
    ProvidersChoice,
    StopChoice,
    UpstreamChoice,
    areas,
    notes_on_providers,
)
from sim.scenario.contracts import faults_of_payment, notes_on_payment
from sim.scenario.events import Event
from sim.scenario.faults import allowed
from sim.scenario.python_values import as_whole
from sim.scenario.timeline import Reader, _areas_that_follow, _between_years, _date_packages, refusal
from sim.scenario.uncertain import uncertainties_of

pytestmark = pytest.mark.quick

YAMHILL = "Yamhill Community Care"


def a_payment(*contracts, start=0, **more):
    return PaymentChoice.model_validate({"name": "x", "contracts": list(contracts), "start": start, **more})


# --- payments


@pytest.mark.parametrize(
    ("start", "starts", "warm_up", "lacks"),
    [
        (0, {}, 0, True),
        (5, {YAMHILL: 0}, 0, True),  # one area begins at once
        (5, {YAMHILL: 3}, 0, False),
        (0, {YAMHILL: 3}, 1, False),
    ],
)
def test_what_looks_back_needs_a_month_before_the_first_area_begins(start, starts, warm_up, lacks):
    found = list(faults_of_payment(a_payment("hospital_global_budget", start=start, starts=starts), warm_up))
    assert [("at least 1 month" in message) for message in found] == [True] * lacks


@pytest.mark.parametrize(
    ("start", "starts", "months", "said"),
    [(12, {}, 12, True), (12, {}, 13, False), (24, {YAMHILL: 6}, 12, False), (24, {YAMHILL: 13}, 12, True)],
)
def test_contracts_that_begin_after_the_run_in_every_area_do_nothing(start, starts, months, said):
    notes = list(notes_on_payment(a_payment("care_coordination_fee", start=start, starts=starts), months))
    assert [("after the last month" in note) for note in notes] == [True] * said


@pytest.mark.parametrize(("months", "late"), [(12, "dental, pharmacy"), (13, "pharmacy"), (20, None)])
def test_a_service_that_enters_after_the_run_is_said(months, late):
    scope = {"primary": 0, "dental": 12, "pharmacy": 19}
    notes = list(notes_on_payment(a_payment("global_budget", scope=scope), months))
    assert notes == ([] if late is None else [f"payment.scope: {late} would enter after the last month"])


@pytest.mark.parametrize(("start", "said"), [(0, True), (11, True), (12, False)])
def test_clinics_have_a_year_of_their_own_from_the_twelfth_month(start, said):
    payment = a_payment("primary_care_capitation", "care_coordination_fee", start=start, clinics="largest")
    notes = list(notes_on_payment(payment, 60))
    assert [("primary_care_capitation pays by what members cost" in note) for note in notes] == [True] * said
    assert not [note for note in notes if "care_coordination_fee" in note]


def test_every_contract_that_contradicts_another_is_named():
    for other in ("shared_savings", "shared_risk"):
        payment = a_payment("global_budget", "separate_plans", other, scope={"primary": 0})
        assert list(faults_of_payment(payment, 12)) == [
            f"payment.contracts: separate_plans and {other} contradict each other, choose one"
        ]


@pytest.mark.parametrize(
    ("clinics", "warm_up", "lacks"),
    [("smallest", 0, True), ("largest", 0, True), ("drawn", 0, False), ("all", 0, False), ("smallest", 1, False)],
)
def test_clinics_by_size_need_a_warm_up(clinics, warm_up, lacks):
    found = list(faults_of_payment(a_payment("fee_schedule", clinics=clinics), warm_up))
    assert [f"payment.clinics={clinics}: needs a warm_up" in message for message in found] == [True] * lacks


def test_contracts_for_a_part_of_the_clinics_or_of_the_members_are_those_that_can_be():
    """A fee schedule can hold for some clinics and not for some kinds of members."""
    some = a_payment("fee_schedule", "global_budget", scope={"primary": 0}, clinics="drawn")
    (message,) = faults_of_payment(some, 12)
    assert message.startswith("payment.clinics=drawn: global_budget cannot be with a part of the clinics; these can: ")
    kinds = a_payment("fee_schedule", "care_coordination_fee", members=["parent"])
    (message,) = faults_of_payment(kinds, 12)
    assert message.startswith("payment.members=[parent]: fee_schedule cannot be for some kinds of members alone;")


# --- answers and programs


@pytest.mark.parametrize(
    ("response", "only", "said"),
    [
        ("effort", ("restraint", "coding"), []),
        ("effort", ("stinting", "coding"), ["providers.only: providers.response=effort has no stinting"]),
        ("reduced_form", ("stinting", "coding"), []),
        ("reduced_form", ("restraint", "coding"), ["providers.only: providers.response=reduced_form has no restraint"]),
        (
            "savings_trend",
            ("coding",),
            ["providers.only: providers.response=savings_trend has none of these answers, nobody answers"],
        ),
    ],
)
def test_answers_that_a_response_does_not_have_are_said(response, only, said):
    assert list(notes_on_providers(ProvidersChoice(name="x", response=response, only=only))) == said


@pytest.mark.parametrize(("shares", "fits"), [([3, 1], True), ([3], False), ([3, 1, 2], False), ([0, 0], False)])
def test_a_budget_is_shared_by_as_many_numbers_as_programs(shares, fits):
    plain = {"name": "x", "packages": ["chw", "meals"], "start": 0, "funding": "cco", "shares": [*map(float, shares)]}
    try:
        found = UpstreamChoice.model_validate(plain).shares
    except ValidationError:
        found = None
    assert found == (tuple(shares) if fits else None)


@pytest.mark.parametrize(
    ("model", "key", "words"),
    [
        (DesignChoice, "draws", "a whole number, at least 1 and at most 100000"),
        (PopulationChoice, "sample", "a number, above 0 and at most 1"),
        (StopChoice, "at_most", "a whole number, at least 2 and at most 100000"),
        (UpstreamChoice, "funding", "one of state, cco, share, capture, outside"),
    ],
)
def test_what_a_key_may_be_is_said_with_its_ends(model, key, words):
    assert allowed(model.model_fields[key]) == words


WHOLE = "must be a whole number, at least 0 and at most 5"


@pytest.mark.parametrize(
    ("given", "found"),
    [(0, 0), (5, 5), (np.int64(3), 3), *((wrong, f"seed={wrong}: {WHOLE}") for wrong in (6, -1, True, 2.0))],
)
def test_a_whole_number_of_python_lies_between_its_ends(given, found):
    try:
        said = as_whole("seed", given, 0, 5)
    except ScenarioError as refused:
        (said,) = refused.messages
    assert said == found


# --- a timeline


SAVINGS, RATIO = "shared_savings", "medical_loss_ratio"


@pytest.mark.parametrize(
    ("before", "start", "starts", "now", "month", "within"),
    [
        (["global_budget"], 6, {}, [], 20, "month 6 (nearest: 18 or 30)"),
        (["global_budget"], 6, {}, [], 30, None),
        (["global_budget"], 30, {}, [], 20, None),  # it has not begun
        (["global_budget"], 6, {YAMHILL: 9}, [], 18, "month 9 (nearest: 9 or 21)"),
        (["global_budget"], 6, {YAMHILL: 27}, [], 18, None),
        (["global_budget"], 6, {}, ["global_budget", RATIO], 20, "month 6 (nearest: 18 or 30)"),  # settled by the year
        (["global_budget"], 6, {}, ["global_budget", "growth_test"], 20, None),
        (["global_budget"], 6, {}, ["global_budget"], 20, None),
        ([], 6, {}, [SAVINGS], 20, None),
    ],
)
def test_what_settles_by_the_year_begins_and_ends_between_years(before, start, starts, now, month, within):
    found = list(_between_years(now, {"contracts": before, "start": start, "starts": starts}, month))
    assert len(found) == (within is not None)
    assert all(within in message for message in found)


def test_contracts_that_go_on_hold_where_they_held_and_begin_in_areas_that_are_new():
    """Nobody named means all: who names one leaves the others out, and who names none takes the others in."""
    every = areas()
    said = list(_areas_that_follow({"areas": [YAMHILL], "starts": {}}, {"areas": []}, 21))
    assert len(said) == 1
    assert f"cannot end in single areas ({', '.join(sorted(set(every) - {YAMHILL}))})" in said[0]
    pays = {"areas": [], "starts": {YAMHILL: 9}}
    assert not list(_areas_that_follow(pays, {"areas": [YAMHILL]}, 21))
    assert pays["starts"] == {name: 9 if name == YAMHILL else 21 for name in every}
    pays = {"areas": [], "starts": {YAMHILL: 9}}
    assert not list(_areas_that_follow(pays, {"areas": []}, 21))
    assert pays["starts"] == {YAMHILL: 9}


def read(at, events=None, *, months=36, year=None):
    faults = []
    changes = Reader(months, year, faults).read(at, events or {})
    return changes, faults


def test_a_table_and_a_part_of_it_cannot_be_set_by_two_entries_at_once():
    fee = "parameters.payment.fee_ratio"
    _, faults = read({"12": {fee: 0.9, "until": 24}, "20": {f"{fee}.dental": 1.1}})
    assert faults == [f"at.20 and at.12: both set {fee}.dental, but at.12 is at work until 24; move one of them"]
    changes, faults = read({"20": {f"{fee}.primary": 1.1}, "12": {f"{fee}.dental": 0.9, "until": 24}})
    assert not faults
    assert [change.month for change in changes] == [12, 20]


def test_an_event_moves_its_numbers_as_slowly_as_its_file_says(monkeypatch):
    """Three months from its beginning, which is month 5 here and December 2013 by its file; it ends in its month 8."""
    number = "parameters.events.visits"
    entries = {0: {number: 0.4, "ramp": 3, "until": 8}, 20: {number: 0.7}, 40: {number: 0.9}}
    monkeypatch.setattr(timeline, "read_event", lambda conf, name: Event(name, "", "2013-12", (), entries))
    (first, later), faults = read({}, {"storm": 5})
    assert not faults
    assert (first.month, first.until, first.ramp, first.months) == (5, 13, 3, (5, 6, 7, 13))
    assert [first.reached(month) for month in (5, 6, 7, 8)] == pytest.approx([1 / 3, 2 / 3, 1, 1])
    assert (later.month, later.until, later.ramp) == (25, None, 0)
    (dated, *_), faults = read({}, {"storm": None}, year=2013, months=60)
    assert not faults
    assert (dated.month, dated.until) == (11, 19)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        *((f"parameters.payment.{name}_growth", "it compounds") for name in ("primary_capitation", "hospital_budget")),
        ("parameters.upstream.cost_growth", "it compounds"),
        *(
            (f"parameters.upstream.{name}", "it is drawn once for a run")
            for name in ("program_spread", "program_draw", "trial_share", "trial_recruits")
        ),
        ("parameters.economics.discount_costs", "it values the whole run"),
        ("parameters.needs.food_onset", "nobody decides it (role uncertainty)"),
        ("population.year", "the people are drawn once"),
        ("warm_up", "it belongs to the whole run"),
        ("upstream.starts", "what begins here begins in this month"),
        ("providers", "how providers respond is a model of the world"),
        ("parameters.events.visits", ""),
        ("parameters.payment.growth_cap", ""),
        ("population.renewal", ""),
        ("upstream.funding", ""),
        ("governance", ""),
    ],
)
def test_what_may_change_during_a_run(key, why):
    keys = ["population.year", "population.renewal", "warm_up", "upstream.funding", "upstream.starts"]
    found = refusal(key, conf_folder(), keys)
    assert (why in found) if why else found == ""


# --- what names a scenario


CAP, FOOD = "parameters.payment.growth_cap", "parameters.needs.food_onset"


def composed(*overrides):
    return Scenario.compose(["population=classroom", *overrides])


def test_months_before_a_change_have_one_past_and_months_after_it_another():
    """Both change in month 12, to other values; a third in month 20."""
    one, other = composed(f"at.12.{CAP}=0.02"), composed(f"at.12.{CAP}=0.03")
    third = composed(f"at.12.{CAP}=0.02", f"at.20.{CAP}=0.03")
    assert one.past(12) == other.past(12)
    assert one.past(13) != other.past(13)
    assert one.past(20) == third.past(20) != one.past(13)
    assert one.past(21) != third.past(21)


def test_inputs_are_the_numbers_as_well_and_the_files_of_events():
    usual, other = composed(), composed(f"{FOOD}=0.02", "events={recession: 5}")
    assert usual.inputs()["parameters"] != other.inputs()["parameters"]
    assert set(other.files()) - set(usual.files()) == {"event/recession.yaml"}


def test_a_study_has_the_name_of_what_it_varies_and_a_run_that_of_its_seed():
    one, other = (composed(f"levers={{{CAP}: [0.02, {high}]}}") for high in (0.03, 0.04))
    assert one.study_name != other.study_name
    assert one.study_name == f"run-{one.digest()[:8]}"
    assert one.run_digest() == other.run_digest()
    assert one.run_id(3) != one.run_id(8)
    assert one != other


def test_what_is_uncertain_is_in_the_order_of_the_files_and_has_its_declared_distribution():
    registry = composed().registry
    names = [one.name for one in registry if one.role == "uncertainty" and (one.low < one.high).any()]
    given = [names[40], names[3], names[17]]
    found = uncertainties_of(given, registry, (), [])
    assert [one.name for one in found] == [names[3], names[17], names[40]]
    of_its_own = [one for one in registry if one.role == "uncertainty" and one.distribution]
    assert of_its_own
    for parameter in of_its_own:
        (one,) = uncertainties_of([parameter.name], registry, (), [])
        assert one.distribution == parameter.distribution != "pert"


@pytest.mark.parametrize(
    ("now", "starts"),
    [
        ({"start": 24}, {"rides": 24}),  # the scenario's own month, which is still to come
        ({"start": 3}, {"rides": 12}),  # one that has passed
        ({"start": 3, "starts": {"rides": 30}}, {"rides": 30}),
        ({"start": 24, "starts": {"rides": 5}}, {"rides": 12}),
    ],
)
def test_a_package_that_joins_in_month_12_begins_then_or_when_it_was_to_begin(now, starts):
    upstream = {"packages": ["meals", "rides"], **now}
    _date_packages(upstream, {"packages": ["meals"], "start": 6}, 12)
    assert (upstream["start"], upstream["starts"]) == (6, starts)
