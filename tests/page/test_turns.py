"""Runs take turns in the order in which they ask, and a stopped run does not wait behind one that works."""

import gc
from threading import Event, Thread
from time import monotonic, sleep
from types import SimpleNamespace
from typing import ClassVar
from weakref import WeakSet

import pytest

from experiments.page import tabs
from experiments.page.choices import default
from experiments.page.tabs import Tab, Turns, begin

PATIENCE = 20.0


def until(said):
    end = monotonic() + PATIENCE
    while not said() and monotonic() < end:
        sleep(0.01)
    assert said()


def test_two_runs_go_on_at_the_same_pace():
    turns, ended, order = Turns(1), Event(), []

    def work(name):
        while not ended.is_set() and len(order) < 40:
            with turns.turn(ended) as is_ours:
                if is_ours:
                    order.append(name)
                    sleep(0.002)

    threads = [Thread(target=work, args=(name,)) for name in "ab"]
    for one in threads:
        one.start()
    for one in threads:
        one.join(PATIENCE)
    assert 15 <= order.count("a") <= 26  # a semaphore gives one of them nearly all


def test_a_stopped_run_leaves_while_another_works():
    turns, working, stopped = Turns(1), Event(), Event()
    answers = []

    def wait():
        with turns.turn(stopped) as is_ours:
            answers.append(is_ours)

    with turns.turn(working) as first:
        assert first
        waiting = Thread(target=wait)
        waiting.start()
        until(lambda: len(turns._queue) == 1)
        stopped.set()
        waiting.join(PATIENCE)
        assert answers == [False]
    with turns.turn(working) as again:
        assert again


def test_a_turn_is_given_back_when_work_fails():
    turns, ended = Turns(1), Event()
    with pytest.raises(ValueError, match="broken"), turns.turn(ended):
        raise ValueError("broken")
    with turns.turn(ended) as is_ours:
        assert is_ours


class Stub:
    """A pair without people; those that still exist can be counted."""

    alive: ClassVar[WeakSet] = WeakSet()

    def __init__(self, a, b, seed, lives=False):
        self.month, self.months = 0, 3
        self.alive.add(self)

    def step(self):
        self.month += 1

    def result(self):
        return None, None

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        pass


def pairs_after_moves(monkeypatch, moves):
    """Begin runs one after the other in one tab, as a slider does, and count the pairs that are left."""
    trims = []
    monkeypatch.setattr(tabs, "Pair", Stub)
    monkeypatch.setattr(tabs, "Lives", lambda pair: SimpleNamespace(pair=pair))
    monkeypatch.setattr(tabs, "told", lambda runs, is_whole=True, of=0: {})
    monkeypatch.setattr(tabs, "give_back", lambda: trims.append(1))
    tab = Tab("x", SimpleNamespace(call_soon_threadsafe=lambda call: None))
    for _ in range(moves):
        run = begin(tab, default(), SimpleNamespace(arm=str), {})
        sleep(0.01)
        run.stop()
        run.join(PATIENCE)
    del run
    gc.collect()
    assert len(trims) == moves  # each run gives its memory back
    return len(Stub.alive)


def test_runs_that_were_replaced_leave_nothing_behind(monkeypatch):
    assert pairs_after_moves(monkeypatch, 12) <= 1  # that of the run whose lives can still be asked for


def test_planted_a_run_that_is_kept_is_noticed(monkeypatch):
    class Leaking(tabs.Run):
        pairs: ClassVar[list] = []  # the planted leak

        def _one_seed(self, seed, watch):
            self.pairs.append(super()._one_seed(seed, watch))
            return self.pairs[-1]

    monkeypatch.setattr(tabs, "Run", Leaking)
    assert pairs_after_moves(monkeypatch, 12) > 1
