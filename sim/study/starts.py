"""Keeps a start on disk, so that arms can branch from one warm-up on another day: arrays and a checksum, no pickle."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.snapshot import Saved, part_of, prefixed
from sim.engine.text import shown
from sim.member.month import MonthResult
from sim.paths import shipped_folder, user_path
from sim.scenario.digests import data_digest, digest_of
from sim.scenario.python_values import as_path, check_is, check_is_scenario
from sim.start import Origin, Start, origin_of
from sim.study.atomic import write_whole
from sim.study.errors import StudyError

if TYPE_CHECKING:
    from sim.scenario import Scenario

ABOUT = "about"  # name of the array that holds the rest as text
SLASH = "/"
QUICKLY = 1  # level of compression: the highest makes files a tenth smaller and takes four times as long
UNREADABLE = "holds no start that can be read"


def save_start(start: Start, path: str | os.PathLike[str]) -> Path:
    """Write a start to one file, whole or not at all, and return its path.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    check_is("start", start, isinstance(start, Start), "a Start: `begin(scenario)` makes one")
    file = user_path(as_path(path, "a file"))
    write_whole(file, as_bytes(start))
    return file


def as_bytes(start: Start) -> bytes:
    """Return the content of the file of a start."""
    people = start.population
    rows = {"members": people.members, "clinics": people.clinics, **prefixed("served", people.served.snapshot(), SLASH)}
    arrays: Saved = {name: np.frombuffer(np.asarray(table).tobytes(), dtype=np.uint8) for name, table in rows.items()}
    for name, kept in start.organizations.items():
        arrays |= prefixed(f"organizations{SLASH}{name}", dict(kept), SLASH)
    if start.last is not None:
        arrays |= prefixed("last", start.last.arrays(), SLASH)
    about: dict[str, Any] = {"seed": start.seed, "month": start.month}
    about["depends_on"] = depends_on(start.origin, start.seed)
    about["sha256"] = _checksum(arrays, about)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=QUICKLY) as archive:
        for name, array in (arrays | {ABOUT: np.array(json.dumps(about))}).items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as part:
                np.lib.format.write_array(part, np.asarray(array), allow_pickle=False)
    return data.getvalue()


def load_start(path: str | os.PathLike[str], scenario: Scenario, seed: int | None = None) -> Start:
    """Read a start that ``save_start`` has written.

    Parameters
    ----------
    path
        The file.
    scenario
        Has the population, warm-up, capacity and numbers of the start; its policy may differ.
    seed
        Seed of the start; default the scenario's first seed.

    Raises
    ------
    StudyError
        If the file is no start, is damaged, or is that of another seed, scenario, data or version of ccosim.
    """
    check_is_scenario(scenario)
    file = user_path(as_path(path, "a file that `save_start` wrote"))
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        raise StudyError(f"{file}: no such file") from None
    except OSError as fault:
        raise StudyError(f"{file}: {UNREADABLE} ({shown(str(fault))})") from None
    return from_bytes(data, file, scenario, scenario.seed_of(seed))


def from_bytes(data: bytes, file: Path, scenario: Scenario, seed: int) -> Start:
    """Return the start in the content of a file; faults name the file, as those of ``load_start``."""
    from sim.population.build import build_population

    arrays, about = _read(data, file)
    if about["seed"] != seed:
        raise StudyError(f"{file}: holds a start of seed {about['seed']}, not of seed {seed}")
    if about["depends_on"] != depends_on(origin_of(scenario), seed):
        raise StudyError(
            f"{file}: holds a start with another population, warm_up, capacity, number, data or version of ccosim; "
            "make it again with `begin`"
        )
    rows = arrays["members"].view(schema.STORED), arrays["clinics"].view(schema.CLINIC)
    people = build_population(scenario.population, scenario.registry, seed, conf=scenario.folder, saved=rows)
    served = part_of(arrays, "served", SLASH)
    people.served.restore({"rows": served["rows"].view(schema.OF_PACKAGES), "free": served["free"].view(np.int64)})
    kept = part_of(arrays, "organizations", SLASH)
    organizations = {name: part_of(kept, name, SLASH) for name in {name.split(SLASH)[0] for name in kept}}
    last = part_of(arrays, "last", SLASH)
    month = MonthResult(**last) if last else None
    return Start(people, organizations, month, about["month"], origin_of(scenario), seed)


def _read(data: bytes, file: Path) -> tuple[Saved, dict[str, Any]]:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        about = json.loads(str(arrays.pop(ABOUT)))
        checksum = about.pop("sha256")
    except (OSError, ValueError, LookupError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as fault:
        raise StudyError(f"{file}: {UNREADABLE} ({shown(str(fault))})") from None
    if checksum != _checksum(arrays, about):
        raise StudyError(f"{file}: is damaged, its checksum differs")
    return arrays, about


def _checksum(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> str:
    sha = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        sha.update(f"{name}{array.dtype}{array.shape};".encode())
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()


def depends_on(origin: Origin, seed: int) -> str:
    """Return the SHA-256 of all that a start depends on, with the data files and the code."""
    return digest_of({"origin": origin, "seed": seed, "data": data_digest(shipped_folder())})
