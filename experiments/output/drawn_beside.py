"""Draw a study's figures in a second process, while this one writes its tables: a first result comes sooner.

The second process loads Matplotlib while members live, without Numba and Mesa, and waits for the tables. They go to it
as Parquet through its standard input, so that it draws the very same numbers, and figures come back through its
standard output: nothing lies on the disk that could be left behind. Whatever happens to this process, that input ends,
and the second process ends within a second. Where a second process does not help, or fails, this one draws.
"""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import parent_process
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from sim.engine.arrays import Frame

About: TypeAlias = Mapping[str, Any]  # the fields of `experiments.figures.About`, with which Matplotlib would be loaded
Figures: TypeAlias = dict[str, bytes]
Draw: TypeAlias = Callable[[Frame, Frame, About], Callable[[], Figures]]


@contextmanager
def drawing(threads: int, labels: Mapping[str, str]) -> Iterator[Draw]:
    """Let figures be drawn within the block; with more than one thread in a second process, where that helps.

    Parameters
    ----------
    labels : what arms are called.

    Yields
    ------
    A function of a summary, tidy results and fields of ``About``. It begins to draw, and returns a function that waits
    for the figures: file names and contents.
    """
    process = _started() if threads > 1 and _helps() else None

    def draw(summary: Frame, results: Frame, about: About) -> Callable[[], Figures]:
        if process is not None:
            _hand_over(process, {"about": dict(about), "labels": dict(labels)}, [summary, results])
        return lambda: _received(process) or _drawn_here(summary, results, about)

    try:
        yield draw
    finally:
        if process is not None:
            _end(process)


def _helps() -> bool:
    """Whether a second process would draw sooner: no worker needs one, and while rules are compiled two compile."""
    from sim.engine.compile import is_warm  # not above: the second process needs no Numba

    loaded = "experiments.figures" in sys.modules  # this process has drawn before
    return bool(sys.executable) and not loaded and parent_process() is None and is_warm()


def _started() -> Any:
    """Start the second process; it finds our package from any folder, and takes no module from the user's."""
    folder = str(Path(__file__).resolve().parents[2])
    found = os.pathsep.join([folder, *filter(None, [os.environ.get("PYTHONPATH")])])
    with suppress(OSError):  # where no process may be started, this one draws
        return subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            env={**os.environ, "PYTHONPATH": found},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    return None


def _hand_over(process: Any, words: Mapping[str, Any], tables: Sequence[Frame]) -> None:
    """Send all that it draws from."""
    from sim.study.tables import parquet

    data = packed(words, [parquet(table) for table in tables])
    with suppress(OSError):  # it has died
        process.stdin.write(data)
        process.stdin.close()


def _received(process: Any) -> Figures:
    """Wait for what the second process draws; nothing, if there is none or it failed."""
    if process is None:
        return {}
    try:
        names, figures = unpacked(process.stdout)
        return dict(zip(names, figures, strict=True))
    except (ValueError, TypeError):  # it has ended before, or something else than ours was written there
        return {}


def _end(process: Any) -> None:
    """Let nothing go on after the block."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        with suppress(OSError):  # what was not sent has nobody to read it
            pipe.close()


def packed(words: Any, parts: Sequence[bytes]) -> bytes:
    """Return one line that says what follows, and then the parts."""
    return json.dumps([words, [len(part) for part in parts]]).encode() + b"\n" + b"".join(parts)


def unpacked(stream: BinaryIO) -> tuple[Any, list[bytes]]:
    """Read what was packed, and not to the end of the stream: a process takes a while to leave.

    Raises
    ------
    ValueError
        If that is not there, or not all of it.
    """
    words, sizes = json.loads(stream.readline())
    parts = [stream.read(size) for size in sizes]
    if [len(part) for part in parts] != sizes:
        raise ValueError("the stream ends too early")
    return words, parts


def _drawn_here(summary: Frame, results: Frame, about: About) -> Figures:
    from experiments import figures

    return figures.draw_figures(summary, results, figures.About(**about))


def main() -> None:
    """Load what figures need, wait for the tables, and draw them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal interrupts both: the first one ends this one
    import pandas as pd
    import pyarrow.parquet  # noqa: F401

    import experiments.figures  # noqa: F401
    from experiments.terminal.tables import call_arms

    with suppress(ValueError):  # the study has ended without figures
        words, tables = unpacked(sys.stdin.buffer)
        call_arms(words["labels"])
        summary, results = (pd.read_parquet(io.BytesIO(table)) for table in tables)
        drawn = _drawn_here(summary, results, words["about"])
        sys.stdout.buffer.write(packed(list(drawn), list(drawn.values())))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
