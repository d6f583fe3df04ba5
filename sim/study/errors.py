"""What can be wrong with a study."""

from sim.engine.text import printable

INPUTS = "inputs"  # folder of a study that holds the data files as they were when it began


class StudyError(ValueError):
    """A study that cannot be made, continued or read; the message says what to do, and can be printed as it is."""

    def __init__(self, message: str) -> None:
        self.messages = [printable(message, 2000)]
        super().__init__(self.messages[0])


class InputChangedError(StudyError):
    """A file that runs read was edited while a study ran: further runs would not be like those before them."""

    so = "stopped"

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            f"{name} was changed after the study began, and further runs would not be like those that are done. The "
            f"study's folder holds the file as it was, {INPUTS}/{name}: with that put back, the same command goes on; "
            "with the new file, it is another study"
        )

    def __reduce__(self) -> tuple[type["InputChangedError"], tuple[str]]:
        return InputChangedError, (self.name,)
