"""Every planted bug can still be planted, and today's six are noticed by the tests that ought to."""

import datetime
import subprocess
import sys

import pytest

from tests.planted import catalog
from tests.planted.catalog import CATALOG, CONTROLS
from tests.planted.marks import is_quick, is_run_by_default, marks_in
from tests.planted.runner import ROOT, misplaced


@pytest.mark.quick
def test_every_bug_can_still_be_planted():
    assert [why for bug in (*CATALOG, *CONTROLS) if (why := misplaced(bug))] == []


@pytest.mark.quick
def test_every_bug_changes_something_and_names_tests_that_exist():
    names = [bug.name for bug in (*CATALOG, *CONTROLS)]
    assert len(set(names)) == len(names)
    files = [
        path.stem for path in (ROOT / "tests/planted/catalog").glob("*.py") if "\nBUGS = " in path.read_text("utf-8")
    ]
    assert len(CATALOG) == sum(len(vars(catalog)[name].BUGS) for name in files) >= 60
    for bug in CATALOG:
        assert bug.breaks, bug.name
        assert all(old != new for old, new in bug.changes), bug.name
        assert bug.tests, bug.name
        for test in bug.tests:
            file, _, name = test.partition("::")
            text = (ROOT / file).read_text(encoding="utf-8")
            assert f"def {name.partition('[')[0]}(" in text or not name, f"{bug.name}: no {test}"


@pytest.mark.quick
def test_every_bug_is_noticed_by_a_test_of_the_default_run():
    assert [bug.name for bug in CATALOG if not any(map(is_run_by_default, bug.tests))] == []


@pytest.mark.quick
def test_quick_tests_notice_half_of_the_bugs():
    noticed = [bug.name for bug in CATALOG if any(map(is_quick, bug.tests))]
    assert len(noticed) >= len(CATALOG) / 2


@pytest.mark.quick
def test_marks_are_those_of_the_test_and_not_of_some_of_its_parameters():
    some = '@pytest.mark.parametrize("n", [1, pytest.param(9, marks=pytest.mark.slow)])\ndef test_some(n): pass\n'
    all_of_it = "@pytest.mark.slow\ndef test_all(): pass\n"
    assert marks_in(some + all_of_it) == {"test_some": {"parametrize"}, "test_all": {"slow"}}
    assert marks_in("pytestmark = pytest.mark.slow\ndef test_here(): pass\n") == {"test_here": {"slow"}}


def test_six_of_them_are_noticed(seed):
    """Others every day (and for every ``--seed``); the whole catalog is ``make planted``."""
    number = datetime.date.today().toordinal() + seed
    command = [sys.executable, "-m", "tests.planted.runner", "--six", str(number)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"--six {number}:\n{done.stdout}{done.stderr}"
