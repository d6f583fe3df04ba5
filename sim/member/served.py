"""Months and effects of packages, kept only for members whom a package ever served: few need the room.

A member's ``served`` is a row number of this table. Row 0 holds zeros and stands for everyone who was never served;
nothing writes to it. A row that was given back is used again. Rules see whole members: ``lift`` copies a member's two
rows into one, and ``put_back`` copies them back after the month.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Ints
from sim.engine.compile import compiled_loop
from sim.engine.rows import copied, grown, roomy
from sim.engine.snapshot import Remembering, Saved
from sim.schema import MEMBER, OF_PACKAGES, STORED

ROWS_AT_START = 1024
GROWTH = 1.5
WORD = np.dtype(np.int64).itemsize
ROW_WORDS, PACKAGE_WORDS = STORED.itemsize // WORD, OF_PACKAGES.itemsize // WORD


class Served(Remembering):
    """The months and effects of packages, by member ever served.

    Attributes
    ----------
    rows : table of ``schema.OF_PACKAGES``.
    free : rows of it that belong to nobody, in the order in which they will be used: the last first.
    """

    REMEMBERED: ClassVar[tuple[str, ...]] = ("rows", "free")

    def __init__(self) -> None:
        self.rows: NDArray[Any] = roomy(ROWS_AT_START, OF_PACKAGES)
        self.free: Ints = np.arange(ROWS_AT_START - 1, 0, -1)

    @property
    def holds_anybody(self) -> bool:
        """Whether a package ever served somebody who is still in the table of members."""
        return len(self.free) < len(self.rows) - 1

    def copy(self) -> "Served":
        """Return the same table, with memory of its own."""
        mine = Served()
        mine.rows, mine.free = copied(self.rows), self.free.copy()
        return mine

    def restore(self, kept: Saved | Mapping[str, NDArray[Any]]) -> None:
        """Go on from a snapshot."""
        self.rows, self.free = np.array(kept["rows"]), np.array(kept["free"])

    def admit(self, members: NDArray[Any], rows: Ints) -> None:
        """Give each of these members a row of zeros, unless there is one from an earlier package."""
        new = rows[members["served"][rows] == 0]
        if len(new) > len(self.free):
            self._grow(len(new) - len(self.free))
        left = len(self.free) - len(new)
        mine, self.free = self.free[left:], self.free[:left]
        self.rows[mine] = np.zeros(1, OF_PACKAGES)
        members["served"][new] = mine

    def give_back(self, members: NDArray[Any], rows: Ints) -> None:
        """Take the row of those of these members who have one: they are gone, and somebody else takes their place."""
        theirs = members["served"][rows]
        self.free = np.concatenate([self.free, theirs[theirs > 0].astype(np.int64)])
        members["served"][rows] = 0

    def months(self, members: NDArray[Any], rows: Ints, bit: int) -> NDArray[np.int16]:
        """Return for how many months a package has served each of these members."""
        return np.asarray(self.rows["package_months"][members["served"][rows], bit])

    def start(self, members: NDArray[Any], rows: Ints, bit: int) -> None:
        """Begin to count the months for which a package serves these members."""
        self.admit(members, rows)
        self.rows["package_months"][members["served"][rows], bit] = 0

    def whole(self, members: NDArray[Any]) -> NDArray[Any]:
        """Return copies of these rows as whole members (``schema.MEMBER``)."""
        whole = np.zeros(len(members), MEMBER)
        stored = np.ascontiguousarray(members)
        lift(words(stored), stored["served"], words(self.rows), 0, len(members), words(whole))
        return whole

    def _grow(self, needed: int) -> None:
        before = len(self.rows)
        self.rows = grown(self.rows, max(needed, int(before * (GROWTH - 1))))
        self.free = np.concatenate([np.arange(len(self.rows) - 1, before - 1, -1), self.free])


def words(table: NDArray[Any]) -> Ints:
    """Return the same memory as 64-bit words, a line for each row."""
    plain = np.asarray(table).view(np.ndarray)
    return plain.view(np.int64).reshape(len(plain), plain.dtype.itemsize // WORD)


@compiled_loop("void(i8[:,::1], u4[:], i8[:,::1], i8, i8, i8[:,::1])")
def lift(stored, served, of_packages, first, n, whole):
    """Copy ``n`` members from row ``first``, each with the months and effects of packages, into ``whole``."""
    for j in range(n):
        row = first + j
        for word in range(ROW_WORDS):
            whole[j, word] = stored[row, word]
        done = served[row]
        for word in range(PACKAGE_WORDS):
            whole[j, ROW_WORDS + word] = of_packages[done, word]


@compiled_loop("void(i8[:,::1], u4[:], i8[:,::1], i8, i8, i8[:,::1])")
def put_back(stored, served, of_packages, first, n, whole):
    """Copy ``n`` whole members back into the two tables; nothing writes to the row of those never served."""
    for j in range(n):
        row = first + j
        done = served[row]
        for word in range(ROW_WORDS):
            stored[row, word] = whole[j, word]
        served[row] = done  # a whole member has no such field: the word holds anything in its place
        if done > 0:
            for word in range(PACKAGE_WORDS):
                of_packages[done, word] = whole[j, ROW_WORDS + word]
