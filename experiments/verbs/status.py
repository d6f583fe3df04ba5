"""``ccosim status``: how far studies are."""

import sys
from collections.abc import Sequence
from pathlib import Path

from experiments.terminal.arguments import find_study, results_folder, studies, words_and_keys
from experiments.terminal.columns import print_columns
from experiments.terminal.progress import in_time
from experiments.terminal.stopping import how_it_ended
from sim.engine.text import printable, shown
from sim.scenario import ScenarioError

KEYS = ("results_root",)
HEADER = ("study", "status", "runs", "done", "now", "waiting", "failed", "time left", "started", "finished", "title")


def run(words: Sequence[str]) -> int:
    """Print a line for each study of the results folder, or all about the one that is named; its path comes last."""
    from sim.study.opening import read_study

    names, keys = words_and_keys(words, KEYS)
    root = results_folder(keys)
    if len(names) > 1:
        raise ScenarioError([f"{shown(' '.join(words))}: must be the name of one study, and results_root=DIR"])
    if names:
        path = find_study(root, names[0])
        print_columns(HEADER, [_row(path)])
        if ended := how_it_ended(read_study(path).manifest):
            print(ended)
        print(path)
        return 0
    found = sorted(studies(root))
    if not found:
        print(f"no studies in {root}")
        return 0
    rows, faults = [], []
    for path in found:
        try:
            rows.append(_row(path))
        except (ValueError, OSError) as fault:  # of one folder, which hides no other
            rows.append((printable(path.name), "damaged", *[""] * (len(HEADER) - 2)))
            faults.append(printable(str(fault), 500))
    print_columns(HEADER, rows)
    for said in faults:
        print(said, file=sys.stderr)
    return 0


def _row(path: Path) -> tuple[str, ...]:
    from sim.study import load_study
    from sim.study.manifest import RUNNING

    study = load_study(path)
    known = study.live_progress()
    done, planned = study.progress()
    at_work = study.status == RUNNING and study.holder() is not None
    status = "stopped" if study.status == RUNNING and not at_work else study.status
    left = known.get("seconds_left") if at_work else None
    now = int(known["running"]) if at_work else 0
    waiting = max(0, planned - done - now - int(known["failed"]))
    dates = (str(study.manifest.get(key) or "")[:19] for key in ("started", "finished"))
    numbers = (planned, done, now, waiting, int(known["failed"]))
    time_left = ("not known yet" if at_work else "") if left is None else in_time(left)
    texts = (path.name, status, *map(str, numbers), time_left, *dates, str(study.scenario().get("title") or ""))
    return tuple(map(printable, texts))
