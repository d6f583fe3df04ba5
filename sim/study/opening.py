"""Studies begun, continued and read: which folder is whose, and what to do with what is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sim.paths import user_path
from sim.scenario.python_values import as_path
from sim.study.atomic import ASIDE, check_plain, sweep, write_whole
from sim.study.errors import INPUTS, StudyError
from sim.study.files import LOCK, LOG, MANIFEST, SCENARIO, SCENARIOS, checked
from sim.study.folder import Study
from sim.study.manifest import COMPARISON, ESSENTIAL, FORMAT, KINDS, RUNNING, new_manifest
from sim.study.reading import as_yaml, blaming, check_kinds, read_json


def open_study(
    root: Path | str,
    name: str,
    *,
    scenario: Mapping[str, Any],
    scenario_digest: str,
    data_digest: str,
    seeds: tuple[int, ...],
    threads: int = 1,
    kind: str = COMPARISON,
    may_change: bool = False,
) -> Study:
    """Begin a study, or continue the one that is there, and lock it; a finished one is only read.

    Parameters
    ----------
    root, name
        The folder is ``root/name``.
    scenario
        The resolved scenario as plain data, for ``study.yaml``.
    scenario_digest, data_digest, seeds, threads
        For the manifest.
    kind
        ``comparison``, ``sweep``, or the name of what is one table.
    may_change
        Whether a study of this kind that is there may become one of another scenario: its runs are kept by what they
        depend on, and none that still fits is lost.

    Raises
    ------
    StudyError
        If the name is not allowed, is a study of another scenario, or is being worked on.
    """
    path = Path(root) / checked(name, "study")
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise StudyError(f"study={name}: {path} is no folder; choose another name")
    if path.exists():
        check_plain(path)
    manifest = new_manifest(scenario_digest, data_digest, seeds, threads, kind)
    if (path / MANIFEST).is_file():
        found = _read_manifest(path)
        if may_change and found.get("kind") == kind and found["scenario_digest"] != scenario_digest:
            return _begin(path, scenario, manifest)
        return _continue(path, name, scenario_digest, kind)
    if path.exists() and not _is_stillborn(path):
        raise StudyError(f"study={name}: {path} holds files but is no study; choose another name or results_root")
    return _begin(path, scenario, manifest)


def load_study(path: Path | str) -> Study:
    """Read a study.

    Raises
    ------
    StudyError
        If there is none, or if a file of a finished study is missing or damaged.
    """
    study = read_study(user_path(as_path(path, "the folder of a study")))
    if study.is_done and (wrong := study.damage()):
        raise StudyError(f"{path}: {', '.join(wrong)} missing or changed since the study was finished; run it again")
    return study


def read_study(path: Path) -> Study:
    """Return a study as it is, damaged or not.

    Raises
    ------
    StudyError
        If it is none, or if anything below its folder is a link.
    """
    manifest = _read_manifest(path)
    check_plain(path)
    return Study(path, manifest)


def _is_stillborn(path: Path) -> bool:
    """Whether a folder is empty, or holds only what a study that was killed before its manifest leaves."""
    names = {entry.name for entry in path.iterdir() if not entry.name.endswith(ASIDE)}
    return names <= {"runs", INPUTS, LOCK, SCENARIO, SCENARIOS, LOG} and not any((path / "runs").glob("*"))


def _begin(path: Path, scenario: Mapping[str, Any], manifest: dict[str, Any]) -> Study:
    (path / "runs").mkdir(parents=True, exist_ok=True)
    study = Study(path, manifest)
    study.lock()
    sweep(path)
    write_whole(path / SCENARIO, as_yaml(scenario).encode())
    study.log(f"begun, scenario {manifest['scenario_digest'][:12]}")
    study.write_manifest()
    return study


def _continue(path: Path, name: str, scenario_digest: str, kind: str) -> Study:
    study = Study(path, _read_manifest(path))
    found = str(study.manifest["scenario_digest"])
    if study.kind != kind:
        raise StudyError(f"study={name}: {path} holds {study.kind}, this is {kind}; choose another study=NAME")
    if found != scenario_digest:
        raise StudyError(
            f"study={name}: {path} holds another scenario (digest {found[:8]}, this one is {scenario_digest[:8]}); "
            "choose another study=NAME, leave the name out, or remove that folder"
        )
    wrong = study.damage() if study.is_done else []
    if study.is_done and not wrong:
        if study.holder() is None:  # a kill between the manifest and the release leaves a lock that nobody holds
            (path / LOCK).unlink(missing_ok=True)
        return study
    (path / "runs").mkdir(exist_ok=True)
    study.lock()
    sweep(path)
    study.log(f"continued; missing or damaged: {', '.join(wrong)}" if wrong else "continued")
    study.manifest["status"] = RUNNING
    study.write_manifest()
    return study


def _read_manifest(path: Path) -> dict[str, Any]:
    if not (path / MANIFEST).is_file():
        raise StudyError(f"{path} is no study: it has no {MANIFEST}")
    found = read_json(path / MANIFEST)
    with blaming(path / MANIFEST, "is not the manifest of a study"):
        check_kinds(found, ESSENTIAL, all_of_them=True)
        check_kinds(found, KINDS, all_of_them=found.get("format") == FORMAT)
    return found
