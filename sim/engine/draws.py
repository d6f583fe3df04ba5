"""Random numbers that depend only on (seed, key, month, decision): Philox4x32-10, counter-based.

One Philox call gives four 32-bit words, so decisions come in quads: counter = (key low, key high, month,
decision // 4), lane = decision % 4, Philox key = seed. A word w becomes the uniform (w + 1/2) / 2**32, never 0 or 1.
Everything is computed in uint64 masked to 32 bits: the same code runs compiled, interpreted, and on whole arrays.

Salmon, Moraes, Dror and Shaw (2011), Parallel random numbers: as easy as 1, 2, 3. https://doi.org/10.1145/2063384.2063405
"""

import operator
from statistics import NormalDist
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload
from numpy.typing import ArrayLike, NDArray

from sim.engine.arrays import Floats, Keys
from sim.engine.compile import JIT, compiled, compiled_loop, compiled_sharing

MASK = np.uint64(0xFFFFFFFF)
SHIFT = np.uint64(32)
MULTIPLIER_0 = np.uint64(0xD2511F53)
MULTIPLIER_1 = np.uint64(0xCD9E8D57)
WEYL_0 = np.uint64(0x9E3779B9)
WEYL_1 = np.uint64(0xBB67AE85)
SCALE = 1.0 / 4294967296.0
HALF = np.int64(2147483648)
SIGNED_HALF = 2147483648.5
ROUNDS = 10
SEED_BITS, MONTH_BITS = 2**64 - 1, 2**32 - 1


@compiled
def _round(c0, c1, c2, c3, k0, k1):
    p0 = MULTIPLIER_0 * (c0 & MASK)
    p1 = MULTIPLIER_1 * (c2 & MASK)
    return (p1 >> SHIFT) ^ c1 ^ k0, p1 & MASK, (p0 >> SHIFT) ^ c3 ^ k1, p0 & MASK


@compiled
def philox(c0, c1, c2, c3, k0, k1):
    """Four random words (uint64 below 2**32) for a counter (c0..c3) and a key (k0, k1)."""
    for _ in range(ROUNDS):
        c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
        k0 = (k0 + WEYL_0) & MASK
        k1 = (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


@compiled
def _uniform(word):
    """The uniform of a word, through a signed 32-bit integer: that converts to float64 in one instruction."""
    return (np.float64(np.int32(np.int64(word) - HALF)) + SIGNED_HALF) * SCALE


@compiled_loop("void(f8[:,::1], i8[::1], u8[::1], i8, i8, u8)")
def fill_block(u, quads, keys, n, month, seed):
    """Fill the draws ``u[decision, j]`` of these quads of decisions for the first ``n`` members of ``keys``.

    The ten rounds stand inside the loop over members, written out here and not as a call of ``philox``: so the compiler
    unrolls them, keeps words in registers and takes several members at a time. A call would be several times slower.
    """
    t = np.uint64(month)
    for i in range(len(quads)):
        first = 4 * quads[i]
        q = np.uint64(quads[i])
        row0, row1, row2, row3 = u[first], u[first + 1], u[first + 2], u[first + 3]
        for j in range(n):
            w0, w1, w2, w3 = keys[j] & MASK, keys[j] >> SHIFT, t, q
            k0, k1 = seed & MASK, seed >> SHIFT
            for _ in range(ROUNDS):
                w0, w1, w2, w3 = _round(w0, w1, w2, w3, k0, k1)
                k0 = (k0 + WEYL_0) & MASK
                k1 = (k1 + WEYL_1) & MASK
            row0[j] = _uniform(w0)
            row1[j] = _uniform(w1)
            row2[j] = _uniform(w2)
            row3[j] = _uniform(w3)


def room_for_draws(rows: int, columns: int) -> NDArray[Any]:
    """Room for the draws of a block of members: ``rows`` decisions, ``columns`` members.

    A record of one field, not an array: its shape is part of its type, so that a compiled rule takes the block as one
    pointer and finds ``u[decision, j]`` at a fixed place, and nothing is counted.
    """
    room = np.zeros(1, dtype=[("block", np.float64, (rows, columns))])
    room["block"] = np.nan  # a rule that reads a draw that nobody fills is found out
    return room.view(np.recarray)


@compiled_sharing
def _record_of(room):
    return room[0]


def _array_of(room: NDArray[Any]) -> Floats:
    block: Floats = room["block"][0]
    return block


draws_in = _record_of if JIT else _array_of  # what a rule takes as ``u``; interpreted it is the array itself


@overload(operator.getitem)
def _draw_at(u, place):
    """Let compiled rules read ``u[decision, j]`` from the record as from an array (indexes are never negative)."""
    if isinstance(u, types.Record) and isinstance(place, types.BaseTuple) and "block" in u.fields:
        return lambda u, place: u.block[np.uintp(place[0]), np.uintp(place[1])]
    return None


@compiled
def draw(seed, key, month, decision):
    """One uniform for one event: (seed, member key, month, decision)."""
    words = philox(key & MASK, key >> SHIFT, np.uint64(month), np.uint64(decision >> 2), seed & MASK, seed >> SHIFT)
    lane = decision & 3
    word = words[0]
    if lane == 1:
        word = words[1]
    elif lane == 2:
        word = words[2]
    elif lane == 3:
        word = words[3]
    return (np.float64(np.int64(word)) + 0.5) * SCALE


@compiled
def draw_quad(seed, key, month, decision):
    """Return the four uniforms of the quad of decisions that begins with ``decision``, in one call of the generator."""
    month, quad = np.uint64(month), np.uint64(decision >> 2)
    w0, w1, w2, w3 = philox(key & MASK, key >> SHIFT, month, quad, seed & MASK, seed >> SHIFT)
    return _uniform(w0), _uniform(w1), _uniform(w2), _uniform(w3)


def _words(seed: int, keys: ArrayLike, month: int, decision: int) -> tuple[Keys, ...]:
    c0, c1, c2, c3 = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(c, dtype=np.uint64)) for c in _counter(keys, month, decision))
    )
    k0, k1 = np.uint64(seed & 0xFFFFFFFF), np.uint64((seed >> 32) & 0xFFFFFFFF)
    for _ in range(ROUNDS):
        c0, c1, c2, c3 = _round_of_arrays(c0, c1, c2, c3, k0, k1)
        k0, k1 = (k0 + WEYL_0) & MASK, (k1 + WEYL_1) & MASK
    return c0, c1, c2, c3


def _counter(keys: ArrayLike, month: int, decision: int) -> tuple[ArrayLike, ...]:
    k = np.asarray(keys, dtype=np.uint64)
    return k & MASK, k >> SHIFT, month & 0xFFFFFFFF, decision >> 2


_round_of_arrays = getattr(_round, "py_func", _round)  # the same four lines, on whole arrays


def uniforms(seed: int, keys: ArrayLike, month: int, decision: int) -> Floats:
    """Uniform numbers in (0, 1), one per key.

    Parameters
    ----------
    seed : seed of the run (any integer; 64 bits are used).
    keys : keys of members or organizations, uint64, shape (n,).
    month : month of the run; negative months are those before the start.
    decision : number of the decision.

    Returns
    -------
    array of shape (n,): each number depends on its key alone, not on the other keys.
    """
    if JIT:
        own = np.ascontiguousarray(keys, dtype=np.uint64)
        drawn = np.empty(len(own))
        _draw_each(drawn, np.uint64(seed & SEED_BITS), own, month & MONTH_BITS, decision)
        return drawn
    word = _words(seed, keys, month, decision)[decision & 3]
    return (word.astype(np.float64) + 0.5) * SCALE


@compiled
def _draw_each(drawn, seed, keys, month, decision):
    for i in range(drawn.size):
        drawn[i] = draw(seed, keys[i], month, decision)


def child_keys(keys: ArrayLike, salt: int) -> Keys:
    """Keys derived from other keys (a newborn's from the mother's), never 0; ``salt`` distinguishes siblings."""
    w0, w1, _, _ = _words(salt, keys, 0xC0FFEE, 0)
    child = (w0 << SHIFT) | w1
    return np.asarray(np.where(child == 0, np.uint64(1), child), dtype=np.uint64)


ONCE = -1
"""The month of a draw that belongs to none."""


def normals(seed: int, keys: NDArray[np.integer], decision: int) -> Floats:
    """Return one standard normal number for each key, drawn once for a run."""
    return np.array([NormalDist().inv_cdf(u) for u in uniforms(seed, keys, ONCE, decision)])


def lognormals(seed: int, keys: NDArray[np.integer], decision: int, spread: float) -> Floats:
    """Return lognormal numbers with mean 1 and log standard deviation ``spread``, drawn once for a run."""
    return np.asarray(np.exp(spread * normals(seed, keys, decision) - spread**2 / 2))
