"""Do arms that branch from one warm-up, in memory or from a file, live as if each had lived through it itself?"""

import subprocess
import sys

import numpy as np
import pytest

from sim import HealthSystem, begin, load_start, save_start
from sim.study import StudyError
from tests.support.worlds import EVERYTHING, TINY, scenario

SIZE = (*TINY, "months=3", "warm_up=4")
USUAL, REFORM = scenario(size=SIZE), scenario(*EVERYTHING, size=SIZE)

WORDS = [word for word in (*TINY, "arms.a=[]", "arms.b=[payment=global_budget]") if not word.startswith("months")]
WORDS += ["months=3"]


@pytest.fixture(scope="module")
def start():
    return begin(USUAL, 1)


@pytest.fixture
def file(start, tmp_path):
    return save_start(start, tmp_path / "start.npz")


def test_a_start_serves_any_number_of_arms(start):
    alone = [HealthSystem(arm, 1).run() for arm in (USUAL, REFORM)]
    assert [HealthSystem(arm, 1, population=start).run() for arm in (USUAL, REFORM, USUAL)] == [*alone, alone[0]]


def test_a_start_is_not_what_restore_takes(start):
    model = HealthSystem(USUAL, 1, population=start)
    with pytest.raises(TypeError, match=r"HealthSystem\(scenario, seed, population=start\) begins from it"):
        model.restore(start)


def test_a_snapshot_stays_as_it_was(start):
    model = HealthSystem(USUAL, 1, population=start)
    kept = model.snapshot()
    usual = model.run()
    assert HealthSystem(USUAL, 1, population=kept).run() == usual


def test_a_start_from_a_file_is_the_same(start, file):
    found = load_start(str(file), REFORM, np.int64(1))
    assert HealthSystem(REFORM, 1, population=found).run() == HealthSystem(REFORM, 1, population=start).run()
    assert found.month == start.month == 0
    assert repr(found) == repr(start)


def test_a_start_of_another_seed_is_refused(file):
    with pytest.raises(StudyError, match=r"start\.npz: holds a start of seed 1, not of seed 0"):
        load_start(file, USUAL)


@pytest.mark.parametrize("other", ["warm_up=5", "capacity=unlimited", "parameters.needs.food_onset=0.02"])
def test_a_start_of_another_scenario_is_refused(other, file):
    with pytest.raises(StudyError, match=r"start\.npz: holds a start with another population"):
        load_start(file, scenario(other, size=SIZE), 1)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"nothing", b"\x93NUMPY\x01\x00"])
def test_what_is_no_start_is_refused(content, tmp_path):
    (tmp_path / "odd.npz").write_bytes(content)
    with pytest.raises(StudyError, match=r"odd\.npz: holds no start that can be read"):
        load_start(tmp_path / "odd.npz", USUAL)


def test_a_missing_or_changed_file_is_refused(file, tmp_path):
    with pytest.raises(StudyError, match=r"none\.npz: no such file"):
        load_start(tmp_path / "none.npz", USUAL)
    with np.load(file) as kept:
        arrays = {name: kept[name] for name in kept.files}
    arrays["clinics"][0] += 1
    np.savez(file, **arrays)
    with pytest.raises(StudyError, match=r"start\.npz: is damaged, its checksum differs"):
        load_start(file, USUAL, 1)


NOTEBOOK_WITHOUT_WIDGETS = """
import sys, types
for name in ("IPython", "ipykernel.zmqshell"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["IPython"].get_ipython = lambda: None
from sim import HealthSystem
"""


def test_a_notebook_without_widgets_does_not_hear_of_them():
    done = subprocess.run([sys.executable, "-c", NOTEBOOK_WITHOUT_WIDGETS], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_a_notebook_shows_no_warnings():
    code = (
        "from sim import Scenario, compare, simulate; "
        f"c = compare(Scenario.compose({WORDS!r})); "
        "c.table(); c.frame(); c.years(); print(c, c.results['a', 0])"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
