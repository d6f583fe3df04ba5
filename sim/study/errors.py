"""What can be wrong with a study."""


class StudyError(ValueError):
    """A study that cannot be made, continued or read; the message says what to do."""

    def __init__(self, message: str) -> None:
        self.messages = [message]
        super().__init__(message)
