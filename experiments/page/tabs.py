"""Tabs of a browser and the runs that they watch: one run a tab, a few tabs, no run without somebody who watches.

A run is a thread that takes its turn for each month, so that several tabs go on at the same pace. What a tab has not
fetched yet is kept as the latest state of each part, never as a growing queue.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from os import cpu_count
from threading import Condition, Event, Lock, Thread
from time import perf_counter
from typing import Any

from experiments.page.choices import Asked
from experiments.page.lives import Lives
from experiments.page.memory import give_back
from experiments.page.parts import Runs, told
from sim.live import Pair
from sim.measures.result import RunResult
from sim.scenario import Scenario

MOST_TABS = 8
LOOK = 0.1  # seconds between two looks of a waiting run whether it was stopped
PACE = 0.12  # seconds between two sendings of a run
ALL_AT = 12  # months between two drawings of all pictures


class TooManyError(ValueError):
    """There are as many tabs as may be."""


class Turns:
    """Lets a few runs work at a time, in the order in which they ask; a run that was stopped leaves the queue.

    A semaphore lets the run that works go first again and again: stopped runs, with all their members, would wait.
    """

    def __init__(self, most: int) -> None:
        self._free = most
        self._change = Condition()
        self._queue: deque[object] = deque()

    @contextmanager
    def turn(self, ended: Event) -> Iterator[bool]:
        """Wait for a turn; False if the run is to end."""
        is_ours = self._wait(ended)
        try:
            yield is_ours
        finally:
            if is_ours:
                with self._change:
                    self._free += 1
                    self._change.notify_all()

    def _wait(self, ended: Event) -> bool:
        ticket = object()
        with self._change:
            self._queue.append(ticket)
            try:
                while not ended.is_set():
                    if self._free and self._queue[0] is ticket:
                        self._free -= 1
                        return True
                    self._change.wait(LOOK)
                return False
            finally:
                self._queue.remove(ticket)
                self._change.notify_all()


TURNS = Turns(max(1, (cpu_count() or 2) // 2))  # a month of a pair takes two threads


class Tab:
    """What one tab of a browser has been told, and what it has not fetched yet."""

    def __init__(self, name: str, loop: asyncio.AbstractEventLoop) -> None:
        self.name, self._loop = name, loop
        self._lock, self._news = Lock(), asyncio.Event()
        self._unsent: dict[str, Any] = {}
        self.shown: dict[str, Any] = {"parts": {}}
        self.watchers = 0
        self.run: Run | None = None

    def tell(self, **news: Any) -> None:
        """Say something to the tab; of what is not fetched yet the latest counts."""
        with self._lock:
            for known in (self._unsent, self.shown):
                parts = {**known.get("parts", {}), **news.get("parts", {})}
                known.update({**news, "parts": parts} if parts else news)
        self._loop.call_soon_threadsafe(self._news.set)

    def keep(self, **parts: Any) -> None:
        """Keep what the tab asked for, so that the page as one file has it too."""
        with self._lock:
            self.shown["parts"] = {**self.shown["parts"], **parts}

    def forget(self) -> None:
        """Begin anew: what was shown belongs to an earlier run."""
        with self._lock:
            self._unsent, self.shown = {}, {"parts": {}}

    async def news(self, patience: float) -> dict[str, Any]:
        """Return what is new, or nothing when the patience is over."""
        try:
            await asyncio.wait_for(self._news.wait(), patience)
        except TimeoutError:
            return {}
        self._news.clear()
        with self._lock:
            found, self._unsent = self._unsent, {}
        return found

    def seen(self) -> dict[str, Any]:
        """Return all that the tab shows now."""
        with self._lock:
            return {**self.shown, "parts": dict(self.shown["parts"])}

    def stop(self) -> None:
        """End the run."""
        if self.run is not None:
            self.run.stop()


class Tabs:
    """All tabs that are open."""

    def __init__(self) -> None:
        self._tabs: dict[str, Tab] = {}

    def __len__(self) -> int:
        return len(self._tabs)

    def open(self, name: str) -> Tab:
        """Return a tab, which may be new.

        Raises
        ------
        TooManyError
            If there are too many.
        """
        if name not in self._tabs and len(self._tabs) >= MOST_TABS:
            raise TooManyError(f"{MOST_TABS} pages are open, the most that this server shows: close one, then reload")
        return self._tabs.setdefault(name, Tab(name, asyncio.get_running_loop()))

    def find(self, name: str) -> Tab | None:
        """Return a tab that is open."""
        return self._tabs.get(name)

    def close(self, tab: Tab) -> None:
        """Forget a tab that nobody watches, and stop its run."""
        tab.stop()
        self._tabs.pop(tab.name, None)

    def stop(self) -> None:
        """Stop all runs, and wait for the months under way."""
        for tab in list(self._tabs.values()):
            tab.stop()
        for tab in list(self._tabs.values()):
            if tab.run is not None:
                tab.run.join()


class Run:
    """A comparison under way: the first seed month by month, then the other seeds for the bands and intervals."""

    def __init__(self, tab: Tab, asked: Asked, scenario: Scenario, number: int) -> None:
        self.asked, self.number = asked, number
        self.lives: Lives | None = None
        self.runs: Runs | None = None
        self.month_lock = Lock()  # held while a month changes members and books
        self._arms = (scenario.arm("a"), scenario.arm("b"))
        self._tab, self._ended = tab, Event()
        self._thread = Thread(target=self._work, name=f"run {number}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the run to end after the month under way."""
        self._ended.set()

    def join(self, patience: float = 10.0) -> None:
        self._thread.join(patience)

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _work(self) -> None:
        try:
            self._all_seeds()
        except Exception as fault:  # the page says what went wrong; the server goes on
            self._tell(fault=f"The run ended with {type(fault).__name__}: {fault}")
            if not hasattr(fault, "messages"):
                raise
        finally:
            if self._ended.is_set():
                self._tell(status=self._status("stopped", 0))
            if self._tab.run is not self:  # nobody asks for its lives any more
                with self.month_lock:
                    self.lives = self.runs = None
            give_back()

    def _tell(self, **news: Any) -> None:
        if self._tab.run is self:
            self._tab.tell(run=self.number, **news)

    def _status(self, state: str, month: int, seeds: int = 0) -> dict[str, Any]:
        return {"state": state, "month": month, "months": self.asked.months, "seeds": seeds,
                "of": len(self.asked.seeds)}  # fmt: skip

    def _all_seeds(self) -> None:
        done: list[tuple[RunResult, RunResult]] = []
        for seed in self.asked.seeds:
            pair = self._one_seed(seed, self._first_seed if not done else None)
            if pair is None:
                return
            done.append(pair.result())
            runs = Runs(self.asked.seeds[: len(done)], done, self.asked.months)
            self.runs = runs
            state = "done" if len(done) == len(self.asked.seeds) else "seeds"
            status = self._status(state, self.asked.months, len(done))
            is_whole = len(done) in (1, 3, len(self.asked.seeds))
            self._tell(
                status=status, **told(runs, is_whole=is_whole, of=len(self.asked.seeds)), lives=self.lives is not None
            )

    def _one_seed(self, seed: int, watch: Callable[[Pair, float], float] | None) -> Pair | None:
        """Simulate both arms with one seed; None if the run was stopped."""
        with TURNS.turn(self._ended) as is_ours:  # the people of a new seed are made here
            if not is_ours:
                return None
            pair = Pair(*self._arms, seed, lives=watch is not None)
        with pair:
            self.lives = Lives(pair) if watch else self.lives
            sent = 0.0
            while pair.month < pair.months:
                with TURNS.turn(self._ended) as is_ours, self.month_lock:
                    if not is_ours:
                        return None
                    pair.step()
                sent = watch(pair, sent) if watch else sent
        return pair

    def _first_seed(self, pair: Pair, sent: float) -> float:
        """Send a month of the first seed, if enough time has passed; return when the last one was sent."""
        now = perf_counter()
        if pair.month == pair.months or (now - sent < PACE and pair.month > 1):
            return sent
        runs = self.runs = Runs(self.asked.seeds[:1], [pair.result()], self.asked.months)
        is_whole = pair.month == 1 or pair.month % ALL_AT == 0
        self._tell(
            status=self._status("running", pair.month), **told(runs, is_whole=is_whole, of=len(self.asked.seeds))
        )
        return perf_counter()


def begin(tab: Tab, asked: Asked, scenario: Scenario, told: Mapping[str, Any]) -> Run:
    """Begin a run in a tab, in place of the one before."""
    tab.stop()
    run = Run(tab, asked, scenario, tab.run.number + 1 if tab.run else 1)
    tab.run = run
    tab.forget()
    tab.tell(run=run.number, **told)
    run.start()
    return run
