"""What can be wrong with a study."""


class StudyError(ValueError):
    """A study that cannot be made, continued or read; the message says what to do."""
