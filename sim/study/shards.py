"""Finished runs of a large study in few files: closed shards whose name is the checksum of what they hold.

A shard is a Parquet file with one row for each run, found by the run's id (a hash of all that its result depends on).
It is written whole or not at all, and what does not match its name is not read: a shard that was cut short or changed
counts as not there, and its runs are run again. A run that is in two shards is one run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.study.atomic import sha256, write_whole

FORMAT = "1"
LARGEST = 2000  # runs in a compacted shard
MANY = 40  # shards, from which on they are compacted while the study runs
SUFFIX = ".parquet"
PLAIN = ("id", "digest", "member_months", "seconds")
PARTS = ("totals", "amounts", "monthly", "yearly")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What is kept of one finished run.

    ``totals`` is ``[row, measure]`` as ``RunResult.totals``, ``amounts`` ``[year, amount]``; ``monthly`` and ``yearly``
    (``[month, place, measure]``, ``[year, level, measure]``) are kept on request. ``rows`` and ``measures`` name axes.
    """

    id: str
    digest: str
    member_months: int
    seconds: float
    rows: tuple[tuple[str, str], ...]
    measures: tuple[str, ...]
    totals: Floats
    amounts: Floats | None = None
    monthly: Floats | None = None
    yearly: Floats | None = None


@dataclass
class Shards:
    """The shards of one folder: which runs they hold, and the runs themselves."""

    folder: Path
    places: dict[str, tuple[Path, int]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._read_file = lru_cache(maxsize=4)(_read)
        for path in sorted(self.folder.glob(f"*{SUFFIX}")):
            self._index(path)

    def __contains__(self, run_id: object) -> bool:
        return run_id in self.places

    def __len__(self) -> int:
        return len(self.places)

    def add(self, outcomes: Sequence[Outcome]) -> None:
        """Keep finished runs: when this returns they are on the disk, whole."""
        for alike in _by_axes(outcomes):
            data = _to_bytes(alike)
            path = self.folder / f"{sha256(data)}{SUFFIX}"
            write_whole(path, data)
            self.places |= {outcome.id: (path, i) for i, outcome in enumerate(alike)}

    def get(self, run_ids: Iterable[str]) -> Iterator[Outcome]:
        """Yield kept runs in the order asked for; quick where that is about the order in which they were kept."""
        for run_id in run_ids:
            path, row = self.places[run_id]
            yield self._read_file(path)[row]

    def scan(self, run_ids: Iterable[str]) -> Iterator[Outcome]:
        """Yield kept runs in the order in which they lie on the disk: each file is read once."""
        return self.get(sorted({one for one in run_ids if one in self.places}, key=self.places.__getitem__))

    def compact(self) -> None:
        """Put many shards into few; a crash half-way leaves some runs in two shards, which are one run."""
        before = {path for path, _ in self.places.values()}
        ids = list(self.places)
        if len(before) <= -(-len(ids) // LARGEST):
            return
        for start in range(0, len(ids), LARGEST):
            self.add(list(self.get(ids[start : start + LARGEST])))
        for path in before - {path for path, _ in self.places.values()}:
            path.unlink(missing_ok=True)

    def remove_damaged(self) -> None:
        """Remove the files that could not be read."""
        for name in self.damaged:
            (self.folder / name).unlink(missing_ok=True)

    @property
    def files(self) -> int:
        """How many shards there are."""
        return len({path for path, _ in self.places.values()})

    def _index(self, path: Path) -> None:
        ids = _ids(path)
        if ids is None:
            self.damaged.append(path.name)
        else:
            self.places |= {run_id: (path, i) for i, run_id in enumerate(ids)}


def _by_axes(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """Runs with the same rows, measures and parts together: one shard has one shape."""
    groups: dict[Any, list[Outcome]] = {}
    for one in outcomes:
        parts = tuple(None if (part := getattr(one, name)) is None else part.shape for name in PARTS)
        groups.setdefault((one.rows, one.measures, parts), []).append(one)
    return list(groups.values())


def _to_bytes(outcomes: Sequence[Outcome]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    first = outcomes[0]
    parts = {name: getattr(first, name) for name in PARTS}
    columns: dict[str, Any] = {name: [getattr(one, name) for one in outcomes] for name in PLAIN}
    for name, part in parts.items():
        if part is not None:
            flat = np.concatenate([np.ascontiguousarray(getattr(one, name)).ravel() for one in outcomes])
            columns[name] = pa.FixedSizeListArray.from_arrays(pa.array(flat), part.size)
    shapes = {name: list(part.shape) for name, part in parts.items() if part is not None}
    about = {"format": FORMAT, "rows": first.rows, "measures": first.measures, "shapes": shapes}
    table = pa.table(columns).replace_schema_metadata({"ccosim": json.dumps(about)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue())


def _table(path: Path, columns: list[str] | None = None) -> Any:
    """The table in a file, or None if the file is not what its name says."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        data = path.read_bytes()
    except OSError:
        return None
    if sha256(data) != path.name.removesuffix(SUFFIX):
        return None
    return pq.read_table(pa.BufferReader(data), columns=columns)


def _ids(path: Path) -> list[str] | None:
    table = _table(path, ["id"])
    if table is None or _about(table).get("format") != FORMAT:
        return None
    ids: list[str] = table.column("id").to_pylist()
    return ids


def _about(table: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((table.schema.metadata or {}).get(b"ccosim", b"{}"))
    return found


def _read(path: Path) -> list[Outcome]:
    table = _table(path)
    if table is None:
        raise OSError(f"{path} was changed while it was being read")
    about = _about(table)
    rows, measures = tuple((stratum, level) for stratum, level in about["rows"]), tuple(about["measures"])
    plain = table.select(PLAIN).to_pylist()
    parts = {
        name: table.column(name).combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(-1, *shape)
        for name, shape in about["shapes"].items()
    }
    return [
        Outcome(rows=rows, measures=measures, **one, **{name: part[i] for name, part in parts.items()})
        for i, one in enumerate(plain)
    ]
