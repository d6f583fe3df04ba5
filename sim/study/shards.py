"""Finished runs of a study in few files: closed shards whose name is the checksum of what they hold.

A shard is a Parquet file with one row for each run, found by the run's id (a hash of all that its result depends on).
It is written whole or not at all, and what does not match its name is not read: a shard that was cut short or changed
counts as not there, and its runs are run again. A run that is in two shards is one run. What is there is checked when
the folder is opened; after that a few rows are read at a time, so that memory does not grow with the number of runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from sim.engine.arrays import Floats
from sim.measures.result import RunResult
from sim.study.atomic import read_plain, sha256, write_whole
from sim.study.errors import StudyError
from sim.study.reading import blaming, parse_json
from sim.study.runs import from_bytes, to_bytes

FORMAT = "1"
LARGEST = 1000  # runs in a compacted shard
GROUP = 50  # runs that are read together
WINDOW = 200  # runs that are looked up together
MANY = 40  # shards, from which on they are compacted while the study runs
SUFFIX = ".parquet"
PLAIN = ("id", "digest", "member_months", "seconds")
PARTS = ("totals", "amounts", "courses", "monthly", "yearly")
WHOLE = "whole"  # the column that holds complete runs


@dataclass(frozen=True)
class Outcome:
    """What is kept of one finished run.

    ``totals`` is ``[row, measure]`` as ``RunResult.totals``, ``amounts`` ``[year, amount]``; ``monthly`` and ``yearly``
    (``[month, place, measure]``, ``[year, level, measure]``) are kept on request, and so is the complete ``result``,
    which comes back only when it is asked for. ``courses`` is ``[month, measure]`` as ``RunResult.courses``; runs of
    earlier versions have none. ``rows`` and ``measures`` name axes.
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
    result: RunResult | None = None
    courses: Floats | None = None


class Memory:
    """Finished runs that are not written anywhere; it answers as ``Shards`` does."""

    files = 0

    def __init__(self, outcomes: Iterable[Outcome] = ()) -> None:
        self._kept = {one.id: one for one in outcomes}

    def __contains__(self, run_id: object) -> bool:
        return run_id in self._kept

    def add(self, outcomes: Iterable[Outcome]) -> None:
        self._kept |= {one.id: one for one in outcomes}

    def result(self, run_id: str) -> RunResult:
        found = self._kept[run_id].result
        assert found is not None
        return found

    def get(self, run_ids: Iterable[str]) -> Iterator[Outcome]:
        return (self._kept[run_id] for run_id in run_ids)

    scan = get

    def compact(self) -> None:
        """Nothing to do."""


@dataclass
class Shards:
    """The shards of one folder: which runs they hold, and the runs themselves."""

    folder: Path
    places: dict[str, tuple[Path, int]] = field(default_factory=dict)
    damaged: list[str] = field(default_factory=list)
    whole: set[Path] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._read_group, self._together = lru_cache(maxsize=4)(_read_group), lru_cache(maxsize=None)(_together)
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
            self._note(path, [outcome.id for outcome in alike], whole=alike[0].result is not None)

    def result(self, run_id: str) -> RunResult:
        """Return a run that was kept complete.

        Raises
        ------
        StudyError
            If it is not there, or not as it was written.
        """
        path, row = self.places.get(run_id, (None, 0))
        if path is None or path not in self.whole:
            raise StudyError(f"{self.folder} does not hold the complete run {run_id}")
        return from_bytes(_read(path, row // self._together(path), [WHOLE]).column(WHOLE)[0].as_py(), str(path))

    def get(self, run_ids: Iterable[str]) -> Iterator[Outcome]:
        """Yield kept runs in the order asked for; of every few, those that lie together are read together."""
        asked = iter(run_ids)
        while window := list(islice(asked, WINDOW)):
            found = {one.id: one for one in self.scan(window)}
            yield from (found[run_id] for run_id in window)

    def scan(self, run_ids: Iterable[str]) -> Iterator[Outcome]:
        """Yield kept runs in the order in which they lie on the disk: nothing is read twice."""
        for path, row in sorted({self.places[run_id] for run_id in run_ids}):
            group, place = divmod(row, self._together(path))
            yield _row_of(self._read_group(path, group), place)

    def compact(self) -> None:
        """Put many shards into few, those with complete runs excepted: they are large already.

        A crash half-way leaves some runs in two shards, which are one run.
        """
        before = {path for path, _ in self.places.values()} - self.whole
        ids = [run_id for run_id, (path, _) in self.places.items() if path in before]
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
        """How many shards there are that can be compacted."""
        return len({path for path, _ in self.places.values()} - self.whole)

    def _index(self, path: Path) -> None:
        table = _table(path, ["id"])
        if table is None or _about(table).get("format") != FORMAT:
            self.damaged.append(path.name)
        else:
            self._note(path, table.column("id").to_pylist(), whole=_about(table).get(WHOLE, False))

    def _note(self, path: Path, run_ids: Sequence[str], *, whole: bool) -> None:
        self.places |= {run_id: (path, i) for i, run_id in enumerate(run_ids)}
        if whole:
            self.whole.add(path)


Store: TypeAlias = Shards | Memory


def _by_axes(outcomes: Sequence[Outcome]) -> list[list[Outcome]]:
    """Runs with the same rows, measures and parts together: one shard has one shape."""
    groups: dict[Any, list[Outcome]] = {}
    for one in outcomes:
        parts = tuple(None if (part := getattr(one, name)) is None else part.shape for name in PARTS)
        groups.setdefault((one.rows, one.measures, parts, one.result is None), []).append(one)
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
    whole = [to_bytes(one.result) for one in outcomes if one.result is not None]
    if whole:
        columns[WHOLE] = pa.array(whole, pa.large_binary())
    axes = {"rows": first.rows, "measures": first.measures, "shapes": shapes}
    about = {"format": FORMAT, WHOLE: bool(whole)} | axes
    table = pa.table(columns).replace_schema_metadata({"ccosim": json.dumps(about)})
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", row_group_size=1 if whole else GROUP)
    return bytes(sink.getvalue())


def _table(path: Path, columns: list[str] | None = None) -> Any:
    """The table in a file, or None if the file is not what its name says."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        data = read_plain(path)
        same = sha256(data) == path.name.removesuffix(SUFFIX)
        return pq.read_table(pa.BufferReader(data), columns=columns) if same else None
    except (OSError, KeyError, pa.ArrowException):
        return None


def _about(table: Any) -> dict[str, Any]:
    try:
        return parse_json((table.schema.metadata or {}).get(b"ccosim", b"{}").decode())
    except ValueError:
        return {}


@dataclass(frozen=True)
class _Group:
    """Some rows of a shard: what is plain of each, and its arrays together."""

    rows: tuple[tuple[str, str], ...]
    measures: tuple[str, ...]
    plain: list[dict[str, Any]]
    parts: dict[str, Floats]


def _together(path: Path) -> int:
    """How many rows of a shard are read at a time: earlier versions wrote all of them as one group."""
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).row_group(0).num_rows)


def _read(path: Path, group: int, columns: Sequence[str]) -> Any:
    """Some columns of some rows; those that a shard does not have are left out."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).read_row_group(group, columns=list(columns))
    except (OSError, pa.ArrowException) as fault:
        raise StudyError(f"{path} was changed while it was being read ({fault})") from None


def _read_group(path: Path, group: int) -> _Group:
    table = _read(path, group, [*PLAIN, *PARTS])
    about = _about(table)
    with blaming(path, "is not a file of runs"):
        parts = {
            name: table.column(name).combine_chunks().flatten().to_numpy(zero_copy_only=False).reshape(-1, *shape)
            for name, shape in about["shapes"].items()
        }
        rows = tuple((stratum, level) for stratum, level in about["rows"])
        return _Group(rows, tuple(about["measures"]), table.select(PLAIN).to_pylist(), parts)


def _row_of(group: _Group, row: int) -> Outcome:
    """One run; its arrays are copies, so that keeping it does not keep its neighbors."""
    arrays = {name: part[row].copy() for name, part in group.parts.items()}
    return Outcome(rows=group.rows, measures=group.measures, **group.plain[row], **arrays)
