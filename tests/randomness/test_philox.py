"""Is the generator the published one, in all three of its forms?

Known answers of Philox4x32-10 from the authors' Random123 distribution (kat_vectors): zeros, ones, digits of pi.
"""

import numpy as np
import pytest

from sim.engine.draws import child_keys, draw, fill_block, philox, uniforms
from sim.member.decisions import DRAWN_FOR_ALL, QUADS, ROWS
from sim.member.month import BLOCK

pytestmark = pytest.mark.quick

ONES = 0xFFFFFFFF
KNOWN = {
    "zeros": ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    "ones": ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    "pi": (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
}
WORD = 2.0**-32


def words(*numbers):
    return tuple(np.uint64(number) for number in numbers)


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN.values(), ids=KNOWN)
def test_known_answers_of_the_generator(counter, key, answer):
    assert tuple(int(word) for word in philox(*words(*counter), *words(*key))) == answer


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN.values(), ids=KNOWN)
def test_known_answers_as_uniforms(counter, key, answer):
    """Key of a member = first two words of the counter, month = the third, decision = four times the fourth."""
    seed, member = key[0] | key[1] << 32, counter[0] | counter[1] << 32
    expected = [(word + 0.5) * WORD for word in answer]
    if counter[3] < 2**30:  # else the decision number would not fit
        drawn = [uniforms(seed, [member], counter[2], 4 * counter[3] + lane)[0] for lane in range(4)]
        assert drawn == expected
        compiled = [draw(np.uint64(seed), np.uint64(member), counter[2], 4 * counter[3] + lane) for lane in range(4)]
        assert compiled == expected


@pytest.mark.parametrize("month", [0, 7, -1, -24, 1199])
def test_the_block_of_a_month_holds_the_same_draws(month, seed):
    keys = child_keys(np.arange(BLOCK, dtype=np.uint64), seed)
    block = np.zeros((ROWS, BLOCK + 8))
    fill_block(block, QUADS, keys, BLOCK, month & ONES, np.uint64(seed))
    for decision in DRAWN_FOR_ALL:
        assert np.array_equal(block[decision, :BLOCK], uniforms(seed, keys, month, decision))


def test_uniforms_are_never_0_or_1():
    assert 0.5 * WORD > 0
    assert (ONES + 0.5) * WORD < 1


def test_planted_nine_rounds_are_not_the_generator(monkeypatch):
    import sim.engine.draws as draws

    monkeypatch.setattr(draws, "ROUNDS", 9)  # the form for whole arrays reads it when called
    zeros = [int(word[0]) for word in draws._words(0, 0, 0, 0)]
    assert zeros != list(KNOWN["zeros"][2])
