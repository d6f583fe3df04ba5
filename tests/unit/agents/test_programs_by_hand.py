"""Funds, other pockets, areas and trials by hand: three areas with different numbers, prices that are not 1."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.programs.neighborhood import Neighborhood
from sim.agents.programs.pockets import OF_NEEDS, Pockets
from sim.agents.programs.randomization import Randomization
from sim.member.served import Served
from sim.paths import conf_folder
from sim.payment.ledger import ACCOUNT_INDEX
from sim.schema import COUNTS, ENROLLED, FOOD, HOMELESSNESS, NEEDS, POCKETS, STORED
from sim.upstream.draws import in_treatment
from sim.upstream.load import load_packages
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

SNAP, AREA_SPENDING, HOME = load_packages(["snap_help", "community_spending", "supportive_housing"], conf_folder())
START = 3


def fund(funding="capture", **changes):
    """Contracts of the first two areas run; programs begin in month 3, with 100, 200 and 300 members."""
    model = StandIn(
        contracts=("global_budget",), starts={"CCO 2": 99}, funding=funding, **({"payment__trend": 0.05} | changes)
    ).month_by_month(12)
    model.slots.start, model.slots.members_at_start = START, np.array([100, 200, 300])
    return model


def budget_at(model, month):
    model.month = month
    return model.funds.budget().tolist()


def test_a_grant_is_paid_in_for_as_many_months_as_it_lasts_and_not_before_programs_begin():
    model = fund(upstream__seed_fund=2, upstream__seed_months=2)
    assert budget_at(model, 2) == [0, 0, 0]
    assert budget_at(model, 3) == [20_000, 40_000, 60_000]
    assert budget_at(model, 4) == [40_000, 80_000, 120_000]
    assert budget_at(model, 5) == [40_000, 80_000, 120_000]


def test_without_a_program_on_offer_nothing_is_set_aside():
    model = fund(upstream__seed_fund=2, upstream__seed_months=2)
    model.slots.on_offer = [False]
    assert budget_at(model, 3) == [0, 0, 0]
    assert not model.funds.seed.any()


def test_what_a_fund_may_spend_is_the_grant_and_savings_that_a_cco_has_in_reserve():
    """The first CCO has 500 in reserve, the second is in debt; where no contract runs the state has all."""
    model = fund(upstream__seed_fund=0, upstream__seed_months=0)
    model.funds.seed[:], model.funds.own[:] = [10, 20, 30], [900, 800, 700]
    model.ccos[0].reserve, model.ccos[1].reserve, model.ccos[2].reserve = 500, -5, 0
    assert budget_at(model, 4) == [510, 20, 730]
    model.funds.monthly[:] = [1, 2, 3]
    assert budget_at(model, 5) == [510, 20, 733]
    assert model.funds.own.tolist() == [901, 802, 703]


def test_programs_are_paid_from_the_grant_first_and_then_by_who_saved():
    model = fund(upstream__seed_fund=0, upstream__seed_months=0, payment__upstream_match=0.6)
    model.program = np.array([1000, 300, 500])
    model.funds.seed[:], model.funds.own[:] = [400, 300, 100], [2000, 2000, 2000]
    model.ledger.close_month()
    model.funds.settle()
    assert model.funds.seed.tolist() == [0, 0, 0]
    assert model.funds.own.tolist() == [1400, 2000, 1600]
    flows = model.ledger.flows
    for payer, payee, cents in (
        ("outside", "community", [400, 300, 100]),
        ("cco", "community", [600, 0, 0]),
        ("state", "community", [0, 0, 400]),
        ("federal", "state", [0, 0, 240]),
    ):
        assert flows[:, ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee]].tolist() == cents
    model.funds.seed[:] = [400, 300, 100]
    assert model.funds.paid_by_budgets().tolist() == [600, 0, 400]


@pytest.mark.parametrize(("funding", "paid"), [("cco", [7, 0, 9]), ("state", [0, 0, 0]), ("share", [0, 0, 0])])
def test_only_what_ccos_pay_of_programs_is_paid_by_their_budgets(funding, paid):
    model = fund(funding)
    model.program = np.array([7, 0, 9])
    assert model.funds.paid_by_budgets().tolist() == paid


def test_a_part_of_the_reserves_above_the_floor_is_set_aside_once_a_year():
    """The first CCO's years begin in months 0 and 12; nothing of the first; then 30% of what is above, by month."""
    model = fund("share", upstream__share_of_reserves=0.3, ccos__reserve_requirement=0.05, ccos__reserve_minimum=0)
    model.slots.start = 0
    model.month_by_month(1)
    due = int(model.agency.revenue().due[0].sum())
    model.ccos[0].standing, model.ccos[0].reserve = 0.05 * 12 * due + 120_000.0, 10**9
    assert budget_at(model, 0)[0] == 0
    model.funds.own[:], model.funds.monthly[:] = 0, 0
    assert budget_at(model, 11)[0] == 0
    model.month = 12
    spare = 120_000.0 + 0.05 * 12 * (due - int(model.agency.revenue().due[0].sum()))
    assert budget_at(model, 12)[0] == int(0.3 * spare / 12)
    assert budget_at(model, 13)[0] == 2 * int(0.3 * spare / 12)
    model.ccos[0].reserve = 10
    assert budget_at(model, 14)[0] == 10
    assert budget_at(model, 14)[2] == 0  # no contract runs there


def test_what_others_pay_by_hand():
    """Four months of food need in the first area; nine on cover and two off it in the second; a price of 1.25."""
    pockets = Pockets(REGISTRY, (SNAP,))
    pockets.price = 1.25
    pockets.of_needs = np.zeros((len(NEEDS), len(POCKETS)), np.int64)
    pockets.of_needs[FOOD] = [300, 0, 20, 7][: len(POCKETS)]
    pockets.of_packages = np.zeros((1, len(POCKETS)), np.int64)
    pockets.of_packages[0, 1] = 1000
    counts = np.zeros((2, len(COUNTS)), np.int64)
    counts[:, OF_NEEDS][:, FOOD] = [4, 9]
    off_cover = np.zeros((2, len(NEEDS)), np.int64)
    off_cover[1, FOOD] = 2
    cents = pockets.cents(np.array([[2], [5]]), counts, off_cover)
    assert cents[:, 0].tolist() == [1.25 * 300 * 4, 1.25 * 300 * 11]
    assert cents[:, 1].tolist() == [1.25 * 1000 * 2, 1.25 * 1000 * 5]
    assert cents[:, 2].tolist() == [1.25 * 20 * 4, 1.25 * 20 * 11]


def test_prices_of_other_pockets_are_in_cents():
    pockets = Pockets(REGISTRY, (SNAP,))
    assert pockets.of_needs == pytest.approx(100 * np.asarray(REGISTRY.dollars("upstream.pocket_per_need")), abs=0.5)
    assert pockets.of_needs.any()
    (name,) = SNAP.pockets
    assert pockets.of_packages[0, POCKETS.index(name)] == round(100 * SNAP.pockets[name].value)


def spending(package, displaces=True, **changes):
    """Money for areas 0 and 1: 20 USD PMPM lower the onset of needs by the ratio for each ten dollars."""
    registry = REGISTRY.override({name.replace("__", "."): value for name, value in changes.items()})
    return Neighborhood(registry, None, (package,), 2, displaces)


def test_money_for_an_area_builds_up_by_half_lives_in_dollars_of_the_first_year():
    """10 USD PMPM in the first area and 20 in the second, at twice the first price; after a half-life half of it."""
    here = spending(AREA_SPENDING, upstream__effect_scale=0.5, upstream__cost_scale=1.0)
    here.price = 2.0
    half_life, ratio = AREA_SPENDING.places.build.value, AREA_SPENDING.places.onset_ratio.value
    members = np.array([50, 0])
    for _ in range(int(half_life)):
        here.spend(0, np.array([50 * 4000, 0]), members)
    assert here.built[:, 0] == pytest.approx([2.0 / 2, 0])
    assert here.onset_multipliers(0) == pytest.approx(np.full(len(NEEDS), ratio**0.5))
    assert here.onset_multipliers(1) == pytest.approx(np.ones(len(NEEDS)))
    asked = dict(here.asked_for(np.array([50, 7])))
    assert asked[0].tolist() == [50 * 2 * here.cents[0], 7 * 2 * here.cents[0]]


def test_homes_that_displace_others_raise_the_onset_of_homelessness_alone():
    here = spending(AREA_SPENDING)
    here.extra[:], here.usual[:] = [0.0, 3.0], [4.0, 6.0]
    raised = here.onset_multipliers(1)
    assert raised[HOMELESSNESS] == pytest.approx(1.5)
    assert np.delete(raised, HOMELESSNESS).tolist() == [1.0] * (len(NEEDS) - 1)
    assert here.onset_multipliers(0).tolist() == [1.0] * len(NEEDS)


@pytest.mark.parametrize("displaces", [True, False])
def test_homes_displace_those_who_would_be_homeless_no_longer(displaces, monkeypatch):
    """Homes of two members of the first type for 0 and 2 months, and of one of the second for 1; exits of .5 and .2.

    Of the first area 1 + .25 would be homeless still, of the second .8; of each home .3 less are homeless.
    """
    here = spending(HOME, displaces, upstream__net_homeless_per_home=0.3, upstream__effect_scale=0.5)
    here.exits, here.spell = np.array([0.5, 0.2, 0.9, 0.9])[: len(here.exits)], 10.0
    monkeypatch.setattr(here, "expected_onsets", lambda members, by_parts: np.array([4.0, 5.0]))
    members = some(5, area=[0, 0, 1, 0, 1], homeless_type=[0, 0, 1, 0, 1])
    served = Served()
    served.admit(members, np.arange(5))
    served.rows["package_months"][members["served"], 0] = [0, 2, 1, 7, 9]
    here.displace(members, served, {0: np.array([0, 1, 2])})
    if displaces:
        assert here.extra == pytest.approx(0.5 * np.array([1.25 - 0.6, 0.8 - 0.3]) / 10)
        assert list(here.usual) == [4, 5]
    else:
        assert not here.extra.any()
        assert not here.usual.any()


def randomized(share=0.5, recruits=2):
    upstream = SimpleNamespace(trial_eligible={})
    model = SimpleNamespace(
        registry=REGISTRY.override({"upstream.trial_share": share, "upstream.trial_recruits": recruits}),
        scenario=SimpleNamespace(upstream=upstream),
        seed=11,
    )
    return Randomization(model, SNAP, 0, begins=4)


def some(n=60, **fields):
    members = np.zeros(n, STORED)
    members["key"] = (np.arange(n, dtype=np.uint64) + 1) << np.uint64(8)
    members["status"], members["in_cco"], members["age_months"] = ENROLLED, 1, 400
    members["needs"] = members["known_needs"] = 1 << FOOD
    for name, values in fields.items():
        members[name] = values
    return members


def test_a_trial_recruits_from_its_first_month_for_as_long_as_it_says_and_randomizes_once():
    trial, members = randomized(), some()
    groups = [np.arange(0, 10), np.arange(0, 20), np.arange(15, 30), np.arange(0, 60)]
    known = []
    for month, may in zip((3, 4, 5, 6), groups, strict=True):
        offered = trial.offer(members, may, month)
        known.append(len(trial.keys))
        assert set(offered.tolist()) <= set(may.tolist())
    assert known == [0, 20, 30, 30]
    assert trial.months.tolist() == [4] * 20 + [5] * 10
    treated = in_treatment(11, members["key"][:30], SNAP.name, 0.5)
    assert 5 < treated.sum() < 25
    assert trial.offer(members, np.arange(60), 9).tolist() == np.flatnonzero(treated).tolist()
    assert sorted(trial.control().tolist()) == sorted(members["key"][:30][~treated].tolist())
    assert len(trial.treatment()) + len(trial.control()) == 30


def test_all_or_nobody_is_in_treatment_where_the_share_says_so():
    for share, treated in ((1.0, 60), (0.0, 0)):
        trial, members = randomized(share), some()
        assert len(trial.offer(members, np.arange(60), 4)) == treated
        assert len(trial.control()) == 60 - treated
