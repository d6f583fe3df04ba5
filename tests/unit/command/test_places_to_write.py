"""A place that cannot hold the result is refused before the work; an empty value of a flag is none."""

import os

import pytest

import experiments.page.public as public
import experiments.verbs.benchmark as benchmark
from experiments.cli import BAD_INPUT, main
from sim.study.atomic import write_whole


def worked(*_, **__):
    pytest.fail("the work began")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a link, a pipe, a folder and a link to a folder; whoever begins to work fails the test."""
    (tmp_path / "kept.txt").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "kept.txt")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    for module, name in ((public, "write_public"), (benchmark, "run_benchmark")):
        monkeypatch.setattr(module, name, worked)
    return tmp_path


@pytest.mark.parametrize("place", ["link", "pipe", "folder", ".", "/dev/null", "/proc/page.html", "no/page.html"])
def test_a_page_that_cannot_be_written_is_refused_before_the_runs(here, place, capsys):
    assert main(["dashboard", f"--public={place}"]) == BAD_INPUT
    assert place.strip(".") in capsys.readouterr().err
    assert (here / "kept.txt").read_text() == "kept"
    assert sorted(one.name for one in here.iterdir()) == ["folder", "kept.txt", "link", "pipe"]


def test_a_page_goes_into_a_folder_that_is_reached_by_a_link(here, monkeypatch, capsys):
    (here / "other").symlink_to(here / "folder")
    monkeypatch.setattr(public, "write_public", lambda path, say: write_whole(path, b"page") or 4)
    assert main(["dashboard", "--public=other/page.html"]) == 0
    assert (here / "folder" / "page.html").read_bytes() == b"page"


@pytest.mark.parametrize("root", ["kept.txt", "/proc/none"])
def test_a_benchmark_that_cannot_be_kept_does_not_begin(here, root, capsys):
    assert main(["benchmark", f"results_root={root}", "population=classroom"]) == BAD_INPUT
    assert root.strip("/").split("/")[0] in capsys.readouterr().err


def test_no_device_or_pipe_becomes_a_file(here):
    for place in ("pipe", "folder"):
        with pytest.raises(OSError, match="is a link or no plain file"):
            write_whole(here / place, b"x")


@pytest.mark.parametrize("flag", ["--public=", "--study=", "--port= "])
def test_an_empty_value_of_a_flag_is_refused(flag, capsys):
    assert main(["dashboard", flag]) == BAD_INPUT
    assert flag.partition("=")[0] in capsys.readouterr().err
