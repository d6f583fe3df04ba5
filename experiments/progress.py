"""Progress of many runs: a bar on a terminal, a line now and then elsewhere; on standard error."""

from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

LINES = 10  # at most, where there is no terminal


class Watch:
    """Counts the months that runs have done, and shows it.

    Parameters
    ----------
    console
        Where to.
    runs, months
        How many runs there are, and how long each is.
    """

    def __init__(self, console: Console, runs: int, months: int) -> None:
        self._console, self._runs, self._months = console, runs, months
        self._done: dict[tuple[str, int], int] = {}
        self._lock = Lock()
        self._finished = 0
        self._bar: Progress | None = None
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

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def month_done(self, arm: str, seed: int, month: int) -> None:
        """Hear that a run has done so many months (called from its thread)."""
        with self._lock:
            self._done[arm, seed] = month
            if month >= self._months:
                self._finished += 1
                self._say_line()
            if self._bar:
                label = f"{arm.replace('_', ' ')}, seed {seed}"
                self._bar.update(self._task, completed=sum(self._done.values()), label=label[:40])

    def _say_line(self) -> None:
        every = max(1, self._runs // LINES)
        if self._bar is None and (self._finished % every == 0 or self._finished == self._runs):
            self._console.print(f"{self._finished} of {self._runs} runs done")
