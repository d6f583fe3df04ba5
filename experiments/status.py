"""``ccosim status``: how far studies are."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from experiments.columns import print_columns
from experiments.progress import in_time
from sim.engine.text import did_you_mean, shown
from sim.scenario import ScenarioError

MANIFEST = "manifest.json"
ROOT = "results_root="
HEADER = ("study", "status", "planned", "done", "running", "failed", "left", "member-months", "started", "finished")


def run(words: Sequence[str]) -> int:
    """Print a line for each study of the results folder, or all about the one that is named; its path comes last."""
    root = Path(next((word.removeprefix(ROOT) for word in words if word.startswith(ROOT)), "results"))
    names = [word for word in words if not word.startswith(ROOT)]
    if any("=" in name for name in names) or len(names) > 1:
        raise ScenarioError([f"{shown(' '.join(words))}: must be the name of one study, and results_root=DIR"])
    if names:
        return _one(root, names[0])
    studies = sorted(_studies(root))
    if not studies:
        print(f"no studies in {root}")
        return 0
    print_columns(HEADER, [_row(study) for study in studies])
    return 0


def _studies(root: Path) -> Iterator[Path]:
    if root.is_dir():
        yield from (folder for folder in root.iterdir() if (folder / MANIFEST).is_file())


def _one(root: Path, name: str) -> int:
    given = Path(name)
    path = given if len(given.parts) > 1 and (given / MANIFEST).is_file() else root / given.name
    valid = [study.name for study in _studies(root)]
    if path.name not in valid and not (path / MANIFEST).is_file():
        there = ", ".join(sorted(valid)) or "none"
        raise ScenarioError([f"{shown(name)}: no such study in {root} (there: {there}){did_you_mean(name, valid)}"])
    print_columns(HEADER, [_row(path)])
    print(path)
    return 0


def _row(path: Path) -> tuple[str, ...]:
    from sim.study import load_study
    from sim.study.manifest import RUNNING

    study = load_study(path)
    known = study.live_progress() if study.kind == "sweep" else dict.fromkeys(("running", "failed"), 0)
    done, planned = study.progress()
    at_work = study.status == RUNNING and study.holder() is not None
    status = "stopped" if study.status == RUNNING and not at_work else study.status
    left = known.get("seconds_left") if at_work else None
    months = study.manifest.get("member_months") or 0
    dates = (str(study.manifest.get(key) or "")[:19] for key in ("started", "finished"))
    numbers = (planned, done, known["running"] if at_work else 0, known["failed"])
    time_left = "" if left is None else in_time(left)
    return (path.name, status, *map(str, numbers), time_left, f"{months:,}" if months else "", *dates)
