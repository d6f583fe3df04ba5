"""Are faulty data files refused before anything is written?"""

import shutil

import pytest

from experiments.cli import BAD_INPUT, main
from sim.paths import conf_folder
from sim.runs.inputs import check_inputs
from sim.scenario import Scenario, ScenarioError

MARGINS = ("population", "margins", "oregon.csv")
GROCERIES = ("packages", "groceries.yaml")
WANTED = ["population=classroom", "arms.a=[upstream=none]", "arms.b=[upstream=groceries]"]


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """Break a file of a copy of the configuration, from which data files are then read."""
    conf = tmp_path / "conf"
    shutil.copytree(conf_folder(), conf)
    monkeypatch.setattr(Scenario, "folder", property(lambda self: conf))

    def in_a_file(steps, old, new):
        file = conf.joinpath(*steps)
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    return in_a_file


def test_what_is_there_is_sound():
    check_inputs(Scenario.compose(WANTED))


def test_all_faults_of_all_files_come_at_once(broken):
    broken(MARGINS, "sex,child,female", "sex,chld,female")
    broken(MARGINS, "eligibility,all,child,0.35", "eligibility,all,child,many")
    broken(GROCERIES, "label: Groceries", "labl: Groceries")
    with pytest.raises(ScenarioError) as fault:
        check_inputs(Scenario.compose(WANTED))
    said = fault.value.messages
    assert any("nobody is within 'chld' (nearest: child)" in message for message in said)
    assert any("share must be a number from 0 to 1, is 'many'" in message for message in said)
    assert any("labl" in message for message in said)


@pytest.mark.parametrize("verb", [["run"], ["compare", *WANTED[1:]]], ids=str)
def test_nothing_is_written(verb, broken, tmp_path, capsys, monkeypatch):
    broken(MARGINS, "eligibility,all,child,0.35", "eligibility,all,child,0.9")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert main([*verb, "population=classroom"]) == BAD_INPUT
    said = capsys.readouterr()
    assert "must add to 1" in said.err
    assert "nothing was run" in said.err
    assert said.out == ""
    assert list(here.iterdir()) == []
