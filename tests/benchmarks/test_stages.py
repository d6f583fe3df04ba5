"""The profile by stage: every second counts once, timers are taken away, and what is asked for is what is profiled."""

import time

import pytest

from experiments.benchmarks.growth import as_csv, as_picture, grown
from experiments.benchmarks.stages import KERNEL, REST, TIMED, Stages, chosen, place_of, profile
from sim.scenario import Scenario


def busy(seconds):
    """Keep the processor busy."""
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass


def test_time_inside_another_stage_counts_there_alone():
    stages = Stages()
    inner = stages.timed("slots and targeting", lambda: busy(0.05))

    def month():
        inner()
        inner()
        busy(0.02)

    stages.timed("rest of the month", month)()
    assert stages.seconds["slots and targeting"] >= 0.1
    assert 0.02 <= stages.seconds["rest of the month"] < 0.1


def test_a_study_by_stage():
    before = {name: getattr(*place_of(name)) for names in TIMED.values() for name in names}
    found = profile(["population=classroom", "population.sample=0.002", "months=2", "warm_up=1"])
    assert set(found) == {*TIMED, REST}
    assert all(seconds >= 0 for seconds in found.values())
    assert {stage for stage, seconds in found.items() if seconds > 0} >= {KERNEL, "tables", "figures", "providers"}
    assert {name: getattr(*place_of(name)) for name in before} == before


def test_the_last_of_several_values_of_a_key_counts():
    assert chosen(("months=24", "seeds=1"), ["months=2"]) == ["months=2", "seeds=1"]


@pytest.mark.parametrize("what", grown())
def test_what_grows_is_a_scenario(what):
    for words in grown()[what].values():
        Scenario.compose(["population=classroom", "payment=global_budget", *words])


def test_table_and_picture():
    found = {"months": {12: 1.0, 24: 2.0}, "arms": {1: 1.0, 2: 1.5}}
    assert as_csv(found).decode().splitlines()[1] == "months,12,1.00"
    assert as_picture(found).startswith(b"<?xml")


def test_every_panel_shows_all_that_was_measured(monkeypatch):
    """The second panel has larger numbers than the first, with which it shares its scale."""
    figures = []
    monkeypatch.setattr("experiments.benchmarks.growth.plt.close", figures.append)
    as_picture({"months": {12: 1.0, 24: 2.0}, "arms": {1: 1.0, 8: 9.5}})
    assert all(panel.get_ylim()[0] == 0 and panel.get_ylim()[1] > 9.5 for panel in figures[0].axes)
