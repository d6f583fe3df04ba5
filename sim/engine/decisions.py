"""The registry of keyed decisions: each random decision and its number.

A draw depends on (seed, key, month, decision). Two decisions with one number would share their draws, so a module that
declares a number twice fails on import. A number never changes and is never used for another decision: a new decision
takes a free one.
"""

QUAD = 4  # one call of the generator gives four numbers: decisions that are drawn together share a quad

_name_of: dict[int, str] = {}


def decision(name: str, number: int, count: int = 1) -> int:
    """Declare a decision and return its number, a plain constant that compiled rules may read.

    Parameters
    ----------
    name : "room: what is decided", for messages.
    number : the first number that the decision takes.
    count : how many numbers it takes, such as one for each need.
    """
    if name in _name_of.values():
        raise ValueError(f"decision {name!r} is declared twice")
    for wanted in range(number, number + count):
        if wanted in _name_of:
            free = next(n for n in range(number, number + len(_name_of) + 1) if n not in _name_of)
            raise ValueError(f"decision {name!r}: {wanted} belongs to {_name_of[wanted]!r}; {free} is free")
    _name_of.update(dict.fromkeys(range(number, number + count), name))
    return number


def declared() -> dict[int, str]:
    """Return the name of the decision behind each number that is taken."""
    return dict(sorted(_name_of.items()))


def next_quad(number: int) -> int:
    """Return the first number of the quad after that of ``number``."""
    return (number // QUAD + 1) * QUAD
