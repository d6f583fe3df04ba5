"""Does another process give the same answer: another hash seed, the compiler off?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def answer(months, *planted, **environment):
    """What a fresh process prints: living members, digest of the run, digest of the members."""
    command = [sys.executable, "-m", "tests.support.fingerprint", str(months), *planted]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def usual():
    """Four months of 200 members under everything at once: a review by boards in the first and in the last."""
    return answer(4, PYTHONHASHSEED="0")


def test_there_are_200_members(usual):
    assert 200 <= int(usual[0]) <= 400  # with people off cover


def test_another_hash_seed_gives_the_same(usual):
    assert answer(4, PYTHONHASHSEED="1") == usual


def test_the_compiler_off_gives_the_same(usual):
    assert answer(4, NUMBA_DISABLE_JIT="1") == usual


def test_planted_the_hash_of_a_name_is_found():
    assert answer(1, "hash", PYTHONHASHSEED="0")[1:] != answer(1, "hash", PYTHONHASHSEED="1")[1:]


def test_planted_a_difference_of_the_interpreter_is_found():
    assert answer(1, "rounding", NUMBA_DISABLE_JIT="1")[1:] != answer(1, "rounding")[1:]
