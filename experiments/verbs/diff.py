"""``ccosim diff``: what differs between two scenarios or two studies, in words and numbers."""

from collections.abc import Sequence
from contextlib import ExitStack

from experiments.analysis import differences
from experiments.analysis.differences import Row, Side
from experiments.terminal.arguments import results_folder
from experiments.terminal.columns import print_columns
from sim.engine.text import shown
from sim.measures.measures import HEADLINE
from sim.scenario import ScenarioError
from sim.study.reading import blaming

ROOT = "results_root"
PARTS = (
    ("Settings", differences.settings),
    ("Timeline", differences.timeline),
    ("Arms", differences.arms),
    ("Numbers", differences.numbers),
    ("Data files", differences.files),
)


def run(words: Sequence[str]) -> int:
    """Print what differs between what two words name."""
    keys = dict(word.split("=", 1) for word in words if word.startswith(f"{ROOT}="))
    names = [word for word in words if not word.startswith(f"{ROOT}=")]
    if len(names) != 2:
        given = shown(" ".join(words))
        raise ScenarioError([f"{given}: give two, each a study, a file, an experiment, or overrides in quotes"])
    one, other = (differences.side_of(name, results_folder(keys)) for name in names)
    with ExitStack() as block:
        for study in (one.study, other.study):
            if study is not None:  # which may come from others
                block.enter_context(blaming(study.path, "cannot be compared"))
        _compare(one, other)
    return 0


def _compare(one: Side, other: Side) -> None:
    print(f"A: {one.name}\nB: {other.name}\n")
    found = [(title, rows) for title, part in PARTS if (rows := part(one, other))]
    for title, rows in found:
        _print(title, rows)
    if not found:
        print("No setting, arm, number or data file differs.\n")
    if one.study is not None and other.study is not None:
        _print("Made with", differences.origins(one.study, other.study))
        asked = [str(name) for side in (one, other) for name in side.plain.get("outcomes") or ()]
        measures = list(dict.fromkeys((*asked, *HEADLINE)))
        _print("Results: mean (95% interval)", differences.results(one.study, other.study, measures))


def _print(title: str, rows: Sequence[Row]) -> None:
    if rows:
        about = ("unit and meaning",) if any(row.about for row in rows) else ()
        cells = [(row.what, row.one, row.other, *((row.about,) if about else ())) for row in rows]
        print_columns((title, "A", "B", *about), cells)
        print()
