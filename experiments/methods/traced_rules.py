"""Watches which fields each rule of a member's month reads and writes, by running the rules on records that take note.

Compiled rules cannot be watched, so this runs as a process of its own with ``NUMBA_DISABLE_JIT=1``:
``python -m experiments.methods.traced_rules MONTHS RULES``. ``MONTHS`` holds what the rules are given in some months;
``RULES`` receives what was seen. Draws are pushed toward 0 and 1, so that few members meet many rare events.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.methods.month_trace import RECORDS, Rule

MODULES = "sim.member."
EXTREME = 0.1  # share of draws pushed to either end
LONGEST_HEADER = 100_000  # characters: a member and the parameters have many fields


class Seen:
    """What rules were seen to read and write: rule, record and field."""

    def __init__(self) -> None:
        self.rule = ""
        self.rules: dict[str, str] = {}
        self.reads: set[tuple[str, str, str]] = set()
        self.writes: set[tuple[str, str, str]] = set()

    def watched(self, name: str, rule: Callable[..., Any]) -> Callable[..., Any]:
        """Return the rule, which says while it runs on a member that it is the one that reads and writes."""
        about = " ".join((rule.__doc__ or "").split("\n\n")[0].split())

        @wraps(rule)
        def call(*given: Any) -> Any:
            if not given or not isinstance(given[0], Record):
                return rule(*given)
            self.rules.setdefault(name, about)
            self.rule = name
            try:
                return rule(*given)
            finally:
                self.rule = ""

        return call

    def found(self) -> list[Rule]:
        """Return the rules in the order in which they were first called."""
        return [
            Rule(name, about, self._fields(self.reads, name), self._fields(self.writes, name))
            for name, about in self.rules.items()
        ]

    @staticmethod
    def _fields(seen: set[tuple[str, str, str]], rule: str) -> dict[str, list[str]]:
        by_record = {
            record: sorted(field for by, of, field in seen if (by, of) == (rule, record)) for record in RECORDS
        }
        return {record: fields for record, fields in by_record.items() if fields}


class Record:
    """One row of a table that notes which of its fields are read and written."""

    __slots__ = ("_kind", "_row", "_seen")

    def __init__(self, seen: Seen, kind: str, row: Any) -> None:
        for name, value in (("_seen", seen), ("_kind", kind), ("_row", row)):
            object.__setattr__(self, name, value)

    def __getattr__(self, field: str) -> Any:
        value = self._row[field]
        if isinstance(value, np.ndarray) and value.flags.writeable:
            return Column(self._seen, (self._kind, field), value)
        self._seen.reads.add((self._seen.rule, self._kind, field))
        return value

    def __setattr__(self, field: str, value: Any) -> None:
        self._seen.writes.add((self._seen.rule, self._kind, field))
        self._row[field] = value


class Column:
    """A field that is a small array, and notes which it is: read or written."""

    __slots__ = ("_of", "_seen", "_values")

    def __init__(self, seen: Seen, of: tuple[str, str], values: NDArray[Any]) -> None:
        self._seen, self._of, self._values = seen, of, values

    def __getitem__(self, place: Any) -> Any:
        self._seen.reads.add((self._seen.rule, *self._of))
        return self._values[place]

    def __setitem__(self, place: Any, value: Any) -> None:
        self._seen.writes.add((self._seen.rule, *self._of))
        self._values[place] = value

    def __len__(self) -> int:
        return len(self._values)


class Table:
    """A table whose rows take note."""

    def __init__(self, seen: Seen, kind: str, rows: NDArray[Any], *, is_written: bool) -> None:
        self._seen, self._kind = seen, kind
        self._rows = np.array(rows, subok=False)
        self._rows.flags.writeable = is_written  # a rule that writes what it may only read fails here

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: Any) -> Record:
        return Record(self._seen, self._kind, self._rows[place])


def watch(months: list[dict[str, Any]]) -> list[Rule]:
    """Simulate the members of some months, and return what each rule read and wrote.

    Parameters
    ----------
    months : for each: ``members``, ``areas``, ``clinics``, ``params`` and ``seed``, as ``live_chunk`` takes them.
    """
    from sim.member import month

    seen = Seen()
    vars(month)["fill_block"] = eventful_draws
    for name, rule in list(vars(month).items()):
        if callable(rule) and getattr(rule, "__module__", "").startswith(MODULES) and rule.__module__ != month.__name__:
            setattr(month, name, seen.watched(f"{rule.__module__.rpartition('.')[2]}.{name}", rule))
    for given in months:
        scratch, _ = month.make_scratch(len(given["areas"]), len(given["clinics"]))
        records = Table(seen, "month", scratch[month.MONTHS_IN_ROOM], is_written=True)
        month.live_chunk(
            Table(seen, "member", given["members"], is_written=True),
            0,
            len(given["members"]),
            Table(seen, "area", given["areas"], is_written=False),
            Table(seen, "clinic", given["clinics"], is_written=False),
            Table(seen, "parameter", given["params"], is_written=False),
            given["seed"],
            (*scratch[: month.MONTHS_IN_ROOM], records, *scratch[month.MONTHS_IN_ROOM + 1 :]),
        )
    return seen.found()


def eventful_draws(u: NDArray[np.float64], _words: object, keys: NDArray[np.uint64], n: int, *_: object) -> None:
    """Fill the draws of ``n`` members (``u[decision, member]``) with luck that is extreme more often than by chance."""
    luck = np.random.default_rng(keys[:n])
    draws, kind = luck.uniform(size=(2, len(u), n))
    pushed = np.where(kind < EXTREME, draws * EXTREME**3, np.where(kind > 1 - EXTREME, 1 - draws * EXTREME**3, draws))
    u[:, :n] = pushed


def watch_without_compiler(months: list[dict[str, Any]]) -> list[Rule]:
    """Do ``watch`` in a process of its own, in which rules are plain Python."""
    with TemporaryDirectory() as folder:
        given, found = Path(folder) / "months.npz", Path(folder) / "rules.json"
        np.savez(given, **{f"{number}.{name}": a for number, one in enumerate(months) for name, a in one.items()})
        environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
        subprocess.run([sys.executable, "-m", __name__, str(given), str(found)], env=environment, check=True)
        return [Rule(**one) for one in json.loads(found.read_text(encoding="utf-8"))]


def _main(given: str, found: str) -> None:
    months: dict[str, dict[str, Any]] = {}
    with np.load(given, max_header_size=LONGEST_HEADER) as arrays:
        for key in arrays.files:
            number, _, name = key.partition(".")
            months.setdefault(number, {})[name] = arrays[key][()]
    Path(found).write_text(json.dumps([vars(rule) for rule in watch(list(months.values()))]), encoding="utf-8")


if __name__ == "__main__":
    _main(*sys.argv[1:])
