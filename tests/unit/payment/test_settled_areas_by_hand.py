"""What is settled after a year, held and matched, by hand: areas unlike in contract year, weight, budget, terms."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.payment.forms import quality_pool, reinsurance, shared_savings, withhold
from sim.payment.ledger import ACCOUNT_INDEX, PAYEE_OF_SERVICE, PROVIDERS, PURPOSE_INDEX, Ledger, add_purposes
from sim.payment.month import Month
from sim.payment.payer import Payer
from sim.schema import ENROLLED, MEMBER, RATE_CATEGORIES

pytestmark = pytest.mark.quick

WEIGHTS = np.array([4.0, 9.0, 25.0])


def reading(**values):
    """A registry of these numbers; two underscores stand for the dot."""
    return SimpleNamespace(get=lambda name: values[name.replace(".", "__")])


def actions(pass_through, at_risk):
    found = np.zeros(len(at_risk), [("pass_through", float), ("at_risk", float)])
    found["pass_through"], found["at_risk"] = pass_through, at_risk
    return found


@pytest.mark.parametrize(("first_year_of_losses", "settled"), [(0, [3118.95, -3120.0, 0.0]), (1, [3118.95, 0.0, 0.0])])
def test_what_areas_and_providers_share_after_a_year(first_year_of_losses, settled, monkeypatch):
    """Month 31 ends the second year of an area without a budget, the first of one with a budget, none of a third.

    The first: 9 and 12 dollars a month in the year before month 8, two years of 10% trend, 60 and 40 months: 1,234.20
    dollars; it cost 960. Its other service came a month too late to count. Second: 2,000 dollars due less a load of .2
    are 1,600; care cost 1,900 less 60 of bonuses. Half of both goes by old prices, and half of each deviation is luck:
    a saving of 68.55 of 617.10 and a loss of 60 of 800. A hundredth bears nobody; half of the saving is shared, and of
    the loss the .6 that its CCO agreed itself.
    """
    seen = []

    def half_is_luck(deviation, volume, weights, judged):
        seen.append((volume, weights, judged))
        return deviation / 2

    monkeypatch.setattr(shared_savings, "around_state", half_is_luck)
    cents = np.zeros((3, 2, 2))
    cents[0] = [[70_000, 999], [26_000, 999]]
    base = np.zeros((3, 2, 2))
    base[0] = [[900, 77], [1_200, 77]]
    moved, asked, months = [], [], np.array([[60, 40], [7, 7], [7, 7]])
    month = SimpleNamespace(
        registry=reading(
            payment__trend=0.1, payment__load=0.2, payment__sharing_savings=0.5, payment__sharing_losses=0.4,
            payment__sharing_minimum=0.02, payment__sharing_corridor=0.01, payment__sharing_cap=0.3,
            payment__losses_from_year=first_year_of_losses,
        ),
        month=31, starts=np.array([8, 20, 26]), year=np.array([1, 0, 0]), ends=np.array([True, True, False]),
        budget=np.array([False, True, True]), enters=np.array([[0, 21], [0, 0], [0, 0]]), weights=WEIGHTS,
        in_force={"shared_risk"},
        experience=SimpleNamespace(
            year=lambda first: asked.append(first) or SimpleNamespace(cents=cents, months=months)
        ),
        expected=lambda first: asked.append(first) or base,
        contract_year=SimpleNamespace(
            staked=np.array([0, 120_000, 0]), due=np.array([100, 200_000, 50_000]),
            medical=np.array([5, 190_000, 30_000]), bonuses=np.array([1, 6_000, 0]), programs=np.array([1, 900, 90]),
            revenue=np.array([90, 180_000, 45_000]),  # what was withheld is due, and was put at stake with the rest
        ),
        network=SimpleNamespace(of_list=lambda benchmark, cost: (benchmark / 2, cost / 2)),
        payer=SimpleNamespace(settle=lambda *words: moved.append(words)),
        months=lambda: "of the month", months_of_contract_year=lambda: "of the year", split=lambda: "split",
    )  # fmt: skip
    month.by_start = lambda areas, value: Month.by_start(month, areas, value)
    shared_savings.share(month)
    assert asked == [20, 8 - 12]  # the year that ends, and the one before the area's contract began
    ((amounts, split, budget, mix),) = moved
    assert amounts == pytest.approx(settled)
    assert (split, mix, budget.tolist()) == ("split", "of the year", [False, True, True])
    ((volume, weights, judged),) = seen
    assert volume == pytest.approx([61_710, 80_000, 20_000])
    assert (weights.tolist(), judged.tolist()) == ([4, 9, 25], [True, True, False])


def test_what_providers_see_of_a_contract_and_of_their_ccos_own():
    """A contract shares .3 of savings alone, worth .6 of it; CCOs with a budget agreed .2 and .4 themselves.

    So .18 in the first area, where .3 of the tenth that it hopes to save of 100 dollars does not pay for 3.50; half of
    .18 in the second, as half take part; and .4 in the third, where the contract does not run.
    """
    month = SimpleNamespace(
        budget=np.array([False, True, True]), actions=actions([0.9, 0.5, 0.8], [0.9, 0.4, 0.5]),
        registry=reading(
            payment__sharing_savings=0.3, payment__sharing_losses=0.7, payment__losses_from_year=0,
            payment__one_sided_weight=0.6, participants__believed_saving=0.1, participants__fixed_cost=3.5,
        ),
        in_force={"shared_savings"}, year=np.array([0, 0, 0]), runs=np.array([True, True, False]),
        network=SimpleNamespace(taking_part=np.array([1.0, 0.5, 1.0])), base_pmpm=lambda: np.array([100.0, 200, 300]),
        split=lambda: np.array([0.25, 0.75]),
    )  # fmt: skip
    found = shared_savings.at_risk(month)["at_risk"]
    assert found == pytest.approx(np.outer([0, 0.09, 0.4], [0.25, 0.75]))


def holding(*in_force):
    moved = []
    return moved, SimpleNamespace(
        in_force=in_force,
        budget=np.array([False, True]),
        runs=np.ones(2, bool),
        revenue=lambda: SimpleNamespace(held=np.array([[10, 20], [300, 400]])),
        quality_year=SimpleNamespace(held=np.array([[1, 2], [3, 4]])),
        payer=SimpleNamespace(transfer=lambda *words: moved.append(words), matched=np.array([[5, 6], [7, 8]])),
    )


def test_what_is_held_adds_up_over_the_year():
    moved, month = holding("withhold")
    withhold.keep_back(month)
    ((payer, payee, cents, purpose),) = moved
    assert (payer, payee, cents.tolist(), purpose) == ("state", "held", [30, 700], "withhold")
    assert month.quality_year.held.tolist() == [[11, 22], [303, 404]]


@pytest.mark.parametrize(("pool", "paid"), [((), [0, 7]), (("quality_pool",), None)])
def test_who_leaves_gets_what_was_only_to_be_paid_later_and_its_match(pool, paid, monkeypatch):
    moved, month = holding("withhold", *pool)
    monkeypatch.setattr(quality_pool, "take_held", lambda month, area: np.array([[0, 0], [3, 4]]))
    withhold.release(month, 1)
    assert [cents.tolist() for _, _, cents, _ in moved] == ([paid] if paid else [])
    assert month.payer.matched.tolist() == ([[5, 6], [10, 12]] if paid else [[5, 6], [7, 8]])


@pytest.mark.parametrize(("pool", "earned"), [((), [[1, 1]]), (("quality_pool",), [])])
def test_what_need_not_be_earned_comes_back_whole(pool, earned, monkeypatch):
    seen = []
    monkeypatch.setattr(quality_pool, "pay_earned", lambda month, share: seen.append(share.tolist()))
    withhold.give_back(holding("withhold", *pool)[1])
    assert seen == earned


def test_a_premium_is_of_the_state_and_not_of_the_sample():
    """An area of weight 4 recovered 90 cents in 10 months, one of weight 9 none in 20: 360 over 220 months."""
    found = reinsurance.premiums(np.array([90.0, 0.0]), np.array([10, 20]), np.array([4.0, 9.0]))
    assert found == pytest.approx([10 * 360 / 220, 20 * 360 / 220])


def test_premiums_pay_for_what_is_settled_and_not_for_the_luck_of_the_sample(monkeypatch):
    """50 and 20 dollars were recovered, half of it by luck: 25 and 10, of which 10 and 40 months pay 70 cents each."""
    monkeypatch.setattr(reinsurance, "around_state", lambda pmpm, *_: pmpm / 2)
    rows = np.zeros(2, MEMBER)
    rows["area"], rows["in_cco"], rows["status"], rows["spend_year"] = [0, 1], 1, ENROLLED, [20_000, 14_000]
    moved = []
    month = SimpleNamespace(
        registry=reading(
            payment__reinsurance_attachment=100.0,
            payment__reinsurance_cap=1000.0,
            payment__reinsurance_coinsurance=0.5,
        ),
        runs=np.ones(2, bool), month=11, starts=np.zeros(2), members=rows, weights=np.ones(2),
        months_of_year=lambda: np.array([[10], [40]]), payer=SimpleNamespace(both_ways=lambda *w: moved.append(w)),
    )  # fmt: skip
    reinsurance.pool(month)
    assert moved[0][2].tolist() == [2500 - 700, 1000 - 2800]


def test_what_is_held_is_rounded_to_the_nearest_cent():
    assert withhold.hold(np.array([[104, 106]]), 0.1).tolist() == [[10, 11]]


def test_savings_and_losses_are_split_among_kinds_and_only_the_states_are_matched():
    """Area 0: a state owes 1,006 cents; area 1: providers owe their CCO 500. A tenth is of primary care, the rest of
    hospitals. The state's members are of the second and third category, one to three."""
    add_purposes(("shared_savings", "shared_losses"))
    payer = Payer(Ledger(2), 2)
    split = np.array([{"primary": 0.1, "hospital": 0.9}.get(name, 0) for name in PROVIDERS])
    mix = np.zeros((2, len(RATE_CATEGORIES)))
    mix[:, 1], mix[:, 2] = 1, 3
    payer.settle(np.array([1006.0, -500.0]), split, np.array([False, True]), mix)
    flows, purposes = payer.ledger.flows, payer.ledger.purposes
    state, cco, primary, hospital = (ACCOUNT_INDEX[name] for name in ("state", "cco", "primary", "hospital"))
    assert flows[:, state, [primary, hospital]].tolist() == [[101, 905], [0, 0]]
    assert flows[:, [primary, hospital], cco].tolist() == [[0, 0], [50, 450]]
    assert flows.sum() == 1506
    saved, lost = PURPOSE_INDEX["shared_savings"], PURPOSE_INDEX["shared_losses"]
    assert purposes[:, [saved, lost]].tolist() == [[1006, 0], [0, 500]]
    assert payer.matched[:, 1:3].tolist() == [[25 + 226, 76 + 679], [0, 0]]
    assert payer.matched.sum() == 1006
    share = np.zeros(len(RATE_CATEGORIES))
    share[1], share[2] = 0.6, 0.9
    for claimed in (830, 830):  # .6 of 251 and .9 of 755; a second claim of the same money brings nothing
        payer.claim_match(share)
        assert payer.ledger.flows[0, ACCOUNT_INDEX["federal"], state] == claimed


def test_hospitals_bill_what_happens_in_them_and_laboratories():
    hospital = {service for service, kind in PAYEE_OF_SERVICE.items() if kind == "hospital"}
    assert hospital == {"emergency", "inpatient", "outpatient", "ancillary"}
    assert all(PAYEE_OF_SERVICE[name] == name for name in PROVIDERS if name != "hospital")
