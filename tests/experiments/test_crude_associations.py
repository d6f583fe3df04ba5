"""The verb from words to a folder: every published figure has one of the model beside it, and a causal one below it."""

import csv
from math import isfinite
from pathlib import Path

import pytest

from experiments.analysis.recall import KINDS
from experiments.calibration.targets import read_targets
from experiments.cli import BAD_INPUT, DONE, main
from experiments.verbs.associations import causal, usual
from sim.scenario import Scenario

SMALL = ("population=classroom", "months=24", "warm_up=12", "seeds=2", "threads=1")


def test_every_figure_is_found(capsys, tmp_path):
    assert main(["associations", *SMALL, f"results_root={tmp_path}"]) == DONE
    said = capsys.readouterr().out.splitlines()
    rows = list(csv.DictReader(Path(said[-1], "associations.csv").read_text(encoding="utf-8").splitlines()))
    targets = read_targets("associations")
    assert [row["label"] for row in rows] == [row["label"] for row in targets]
    assert len(said) == len(rows) + 3
    assert all(float(row["model_least"]) <= float(row["model"]) <= float(row["model_most"]) for row in rows)
    assert all(isfinite(float(row["model"])) for row in rows)


def test_targets_are_asked_in_ways_that_there_are():
    scenario = Scenario.compose(["population=classroom"])
    for row in read_targets("associations"):
        assert row["asked"] in KINDS
        assert row["adjusted"] in ("", "people", "illness")
        assert row["causal"] == "" or 1 <= causal(row["causal"], scenario) < float(row["published"])


def test_a_named_population_is_as_large_as_it_is():
    assert usual(["seeds=2"]) == ["months=60", "population.sample=0.05"]
    assert usual(["population=classroom"]) == ["months=60"]
    assert usual(["months=24", "population.sample=0.1"]) == []


@pytest.mark.parametrize("words", [["months=12"], ["upstream=portfolio"], ["monthz=24"]])
def test_bad_words_are_refused(words, capsys):
    assert main(["associations", *words]) == BAD_INPUT
    assert len(capsys.readouterr().err.splitlines()) == 2
