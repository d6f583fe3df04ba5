"""What a study holds twice: arms that are equal, and levers that change nothing. Each is named, and shown once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sim.engine.arrays import Frame
from sim.scenario.points import Point

FIGURES = ["estimate", "low", "high"]


def equal_arms(summary: Frame, baseline: str) -> dict[str, str]:
    """Return, for each arm that equals an earlier one in every number of ``summary.csv``, that earlier arm."""
    own = summary[summary["contrast"] == ""]
    return repeated((str(arm), own[own["arm"] == arm][FIGURES]) for arm in dict.fromkeys([baseline, *own["arm"]]))


def repeated(tables: Iterable[tuple[str, Frame]]) -> dict[str, str]:
    """Return, for each table of numbers that equals an earlier one, the name of that."""
    first: dict[bytes, str] = {}
    found: dict[str, str] = {}
    for name, table in tables:
        known = first.setdefault(table.to_numpy(dtype=float).tobytes(), name)
        if known != name:
            found[name] = known
    return found


def idle_levers(summary: Frame, points: Sequence[Point]) -> list[str]:
    """Return the levers at whose settings every number is the same, whatever the others are set to."""
    tables = {point.in_words: summary[summary["point"] == point.in_words][FIGURES] for point in points}
    same = repeated(tables.items())
    return [lever for lever in points[0].labels if _is_idle(lever, points, same)]


def _is_idle(lever: str, points: Sequence[Point], same: Mapping[str, str]) -> bool:
    groups: dict[str, list[str]] = {}
    for point in points:
        others = str({name: value for name, value in point.labels.items() if name != lever})
        groups.setdefault(others, []).append(same.get(point.in_words, point.in_words))
    return len(groups) < len(points) and all(len(set(group)) == 1 for group in groups.values())


def shown_once(summary: Frame, baseline: str, points: Sequence[Point] = ()) -> tuple[Frame, list[str]]:
    """Return the summary without its repetitions, and a sentence for each kind of them."""
    equal, idle = equal_arms(summary, baseline), idle_levers(summary, points) if points else []
    notes = [f"{', '.join(idle)}: no number changes with it in this study; one setting is shown."] if idle else []
    if equal:
        pairs = ", ".join(f"{arm} = {first}" for arm, first in equal.items())
        notes.append(f"Arms with equal results are shown once: {pairs}.")
    kept = summary[~summary["arm"].isin(equal)]
    if idle:
        first: dict[str, str] = {}
        for point in points:
            first.setdefault(str({n: v for n, v in point.labels.items() if n not in idle}), point.in_words)
        kept = kept[kept["point"].isin(first.values())]
    return kept, notes
