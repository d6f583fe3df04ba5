"""The locks pin every package by hash, and name no place to fetch them from."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==\S+", re.MULTILINE)


def test_there_are_locks():
    assert {"requirements.lock", "requirements-build.lock", "requirements-dev.lock"} == {lock.name for lock in LOCKS}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_by_hash(lock):
    entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    loose = [entry.splitlines()[0] for entry in entries if not PIN.match(entry) or "--hash=sha256:" not in entry]
    assert not loose


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_names_a_host(lock):
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)", text, re.MULTILINE)


def test_the_build_tools_are_the_same_in_both_locks():
    pins = [set(re.findall(PIN.pattern.replace("(?P<name>", "(?:"), lock.read_text(), re.MULTILINE)) for lock in LOCKS]
    everything = set().union(*pins)
    versions: dict[str, set[str]] = {}
    for pin in everything:
        name, version = pin.split("==")
        if name in {"setuptools", "wheel"}:
            versions.setdefault(name, set()).add(version)
    assert all(len(found) == 1 for found in versions.values()), versions
