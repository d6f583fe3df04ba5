"""The estimated answers to fees, contracts and bonuses, by hand; V4 of payment.md is an implementation check here."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.providers.responses.coding import Coding, follows_payment
from sim.agents.providers.responses.inducement import Inducement, lost_income
from sim.agents.providers.responses.measured_care import MeasuredCare
from sim.agents.providers.responses.stinting import PreventiveTargets, Shifting, Stinting
from sim.schema import ANCILLARY, EMERGENCY, INPATIENT, METRICS, OUTPATIENT, PRIMARY, SERVICES, SPECIALIST
from tests.support.provider_views import AREAS, lived, market, nothing, seen

pytestmark = pytest.mark.quick

LONG = 60  # quarters: by then nothing moves any more
REDUCED = (Inducement, Stinting, Shifting, PreventiveTargets, MeasuredCare)
OUTSIDE = np.zeros((AREAS, len(SERVICES)), dtype=bool)


def settled(kind, changes=None, **incentives):
    return lived(kind(market(**(changes or {}))), LONG, **incentives)


@pytest.mark.parametrize("kind", REDUCED)
def test_at_the_baselines_incentives_nothing_is_decided(kind):
    assert nothing(settled(kind))


def test_volume_follows_fees_by_hand():
    decided = settled(Inducement, fee=1.1)
    assert_allclose(decided.log_clinic_volume, 0.1 * np.log(1.1), rtol=1e-6)
    assert_allclose(decided.log_volume[:, OUTPATIENT], 0.5 * np.log(1.1), rtol=1e-6)
    assert_allclose(decided.log_volume[:, INPATIENT], 0.02 * np.log(1.1), rtol=1e-6)
    assert not decided.log_volume[:, PRIMARY].any()  # of clinics, not of the area


def test_a_lower_fee_takes_half_of_the_fall_from_all_visits_alike_and_half_from_induced_ones_first():
    decided = settled(Inducement, fee=0.8)
    assert_allclose(decided.log_clinic_volume, 0.05 * np.log(0.8), rtol=1e-6)
    assert_allclose(decided.log_clinic_withheld, 0.05 * np.log(0.8), rtol=1e-6)
    assert_allclose(decided.log_withheld[:, SPECIALIST], 0.05 * np.log(0.8), rtol=1e-6)
    assert not decided.log_withheld[:, OUTPATIENT].any()  # nobody asks for an appointment there


def test_a_fee_below_the_least_moves_volume_no_further():
    low, lower = (settled(Inducement, fee=fee).log_volume for fee in (0.2, 0.05))
    assert_allclose(low, lower)


def test_target_income_makes_up_for_a_cut_and_not_for_a_rise():
    target = {"reduced_form__target_income": 0.37}
    cut, rise = (settled(Inducement, target, fee=fee) for fee in (0.9, 1.1))
    assert_allclose(cut.log_clinic_volume, (0.1 - 0.37) * np.log(0.9), rtol=1e-6)
    assert not cut.log_clinic_withheld.any()
    assert_allclose(rise.log_clinic_volume, 0.1 * np.log(1.1), rtol=1e-6)
    assert (lost_income(np.full((1, 9), 1.2), np.full((1, 9), 0.1)) == 0).all()


def test_what_fees_bring_goes_to_the_better_off_first_unless_that_is_switched_off():
    decided = settled(Inducement, fee=1.1)
    assert_allclose(decided.by_fees[:, OUTPATIENT], 0.5 * np.log(1.1), rtol=1e-6)
    assert decided.favor.tolist() == [0.5] * AREAS
    assert not lived(Inducement(market(), frozenset({"favor"})), LONG, fee=1.1).favor.any()


def test_capitation_is_no_change_of_fee():
    assert nothing(settled(Inducement, capitated=1.0))


@pytest.mark.parametrize("kappa", [0.25, 0.5, 1.0])
def test_stinting_by_hand(kappa):
    answer = Stinting(market())
    decided = lived(answer, LONG, capitated=kappa)
    assert_allclose(np.exp(decided.log_clinic_withheld), 1 - 0.08 * kappa, rtol=1e-6)
    assert not decided.log_clinic_volume.any()  # visits withheld are no fall of what members ask for
    assert_allclose(answer.record(seen())["after_hours"], 1 - 0.32 * kappa, rtol=1e-6)


def test_v4_full_capitation_with_emergency_care_outside_the_budget():
    """An implementation check: the numbers were put in. What withheld visits bring by themselves is part of 1.2."""
    decided = settled(Shifting, capitated=1.0, inside=OUTSIDE, at_risk=0.5)
    withheld = 0.08 * 0.1 * 3.1  # stinting, the chance that such a visit becomes an emergency visit, asks per visit
    assert_allclose(1 + decided.sent + withheld, 1.2, rtol=1e-6)
    assert not decided.log_volume[:, EMERGENCY].any()  # they are visits that primary care could treat, not of any cause
    shifted = np.exp(decided.log_volume[:, [SPECIALIST, OUTPATIENT, ANCILLARY]])
    assert_allclose(shifted, 1 + 0.15 * 0.5, rtol=1e-6)


def test_the_rise_vanishes_when_the_emergency_department_is_shared_in():
    risks = (0.0, 0.15, 0.3, 0.6)
    rise = [settled(Shifting, capitated=1.0, at_risk=risk).sent[0] for risk in risks]
    assert_allclose(rise, (0.2 - 0.0248) * np.array([1, 0.5, 0, 0]), atol=1e-7)


def test_preventive_targets_need_a_bonus():
    assert nothing(settled(PreventiveTargets, capitated=1.0))
    assert_allclose(settled(PreventiveTargets, capitated=1.0, bonus=0.04).deliver, 0.18, rtol=1e-6)


def points(log_odds, start=0.5):
    """What log odds add to a measure, in points."""
    odds = start / (1 - start) * np.exp(log_odds)
    return 100 * (odds / (1 + odds) - start)


def test_a_measure_at_fifty_gains_one_to_two_points_in_the_first_year_at_oregons_pool():
    decided = lived(MeasuredCare(market()), 4, bonus=0.0425)
    gained = points((decided.deliver + decided.record)[0, 0])
    assert 1 < gained < 2.5


def test_gains_slow_down_stay_below_the_cap_and_half_of_them_decays_when_the_bonus_goes():
    answer = MeasuredCare(market())
    steps = [lived(answer, 4, bonus=0.0425).deliver[0, 0] for _ in range(8)]
    gains = np.diff([0, *steps])
    assert (gains > 0).all()
    assert (np.diff(gains) < 0).all()
    assert answer.now.max() < answer.cap
    care, records = answer.gains.care.max(), answer.gains.records.max()
    lived(answer, 4, bonus=0.0)
    assert_allclose(answer.gains.care.max(), care * (1 + 0.99**12) / 2)
    assert_allclose(answer.gains.records.max(), records * 0.8**12)


def test_given_and_recorded_gain_by_kind_of_measure():
    """Codes of screening .7, laboratory tests .15, immunizations in a registry .1: the rest is care."""
    decided = lived(MeasuredCare(market()), 4, bonus=0.0425)
    for name, part in (
        ("depression_screening", 0.7),
        ("hba1c_testing", 0.15),
        ("childhood_immunization", 0.1),
        ("emergency_visits", 0.0),
    ):
        k = METRICS.index(name)
        assert_allclose(decided.record[:, k], part / (1 - part) * decided.deliver[:, k])


def test_a_dropped_measure_falls_and_not_below_where_it_began():
    answer, only = MeasuredCare(market()), np.tile(np.arange(len(METRICS)) < 1, (AREAS, 1))
    before = lived(answer, 8, bonus=0.0425).deliver[0, 1]
    seen_after = [lived(answer, 4, measured=only, bonus=0.0425).deliver[0, 1] for _ in range(10)]
    assert (np.diff([before, *seen_after]) < 0).all()
    assert min(seen_after) > 0


def test_what_was_never_paid_for_slips_while_others_are():
    measured = seen().measured.copy()
    measured[:, 1:] = False
    decided = lived(MeasuredCare(market()), 4, measured=measured, bonus=0.0425)
    assert (decided.deliver[:, 0] > 0).all()
    assert -1.0 < points(decided.deliver[0, 1]) < -0.1


def test_coding_inflates_scores_by_hand():
    answer = Coding(market(), follows_payment)
    lived(answer, 4, coded=0.5)
    assert_allclose(answer.now, 0.11 * 0.5 * (1 - 0.97**12))
    assert nothing(lived(Coding(market(), follows_payment), 8))
