"""What practices see, keep and are written down for, where months, areas, clinics and contracts are not alike.

Three areas with 50, 80 and 20 CCO members in each of eight rate categories, and four clinics each: clinic c is in area
c modulo 3. So clinics 0, 3, 6 and 9 are in the first area.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.cco.measure_work import Felt
from sim.agents.providers import providers as of_providers
from sim.agents.providers.providers import rural_part
from sim.agents.providers.reputation import behind
from sim.agents.providers.response import Decided, Market, Seen
from sim.agents.providers.responses.coding import Coding
from sim.agents.providers.responses.effort import Effort, Practices
from sim.agents.providers.responses.hospital import Hospital
from sim.agents.providers.responses.inducement import Inducement
from sim.agents.providers.responses.measured_care import MeasuredCare
from sim.agents.providers.responses.registry import answers_of
from sim.agents.providers.responses.savings_trend import SavingsTrend
from sim.agents.providers.responses.service_lines import ServiceLines
from sim.agents.providers.team_care import MedicalHomes
from sim.payment.incentives import no_incentives
from sim.schema import (
    ACTIVITIES,
    AWAY,
    BEHAVIORAL,
    CODING,
    COORDINATION,
    ENROLLED,
    MEMBER,
    METRICS,
    OFF_COVER,
    PRIMARY,
    PROACTIVE,
    QUALITY,
    SERVICES,
    SPECIALIST,
)
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

PEOPLE = np.array([50, 80, 20])
CLINICS, AREAS = 12, 3
FIRST_AREA = np.arange(CLINICS) % 3 == 0


def a_world(*contracts, **changes):
    plain = {"weights": np.array([4.0, 9.0, 25.0]), "providers__share_at_risk": 0}
    model = StandIn(contracts=contracts, members=PEOPLE.reshape(3, 1, 1), **(plain | changes))
    model.providers.growth = (0.0, 0.0)
    return model


def test_capacity_is_set_half_way_through_the_warm_up_from_the_quarter_before():
    """Of twelve months the sixth ends the first half; asks of the fourth to the sixth are 40, 50 and 60 times 10."""
    model = a_world()
    here, after = model.providers, []
    for done in range(1, 9):
        sought = np.full((AREAS, len(SERVICES)), 100 * done)
        model.last = SimpleNamespace(sought=sought, clinic_sought=np.full(CLINICS, 10 * done))
        here.watch_asks(12)
        after.append(here.capacity.known)
        model.month += 1
    assert after == [False] * 5 + [True] * 3
    assert here.clinic_sizes.tolist() == [50] * CLINICS
    assert here.capacity.baseline[CLINICS:].tolist() == [500] * (3 * AREAS)


def test_practices_decide_in_the_first_month_of_each_quarter_and_never_before_a_policy():
    model, decided = a_world(response="effort"), []
    answer = SimpleNamespace(
        decide=lambda seen: decided.append((seen.month, seen.passed)), add=lambda *_: None, record=lambda seen: {}
    )
    model.providers.answers = {"one": answer}
    model.month_by_month(12 + 8)
    assert decided == [(0, 3), (3, 3), (6, 3)]


def test_members_of_a_clinic_that_closed_lose_it_and_ask_the_next_of_their_area():
    """Clinics 3 and 10 have closed, of areas 0 and 1: their members come to 6 and, beyond the last, to the first, 1."""
    model = a_world()
    model.members = np.zeros(4, dtype=MEMBER)
    model.members["clinic"], model.members["attached"], model.members["status"] = [3, 10, 6, 10], 1, [1, 1, 1, 0]
    model.providers.clinic_open = ~np.isin(np.arange(CLINICS), [3, 10])
    model.providers.send_on()
    assert model.members["clinic"].tolist() == [6, 1, 6, 10]
    assert model.members["attached"].tolist() == [0, 0, 1, 1]


def test_the_mix_of_care_is_that_of_cco_members_as_long_as_no_budget_runs():
    """50 USD a member, month and service: 12 months in the first area, 17 in the second, whose budget begins later."""
    model = a_world("global_budget", starts={"CCO 1": 5, "CCO 2": 14}).month_by_month(12 + 8)
    months = np.array([12, 17, 20])
    assert model.providers.mix == pytest.approx((5000 * 8 * PEOPLE * months)[:, None] * np.ones(len(SERVICES)))


def apart(model, *clinics):
    """Contracts are not with these clinics."""
    model.clinics["apart"] = np.isin(np.arange(CLINICS), clinics)


def test_pay_brings_posts_to_the_clinics_that_contracts_are_with(monkeypatch):
    """Of four equal clinics of the first area one is outside, so its specialists want three quarters of the posts."""
    model = a_world().month_by_month(3)
    model.providers.set_capacity(model.asks, model.clinic_asks)
    seen = []
    monkeypatch.setattr(model.providers.capacity, "observe", lambda asks, booked, log_pay: seen.append(log_pay))
    posts = model.providers.decided.log_posts
    posts[:, PRIMARY], posts[:, SPECIALIST], posts[:, BEHAVIORAL] = [0.1, 0.2, 0.3], [0.4, 0.8, 0.6], 0.05
    apart(model, 3)
    model.providers.bill()
    (log_pay,) = seen
    assert log_pay[:CLINICS].tolist() == [0.1, 0.2, 0.3, 0, 0.2, 0.3, 0.1, 0.2, 0.3, 0.1, 0.2, 0.3]
    assert log_pay[CLINICS : CLINICS + AREAS] == pytest.approx([0.3, 0.8, 0.6])


def test_outside_the_contracts_nobody_is_refused_and_fees_are_those_of_before():
    model = a_world()
    model.areas["fee"], model.areas["refused"], model.areas["sent"] = 0.8, 0.25, 0.5
    found = model.providers.outside()
    assert (found["fee"] == 1).all()
    assert (found["refused"] == 0).all()
    assert (found["apart"] == 1).all()
    assert (found["sent"] == 0.5).all()  # nobody answers here; so nothing is taken back
    model.providers.answers = {"one": None}
    assert (model.providers.outside()["sent"] == 0).all()
    assert (model.areas["refused"] == 0.25).all()


def test_a_clinics_size_is_its_part_of_those_under_contracts_and_of_all_where_none_is():
    """In the first area clinic 3 is outside; in the second none is under a contract; in the third all are."""
    model = a_world("global_budget").month_by_month(2)
    model.providers.set_capacity(model.asks, np.array([10.0, 20, 30] * 3 + [40, 20, 90]))
    apart(model, 3, 1, 4, 7, 10)
    model.agency.calendar.leave_out(np.array([False, True, False]))
    found = model.providers._see().clinic_size
    assert found[FIRST_AREA] == pytest.approx([1 / 6, 0, 1 / 6, 4 / 6])
    assert found[1::3] == pytest.approx([0.25] * 4)
    assert found[2::3] == pytest.approx([1 / 6, 1 / 6, 1 / 6, 3 / 6])


def test_months_under_a_contract_begin_anew_after_one_without(monkeypatch):
    """The first area is under other incentives still, the others are not; utilization before stays where it was."""
    model = a_world().month_by_month(1)
    here = model.providers
    here.months_under[:] = [4, 9, 0]
    here.usual_utilization[:], here.capacity.waits = 0.5, here.capacity.waits._replace(utilization=np.full(21, 0.9))
    plain = no_incentives(AREAS)
    monkeypatch.setattr(model.agency, "incentives", lambda: replace(plain, capitated=np.array([0.2, 0, 0])))
    here._remember()
    assert here.months_under.tolist() == [5, 0, 0]
    moved = 0.5 + 0.4 * REGISTRY.get("providers.asks_memory")
    assert here.usual_utilization == pytest.approx(np.where(FIRST_AREA, 0.5, moved))
    assert here.utilization.tolist() == [0.9] * CLINICS


def test_what_is_decided_is_what_members_of_the_area_meet(monkeypatch):
    """Each decision has a number of its own; rates of the year before are published, and CCOs work for measures."""
    model = a_world(quality__public_reporting=0.5, quality__reputation=0.2, quality__public_choice=0.3)
    monkeypatch.setattr(of_providers, "urge", lambda rates, published, reputation: rates * published * reputation)
    monkeypatch.setattr(of_providers, "looked_at", lambda rates, published, choice: rates[:, 0] * published * choice)
    work = Felt(care=0.1, aimed=0.2, aimed_at=3, records=0.3, avoided=0.125)
    monkeypatch.setattr(of_providers, "felt", lambda works, open_late: work)
    model.quality = SimpleNamespace(rates=lambda year: np.full((AREAS, len(METRICS)), 10.0 * (year + 1)))
    model.month = 18
    model.actions["closed_loops"] = 0.25
    decided = Decided(AREAS, CLINICS)
    one_each = (
        "sent",
        "diversion",
        "observation",
        "turned_away",
        "shortened",
        "no_bed",
        "proactive",
        "favor",
        "by_fees",
    )
    for place, name in enumerate(one_each):
        getattr(decided, name)[...] = 0.01 * (place + 1)
    decided.deliver += 0.7
    decided.record += 0.6
    decided.log_avoidable += 0.5
    decided.closed_loops += 0.5
    model.providers._write_answers(model.areas, decided)
    for place, name in enumerate(one_each):
        assert model.areas[name] == pytest.approx(0.01 * (place + 1)), name
    assert model.areas["deliver"] == pytest.approx(0.7 + 0.1 + 10 * 0.5 * 0.2)
    assert model.areas["rated_behind"] == pytest.approx(10 * 0.5 * 0.3)
    assert model.areas["record"] == pytest.approx(0.6 + 0.3)
    assert model.areas["aimed"] == pytest.approx(0.2)
    assert (model.areas["aimed_at"] == 3).all()
    assert model.areas["avoidable"] == pytest.approx(np.exp(0.5 - 0.125))
    assert model.areas["closed_loops"] == pytest.approx(0.75)


def test_what_members_meet_at_a_clinic():
    """Clinic 1 has closed. Teams of .7 and .6 of the way are of the second tier of three, and .3 of none yet."""
    model = a_world(population__clinic_intake=0.5)
    here = model.providers
    here.usual_tier[:] = 0
    here.usual_tier[2] = 1
    here.homes.since[:] = 0
    here.homes.since[4] = 2
    here.clinic_open = np.arange(CLINICS) != 1
    here.decided.team[:4] = [0.7, 0.6, 0.3, 0.3]
    here.decided.log_intake[:3] = np.log([1.5, 1.5, 3.0])
    here.decided.leavers[:] = 0.02
    here._write_clinics()
    assert model.clinics["tier"][:5].tolist() == [2, 1, 1, 0, 3]
    assert model.clinics["intake"][:4] == pytest.approx([0.75, 0, 1, 0.5])
    assert model.clinics["leavers"] == pytest.approx(0.02)
    here.decided.team[:], here.homes.since[:] = 0, 0
    here._write_clinics()
    assert model.clinics["tier"][:5].tolist() == [0, 0, 1, 0, 0]  # what a clinic was before is not forgotten


def test_a_closed_clinic_and_one_that_leaves_medicaid_have_less_capacity_and_events_close_a_service(monkeypatch):
    """In an event the second area keeps .8 of primary care and .5 of specialists."""
    model = a_world().month_by_month(1)
    here = model.providers
    here.set_capacity(model.asks, model.clinic_asks)
    here.events_capacity = np.ones((len(SERVICES), AREAS))
    here.events_capacity[PRIMARY, 1], here.events_capacity[SPECIALIST, 1] = 0.8, 0.5
    here.clinic_open = np.arange(CLINICS) != 4
    here.decided.log_capacity[0] = np.log(0.25)
    solved = []
    solve = here.capacity.solve
    monkeypatch.setattr(here.capacity, "solve", lambda month, there: solved.append(there) or solve(month, there))
    here._write_waits()
    (there,) = solved
    assert there[:6] == pytest.approx([0.25, 0.8, 1, 1, 0, 1])
    assert there[CLINICS : CLINICS + AREAS] == pytest.approx([1, 0.5, 1])


def test_prices_are_those_of_the_month_and_nobody_waits_where_capacity_is_unlimited():
    model = a_world(capacity="unlimited")
    model.providers.growth, model.month = (0.02, 0.03), 18
    model.areas["opioid_open"], model.areas["lost"], model.clinics["lost"] = 0.4, 0.3, 0.2
    model.providers.decide()
    assert model.areas["price_index"] == pytest.approx((1.02 * 1.03) ** 1.5)
    assert model.areas["opioid_open"].tolist() == [1] * AREAS
    assert not model.areas["lost"].any()
    assert not model.clinics["lost"].any()


def test_an_areas_rural_part_is_of_all_who_are_here():
    """Of four in the first area, one of whom is of no CCO and one off cover, two live outside cities; one is away."""
    members = np.zeros(6, MEMBER)
    members["status"], members["area"] = [ENROLLED, ENROLLED, OFF_COVER, ENROLLED, AWAY, ENROLLED], [0, 0, 0, 0, 0, 1]
    members["in_cco"], members["rurality"] = [1, 0, 0, 1, 1, 0], [0, 1, 2, 0, 1, 0]
    assert rural_part(members, 2).tolist() == [0.5, 0]


def test_which_answers_each_response_has():
    market = Market(REGISTRY, seed=3, areas=2, clinic_area=np.array([0, 1, 1]), rural=np.zeros(2))
    both = ["intake", "selection", "participation", "hiring", "turnover", "transformation", "hospital"]
    both += ["service_lines", "observation"]
    estimated = ["inducement", "stinting", "shifting", "preventive", "quality", "shared_risk", "coding"]
    for response, organizations, names in (
        ("none", "live", []),
        ("effort", "fixed", []),
        ("savings_trend", "live", ["savings_trend"]),
        ("effort", "live", ["effort", "coding", *both]),
        ("reduced_form", "live", [*estimated, *both]),
    ):
        choice = SimpleNamespace(response=response, off=frozenset())
        assert list(answers_of(market, SimpleNamespace(organizations=organizations, providers=choice))) == names


MIX = np.array([[0.12, 0.14, 0.08, 0.05, 0.12, 0.08, 0.2, 0.15, 0.06], [0.2, *[0.1] * 8]])


def seen(measured=True, **incentives):
    inside = np.ones((2, len(SERVICES)), dtype=bool)
    plain = replace(no_incentives(2), members=np.array([0.8, 0.5]), inside=inside)
    return Seen(
        month=3,
        passed=3,
        at_stake=lambda: replace(plain, **incentives),
        months_under=np.array([6.0, 3.0]),
        mix=MIX,
        clinic_area=np.array([0, 1, 1]),
        clinic_size=np.array([1.0, 0.25, 0.75]),
        utilization=np.full(3, 0.9),
        usual_utilization=np.full(3, 0.9),
        measured=np.zeros((2, len(METRICS)), dtype=bool) | measured,
    )


def a_market(**changes):
    registry = REGISTRY.override({name.replace("__", "."): value for name, value in changes.items()})
    return Market(registry, seed=3, areas=2, clinic_area=np.array([0, 1, 1]), rural=np.zeros(2))


def test_income_that_is_lost_is_weighed_by_what_a_provider_lives_on_and_primary_care_is_cut_at_its_clinics():
    """Fees of inpatient care fall by half. Hospitals live on it with three other services, each of its own weight."""
    answer = Inducement(a_market(reduced_form__target_income=0.3))
    fee = np.ones((2, len(SERVICES)))
    inpatient = SERVICES.index("inpatient")
    fee[:, inpatient] = 0.5
    of_hospitals = [SERVICES.index(name) for name in ("emergency", "inpatient", "outpatient", "ancillary")]
    income = MIX[:, of_hospitals].sum(axis=1)
    lost = np.log(income / (income - MIX[:, inpatient] / 2))
    found = answer.aim(seen(fee=fee))
    assert found[:, of_hospitals[0]] == pytest.approx(0.3 * lost)
    assert found[:, inpatient] == pytest.approx(answer.elasticity[inpatient] * np.log(0.5) + 0.3 * lost)
    assert not found[:, PRIMARY].any()
    answer.now[:] = -0.2
    decided = Decided(2, 3)
    answer.add(decided, seen())
    assert decided.log_clinic_withheld == pytest.approx(-0.2 * answer.alike)
    assert decided.log_clinic_volume == pytest.approx(-0.2 * (1 - answer.alike))
    assert not decided.log_volume[:, PRIMARY].any()
    assert not decided.log_withheld[:, PRIMARY].any()
    assert decided.log_withheld[:, SPECIALIST] == pytest.approx(-0.2 * answer.alike)
    assert decided.by_fees == pytest.approx(-0.2)


def test_attention_that_a_measure_had_lost_is_back_once_it_is_paid_for():
    answer = MeasuredCare(a_market())
    some = np.zeros((2, len(METRICS)), dtype=bool)
    some[:, 0] = True
    for measured, slipped in ((some, [False, True]), (True, [False, False]), (False, [True, True])):
        answer.decide(seen(measured=measured, bonus=np.full(2, 0.05)))
        assert [bool(answer.slipped[0, metric] > 0) for metric in (0, 1)] == slipped


def test_effort_that_is_held_takes_its_part_of_what_a_practice_can_do():
    """Quality and coding are switched off: they stay as they are usually, and all else shares the .1 that is left."""
    on, off = Effort(a_market(), frozenset()), Effort(a_market(), frozenset({"quality", "coding"}))
    still = [QUALITY, CODING]
    usual = on.usual[0][:, still]
    assert usual.sum() > 0
    assert off.usual[0] == pytest.approx(on.usual[0])
    nothing = no_incentives(2), np.ones((2, len(SERVICES))), np.zeros((2, len(ACTIVITIES)))
    off.capacity = usual.sum(axis=1) + 0.1
    found = off._at(0, *nothing)
    assert found[:, still] == pytest.approx(usual)
    assert np.delete(found, still, axis=1).sum(axis=1) == pytest.approx([0.1] * 3)


def test_effort_reaches_members_at_clinics_and_in_the_area_and_records_go_where_coding_moves_them():
    """Gaps of .2 at the first clinic and of .1 and .3, so .25, in the second area; clinics count their own visits."""
    answer = Effort(a_market(providers__cuts_alike=0.0), frozenset())
    use = np.zeros((len(ACTIVITIES), len(SERVICES)))
    use[COORDINATION, PRIMARY], use[COORDINATION, SPECIALIST] = 0.3, -0.4
    first, other = answer.practices
    answer.practices = (replace(first, use=use), replace(other, use=np.zeros_like(use)))
    answer.gaps["primary"][:, COORDINATION] = [0.2, 0.1, 0.3]
    decided = Decided(2, 3)
    answer.add(decided, seen())
    assert decided.log_clinic_volume == pytest.approx(0.3 * np.array([0.2, 0.1, 0.3]))
    assert decided.log_volume[:, SPECIALIST] == pytest.approx(-0.4 * np.array([0.2, 0.25]))
    assert not decided.log_volume[:, PRIMARY].any()

    heard = []
    answer.gains = SimpleNamespace(follow=lambda *given: heard.append(given))
    answer.inertia = 0.0
    answer.gaps["primary"][:, CODING] = [0.2, 0.1, 0.3]
    answer.moves = np.zeros((len(ACTIVITIES), len(METRICS)))
    answer.moves[QUALITY, 0], answer.moves[CODING, 1] = 1, 1
    two = np.arange(len(METRICS)) < 2
    answer.decide(seen(measured=two))
    ((care, records, passed),) = heard
    assert passed == 3
    assert not care.any()
    assert records[:, 1] == pytest.approx(2 * answer.terms.recording * np.array([0.2, 0.25]))
    assert not np.delete(records, 1, axis=1).any()


def test_specialists_give_no_effort_to_what_changes_nothing_of_their_own():
    """At the baseline's incentives an activity has only its norm; where it changes no use they do not follow it."""
    answer = Effort(a_market(), frozenset())
    does = np.abs(np.asarray(REGISTRY.get("effort.specialist_use"))).sum(axis=1) > 0
    assert does.any()
    assert not does.all()
    specialists = answer.practices[1]
    assert isinstance(specialists, Practices)
    assert not specialists.norm[:, ~does].any()
    assert not answer.usual[1][:, ~does].any()
    assert answer.usual[1][:, does].any()


def test_coding_pays_as_far_as_members_are_under_the_contract():
    """Diagnoses earn .3 of full effort's worth for .8 and for .5 of the members."""
    choice = SimpleNamespace(response="reduced_form", off=frozenset())
    answers = answers_of(a_market(), SimpleNamespace(organizations="live", providers=choice))
    found = answers["coding"].aim(seen(coded=np.full(2, 0.3)))
    assert found == pytest.approx(REGISTRY.get("practices.coding_most") * np.array([0.24, 0.15]))


def test_services_that_leave_a_budget_are_restrained_no_longer():
    """In the first quarter all services are inside, in the second the first area's inpatient care is outside."""
    answer = SavingsTrend(a_market(reduced_form__trend_lag=0))
    inpatient = SERVICES.index("inpatient")
    for outside in (False, True):
        inside = np.ones((2, len(SERVICES)), dtype=bool)
        inside[0, inpatient] = not outside
        risk = {"at_risk": np.full((2, no_incentives(2).at_risk.shape[1]), 0.2), "inside": inside}
        answer.decide(seen(**risk))
        decided = Decided(2, 3)
        answer.add(decided, seen(**risk))
        assert (decided.log_volume[:, inpatient] < 0).tolist() == [not outside, True]
        assert (decided.log_price[:, inpatient] < 0).tolist() == [not outside, True]
        assert (decided.log_volume[:, SPECIALIST] < 0).all()


def test_what_goes_to_hospitals_elsewhere_is_planned_care_and_lines_that_were_given_up():
    """Of stays a tenth of psychiatry and a fifth of births were half and a quarter given up; two fifths find a bed."""
    model = a_world()
    hospital, lines = Hospital.__new__(Hospital), ServiceLines.__new__(ServiceLines)
    hospital.now = np.zeros((AREAS, 6))
    hospital.now[:, -1] = [0.1, 0.2, 0.3]
    lines.now, lines.part, lines.found = np.tile([0.5, 0.25], (AREAS, 1)), np.array([0.1, 0.2]), 0.4
    model.providers.answers = {"hospital": hospital, "service_lines": lines}
    found, given_up = model.providers.elsewhere, (0.05 * 0.4 + 0.05) / (1 - 0.05 * 0.6)
    assert found[:, SERVICES.index("inpatient")] == pytest.approx(np.array([0.1, 0.2, 0.3]) + given_up)
    assert found[:, SERVICES.index("outpatient")] == pytest.approx([0.1, 0.2, 0.3])
    assert np.count_nonzero(found) == 2 * AREAS


def test_the_measures_that_carry_money_are_those_of_the_year():
    model = a_world()
    model.scenario.metric_set = SimpleNamespace(counted=lambda year: np.arange(len(METRICS)) < year)
    model.month = 30
    assert model.providers._measured().sum(axis=1).tolist() == [2] * AREAS


def test_a_clinic_is_helped_by_its_cco_or_the_state_and_not_twice():
    """The state helps three tenths from month 0 on, CCOs four tenths, one tenth and none."""
    model = a_world(practices__state_homes=0.3)
    model.ccos = [SimpleNamespace(measures=SimpleNamespace(homes=homes)) for homes in (0.4, 0.1, 0.0)]
    model.providers.recognition = np.repeat([0.05, 0.2, 0.35, 0.5], 3)
    helped = {-1: [[1, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]], 0: [[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 0, 0]]}
    for model.month, expected in helped.items():
        found = model.providers._helped().astype(int)
        assert [found[area::3].tolist() for area in range(AREAS)] == expected


def test_ccos_prices_fall_by_the_cap_and_by_what_clinicians_choose(monkeypatch):
    model = a_world()
    squeezed = np.full((AREAS, len(SERVICES)), -0.1)
    monkeypatch.setattr(model.agency.stakes, "squeezed", lambda: squeezed)
    decided = Decided(AREAS, CLINICS)
    decided.log_price[1] = -0.05
    model.providers._write_prices(model.areas, decided)
    assert model.areas["cco_price"][0] == pytest.approx(np.exp(-0.1))
    assert model.areas["cco_price"][1] == pytest.approx(np.exp(-0.15))


def test_a_home_that_was_helped_is_one_also_where_contracts_are_not():
    """Clinics 0 and 3 have been helped for long; 3 is outside the contracts, where what its teams decided is undone."""
    model = a_world(response="effort").month_by_month(2)
    here = model.providers
    apart(model, 3)
    here.homes.most = np.full(CLINICS, 0.5)
    here.homes.since = np.where(np.isin(np.arange(CLINICS), [0, 3]), 99.0, 0.0)
    answer = SimpleNamespace(add=lambda decided, seen: decided.log_capacity.__iadd__(0.2))
    here.answers = {"one": answer}
    decided = here._add_up(here._see())
    replaced = 0.5 * here.homes.care.log_replaced * here.homes.care.proactive
    assert replaced != 0
    assert decided.log_clinic_replaced[[0, 3, 6]] == pytest.approx([replaced, replaced, 0])
    assert decided.log_capacity[[0, 3, 6]] == pytest.approx([0.2, 0, 0.2])


def test_what_practices_were_before_is_known_after_a_stop():
    one, again = a_world().providers, a_world().providers
    one.usual_tier[:], one.usual_utilization[:], one.months_under[:] = 2, 0.7, [3, 4, 5]
    one.homes.since[:] = 8
    again.restore(one.snapshot())
    assert (again.usual_tier == 2).all()
    assert (again.usual_utilization == 0.7).all()
    assert (again.months_under.tolist(), again.homes.since[0]) == ([3, 4, 5], 8)


def test_an_area_is_behind_the_mean_of_areas_with_rates():
    """Odds of 1 and of 3 to 1 have a mean of half the log of 3; the third area has no rate."""
    found = behind(np.array([[0.5], [0.75], [np.nan]]) * np.ones(len(METRICS)))
    assert np.abs(found[:2]) == pytest.approx(np.log(3) / 2)
    assert np.isnan(found[2]).all()


def test_a_home_is_as_much_of_a_team_as_its_tier_rose_and_its_months_ran():
    """A clinic of the first of three tiers rises by two thirds; half of the months are over."""
    here = MedicalHomes(REGISTRY, np.array([1, 0, 3]))
    here.most, here.ramp, here.since = here.most / REGISTRY.get("practices.home_team"), 10.0, np.array([5.0, 20.0, 5.0])
    here.care.proactive = 0.6
    assert here.most == pytest.approx([2 / 3, 1, 0])
    decided = Decided(1, 3)
    here.add(decided, lambda level: level[:1])
    level = np.array([1 / 3, 1, 0])
    assert decided.log_clinic_replaced == pytest.approx(here.care.log_replaced * here.care.proactive * level)


def test_where_nothing_is_earned_by_coding_nothing_is_uncoded():
    one = Coding(a_market(), lambda seen: np.array([-0.4, 0.5]))
    one.inertia = 1.0
    one.decide(seen())
    assert one.now == pytest.approx([0, 0.5 * one.most])


def test_peers_count_by_their_size_and_clinics_replace_visits_by_reaching_out():
    """In the second area gaps aim at 0 and .4 of clinics of a quarter and three quarters: .3 is what peers do."""
    answer = Effort(a_market(), frozenset())
    answer.inertia, answer.peers = 1.0, 0.5
    aims = np.zeros((3, len(ACTIVITIES)))
    aims[:, PROACTIVE] = [0.1, 0.0, 0.4]
    answer._at = lambda kind, *_: answer.usual[kind] + (aims if kind == 0 else 0)
    answer.decide(seen())
    assert answer.gaps["primary"][:, PROACTIVE] == pytest.approx([0.1, 0.15, 0.35])
    decided = Decided(2, 3)
    answer.gains.care[:] = 0.01
    answer.add(decided, seen())
    use = answer.practices[0].use[PROACTIVE, PRIMARY]
    assert decided.log_clinic_replaced == pytest.approx(use * np.array([0.1, 0.15, 0.35]))
    mean = np.array([0.1, 0.3])
    assert decided.deliver[:, 0] == pytest.approx(0.01 + answer.terms.proactive * mean)


def test_an_activity_is_paid_by_its_part_of_what_is_paid_for():
    """Two of the measures are paid for, of which an activity moves one: half of what is paid."""
    answer = Effort(a_market(), frozenset())
    answer.moves = np.zeros((len(ACTIVITIES), len(METRICS)))
    answer.moves[QUALITY, 0], answer.moves[CODING, 5] = 1, 1
    paid = np.zeros((2, len(METRICS)), bool)
    paid[0, :2] = True
    found = answer._moved(paid)
    assert found[:, QUALITY].tolist() == [0.5, 0]
    assert not found[:, CODING].any()


def test_specialists_have_luck_of_their_own_and_expect_nothing_but_their_use():
    answer = Effort(a_market(), frozenset())
    clinics, specialists = answer.practices
    assert clinics.expected.any()
    assert not specialists.expected.any()
    does = np.flatnonzero(specialists.norm[0] > 0)[0]
    assert specialists.norm[0, does] != pytest.approx(clinics.norm[0, does])


def test_better_off_members_come_first_only_where_volume_moves():
    answer = Inducement(a_market())
    answer.now[1, SPECIALIST] = 0.1
    decided = Decided(2, 3)
    answer.add(decided, seen())
    assert decided.favor.tolist() == [0, answer.favor]
    assert answer.favor > 0


def test_what_a_bonus_sustained_fades_once_it_is_no_longer_paid():
    answer = MeasuredCare(a_market())
    answer.now[:] = 0.5
    answer.decide(seen(measured=False, bonus=np.full(2, 0.05)))
    assert answer.now == pytest.approx(0.5 * (1 - answer.decay) ** 3)


def test_each_area_has_its_own_strength_and_what_was_inside_is_remembered():
    one, again = SavingsTrend(a_market()), SavingsTrend(a_market())
    assert one.strength[0] != one.strength[1]
    one.inside[:], one.now[:] = True, -0.1
    again.restore(one.snapshot())
    assert again.inside.all()
    assert (again.now == -0.1).all()
