"""Small words."""


def counted(number: int, what: str) -> str:
    """A number and what is counted, in the singular or the plural: ``1 run``, ``2 runs``."""
    return f"{number:,} {what}{'s' * (number != 1)}"
