"""What the command and the process around it owe each other: standard output, signals, warnings.

The files of a study are the result. Standard output only shows it: a closed pipe, a full disk or an encoding without
the letters of a table ends the printing and not the work.
"""

import codecs
import io
import logging
import os
import signal
import sys
import warnings
from _thread import interrupt_main
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any, TextIO

PLAIN = {"\N{NO-BREAK SPACE}": " ", "\N{PLUS-MINUS SIGN}": "+-", "\N{EN DASH}": "-", "\N{MULTIPLICATION SIGN}": "x"}
SOON = 0.05  # seconds
ERRORS = "ccosim_plain"
BYTES_OF_A_PATH = 0xDC00  # Python keeps a byte of a path that is no text as this plus the byte


class Interrupted(KeyboardInterrupt):
    """The work was interrupted after ``done`` of ``asked`` runs, which ``folder`` holds."""

    def __init__(self, done: int, asked: int, folder: Path) -> None:
        self.folder = folder
        so_far = f"with {done} of {asked} runs done" if asked else "before the first run"
        super().__init__(f"interrupted {so_far}: the same command goes on where it stopped")


class Output(io.TextIOWrapper):
    """A stream that prints what can be printed and never fails; ``fault`` says why it stopped."""

    fault: OSError | None = None

    def write(self, text: str, /) -> int:
        """Print a text, as far as the other end takes it."""
        try:
            return super().write(text)
        except OSError as fault:
            self._go_quiet(fault)
            return len(text)

    def flush(self) -> None:
        """Send what has been printed."""
        try:
            super().flush()
        except OSError as fault:
            self._go_quiet(fault)

    def _go_quiet(self, fault: OSError) -> None:
        """Send the rest nowhere."""
        self.fault = fault
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.fileno())
        os.close(nowhere)


def prepare_process() -> None:
    """Make standard output and error safe to print on, and keep the warnings of libraries off the screen."""
    codecs.register_error(ERRORS, _plain)
    sys.stdout, sys.stderr = _safe(sys.stdout), _safe(sys.stderr)
    if not sys.warnoptions:  # `python -W` asks for them
        warnings.simplefilter("ignore")
        os.environ.setdefault("PYTHONWARNINGS", "ignore")  # of worker processes too
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def _safe(stream: TextIO | None) -> TextIO:
    if stream is None:  # closed before the process began
        return Path(os.devnull).open("w", encoding="utf-8")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    encoding, by_line = stream.encoding, stream.line_buffering
    return Output(stream.detach(), encoding, ERRORS, line_buffering=by_line)


def _plain(fault: UnicodeError) -> tuple[str | bytes, int]:
    """Return what stands for a letter that the encoding lacks."""
    assert isinstance(fault, UnicodeEncodeError)
    letter, after = fault.object[fault.start], fault.start + 1
    byte = ord(letter) - BYTES_OF_A_PATH
    return (bytes([byte]) if 0x80 <= byte <= 0xFF else PLAIN.get(letter, "?")), after


def lost_output() -> OSError | None:
    """Why standard output took less than was printed; None if it took all, or if its reader had seen enough."""
    sys.stdout.flush()
    fault = getattr(sys.stdout, "fault", None)
    return None if isinstance(fault, BrokenPipeError) else fault


@contextmanager
def requests_to_end() -> Iterator[list[int]]:
    """Let SIGTERM, as clusters send it, interrupt as Ctrl-C does; yields the signals that came."""
    came: list[int] = []

    def interrupt(sent: int, _: Any) -> None:
        came.append(sent)
        raise KeyboardInterrupt

    def heard_again(ignored: Any) -> None:
        """An interruption that came inside a destructor or a callback of an import is ignored there: send it again."""
        if came and isinstance(ignored.exc_value, KeyboardInterrupt):
            again = Timer(SOON, interrupt_main, [came[-1]])  # not from here: what is raised in this hook is ignored too
            again.daemon = True
            again.start()
        else:
            usual(ignored)

    usual = sys.unraisablehook
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        for one, handler in before.items():
            if handler is not signal.SIG_IGN:
                signal.signal(one, interrupt)
    except ValueError:  # not in the main thread: no signal arrives here
        yield came
        return
    sys.unraisablehook = heard_again
    try:
        yield came
    finally:
        sys.unraisablehook = usual
        for one, handler in before.items():
            signal.signal(one, handler)
