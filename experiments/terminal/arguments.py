"""Finds the folder of a study that a verb names."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sim.engine.text import did_you_mean, shown
from sim.paths import user_path
from sim.scenario import ScenarioError

MANIFEST = "manifest.json"


def results_folder(keys: Mapping[str, str]) -> Path:
    """Return the folder of the studies: ``results_root``, where it is given."""
    return user_path(keys.get("results_root", "results"))


def studies(root: Path) -> Iterator[Path]:
    """Yield the folders of the studies in a results folder."""
    if root.is_dir():
        yield from (folder for folder in root.iterdir() if (folder / MANIFEST).is_file())


def find_study(root: Path, name: str) -> Path:
    """Return the folder of a study, given by its name or its path; refuse a name that no study has."""
    given = user_path(name)
    places = [root / given.name, given] if len(given.parts) == 1 else [given, root / given.name]
    path = next((one for one in places if (one / MANIFEST).is_file()), None)
    if path is None:
        valid = sorted(study.name for study in studies(root))
        there = ", ".join(valid) or "none"
        raise ScenarioError([f"{shown(name)}: no such study in {root} (there: {there}){did_you_mean(name, valid)}"])
    return path


def named(words: Sequence[str]) -> list[str]:
    """The words, with ``study=NAME``, as other verbs take it, read as ``NAME``."""
    return [word.removeprefix("study=") for word in words]


def words_and_keys(words: Sequence[str], keys: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Split words into plain ones and ``key=value`` of the given keys; refuse every other key."""
    words = named(words)
    plain = [word for word in words if "=" not in word]
    pairs = [word.partition("=") for word in words if "=" in word]
    faults = [
        f"{shown(key)}: no such key, must be one of {', '.join(keys)}{did_you_mean(key, keys)}"
        for key, _, _ in pairs
        if key not in keys
    ]
    if faults:
        raise ScenarioError(faults)
    return plain, {key: value for key, _, value in pairs}
