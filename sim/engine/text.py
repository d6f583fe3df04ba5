"""Texts for messages: the valid name nearest to an invalid one, and short values."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from functools import partial


def nearest(word: str, valid: Iterable[str], count: int = 1) -> list[str]:
    """Return up to ``count`` names of ``valid`` most similar to ``word``, best first; one where none is similar."""
    short, names = word[:200], sorted(valid)
    return get_close_matches(short, names, n=count, cutoff=0.5) or sorted(names, key=partial(_unlike, short))[:1]


def _unlike(word: str, name: str) -> float:
    return -SequenceMatcher(None, word.casefold(), name.casefold()).ratio()


def did_you_mean(word: str, valid: Iterable[str]) -> str:
    """Return `` (nearest: x)`` for a message, or nothing when there is no name."""
    found = nearest(word, valid)
    return f" (nearest: {found[0]})" if found else ""


def shown(value: object, width: int = 60) -> str:
    """Return a value for a message: short, on one line, without control characters."""
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 3]}..."


def printable(text: str, width: int = 200) -> str:
    """Return text of others as one line that a terminal shows and never obeys: no control or escape characters."""
    short = text if len(text) <= width else f"{text[: width - 3]}..."
    return "".join(letter if letter.isprintable() else " " if letter.isspace() else "?" for letter in short)
