"""Figures of a finished comparison as PDF: a run writes PNG, and a report adds the same figures as vectors."""

import pytest

from experiments.analysis.reading import Reading
from experiments.cli import main
from experiments.output.outputs import about_of, checksums_of
from experiments.output.vector_copies import vector_copies
from sim.study import load_study
from tests.experiments.test_who_takes_part import CHOICES, SIZE

FIGURES = {"paths", "who_pays", "differences", "groups", "triple_aim", "seeming", "means", "sharing"}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    root = tmp_path_factory.mktemp("vectors")
    assert main(["compare", *SIZE, *CHOICES, f"results_root={root}", "study=drawn"]) == 0
    return root / "drawn"


def test_a_comparison_draws_pixels_alone(study):
    assert {path.name for path in (study / "figures").iterdir()} == {f"{name}.png" for name in FIGURES}


def test_from_the_files_of_a_study_its_figures_are_drawn_to_the_byte(study):
    reading = Reading(study)
    again = vector_copies(reading, about_of(reading), set(checksums_of(study)), "png")
    assert set(again) == {f"{name}.png" for name in FIGURES}
    assert [name for name, data in again.items() if data != (study / "figures" / name).read_bytes()] == []


def test_a_report_adds_vectors_and_the_study_stays_whole(study):
    assert main(["report", str(study)]) == 0
    found = {path.stem for path in (study / "figures").glob("*.pdf") if path.read_bytes().startswith(b"%PDF")}
    assert found >= FIGURES
    assert load_study(study).damage() == []


def test_a_study_that_has_vectors_gets_no_others(study):
    reading = Reading(study)
    finished = {*checksums_of(study), "figures/paths.pdf"}
    assert vector_copies(reading, about_of(reading), finished) == {}
