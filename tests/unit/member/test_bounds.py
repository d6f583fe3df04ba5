"""What is skipped for most members is what cannot happen to them: each bound holds, and spares what it is there for."""

import numpy as np
import pytest

from sim.member import mortality
from sim.member.decisions import CONDITION
from sim.member.enrollment import OLDEST
from sim.member.month import find_lowest, find_small
from sim.schema import AWAY, CONDITIONS, ENROLLED, FRACTION_GRID, HOMELESSNESS, OFF_COVER
from tests.support.by_hand import numbers, rules_of, someone

pytestmark = pytest.mark.quick
RULES = rules_of(mortality)
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
