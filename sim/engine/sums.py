"""Add the sums of one thread to those of all threads, and set them to zero for the next month."""

from sim.engine.arrays import Ints
from sim.engine.compile import compiled_loop


def move_all(total: tuple[Ints, ...], mine: tuple[Ints, ...]) -> None:
    """Add each array to that of all, and clear it."""
    for there, here in zip(total, mine, strict=True):
        move(lines(there), lines(here))


def lines(array: Ints) -> Ints:
    """Return the same memory as a table."""
    assert array.flags.c_contiguous  # else this would be a copy
    return array.reshape(-1, array.shape[-1])


@compiled_loop("void(i8[:,::1], i8[:,::1])")
def move(total: Ints, mine: Ints) -> None:
    """Add the lines that are not zero, and clear them: of a month's cells, the largest sums, they are a quarter."""
    for line in range(len(mine)):
        some = 0
        for place in range(mine.shape[1]):
            some |= mine[line, place]
        if some != 0:
            for place in range(mine.shape[1]):
                total[line, place] += mine[line, place]
                mine[line, place] = 0
