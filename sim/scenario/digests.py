"""Hashes of what a result depends on: the scenario's content, the data files and the code."""

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.engine.parameters import PACKAGES
from sim.engine.yaml_files import YamlError, read_yaml

DATA = ("evidence", "packages", "population", "metrics")
DATA_SUFFIXES = (".csv", ".yaml", ".json")
PLACES = ("cco_enrollment", "cco_service_areas", "life_table", "oregon_counties")  # evidence that a run reads


def digest_of(content: dict[str, Any]) -> str:
    """Return the SHA-256 of plain content together with the code of the model."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    whole = hashlib.sha256()
    for part in (text, code_digest()):
        whole.update(hashlib.sha256(part.encode()).digest())
    return whole.hexdigest()


def data_digest(conf: Path) -> str:
    """Return the SHA-256 of every data file that a run may read, by name and content."""
    return _hash_of(conf, tuple(_data_files(conf)))


def files_of_a_run(
    margins: str, packages: Iterable[str], metrics: Iterable[str], events: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the data files below ``conf`` that one run reads, beside the parameters."""
    evidence = [f"evidence/{name}.csv" for name in PLACES]
    own = [f"population/margins/{margins}.csv", *(f"packages/{name}.yaml" for name in packages)]
    own += [*(f"metrics/{name}.yaml" for name in dict.fromkeys(metrics)), *(f"event/{name}.yaml" for name in events)]
    return (*evidence, *own)


def file_digest(file: Path) -> str:
    """Return the SHA-256 of what a run reads of one data file; empty if it is not there."""
    if not file.is_file():
        return ""
    if file.parent.name == PACKAGES:
        return _digest_of_package(file, file.stat().st_mtime_ns)
    return _hash_of(file.parent, tuple(_stamped([file])))


@lru_cache(maxsize=256)
def _digest_of_package(file: Path, changed: int) -> str:
    try:
        read = json.dumps(_without_bounds(read_yaml(file)), sort_keys=True, default=str)
    except (YamlError, TypeError):  # no YAML, or keys of several kinds; which is said where the package is loaded
        return _hash_of(file.parent, ((file, changed),))
    return hashlib.sha256(read.encode()).hexdigest()


def _without_bounds(part: Any) -> Any:
    """Leave out notes, and ranges that only check what is set; programs differ within the range of a ratio."""
    if isinstance(part, list):
        return [_without_bounds(one) for one in part]
    if not isinstance(part, dict):
        return part
    idle = {"note"} if part.get("unit") == "ratio" else {"note", "low", "high"}
    return {key: _without_bounds(below) for key, below in part.items() if key not in idle}


def code_digest() -> str:
    """Return the SHA-256 of the version and the sources of the model: other code, other results."""
    package = Path(__file__).resolve().parents[1]
    return _hash_of(package, tuple(_stamped(sorted(package.rglob("*.py")))))


def _data_files(conf: Path) -> list[tuple[Path, int]]:
    files = [file for folder in DATA for file in sorted((conf / folder).rglob("*")) if file.suffix in DATA_SUFFIXES]
    return _stamped([file for file in files if file.parent != conf / "population"])  # options are in the content


def _stamped(files: list[Path]) -> list[tuple[Path, int]]:
    return [(file, file.stat().st_mtime_ns) for file in files]


@lru_cache(maxsize=256)
def _hash_of(root: Path, files: tuple[tuple[Path, int], ...]) -> str:
    digest = hashlib.sha256()
    for file, _ in files:
        digest.update(file.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
