"""Two contracts at once, and areas that begin in different months: what each month pays, by hand.

Three areas with 50, 80 and 20 CCO members in each of eight rate categories, and a fifth as many of the open card; each
of nine services costs 50 USD a month for each, prices do not grow, and rates are never rebased. The first area begins
in month 0, the second in month 5, the third in month 14.
"""

import numpy as np
import pytest

from sim.payment.ledger import ACCOUNT_INDEX, PURPOSES
from sim.schema import ENROLLED, MEMBER
from tests.support.stand_in_system import StandIn

pytestmark = pytest.mark.quick

PEOPLE = np.array([50, 80, 20])
CENTS, STARTS = 5000, {"CCO 1": 5, "CCO 2": 14}
CARE = 9 * CENTS * 8 * PEOPLE  # of a month
FIRST, SECOND = 45_000 * 1.034 / 0.89, 45_000 * 1.034**2 / 0.89


def unequal(*contracts, **changes):
    plain = {
        "weights": np.array([4.0, 9.0, 25.0]),
        "starts": STARTS,
        "providers__share_at_risk": 0,
        "payment__rebasing_share": 0.0,
    }
    model = StandIn(contracts=contracts, members=PEOPLE.reshape(3, 1, 1), **(plain | changes))
    model.providers.growth = (0.0, 0.0)
    return model


def flow(model, payer, payee, month):
    return model.flows[12 + month][:, ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee]].tolist()


def paid_as(model, purpose, month):
    return model.purposes[12 + month][:, PURPOSES.index(purpose)].tolist()


def months_paid(model, purpose):
    """Months from 0 on in which something was paid, by area."""
    paid = np.array(model.purposes[12:])[:, :, PURPOSES.index(purpose)]
    return [np.flatnonzero(paid[:, area]).tolist() for area in range(3)]


def due(area, rate=FIRST):
    return 8 * round(rate * int(PEOPLE[area]))


def held(area, rate=FIRST, share=0.1):
    return 8 * round(share * round(rate * int(PEOPLE[area])))


WITHHOLD = {"payment__withhold_share": 0.1}


def test_in_december_comes_back_what_was_withheld_since_the_contract_began():
    model = unequal("global_budget", "withhold", **WITHHOLD).month_by_month(36)
    assert flow(model, "held", "cco", 11) == [12 * held(0), 7 * held(1), 0]
    assert flow(model, "held", "cco", 23) == [12 * held(0, SECOND), 5 * held(1) + 7 * held(1, SECOND), 10 * held(2)]
    assert months_paid(model, "quality_pool") == [[11, 23], [11, 23], [23]]
    assert flow(model, "state", "cco", 11) == [due(0) - held(0), due(1) - held(1), 0]


def test_the_loss_ratio_of_a_year_counts_the_withhold_that_came_back_within_it():
    """From month 5 on care costs half. The second area's year, months 5 to 16, has one December: 7 months come back."""
    model = unequal(
        "global_budget", "withhold", "medical_loss_ratio", payment__loss_ratio_floor=0.85, **WITHHOLD
    ).month_by_month(17)
    model.cents = CENTS / 2
    model.month_by_month(22)
    first = 0.85 * 12 * due(0) - 8.5 * CARE[0]  # months 0 to 11: five at full cost
    second = 0.85 * (12 * (due(1) - held(1)) + 7 * held(1)) - 6 * CARE[1]
    assert flow(model, "cco", "state", 11)[0] == pytest.approx(first, abs=1)
    assert flow(model, "cco", "state", 16)[1] == pytest.approx(second, abs=1)
    base = 0.25 + 0.75 / 2  # the third begins in month 14: of its base year, months 2 to 4 cost all
    third = 0.85 * base * (12 * (due(2) - held(2)) + 10 * held(2)) - 6 * CARE[2]
    assert flow(model, "cco", "state", 25)[2] == pytest.approx(third, rel=1e-4)
    assert months_paid(model, "rebate")[1:] == [[16], [25]]


def test_what_reinsurance_brings_is_revenue_of_the_loss_ratio_and_the_premium_is_not():
    """One member of the first area cost 80,000 USD above the attachment; one of the third too, but this began late."""
    model = unequal(
        "global_budget",
        "reinsurance",
        "medical_loss_ratio",
        starts={"CCO 1": 0, "CCO 2": 5},
        weights=np.array([4.0, 4.0, 4.0]),
        payment__loss_ratio_floor=0.85,
        payment__reinsurance_attachment=20_000,
        payment__reinsurance_cap=100_000,
        payment__reinsurance_coinsurance=0.5,
    ).month_by_month(12)
    model.members = np.zeros(2, dtype=MEMBER)
    model.members["status"], model.members["in_cco"], model.members["area"] = ENROLLED, 1, [0, 2]
    model.members["spend_year"] = [20_000_000, 20_000_000]
    model.cents = CENTS / 2
    model.month_by_month(12)
    # 4 million cents for the first; 50 + 80 share them by member-months; luck is brought to full size, by half
    seen = np.array([4_000_000, 0]) / (96 * PEOPLE[:2])
    mean = 4_000_000 / (96 * 130)
    settled = (mean + (seen - mean) / 2) * 96 * PEOPLE[:2]
    net = np.rint(settled - mean * 96 * PEOPLE[:2])
    gained = np.subtract(flow(model, "state", "cco", 11), flow(model, "cco", "state", 11))
    care = 6 * CARE[:2]
    revenue = 12 * np.array([due(0), due(1)]) + net
    ratio = care / revenue
    state = care.sum() / revenue.sum()
    rebate = (0.85 - (state + (ratio - state) / 2)) * revenue
    assert gained[:2] == pytest.approx(np.add([due(0), due(1)], net - rebate), abs=2)
    assert gained[2] == pytest.approx(due(2) * 9.5 / 12, rel=1e-4)  # five months of its base year cost half
    assert paid_as(model, "reinsurance", 11) == [abs(net[0]), abs(net[1]), 0]


@pytest.mark.parametrize(("from_month", "fails"), [(0, [1, 0, 0]), (5, [0, 1, 0]), (7, [0, 0, 0]), (14, [0, 0, 1])])
def test_the_growth_test_compares_each_areas_year_with_the_year_before_its_own_start(from_month, fails):
    """Claims are 4% higher from a month on; 3.4% are allowed. A fine is due where, and when, a contract year ends."""
    model = unequal(
        "growth_test",
        payment__growth_test_phase=0,
        payment__growth_test_penalty=10.0,
        payment__growth_test_points=0.02,
    ).month_by_month(12 + from_month)
    model.cents = CENTS * 1.04
    model.month_by_month(26 - from_month)
    for area, month in enumerate((11, 16, 25)):
        fine = 1000 * 96 * int(PEOPLE[area]) * fails[area]
        assert flow(model, "state", "federal", month) == [fine * (one == area) for one in range(3)]


GROWING = {"payment__hospital_fixed_share": 0.6, "payment__hospital_budget_growth": 0.1}


@pytest.mark.parametrize("follows", [0.0, 0.5])
def test_a_hospital_budget_grows_by_each_areas_own_years_and_is_paid_by_who_pays_the_claims(follows):
    """A global budget begins with it: the CCO pays the hospitals, and the state pays the rest for the open card."""
    model = unequal(
        "hospital_global_budget", "global_budget", payment__hospital_follows_members=follows, **GROWING
    ).month_by_month(28)
    model.members_per_cell = PEOPLE.reshape(3, 1, 1) * 4  # if the budget follows by half, twice as much
    model.month_by_month(6)

    def budget(area, growth, more=1.0):
        return 24 * round(0.6 * CENTS * int(PEOPLE[area]) * growth * more)

    more = 4**follows
    for month, growth in ((0, [1.1, 0, 0]), (5, [1.1, 1.1, 0]), (12, [1.21, 1.1, 0]), (15, [1.21, 1.1, 1.1])):
        expected = [budget(area, growth[area]) for area in range(3)]
        assert paid_as(model, "hospital_budget", month) == expected
        claims = CENTS * 8 * PEOPLE  # of a service; hospitals give four, of which three are in their budget
        billed = [(4 - 3 * 0.6) * claims[area] * (growth[area] > 0) for area in range(3)]
        assert flow(model, "cco", "hospital", month) == pytest.approx(np.add(expected, billed))
    assert paid_as(model, "hospital_budget", 17) == [budget(0, 1.21, more), budget(1, 1.21, more), budget(2, 1.1, more)]


def test_capitated_primary_care_under_a_budget_grows_by_each_areas_own_years():
    """Half of the members have a usual clinic, and the rate is twice what each costs; .6 of the claims is capitated."""
    model = unequal(
        "primary_care_capitation",
        "global_budget",
        payment__primary_capitation_share=0.6,
        payment__primary_capitation_growth=0.1,
    ).month_by_month(30)
    for month, growth in ((4, [1.1, 0, 0]), (5, [1.1, 1.1, 0]), (12, [1.21, 1.1, 0]), (17, [1.21, 1.21, 1.1])):
        paid = [8 * round(0.6 * CENTS * growth[area] * int(PEOPLE[area])) for area in range(3)]
        assert paid_as(model, "primary_capitation", month) == paid
        left = [8 * int(PEOPLE[area]) * CENTS * 4 // 10 * (growth[area] > 0) for area in range(3)]
        assert flow(model, "cco", "primary", month) == np.add(paid, left).tolist()


def test_losses_are_shared_from_the_second_year_of_each_areas_own_contract():
    """Claims rise by 30% in month 14, when the third area begins: its first year shares no loss, its second does."""
    model = unequal(
        "shared_risk",
        payment__sharing_savings=0.5,
        payment__sharing_losses=0.4,
        payment__sharing_minimum=0.02,
        payment__sharing_corridor=0.01,
        payment__sharing_cap=0.2,
        payment__losses_from_year=1,
    ).month_by_month(12 + 14)
    model.cents = CENTS * 1.3
    model.month_by_month(24)
    year = 12 * CARE
    for area, month, cost in ((0, 23, (2 + 10 * 1.3) / 12), (1, 28, 1.3), (2, 37, 1.3)):
        beyond = cost - 1.054**2 - 0.01 * 1.054**2
        expected = [year[one] * 0.4 * beyond * (one == area) for one in range(3)]
        assert paid_as(model, "shared_losses", month) == pytest.approx(expected, rel=1e-6)
    # without a loss that is shared, what is below the benchmark of the first year is a saving
    assert months_paid(model, "shared_losses") == [[23, 35], [28], [37]]
    assert paid_as(model, "shared_savings", 11)[0] == pytest.approx(year[0] * 0.5 * (0.054 - 0.01 * 1.054), rel=1e-6)
    assert paid_as(model, "shared_savings", 16)[1] == 0  # .054 less three months of .3 is below 2%


def test_a_service_that_enters_a_budget_later_is_paid_from_then_on_and_by_each_areas_calendar():
    """Dental care enters in month 9; in the third area with all the rest, in month 14."""
    model = unequal("global_budget", scope={"primary": 0, "dental": 9}).month_by_month(28)
    of_service = [8 * round(FIRST / 9 * int(people)) for people in PEOPLE]
    one, two = of_service, [8 * round(2 * FIRST / 9 * int(people)) for people in PEOPLE]
    assert flow(model, "state", "cco", 4) == [one[0], 0, 0]
    assert flow(model, "state", "cco", 8) == [one[0], one[1], 0]
    assert flow(model, "state", "cco", 9) == [two[0], two[1], 0]
    assert flow(model, "state", "cco", 14)[1:] == two[1:]
    for month, ccos in ((8, [0, 0, 0]), (9, [1, 1, 0]), (14, [1, 1, 1])):
        assert flow(model, "cco", "dental", month) == (CENTS * 8 * PEOPLE * ccos).tolist()


def test_a_fee_and_the_match_of_it_are_paid_where_contracts_run():
    model = unequal(
        "care_coordination_fee",
        payment__coordination_fee=4.0,
        payment__federal_share=0.75,
        payment__state_administration=0.0,
    ).month_by_month(18)
    fees = [8 * round(400 * int(people) / 2) for people in PEOPLE]
    for month, runs in ((0, [1, 0, 0]), (5, [1, 1, 0])):
        assert paid_as(model, "coordination_fee", month) == np.multiply(fees, runs).tolist()
        claims = CARE + CARE // 5
        matched = np.rint(0.75 * (claims + np.multiply(fees, runs)))
        assert flow(model, "federal", "state", month) == pytest.approx(matched, abs=1)
