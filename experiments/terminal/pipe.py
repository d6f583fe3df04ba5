"""When the output pipe closes (``ccosim compare ... | head``), stop printing and keep running."""

import os
import sys

from rich.console import Console


class Talk(Console):
    """A console on standard output that goes quiet when the pipe closes."""

    def on_broken_pipe(self) -> None:
        """Rich would end the program here."""
        self.quiet = True
        stop_talking()


def stop_talking() -> None:
    """Discard the rest of standard output."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def flush_or_stop_talking() -> None:
    """Send what has been printed, or go quiet if the pipe has closed."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        stop_talking()
