"""What can be wrong with a study."""

from sim.engine.text import printable


class StudyError(ValueError):
    """A study that cannot be made, continued or read; the message says what to do, and can be printed as it is."""

    def __init__(self, message: str) -> None:
        self.messages = [printable(message, 2000)]
        super().__init__(self.messages[0])
