"""Rules that read a whole month, by hand: the pool of a December, unmet duties, what CCOs are paid, who is counted.

Areas have weights of 4, 9 and 25 people, members of two rate categories in other parts, and other contract years.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim.payment.contract_calendar import AFTER_ALL, Calendar
from sim.payment.fee_for_service import part_of_ccos, sort_claims
from sim.payment.form import forms_of, once
from sim.payment.forms import (
    care_coordination_fee,
    contract_duties,
    global_budget,
    growth_target,
    medical_loss_ratio,
    quality_pool,
    risk_adjustment,
    separate_plans,
)
from sim.payment.forms.quality_pool import Verdict
from sim.payment.incentives import is_neutral, no_incentives
from sim.payment.ledger import ACCOUNT_INDEX, Ledger
from sim.payment.month import Month, Revenue
from sim.payment.parties import of_kinds
from sim.payment.payer import Payer
from sim.payment.shrinkage import full_size_shares
from sim.payment.tallies import Duties, QualityYear
from sim.schema import BEHAVIORAL, DENTAL, MEDICAID, METRICS, PAYERS, PRIMARY, RATE_CATEGORIES, SERVICES

pytestmark = pytest.mark.quick

WEIGHTS = np.array([4.0, 9.0, 25.0])
TRUE, FALSE = True, False


def reading(**values):
    """A registry of these numbers of payment."""
    return SimpleNamespace(get=lambda name: values[name.partition("payment.")[2]])


def by_category(*areas):
    """Numbers of the first two rate categories of each area; 0 of the others."""
    found = np.zeros((len(areas), len(RATE_CATEGORIES)), np.int64)
    found[:, :2] = areas
    return found


def paid(payer, one, other):
    return payer.ledger.flows[:, ACCOUNT_INDEX[one], ACCOUNT_INDEX[other]].tolist()


def a_december(monkeypatch, counted, challenge):
    """Two areas met half and three quarters of four measures; the third met all, and its contract does not run."""
    met = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1]], bool)
    monkeypatch.setattr(
        quality_pool, "judge", lambda month: Verdict(met & counted, np.array(counted, bool), np.ones(3, bool))
    )
    month = SimpleNamespace(
        metric_set=SimpleNamespace(steps=((0.75, 1.0), (0.5, 0.6)), challenge=np.array(challenge, bool)),
        payer=Payer(Ledger(3), 3), weights=WEIGHTS, runs=np.array([TRUE, TRUE, FALSE]),
        quality_year=SimpleNamespace(held=by_category((100, 200), (300, 0), (0, 50))),
        months_of_year=lambda: by_category((60, 20), (5, 15), (50, 50)),
        actions={"quality_bonus": np.array([0.4, 0.25, 0.9])},
    )  # fmt: skip
    quality_pool.pay_pool(month)
    month.payer.ledger.check()
    assert not month.quality_year.held.any()
    return month.payer, month.quality_year


def test_a_december_pays_what_was_earned_then_the_challenge_pool_and_matches_and_passes_on_both(monkeypatch):
    """.6 of 300 cents are earned, and all of another 300. Left are 120 cents of weight 4 and 50 of weight 25: 1,730.

    One challenge measure for 80 months of weight 4 is 320 points, two for 20 of weight 9 are 360: 814 and 916 of the
    pool, 203 and 101 cents a sampled member. .4 and a quarter of both payments go to clinicians, each rounded.
    """
    payer, kept = a_december(monkeypatch, [1, 1, 1, 1], [1, 0, 1, 0])
    assert (kept.met.tolist(), kept.earned.tolist()) == ([0.5, 0.75, 1], [0.6, 1, 0])
    assert paid(payer, "held", "cco") == [180 + 203, 300 + 101, 0]
    assert paid(payer, "held", "state") == [0, 0, 0]
    assert paid(payer, "cco", "primary") == [72 + 81, 75 + 25, 0]
    assert payer.matched[:, :2].tolist() == [[60 + 152, 120 + 51], [300 + 25, 0 + 76], [0, 0]]


def test_a_pool_without_a_challenge_goes_back_and_one_that_asks_nothing_is_paid(monkeypatch):
    payer, _ = a_december(monkeypatch, [1, 1, 1, 1], [0, 0, 0, 0])
    assert paid(payer, "held", "cco") == [180, 300, 0]
    assert paid(payer, "held", "state") == [120, 0, 50]
    assert payer.matched[:, :2].tolist() == [[60, 120], [300, 0], [0, 0]]
    payer, kept = a_december(monkeypatch, [0, 0, 0, 0], [1, 0, 1, 0])
    assert kept.earned.tolist() == [1, 1, 0]
    assert (paid(payer, "held", "cco"), paid(payer, "held", "state")) == ([300, 300, 0], [0, 0, 50])


def test_a_measure_counts_where_anybody_is_known_and_chance_is_that_of_the_people_sampled(monkeypatch):
    """The first measure is known in one area alone and counts; the second nowhere."""
    seen = []

    def known(rates, people, weights):
        seen.append((people.tolist(), weights.tolist()))
        return np.where(people > 0, rates, np.nan)

    monkeypatch.setattr(quality_pool, "full_size_shares", known)
    n = len(METRICS)
    people = np.full((3, n), 7)
    people[:2, 0], people[:, 1] = 0, 0
    month = SimpleNamespace(
        month=23, weights=WEIGHTS,
        quality=SimpleNamespace(rates=lambda year: people * 0.1, denominators=lambda year: people),
        metric_set=SimpleNamespace(
            benchmark=np.full(n, 0.5), ratchet=np.zeros(n), lower=np.zeros(n, bool), gap=0.1, floor=np.zeros(n),
            medical_home=0.6, counted=lambda year: np.arange(n) < 3,
        ),
    )  # fmt: skip
    assert quality_pool.judge(month).counted[:4].tolist() == [TRUE, FALSE, TRUE, FALSE]
    assert seen == [(people.tolist(), [4, 9, 25])] * 2


def test_unmet_duties_are_found_at_the_end_of_a_contract_year_fined_and_kept_back_after_the_cure(monkeypatch):
    """Month 31 is month 23, 11 or 5 of a contract. The first duty rises to .5 by month 24, the second is .2 at once,
    the third rises to .4 by month 12, the fourth is fixed by the scenario.

    0: .47 of .479 and .1 of .4, found: two fines of 50 dollars over 4 people. 1: .23 of .229, .19 of .2; the third is
    of a service outside: one fine over 9. 2: known for three months, now the fourth, its year goes on: a tenth is kept
    back of 200 and 300. 3: no budget. 4: as 0, but nobody looked. 5: cured. 6: known, and three months are in time.
    """
    monkeypatch.setattr(contract_duties, "CARRIED_BY", [0, 1, 2, 3])
    does = [(0.47, 0.2, 0.1), (0.23, 0.19, 0), (0.05, 0.3, 0.3), (0, 0, 0), (0.47, 0.2, 0.1), (1, 1, 1), (0, 1, 1)]
    actions = np.zeros(7, [(name, np.float64) for name in "abcd"])
    actions["a"], actions["b"], actions["c"] = np.transpose(does)
    inside = np.ones((7, 4), bool)
    inside[1, 2] = False
    duties, moved = Duties(7), []
    assert duties.since.tolist() == [-1] * 7
    duties.since = np.array([-1, -1, 3, -1, -1, 2, 2])
    due = by_category(*[(200, 300)] * 7)
    month = SimpleNamespace(
        month=31, starts=np.array([8, 20, 26, 8, 8, 8, 26]), runs=np.ones(7, bool), budget=np.arange(7) != 3,
        ends=np.array([1, 1, 0, 1, 1, 1, 0], bool), inside=inside, may_change=np.array([1, 1, 1, 0], bool),
        actions=actions, duties=duties, weights=np.array([4.0, 9, 25, 4, 4, 8, 8]),
        luck_of_inspection=lambda: np.array([0.2, 0.2, 0.1, 0.0, 0.35, 0.1, 0.1]),
        revenue=lambda: Revenue(due, due * 0), payer=SimpleNamespace(refund=lambda *words: moved.append(words)),
        months=lambda: by_category((30, 10), (1, 3), *[(5, 5)] * 5),
        registry=reading(
            duty_first=[0, 0.2, 0, 0.9], duty_floor=[0.5, 0.2, 0.4, 0.9], duty_by=[24, 0, 12, 0], duty_found=0.3,
            duty_fine=50.0, duty_cure=3, duty_held_back=0.1,
        ),
    )  # fmt: skip
    contract_duties.enforce(month)
    assert duties.since.tolist() == [0, 0, 4, -1, -1, -1, 3]
    ((cents, purpose, mix),) = moved
    assert (cents.tolist(), purpose) == ([2500, 556, 50, 0, 0, 0, 0], "sanction")
    assert mix[:, :2].tolist() == [[1875, 625], [139, 417], [20, 30], [0, 0], [0, 0], [0, 0], [0, 0]]


def test_a_cco_is_paid_and_matched_what_is_due_less_what_is_withheld():
    due, held = by_category((100, 50), (0, 0), (7, 3)), by_category((10, 5), (0, 0), (2, 1))
    payer = Payer(Ledger(3), 3)
    month = SimpleNamespace(budget=np.array([1, 0, 1], bool), revenue=lambda: Revenue(due, held), payer=payer)
    global_budget.pay_ccos(month)
    assert paid(payer, "state", "cco") == [135, 0, 7]
    assert payer.matched[:, :2].tolist() == [[90, 45], [0, 0], [5, 2]]


def test_a_cco_capitates_primary_care_that_it_pays_for():
    inside = np.ones((3, len(SERVICES)), bool)
    inside[1, PRIMARY] = False
    month = SimpleNamespace(
        runs=np.ones(3, bool), inside=inside, actions={"capitated": np.array([0.3, 0.4, 0.5])}, budget=np.ones(3, bool)
    )
    month.of_services = lambda services, share: Month.of_services(month, services, share)
    found = global_budget.capitated(month)
    assert found[:, PRIMARY].tolist() == [0.3, 0, 0.5]
    assert found.sum() == 0.8


def test_a_fee_is_of_attributed_months_where_contracts_run_and_of_who_pays_for_primary_care():
    """4.50 dollars for 10 and 3.5 months; the second area has no contract."""
    moved = []
    month = SimpleNamespace(
        registry=reading(coordination_fee=4.5), runs=np.array([1, 0], bool),
        attributed=lambda: np.array([[10.0, 3.5], [8.0, 2.0]]), pay_for=lambda *words: moved.append(words),
    )  # fmt: skip
    month.under = lambda share: Month.under(month, share)
    care_coordination_fee.pay(month)
    ((service, payee, cents, purpose),) = moved
    assert (service, payee, purpose) == (PRIMARY, "primary", "coordination_fee")
    assert cents.tolist() == [[4500, 1575], [0, 0]]
    assert care_coordination_fee.stakes(month)["coordination_fee"].tolist() == [4.5, 0]


def test_a_loss_ratio_counts_care_and_programs_and_its_rebate_is_of_the_areas_whose_year_ends(monkeypatch):
    """700 and 50 of 1,000 are 10 points short of 85 percent; the second spent enough, the third's year goes on."""
    monkeypatch.setattr(medical_loss_ratio, "around_state", lambda ratio, *words: seen.append(words) or ratio)
    seen, moved = [], []
    month = SimpleNamespace(
        registry=reading(loss_ratio_floor=0.85), weights=WEIGHTS, ends=np.array([1, 1, 0], bool),
        contract_year=SimpleNamespace(
            revenue=np.array([1000, 400, 600]), medical=np.array([700, 350, 6]), programs=np.array([50, 10, 6])
        ),
        months_of_contract_year=lambda: "of the year", payer=SimpleNamespace(refund=lambda *words: moved.append(words)),
    )  # fmt: skip
    medical_loss_ratio.give_back(month)
    ((cents, purpose, mix),) = moved
    assert (cents.tolist(), purpose, mix) == ([100, 0, 0], "rebate", "of the year")
    ((size, weights, judged),) = seen
    assert [one.tolist() for one in (size, weights, judged)] == [[1000, 400, 600], [4, 9, 25], [TRUE, TRUE, FALSE]]


def test_the_state_is_tested_by_what_areas_that_began_together_spend_together():
    """Two areas began in month 8, one in month 20; all end a contract year in month 31.

    First: 4 x 900 + 9 x 700 cents for 4 x 60 + 9 x 40 months before, 16.5 PMPM; two years of 10% less 2 points, 1.08
    squared: 19.2456. It spent 4 x 1,500 + 9 x 940 for 4 x 75 + 9 x 40, 21.909: both pay 3 dollars a month. The area
    that began later was allowed 10.8 and spent 10.7. Costs by category are alike, so that the mix moves nothing.
    """
    asked, moved = [], []

    def year(outlay, months):
        months = np.array(months)[:, None]
        return SimpleNamespace(outlay=np.array(outlay), months=months, cents=(months * 50)[:, :, None])

    years = {
        20: year([1500, 940, 1070], [75, 40, 100]),
        -4: year([900, 700, 1], [60, 40, 9]),
        8: year([7, 7, 300], [9, 9, 30]),
    }
    month = SimpleNamespace(
        registry=reading(trend=0.1, growth_test_points=0.02, growth_test_phase=0, growth_test_penalty=3.0), month=31,
        starts=np.array([8, 8, 20]), ends=np.ones(3, bool), weights=WEIGHTS,
        experience=SimpleNamespace(year=lambda first: asked.append(first) or years[first]),
        payer=SimpleNamespace(transfer=lambda *words: moved.append(words)),
    )  # fmt: skip
    growth_target.settle(month)
    assert asked == [-4, 20, 8, 20]
    assert [(one, other, cents.tolist(), purpose) for one, other, cents, purpose in moved] == [
        ("state", "federal", [22_500, 12_000, 0], "growth_test"),
        ("state", "federal", [0, 0, 0], "growth_test"),
    ]


def test_clinicians_earn_by_scores_as_far_as_their_cco_passes_them_on():
    month = SimpleNamespace(
        runs=np.array([1, 1, 0], bool), registry=reading(risk_adjustment=0.8),
        actions={"pass_through": np.array([0.25, 0.5, 0.5])},
    )  # fmt: skip
    month.under = lambda share: Month.under(month, share)
    found = risk_adjustment.stakes(month)
    assert found["risk_adjusted"].tolist() == [0.8, 0.8, 0]
    assert found["coded"] == pytest.approx([0.2, 0.4, 0])


def test_a_plan_pays_for_the_services_of_its_own_clinicians_that_are_inside():
    inside = np.ones((1, len(SERVICES)), bool)
    inside[0, SERVICES.index("pharmacy")] = False
    names = np.array(SERVICES)

    def of(service):
        return set(names[separate_plans.of_one_plan(service, inside)[0]])

    assert (of(BEHAVIORAL), of(DENTAL)) == ({"behavioral"}, {"dental"})
    assert of(PRIMARY) == set(SERVICES) - {"behavioral", "dental", "pharmacy"}


def test_forms_settle_in_their_own_order_and_a_rule_that_two_share_once():
    """A budget is paid before what is withheld of it, and shared savings before a loss ratio counts them."""
    found = forms_of(["medical_loss_ratio", "shared_risk", "withhold", "global_budget"])
    assert [form.name for form in found] == ["global_budget", "withhold", "shared_risk", "medical_loss_ratio"]
    assert once(["pay", "share", "pay", "judge", "share"]) == ("pay", "share", "judge")


@pytest.mark.parametrize("contract", ["global_budget", "shared_savings", "fee_schedule"])
def test_contract_years_begin_and_end_whatever_the_contract_but_not_in_areas_without(contract):
    """North begins in month 5, and East is not named, though it has a month of its own; South has given up."""
    dates = Calendar(("North", "South", "East"), (contract,), 5, {"East": 5}, {"primary": 0}, ("North", "South"))
    dates.leave(1)
    assert dates.year_begins(17).tolist() == [TRUE, FALSE, FALSE]
    assert dates.year_ends(28).tolist() == [TRUE, FALSE, FALSE]
    assert dates.runs(AFTER_ALL - 1).tolist() == [TRUE, FALSE, FALSE]
    dates.empty[0] = True
    assert not dates.year_begins(17).any()


def test_the_tallies_of_a_year_are_kept_in_a_snapshot():
    year = QualityYear(2)
    year.held[1, 0], year.met[:], year.earned[:] = 5, [0.5, 0.25], [0.7, 0.2]
    again = QualityYear(2)
    again.restore(year.snapshot())
    assert again.held[1, 0] == 5
    assert (again.met.tolist(), again.earned.tolist()) == ([0.5, 0.25], [0.7, 0.2])


@pytest.mark.parametrize("name", ["capitated", "bonus", "hospital_budget", "risk_adjusted", "fee", "at_risk"])
def test_an_area_in_which_anything_is_at_stake_is_not_neutral(name):
    """One service of one area has another fee, or one kind of provider a risk."""
    none = no_incentives(2)
    values = getattr(none, name).copy()
    values[1 if values.ndim == 1 else (1, 2)] = 0.9
    assert is_neutral(none).tolist() == [TRUE, TRUE]
    assert is_neutral(replace(none, **{name: values})).tolist() == [TRUE, FALSE]
    assert is_neutral(replace(none, coordination_fee=np.ones(2))).all()


def test_shares_keep_their_differences_and_the_chance_of_all_people():
    """.2 and .6 of ten: a variance of .08, of which .4 x .6 / 10 is chance; a fourth, and a 25th, of it is kept."""
    shares, people = np.array([[0.2], [0.6], [0.9]]), np.array([[10.0], [10.0], [0.0]])
    found = full_size_shares(shares, people, np.array([4.0, 25.0, 9.0]))
    kept = (0.056 + 0.024 / 4) / 0.08, (0.056 + 0.024 / 25) / 0.08
    assert found[:2, 0] == pytest.approx([0.4 - 0.2 * kept[0] ** 0.5, 0.4 + 0.2 * kept[1] ** 0.5])
    assert np.isnan(found[2, 0])


def test_what_is_not_billed_is_of_those_under_the_contracts_and_the_rest_is():
    """Of 100 cents of CCO members 40 are of those under the contracts, and half of these is prepaid: 80 are billed, by
    the CCO in the first area and by the state, beside 7 of the open card, in the second. Half of 24 months, and a
    sixth of 12, are of CCO members.
    """
    money = np.zeros((2, 2, len(RATE_CATEGORIES), len(SERVICES), len(PAYERS)), np.int64)
    under = money.copy()
    money[:, 0, 0, PRIMARY, MEDICAID], money[:, 1, 0, PRIMARY, MEDICAID], under[:, 1, 0, PRIMARY, MEDICAID] = 7, 100, 40
    prepaid, inside = np.zeros((2, len(SERVICES))), np.zeros((2, len(SERVICES)), bool)
    prepaid[:, PRIMARY], inside[0, PRIMARY] = 0.5, True
    found = sort_claims(money, inside, prepaid, under)
    assert found.prepaid[:, 0, PRIMARY].tolist() == [20, 20]
    assert found.budget[:, 0, PRIMARY].tolist() == [80, 0]
    assert found.state[:, 0, PRIMARY].tolist() == [7, 87]
    months = np.array([[[8, 4], [9, 3]], [[4, 6], [2, 0]]])
    assert part_of_ccos(months).tolist() == [0.5, 2 / 12]


def test_contracts_for_some_kinds_of_members_leave_the_open_card_as_it_is():
    seen = np.array([[[5, 6], [7, 8]]])
    assert of_kinds(seen, np.array([False, True])).tolist() == [[[5, 6], [0, 8]]]
    assert seen.tolist() == [[[5, 6], [7, 8]]]
