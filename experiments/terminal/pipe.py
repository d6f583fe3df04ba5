"""A reader of standard output who has seen enough (``ccosim compare ... | head``) ends the talking, not the work."""

import os
import sys

from rich.console import Console


class Talk(Console):
    """A console on standard output that falls silent when nobody listens any more."""

    def on_broken_pipe(self) -> None:
        """Rich would end the program here."""
        self.quiet = True
        stop_talking()


def stop_talking() -> None:
    """Send the rest of standard output nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def flush_or_stop_talking() -> None:
    """Send what has been printed, or fall silent if nobody listens."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        stop_talking()
