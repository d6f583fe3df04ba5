"""A planted bug: one change of the source, what it breaks, and the tests that ought to notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """One bug.

    Attributes
    ----------
    changes : (old text, new text) pairs; each old text is in the file exactly once.
    breaks : the property that no longer holds.
    tests : the tests that ought to notice, cheapest first.
    cheap : whether these take a few seconds: the default run tries six cheap ones, in turn.
    """

    name: str
    file: str
    changes: tuple[tuple[str, str], ...]
    breaks: str
    tests: tuple[str, ...]
    cheap: bool = True


def bug(name: str, file: str, old: str, new: str, breaks: str, *tests: str, cheap: bool = True) -> Planted:
    """Return a bug with one change."""
    return Planted(name, file, ((old, new),), breaks, tests, cheap)
