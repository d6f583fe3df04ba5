"""Does another process give the same answer: another hash seed, the compiler off?"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def answers(**environment):
    """What a fresh process prints of each world: living members, digest of the run, digest of the members."""
    command = [sys.executable, "-m", "tests.support.fingerprint"]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name: said for name, *said in map(str.split, done.stdout.splitlines())}


@pytest.fixture(scope="module")
def usual():
    return answers(PYTHONHASHSEED="0")


@pytest.fixture(scope="module")
def with_another_hash_seed():
    return answers(PYTHONHASHSEED="1")


@pytest.fixture(scope="module")
def with_the_compiler_off():
    return answers(NUMBA_DISABLE_JIT="1")


def test_there_are_200_members(usual):
    assert 200 <= int(usual["usual"][0]) <= 400  # with people off cover


def test_another_hash_seed_gives_the_same(usual, with_another_hash_seed):
    assert with_another_hash_seed["usual"] == usual["usual"]


def test_the_compiler_off_gives_the_same(usual, with_the_compiler_off):
    assert with_the_compiler_off["usual"] == usual["usual"]


def test_planted_the_hash_of_a_name_is_found(usual, with_another_hash_seed):
    assert with_another_hash_seed["hash"][1:] != usual["hash"][1:]


def test_planted_a_difference_of_the_interpreter_is_found(usual, with_the_compiler_off):
    assert with_the_compiler_off["rounding"][1:] != usual["rounding"][1:]
