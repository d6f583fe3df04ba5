"""The manifest: what was run, with what, how long it took, and how it ended."""

import hashlib
import platform
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

RUNNING, INTERRUPTED, FAILED, DONE = "running", "interrupted", "failed", "done"
COMPARISON, SWEEP = "comparison", "sweep"
FORMAT = 2  # of a study's folder; without one it is of version 0.1.0, which named measures and kept runs otherwise
PACKAGES = (
    "numpy",
    "numba",
    "llvmlite",
    "mesa",
    "scipy",
    "pandas",
    "pyarrow",
    "hydra-core",
    "omegaconf",
    "pydantic",
    "matplotlib",
    "rich",
)
PHASES = ("import", "compile", "population", "months")
NUMBER = int | float
KINDS: dict[str, Any] = {
    "ccosim_version": str | None,
    "scenario_digest": str,
    "data_digest": str,
    "result_digest": str | None,
    "seed_list": list,
    "threads": int,
    "member_months": int,
    **{f"seconds_{phase}": NUMBER for phase in PHASES},
    "seconds": NUMBER,
    "peak_memory_bytes": int | None,
    "python": str,
    "packages": dict,
    "git_commit": str | None,
    "git_dirty": bool | None,
    "started": str,
    "finished": str | None,
    "status": str,
    "kind": str,
    "draws": int,
    "runs_failed": int,
    "format": int,
}
FIELDS = tuple(KINDS)
ESSENTIAL = {name: KINDS[name] for name in ("status", "scenario_digest")}  # an earlier version may lack the others


def new_manifest(
    scenario_digest: str, data_digest: str, seeds: tuple[int, ...], threads: int, kind: str = COMPARISON
) -> dict[str, Any]:
    """The manifest of a study that has just begun."""
    commit, dirty = git_state()
    manifest: dict[str, Any] = dict.fromkeys(FIELDS)
    manifest |= {f"seconds_{phase}": 0.0 for phase in PHASES}
    return manifest | {
        "ccosim_version": _version("ccosim"),
        "scenario_digest": scenario_digest,
        "data_digest": data_digest,
        "seed_list": list(seeds),
        "threads": threads,
        "member_months": 0,
        "seconds": 0.0,
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
        "git_commit": commit,
        "git_dirty": dirty,
        "started": now(),
        "status": RUNNING,
        "kind": kind,
        "draws": 1,
        "runs_failed": 0,
        "format": FORMAT,
    }


def add_seconds(manifest: dict[str, Any], seconds: Mapping[str, float]) -> None:
    """Add wall time by phase: a study that was stopped and resumed has taken the time of both."""
    for phase in PHASES:
        manifest[f"seconds_{phase}"] = round(manifest[f"seconds_{phase}"] + seconds.get(phase, 0.0), 3)
    manifest["seconds"] = round(sum(manifest[f"seconds_{phase}"] for phase in PHASES), 3)


def result_digest(runs: Mapping[tuple[str, int, int], str]) -> str:
    """SHA-256 over the digests of all runs by arm, draw and seed; with one draw by arm and seed, sorted."""
    if len({draw for _, draw, _ in runs}) > 1:
        lines = [f"{arm} {draw} {seed} {digest}\n" for (arm, draw, seed), digest in runs.items()]
    else:
        lines = [f"{arm} {seed} {digest}\n" for (arm, _, seed), digest in sorted(runs.items())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def peak_memory_bytes() -> int | None:
    """The most memory that this process, or one of its children, held; None where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@cache
def git_state() -> tuple[str | None, bool | None]:
    """Commit of the checkout that holds this code, and whether it has changes; (None, None) outside a checkout."""
    here = Path(__file__).resolve().parents[2]
    if not (here / ".git").exists():
        return None, None
    commit = _git(here, "rev-parse", "HEAD")
    changes = _git(here, "status", "--porcelain", "--untracked-files=no")
    return commit, None if changes is None else bool(changes)


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, timeout=10)  # noqa: S607
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
