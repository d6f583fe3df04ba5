"""Programs where a guard or a default decides, by hand: debts without a program, a trial, months before the start."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.programs import neighborhood, slots
from sim.agents.programs.budget_shares import Allocation
from sim.agents.programs.community import Community
from sim.agents.programs.equity_first import PutFirst, who_is_first
from sim.agents.programs.neighborhood import Neighborhood
from sim.agents.programs.targeting import Targeting
from sim.paths import conf_folder
from sim.schema import AREA, HOMELESS_TYPES, HOMELESSNESS, NEEDS
from sim.upstream import risk
from sim.upstream.budget import Purse
from sim.upstream.draws import LOTTERY, ROUNDING
from sim.upstream.eligibility import criteria_of, shortlist
from sim.upstream.ending import ends
from sim.upstream.implied import present_among_served
from sim.upstream.load import load_packages
from sim.upstream.window import felt_without
from tests.support.stand_in_slots import for_all, number, slots_of, some
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

NUMBERS = {"upstream.cost_growth": 0.0, "upstream.cost_scale": 1.0}
FIRST = for_all("first", months=3.0)
HOME = load_packages(["supportive_housing"], conf_folder())[0]


def test_a_debt_for_screening_is_paid_also_when_no_package_is_offered_any_more():
    """The first area owes 70 cents and has 50."""
    _, here = slots_of((FIRST,), some(2, area=[0, 1]), 7, NUMBERS, packages=())
    here.owed[:] = [70, 0]
    here.assign(np.array([50, 50]))
    assert here.owed.tolist() == [20, 0]
    assert here.costs_cents().tolist() == [50, 0]


@pytest.mark.parametrize(("share", "started"), [(0.0, 0), (1.0, 4)])
def test_a_package_on_trial_is_for_the_treatment_group_alone(share, started):
    chosen = {"trial": "first", "trial_eligible": {}}
    model, here = slots_of((FIRST,), some(4, area=[0, 0, 1, 1]), 2, NUMBERS | {"upstream.trial_share": share}, **chosen)
    here.available[:] = 9
    here.assign(None)
    assert (model.members["package"] > 0).sum() == started
    assert len(here.randomization.keys) == 4


def test_the_lottery_for_slots_is_drawn_anew_each_month(monkeypatch):
    """Two wait for one slot; how an area rounds its slots is drawn once."""
    drawn = []

    def note(_seed, keys, _name, month, decision):
        drawn.append((decision, month))
        return np.linspace(0.1, 0.9, len(keys))

    monkeypatch.setattr(slots, "package_uniforms", note)
    for month in (7, 8):
        _, here = slots_of((FIRST,), some(2, area=[0, 0]), month, NUMBERS)
        here.available[:] = 1
        here.assign(None)
    assert set(drawn) == {(ROUNDING, 0), (LOTTERY, 7), (LOTTERY, 8)}


@pytest.mark.parametrize(("month", "screening"), [(3, 0.0), (4, 0.6)])
def test_clinics_screen_from_the_month_in_which_programs_begin(month, screening):
    offered = SimpleNamespace(start=4, packages=(), screens=True, owed=np.array([0, 0]), screening_probability=0.6)
    community = SimpleNamespace(area=1, slots=offered, model=SimpleNamespace(month=month, areas=np.zeros(2, AREA)))
    Community.offer(community)
    assert community.model.areas["screening"].tolist() == [0, screening]


def test_what_a_council_prefers_is_declared():
    registry = REGISTRY.override({f"upstream.community_priority.{need}": k / 10 for k, need in enumerate(NEEDS)})
    choice = SimpleNamespace(allocation="community", packages=("a",), shares=None)
    one = Allocation(registry, choice, (SimpleNamespace(name="a"),))
    assert one.community.tolist() == [k / 10 for k in range(len(NEEDS))]


def test_what_is_left_of_an_areas_month_pays_for_no_other_area():
    """A month costs 10: the first area has 14 and two members, the second 7 and the third 6 and one; 3 are reserved.

    The first pays for one, as 4 and 3 are too few for another; the second takes the 3. The third has 6, not 6 and 4.
    """
    purse = Purse(np.array([14, 7, 6]), np.array([[1], [1], [1]]), shared=True)
    assert purse.keeps_up(0, 10, np.array([2, 1, 1])).tolist() == [1, 1, 0]


def test_a_screening_is_billed_in_the_month_after_it_and_in_no_other():
    found = shortlist(some(3, since_screened=[0, 1, 2]), criteria_of(()), 5)
    assert found.screened_now().tolist() == [0]


def test_what_three_packages_leave_the_fourth_may_spend_and_no_more():
    """Of 100 cents the packages have 10, 20, 30 and 40; nobody is eligible for the first two; a slot takes 10.

    So the third may spend 10 + 20 + 30, and the fourth the 40 that are left.
    """
    names = ("a", "b", "c", "d")
    packages = [for_all(name, 0.1, 0.0) for name in names]
    for k in (0, 1):
        nobody = packages[k].eligible.model_copy(update={"pregnant": True})
        packages[k] = packages[k].model_copy(update={"eligible": nobody})
    chosen = {"allocation": "shares", "packages": names, "shares": [1.0, 2.0, 3.0, 4.0]}
    _, here = slots_of(packages, some(20, area=0), 7, NUMBERS, **chosen)
    here.available[:] = 20
    here.assign(np.array([100, 0]))
    assert here.counts["started"][0].tolist() == [0, 0, 6, 4]


def test_who_has_more_needs_has_the_higher_score():
    """Rows 2 and 0 of three, with two needs and one; a lottery has no score."""
    members = some(3, known_needs=[1, 0, 6])
    anything = for_all("anything")
    assert Targeting(REGISTRY, "need", (anything,)).score(0, members, np.array([2, 0]), 5).tolist() == [2, 1]
    assert Targeting(REGISTRY, "lottery", (anything,)).score(0, members, np.array([2, 0]), 5) is None


def test_reserves_of_all_areas_pay_for_each_further_slot_once():
    """Slots of 100. Reserves of 60 and 50 make one more, not two; what an area takes of its own is not there twice."""
    purse = Purse(np.array([0, 0]), np.array([[60], [50]]), shared=True)
    assert purse.affordable(0, 100, 0, 1, np.array([1, 1])).tolist() == [1, 0]
    purse = Purse(np.array([0, 0]), np.array([[100], [60]]), shared=True)
    assert purse.affordable(0, 100, 0, 1, np.array([1, 1])).tolist() == [1, 0]


def test_what_a_months_money_does_not_pay_is_taken_from_the_reserve():
    """Of 70 cents 30 are this month's; the other area pays 20 of its 25."""
    purse = Purse(np.array([30, 25]), np.array([[100], [40]]))
    assert purse.pay_for(0, np.array([70, 20])).tolist() == [70, 20]
    assert purse.left.tolist() == [0, 5]
    assert purse.reserved.tolist() == [[60], [40]]


def test_onsets_to_expect_are_people_and_not_grains(monkeypatch):
    """Two parts of a table: a half and two onsets in the first area, one in the second."""
    here = Neighborhood(REGISTRY, None, (), 2, displaces=True)
    found = iter(([0.5, 0.0], [2.0, 1.0]))

    def expect(_part, _params, grains, onsets):
        onsets += np.array([number * grains for number in next(found)]).astype(np.int64)

    monkeypatch.setattr(neighborhood, "expect_homelessness", expect)
    in_two = lambda members, work: [work(members[:1]), work(members[1:])]  # noqa: E731
    assert here.expected_onsets(some(2), in_two).tolist() == [2.5, 1.0]


def test_an_area_saves_for_all_months_of_a_slot_where_money_is_short_and_for_the_first_where_slots_are():
    """60 cents to start and 5 a month for three months; nobody waits in the last area."""
    _, here = slots_of((FIRST,), some(2, area=[0, 1]), 7, NUMBERS)
    waits, short = np.array([True, True, False]), np.array([True, False, True])
    assert here._to_have(0, waits, short).tolist() == [75, 65, 0]


def test_debts_of_other_areas_leave_less_to_begin_with():
    """The first area has 100 reserved and the second owes 60 of it: 40 begin no slot of 100, 105 would."""
    for reserved, begun in ((100, [0, 0]), (165, [1, 0])):
        purse = Purse(np.array([0, 0]), np.array([[reserved], [-60]]), shared=True)
        assert purse.affordable(0, 100, 0, 1, np.array([1, 0])).tolist() == begun


def test_reserves_are_shared_in_the_first_month_of_a_ccos_own_year_above_its_own_floor():
    """The second CCO began in month 5, so that its year turns in month 17; it stands for 50 people a member.

    Its floor is 2.5 million dollars for those: 5 million cents; of the 1.2 million above it a part of .3 by month.
    """
    model = StandIn(
        contracts=("global_budget",), starts={"CCO 1": 5, "CCO 2": 99}, funding="share", weights=(20.0, 50.0, 4.0),
        cents=500, upstream__share_of_reserves=0.3, ccos__reserve_requirement=0.05, ccos__reserve_minimum=2_500_000,
    ).month_by_month(12 + 6)  # fmt: skip
    model.slots.start, model.slots.members_at_start = 0, np.array([100, 200, 300])
    model.ccos[1].standing = model.ccos[1].reserve = 6_200_000
    set_aside = []
    for month in (16, 17, 18):
        model.month = month
        model.funds.own[:] = 0
        model.funds.budget()
        set_aside.append(int(model.funds.own[1]))
    assert set_aside == [0, 30_000, 30_000]


def test_an_equity_target_draws_for_each_package_anew():
    members, first = some(200, race=3), PutFirst(np.array([3, 3]), np.array([0.5, 0.5]))
    one, other = (who_is_first(members, np.arange(200), first, 7, name) for name in ("one", "other"))
    assert 60 < one.sum() < 140
    assert 40 < (one != other).sum() < 160


def test_what_a_council_gives_to_rural_members_is_declared():
    registry = REGISTRY.override({"upstream.community_rural": 0.3})
    members = some(2, rurality=[0, 1])
    targeting = Targeting(registry, "community_priority", (for_all("anything"),))
    assert targeting.score(0, members, np.arange(2), 5).tolist() == [0, 0.3]


def test_programs_are_homes_where_they_meet_homelessness_and_not_where_they_shorten_it():
    met, shortened = (
        HOME,
        HOME.model_copy(
            update={"need_relief": {"homelessness": HOME.need_relief["homelessness"].model_copy(update={"met": False})}}
        ),
    )
    assert Neighborhood(REGISTRY, None, (shortened, met), 2, displaces=True).homes == [1]


def test_who_leaves_is_drawn_anew_each_month():
    duration = SimpleNamespace(
        months=None, exit_first_year=number(0.5), exit_later=None, ends_with_need=False, survives_cover=False
    )
    package, members = SimpleNamespace(name="one", duration=duration), some(200)
    one, next_month = (ends(package, np.full(200, 3), members, np.arange(200), seed=7, month=month) for month in (4, 5))
    assert 60 < one.sum() < 140
    assert 60 < (one != next_month).sum() < 140


def test_a_package_that_asks_for_one_of_two_needs_serves_people_with_either():
    mix = {"upstream.need_mix": np.linspace(0.1, 0.7, len(NEEDS))}
    of_one, of_two = (SimpleNamespace(targets=lambda which=which: which) for which in ((1,), (1, 2)))
    assert present_among_served(of_one, SimpleNamespace(get=mix.get))[:3] == pytest.approx([0.1, 1, 0.3])
    assert present_among_served(of_two, SimpleNamespace(get=mix.get))[:3] == pytest.approx([0.1, 0.2, 0.3])


def test_how_long_homelessness_would_last_is_of_the_types_that_the_package_is_for():
    """In a month a tenth of the second type finds a home, of whom a quarter no longer feel what it was to have none."""
    exits = np.linspace(0.5, 0.5, len(HOMELESS_TYPES))
    exits[1] = 0.1
    known = dict.fromkeys([f"needs.{need}_onset_prone" for need in NEEDS], 0.0) | {
        "needs.build_up": 0.5, "needs.decay": 0.25, "needs.exit_prone": np.full(len(NEEDS), 0.3),
        "needs.homeless_exit": exits, "needs.homeless_type_share": np.full(len(exits), 1 / len(exits)),
    }  # fmt: skip
    package = SimpleNamespace(eligible=SimpleNamespace(homeless_types=(HOMELESS_TYPES[1],)))
    felt = felt_without(package, SimpleNamespace(get=known.get, monthly=known.get), 2)
    assert felt[1, HOMELESSNESS] == pytest.approx(1 - 0.1 * 0.25)


def test_a_plan_counts_whole_visits_of_the_last_twelve_months():
    """One visit in four months of this year and four in all of the last: 1 + 4 x 8 / 12, nearly 4."""
    members = some(1, ed_year=1, ed_last_year=4)
    slopes = np.zeros((risk.PREDICTORS, risk.OUTCOMES), np.int64)
    slopes[-2, 1] = 1000
    assert risk.expected(members, np.arange(1), slopes, 4).tolist() == [[0, 4, 0]]
