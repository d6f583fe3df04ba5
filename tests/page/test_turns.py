"""Runs take turns in the order in which they ask, and a stopped run does not wait behind one that works."""

from threading import Event, Thread
from time import monotonic, sleep

import pytest

from experiments.page.tabs import Turns

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
