"""Does `ccosim run` run, name its folder last, and compute nothing twice?"""

import pytest

from experiments.cli import BAD_INPUT, DONE, main

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
def test_arms_are_for_compare(capsys):
    assert main(["run", "experiment=payment_by_upstream"]) == BAD_INPUT
    assert "use `ccosim compare`" in capsys.readouterr().err
