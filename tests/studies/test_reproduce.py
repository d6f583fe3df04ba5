"""A study folder is enough to run the study again; what differs is found; what it says of itself is valid."""

import json

import numpy as np
import pytest

import sim.runs.study as sessions
from experiments.cli import main
from sim.runs.plan import plan_of
from sim.runs.reproduction import recorded_plan, reproduce
from sim.runs.study import open_sweep, run_sweep
from sim.study import load_study
from tests.support.stub_runs import Inline, quick, study

RICH = (
    "uncertainties=[upstream.help_wanted, access.off_cover_ratio]",
    "levers.parameters.upstream.reach_scale=[0,1]",
    "levers.population.renewal=[annual,continuous_2023]",
)


@pytest.fixture
def finished(tmp_path, monkeypatch):
    monkeypatch.setattr(sessions, "crew_of", lambda engine, workers, address, work: Inline(work))
    scenario = study(tmp_path, *RICH, draws=2)
    folder = open_sweep(scenario)
    run_sweep(folder, scenario, work=quick)
    return scenario, load_study(folder.path)


def off_by_a_cent(task):
    """Work that differs in one number of draw 3 of arm b."""
    found = []
    for (_, arm), one in zip(task.runs, quick(task), strict=True):
        if arm == "b" and task.draw == 3:
            one.totals[1, 2] += 0.01
        found.append(one)
    return found


def test_the_folder_describes_the_same_runs(finished):
    scenario, folder = finished
    then, now = plan_of(scenario), recorded_plan(folder)
    assert [run.id for run in now.runs] == [run.id for run in then.runs]
    assert now.arms == then.arms
    assert now.baseline == then.baseline
    for draw in range(len(then.design)):
        assert now.design.values(draw) == then.design.values(draw)


def test_the_same_work_is_identical(finished):
    report = reproduce(finished[1], 1, work=quick)
    assert (report.runs, report.difference) == (32, None)


def test_a_part_can_be_run(finished):
    assert reproduce(finished[1], 1, sample=5, work=quick).runs == 5


def test_the_first_difference_is_named(finished):
    report = reproduce(finished[1], 1, work=off_by_a_cent)
    assert report.difference.startswith("arm b, draw 3, seed 0: qalys_per_1000_my of area North is ")


def test_a_changed_file_is_named(finished):
    _, folder = finished
    path = folder.path / "summary.csv"
    path.write_bytes(path.read_bytes() + b"x")
    assert reproduce(folder, 1, work=quick).difference.startswith("summary.csv is missing or changed")


def test_an_unfinished_study_is_refused(tmp_path, capsys):
    with pytest.raises(KeyboardInterrupt), open_sweep(study(tmp_path)).at_work():
        raise KeyboardInterrupt
    assert main(["reproduce", "demo", f"results_root={tmp_path}"]) == 2
    assert "is interrupted" in capsys.readouterr().err


def test_a_draw_of_a_file_is_the_draw_that_was_made(finished):
    _, folder = finished
    draws = folder.draws()
    assert list(draws.columns)[:3] == ["draw", "upstream.reach_scale", "population.renewal"]
    assert draws["access.off_cover_ratio"].between(0, 1).all()
    assert np.array_equal(draws["upstream.reach_scale"], [0, 0, 0, 0, 1, 1, 1, 1])


# -- RO-Crate --------------------------------------------------------------------------------------------------------


def test_the_crate_is_valid(finished):
    """What RO-Crate 1.1 asks for: a descriptor, a root with its properties, every part there and described."""
    _, folder = finished
    crate = json.loads((folder.path / "ro-crate-metadata.json").read_text())
    assert crate["@context"] == "https://w3id.org/ro/crate/1.1/context"
    entities = {one["@id"]: one for one in crate["@graph"]}
    assert len(entities) == len(crate["@graph"])
    descriptor = entities["ro-crate-metadata.json"]
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.1"}
    root = entities[descriptor["about"]["@id"]]
    assert root["@id"] == "./"
    assert root["@type"] == "Dataset"
    assert all(root[name] for name in ("name", "description", "datePublished", "license"))
    parts = {part["@id"] for part in root["hasPart"]}
    assert parts >= {"study.yaml", "totals.parquet", "summary.csv", "draws.csv", "manifest.json"}
    for part in parts:
        assert (folder.path / part).is_file()
        assert entities[part]["@type"] == "File"
    assert [entities[name]["encodingFormat"] for name in ("summary.csv", "manifest.json")] == [
        "text/csv", "application/json",
    ]  # fmt: skip
    action = next(one for one in crate["@graph"] if one["@type"] == "CreateAction")
    assert entities[action["instrument"]["@id"]]["@type"] == "SoftwareApplication"
    assert {one["@id"] for one in [*action["object"], *action["result"]]} == parts
    named = {value["@id"] for one in crate["@graph"] for value in references(one)}
    assert not [one for one in named if one not in entities and not one.startswith(("https://", "http://"))]


def references(entity):
    for value in entity.values():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                assert list(one) == ["@id"]
                yield one
