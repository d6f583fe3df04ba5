"""What is skipped for most members is what cannot happen to them: each bound holds, and spares what it is there for."""

import numpy as np
import pytest

from sim.engine.numbers import exponential
from sim.member import access, discrimination, health, month, mortality
from sim.member.decisions import CONDITION, CRISIS, UNFAIR
from sim.member.enrollment import OLDEST
from sim.member.health import SLOWEST
from sim.member.month import BLOCK, find_lowest, find_small
from sim.member.prepare import highest_in_steps
from sim.schema import (
    AWAY,
    BLACK,
    CONDITIONS,
    ENROLLED,
    FRACTION_GRID,
    HOMELESSNESS,
    LOG_GRID,
    MEMBER,
    OFF_COVER,
    PRIMARY,
    VACANT,
)
from tests.support.by_hand import a_clinic, a_month, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick
RULES, HEALTH, ACCESS = rules_of(mortality), rules_of(health), rules_of(access)
SICKEST = 2048  # the end of the grid of permanent health and mental frailty
EVERY = (1 << len(CONDITIONS)) - 1
N = 500


def sickest(rng):
    """Somebody with conditions and risks at random, often extreme."""
    present = int(rng.integers(EVERY + 1)) | int(rng.choice([0, EVERY]))
    return someone(
        age_months=int(rng.integers(OLDEST)),
        sex=int(rng.integers(2)),
        present=present,
        diagnosed=present,
        controlled=present & int(rng.integers(EVERY + 1)),
        poor_control=int(rng.choice([0, FRACTION_GRID])),
        smoking_risk=int(rng.choice([0, FRACTION_GRID])),
        opioid_months=int(rng.integers(3)),
        needs=int(rng.integers(2)) << HOMELESSNESS,
        status=int(rng.choice([ENROLLED, OFF_COVER, AWAY])),
    )


def test_nobody_dies_with_a_higher_chance_than_the_bound_of_their_age(seed):
    p, rng = numbers(), np.random.default_rng(seed)
    people = [sickest(rng) for _ in range(N)]
    ratio = np.array([RULES.death_probability(m, p) / p.highest_death[m.age_months // 12] for m in people])
    assert ratio.max() <= 1
    healthy = [p.highest_death[age] < 0.05 for age in range(60)]
    assert all(healthy), "a bound near 1 would spare nobody the comparison"


def test_a_draw_above_the_bound_is_not_looked_at_again():
    p, m = numbers(), someone()
    bound = p.highest_death[m.age_months // 12]
    sure = rules_of(mortality, death_probability=lambda *_: 1.0)
    assert not sure.dies(m, bound, p)
    assert sure.dies(m, bound * 0.999, p)


def test_the_lowest_draw_is_each_over_its_chance(seed):
    """A condition begins if its draw is below its chance times a member's ratio: then the lowest is below the ratio."""
    u = np.random.default_rng(seed).uniform(size=(CONDITION + len(CONDITIONS), N))
    chances, lowest = np.geomspace(1e-4, 0.1, len(CONDITIONS)), np.empty(N)
    chances[3] = 0.0  # cannot begin
    find_lowest(u, lowest, chances, CONDITION, N)
    for ratio in (0.5, 3.0, 50.0):
        begins = (u[CONDITION:] < chances[:, None] * ratio).any(axis=0)
        assert begins.any()
        assert np.array_equal(lowest < ratio, begins)


def test_small_draws_are_bits(seed):
    u, small = np.random.default_rng(seed).uniform(size=(9, N)), np.empty(N)
    chances = np.array([0.1, 0.5, 0.0, 0.3])
    find_small(u, small, chances, 1.5, 2, N)
    bits = small.astype(int)[:, None] >> np.arange(4) & 1
    assert np.array_equal(bits.T == 1, u[2:6] < 1.5 * chances[:, None])


@pytest.mark.parametrize("loading", [0.3, 0.0, -0.2])
def test_no_onset_is_raised_more_by_health_than_the_bound(loading, seed):
    p, rng = numbers(), np.random.default_rng(seed)
    p.health_highest_frail = highest_in_steps(np.array(loading))
    log_frail, log_mental = loading / LOG_GRID, p.health_onset_mental_loading.max() / LOG_GRID
    for permanent, mental in [(SICKEST, SICKEST), (-SICKEST, -SICKEST), *rng.integers(-SICKEST, SICKEST, (N, 2))]:
        frail, of_mental = (
            float(exponential(log * x, p.exponential)) for log, x in ((log_frail, permanent), (log_mental, mental))
        )
        bound = HEALTH.highest_onset_ratio(someone(permanent=permanent, mental=mental), p)
        needed = frail * max(of_mental, 1.0) * p.exposed_onset[0]
        assert needed <= bound
        assert bound <= 2 * needed or abs(mental) > 4 * LOG_GRID, "a bound that is far above spares nobody"


def test_a_crisis_begins_whenever_its_draw_is_below_its_chance(seed):
    p, rng = numbers(health_crisis_entry=0.001), np.random.default_rng(seed)
    ends = [(SICKEST, SLOWEST), (-SICKEST, -SLOWEST), (0, 0), (-1, 0)]
    for permanent, slow in [*ends, *rng.integers(-SLOWEST, SLOWEST, (N, 2))]:
        chance = HEALTH.crisis_probability(permanent + slow, p)
        for v, after in ((chance * (1 - 1e-9), 1), (chance, 0)):
            who = someone(permanent=permanent, slow=slow)
            HEALTH.crisis(who, drawing({CRISIS: v}), 0, p)
            assert who.crisis == after


def test_nobody_leaves_a_clinic_with_a_higher_chance_than_the_bound(seed):
    p, rng = numbers(), np.random.default_rng(seed)
    for trust in (0, FRACTION_GRID, *rng.integers(FRACTION_GRID, size=N)):
        who = someone(trust=trust, status=int(rng.choice([ENROLLED, OFF_COVER])))
        here = an_area(rated_behind=float(rng.choice([-0.5, 0.0, 0.5])))
        clinic = a_clinic(leavers=float(rng.choice([-0.01, 0.0, 0.05])))
        assert ACCESS.chance_to_leave(who, here, clinic, p) <= max(
            ACCESS.highest_chance_to_leave(who, here, clinic, p), 0.0
        )
    usual = ACCESS.highest_chance_to_leave(someone(), an_area(rated_behind=0), a_clinic(leavers=0), p)
    assert usual < 0.01, "a bound near 1 would spare nobody the exponential"


@pytest.mark.parametrize(("v", "wary"), [(0.0999, 1), (0.1, 0)])
def test_who_may_meet_unfair_care(v, wary):
    """Without clinicians of the member's own group a visit is felt as unfair up to the chance of the group."""
    p = numbers(equity_discrimination=0.1, equity_concordance=0, equity_concordance_reach=0.5, equity_wary_step=1)
    who, t = someone(race=BLACK), a_month()
    t.served[PRIMARY] = 1
    rules_of(discrimination).meet_unfair_care(who, t, an_area(concordance=0), drawing({UNFAIR: v}), 0, p)
    assert (who.wary > 0) == wary


def test_rows_are_listed_from_the_front_and_people_who_are_away_from_behind():
    members = np.zeros(9, MEMBER).view(np.recarray)
    members["status"] = [ENROLLED, AWAY, VACANT, OFF_COVER, AWAY, ENROLLED, VACANT, AWAY, ENROLLED]
    members["key"] = np.arange(100, 109)
    rows, keys = np.full(BLOCK, -1), np.zeros(BLOCK, np.uint64)
    areas, clinics = (np.array([one]).view(np.recarray) for one in (an_area(), a_clinic()))
    n, n_away, ahead = rules_of(month).list_rows(members, 0, 9, rows, keys, areas, clinics)
    assert (n, n_away, ahead) == (4, 3, 9)
    assert rows[:4].tolist() == [0, 3, 5, 8]
    assert rows[-3:].tolist() == [7, 4, 1]
    assert keys[:4].tolist() == [100, 103, 105, 108]
    assert keys[-3:].tolist() == [107, 104, 101]


@pytest.mark.parametrize("status", [ENROLLED, AWAY])
def test_a_block_takes_no_more_than_it_holds(status):
    members = np.zeros(BLOCK + 2, MEMBER).view(np.recarray)
    members["status"], members["key"] = status, np.arange(BLOCK + 2)
    rows, keys = np.full(BLOCK, -1), np.zeros(BLOCK, np.uint64)
    areas, clinics = (np.array([one]).view(np.recarray) for one in (an_area(), a_clinic()))
    n, n_away, ahead = rules_of(month).list_rows(members, 0, BLOCK + 2, rows, keys, areas, clinics)
    assert (n + n_away, ahead) == (BLOCK, BLOCK)
    assert sorted(rows) == sorted(keys) == list(range(BLOCK))
