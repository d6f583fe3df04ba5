"""A start in a file, and a study that carries its user's own files: what comes back is what was kept."""

from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pytest

from sim.member.month import MonthResult
from sim.member.served import Served
from sim.paths import conf_folder, shipped_folder
from sim.population import build
from sim.runs import reproduction
from sim.runs.plan import plan_of
from sim.runs.study import described_design, open_sweep
from sim.schema import CLINIC, STORED
from sim.start import Origin, Start
from sim.study import starts
from sim.study.errors import StudyError
from sim.study.files import DRAWS
from sim.study.manifest import DONE
from sim.study.starts import as_bytes, from_bytes
from sim.study.tables import write_csv
from tests.support.stub_runs import study

pytestmark = pytest.mark.quick

HERE = Origin("classroom", "twelve months of warm-up")


def a_start(last=True):
    """Two members of whom a package served one, three clinics, and organizations whose names begin alike."""
    members, clinics, served = np.zeros(2, STORED), np.zeros(3, CLINIC), Served()
    members["key"], members["age_months"], clinics["capacity"] = (7, 9), (30, 400), (1.5, 2.5, 3.5)
    served.admit(members, np.array([1]))
    served.rows["package_months"][members["served"][1], 4] = 6
    organizations = {
        "cco1": {"reserve": np.array([5]), "board.step": np.array([0.5])},
        "cco10": {"reserve": np.array([8])},
        "agency": {"rates": np.array([[1, 2], [3, 4]])},
    }
    parts = {part.name: np.arange(place, place + 3) for place, part in enumerate(fields(MonthResult))}
    people = SimpleNamespace(members=members, clinics=clinics, served=served)
    return Start(people, organizations, MonthResult(**parts) if last else None, 7, HERE, 5)


@pytest.fixture
def world(monkeypatch):
    """A scenario that has a start's origin; its people are those that were saved."""

    def built(population, registry, seed, *, conf, saved):
        return SimpleNamespace(members=saved[0], clinics=saved[1], served=Served(), asked=(population, seed, conf))

    monkeypatch.setattr(build, "build_population", built)
    monkeypatch.setattr(starts, "origin_of", lambda scenario: scenario.origin)
    monkeypatch.setattr(starts, "data_digest", lambda conf: "data")
    return SimpleNamespace(origin=HERE, population="people", registry=None, folder="conf")


@pytest.mark.parametrize("last", [True, False])
def test_a_start_comes_back_from_its_file_as_it_was(last, world, tmp_path):
    kept = a_start(last)
    found = from_bytes(as_bytes(kept), tmp_path / "start.npz", world, 5)
    people = found.population
    assert people.asked == ("people", 5, "conf")
    assert people.members.tobytes() == kept.population.members.tobytes()
    assert people.clinics.tobytes() == kept.population.clinics.tobytes()
    assert people.served.rows.tobytes() == kept.population.served.rows.tobytes()
    assert people.served.free.tolist() == kept.population.served.free.tolist()
    assert (found.month, found.seed, found.origin, found.is_given_away) == (7, 5, HERE, False)
    told = [
        {name: {part: array.tolist() for part, array in parts.items()} for name, parts in one.organizations.items()}
        for one in (found, kept)
    ]
    assert told[0] == told[1]
    months = [{} if one.last is None else one.last.arrays() for one in (found, kept)]
    assert [{name: array.tolist() for name, array in month.items()} for month in months] == [
        {name: array.tolist() for name, array in months[1].items()}
    ] * 2
    assert (found.last is not None) == last


def refused(data, world, seed=5, **other):
    try:
        from_bytes(data, "start.npz", SimpleNamespace(**vars(world) | other), seed)
    except StudyError as fault:
        return str(fault)
    return ""


def test_a_start_serves_its_own_seed_world_and_data_alone(world, monkeypatch):
    data = as_bytes(a_start())
    assert refused(data, world) == ""
    assert "a start of seed 5, not of seed 6" in refused(data, world, 6)
    for other in (Origin("oregon", HERE.rest), Origin(HERE.population, "one month")):
        assert "with another population, warm_up, capacity, number" in refused(data, world, origin=other)
    monkeypatch.setattr(starts, "data_digest", lambda conf: "other data")
    assert "data or version of ccosim" in refused(data, world)
    assert starts.depends_on(HERE, 5) != starts.depends_on(HERE, 6)


# --- files of a user's own


def test_a_study_is_run_again_with_the_files_that_it_carries(tmp_path, monkeypatch):
    """What its scenario called the folder is gone; a payment of the user's own is in the study."""
    scenario = study(tmp_path, draws=3)
    folder, plan = open_sweep(scenario), plan_of(scenario)
    mine = folder.path / "inputs" / "own" / "payment" / "mine.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text("contracts: []\nstart: 0\n", encoding="utf-8")
    folder.write(DRAWS, write_csv(plan.design.frame()))
    folder.write_scenarios(described_design(plan))
    folder.manifest["status"] = DONE
    with folder.configuration() as conf:
        assert conf == conf_folder() != shipped_folder()
        assert (conf / "payment" / "mine.yaml").read_text(encoding="utf-8") == mine.read_text(encoding="utf-8")
    seen = []
    own = "payment/mine.yaml"
    monkeypatch.setattr(reproduction, "_resolved", lambda plain: seen.append((conf_folder() / own).exists()))
    reproduction.recorded_plan(folder)
    assert seen == [True, True]
    monkeypatch.undo()
    try:
        again = reproduction._resolved({**scenario.described(), "conf": str(tmp_path / "gone")})
    except Exception as fault:  # whatever it is, the study cannot be run again
        again = fault
    assert getattr(again, "conf", again) is None
    folder.release()
