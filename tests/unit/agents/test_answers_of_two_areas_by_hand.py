"""What providers of two unlike areas answer, by the equations of each file: no number stands for another.

The first area has one clinic, the second two, of a quarter and three quarters. Contracts hold for .8 and .5 of members.
"""

from dataclasses import replace

import numpy as np
import pytest

from sim.agents.providers import reputation
from sim.agents.providers.offer import cut, induced_and_withheld
from sim.agents.providers.response import Decided, Market, Seen
from sim.agents.providers.responses.coding import Coding, follows_payment
from sim.agents.providers.responses.gains import Gains
from sim.agents.providers.responses.hiring import Hiring
from sim.agents.providers.responses.hospital import LINES, Hospital, Observation
from sim.agents.providers.responses.inducement import Inducement, lost_income
from sim.agents.providers.responses.measured_care import MeasuredCare
from sim.agents.providers.responses.moved_measures import focus, moved_measures
from sim.agents.providers.responses.savings_trend import SavingsTrend
from sim.agents.providers.responses.selection import Intake, Participation, Selection
from sim.agents.providers.responses.stinting import PreventiveTargets, Shifting, Stinting
from sim.agents.providers.responses.turnover import Turnover
from sim.agents.providers.staffing import Staffing
from sim.payment.incentives import no_incentives
from sim.payment.ledger import PROVIDERS
from sim.schema import (
    ANCILLARY,
    CODING,
    COORDINATION,
    DENTAL,
    EMERGENCY,
    INPATIENT,
    METRICS,
    OUTPATIENT,
    PRIMARY,
    PROACTIVE,
    QUALITY,
    READMISSIONS,
    SERVICES,
    SPECIALIST,
)
from tests.support.few_numbers import Numbers

pytestmark = pytest.mark.quick

MEMBERS = np.array([0.8, 0.5])
KAPPA = np.array([0.5 * 0.8, 0.3 * 0.5])  # what is paid per member, of all members
DRAWN = range(len(METRICS))


def market(rural=(0.0, 0.5), **numbers):
    usual = {"response_inertia": 1.0, "half_bonus": 0.02, "cuts_alike": 0.25, "least_fee": 0.2}
    return Market(
        Numbers(**usual | numbers), seed=3, areas=2, clinic_area=np.array([0, 1, 1]), rural=np.array(rural)
    )  # fmt: skip


def seen(passed=3, measured=True, **incentives):
    mix = np.array(
        [[0.12, 0.14, 0.08, 0.05, 0.12, 0.08, 0.2, 0.15, 0.06], [0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]]
    )
    plain = replace(no_incentives(2), members=MEMBERS, inside=np.ones((2, len(SERVICES)), dtype=bool))
    return Seen(
        month=6, passed=passed, at_stake=lambda: replace(plain, **incentives), mix=mix,
        months_under=np.array([20.0, 8.0]),
        clinic_area=np.array([0, 1, 1]), clinic_size=np.array([1.0, 0.25, 0.75]),
        utilization=np.array([0.9, 0.9, 1.0]), usual_utilization=np.array([0.9, 0.8, 0.9]),
        measured=np.zeros((2, len(METRICS)), dtype=bool) | measured,
    )  # fmt: skip


def fees(**of_service):
    """Fees of 1 but for some services, by area."""
    table = np.ones((2, len(SERVICES)))
    for name, values in of_service.items():
        table[:, SERVICES.index(name)] = values
    return table


def decided_by(answer, view):
    decided = Decided(2, 3)
    answer.add(decided, view)
    return decided


def test_a_mean_of_an_area_weighs_its_clinics_by_size():
    assert seen().by_area(np.array([1.0, 2.0, 6.0])).tolist() == [1, 0.25 * 2 + 0.75 * 6]


def test_what_is_decided_for_clinics_holds_for_those_that_contracts_are_with():
    decided = Decided(2, 3)
    names = ("log_clinic_volume", "log_clinic_withheld", "log_clinic_replaced", "log_intake", "log_capacity", "leavers",
             "team")  # fmt: skip
    for name in names:
        setattr(decided, name, np.array([1.0, 2.0, 3.0]))
    decided.sent = np.array([4.0, 5.0])
    decided.hold_for(np.array([True, False, True]))
    assert [getattr(decided, name).tolist() for name in names] == [[1, 0, 3]] * 7
    assert decided.sent.tolist() == [4, 5]


def test_more_posts_where_a_visit_brings_more():
    """Primary care is paid by fee for 1 - kappa of its revenue; other visits by fee alone; stays need no posts here."""
    answer = Hiring(market(posts_pay=0.5))
    view = seen(
        fee=fees(primary=(1.2, 0.6), dental=(0.1, 2.0), inpatient=(3.0, 3.0)), capitated=np.array([0.5, 0.3])
    )  # fmt: skip
    answer.decide(view)
    brings = np.ones((2, len(SERVICES)))
    brings[:, PRIMARY] = 0.6 * 1.2 + 0.4, 0.85 * 0.6 + 0.15
    brings[:, DENTAL] = 0.2, 2.0  # at least
    assert decided_by(answer, view).log_posts == pytest.approx(0.5 * np.log(brings))


def test_a_provider_makes_up_for_lost_income_in_all_that_it_bills():
    """Hospitals bill emergency care, stays, outpatient care and tests: .08 + .2 + .15 + .06, stays at half the fee."""
    view = seen(fee=fees(inpatient=(0.5, 1.5), specialist=(0.8, 1.0)))
    hospital = [SERVICES.index(name) for name in ("emergency", "inpatient", "outpatient", "ancillary")]
    billed = view.mix[0, hospital].sum()
    wanted = np.zeros((2, len(SERVICES)))
    wanted[0, SPECIALIST] = np.log(1 / 0.8)
    wanted[0, hospital] = np.log(billed / (billed - 0.5 * view.mix[0, INPATIENT]))
    assert lost_income(view.incentives.fee, view.mix) == pytest.approx(wanted)  # who earns more makes up for nothing


def test_volume_follows_fees_and_what_falls_is_in_part_withheld():
    elasticity = np.linspace(0.1, 0.9, len(SERVICES))
    answer = Inducement(market(fee_elasticity=elasticity, target_income=0.0, favor=0.5))
    view = seen(fee=fees(primary=(0.5, 2.0), specialist=(0.05, 1.0), outpatient=(1.5, 0.7)))
    answer.decide(view)
    found = decided_by(answer, view)
    logs = elasticity * np.log(np.maximum(view.incentives.fee, 0.2))
    assert found.by_fees == pytest.approx(logs)
    assert found.log_clinic_withheld == pytest.approx([0.25 * logs[0, PRIMARY], 0, 0])
    assert found.log_clinic_volume == pytest.approx([0.75 * logs[0, PRIMARY], logs[1, PRIMARY], logs[1, PRIMARY]])
    assert found.log_volume[:, SPECIALIST] == pytest.approx(0.75 * logs[:, SPECIALIST])
    assert found.log_withheld[:, SPECIALIST] == pytest.approx(0.25 * logs[:, SPECIALIST])
    assert found.log_volume[:, OUTPATIENT] == pytest.approx(logs[:, OUTPATIENT])  # needs no appointment
    assert not found.log_volume[:, PRIMARY].any()  # clinics' own
    assert found.favor.tolist() == [0.5, 0.5]


def test_income_that_is_lost_is_added_to_what_fees_bring():
    answer = Inducement(market(fee_elasticity=np.zeros(len(SERVICES)), target_income=0.3, favor=0.0))
    view = seen(fee=fees(specialist=(0.8, 1.0)))
    answer.decide(view)
    assert answer.now == pytest.approx(0.3 * lost_income(view.incentives.fee, view.mix))
    assert answer.now[0, SPECIALIST] > 0


def test_practices_paid_per_member_withhold_and_shut_earlier():
    answer = Stinting(market(stinting=0.1, after_hours_lost=0.3))
    view = seen(capitated=np.array([0.5, 0.3]))
    answer.decide(view)
    by_area = np.log(1 - 0.1 * KAPPA)
    assert decided_by(answer, view).log_clinic_withheld == pytest.approx(by_area[[0, 1, 1]])
    assert answer.record(view)["after_hours"] == pytest.approx(1 - 0.3 * KAPPA)


def test_practices_paid_per_member_send_their_members_elsewhere_unless_that_is_at_their_own_risk():
    """Visits: .1 of asks are withheld, of which .4 go to an emergency department at .5 a visit: .02 of a rise of .2."""
    leaks = np.full(len(SERVICES), 9.0)
    leaks[PRIMARY] = 0.4
    answer = Shifting(
        market(
            shifted=0.15, shifted_share=0.8, emergency_ratio=1.2, asks_per_emergency_visit=0.5, leak_to_emergency=leaks,
            stinting=0.1, enough_risk=0.2,
        )
    )  # fmt: skip
    at_risk = np.zeros((2, len(PROVIDERS)))
    at_risk[:, PROVIDERS.index("primary")], at_risk[:, PROVIDERS.index("hospital")] = (0.05, 0.5), 0.9
    inside = np.ones((2, len(SERVICES)), dtype=bool)
    view = seen(capitated=np.array([0.5, 0.3]), at_risk=at_risk, inside=inside)
    answer.decide(view)
    found = decided_by(answer, view)
    assert found.sent == pytest.approx([0.18 * 0.4 * 0.75, 0])  # the second bears enough of it
    for service in (SPECIALIST, OUTPATIENT, ANCILLARY):
        assert found.log_volume[:, service] == pytest.approx(np.log(1 + 0.12 * KAPPA))
    assert not found.log_volume[:, [PRIMARY, EMERGENCY, INPATIENT]].any()
    outside = inside.copy()
    outside[1, EMERGENCY] = False
    assert answer.aim(seen(capitated=np.array([0.5, 0.3]), at_risk=at_risk, inside=outside))[1, EMERGENCY] == (
        pytest.approx(0.18 * 0.15)
    )


def test_practices_paid_per_member_have_time_for_what_a_bonus_pays_for():
    answer = PreventiveTargets(market(preventive_log_odds=0.7))
    measured = np.zeros((2, len(METRICS)), dtype=bool)
    measured[:, 3] = True
    view = seen(measured=measured, capitated=np.array([0.5, 0.3]), bonus=np.array([0.0, 0.01]))
    answer.decide(view)
    wanted = np.zeros((2, len(METRICS)))
    wanted[1, 3] = 0.7 * KAPPA[1]
    assert decided_by(answer, view).deliver == pytest.approx(wanted)


def test_a_bonus_raises_what_it_pays_for_and_what_it_does_not_slips():
    """Of a bonus of .04 for .5 of members half the strength is felt: .02 / (.02 + .02); the first area has none.

    A month: .01 x .5 less .1 of what there is; after two months of a cap of 1, .004975 + ..., in care and in records.
    """
    answer = MeasuredCare(
        market(
            measure_gain=0.12, measure_cap=1.0, measure_decay=0.1, unpaid_slip=0.24, care_stays=0.5, record_decay=0.4,
            recorded_part=np.full(len(METRICS), 0.25),
        )
    )  # fmt: skip
    measured = np.zeros((2, len(METRICS)), dtype=bool)
    measured[:, 3] = True
    view = seen(passed=2, measured=measured, bonus=np.array([0.0, 0.04]))
    answer.decide(view)
    first = 0.01 * 0.5
    second = first + 0.01 * 0.5 * (1 - first) - 0.1 * first
    slipped = 0.02 * 0.5 * (1 + 0.9)
    found = decided_by(answer, view)
    assert found.deliver[1, 3] == pytest.approx(0.75 * second)
    assert found.record[1, 3] == pytest.approx(0.25 * second)
    assert found.deliver[1, 4] == pytest.approx(-slipped)
    assert not found.record[1, 4]
    assert not found.deliver[0].any()
    answer.decide(seen(passed=1, measured=False, bonus=np.array([0.0, 0.04])))
    later = decided_by(answer, view)
    care, habit = 0.75 * second, 0.5 * 0.75 * second
    assert later.deliver[1, 3] == pytest.approx(habit + (care - habit) * 0.9)  # habits of work do not slip
    assert later.record[1, 3] == pytest.approx(0.25 * second * 0.6)
    assert later.deliver[1, 4] == pytest.approx(-(0.9 * slipped + 0.02 * 0.5))


def test_gains_fade_to_habits_and_records_to_nothing():
    """Care of 1 leaves habits of .4; in two months .81 of what is above is left. Records fade by a half a month."""
    gains = Gains(Numbers(measure_decay=0.1, care_stays=0.4, record_decay=0.5), 1)
    full, less = np.full((1, len(METRICS)), 1.0), np.full((1, len(METRICS)), 0.95)
    gains.follow(full, 2 * full, 3)
    assert (gains.care[0, 0], gains.habit[0, 0], gains.records[0, 0]) == (1, 0.4, 2)
    gains.follow(0 * full, 0 * full, 2)
    assert gains.care[0, 0] == pytest.approx(0.4 + 0.6 * 0.81)
    assert gains.records[0, 0] == pytest.approx(2 * 0.25)
    assert gains.habit[0, 0] == 0.4  # the highest so far
    gains.follow(0.85 * full, 0.4 * full, 1)  # an aim below what has faded, and one above what is left of records
    assert gains.care[0, 0] == pytest.approx(max(0.85, 0.4 + 0.6 * 0.729))
    assert gains.records[0, 0] == pytest.approx(0.4)
    gains.follow(less, 0 * full, 1)
    assert gains.care[0, 0] == 0.95  # upward at once


def test_scores_rise_month_by_month_by_what_diagnoses_earn():
    answer = Coding(market(coding_speed=0.1, coding_most=0.2), follows_payment)
    view = seen(coded=np.array([0.5, 4.0]))
    answer.decide(view)
    aims = 0.2 * np.array([0.4, 1.0])  # 4 x .5 is more than all
    assert answer.record(view)["coding"] == pytest.approx(aims * (1 - 0.9**3))
    assert not any(np.any(value) for value in vars(decided_by(answer, view)).values())


def test_what_is_at_risk_saves_by_volume_of_everybody_and_by_prices_of_the_cco():
    """After 20 and 8 months with a lag of 6: .01 x .3 x 14 of strength 1, and .01 x .2 x 2, of which .25 is price."""
    answer = SavingsTrend(
        market(trend_slope=0.01, trend_lag=6, trend_ceiling=0.04, trend_price_share=0.25, trend_spread=0.0)
    )
    at_risk = np.zeros((2, len(PROVIDERS)))
    at_risk[0, :2], at_risk[1, 3] = (0.1, 0.2), 0.2
    inside = np.ones((2, len(SERVICES)), dtype=bool)
    inside[1, ANCILLARY] = False
    view = seen(at_risk=at_risk, inside=inside)
    answer.decide(view)
    saved = np.array([0.04, 0.004])  # .042 is more than the most
    restrained = np.array([(0.14 + view.mix[0, [INPATIENT, OUTPATIENT, ANCILLARY]].sum()) / view.mix[0].sum(),
                           view.mix[1, [SPECIALIST, INPATIENT, OUTPATIENT]].sum() / 0.9])  # fmt: skip
    found = decided_by(answer, view)
    assert found.log_volume[:, SPECIALIST] == pytest.approx(-0.75 * saved / restrained * MEMBERS)
    assert found.log_price[:, INPATIENT] == pytest.approx(-0.25 * saved / restrained)
    assert found.log_volume[1, ANCILLARY] == found.log_price[1, ANCILLARY] == 0
    assert not found.log_volume[:, [PRIMARY, EMERGENCY]].any()


def test_hospitals_of_two_areas_under_a_budget():
    """Fixed are .5 x .8 and .6 x .5 of revenue; nine months of 12 after a lag of 3; half of the second is rural."""
    most = dict(zip(LINES, (0.1, 0.2, 0.3, 0.4, 0.5), strict=True))
    answer = Hospital(
        market(
            occupancy=0.6, bed_filling=0.25, planned_part=0.7, rural_answer=0.4, budget_lag=3, budget_ramp=12,
            **{f"budget_{line}": value for line, value in most.items()},
        )
    )  # fmt: skip
    view = seen(passed=12, hospital_budget=np.array([0.5, 0.6]))
    answer.decide(view)
    fixed, ramp, answers = np.array([0.4, 0.3]), 9 / 12, np.array([1, 1 - 0.5 * 0.6])
    found = decided_by(answer, view)
    filled = np.log((1 + 0.25 * (1 - fixed) * 0.4) / (1 + 0.25 * 0.4))
    assert found.log_volume[:, INPATIENT] == pytest.approx(filled * ramp * answers)
    assert found.turned_away == pytest.approx(1 - np.exp(-0.1 * fixed * ramp * answers))
    assert found.log_volume[:, OUTPATIENT] == pytest.approx(-0.2 * fixed * ramp * answers)
    assert found.log_avoidable == pytest.approx(-0.3 * fixed * ramp * answers)
    assert found.shortened == pytest.approx(1 - np.exp(-0.4 * fixed * ramp * answers))
    assert answer.elsewhere == pytest.approx(0.5 * 0.7 * fixed * ramp * np.array([0, 0.5]))
    answer.decide(seen(passed=3, hospital_budget=np.array([0.0, 0.6])))
    assert answer.months_fixed.tolist() == [0, 15]


def test_stays_are_called_observation_where_readmissions_are_paid_for():
    measured = np.zeros((2, len(METRICS)), dtype=bool)
    measured[1, READMISSIONS] = True
    answer = Observation(market(observation=0.3))
    view = seen(measured=measured, bonus=np.array([0.1, 0.06]))
    answer.decide(view)
    assert decided_by(answer, view).observation == pytest.approx([0, 0.3 * 0.03 / 0.05])


def test_panels_open_with_fees_and_close_with_what_a_contract_crowds():
    """Odds of being open are 4; ln(1.2) and ln(.9) of fees count twice; the first is as crowded as ever."""
    answer = Intake(
        market(accepted=0.8, intake_fee=2.0, intake_full_at=0.85, intake_crowding=10.0, intake_capitated=0.5)
    )
    view = seen(fee=fees(primary=(1.2, 0.9)), capitated=np.array([0.5, 0.3]))
    answer.decide(view)
    crowded = np.array([0, 0.05 - 0, 0.15 - 0.05])
    odds = 4 * np.array([1.2, 0.9, 0.9]) ** 2 * np.exp(-10 * crowded)
    wanted = np.log(odds / (1 + odds) / 0.8) + np.log(0.5) * KAPPA[[0, 1, 1]]
    assert decided_by(answer, view).log_intake == pytest.approx(wanted)
    assert answer.record(view)["intake"][1] == pytest.approx(np.exp(wanted[1:]) @ [0.25, 0.75])


def test_the_unprofitable_get_less_where_payment_is_blind_to_health():
    answer = Selection(market(diversion=0.6))
    at_risk = np.zeros((2, len(PROVIDERS)))
    at_risk[:, PROVIDERS.index("primary")], at_risk[:, PROVIDERS.index("dental")] = (0.25, 1.0), 5.0
    view = seen(at_risk=at_risk, capitated=np.array([0.5, 3.0]), risk_adjusted=np.array([0.25, 0.5]))
    answer.decide(view)
    assert decided_by(answer, view).diversion == pytest.approx([0.6 * 0.75 * (0.2 + 0.4), 0.6 * 0.5 * 1])


def test_clinics_leave_by_their_margin_and_come_back():
    """Without a spread all cost .9: at fees of .8 the margin is -.125, at 1.2 it is above the floor."""
    answer = Participation(
        market(cost_spread=0.0, visit_cost=0.9, margin_floor=-0.05, exit_patience=3, exit=0.2, come_back=0.5)
    )
    bad = seen(fee=fees(primary=(0.8, 1.2)))
    assert answer.margin(bad) == pytest.approx([-0.125, 0.25, 0.25])
    answer.decide(bad)
    assert not answer.now.any()  # three months are borne
    answer.decide(bad)
    found = decided_by(answer, bad)
    assert found.log_capacity == pytest.approx([3 * np.log(0.8), 0, 0])
    assert found.log_intake == pytest.approx([3 * np.log(0.8), 0, 0])
    assert answer.record(bad)["participation"] == pytest.approx([0.8**3, 1])
    for _ in range(2):
        answer.decide(seen(fee=fees(primary=(1.2, 1.2))))
    assert np.exp(answer.now[0]) == pytest.approx(1 - (1 - 0.8**3) * 0.5**3)  # half of who is away, each month
    kept = seen(fee=fees(primary=(0.8, 1.2)), capitated=np.array([1.0, 0.0]))
    assert answer.margin(kept)[0] == pytest.approx(1 - 0.9 / (0.2 * 0.8 + 0.8))


def test_clinicians_leave_and_posts_are_filled_month_by_month():
    """.24 a year leave beyond the usual: .02 a month, of whom a half are replaced in each month."""
    answer = Turnover(
        market(
            posts_filled=0.5, turnover_visits_lost=0.6, turnover_clinic_lost=0.25, turnover=0.1, turnover_slope=0.0,
            turnover_most=1.0,
        )
    )  # fmt: skip
    answer.workload = type("W", (), {"excess": lambda _, view: np.array([0.24, 0.0, 0.48])})()
    view = seen(passed=2)
    answer.decide(view)
    there = 1.0
    for _ in range(2):
        there = there + 0.5 * (1 - there) - 0.02 * there
    found = decided_by(answer, view)
    assert found.log_capacity[0] == pytest.approx(np.log(1 - 0.6 * (1 - there)))
    assert found.leavers == pytest.approx([0.25 * 0.02, 0, 0.25 * 0.04])
    assert found.log_capacity[1] == 0
    assert answer.record(view)["clinicians"][0] == pytest.approx(there)


def test_which_effort_moves_which_measure():
    written = np.linspace(0.1, 0.6, len(METRICS))
    moves = moved_measures(written)
    of = {name: moves[:, METRICS.index(name)] for name in METRICS}
    assert of["emergency_visits"][[COORDINATION, PROACTIVE]].tolist() == [0.5, 0.5]
    assert of["readmission"][COORDINATION] == of["follow_up_after_stay"][COORDINATION] == 1
    assert of["depression_follow_up"][[QUALITY, COORDINATION]].tolist() == [0.5, 0.5]
    assert of["hba1c_poor_control"][[QUALITY, PROACTIVE]].tolist() == [0.5, 0.5]
    assert not of["medical_home"].any()
    place = METRICS.index("well_child")
    assert of["well_child"][[QUALITY, CODING]] == pytest.approx([1 - written[place], written[place]])
    assert [m.sum() for m in moves.T] == pytest.approx([float(name != "medical_home") for name in METRICS])
    measured = np.zeros((1, len(METRICS)), dtype=bool)
    measured[0, :3] = True
    part = np.zeros(len(METRICS))
    part[:4] = 0.5, 0.25, 0.25, 9
    assert focus(measured, part)[0, :4] == pytest.approx([1.5, 0.75, 0.75, 0])  # of three measures, one part each


def test_capacity_goes_up_and_down_at_its_own_speed():
    rules = Staffing(demand=0.5, fills=0.1, fills_behavioral=0.05, leaves=0.2)
    start, growth = np.array([100.0, 100.0]), np.array([1.44, 0.64])
    posts = rules.posts(start, growth, np.array([0.0, np.log(1.1)]))
    assert posts == pytest.approx([120, 88])
    assert rules.after_a_month(start, posts, np.array([0.1, 0.3])) == pytest.approx([102, 100 - 0.2 * 12])


def test_what_falls_takes_induced_visits_first():
    """A tenth of usual visits is induced: a fall by 5% takes those alone, a fall by 28% needed ones too."""
    induced, withheld = induced_and_withheld(np.log([0.95, 0.72, 1.2]), np.log([0.9, 1.0, 1.0]), 0.1)
    assert induced == pytest.approx([-0.05, -0.1, 0.2])
    assert withheld == pytest.approx([0.1, 1 - 0.72 / 0.9, 0])
    rest, alike = cut(np.array([-0.4, 0.3]), 0.25)
    assert rest == pytest.approx([-0.3, 0.3])
    assert alike == pytest.approx([-0.1, 0])


def test_who_is_behind_in_published_rates_gives_more_of_it():
    """Log odds of 0 and ln 3 have a mean of half ln 3; a measure of which less is better is the other way round."""
    rates = np.full((2, len(METRICS)), np.nan)
    well, poor = METRICS.index("well_child"), METRICS.index("hba1c_poor_control")
    rates[:, well], rates[:, poor] = (0.5, 0.75), (0.5, 0.75)
    half = np.log(3) / 2
    found = reputation.urge(rates, 0.8, 0.25)
    assert found[:, well] == pytest.approx([0.2 * half, 0])
    assert found[:, poor] == pytest.approx([0, 0.2 * half])
    assert not np.delete(found, (well, poor), axis=1).any()
    rates[:, poor] = np.nan
    assert reputation.looked_at(rates, 0.5, 0.4) == pytest.approx([0.2 * half, -0.2 * half])
    rates[:, well] = 0.0, 0.75
    sure = np.log(0.999 / 0.001)
    assert reputation.behind(rates)[0, well] == pytest.approx((np.log(3) - sure) / 2 + sure)
