"""Are draws uniform, and uncorrelated between decisions, months, members and seeds?

Each check looks at the largest of many correlations of n pairs; under independence each is close to normal with
standard deviation 1 / sqrt(n). Limit 5.5: a family of 3,000 raises a false alarm once in 9,000 fresh seeds; a true
correlation of 0.04 is found with more than 99% power at n = 65,536.
"""

import numpy as np
import pytest

from sim.engine.draws import child_keys, uniforms
from sim.member.decisions import DRAWN_FOR_ALL

N = 65_536
LIMIT = 5.5
MONTHS = 36
KEYS = np.arange(1, N + 1, dtype=np.uint64)  # the hardest ones: they differ in their last bits only
EVERY_DECISION = [*DRAWN_FOR_ALL, 1024, 2048, 4096]


def largest_score(columns):
    """The largest standardized correlation between any two columns."""
    table = np.stack(columns)
    table = (table - table.mean(axis=1, keepdims=True)) / table.std(axis=1, keepdims=True)
    scores = table @ table.T / np.sqrt(table.shape[1])
    return np.abs(scores[np.triu_indices(len(table), 1)]).max()


def by_decision(seed):
    return [uniforms(seed, KEYS, 5, decision) for decision in EVERY_DECISION]


def test_between_decisions(seed):
    assert largest_score(by_decision(seed)) < LIMIT


def test_between_months(seed):
    assert largest_score([uniforms(seed, KEYS, month, 3) for month in range(-12, MONTHS)]) < LIMIT


def test_between_seeds(seed):
    assert largest_score([uniforms(seed + other, KEYS, 5, 3) for other in range(MONTHS)]) < LIMIT


@pytest.mark.parametrize("lag", [1, 2, 3, 4, 8, 64, 256, 4096])
def test_between_neighbors(seed, lag):
    drawn = uniforms(seed, KEYS, 5, 3)
    assert largest_score([drawn[:-lag], drawn[lag:]]) < LIMIT


def test_between_mother_and_child(seed):
    children = child_keys(KEYS, 0xB1)
    assert (
        largest_score([uniforms(seed, keys, 5, decision) for keys in (KEYS, children) for decision in range(8)]) < LIMIT
    )
    assert len(np.intersect1d(KEYS, children)) == 0
    assert len(np.unique(children)) == N


@pytest.mark.parametrize("decision", [0, 1, 2, 3, 51, 64, 1024, 4096])
def test_uniform(seed, decision):
    """Chi-square over 256 classes: mean 255, standard deviation 22.6."""
    seen = np.bincount((uniforms(seed, KEYS, 5, decision) * 256).astype(int), minlength=256)
    chi_square = ((seen - N / 256) ** 2 / (N / 256)).sum()
    assert abs(chi_square - 255) < 6 * np.sqrt(2 * 255)


def test_planted_a_draw_used_twice_is_found(seed):
    drawn = by_decision(seed)
    assert largest_score([*drawn, drawn[17]]) > LIMIT


def test_planted_a_tenth_of_a_draw_in_another_is_found(seed):
    drawn = by_decision(seed)
    assert largest_score([*drawn[1:], 0.9 * drawn[0] + 0.1 * drawn[1]]) > LIMIT


def test_planted_a_generator_without_mixing_is_found(seed):
    """Weyl steps: uniform, and each neighbor tells of the next."""
    weyl = (KEYS * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(11)).astype(float) * 2.0**-53
    assert largest_score([weyl[:-1], weyl[1:]]) > LIMIT
