"""Does `ccosim run` run, name its folder last, and compute nothing twice?"""

from types import SimpleNamespace

import pytest
from rich.console import Console

from experiments.cli import BAD_INPUT, DONE, main
from experiments.verbs import sweep as verb
from experiments.verbs.sweep import _announce, _ended
from sim.scenario import Scenario

SMALL = ["population=classroom", "months=2", "warm_up=1", "seeds=1", "threads=1"]


def test_a_run_ends_with_its_study_folder_and_is_found_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run", *SMALL]) == DONE
    folder = capsys.readouterr().out.splitlines()[-1]
    assert folder.startswith("results/run-")
    files = {path.relative_to(tmp_path): path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")}
    assert files
    assert main(["run", *SMALL]) == DONE
    assert capsys.readouterr().out.splitlines()[-1] == folder
    assert {path.relative_to(tmp_path): path.stat().st_mtime_ns for path in tmp_path.rglob("*.parquet")} == files

    assert main(["status"]) == DONE
    assert "done" in capsys.readouterr().out
    assert main(["status", folder.removeprefix("results/")]) == DONE
    assert capsys.readouterr().out.splitlines()[-1] == folder


def test_a_results_folder_that_cannot_be_written(tmp_path, capsys):
    blocked = tmp_path / "file"
    blocked.write_text("here", encoding="utf-8")
    assert main(["run", *SMALL, f"results_root={blocked}"]) == BAD_INPUT
    error = capsys.readouterr().err
    assert str(blocked) in error
    assert "Traceback" not in error


@pytest.mark.quick
@pytest.mark.parametrize(
    ("levers", "told"),
    [("{}", True), ("{payment.start: [0, 1]}", False), ("{parameters.payment.growth_cap: [0.03, 0.04]}", True)],
)
def test_a_sweep_says_what_does_nothing(levers, told):
    scenario = Scenario.compose([*SMALL, "providers.without=[selection]", f"levers={levers}"])
    said = Console(record=True, width=200)
    _announce(said, SimpleNamespace(path="results/x"), scenario, 1)
    assert ("Note: providers.without: " in said.export_text()) == told


@pytest.mark.quick
@pytest.mark.parametrize(
    ("words", "draws", "over"),
    [
        ((), 1, "seeds"),
        (("levers={parameters.payment.growth_cap: [0.03, 0.04]}",), 2, "seeds"),  # two points, nothing drawn
        (("uncertainties=[upstream.help_wanted]",), 25, "draws"),
        (("levers={parameters.payment.growth_cap: [0.03, 0.04]}", "uncertainties=[upstream.help_wanted]"), 50, "draws"),
        (("uncertainties=[upstream.help_wanted]", "design.kind=morris"), 20, "points"),
    ],
)
def test_a_sweep_says_what_its_intervals_are_over(words, draws, over, tmp_path, monkeypatch):
    """``draws`` of the manifest are those of all points together."""
    said = []
    for name in ("print_table", "print_points"):
        monkeypatch.setattr(verb, name, lambda *_, **known: said.append(known["over"]))
    monkeypatch.setattr(verb, "shown_once", lambda summary, *_: (summary, []))
    study = SimpleNamespace(path=tmp_path, manifest={"draws": draws}, summary=lambda finished: None, is_done=False)
    _ended(study, Scenario.compose([*SMALL, *words]), 0)
    assert said == [over]


@pytest.mark.quick
def test_arms_are_for_compare(capsys):
    assert main(["run", "experiment=payment_by_upstream"]) == BAD_INPUT
    assert "use `ccosim compare`" in capsys.readouterr().err
