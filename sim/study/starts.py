"""Keeps a start on disk, so that arms can branch from one warm-up on another day: arrays and a checksum, no pickle."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.snapshot import Saved, part_of, prefixed
from sim.engine.text import shown
from sim.member.month import MonthResult
from sim.paths import shipped_folder
from sim.scenario.digests import data_digest, digest_of
from sim.scenario.python_values import as_seed
from sim.start import Start, origin_of
from sim.study.atomic import write_whole
from sim.study.errors import StudyError

if TYPE_CHECKING:
    from sim.scenario import Scenario

ABOUT = "about"  # name of the array that holds the rest as text
SLASH = "/"


def save_start(start: Start, path: str | os.PathLike[str]) -> Path:
    """Write a start to one file, whole or not at all, and return its path.

    Raises
    ------
    OSError
        If the disk refuses.
    """
    rows = {"members": start.population.members, "clinics": start.population.clinics}
    arrays: Saved = {name: np.frombuffer(np.asarray(table).tobytes(), dtype=np.uint8) for name, table in rows.items()}
    for name, kept in start.organizations.items():
        arrays |= prefixed(f"organizations{SLASH}{name}", dict(kept), SLASH)
    if start.last is not None:
        arrays |= prefixed("last", vars(start.last), SLASH)
    about: dict[str, Any] = {"seed": start.seed, "month": start.month}
    about["depends_on"] = _depends_on(start.origin, start.seed)
    about["sha256"] = _checksum(arrays, about)
    data = io.BytesIO()
    np.savez_compressed(data, allow_pickle=False, **arrays, **{ABOUT: np.array(json.dumps(about))})
    file = Path(path)
    write_whole(file, data.getvalue())
    return file


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
    from sim.population.build import build_population

    file, chosen = Path(path), scenario.seed_list[0] if seed is None else as_seed(seed)
    arrays, about = _read(file)
    if about["seed"] != chosen:
        raise StudyError(f"{file}: holds a start of seed {about['seed']}, not of seed {chosen}")
    if about["depends_on"] != _depends_on(origin_of(scenario), chosen):
        raise StudyError(
            f"{file}: holds a start with another population, warm_up, capacity, number, data or version of ccosim; "
            "make it again with `begin`"
        )
    people = build_population(scenario.population, scenario.registry, chosen, conf=scenario.folder)
    people = replace(
        people, members=arrays["members"].view(schema.MEMBER), clinics=arrays["clinics"].view(schema.CLINIC)
    )
    kept = part_of(arrays, "organizations", SLASH)
    organizations = {name: part_of(kept, name, SLASH) for name in {name.split(SLASH)[0] for name in kept}}
    last = part_of(arrays, "last", SLASH)
    month = MonthResult(**last) if last else None
    return Start(people, organizations, month, about["month"], origin_of(scenario), chosen)


def _read(file: Path) -> tuple[Saved, dict[str, Any]]:
    try:
        with file.open("rb") as handle, np.load(handle, allow_pickle=False) as kept:
            arrays = {name: kept[name] for name in kept.files}
        about = json.loads(str(arrays.pop(ABOUT)))
        checksum = about.pop("sha256")
    except FileNotFoundError:
        raise StudyError(f"{file}: no such file") from None
    except (OSError, ValueError, LookupError, AttributeError, EOFError, zipfile.BadZipFile, zlib.error) as fault:
        raise StudyError(f"{file}: holds no start that can be read ({shown(str(fault))})") from None
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


def _depends_on(origin: str, seed: int) -> str:
    return digest_of({"origin": origin, "seed": seed, "data": data_digest(shipped_folder())})
