"""The verb ``reproduce``: runs a study again from its folder, and says "identical" or the first thing that differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from experiments.terminal.arguments import find_study, results_folder, words_and_keys
from experiments.terminal.progress import RunsWatch, say_compiling
from sim.scenario import ScenarioError
from sim.study import load_study
from sim.study.manifest import DONE

IDENTICAL, DIFFERENT = 0, 1
KEYS = ("results_root", "threads", "runs")
MOST_WORKERS = 64


def run(words: Sequence[str]) -> int:
    """Run a study, or ``runs=N`` of its runs, again; return 0 if it is identical, else 1."""
    names, keys = words_and_keys(words, KEYS)
    if len(names) != 1:
        raise ScenarioError(["reproduce: give the name or the path of one study"])
    workers, sample = _whole(keys, "threads", 2, MOST_WORKERS), _whole(keys, "runs", None, None)
    path = find_study(results_folder(keys), names[0])
    return _reproduced(path, workers or 1, sample)


def _reproduced(path: Path, workers: int, sample: int | None) -> int:
    from sim.runs.reproduction import reproduce
    from sim.study.opening import read_study

    study = read_study(path)
    study.check_runs()
    if study.status != DONE:
        load_study(path).summary()  # says that it is not finished
    say = Console(stderr=True, highlight=False)
    say_compiling(say)
    with RunsWatch(say) as watch:
        report = reproduce(study, workers, sample=sample, heard=watch.heard)
    for note in report.notes:
        say.print(f"not as it was: {note}", soft_wrap=True)
    if report.difference is None:
        of = f"{report.runs} runs" if sample is None else f"{report.runs} runs of the study"
        print(f"identical: {of}, result digest {str(study.manifest['result_digest'])[:16]}")
    else:
        print(f"differs: {report.difference}")
    print(path)
    return IDENTICAL if report.difference is None else DIFFERENT


def _whole(keys: Mapping[str, str], key: str, default: int | None, most: int | None) -> int | None:
    text = keys.get(key)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) <= (most or 10**9):
        bound = f", 1 to {most}" if most else " from 1"
        raise ScenarioError([f"{key}={text[:60]}: must be a whole number{bound}"])
    return int(text)
