"""Money that is too little for a whole place: put by, never overspent, and as many served as in a large sample."""

import numpy as np
import pytest

from sim.upstream.budget import Purse
from tests.support.stand_in_places import AREAS, people


def begun(money, months, start, month=0, ahead=1, *, shared=False, lasts=10**6):
    """Places begun in each month and area, where somebody always waits and there is always a place."""
    money = np.array(money)
    reserved = np.zeros((len(money), 1), np.int64)
    many = np.full(len(money), 1000)
    history, spent = [], 0
    for now in range(months):
        purse = Purse(money, reserved, shared=shared)
        held = np.sum(history[max(0, now - lasts + 1) :], axis=0, dtype=np.int64) if now else np.zeros(len(money), int)
        kept = purse.keeps_up(0, month, held)
        assert (kept == held).all()  # nobody is begun and left
        spent += purse.pay_for(0, kept * month).sum()
        new = purse.affordable(0, start, month, ahead, many)
        spent += purse.pay_for(0, new * (start + month)).sum()
        purse.put_aside(0, np.full(len(money), start + ahead * month))
        assert spent + reserved.sum() <= money.sum() * (now + 1)  # never overspent
        assert reserved.sum() >= 0
        assert shared or (reserved >= 0).all()
        history.append(new)
    return np.array(history)


def test_a_place_that_takes_three_months_of_money_begins_every_third_month():
    assert begun([100], 9, start=300)[:, 0].tolist() == [0, 0, 1] * 3
    assert begun([250], 6, start=300)[:, 0].tolist() == [0, 1, 1, 1, 1, 1]


def test_a_place_by_the_month_is_begun_when_the_money_will_last():
    """100 a month of which 60 come in: 12 months lack 480, which takes 7 more months than the first."""
    new = begun([60], 40, start=0, month=100, ahead=12, lasts=12)[:, 0]
    assert new[:9].sum() == 1
    assert new[8] == 1
    assert 1.5 <= new.sum() <= 40 * 60 / (100 * 12)


def test_in_one_account_who_has_most_together_comes_first():
    alone = begun([50, 30, 20], 30, start=300)
    together = begun([50, 30, 20], 30, start=300, shared=True)
    assert (together.sum(), alone.sum()) == (9, 10)  # what others put by this month helps from the next one
    assert np.flatnonzero(together.sum(axis=1))[0] == 3  # what all have put by in three months, not six of the first
    assert together[3].tolist() == [1, 0, 0]
    assert np.abs(together.sum(axis=0) - np.array([50, 30, 20]) * 30 / 300).max() <= 1


def test_money_without_a_queue_or_without_a_limit_is_not_reserved():
    reserved = np.zeros((1, 1), np.int64)
    Purse(np.array([100]), reserved).put_aside(0, np.zeros(1, np.int64))
    assert reserved.sum() == 0
    Purse(None, reserved).put_aside(0, np.array([500]))
    assert reserved.sum() == 0


@pytest.mark.quick
def test_a_reserve_grows_up_to_what_a_place_takes():
    reserved = np.array([[70]])
    purse = Purse(np.array([100]), reserved)
    purse.put_aside(0, np.array([100]))
    assert (reserved.tolist(), purse.left.tolist()) == ([[100]], [70])


def test_a_divided_budget_puts_by_only_its_own_part():
    reserved = np.zeros((1, 2), np.int64)
    purse = Purse(np.array([100]), reserved)
    purse.ceiling = np.array([40])
    assert purse.affordable(0, 300, 0, 1, np.array([5])).tolist() == [0]
    purse.put_aside(0, np.array([300]))
    assert (reserved.tolist(), purse.left.tolist(), purse.ceiling.tolist()) == ([[40, 0]], [60], [0])


def started(system, n, seed, months=48, **upstream):
    """People begun with rent support for each thousand members; money binds: half a dollar PMPM, 3,100 for one."""
    scale = {"upstream.places_scale": 20, "upstream.state_budget": 0.5, "upstream.screening_probability": 0}
    needy = people(n, seed, needy=1.0)  # so that somebody waits in every area
    model = system(n, ("rent_support",), scale, seed=seed, members=needy, **upstream)
    budget = None if upstream else model.slots.members_at_start * 50
    begun = 0
    for _ in range(months):
        model.decide(budget)
        begun += model.slots.counts["started"].sum()
        model.live()
    return 1000 * begun / model.slots.members_at_start.sum()


def of_samples(system, n, **upstream):
    return np.mean([started(system, n, seed, **upstream) for seed in range(4)])


def test_a_small_sample_serves_as_many_of_a_thousand_as_a_large_one(system):
    money = 48 * 0.5 / 3100 * 1000
    large, small = started(system, 40_000, 0, funding="state"), of_samples(system, 1_600, funding="state")
    assert large == pytest.approx(money, rel=0.05)
    assert small == pytest.approx(large, rel=0.08)


def test_areas_that_do_not_share_lose_less_than_one_place_each(system):
    large, small = started(system, 40_000, 0), of_samples(system, 3_200)
    assert large - 1000 * AREAS / (0.85 * 3_200) < small <= large * 1.02
    assert small > large / 3


def test_without_putting_by_a_small_sample_serves_nobody(system, monkeypatch):
    monkeypatch.setattr(Purse, "put_aside", lambda *_: None)
    assert of_samples(system, 1_600, funding="state") == 0


def test_whoever_waits_where_all_together_are_never_in_debt():
    luck = np.random.default_rng(1)
    for _ in range(300):
        income, price = luck.integers(1, 60, 4), int(luck.integers(50, 300))
        often = luck.random(4)
        reserved, spent = np.zeros((4, 1), np.int64), 0
        for now in range(30):
            purse = Purse(income, reserved, shared=True)
            new = purse.affordable(0, price, 0, 1, luck.integers(0, 4, 4) * (luck.random(4) < often))
            spent += int(purse.pay_for(0, new * price).sum())
            purse.put_aside(0, np.full(4, price) * (luck.random(4) < often))
            assert reserved.sum() >= 0
            assert spent + reserved.sum() <= income.sum() * (now + 1)


def test_who_is_served_comes_before_debts():
    reserved = np.array([[-500], [900]])
    assert Purse(np.array([100, 0]), reserved, shared=True).keeps_up(0, 100, np.array([1, 0])).tolist() == [1, 0]
    assert Purse(np.array([0, 0]), reserved, shared=True).keeps_up(0, 100, np.array([3, 3])).sum() == 4  # 400 are there
