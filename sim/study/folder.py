"""The results folder of one study: what it holds, how it is written. What is there is whole; the rest is run again."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import Any

from sim.engine.arrays import Floats, Frame
from sim.engine.parameter_files import OWN
from sim.engine.text import printable
from sim.engine.yaml_files import LARGEST_FILE, parse_yaml
from sim.measures.result import FRAME_COLUMNS, YEARS_COLUMNS, RunResult
from sim.own_folder import own_folder
from sim.paths import conf_folder, folder_in_use, shipped_folder
from sim.study.atomic import checksums, damaged, naming, open_plain, read_plain, write_whole
from sim.study.crate import NAME as CRATE
from sim.study.crate import crate
from sim.study.errors import INPUTS, StudyError
from sim.study.files import (
    DRAWS,
    LOCK,
    LOG,
    MANIFEST,
    PROGRESS,
    RESULTS,
    RUNS,
    SCENARIO,
    SCENARIOS,
    SUMMARY,
    SUMS,
    TOTALS,
    YEARS,
)
from sim.study.lock import Lock, holder_of
from sim.study.manifest import (
    COMPARISON,
    DONE,
    FAILED,
    FORMAT,
    INTERRUPTED,
    SWEEP,
    add_seconds,
    now,
    peak_memory_bytes,
    result_digest,
)
from sim.study.reading import blaming, check_kinds, read_json
from sim.study.shards import Shards
from sim.study.tables import read_csv, read_parquet

TEXT_COLUMNS = ("arm", "contrast", "measure", "stratum", "level", "unit", "label", "point", "role")
NO_TABLE = "is not the table that a study writes"
COLUMNS = {
    RESULTS: FRAME_COLUMNS,
    TOTALS: tuple(name for name in FRAME_COLUMNS if name != "month"),
    YEARS: YEARS_COLUMNS,
    SUMMARY: ("arm", "contrast", "measure", "stratum", "level", "estimate", "low", "high", "replicates"),
    DRAWS: ("draw",),
    RUNS: ("arm", "draw", "seed", "id", "status", "reason", "digest", "member_months"),
}
SCENARIO_KINDS = {"title": str | None, "months": int, "arms": dict | None, "baseline": str | None}


class Study:
    """A study on disk. ``open_study`` begins or continues one, ``load_study`` reads one."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest
        self._lock: Lock | None = None

    def __repr__(self) -> str:
        return f"<Study {self.path} ({self.status}); see .summary(), .frame(), .scenario()>"

    @property
    def status(self) -> str:
        """``running``, ``interrupted``, ``failed`` or ``done``."""
        return str(self.manifest["status"])

    @property
    def is_done(self) -> bool:
        return self.status == DONE

    def scenario(self) -> dict[str, Any]:
        """The resolved scenario, as ``study.yaml`` holds it."""
        path = self.path / SCENARIO
        with blaming(path):
            found = parse_yaml(read_plain(path, LARGEST_FILE).decode(), SCENARIO)
            check_kinds(found, SCENARIO_KINDS, all_of_them=False)
        return dict(found)

    def frame(self, **equal: Any) -> Frame:
        """Tidy results: ``arm, seed, draw, month, level, stratum, measure, value``.

        The state (``stratum == "all"``) and the areas are given by month, the other strata by year.

        Parameters
        ----------
        equal
            Keep only rows where a column has this value or one of these values: ``frame(stratum="all")``.
        """
        return self._parquet(RESULTS, **equal)

    def totals(self, **equal: Any) -> Frame:
        """Totals over each run: ``arm, seed, draw, level, stratum, measure, value``, one row for each that is defined.

        Parameters
        ----------
        equal
            Keep only rows where a column has this value or one of these values, as for ``frame``.
        """
        return self._parquet(TOTALS, **equal)

    def table(self, name: str, *, finished: bool = True) -> Frame:
        """Another table of the study: ``<name>.csv``; ``finished`` as for ``summary``."""
        return self._csv(f"{name}.csv", finished=finished)

    def draws(self) -> Frame:
        """What each draw sets: ``draw`` and a column for each lever and uncertainty, by its full name."""
        import pandas as pd

        if not (self.path / DRAWS).is_file():
            return pd.DataFrame({"draw": [0]})
        return self._csv(DRAWS)

    def summary(self, *, finished: bool = True) -> Frame:
        """Means and paired differences with 95% intervals (``summary.csv``).

        ``finished=False`` reads what is there although runs failed.
        """
        return self._csv(SUMMARY, TEXT_COLUMNS, finished=finished)

    def years(self) -> Frame:
        """Dollars, life years and QALYs of the whole state: ``arm, seed, draw, year, amount, value``."""
        return self._parquet(YEARS)

    def run(self, arm: str, seed: int) -> RunResult:
        """One finished run of a comparison in full.

        Raises
        ------
        StudyError
            If it is missing or its file is damaged; if the study is a sweep, which keeps only what its tables need.
        """
        self.check_runs()
        if self.kind != COMPARISON:
            raise StudyError(f"{self.path} is a {self.kind}, which keeps no complete runs: see its totals()")
        run_id = self.run_ids.get((arm, 0, seed))
        if run_id is None:
            raise StudyError(f"{self.path} holds no run of arm {arm!r} with seed {seed}")
        return replace(self._shards.result(run_id), arm=arm)  # arms that are equal share their runs

    def courses(self, wanted: Collection[tuple[str, int]]) -> dict[tuple[str, int, int], Floats]:
        """Return ``RunResult.courses`` by arm, draw and seed, of some arms and draws; not those without them."""
        ids = {run: run_id for run, run_id in self.run_ids.items() if run[:2] in wanted}
        kept = {one.id: one.courses for one in self._shards.scan(set(ids.values()))}
        return {run: found for run, run_id in ids.items() if (found := kept[run_id]) is not None}

    @cached_property
    def run_ids(self) -> dict[tuple[str, int, int], str]:
        """The ids of all runs by arm, draw and seed."""
        return self._column_of_runs("id")

    @cached_property
    def _shards(self) -> Shards:
        return Shards(self.path / "runs")

    def _column_of_runs(self, name: str) -> dict[tuple[str, int, int], Any]:
        frame = self._parquet(RUNS, finished=False, status="done")
        return dict(zip(zip(frame["arm"], frame["draw"], frame["seed"], strict=True), frame[name], strict=True))

    def reasons(self) -> dict[str, int]:
        """Return why runs failed, and how many for each reason, the most frequent first."""
        frame = self._parquet(RUNS, finished=False, status="failed")
        return {printable(str(reason)): int(n) for reason, n in frame["reason"].value_counts().items()}

    def progress(self) -> tuple[int, int]:
        """Runs finished, and runs asked for."""
        if not self.keeps_runs:
            return int(self.is_done), 1
        known = self.live_progress()
        return known["done"], known["planned"]

    @property
    def kind(self) -> str:
        """``comparison``, ``sweep``, or the name of what is one table."""
        return str(self.manifest.get("kind") or COMPARISON)

    @property
    def keeps_runs(self) -> bool:
        """Whether the study is of runs; some are one table, made of many runs that are not kept."""
        return self.kind in (COMPARISON, SWEEP)

    def check_runs(self) -> None:
        """Refuse a study that keeps no runs, or keeps them as an earlier version did.

        Raises
        ------
        StudyError
            With where to look instead.
        """
        if not self.keeps_runs:
            raise StudyError(f"{self.path} holds no runs but {self.kind}: see {self.kind}.csv there, or run its verb")
        if self.manifest.get("format") != FORMAT:
            raise StudyError(
                f"{self.path} was made by another version of ccosim, with other names of measures and files: "
                "read its tables as they are, or run its command again"
            )

    def live_progress(self) -> dict[str, Any]:
        """How far a study was when it last wrote that down: ``planned, done, running, failed, seconds_left, ...``."""
        try:
            found = read_json(self.path / PROGRESS)
        except StudyError:
            found = {}
        whole = {name: value for name, value in found.items() if type(value) in (int, float)}
        return {"planned": 0, "done": 0, "running": 0, "failed": 0} | whole

    def holder(self) -> str | None:
        """Who is working on the study now, as ``host pid``, or None."""
        return holder_of(self.path / LOCK)

    # What follows is for those who run a study.

    def shards(self) -> Shards:
        """The finished runs; files that are damaged are removed, and their runs count as not there."""
        shards = Shards(self.path / "runs")
        for name in shards.damaged:
            self.log(f"runs/{name} is damaged; its runs will be run again")
        shards.remove_damaged()
        return shards

    def write(self, name: str, data: bytes) -> None:
        """Write a file of the study, whole."""
        write_whole(self.path / name, data)

    def keep_inputs(self, files: Mapping[str, Path]) -> None:
        """Copy the data files that runs read, by their names, as they are when the study begins or begins anew."""
        for stale in (self.path / INPUTS / OWN).rglob("*"):
            if stale.is_file() and stale.relative_to(self.path / INPUTS).as_posix() not in files:
                stale.unlink()
        for name, file in files.items():
            target = self.path / INPUTS / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if file.is_file() and (not target.is_file() or target.read_bytes() != file.read_bytes()):
                write_whole(target, file.read_bytes())

    @contextmanager
    def configuration(self) -> Iterator[Path]:
        """Use the configuration of the study within the block: files of its user's own, which it carries, come first.

        Raises
        ------
        ConfError
            If these cannot be used.
        """
        own = self.path / INPUTS / OWN
        with own_folder(own) if own.is_dir() else folder_in_use(shipped_folder()):
            yield conf_folder()

    def own_files(self) -> list[str]:
        """The files of a folder of the user's own (``conf=DIR``) that the study carries, by their names there."""
        own = self.path / INPUTS / OWN
        return [file.relative_to(own).as_posix() for file in own.rglob("*") if file.is_file()]

    def add_figure(self, name: str, data: bytes) -> None:
        folder = self.path / "figures"
        folder.mkdir(exist_ok=True)
        write_whole(folder / name, data)

    def write_scenarios(self, scenarios: dict[str, Any]) -> None:
        """Keep every scenario complete, and what draws set, so that the study can be run again from its folder."""
        self.write(SCENARIOS, (json.dumps(scenarios, indent=1) + "\n").encode())

    def runs_digest(self) -> tuple[str, int]:
        """The digest over all finished runs, and the months that their sampled members were enrolled."""
        return result_digest(self._column_of_runs("digest")), int(sum(self._column_of_runs("member_months").values()))

    @contextmanager
    def at_work(self) -> Iterator[Callable[[], dict[str, float]]]:
        """Run the study; it can be resumed if that is interrupted or fails. Yields the seconds that were spent."""
        began = monotonic()

        def seconds() -> dict[str, float]:
            return {"months": monotonic() - began}

        try:
            yield seconds
        except KeyboardInterrupt:
            self._stop(INTERRUPTED, seconds())
            raise
        except BaseException as fault:
            self._stop(FAILED, seconds(), f"failed: {type(fault).__name__}: {fault}")
            raise

    def _stop(self, status: str, seconds: Mapping[str, float], why: str = "") -> None:
        """End before all is done; a disk that is full keeps nobody out, and hides no other fault."""
        try:
            if why:
                self.log(why)
            self._end(status, seconds)
        except OSError:
            self.release()

    def close(self, digest: str, member_months: int, seconds: Mapping[str, float], failed: int = 0) -> None:
        """Say that all is there (``failed`` runs excepted): checksums of all files first, the manifest last."""
        self.manifest |= {"result_digest": digest, "member_months": member_months, "runs_failed": failed}
        self.write(CRATE, (json.dumps(self._crate(), indent=1) + "\n").encode())
        write_whole(self.path / SUMS, checksums(self.path, self._files()).encode())
        self._end(FAILED if failed else DONE, seconds)

    def _files(self) -> list[Path]:
        own = {MANIFEST, LOG, SUMS, LOCK, PROGRESS}
        return [path for path in self.path.rglob("*") if path.is_file() and path.name not in own]

    def _crate(self) -> dict[str, Any]:
        files = [path.relative_to(self.path).as_posix() for path in self._files() if path.name != CRATE]
        title = str(self.scenario().get("title") or "")
        return crate(self.manifest, title, self.path.name, [*files, MANIFEST], now())

    def log(self, line: str) -> None:
        handle = open_plain(self.path / LOG, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        with naming(self.path / LOG), os.fdopen(handle, "w", encoding="utf-8", errors="replace") as file:
            file.write(f"{now()} {printable(line, 2000)}\n")

    def damage(self) -> list[str]:
        """Files of a finished study that are missing or changed."""
        try:
            listing = read_plain(self.path / SUMS).decode()
        except (OSError, ValueError):
            return [SUMS]
        return damaged(self.path, listing) if f"  {SCENARIO}\n" in listing else [SUMS]

    def lock(self) -> None:
        """Keep others out until ``release``."""
        self._lock = Lock(self.path / LOCK)

    def release(self) -> None:
        """Let others work on the folder."""
        if self._lock is not None:
            self._lock.release()

    def _end(self, status: str, seconds: Mapping[str, float]) -> None:
        add_seconds(self.manifest, seconds)
        peak = max((m for m in (self.manifest["peak_memory_bytes"], peak_memory_bytes()) if m), default=None)
        self.manifest |= {"peak_memory_bytes": peak, "finished": now(), "status": status}
        self.log(status)
        self.write_manifest()
        self.release()

    def write_manifest(self) -> None:
        """Write the manifest as it stands."""
        write_whole(self.path / MANIFEST, (json.dumps(self.manifest, indent=2) + "\n").encode())

    def _finished(self, name: str) -> bytes:
        if not self.is_done:
            done, asked = self.progress()
            raise StudyError(f"{self.path} is {self.status}, {done} of {asked} runs done: run its command again")
        if not (self.path / name).is_file():
            raise StudyError(f"{self.path} holds no {name}: a {self.kind} does not keep it unless it is asked to")
        return self._read(name)

    def _read(self, name: str) -> bytes:
        with blaming(self.path / name):
            return read_plain(self.path / name)

    def _csv(self, name: str, text: tuple[str, ...] | None = None, *, finished: bool = True) -> Frame:
        data = self._finished(name) if finished else self._read(name)
        with blaming(self.path / name, NO_TABLE):
            return read_csv(data, _words(data) if text is None else text, COLUMNS.get(name, ()))

    def _parquet(self, name: str, *, finished: bool = True, **equal: Any) -> Frame:
        data = self._finished(name) if finished else self._read(name)
        with blaming(self.path / name, NO_TABLE):
            return read_parquet(data, COLUMNS[name], **equal)


def _words(data: bytes) -> tuple[str, ...]:
    """The columns of a CSV file that hold anything but numbers; a number that is not known is an empty cell."""
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(data), keep_default_na=False, na_values=[""])
    numbers = {str(name) for name in frame if pd.api.types.is_numeric_dtype(frame[name])}
    return tuple(str(name) for name in frame if name in TEXT_COLUMNS or name not in numbers)
