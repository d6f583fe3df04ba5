"""One study from the command's point of view: exit codes, the last line, going on, nothing twice."""

import gc
import re
from functools import partial
from pathlib import Path

import pytest

import experiments.output.session as session
from experiments import cli
from experiments.terminal.process import Interrupted
from sim.engine.compile import COMPILED_LAST
from sim.runs.comparison import compare
from sim.study import StudyError, load_study
from tests.support.synthetic_runs import FakeScenario, FakeSystem


class InterruptedOnce(FakeSystem):
    """Stops from its third run on, as if somebody had pressed Ctrl-C."""

    def run(self, progress=None):
        if len(FakeSystem.made) >= 3:
            raise KeyboardInterrupt
        return super().run(progress)


@pytest.fixture
def scenario(tmp_path):
    FakeSystem.made.clear()
    arms = {name: [] for name in ("fee_for_service", "global_budget")}
    return FakeScenario(arms=arms, months=2, seed_list=(0, 1), threads=1, results_root=str(tmp_path))


@pytest.fixture
def build(monkeypatch):
    """Choose what stands in for the model, and spare the time that real figures take."""

    def choose(system):
        stand_in = partial(compare, build=system, populations=lambda scenario, seed: seed)
        monkeypatch.setattr(session, "compare", stand_in)
        monkeypatch.setattr(session, "check_inputs", lambda _: None)  # there are no files behind the stand-in
        monkeypatch.setattr(session, "notes_of", lambda _: ())
        monkeypatch.setattr("experiments.figures.draw_figures", lambda *_: {"paths.png": b"a picture"})

    choose(FakeSystem)
    return choose


def test_a_study_ends_with_its_folder(scenario, build, capsys):
    assert session.run_study(scenario) == 0
    out, err = capsys.readouterr()
    path = Path(out.splitlines()[-1])
    assert path == Path(scenario.results_root) / "demo"
    assert "4 of 4 runs done" in err
    assert "Emergency visits" in out
    study = load_study(path)
    assert study.is_done
    assert study.manifest["member_months"] == sum(study.run(a, s).member_months for a in scenario.arms for s in (0, 1))
    phases = [study.manifest[f"seconds_{phase}"] for phase in ("import", "compile", "population", "months")]
    assert study.manifest["seconds"] == pytest.approx(sum(phases), abs=0.01)
    assert (path / "figures" / "paths.png").read_bytes() == b"a picture"


def test_the_files_are_complete_before_anything_is_printed(scenario, build, capsys, monkeypatch):
    def shown(*_, **__):
        raise ArithmeticError("a fault in printing")

    monkeypatch.setattr(session, "print_table", shown)
    with pytest.raises(ArithmeticError):
        session.run_study(scenario)
    assert capsys.readouterr().out == ""
    study = load_study(Path(scenario.results_root) / "demo")
    assert study.is_done
    assert len(study.summary())


@pytest.mark.parametrize("cold", [True, False])
def test_whoever_waits_for_the_compiler_is_told(cold, scenario, build, capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("sim.engine.compile.cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr("sim.engine.compile.JIT", True)
    if not cold:
        compiled = tmp_path / "cache" / "member_0"
        compiled.mkdir(parents=True)
        (compiled / f"month.{COMPILED_LAST}-96.py311.1.nbc").touch()
    session.run_study(scenario)
    out, err = capsys.readouterr()
    assert ("Compiling the member's month for the first time" in err) is cold
    assert "Compiling" not in out


def test_a_finished_study_is_shown_and_not_run(scenario, build, capsys):
    session.run_study(scenario)
    first = capsys.readouterr().out
    FakeSystem.made.clear()
    assert session.run_study(scenario) == 0
    out, err = capsys.readouterr()
    assert FakeSystem.made == []
    assert out == first
    assert "nothing is computed again" in err


def test_an_interruption_before_anything_was_asked_names_no_numbers():
    said = "interrupted before the first run: the same command goes on where it stopped"
    assert str(Interrupted(0, 0, Path())) == said
    assert "with 0 of 4 runs done" in str(Interrupted(0, 4, Path()))


def test_an_interrupted_study_exits_130_and_goes_on(scenario, build, capsys, monkeypatch):
    build(InterruptedOnce)
    monkeypatch.setattr("experiments.verbs.compare.run", lambda words: session.run_study(scenario))
    assert cli.main(["compare"]) == 130
    out, err = capsys.readouterr()
    assert out.splitlines() == [str(Path(scenario.results_root) / "demo")]
    assert err.splitlines()[-1] == (
        "ccosim: interrupted with 2 of 4 runs done: the same command goes on where it stopped"
    )
    assert load_study(out.strip()).status == "interrupted"

    build(FakeSystem)
    FakeSystem.made.clear()
    assert session.run_study(scenario) == 0
    out, err = capsys.readouterr()
    assert "2 of 4 runs were done before" in err
    assert "2 of 2 runs done" in err
    assert len(FakeSystem.made) == 2
    assert load_study(out.splitlines()[-1]).is_done


def test_a_failure_is_written_down_and_shown(scenario, build):
    class Broken(FakeSystem):
        def run(self, progress=None):
            raise ArithmeticError("a cent was lost")

    build(Broken)
    with pytest.raises(ArithmeticError, match="a cent was lost"):
        session.run_study(scenario)
    path = Path(scenario.results_root) / "demo"
    assert load_study(path).status == "failed"
    assert "a cent was lost" in (path / "log.txt").read_text()


def test_a_second_study_freezes_nothing():
    """What a study leaves behind would never be collected."""
    session._import_model()
    frozen = gc.get_freeze_count()
    session._import_model()
    assert gc.get_freeze_count() == frozen
    assert gc.isenabled()


def test_another_scenario_does_not_take_the_folder(scenario, build):
    session.run_study(scenario)
    with pytest.raises(StudyError, match="holds another scenario") as fault:
        session.run_study(scenario.model_copy({"fingerprint": "e" * 64}))
    assert len(fault.value.messages) == 1  # the command line prints it and exits with 2


def test_one_arm_is_a_study_too(scenario, build, capsys):
    assert session.run_study(scenario.model_copy({"arms": {}, "seed_list": (7,)})) == 0
    out, _ = capsys.readouterr()
    assert set(load_study(out.splitlines()[-1]).summary()["contrast"]) == {""}


def test_one_arm_has_no_table_of_who_gains(scenario, build, capsys):
    alone = scenario.model_copy({"arms": {}, "seed_list": (7,)})
    session.run_study(alone)
    first, _ = capsys.readouterr()
    *_, beside, path = first.splitlines()
    assert not (Path(path) / "who_gains.csv").exists()
    assert "Who gains" not in first
    assert beside == "Beside it: each CCO (ccos.csv), quality measures by year (quality.csv)"
    assert session.run_study(alone) == 0
    assert capsys.readouterr().out == first


def test_the_last_lines_name_what_was_written(scenario, build, capsys):
    session.run_study(scenario)
    *_, beside, path = capsys.readouterr().out.splitlines()
    named = re.findall(r"\((\S+)\)", beside)
    assert named == ["who_gains.csv", "ccos.csv", "quality.csv"]
    assert all((Path(path) / name).is_file() for name in named)
