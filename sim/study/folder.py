"""The results folder of one study: what it holds, how it is written. What is there is whole; the rest is run again."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from time import monotonic
from typing import Any

from sim.engine.arrays import Frame
from sim.measures.result import RunResult
from sim.study.atomic import checksums, damaged, write_whole
from sim.study.crate import NAME as CRATE
from sim.study.crate import crate
from sim.study.errors import StudyError
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
from sim.study.shards import Shards
from sim.study.tables import read_csv, read_parquet

TEXT_COLUMNS = ("arm", "contrast", "measure", "stratum", "level", "unit", "label", "point")


class Study:
    """A study on disk. ``open_study`` begins or continues one, ``load_study`` reads one."""

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        self.path = path
        self.manifest = manifest

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
        import yaml

        found: dict[str, Any] = yaml.safe_load((self.path / SCENARIO).read_text(encoding="utf-8"))
        return found

    def frame(self, **equal: Any) -> Frame:
        """Tidy results: ``arm, seed, draw, month, level, stratum, measure, value``.

        The state (``stratum == "all"``) and the areas are given by month, the other strata by year.

        Parameters
        ----------
        equal
            Keep only rows where a column has this value or one of these values: ``frame(stratum="all")``.
        """
        return read_parquet(self._finished(RESULTS), **equal)

    def totals(self, **equal: Any) -> Frame:
        """Totals over each run: ``arm, seed, draw, level, stratum, measure, value``, one row for each that is defined.

        Parameters
        ----------
        equal
            Keep only rows where a column has this value or one of these values, as for ``frame``.
        """
        return read_parquet(self._finished(TOTALS), **equal)

    def table(self, name: str) -> Frame:
        """Another table of the study: ``<name>.csv``."""
        data = self._finished(f"{name}.csv")
        return read_csv(data, _words(data))

    def draws(self) -> Frame:
        """What each draw sets: ``draw`` and a column for each lever and uncertainty, by its full name."""
        import pandas as pd

        if not (self.path / DRAWS).is_file():
            return pd.DataFrame({"draw": [0]})
        return read_csv(self._finished(DRAWS), _words(self._finished(DRAWS)))

    def summary(self, *, finished: bool = True) -> Frame:
        """Means and paired differences with 95% intervals (``summary.csv``).

        ``finished=False`` reads what is there although runs failed.
        """
        data = self._finished(SUMMARY) if finished else (self.path / SUMMARY).read_bytes()
        return read_csv(data, TEXT_COLUMNS)

    def years(self) -> Frame:
        """Dollars, life years and QALYs of the whole state: ``arm, seed, draw, year, amount, value``."""
        return read_parquet(self._finished(YEARS))

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

    @cached_property
    def run_ids(self) -> dict[tuple[str, int, int], str]:
        """The ids of all runs by arm, draw and seed."""
        return self._column_of_runs("id")

    @cached_property
    def _shards(self) -> Shards:
        return Shards(self.path / "runs")

    def _column_of_runs(self, name: str) -> dict[tuple[str, int, int], Any]:
        frame = read_parquet((self.path / RUNS).read_bytes(), status="done")
        return dict(zip(zip(frame["arm"], frame["draw"], frame["seed"], strict=True), frame[name], strict=True))

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
            found = json.loads((self.path / PROGRESS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            found = {}
        return {"planned": 0, "done": 0, "running": 0, "failed": 0} | (found if isinstance(found, dict) else {})

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
        """Work on the study; it may go on later if that is interrupted or fails. Yields the time that was spent."""
        began = monotonic()

        def seconds() -> dict[str, float]:
            return {"months": monotonic() - began}

        try:
            yield seconds
        except KeyboardInterrupt:
            self._end(INTERRUPTED, seconds())
            raise
        except BaseException as fault:
            self.log(f"failed: {type(fault).__name__}: {fault}")
            self._end(FAILED, seconds())
            raise

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
        with (self.path / LOG).open("a", encoding="utf-8") as file:
            file.write(f"{now()} {line}\n")

    def damage(self) -> list[str]:
        """Files of a finished study that are missing or changed."""
        listing = self.path / SUMS
        return damaged(self.path, listing.read_text(encoding="utf-8")) if listing.is_file() else [SUMS]

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
        try:
            return (self.path / name).read_bytes()
        except FileNotFoundError:
            raise StudyError(
                f"{self.path} holds no {name}: a {self.kind} does not keep it unless it is asked to"
            ) from None


def _words(data: bytes) -> tuple[str, ...]:
    """The columns of a CSV file that hold anything but numbers; a number that is not known is an empty cell."""
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(data), keep_default_na=False, na_values=[""])
    numbers = {str(name) for name in frame if pd.api.types.is_numeric_dtype(frame[name])}
    return tuple(str(name) for name in frame if name in TEXT_COLUMNS or name not in numbers)
