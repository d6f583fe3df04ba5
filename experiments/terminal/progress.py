"""Progress of many runs: a bar on a terminal, a line now and then elsewhere; on standard error."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from sim.runs.session import Progress as Runs

LINES = 10  # at most, where there is no terminal


def say_compiling(say: Console, conf: Path | None = None) -> None:
    """Say that the model must be compiled first, and why at every start where the cache folder cannot be written.

    ``conf`` is the folder of the parameters, where this process compiles soon: then a second one begins at once.
    """
    from sim.engine.compile import compile_message  # Numba takes half a second, which a finished study does without
    from sim.engine.compile_beside import compile_beside

    if message := compile_message():
        say.print(message, soft_wrap=True)
        if conf:
            compile_beside(conf)


def in_time(seconds: float) -> str:
    """Say a time as people do: ``40 s``, ``12 min``, ``3 h 20 min``."""
    minutes = round(seconds / 60)
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def each_in_turn(seeds: Sequence[int]) -> Iterator[int]:
    """Yield seeds, and say on standard error which one is simulated."""
    say = Console(stderr=True, highlight=False)
    for number, seed in enumerate(seeds, 1):
        say.print(f"seed {number} of {len(seeds)}")
        yield seed


class _Bar:
    """A bar on a terminal while work goes on; nothing elsewhere."""

    _bar: Progress | None = None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()


class Watch(_Bar):
    """Counts the months that runs have done, and shows it.

    Parameters
    ----------
    console : where to.
    runs, months : how many runs there are, and how long each is.
    """

    def __init__(self, console: Console, runs: int, months: int) -> None:
        self._console, self._runs, self._months = console, runs, months
        self._done: dict[tuple[str, int], int] = {}
        self._lock = Lock()
        self._finished = 0
        self._said = 0.0
        if console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.fields[label]}"),
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TextColumn("months"),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=console,
                transient=True,
            )
            self._task = self._bar.add_task("", total=runs * months, label="starting")

    def month_done(self, arm: str, seed: int, month: int) -> None:
        """Hear that a run has done so many months (called from its thread)."""
        with self._lock:
            self._done[arm, seed] = month
            self._finished += month >= self._months
            if self._bar is None:
                self._say_line(month >= self._months)
            if self._bar:
                label = f"{arm.replace('_', ' ')}, seed {seed}"
                self._bar.update(self._task, completed=sum(self._done.values()), label=label[:40])

    def _say_line(self, ended: bool) -> None:
        """Say how many runs are done, a line now and then; of few long runs also how far they are."""
        share = sum(self._done.values()) / (self._runs * self._months)
        if share - self._said >= 1 / LINES or (ended and self._finished == self._runs):
            self._said = share
            part = f", {share:.0%} of all months" if self._finished < self._runs else ""
            self._console.print(f"{self._finished} of {self._runs} runs done{part}")


class RunsWatch(_Bar):
    """Shows how far a study of many runs is: done, failed, runs a minute, time left.

    A run counts as done when it is on the disk.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shown = 0.0
        if console.is_terminal:
            columns = (BarColumn(bar_width=None), MofNCompleteColumn(), TextColumn("{task.description}"))
            self._bar = Progress(*columns, console=console, transient=True)
            self._task = self._bar.add_task("starting", total=None)

    def heard(self, now: "Runs") -> None:
        """Hear how far it is."""
        if self._bar:
            self._bar.update(self._task, total=now.planned, completed=now.done, description=_speed(now))
        elif now.done > now.found and now.done >= self._shown + now.planned / LINES:
            self._shown = now.done
            self._console.print(f"{now.done} of {now.planned} runs done, {_speed(now)}")


def _speed(now: "Runs") -> str:
    left = "" if now.seconds_left is None else f", {in_time(now.seconds_left)} left"
    return f"{now.failed} failed, {now.runs_per_minute:.0f} runs a minute{left}"
