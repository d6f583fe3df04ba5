"""``ccosim cache``: what is kept on disk to be quick, and how to clear it. Clearing changes no result."""

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from experiments.terminal.columns import print_columns
from sim.engine.compile import COMPILED_FOLDER, cache_folder, cache_root
from sim.engine.text import did_you_mean, shown
from sim.runs import kept_starts
from sim.scenario import ScenarioError, kept_compositions

CLEAR = "clear"
MEGABYTE = 1e6


def run(words: Sequence[str]) -> int:
    """Show the cache; ``clear`` removes starts of runs, compositions, and code compiled for other versions."""
    if list(words) not in ([], [CLEAR]):
        given = " ".join(words)
        raise ScenarioError([f"{shown(given)}: must be {CLEAR}, or nothing{did_you_mean(given, [CLEAR])}"])
    if words:
        for old in _compiled_for_others():
            shutil.rmtree(old, ignore_errors=True)
        kept_starts.clear()
        kept_compositions.clear()
    limit = f"at most {kept_starts.limit() / MEGABYTE:,.0f} MB" if kept_starts.limit() else "none is kept"
    starts, others, compositions = kept_starts.kept(), _compiled_for_others(), kept_compositions.kept()
    print(f"{cache_root()}:")
    print_columns(
        ["kept", "count", "MB"],
        [
            ["compiled code of this version", "1", _size([cache_folder()])],
            ["compiled code of other versions", str(len(others)), _size(others)],
            [f"starts of runs ({limit})", str(len(starts)), _size(starts)],
            ["compositions of scenarios", str(len(compositions)), _size(compositions)],
        ],
    )
    return 0


def _compiled_for_others() -> list[Path]:
    folders = cache_root().glob(f"{COMPILED_FOLDER}*")
    return [folder for folder in folders if folder != cache_folder() and not folder.is_symlink()]


def _size(paths: Iterable[Path]) -> str:
    files = (file for path in paths for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file())
    return f"{sum(file.stat().st_size for file in files) / MEGABYTE:,.1f}"
