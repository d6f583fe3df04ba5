"""Programs where two rules meet, by hand: another payer, another start, a second package, a run that goes on."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import schema
from sim.agents.programs import slots
from sim.agents.programs.budget_shares import Allocation
from sim.agents.programs.funds import Funds, at_same_mix
from sim.agents.programs.neighborhood import Neighborhood
from sim.agents.programs.randomization import Randomization
from sim.agents.programs.targeting import Targeting
from sim.member.served import Served
from sim.paths import conf_folder
from sim.payment.experience import MemberCost
from sim.schema import ENROLLED
from sim.upstream.load import load_packages
from sim.upstream.reach import ACCEPTS, ENGAGES
from tests.support.stand_in_slots import for_all, number, slots_of, some
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

GROCERIES, AREA_MONEY, HOME = load_packages(["groceries", "community_spending", "supportive_housing"], conf_folder())


def a_world(packages, members, month=7, /, **chosen):
    return slots_of(packages, members, month, {"upstream.cost_growth": 0.0, "upstream.cost_scale": 1.0}, **chosen)


def test_each_package_gets_its_share_of_each_areas_budget():
    """Seven tenths and three tenths of 1,000 and of 500; what was named with the shares decides, not the bits."""
    choice = SimpleNamespace(allocation="shares", packages=("b", "a"), shares=[0.3, 0.7])
    one = Allocation(REGISTRY, choice, [SimpleNamespace(name="a"), SimpleNamespace(name="b")])
    found = one.allowed(some(2), [np.arange(2)] * 2, np.array([1000, 500]), [])
    assert found.tolist() == [[700, 300], [350, 150]]


def test_a_council_weighs_the_people_eligible_by_its_needs_and_by_its_priorities_of_these_years():
    """Three and one are eligible in the first area, two and two in the second, whose council names the second package.

    Needs weigh 1 and 4, so 3 to 4 and 2 to 8; three times the weight for what the council names: 2 to 24.
    """
    choice = SimpleNamespace(allocation="community", packages=("a", "b"), shares=None)
    a, b = (SimpleNamespace(name=name, targets=lambda need=need: (need,)) for name, need in (("a", 0), ("b", 1)))
    one = Allocation(REGISTRY, choice, (a, b))
    one.community, one.council_emphasis = np.array([1.0, 4.0, 9, 9, 9, 9, 9]), 3.0
    boards = [SimpleNamespace(puts_first=lambda packages, named=named: named) for named in ([False] * 2, [False, True])]
    members = some(8, area=[0, 0, 0, 0, 1, 1, 1, 1])
    may = [np.array([0, 1, 2, 4, 5]), np.array([3, 6, 7])]
    found = one.allowed(members, may, np.array([700, 2600]), boards)
    assert found.tolist() == [[300, 400], [200, 2400]]


def cost(cents, months):
    """What two areas cost by rate category and service; with nobody attributed."""
    return MemberCost(np.array(cents), np.array(months), np.zeros((2, 2)), np.zeros(2, np.int64))


def test_a_category_that_nobody_was_in_costs_what_the_areas_members_cost():
    """The first area: 10 months at 30, none of the second kind. The second: 5 at 40 and 15 at 20, so 25 on average."""
    before = cost([[[200, 100], [0, 0]], [[100, 100], [300, 0]]], [[10, 0], [5, 15]])
    assert at_same_mix(before, np.array([[1, 2], [3, 4]])).tolist() == [1 * 30 + 2 * 30, 3 * 40 + 4 * 20]


def capturing(**changes):
    model = StandIn(contracts=("global_budget",), funding="capture", upstream__seed_fund=0, **changes)
    model.month_by_month(12)
    model.slots.start, model.slots.members_at_start = 3, np.array([100, 200, 300])
    return model


def test_savings_are_reinvested_from_each_anniversary_of_the_programs(monkeypatch):
    """Programs began in month 3: what was saved is set aside from months 15 and 27 on, whatever the calendar says."""
    model, asked = capturing(), []
    monkeypatch.setattr(model.funds, "_saved_last_year", lambda since: asked.append(since) or np.array([since, 0, 0]))
    for month in range(3, 30):
        model.month = month
        model.funds.budget()
    assert asked == [12, 24]
    assert model.funds.monthly.tolist() == [24, 0, 0]


def test_savings_are_against_the_year_before_the_programs_at_the_fees_of_that_year():
    """Two years after, prices are 1.1 times 1.1; fees of CCO members were cut to .8, and those of the open card to .5.

    The year before cost 1,000 for 100 months; 120 months would cost 1,452 now. Paid were 960, at full fees 1,200: a
    quarter of the 252 saved, by the month. The second area costs more than expected, and reinvests nothing.
    """
    years = {(3 - 12, 3): cost([[[600, 400]], [[500, 500]]], [[100], [100]])}
    years[15, 27] = cost([[[480, 480]], [[800, 800]]], [[120], [120]])
    funds = Funds.__new__(Funds)
    funds.agency = SimpleNamespace(experience=SimpleNamespace(between=lambda first, end: years[first, end]))
    fees = np.zeros((2, 2, 2))
    fees[:, 0], fees[:, 1] = 0.5, 0.8
    funds.model, funds.slots = SimpleNamespace(month=27, areas={"fee": fees}), SimpleNamespace(start=3)
    funds.captured, funds.trend = 0.25, 0.1
    assert funds._saved_last_year(24).tolist() == [int(0.25 * (1452 - 1200) / 12), 0]


def test_homes_of_two_packages_displace_together(monkeypatch):
    """Two homes of the first package and one of the second, all new, in the first area; one home in the second area."""
    here = Neighborhood(REGISTRY.override({"upstream.net_homeless_per_home": 0.3}), None, (HOME, HOME), 2, True)
    here.scale, here.spell = 0.5, 10.0
    monkeypatch.setattr(here, "expected_onsets", lambda members, by_parts: np.array([4.0, 5.0]))
    members, served = some(4, area=[0, 0, 0, 1]), Served()
    served.admit(members, np.arange(4))
    here.displace(members, served, {0: np.array([0, 1, 3]), 1: np.array([2])})
    assert here.extra == pytest.approx(0.5 * np.array([3 - 0.9, 1 - 0.3]) / 10)


def test_money_of_two_packages_for_an_area_works_together():
    here = Neighborhood(REGISTRY, None, (AREA_MONEY, AREA_MONEY), 2, True)
    here.scale, ratio = 0.5, AREA_MONEY.places.onset_ratio.value
    here.built[:] = [[1.0, 2.0], [0.0, 4.0]]
    assert here.onset_multipliers(0) == pytest.approx(np.full(len(schema.NEEDS), ratio**1.5))
    assert here.onset_multipliers(1) == pytest.approx(np.full(len(schema.NEEDS), ratio**2.0))


def test_what_money_for_areas_asks_for_is_of_the_members_at_the_start_and_of_programs_that_run():
    """Three and one members at the start, 20 cents each; who has left and moved in since counts for nothing.

    In month 6 the package has not begun; what it costs then is a part of what programs cost.
    """
    members = some(6, area=[0, 0, 0, 1, 1, 1], status=[ENROLLED] * 4 + [0, 0])
    for month, asked in ((6, [0, 0]), (7, [3 * 20, 20])):
        _, here = a_world((AREA_MONEY,), members.copy(), month, starts={AREA_MONEY.name: 7})
        here.neighborhood.cents = {0: 20}
        here.model.members["status"] = [0, 0, ENROLLED, ENROLLED, ENROLLED, ENROLLED]
        here.model.members["package"][2] = 1  # somebody is served, so that the month is gone through
        here.model.served.start(here.model.members, np.array([2]), 0)
        here.assign()
        assert here.counts["cents"][:, 0].tolist() == asked
        assert here.costs_cents().tolist() == asked
        assert bool(here.neighborhood.built.any()) == (month == 7)


def test_what_is_saved_for_a_package_is_freed_while_it_does_not_run():
    """The second package begins later: nothing is kept for it. For the first a cent more is saved in each area."""
    packages = for_all("first", once=True), for_all("second", once=True)
    _, here = a_world(packages, some(4, area=[0, 0, 1, 1]), starts={"second": 30})
    here.reserve[:] = [[7, 11], [13, 17]]
    here.assign(np.array([1, 1]))
    assert here.reserve.tolist() == [[8, 0], [14, 0]]


@pytest.mark.parametrize(("funding", "alone"), [("cco", 1), ("share", 0), ("capture", 0), ("state", 0), ("outside", 0)])
def test_programs_are_for_ccos_own_members_where_ccos_pay_from_their_budgets(funding, alone):
    _, here = a_world((for_all("first", once=True),), some(4), funding=funding)
    assert here.criteria["cco_members"].tolist() == [alone]


def test_a_second_time_in_a_package_begins_to_count_anew(monkeypatch):
    """Who was served for 8 of 9 months before, and is served again, stays for nine more."""
    monkeypatch.setattr(slots, "package_uniforms", lambda seed, keys, *_: np.asarray(keys) / 100)
    model, here = a_world((for_all("first"),), some(2, area=[0, 1]))
    model.served.start(model.members, np.array([0]), 0)
    model.served.rows["package_months"][model.members["served"][0], 0] = 8
    model.members["ever_package"][0] = 1
    here.available[:] = 1
    here.assign()
    assert model.members["package"].tolist() == [1, 1]
    assert (model.members["served"] > 0).all()
    assert model.served.months(model.members, np.arange(2), 0).tolist() == [0, 0]


def a_trial(**eligible):
    model = SimpleNamespace(
        registry=REGISTRY.override({"upstream.trial_share": 0.5, "upstream.trial_recruits": 3}),
        scenario=SimpleNamespace(upstream=SimpleNamespace(trial_eligible=eligible)),
        seed=11,
    )
    return Randomization(model, for_all("first"), 0, begins=4)


def test_a_trial_goes_on_with_those_whom_it_has_randomized():
    """Ten before the run was stopped, ten after it; nobody twice, and treatment is for the treated of all twenty."""
    members, one, again = some(20), a_trial(), a_trial()
    one.offer(members, np.arange(10), 4)
    again.restore(one.snapshot())
    assert again.keys.tolist() == one.keys.tolist()
    for trial in (one, again):
        trial.offer(members, np.arange(20), 5)
        assert trial.months.tolist() == [4] * 10 + [5] * 10
    assert again.treatment().tolist() == one.treatment().tolist()


def test_who_had_the_package_before_may_be_randomized_where_the_package_may_be_had_twice():
    members, trial = some(6), a_trial()
    members["ever_package"][:3] = 1
    trial.offer(members, np.arange(6), 4)
    assert len(trial.keys) == 6


def test_what_programs_know_is_kept():
    """Slopes of the risk score, what money has built up and what homes displace, as they were."""
    packages = (HOME, AREA_MONEY)
    (_, one), (_, again) = (a_world(packages, some(4, area=[0, 0, 1, 1])) for _ in range(2))
    one.targeting.slopes[:] = 3
    one.neighborhood.built[:], one.neighborhood.extra[:], one.neighborhood.usual[:] = 0.25, [1.5, 2.5], [4.0, 5.0]
    one.owed[:], one.reserve[:] = [5, 7], [[1, 2], [3, 4]]
    again.restore(one.snapshot())
    assert (again.targeting.slopes == 3).all()
    assert again.neighborhood.built.tolist() == [[0.25, 0.25]] * 2
    assert (again.neighborhood.extra.tolist(), again.neighborhood.usual.tolist()) == ([1.5, 2.5], [4.0, 5.0])
    assert (again.owed.tolist(), again.reserve.tolist()) == ([5, 7], [[1, 2], [3, 4]])


def test_a_risk_score_is_fitted_anew_in_january_and_not_in_between(monkeypatch):
    fitted = []
    monkeypatch.setattr(
        "sim.agents.programs.targeting.risk.fit",
        lambda members, lived: fitted.append(lived) or np.array([[len(fitted)]]),
    )
    one = Targeting(REGISTRY, "risk_score", ())
    for month in (5, 6, 11, 12, 13, 24):
        one.fit(None, month)
    assert fitted == [5, 12, 12]
    assert one.slopes.tolist() == [[3]]


def test_what_was_set_aside_of_reserves_ends_with_the_contract():
    model = capturing()
    model.funds.funding, model.funds.own[:], model.funds.monthly[:] = "share", 900, 30
    model.agency.calendar.starts[2] = 99
    model.month = 5
    for cco in model.ccos:
        cco.reserve = 10_000
    assert model.funds.budget().tolist() == [930, 930, 0]
    assert (model.funds.own[2], model.funds.monthly[2]) == (0, 0)


def test_money_for_an_area_is_asked_for_at_the_scale_of_costs():
    here = Neighborhood(REGISTRY.override({"upstream.cost_scale": 1.5}), None, (AREA_MONEY,), 2, True)
    assert here.cents == {0: round(AREA_MONEY.places.spending.value * 150)}


def test_a_trial_randomizes_those_who_meet_its_own_criteria_too():
    members, trial = some(6, age_months=[300, 400, 500, 600, 700, 800]), a_trial(min_age_months=500)
    trial.offer(members, np.arange(6), 4)
    assert sorted(trial.keys.tolist()) == [3, 4, 5, 6]


def test_screening_is_for_packages_that_are_on_offer():
    one = for_all("first", once=True)
    screened = one.model_copy(
        update={"name": "second", "reach": SimpleNamespace(**vars(one.reach) | {"screened": True})}
    )
    for named, screens in ((("first",), False), (("first", "second"), True)):
        _, here = a_world((one, screened), some(2), packages=named)
        assert here.screens == screens


def test_who_waits_are_those_who_take_part_and_each_package_has_an_order_of_its_own(monkeypatch):
    """Of three who are eligible two take part, in each of two packages of one slot; so one waits, and two compete."""
    monkeypatch.setattr(slots, "reached", lambda *_: np.array([ENGAGES, ENGAGES, ACCEPTS]))
    _, here = a_world((for_all("first", once=True), for_all("second", once=True)), some(3))
    heard, held = [], []
    monkeypatch.setattr(here.targeting, "score", lambda k, members, rows, month: heard.append((k, rows.tolist())))
    monkeypatch.setattr(here.neighborhood, "displace", lambda members, served, by, parts: held.append(by))
    here.available[:] = 1
    here.assign()
    assert here.counts["queue"][0].tolist() == [1, 1]
    assert here.counts["eligible"][0].tolist() == [3, 3]
    assert heard == [(0, [0, 1]), (1, [0, 1])]
    assert {k: len(rows) for k, rows in held[0].items()} == {0: 1, 1: 1}


@pytest.mark.parametrize(("scale", "returned"), [(0.0, []), (0.5, [1])])
def test_a_need_comes_back_only_where_programs_have_an_effect(scale, returned, monkeypatch):
    lost = []
    monkeypatch.setattr(slots, "lose_home", lambda package, members, rows, seed, month: lost.extend(rows.tolist()))
    model, here = a_world((for_all("first", once=True),), some(2))
    here.has_effect = scale > 0
    model.served.start(model.members, np.array([1]), 0)
    model.served.rows["package_months"][model.members["served"][1], 0] = 9
    model.members["package"][1] = 1
    here.assign()
    assert lost == returned


def test_a_program_sees_stays_of_twelve_months_and_expects_what_the_engaged_save():
    """Of last year two thirds count, as four months are over. A tenth less for all is a fifth less for half."""
    effects = {"inpatient": SimpleNamespace(per="offered", value=0.9)}
    reach = SimpleNamespace(accepted=number(1.0), engaged=number(0.5))
    one = Targeting(REGISTRY, "need", [SimpleNamespace(effects=effects, reach=reach)])
    price = (REGISTRY.get("levels.price") * REGISTRY.get("spending.price_level"))[schema.INPATIENT]
    assert one.saved == [(0, pytest.approx(0.2 * price))]
    members = some(2, stays_year=[1, 0], stays_last_year=[3, 6])
    assert one.see(members, np.arange(2), 4).stays.tolist() == [3, 4]
