"""Who pays, and who else gains: money that is not there is not spent, and shadows never enter the ledger."""

import numpy as np
import pytest

from sim.agents.programs.funds import at_same_mix
from sim.agents.programs.pockets import Pockets
from sim.payment.experience import MemberCost
from sim.payment.ledger import ACCOUNT_INDEX
from sim.schema import COUNT_INDEX, POCKETS
from sim.upstream import crowd_out
from tests.support.worlds import lived

COMMUNITY = ACCOUNT_INDEX["community"]


def paid(model, payer):
    return int(model.result().flows[:, :, ACCOUNT_INDEX[payer], COMMUNITY].sum())


def test_savings_of_the_past_pay_from_reserves_of_a_ccos_own():
    budget = ("payment=global_budget", "upstream=portfolio", "upstream.funding=share", "months=16")
    model = lived(*budget, "parameters.upstream.share_of_reserves=1")
    assert paid(model, "cco_reserve") > 0
    assert paid(model, "state") == paid(model, "cco") == paid(model, "outside") == 0
    assert (model.funds.own >= 0).all()
    before = lived(*budget, "parameters.upstream.share_of_reserves=0")
    assert paid(before, "cco_reserve") == 0


def test_a_grant_begins_and_savings_go_on():
    fund = ("upstream=portfolio", "upstream.funding=capture", "months=30", "parameters.upstream.seed_months=6")
    model = lived(*fund, "parameters.upstream.capture_share=1", "parameters.upstream.seed_fund=2")
    assert paid(model, "outside") > 0
    assert paid(model, "state") >= 0
    assert (model.funds.seed >= 0).all()
    assert (model.funds.own >= 0).all()
    grant = model.slots.members_at_start * 200 * 6
    assert paid(model, "outside") == int(grant.sum() - model.funds.seed.sum())
    nothing = lived(*fund, "parameters.upstream.capture_share=0", "parameters.upstream.seed_fund=0")
    assert paid(nothing, "outside") == paid(nothing, "state") == 0


def test_what_others_pay_follows_needs_and_service():
    model = lived("upstream=snap_help", "parameters.upstream.places_scale=5")
    result, pockets = model.result(), model.slots.pockets
    cost = np.rint(model.registry.get("upstream.pocket_per_need") * 100).astype(int)
    first, food = COUNT_INDEX["food_need_months"], POCKETS.index("food_programs")
    served, counts = result.places["served"][-1], result.counts[-1]
    off_cover = model.last.needs_off_cover
    everybody = pockets.cents(served, counts, off_cover)
    assert np.array_equal(result.places["pocket_cents"][-1], everybody)
    of_needs = pockets.cents(0 * served, counts, off_cover)
    benefits = everybody - of_needs
    benefit = round(100 * model.registry.dollars("packages.snap_help.pockets.food_programs"))
    assert (benefits[:, food] == served[:, 0] * benefit).all()
    assert benefits[:, food].sum() > 0
    assert not np.delete(benefits, food, axis=1).any()
    on_cover = pockets.cents(0 * served, counts, 0 * off_cover)
    assert np.array_equal(on_cover, counts[:, first : first + len(cost)] @ cost)
    assert (of_needs >= on_cover).all()
    assert (of_needs > on_cover).any()  # people off cover have needs too


def test_other_pockets_are_no_accounts_of_the_ledger():
    assert not set(POCKETS) & set(ACCOUNT_INDEX)


def test_a_baseline_has_other_pockets_too():
    model = lived()
    assert isinstance(model.slots.pockets, Pockets)
    assert model.result().places["pocket_cents"].sum() > 0


def test_crowd_out_by_hand():
    """Two homes, held for 0 and 2 months by people who leave homelessness at .5 a month: 1 + .25 homeless otherwise."""
    exits = np.array([0.5])
    still = crowd_out.homeless_otherwise(np.array([0, 0]), np.array([0, 2]), exits)
    assert still.tolist() == [1, 0.25]
    assert crowd_out.displaced(np.array([1.25]), np.array([2.0]), 0.3)[0] == pytest.approx(0.65)
    assert crowd_out.displaced(np.array([0.5]), np.array([2.0]), 0.3)[0] == 0
    assert crowd_out.mean_spell(np.array([0.8, 0.2]), np.array([0.4, 0.1])) == pytest.approx(4)
    assert crowd_out.onset_multiplier(np.array([1.0, 0.0]), np.array([2.0, 0.0])).tolist() == [1.5, 1]


HOMES = ("upstream=supportive_housing", "parameters.upstream.places_scale=20", "months=12")
MANY = "parameters.packages.supportive_housing.places.start=60"


def homeless(model):
    return model.result().counts[-1, :, COUNT_INDEX["homelessness_need_months"]].sum()


def test_a_home_ends_homelessness_and_displaces_others():
    """Who holds a home is not homeless; the count falls by less than the homes, and by less still with crowd-out."""
    nothing = lived("months=12")
    full = lived(*HOMES, MANY, "parameters.upstream.net_homeless_per_home=0.7")
    small = lived(*HOMES, MANY, "parameters.upstream.net_homeless_per_home=0.05")
    for model in (full, small):
        housed = model.members["package"] & 1 == 1
        assert housed.any()
        assert not (model.members["needs"][housed] >> 6 & 1).any()
    assert homeless(full) < homeless(small) <= homeless(nothing) + 3
    alone = lived(*HOMES, MANY, "organizations=fixed", decisions=nothing.decisions)
    assert not alone.slots.neighborhood.extra.any()


def test_money_for_an_area_lowers_onsets_after_years():
    money = "parameters.packages.community_spending.places.spending=40"
    model = lived("upstream=community_spending", "upstream.funding=outside", money, "months=24")
    onset = model.areas["need_onset"]
    assert (onset < 1).all()
    sustained = 0.98**4  # 40 dollars PMPM for ever
    half_way = 1 - 0.5 ** (23 / 60)  # the part that 24 months (23 before the last offer) have built
    assert onset[0, 0] == pytest.approx(sustained**half_way, abs=2e-4)


def test_savings_are_measured_against_the_same_mix_of_members_by_hand():
    """Ten children at 100 and ten disabled members at 1,000; a year later fifteen and five: that is no saving."""
    cents, months = np.zeros((1, 3, 2), dtype=np.int64), np.array([[10, 10, 0]])
    cents[0, :, 0] = [1_000, 10_000, 0]
    before = MemberCost(cents, months, months.astype(float), np.zeros(1, dtype=np.int64))
    assert at_same_mix(before, np.array([[15, 5, 0]])).tolist() == [6_500]
    assert at_same_mix(before, np.array([[0, 0, 2]])).tolist() == [1_100]  # nobody was there before: the mean
