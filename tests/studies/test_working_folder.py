"""Where a user stands: files there are never imported by workers, and ``~`` in a path is the home folder."""

import os
from pathlib import Path

import pytest

from experiments.cli import BAD_INPUT, DONE, main
from sim.engine.kept_folder import kept_folder
from sim.paths import PathError, user_path
from sim.runs.clean_start import clean_path
from sim.scenario import Scenario, ScenarioError
from sim.study import load_study
from tests.support.working_folder import ROOT, lay_traps, program, sprung, stub_sweep

NOBODY = "~nobody-of-this-name/x"


@pytest.mark.parametrize(
    ("words", "start"),
    [([], "forkserver"), pytest.param([], "spawn", marks=pytest.mark.slow), (["compute=cluster"], "")],
    ids=["forkserver", "spawn", "cluster"],
)
def test_a_sweep_imports_nothing_from_the_working_folder(words, start, tmp_path):
    if words:
        pytest.importorskip("distributed")
    folder = lay_traps(tmp_path / "here")
    asked = ["quick", "design.draws=4", "compute.workers=1", f"results_root={tmp_path}", "study=demo", *words]
    running = program([stub_sweep(), *asked], folder, CCOSIM_TEST_START=start)
    _, said = running.communicate(timeout=300)
    assert sprung(folder) == []
    assert running.returncode == DONE, said
    assert len(load_study(tmp_path / "demo").totals()) > 0


def test_python_with_m_imports_nothing_from_the_working_folder(tmp_path):
    folder = lay_traps(tmp_path / "here")
    (folder / "experiments.py").unlink()  # Python itself looks there for the package that -m names
    running = program(["-m", "experiments.cli", "describe", "scenario"], folder)
    said, fault = running.communicate(timeout=120)
    assert sprung(folder) == []
    assert running.returncode == DONE, fault
    assert "months" in said


def test_a_checkout_is_a_working_folder_that_counts(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.path", ["", str(tmp_path), str(ROOT), str(tmp_path / "not-there")])
    monkeypatch.chdir(ROOT)
    assert clean_path() == [str(tmp_path), str(ROOT), str(tmp_path / "not-there")]
    monkeypatch.chdir(tmp_path)
    assert clean_path() == [str(ROOT), str(tmp_path / "not-there")]


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    return tmp_path / "home"


def test_the_results_root_may_be_below_the_home_folder(home, capsys):
    assert Scenario.compose(["results_root=~/x"]).results_root == str(home / "x")
    assert Scenario(results_root="~").results_root == str(home)
    (home / "x").mkdir()
    assert main(["status", "results_root=~/x"]) == DONE
    assert f"no studies in {home}/x" in capsys.readouterr().out
    for verb in ("report", "sensitivity", "reproduce", "status"):
        assert main([verb, "~/x/demo", "results_root=~/x"]) == BAD_INPUT
        assert f"no such study in {home}/x" in capsys.readouterr().err
    assert not list(Path.cwd().iterdir())


def test_without_a_variable_the_home_is_the_users(monkeypatch):
    monkeypatch.delenv("HOME")
    assert user_path("~/x").is_absolute()


@pytest.mark.parametrize(
    "verb", ["status", "report", "sensitivity", "reproduce", "run", "sweep", "compare", "validate"]
)
def test_the_home_of_nobody_is_a_message(verb, home, capsys):
    words = ["demo"] if verb in ("report", "sensitivity", "reproduce") else []
    assert main([verb, *words, f"results_root={NOBODY}"]) == BAD_INPUT
    said = capsys.readouterr().err
    assert NOBODY in said
    assert "home folder of a user who is not known" in said
    assert not list(Path.cwd().iterdir())
    with pytest.raises(PathError):
        load_study(NOBODY)
    with pytest.raises(ScenarioError, match="results_root"):
        Scenario.compose([f"results_root={NOBODY}"])


def test_what_is_kept_goes_below_the_home_folder_or_is_not_kept(home, monkeypatch):
    monkeypatch.setenv("CCOSIM_CACHE", "~/c")
    assert kept_folder() == home / "c" / "ccosim"
    monkeypatch.setenv("CCOSIM_CACHE", str(NOBODY))
    assert kept_folder() is None


def test_the_environment_of_a_worker_does_not_stay(tmp_path):
    from sim.runs.clean_start import clean_start

    before = dict(os.environ)
    with clean_start(clean_path):
        assert os.environ["PYTHONSAFEPATH"] == "1"
    assert dict(os.environ) == before
