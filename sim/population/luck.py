"""Keyed draws for many members at once, and the list of what they decide at the start.

A draw depends on (seed, key, decision) alone, not on the rest of the population. Draws come in quads that share one
Philox call, so ``Luck`` keeps the last quad, and decisions are numbered in the order of use.
"""

from enum import IntEnum, auto
from typing import Any

import numpy as np
from scipy.special import ndtri

from sim.engine.arrays import Flags, Floats, Keys
from sim.engine.compile import JIT, compiled
from sim.engine.decisions import QUAD, decision, next_quad
from sim.engine.draws import MASK, MONTH_BITS, SCALE, SEED_BITS, SHIFT, philox, uniforms
from sim.schema import CONDITIONS, NEEDS

BUILD_MONTH = -1
FIRST = 4096
MIDDLE = 0.5  # a word stands for the middle of its interval: never 0 or 1


class Decision(IntEnum):
    """What a draw decides. The numbers are FIRST + 0, 1, 2, ...; those of conditions and needs follow below."""

    AGE = FIRST
    IN_CCO = auto()
    DUAL = auto()
    THIRD_PARTY = auto()
    MONTHS_COVERED = auto()
    MONTHS_OFF = auto()
    PERMANENT = auto()
    SLOW = auto()
    MENTAL = auto()
    CRISIS = auto()
    ED_FRAILTY = auto()
    FREQUENT = auto()
    HIGH_NEED = auto()
    HOMELESS_TYPE = auto()
    ATTACHED = auto()
    SINCE_PRIMARY = auto()
    SINCE_DENTAL = auto()
    TRUST = auto()
    IMMUNIZED = auto()
    PREGNANT = auto()
    PREGNANT_MONTH = auto()
    POSTPARTUM = auto()
    POSTPARTUM_MONTH = auto()
    SEX = auto()
    # Keyed by household.
    RURALITY = auto()
    RENEWAL = auto()
    CLINIC = auto()
    NEED_FRAILTY = auto()
    # Keyed by area or clinic.
    SAMPLE_START = auto()
    OFF_COVER_START = auto()
    NEWCOMERS = auto()
    CLINIC_SIZE = auto()
    # Of a newcomer, and for sorting households.
    CELL = auto()
    HOUSEHOLD_ORDER = auto()
    CARE_SEEKING = auto()
    CLINIC_TIER = auto()


for _one in Decision:
    decision(f"population: {_one.name}", _one)
PRESENT = decision("population: each condition present", next_quad(max(Decision)), len(CONDITIONS))
DIAGNOSED = decision("population: each condition diagnosed", next_quad(PRESENT + len(CONDITIONS)), len(CONDITIONS))
CONTROLLED = decision("population: each condition controlled", next_quad(DIAGNOSED + len(CONDITIONS)), len(CONDITIONS))
PRONE = decision("population: prone to each need", next_quad(CONTROLLED + len(CONDITIONS)), len(NEEDS))
NEED = decision("population: each need present", next_quad(PRONE + len(NEEDS)), len(NEEDS))
SMOKES = decision("population: smokes", next_quad(NEED + len(NEEDS)))
ENTRANTS = decision("population: entrants of an event, by area", next_quad(SMOKES))


@compiled
def _fill_quad(lanes: Floats, keys: Keys, seed: np.uint64, month: np.uint64, quad: np.uint64) -> None:
    k0 = seed & MASK
    k1 = seed >> SHIFT
    for j in range(len(keys)):
        w0, w1, w2, w3 = philox(keys[j] & MASK, keys[j] >> SHIFT, month, quad, k0, k1)
        lanes[0, j] = (np.float64(np.int64(w0)) + MIDDLE) * SCALE
        lanes[1, j] = (np.float64(np.int64(w1)) + MIDDLE) * SCALE
        lanes[2, j] = (np.float64(np.int64(w2)) + MIDDLE) * SCALE
        lanes[3, j] = (np.float64(np.int64(w3)) + MIDDLE) * SCALE


class Luck:
    """The draws of one seed for an array of keys (of members, households, areas or clinics)."""

    def __init__(self, seed: int, keys: Keys, month: int = BUILD_MONTH) -> None:
        self.seed = seed
        self.keys = np.ascontiguousarray(keys, dtype=np.uint64)
        self.month = month
        self._quad = -1
        self._lanes: Floats = np.empty((QUAD, 0))

    def uniform(self, decision: int) -> Floats:
        """Uniform numbers in (0, 1), one per key; the same as ``engine.draws.uniforms``."""
        if not JIT:
            return uniforms(self.seed, self.keys, self.month, int(decision))
        quad, lane = divmod(int(decision), QUAD)
        if quad != self._quad:
            self._lanes = np.empty((QUAD, len(self.keys)))
            seed, month = np.uint64(self.seed & SEED_BITS), np.uint64(self.month & MONTH_BITS)
            _fill_quad(self._lanes, self.keys, seed, month, np.uint64(quad))
            self._quad = quad
        return np.asarray(self._lanes[lane])

    def normal(self, decision: int) -> Floats:
        """Standard normal numbers, one per key."""
        return np.asarray(ndtri(self.uniform(decision)))

    def happens(self, decision: int, probability: Any) -> Flags:
        """Whether something with this probability happens to each key."""
        return np.asarray(self.uniform(decision) < probability)
