"""Panels, teams and hospitals: thresholds and chances by hand, and when each does nothing."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.providers.response import Decided
from sim.agents.providers.responses import transformation
from sim.agents.providers.responses.hospital import Hospital, Observation
from sim.agents.providers.responses.selection import Intake, Participation, Selection
from sim.agents.providers.responses.transformation import Surplus, Transformation
from sim.agents.providers.team_care import MedicalHomes
from sim.schema import ACTIVITIES, INPATIENT, OUTPATIENT
from tests.support.provider_views import answers, lived, market, nothing, seen
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

LONG = 60
COMMON = (Intake, Selection, Participation, Transformation, Hospital, Observation)
EVERYTHING = {"capitated": 0.6, "at_risk": 0.2, "bonus": 0.05, "hospital_budget": 0.5, "coded": 0.2, "fee": 0.8}


def settled(kind, changes=None, **incentives):
    return lived(kind(market(**(changes or {}))), LONG, **incentives)


@pytest.mark.parametrize("kind", COMMON)
def test_at_the_baselines_incentives_nothing_is_decided(kind):
    assert nothing(settled(kind))


def test_ten_percent_more_fee_opens_panels_by_a_little_more_than_one_point_where_most_are_open():
    """payment.md E7: .54 reproduces 1.25 points for 10 percent at 58.7 percent."""
    more = settled(Intake, {"practices__accepted": 0.587}, fee=1.1)
    assert_allclose(58.7 * np.expm1(more.log_intake), 1.25, atol=0.06)


def test_full_capitation_takes_fewer_new_members():
    assert_allclose(np.exp(settled(Intake, capitated=1.0).log_intake), 0.71, rtol=1e-6)
    assert_allclose(np.exp(settled(Intake, capitated=0.5).log_intake), np.sqrt(0.71), rtol=1e-6)


def test_crowded_clinics_close_only_where_a_contract_crowded_them():
    assert (settled(Intake, utilization=0.97).log_intake < 0).all()
    assert nothing(settled(Intake, utilization=0.97, months_under=0.0))


def test_care_is_diverted_where_payment_is_per_member_and_blind_to_health():
    assert_allclose(settled(Selection, capitated=1.0).diversion, 0.2, rtol=1e-6)
    assert_allclose(settled(Selection, capitated=1.0, risk_adjusted=0.75).diversion, 0.05, rtol=1e-6)
    assert nothing(settled(Selection, capitated=1.0, risk_adjusted=1.0))
    assert nothing(settled(Selection, fee=0.5))


def test_practices_leave_only_after_a_year_of_losses():
    answer = Participation(market(practices__cost_spread=0.0))
    assert_allclose(answer.margin(seen(fee=0.8)), 1 - 0.9 / 0.8)
    assert nothing(lived(answer, 4, fee=0.8))
    decided = lived(answer, 4, fee=0.8)
    assert_allclose(decided.log_capacity, 12 * np.log(0.98))
    assert_allclose(decided.log_intake, decided.log_capacity)
    assert nothing(settled(Participation, {"practices__cost_spread": 0.0}, fee=0.9))  # a margin of 0
    assert nothing(settled(Participation, {"practices__cost_spread": 0.0}, fee=0.8, capitated=1.0))


def test_practices_that_left_come_back_a_year_after_fees_do():
    answer = Participation(market(practices__cost_spread=0.0))
    lived(answer, 8, fee=0.8)
    gone = 1 - 0.98**12
    assert_allclose(np.exp(answer.now), 1 - gone)
    assert_allclose(np.exp(lived(answer, 4).log_capacity), 1 - gone)
    assert_allclose(np.exp(lived(answer, 1).log_capacity), 1 - gone * 0.98**3)
    assert_allclose(np.exp(lived(answer, 200).log_capacity), 1, atol=1e-4)
    never = Participation(market(practices__cost_spread=0.0, practices__come_back=0.0))
    lived(never, 8, fee=0.8)
    assert_allclose(np.exp(lived(never, 50).log_capacity), 1 - gone)


def test_the_mean_line_of_team_care_crosses_at_a_quarter_capitated():
    """payment.md, analytic check 2 (Basu et al.)."""
    surplus, kappa = Surplus.of(REGISTRY), np.array([0.249, 0.251])
    gap = surplus.gap(kappa, np.zeros(2), np.full(2, surplus.meets))
    assert gap[0] < 0 < gap[1]


def test_what_a_team_earns_by_hand():
    """Half capitated, and 4.68 USD for 1,684 members: 120,640 and 94,573, less 78,288 and 1,695 for 18 points."""
    surplus = Surplus.of(REGISTRY)
    gap = surplus.gap(np.array([0.5]), np.array([4.68]), np.array([0.43]))
    assert_allclose(gap, 35890 + 50 * 1695 - 78288 - 18 * 1695 + 12 * 1684 * 4.68)


def test_thresholds_put_five_percent_below_23_and_95_below_63():
    many = replace(market(), clinic_area=np.zeros(4000, dtype=np.int64))
    thresholds = Transformation(many).threshold
    assert_allclose(np.quantile(thresholds, [0.05, 0.95]), [0.23, 0.63], atol=0.02)
    assert (thresholds >= 0.05).all()


def transformed(kappas, quarters=LONG):
    answer = Transformation(market())
    answer.threshold = np.full(4, 0.43)
    shares = []
    for kappa in kappas:
        lived(answer, quarters, capitated=kappa)
        shares.append((answer.since > 0).mean())
    return answer, shares


def test_adoption_follows_the_threshold():
    answer, _ = transformed([])
    none = np.zeros(4)
    assert_allclose(answer.chance(np.full(4, 0.43), none), 0.02, rtol=2e-3)
    assert_allclose(answer.chance(np.full(4, 0.9), none), 0.04, rtol=1e-3)
    assert (answer.chance(none, none) == 0).all()


def test_where_teams_earn_less_fewer_turn():
    poor = Transformation(market(practices__surplus_team=20000))
    usual, kappa = Transformation(market()), np.full(4, 0.5)
    assert (poor.chance(kappa, np.zeros(4)) < usual.chance(kappa, np.zeros(4))).all()


def test_a_coordination_fee_turns_clinics_where_it_pays_for_the_team():
    """At 18 points above the mean line a team lacks 72,909 USD: 3.61 USD PMPM for every member of the panel."""

    def gap(fee, members=1.0, **changes):
        answer = Transformation(market(**changes))
        answer.threshold = np.full(4, 0.43)
        share = seen(coordination_fee=fee, members=members).incentives
        return answer.surplus.gap(
            np.zeros(4), np.full(4, (share.coordination_fee * share.members)[0]), answer.threshold
        )

    assert (gap(3.60) < 0).all()
    assert (gap(3.61) > 0).all()
    assert (gap(3.61, members=0.9) < 0).all()
    assert (gap(9.0, practices__fee_for_teams=0.0) < 0).all()


@pytest.mark.parametrize(("members", "months_short"), [(1.0, 0), (0.5, 3)])
def test_a_fee_for_a_part_of_members_counts_for_that_part(members, months_short):
    """4.68 USD PMPM for every member pays for the team; for half of them it does not, and a quarter is counted."""
    answer = Transformation(market())
    answer.threshold, answer.since = np.full(4, 0.43), np.full(4, 24.0)
    lived(answer, 1, coordination_fee=4.68, members=members)
    assert answer.short.tolist() == [months_short] * 4


def turned(quarters, answer=None, **incentives):
    answer = answer or Transformation(market())
    answer.threshold = np.full(4, 0.43)
    lived(answer, quarters, **incentives)
    return answer, float((answer.since > 0).mean())


def test_clinics_turn_for_a_fee_and_go_back_a_year_after_it_ends():
    answer, share = turned(LONG, coordination_fee=4.68)
    assert share == 1
    assert turned(3, answer, coordination_fee=0.5)[1] == 1
    assert turned(1, answer, coordination_fee=0.5)[1] == 0
    assert turned(LONG, coordination_fee=0.0)[1] == 0


def test_a_clinic_that_goes_back_does_not_turn_again_in_the_same_quarter(monkeypatch):
    """The luckiest draw, a fee that pays a part: after a year of losses it is out, and turns in the next quarter."""
    monkeypatch.setattr(transformation, "uniforms", lambda *_: np.zeros(4))
    answer = Transformation(market())
    answer.threshold = np.full(4, 0.43)
    months = []
    for _ in range(6):
        lived(answer, 1, coordination_fee=3.0)
        months.append(answer.since.tolist())
    assert months == [[3] * 4, [6] * 4, [9] * 4, [12] * 4, [0] * 4, [3] * 4]
    assert not answer.short.any()  # a new start has a year of its own


def test_a_good_quarter_begins_the_year_of_losses_again():
    answer, share = turned(LONG, capitated=0.9)
    assert share == 1
    assert turned(3, answer, capitated=0.2)[1] == 1
    assert turned(1, answer, capitated=0.9)[1] == 1
    assert turned(3, answer, capitated=0.2)[1] == 1
    assert turned(1, answer, capitated=0.2)[1] == 0


def test_clinics_adopt_ramp_up_over_three_years_and_go_back_after_a_short_year():
    answer, (share,) = transformed([0.9])
    assert share == 1
    assert (answer.team == 1).all()
    lived(answer, 3, capitated=0.2)
    assert (answer.since > 0).all()
    lived(answer, 1, capitated=0.2)
    assert not answer.since.any()


def test_team_care_ramps_and_reaches_out():
    answer, _ = transformed([])
    answer.since[:] = 18
    decided = lived(answer, 0, capitated=0.9)
    assert_allclose(decided.proactive, 0.5)
    assert_allclose(decided.team, 0.5)


BY_HAND = {
    "practices__team_proactive": 0.8,
    "practices__team_coordination": 0.5,
    "practices__home_team": 0.6,
    "practices__team_ramp": 36,
    "effort__avoidable_ratio": 0.7,
    "effort__avoidable_ratio_proactive": 0.85,
    "effort__closed_loops": 0.8,
}


def test_what_a_team_half_way_gives_by_hand():
    """Half of .8 proactive care and of .5 coordination; 7 percent of visits become other contacts at full effort."""
    answer = Transformation(market(**BY_HAND))
    answer.since[:] = 18
    decided = lived(answer, 0, capitated=0.9)
    assert_allclose(decided.proactive, 0.4)
    assert_allclose(decided.log_avoidable, 0.4 * np.log(0.85) + 0.25 * np.log(0.7))
    assert_allclose(decided.closed_loops, 0.25 * 0.8)
    assert_allclose(decided.log_clinic_replaced, -0.07 * 0.4)


def test_a_home_that_was_helped_works_in_part_as_a_team_by_hand():
    """Tiers 0, 3, 0 and 2 of 3; 25 and 75, 50 and 50 percent of their areas; the third is not helped."""
    homes = MedicalHomes(market(**BY_HAND).registry, np.array([0, 3, 0, 2]))
    for _ in range(18):
        homes.pass_month(np.array([True, True, False, True]))
    decided = Decided(2, 4)
    homes.add(decided, seen().by_area)
    assert_allclose(decided.proactive, 0.8 * np.array([0.25 * 0.6 * 0.5, 0.5 * 0.2 * 0.5]))
    decided.team[:] = 1  # its own team is more than that of a home
    before = decided.proactive.copy()
    homes.add(decided, seen().by_area)
    assert (decided.proactive == before).all()
    homes.pass_month(np.array([False, True, True, True]))
    assert homes.since.tolist() == [0, 19, 1, 19]


def test_a_hospital_under_a_budget_stops_filling_beds_at_once_and_keeps_easy_cases_out_after_years():
    answer = Hospital(market(providers__response_inertia=0.5))
    assert nothing(lived(answer, 10, hospital_budget=1.0))  # thirty months: to the bit
    assert not nothing(lived(answer, 1, hospital_budget=1.0))
    late = lived(answer, 40, hospital_budget=1.0)
    assert_allclose(late.log_volume[:, INPATIENT], -np.log(1.035), rtol=1e-4)
    assert_allclose(late.turned_away, 1 - np.exp(-0.1), rtol=1e-4)


def hospital_of(rural, **changes):
    """Every line of a hospital, 60 quarters into a fixed budget; it fills beds no more than before."""
    answer = Hospital(replace(market(practices__bed_filling=0.0, **changes), rural=np.full(2, rural)))
    return answer, lived(answer, LONG, hospital_budget=1.0)


def test_each_line_of_an_urban_hospital_by_hand():
    changes = {"practices__budget_outpatient": 0.1, "practices__budget_emergency": 0.04, "practices__budget_days": 0.1}
    answer, urban = hospital_of(0.0, **changes)
    assert_allclose(urban.log_volume[:, OUTPATIENT], -0.1, rtol=1e-4)
    assert_allclose(urban.log_avoidable, -0.04, rtol=1e-4)
    assert_allclose(urban.shortened, 1 - np.exp(-0.1), rtol=1e-4)
    assert (urban.log_volume[:, INPATIENT] == 0).all()
    assert (answer.elsewhere == 0).all()


def test_a_rural_hospital_does_less_about_its_volume_and_lets_planned_care_go():
    """Half of the area is rural, and rural hospitals answer a quarter as much: 1 - .5 x .75 of every line."""
    answer, rural = hospital_of(0.5, practices__rural_answer=0.25, practices__budget_bypass=0.1)
    _, urban = hospital_of(0.0)
    assert_allclose(rural.log_avoidable, 0.625 * urban.log_avoidable)
    assert_allclose(rural.log_volume, 0.625 * urban.log_volume)
    assert_allclose(answer.elsewhere, 0.1 * 0.3 * 0.5, rtol=1e-4)


def test_a_hospital_answers_as_far_as_its_members_are_under_the_budget():
    none, half, whole = (
        lived(Hospital(market()), 40, hospital_budget=1.0, members=members) for members in (0.0, 0.5, 1.0)
    )
    assert nothing(none)
    assert_allclose(half.log_volume[:, INPATIENT], np.log(1.0175 / 1.035), rtol=1e-3)
    assert_allclose(half.turned_away, 1 - np.exp(-0.05), rtol=1e-3)
    half_fixed = lived(Hospital(market()), 40, hospital_budget=0.5)
    assert half.turned_away.tolist() == half_fixed.turned_away.tolist()
    assert (whole.log_volume[:, INPATIENT] < half.log_volume[:, INPATIENT]).all()
    assert (whole.turned_away > half.turned_away).all()


def test_observation_needs_a_paid_readmission_measure():
    assert_allclose(settled(Observation, bonus=0.03).observation, 0.15 / 2, rtol=1e-6)
    assert nothing(settled(Observation, bonus=0.03, measured=False))


@pytest.mark.parametrize("response", ["effort", "reduced_form"])
def test_every_answer_can_be_switched_off_and_then_nothing_is_left(response):
    names = list(answers(response))
    for name in names:
        assert name == "effort" or name not in answers(response, without=(name,))
    assert set(answers(response, without=tuple(names))) <= {"effort"}


@pytest.mark.parametrize("response", ["effort", "reduced_form"])
def test_what_each_answer_saves_is_enough_to_go_on(response):
    whole, again = answers(response), answers(response)
    for name, answer in whole.items():
        lived(answer, 5, **EVERYTHING)
        again[name].restore(answer.snapshot())
    for quarter in range(4):
        for name in whole:
            whole[name].decide(seen(month=60 + 3 * quarter, **EVERYTHING))
            again[name].decide(seen(month=60 + 3 * quarter, **EVERYTHING))
    for name in whole:
        one, other = whole[name].snapshot(), again[name].snapshot()
        assert all(np.array_equal(one[field], other[field]) for field in one)
    assert not all(nothing(lived(answer, 0, **EVERYTHING)) for answer in whole.values())


def test_replayed_organizations_decide_nothing():
    assert answers("effort", organizations="fixed") == {}


def test_team_care_raises_the_medical_home_tier_and_never_lowers_it():
    model_ = StandIn(response="effort")
    providers, n = model_.providers, len(model_.clinics)
    providers.usual_tier = np.resize([2, 0, 3, 0], n)
    providers.decided.team[:] = np.resize([0, 0.4, 0.7, 1], n)
    providers._write_answers(model_.areas, providers.decided)
    providers._write_clinics()
    assert model_.clinics["tier"][:4].tolist() == [2, 1, 3, 3]
    assert (model_.clinics["intake"] == providers.usual_intake).all()
    assert (model_.areas["avoidable"] == 1).all()


def test_coding_moves_risk_scores_and_the_state_takes_it_back():
    plain, coded = (StandIn(contracts=("global_budget", "risk_adjustment"), response="effort") for _ in range(2))
    for model_, most in ((plain, 0.0), (coded, 0.1)):
        model_.month_by_month(24)  # rates are set again in month 12
        model_.providers.answers["coding"].now[:] = [most, 0, 0]
        model_.one_month()
    assert coded.agency.rates.risk[0] > plain.agency.rates.risk[0]
    assert coded.agency.rates.risk[1] < plain.agency.rates.risk[1]


def test_only_measures_of_the_set_are_paid_for():
    model_ = StandIn(response="effort")
    model_.month = 0
    counted = model_.scenario.metric_set.counted(0)
    assert (model_.providers._measured() == counted).all()
    assert counted.any()
    assert not counted.all()
    model_.scenario.metric_set = None
    assert not model_.providers._measured().any()


def test_effort_can_be_asked_of_a_clinic():
    model_ = StandIn(response="effort")
    clinic = next(agent for agent in model_.providers if agent.kind == "primary")
    assert set(clinic.effort) == set(ACTIVITIES)
    assert clinic.effort["volume"] == pytest.approx(5 * 0.25 * 0.27)
    assert next(iter(StandIn().providers)).effort == {}
