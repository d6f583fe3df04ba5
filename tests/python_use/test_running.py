"""What a system says of itself: running, over, closed, broken off."""

import copy
import pickle

import pytest

from sim import HealthSystem
from tests.support.worlds import TINY, scenario, system

SIZE = (*TINY, "months=3")


def test_it_runs_until_its_last_month():
    model = system(size=SIZE)
    seen = [model.running]
    for _ in range(3):
        model.step()
        seen.append(model.running)
    assert seen == [True, True, True, False]
    assert model.steps == 3


def test_mesas_own_loop_ends():
    model = system(size=SIZE)
    model.run_model()
    assert model.result().digest == system(size=SIZE).run().digest


def test_a_step_past_the_end_is_a_sentence_and_changes_nothing():
    model = system(size=SIZE)
    usual = model.run().digest
    with pytest.raises(RuntimeError, match=r"the run is over: all 3 months have been simulated"):
        model.step()
    assert model.run().digest == usual


def test_a_closed_system_can_be_read_but_not_run():
    with system(size=SIZE) as model:
        model.step()
    model.close()
    assert not model.running
    assert len(model.people()) > 0
    with pytest.raises(RuntimeError, match="this health system is closed"):
        model.step()


def test_a_month_that_was_broken_off_is_not_lived_twice(monkeypatch):
    model = system(size=SIZE)
    model.step()
    saved = model.save()
    with monkeypatch.context() as broken:
        broken.setattr(type(model.funds), "settle", lambda self: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            model.step()
    for go_on in (model.step, model.run, model.snapshot, model.save):
        with pytest.raises(RuntimeError, match="month 1 was broken off half way"):
            go_on()
    model.restore(saved)
    assert model.run().digest == system(size=SIZE).run().digest


def test_printed_it_is_one_line():
    model = system(size=SIZE)
    assert repr(model).startswith("<HealthSystem, seed 0: month 0 of 3")
    assert all("\n" not in repr(one) and len(repr(one)) < 160 for one in (model, model.snapshot(), model.decisions))


@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_copy_is_refused_in_words(way):
    with pytest.raises(TypeError, match="neither copied nor pickled"):
        way(HealthSystem(scenario(size=SIZE)))
