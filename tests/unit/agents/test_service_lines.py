"""Lines that hospitals give up: when, where, how far, for how long, and who pays for what goes elsewhere, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.providers.responses.service_lines import ServiceLines, lack
from sim.payment.ledger import PURPOSES
from sim.schema import INPATIENT, MEDICAID, METRICS, OUTPATIENT, POSTPARTUM_CARE, PRENATAL_CARE, PRIMARY, SERVICES
from tests.support.provider_views import lived, market, nothing, seen
from tests.support.stand_in_system import AREAS, StandIn

pytestmark = pytest.mark.quick

LONG = 80
SIZES = {
    "practices__psychiatry_given_up": 0.4,
    "practices__births_given_up": 0.2,
    "practices__line_brings": 1.25,
    "practices__line_urban": 0.25,
    "practices__psychiatry_found": 0.6,
    "practices__psychiatry_part": 0.1,
    "practices__births_part": 0.2,
    "practices__births_care": -0.3,
    "practices__budget_lag": 30,
    "practices__budget_ramp": 24,
}
URBAN_AND_RURAL = np.array([0.0, 1.0])


def lines(rural=URBAN_AND_RURAL, **changes):
    return ServiceLines(replace(market(**SIZES | changes), rural=np.asarray(rural)))


@pytest.mark.parametrize(
    ("brings", "left", "expected"),
    [
        (1.0, 1.0, 0.0),
        (1.0, 0.75, 0.25),
        (1.0, 0.0, 1.0),
        (1.25, 0.8, 0.0),  # what it brings still covers its cost
        (1.25, 0.6, 0.25),
        (1.25, 0.0, 1.0),
        (0.8, 1.0, 0.0),  # today it costs more than it brings, and is there all the same
        (0.8, 0.5, 0.5),  # .6 of its cost is missing, .2 was before, of .8 that may go missing
        (0.8, 0.0, 1.0),
        (0.8, 1.2, 0.0),  # more pay than today
    ],
)
def test_what_a_line_lacks_beyond_today(brings, left, expected):
    assert_allclose(lack(brings, np.array([left])), expected, atol=1e-12)


def test_nothing_is_given_up_before_the_lag_and_something_after_it():
    answer = lines()
    assert nothing(lived(answer, 10, hospital_budget=1.0))  # thirty months, to the bit
    assert (answer.elsewhere == 0).all()
    assert (lived(answer, 1, hospital_budget=1.0).no_bed > 0).all()


def test_nothing_is_ever_given_up_at_the_baselines_incentives_or_at_better_pay():
    assert nothing(lived(lines(), LONG))
    assert nothing(lived(lines(practices__line_brings=0.8), LONG))
    assert nothing(lived(lines(), LONG, fee=1.3))


def test_a_rural_area_finally_gives_up_four_times_as_much_as_an_urban_one():
    answer = lines()
    lived(answer, LONG, hospital_budget=1.0)
    assert_allclose(answer.now, [[0.1, 0.05], [0.4, 0.2]], rtol=1e-5)
    mixed = lines(rural=[0.5, 0.2])
    lived(mixed, LONG, hospital_budget=1.0)
    assert_allclose(mixed.now[:, 1], 0.2 * np.array([0.625, 0.4]), rtol=1e-5)


def test_half_of_the_ramp_by_hand():
    """The fourteenth quarter is the 42nd month, half of the ramp; hospitals move a quarter of the way at a time."""
    answer = lines(providers__response_inertia=0.25)
    lived(answer, 14, hospital_budget=1.0)
    moved = 0.0
    for part in (1 / 8, 2 / 8, 3 / 8, 4 / 8):
        moved += 0.25 * (0.4 * part - moved)
    assert_allclose(answer.now[1, 0], moved)


@pytest.mark.parametrize(("budget", "members"), [(0.5, 1.0), (1.0, 0.5)])
def test_lines_are_given_up_as_far_as_revenue_is_fixed(budget, members):
    """Half is fixed: 1.25 x .5 is left, and .375 of the cost of a line is missing; of 15 percent fixed none is."""
    answer = lines()
    lived(answer, LONG, hospital_budget=budget, members=members)
    assert_allclose(answer.now[1], [0.375 * 0.4, 0.375 * 0.2], rtol=1e-5)
    assert nothing(lived(lines(), LONG, hospital_budget=0.15, members=members))


def test_a_cut_of_the_fee_of_stays_does_the_same_and_other_fees_do_nothing():
    of_stays, of_others = np.ones((2, len(SERVICES))), np.ones((2, len(SERVICES)))
    of_stays[:, INPATIENT] = 0.5
    of_others[:, [PRIMARY, OUTPATIENT]] = 0.5
    answer = lines()
    assert nothing(lived(answer, 10, fee=of_stays))
    lived(answer, LONG, fee=of_stays)
    assert_allclose(answer.now[1], [0.375 * 0.4, 0.375 * 0.2], rtol=1e-5)
    assert nothing(lived(lines(), LONG, fee=of_others))


def test_what_was_given_up_stays_given_up_and_the_clock_begins_again():
    answer = lines()
    lived(answer, 14, hospital_budget=1.0)
    then = answer.now.copy()
    lived(answer, 20)
    assert answer.now.tolist() == then.tolist()
    assert (answer.months == 0).all()
    short = lines()
    for _ in range(3):  # 27 months, three times: the lag is never over
        assert nothing(lived(short, 9, hospital_budget=1.0))
        assert nothing(lived(short, 1))


def test_what_members_meet_and_what_goes_elsewhere_by_hand():
    """Half of psychiatry and a quarter of births are given up; .6 of psychiatric stays find a bed in another area."""
    answer = lines()
    answer.now[:] = [0.5, 0.25]
    decided = lived(answer, 0)
    assert_allclose(decided.no_bed, 0.2)
    expected = np.zeros(len(METRICS))
    expected[[PRENATAL_CARE, POSTPARTUM_CARE]] = -0.3 * 0.25
    assert_allclose(decided.deliver, np.tile(expected, (2, 1)))
    assert_allclose(answer.elsewhere, (0.1 * 0.5 * 0.6 + 0.2 * 0.25) / (1 - 0.1 * 0.2))
    decided.no_bed, decided.deliver = np.zeros(2), np.zeros_like(decided.deliver)
    assert nothing(decided)
    shown = answer.record(seen())
    assert (shown["psychiatry_given_up"].tolist(), shown["births_given_up"].tolist()) == ([0.5, 0.5], [0.25, 0.25])


def test_what_is_saved_is_enough_to_go_on():
    whole, again = lines(), lines()
    lived(whole, 9, hospital_budget=1.0)
    again.restore(whole.snapshot())
    for answer in (whole, again):
        lived(answer, 6, hospital_budget=1.0)
    assert whole.now.tolist() == again.now.tolist()
    assert (again.now > 0).all()


@pytest.mark.parametrize(("shift", "fixed"), [(0.0, 1.0), (0.5, 0.6), (1.0, 1.0)])
def test_lines_elsewhere_are_billed_there_and_the_budget_pays_all_the_same_but_for_a_market_shift(shift, fixed):
    """An eighth of what stays bring goes elsewhere: claims for stays rise by that, nothing else moves."""
    terms = {"payment__hospital_market_shift": shift, "payment__hospital_fixed_share": fixed}
    usual, gone = (StandIn(contracts=("hospital_global_budget",), **terms).month_by_month(12) for _ in range(2))
    many_births = market(**SIZES | {"practices__births_part": 0.25})
    answer = ServiceLines(replace(many_births, areas=AREAS, rural=np.ones(AREAS)))
    answer.now[:] = [0, 0.5]
    answer.decide = lambda seen: None
    gone.providers.answers["service_lines"] = answer
    for model in (usual, gone):
        model.month_by_month(2)
    assert gone.providers.elsewhere[:, INPATIENT].tolist() == [0.125] * AREAS
    assert (np.delete(gone.providers.elsewhere, INPATIENT, axis=1) == 0).all()
    away = gone.last.money[:, 1, :, INPATIENT, MEDICAID].sum(axis=1) * 0.125 * fixed

    def paid(model, name):
        return model.purposes[-1][:, PURPOSES.index(name)]

    assert away.min() > 10_000
    assert_allclose(paid(gone, "claims") - paid(usual, "claims"), away, atol=32)  # whole cents in each cell
    assert_allclose(paid(gone, "hospital_budget") - paid(usual, "hospital_budget"), -shift * away, atol=32)
