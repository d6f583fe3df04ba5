"""Folders in use, what is read again because it changed, and which study a folder is: by hand."""

import os
from types import SimpleNamespace

import pytest

from sim.paths import conf_folder, folder_in_use, is_chosen, shipped_folder
from sim.scenario import composition
from sim.scenario.declared import declared_parameters
from sim.scenario.overrides import options
from sim.study import manifest as manifests
from sim.study.crate import crate
from sim.study.errors import StudyError
from sim.study.manifest import COMPARISON, DONE, FAILED, INTERRUPTED, RUNNING, SWEEP, new_manifest
from sim.study.opening import load_study, open_study

pytestmark = pytest.mark.quick


def test_the_folder_of_a_block_goes_before_that_of_the_process_and_the_last_before_the_first(tmp_path):
    first, last, mine = (tmp_path / name for name in ("first", "last", "mine"))
    assert (conf_folder(), is_chosen()) == (shipped_folder(), False)
    with folder_in_use(first, by_all_threads=True), folder_in_use(last, by_all_threads=True):
        assert (conf_folder(), is_chosen()) == (last, True)
        with folder_in_use(mine):
            assert conf_folder() == mine
        assert conf_folder() == last
    assert (conf_folder(), is_chosen()) == (shipped_folder(), False)


ENTRY = "unit: ratio, low: 0, high: 9, kind: assumption, role: uncertainty, evidence: []"


@pytest.mark.parametrize(
    ("file", "text", "name"),
    [
        ("parameters/needs.yaml", f"one: {{value: VALUE, {ENTRY}}}", "needs.one"),
        ("parameters/own/needs.yaml", f"one: {{value: VALUE, {ENTRY}}}", "needs.one"),
        (
            "packages/chw.yaml",
            "cost: {value: VALUE, unit: USD, low: 0, high: 9, kind: assumption}",
            "packages.chw.cost",
        ),
    ],
)
def test_numbers_of_every_folder_are_read_again_when_their_file_has_changed(file, text, name, tmp_path):
    (tmp_path / "parameters" / "own").mkdir(parents=True)
    (tmp_path / "packages").mkdir()
    (tmp_path / "parameters" / "needs.yaml").write_text(f"one: {{value: 1, {ENTRY}}}\n", encoding="utf-8")
    for value in (2, 3):
        (tmp_path / file).write_text(text.replace("VALUE", str(value)) + "\n", encoding="utf-8")
        os.utime(tmp_path / file, ns=(value, value))
        assert declared_parameters(tmp_path).get(name) == value


def test_files_in_folders_of_a_group_are_options_and_are_looked_at_for_changes(tmp_path):
    for name in ("config.yaml", "payment/budget.yaml", "experiment/one.yaml", "experiment/gallery/two.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("months: 3\n", encoding="utf-8")
    assert {file.relative_to(tmp_path).as_posix() for file in composition._files(tmp_path)} == {
        "config.yaml", "payment/budget.yaml", "experiment/one.yaml", "experiment/gallery/two.yaml",
    }  # fmt: skip
    assert options(tmp_path, "experiment") == ("gallery/two", "one")
    gallery = tmp_path / "experiment" / "gallery"
    (gallery / "three.yaml").write_text("months: 4\n", encoding="utf-8")
    os.utime(gallery, ns=(5, 5))
    assert options(tmp_path, "experiment") == ("gallery/three", "gallery/two", "one")
    assert options(tmp_path, "nothing") == ()


# --- whose folder it is


def opened(root, digest="a", kind=SWEEP, **more):
    """Open the study ``demo``, or say why not."""
    given = {"scenario": {"months": 3}, "data_digest": "data", "seeds": (3, 8)}
    try:
        return open_study(root, "demo", scenario_digest=digest * 64, kind=kind, **given, **more)
    except StudyError as fault:
        return str(fault)


def closed(study, failed=0):
    study.close("r" * 64, 240, {"months": 1.5}, failed)


def test_a_folder_goes_on_with_its_own_scenario_and_kind_alone(tmp_path):
    first = opened(tmp_path)
    assert first.status == RUNNING
    first._stop(INTERRUPTED, {"months": 1.0})
    assert str(opened(tmp_path, kind=COMPARISON)).endswith("holds sweep, this is comparison; choose another study=NAME")
    assert "holds another scenario (digest aaaaaaaa, this one is bbbbbbbb)" in str(opened(tmp_path, "b"))
    again = opened(tmp_path)
    assert (again.status, again.manifest["seconds_months"]) == (RUNNING, 1.0)
    again.release()


def test_only_a_sweep_that_was_named_becomes_another_and_keeps_its_runs(tmp_path):
    opened(tmp_path).release()
    (tmp_path / "demo" / "runs" / "one.parquet").write_text("a run")
    assert "holds sweep, this is comparison" in str(opened(tmp_path, "b", COMPARISON, may_change=True))
    other = opened(tmp_path, "b", may_change=True)
    assert not isinstance(other, str), other
    assert (other.manifest["scenario_digest"], other.status) == ("b" * 64, RUNNING)
    assert (tmp_path / "demo" / "runs" / "one.parquet").exists()
    other.release()


def test_a_finished_study_is_read_unless_it_is_damaged_or_runs_of_it_failed(tmp_path):
    study = opened(tmp_path)
    study.write("summary.csv", b"arm\n")
    closed(study)
    assert (opened(tmp_path).status, opened(tmp_path).holder()) == (DONE, None)
    assert load_study(tmp_path / "demo").manifest["member_months"] == 240
    study.write("summary.csv", b"arm\nx\n")
    with pytest.raises(StudyError, match=r"summary\.csv missing or changed since the study was finished"):
        load_study(tmp_path / "demo")
    again = opened(tmp_path)
    assert again.status == RUNNING
    closed(again, failed=2)
    assert (again.status, again.manifest["runs_failed"]) == (FAILED, 2)
    assert opened(tmp_path).status == RUNNING


def test_a_crate_says_what_a_study_was_made_from_and_what_came_out():
    files = ["totals.parquet", "study.yaml", "inputs/own/x.csv", "draws.csv", "summary.csv", "scenarios.json"]
    manifest = new_manifest("s" * 64, "d", (3, 8), 1, SWEEP) | {"draws": 7, "member_months": 240}
    found = {one["@id"]: one for one in crate(manifest, "", "demo", files, "now")["@graph"]}
    made = {key: [one["@id"] for one in found["#run"][key]] for key in ("object", "result")}
    assert made == {
        "object": ["draws.csv", "scenarios.json", "study.yaml"],
        "result": ["inputs/own/x.csv", "summary.csv", "totals.parquet"],
    }
    assert (found["./"]["name"], found["#run"]["startTime"], found["#run"]["endTime"]) == (
        "demo", manifest["started"], "now",
    )  # fmt: skip
    assert "2 seeds, 7 draws, 240 sampled member-months" in found["./"]["description"]


@pytest.mark.parametrize(("system", "unit"), [("linux", 1024), ("darwin", 1)])
def test_memory_is_in_bytes_and_of_the_largest_process(system, unit, monkeypatch):
    """Of this process 3,000, of its largest child 5,000, in the unit of the system."""
    resource = pytest.importorskip("resource")
    used = {resource.RUSAGE_SELF: 3000, resource.RUSAGE_CHILDREN: 5000}
    monkeypatch.setattr(resource, "getrusage", lambda who: SimpleNamespace(ru_maxrss=used[who]))
    monkeypatch.setattr(manifests, "sys", SimpleNamespace(platform=system))
    assert manifests.peak_memory_bytes() == 5000 * unit
