"""Folders of associations, portfolios and contrasts: named after all that changes the table, never another's."""

import pytest

import sim.engine.compile as compiler
from experiments.cli import BAD_INPUT, DONE, main
from experiments.output.table_study import Made, digest_of, run_table_study
from experiments.verbs import associations, contrast, portfolios
from sim.scenario import Scenario
from sim.study import load_study

SMALL = ("population=classroom", "months=24", "seeds=1")


@pytest.fixture
def made(monkeypatch):
    """Count what is made, and make it at once: a table of one row."""
    times = []

    def plain(self=None, *_, **__):
        times.append(1)
        return Made("a table", {"some.csv": b"x\n1\n"})

    for verb in (associations, portfolios, contrast):
        monkeypatch.setattr(verb, "run_table_study", in_place_of(verb.run_table_study, plain))
    return times


def in_place_of(run_table_study, plain):
    return lambda scenario, kind, make, **also: run_table_study(scenario, kind, plain, **also)


def folder_of(capsys, *words):
    assert main(words) == DONE
    return capsys.readouterr().out.splitlines()[-1]


def test_a_folder_is_named_after_all_that_changes_the_table(made, capsys, tmp_path):
    root = f"results_root={tmp_path}"
    names = {
        folder_of(capsys, "portfolios", *SMALL, root, *more)
        for more in (
            [],
            ["candidates=6"],
            ["candidates=6", "rounds=1"],
            ["warm_up=12"],
            ["upstream.packages=[chw,rides]"],
        )
    }
    names.add(folder_of(capsys, "associations", *SMALL, root))
    assert len(names) == 6
    again = folder_of(capsys, "portfolios", *SMALL, root, "threads=2", "candidates=6")
    assert again in names
    assert len(made) == 6  # what is finished is read


def test_other_published_figures_are_another_table():
    scenario = Scenario.compose([*SMALL])
    assert digest_of(scenario, "associations", {"published": [1]}) != digest_of(
        scenario, "associations", {"published": [2]}
    )
    assert digest_of(scenario, "associations", {}) != digest_of(scenario, "portfolios", {})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["associations", *SMALL], "holds portfolios, this is associations"),
        (["contrast", "months=24"], "holds portfolios, this is contrast"),
        (["portfolios", *SMALL, "rounds=1"], "holds another scenario"),
        (["run", *SMALL], "holds portfolios, this is comparison"),
    ],
)
def test_a_folder_of_another_kind_is_refused_in_one_message(made, capsys, tmp_path, words, says):
    named = (f"results_root={tmp_path}", "study=mine")
    folder_of(capsys, "portfolios", *SMALL, *named)
    before = {path: path.read_bytes() for path in (tmp_path / "mine").iterdir() if path.is_file()}
    assert main([*words, *named]) == BAD_INPUT
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert says in told[1]
    assert {path: path.read_bytes() for path in (tmp_path / "mine").iterdir() if path.is_file()} == before


def test_other_verbs_know_that_it_keeps_no_runs(made, capsys, tmp_path):
    named = (f"results_root={tmp_path}", "study=mine")
    folder_of(capsys, "associations", *SMALL, *named)
    assert main(["status", "mine", named[0]]) == DONE
    assert "done" in capsys.readouterr().out
    for verb in ("report", "reproduce", "sensitivity"):
        assert main([verb, "mine", named[0]]) == BAD_INPUT
        assert "holds no runs but associations" in capsys.readouterr().err


def test_what_failed_can_be_made_again(made, capsys, tmp_path, monkeypatch):
    named = (f"results_root={tmp_path}", "study=mine")

    def broken(*_, **__):
        raise RuntimeError("planted")

    with monkeypatch.context() as patch:
        patch.setattr(associations, "one_seed", broken)
        patch.setattr(associations, "run_table_study", run_table_study)
        with pytest.raises(RuntimeError, match="planted"):
            main(["associations", *SMALL, *named])
    assert load_study(tmp_path / "mine").status == "failed"
    folder_of(capsys, "associations", *SMALL, *named)
    assert load_study(tmp_path / "mine").is_done


@pytest.mark.parametrize("verb", ["portfolios", "associations"])
def test_a_verb_that_must_compile_says_so(made, verb, capsys, tmp_path, monkeypatch):
    monkeypatch.setattr(compiler, "compile_message", lambda: "Compiling, at every start: set CCOSIM_CACHE")
    words = (verb, *SMALL, f"results_root={tmp_path}")
    assert main(words) == DONE
    assert "Compiling, at every start: set CCOSIM_CACHE" in capsys.readouterr().err
    assert main(words) == DONE
    assert "Compiling" not in capsys.readouterr().err  # it was finished before
