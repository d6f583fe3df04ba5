"""An equity target by hand: which group, how large its gap is, and what is moved to it."""

from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sim.agents.cco.actions import ACTION_INDEX
from sim.agents.cco.board import Board
from sim.agents.cco.choice import Luck
from sim.agents.cco.equity_target import NOBODY, Target, aimed, furthest_behind, worst_off
from sim.agents.cco.measure_work import MeasureWork, felt
from sim.agents.programs import equity_first
from sim.axes import MEANS
from sim.member import aim
from sim.schema import (
    ADOLESCENT_WELL_CARE,
    BLACK,
    HBA1C_POOR_CONTROL,
    HISPANIC,
    MEMBER,
    METRICS,
    OFF_COVER,
    OUTCOMES,
    RACES,
    WHITE,
)
from sim.upstream.ranking import first_in_each_area
from tests.support.by_hand import an_area, rules_of, someone
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

WORK, CONTROL = ADOLESCENT_WELL_CARE, HBA1C_POOR_CONTROL


def counted(*rows):
    """Three areas; rows of (area, group, measure, people, recorded)."""
    counts = np.zeros((3, len(RACES), len(METRICS), len(OUTCOMES)), dtype=np.int64)
    for area, group, metric, people, recorded in rows:
        counts[area, group, metric] = people, recorded, recorded
    return counts


def test_the_group_with_the_worst_rate_is_aimed_at_and_few_people_count_little():
    """Black: (20 + 100 x .4) / 200 = .3, the state's rate being .4; white .5; everybody (30 + 150) / 400."""
    counts = counted((0, WHITE, WORK, 300, 150), (0, BLACK, WORK, 100, 20), (1, BLACK, WORK, 100, 60))
    found = worst_off(counts, 0, few=100)
    assert found.group[WORK] == BLACK
    assert found.gap[WORK] == pytest.approx(180 / 400 - 0.3)
    assert found.share[WORK] == 0.25
    own = worst_off(counts, 0, few=0)
    assert own.gap[WORK] == pytest.approx(170 / 400 - 0.2)


def test_one_person_without_care_is_no_gap():
    """The one Hispanic member of the area was missed; in the state, Hispanic members have the best rate."""
    counts = counted((0, WHITE, WORK, 300, 150), (0, HISPANIC, WORK, 1, 0), (1, HISPANIC, WORK, 300, 240))
    assert worst_off(counts, 0, few=100).group[WORK] == WHITE
    assert worst_off(counts, 0, few=0).group[WORK] == HISPANIC


def test_lower_is_better_where_it_is_and_nobody_is_aimed_at_who_does_not_live_here():
    counts = counted((0, WHITE, CONTROL, 100, 60), (0, BLACK, CONTROL, 100, 20), (1, HISPANIC, CONTROL, 100, 90))
    found = worst_off(counts, 0, few=0)
    assert found.group[CONTROL] == WHITE
    assert found.gap[CONTROL] == pytest.approx(0.2)
    assert not np.delete(found.gap, CONTROL).any()


@pytest.mark.parametrize(
    ("part", "gain", "full", "share", "everybody", "on_top"),
    [
        (0.0, 0.2, 0.8, 0.25, 0.2, 0.0),
        (0.5, 0.2, 0.8, 0.25, 0.1, 0.4),  # half of .2 moves to a quarter of the people: .5 for them
        (1.0, 0.2, 0.8, 0.25, 0.0, 0.8),
        (1.0, 0.2, 0.5, 0.25, 0.1, 0.4),  # no more than .5 for the group
        (1.0, 0.5, 0.5, 0.25, 0.5, 0.0),  # work at full strength has nothing to move
        (1.0, 0.0, 0.5, 0.25, 0.0, 0.0),
        (1.0, 0.2, 0.8, 1.0, 0.2, 0.0),  # everybody who counts is of the group
    ],
)
def test_work_that_is_aimed_does_as_much_in_all_and_no_more_than_its_means_for_the_group(
    part, gain, full, share, everybody, on_top
):
    mine = np.arange(len(METRICS)) == WORK
    target = Target(np.full(len(METRICS), BLACK), mine * 0.1, mine * share)
    found, more = aimed(mine * gain, mine * full, part, target)
    assert_allclose((found[WORK], more[WORK]), (everybody, on_top), atol=1e-12)
    assert found[WORK] + share * more[WORK] == pytest.approx(gain)
    assert found[WORK] + more[WORK] <= max(full, gain) + 1e-12
    assert not np.delete(found, WORK).any()


@pytest.mark.parametrize(
    ("who", "odds"),
    [
        ({"in_cco": 1, "race": BLACK}, 0.5),
        ({"in_cco": 0, "race": BLACK}, 0.1),
        ({"in_cco": 1}, 0.1),
        ({"in_cco": 1, "race": BLACK, "status": OFF_COVER}, 0.1),
    ],
)
def test_members_of_the_group_and_the_cco_meet_what_is_aimed_at_them(who, odds):
    mine = np.arange(len(METRICS)) == WORK
    here = an_area(deliver=mine * 0.1, aimed=mine * 0.4, aimed_at=np.full(len(METRICS), BLACK))
    assert rules_of(aim).work_for(someone(**who), WORK, here) == pytest.approx(odds)


def at_work(part):
    work = MeasureWork(REGISTRY.override({"ccos.equity_target": part}))
    work.in_effect[MEANS.index("outreach"), WORK] = 0.25
    mine = np.arange(len(METRICS)) == WORK
    work.aim(Target(np.full(len(METRICS), BLACK), mine * 0.1, mine * 0.2))
    return work


def test_work_on_a_measure_is_divided_by_the_target_and_unchanged_without_one():
    """Outreach for visits brings .25 at full strength, here a quarter of it; a half moves to a fifth of the people,
    but no more than .25 in all for them: (.25 - .0625) / (.0625 x 4) = .75 could move, .5 does."""
    blind, aims = at_work(0.0), at_work(0.5)
    assert felt([blind], 0.0).care[0, WORK] == pytest.approx(0.0625)
    assert not felt([blind], 0.0).aimed.any()
    assert felt([aims], 0.0).care[0, WORK] == pytest.approx(0.0625 * 0.5)
    assert felt([aims], 0.0).aimed[0, WORK] == pytest.approx(0.0625 * 0.5 / 0.2)


def test_to_a_board_with_a_target_actions_against_gaps_serve_a_priority():
    scenario = StandIn().scenario
    outlooks = []
    for part in (0.0, 0.7):
        board = Board(REGISTRY.override({"ccos.equity_target": part}), scenario)
        outlooks.append(board.outlook(StandIn().ccos[0]._money(10**6)).priority)
    changed = np.flatnonzero(outlooks[0] != outlooks[1])
    assert not outlooks[0].any()
    assert {list(ACTION_INDEX)[k] for k in changed} == {"measure_work", "interpreters", "concordance", "upstream"}
    assert_allclose(outlooks[1][changed], 0.7)


def test_the_group_whose_gaps_add_to_most_is_furthest_behind():
    """Hispanic members have the widest gap, .3; Black members are behind in two measures, by .2 each."""
    group, gap = np.zeros(len(METRICS), dtype=np.int64), np.zeros(len(METRICS))
    group[:3], gap[:3] = (BLACK, HISPANIC, BLACK), (0.2, 0.3, 0.2)
    group[3:] = WHITE  # in front, or nobody counted
    assert furthest_behind(Target(group, gap, gap)) == BLACK
    assert furthest_behind(Target(group, np.where(gap == 0.3, 0.5, gap), gap)) == HISPANIC  # one gap, but wider
    assert furthest_behind(Target(group, 0 * gap, gap)) == NOBODY


def moves(target, months=12, **changes):
    """Boards that take the best step each quarter, for whom a local priority is worth more than it costs."""
    sure = {"ccos__choice_spread": 0.0, "ccos__reconsider": 1.0, "ccos__community_weight": 5.0}
    model = StandIn(levers=("concordance",), **(sure | {"ccos__equity_target": target} | changes))
    model.quality.counts = lambda year: counted((0, WHITE, WORK, 300, 150), (0, BLACK, WORK, 100, 20))
    return model.month_by_month(12 + months)


def test_only_a_board_with_a_target_wins_clinicians_and_pays_for_them():
    aims, blind = moves(1.0), moves(0.0)
    assert (aims.actions["concordance"] == 0.75).all()  # a step each quarter after the first
    assert aims.bills.care_costs()["concordance"][0] > 0
    assert not blind.actions["concordance"].any()
    assert blind.bills.care_costs()["concordance"][0] == 0
    assert [cco.board.behind for cco in (aims.ccos[0], blind.ccos[0])] == [BLACK, NOBODY]


def test_clinicians_are_won_and_lost_with_a_half_life_of_months():
    """All of the action for a half-life of 12 months: half is there; a year later without it, a quarter."""
    cco = StandIn(ccos__concordance_lag=12).ccos[0]
    for action, there in ((1.0, 0.5), (0.0, 0.25)):
        cco.actions[ACTION_INDEX["concordance"]] = action
        for _ in range(12):
            cco.recruit()
        assert cco.concordant == pytest.approx(there)


def test_a_target_that_is_given_up_ends_concordance():
    board = Board(REGISTRY.override({"ccos.equity_target": 0.0}), StandIn(levers=("concordance",)).scenario)
    before = np.zeros(len(ACTION_INDEX))
    before[ACTION_INDEX["concordance"]] = 0.5
    after = board.moved(before, StandIn().ccos[0]._money(10**6), Luck(0, 0, 3))
    assert after[ACTION_INDEX["concordance"]] == 0


def applicants():
    """Two areas; in each a Black and a white member, and one more of either in the first."""
    rows = np.zeros(6, MEMBER)
    rows["key"], rows["area"] = np.arange(6), [0, 0, 0, 0, 1, 1]
    rows["race"] = [WHITE, BLACK, WHITE, BLACK, WHITE, BLACK]
    return rows


def boards(*pairs):
    return [SimpleNamespace(behind=group, equity_target=part) for group, part in pairs]


def test_slots_of_a_ccos_programs_go_to_the_named_group_first():
    rows, every = applicants(), np.arange(6)
    first = equity_first.named(boards((BLACK, 1.0), (NOBODY, 1.0)), "cco")
    ahead = equity_first.who_is_first(rows, every, first, 0, "chw")
    assert ahead.tolist() == [False, True, False, True, False, False]
    lot, score = np.array([0.1, 0.9, 0.2, 0.8, 0.1, 0.9]), np.array([5.0, 1, 9, 2, 3, 1])
    chosen = first_in_each_area(rows["area"], lot, rows["key"], np.array([3, 1]), score, ahead)
    assert chosen.tolist() == [3, 1, 2, 4]  # of the group by score, then the others; in the other area by score alone
    chosen = first_in_each_area(rows["area"], lot, rows["key"], np.array([1, 0]), None, ahead)
    assert chosen.tolist() == [3]


def test_only_the_part_that_the_target_says_comes_first_and_only_where_the_cco_pays():
    assert equity_first.named(boards((BLACK, 1.0), (BLACK, 1.0)), "state") is None
    assert equity_first.named(boards((NOBODY, 0.0), (NOBODY, 0.0)), "cco") is None
    assert equity_first.named([], "cco") is None
    rows = np.repeat(applicants()[1:2], 2000)
    rows["key"] = np.arange(2000)
    some, most = (
        equity_first.who_is_first(
            rows, rows["key"].astype(int), equity_first.named(boards((BLACK, part)), "cco"), 0, "chw"
        )
        for part in (0.25, 0.75)
    )
    assert 0.2 < some.mean() < 0.3
    assert most[some].all()
