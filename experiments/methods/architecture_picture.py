"""The picture of docs/explanation/architecture.md: the rooms of `sim` and `experiments`, and which imports which.

The script reads the arrows from the imports; this file declares where each room stands. A room without a place is an
error, and so is an arrow that points up. Arrows that follow from others, and arrows to the ground floor, are not drawn.

`python -m experiments.methods.architecture_picture` writes `docs/figures/architecture.svg`.
"""

import ast
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "docs" / "figures" / "architecture.svg"


class Place(NamedTuple):
    """Where a room stands: its floor, its left and right edge, and a line on what it holds."""

    floor: int
    left: float
    right: float
    about: str


FRONT_DOOR = "sim"  # sim/__init__.py
SIM = {
    "engine": Place(0, 0.0, 3.6, "draws, blocks, parameters; no Medicaid"),
    "schema": Place(0, 5.7, 7.7, "the columns of a member"),
    "cco_actions": Place(0, 3.8, 5.5, "what a CCO can do"),
    "axes": Place(0, 7.9, 9.4, "labels of tables"),
    "paths": Place(0, 9.6, 10.5, "finds conf"),
    "own_folder": Place(0, 10.7, 12.0, "a user's conf"),
    "scenario": Place(2, 0.0, 9.7, "what is simulated"),
    "population": Place(3, 0.0, 4.0, "members at the start"),
    "member": Place(1, 4.2, 5.9, "a member's month"),
    "payment": Place(1, 6.1, 7.8, "how money moves"),
    "upstream": Place(1, 8.0, 9.7, "what a package does"),
    "measures": Place(1, 9.9, 12.0, "what is reported"),
    "agents": Place(3, 4.2, 9.7, ""),
    "start": Place(4, 2.1, 9.7, "where a run begins: the end of the warm-up"),
    "model": Place(5, 2.1, 9.7, "HealthSystem.step: the month"),
    "study": Place(6, 10.0, 10.8, "folder"),
    "analysis": Place(6, 10.9, 12.0, "statistics"),
    "runs": Place(7, 2.1, 10.8, "who computes which runs, and what is kept"),
    "pictures": Place(6, 0.0, 1.9, "numbers to SVG"),
    "live": Place(8, 9.9, 12.0, "two arms month by month"),
    FRONT_DOOR: Place(8, 2.1, 9.7, "Scenario, simulate, compare, HealthSystem, load_study"),
}
VERBS = {
    "terminal": Place(10, 1.9, 4.6, "what a person sees"),
    "benchmarks": Place(13, 5.6, 7.6, "speed"),
    "calibration": Place(10, 7.8, 9.8, "fits of levels"),
    "methods": Place(13, 10.0, 12.0, "checks of method"),
    "analysis": Place(11, 0.0, 2.4, "a study, analyzed"),
    "figures": Place(11, 2.7, 5.1, "plots"),
    "output": Place(12, 1.3, 3.9, "what a verb writes"),
    "validation": Place(13, 0.0, 2.4, "published evaluations"),
    "page": Place(14, 2.7, 5.1, "two policies in a browser"),
    "verbs": Place(15, 0.0, 12.0, "run, compare, sweep, ... one file each"),
    "report": Place(13, 2.7, 5.1, "a study as one page"),
    "cli": Place(16, 4.8, 7.2, "the command"),
}
PLACES = {**SIM, **{f"experiments.{room}": place for room, place in VERBS.items()}}
AGENTS = {"state": "pays", "cco": "governs", "providers": "respond", "programs": "give slots"}
Arrow = tuple[str, str]


def room_of(module: str) -> str:
    """Return the room of a module: `sim.member.care` is in `member`, `experiments.cli` in `experiments.cli`."""
    package, _, rest = module.partition(".")
    room = rest.partition(".")[0]
    if package == "experiments":
        return f"experiments.{room}"
    return room if room in SIM or (room and (ROOT / "sim" / room).is_dir()) else FRONT_DOOR


def imported(path: Path) -> Iterator[str]:
    """Every module of ours that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module in ("sim", "experiments"):
            names = [f"{node.module}.{name.name}" for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        yield from (name for name in names if name.partition(".")[0] in ("sim", "experiments"))


def arrows() -> set[Arrow]:
    """Return (room, imported room) over all files; raises if a room has no place, or an arrow does not point down."""
    found = set()
    for package in ("sim", "experiments"):
        for path in sorted((ROOT / package).rglob("*.py")):
            here = room_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
            if here != "experiments.__init__" and here != "experiments.compile_ahead":
                found |= {(here, room_of(module)) for module in imported(path)}
    found = {(here, there) for here, there in found if here != there}
    if lost := {room for arrow in found for room in arrow} - set(PLACES):
        raise ValueError(f"give these rooms a place in {Path(__file__).name}: {sorted(lost)}")
    if up := [arrow for arrow in sorted(found) if not points_down(*arrow)]:
        raise ValueError(f"these imports do not point down: {up}")
    return found


def points_down(here: str, there: str) -> bool:
    """Return whether a room stands above another; on the ground floor, to the right of it."""
    high, low = PLACES[here], PLACES[there]
    return high.floor > low.floor or (high.floor == low.floor == 0 and high.left > low.left)


def drawn(found: set[Arrow]) -> list[Arrow]:
    """Return the arrows to draw: those within one package, above the ground floor, that no chain of others implies."""
    inside = {(a, b) for a, b in found if a.startswith("experiments") == b.startswith("experiments")}
    shown = {(a, b) for a, b in inside if PLACES[b].floor > 0}
    reached: dict[str, set[str]] = {}
    for room in sorted(PLACES, key=lambda one: PLACES[one].floor):
        below = {b for a, b in shown if a == room}
        reached[room] = below.union(*(reached[b] for b in below))
    return sorted((a, b) for a, b in shown if not any(b in reached[c] for x, c in shown if x == a and c != b))


def bottom(floor: int) -> float:
    """Return the height at which a floor stands."""
    return 1.5 * floor


def _box(axes: Any, place: Place, name: str, fill: str) -> None:
    _room(axes, place.left, place.right, bottom(place.floor), 0.9, fill)
    middle, low = (place.left + place.right) / 2, bottom(place.floor)
    text = partial(axes.text, middle, ha="center", va="center", color="#1d2733")
    text(low + (0.6 if place.about else 0.73), name, fontsize=10.5, fontweight="bold")
    text(low + 0.27, place.about, fontsize=7.8)


def _agents(axes: Any) -> None:
    place, low = SIM["agents"], bottom(SIM["agents"].floor)
    width = (place.right - place.left - 0.1) / len(AGENTS)
    for number, (name, does) in enumerate(AGENTS.items()):
        left = place.left + 0.1 + number * width
        _room(axes, left, left + width - 0.1, low + 0.06, 0.5, "white")
        axes.text(left + (width - 0.1) / 2, low + 0.31, f"{name}\n{does}", ha="center", va="center", fontsize=7.6)


def _room(axes: Any, left: float, right: float, low: float, height: float, fill: str) -> None:
    axes.bar(left, height, right - left, low, align="edge", color=fill, edgecolor="#3b4a5a", linewidth=1.0)


def _arrow(axes: Any, here: Place, there: Place) -> None:
    """Draw an arrow from below one box to above the other, as upright as their edges allow."""
    low, high = max(here.left, there.left) + 0.2, min(here.right, there.right) - 0.2
    upright = (low + high) / 2 if low <= high else None
    start = upright or min(max((there.left + there.right) / 2, here.left + 0.3), here.right - 0.3)
    end = upright or min(max(start, there.left + 0.3), there.right - 0.3)
    style = {"arrowstyle": "-|>", "color": "#3b4a5a", "lw": 1.1, "shrinkA": 0, "shrinkB": 0}
    axes.annotate(
        "", xy=(end, bottom(there.floor) + 0.92), xytext=(start, bottom(here.floor)), arrowprops=style, zorder=0
    )


def draw(out: Path = OUT) -> None:
    """Write the picture, with all arrows in its description."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "ccosim"
    import matplotlib.pyplot as plt

    found = arrows()
    figure, axes = plt.subplots(figsize=(10.5, 17.5))
    for name, place in PLACES.items():
        ours, ground = name.startswith("experiments"), place.floor == 0
        shown = "sim/__init__" if name == FRONT_DOOR else name.removeprefix("experiments.")
        _box(axes, place, shown, "#fbe9d3" if ours else "#e4e8ec" if ground else "#dcebf5")
    _agents(axes)
    for here, there in drawn(found):
        _arrow(axes, PLACES[here], PLACES[there])
    note = partial(axes.text, 0, ha="left", va="center", fontsize=9, color="#3b4a5a", style="italic")
    note(bottom(17) - 0.1, "experiments/: the verbs")
    note(bottom(9) + 0.75, "experiments/ may import any room of sim/; sim/ never imports experiments/")
    note(bottom(9) + 0.2, "sim/: the model")
    note(-0.4, "Every room may import the ground floor. An arrow points to the room that is imported; "
         "arrows that follow from others are left out.", fontsize=8)  # fmt: skip
    axes.axhline(bottom(9) + 0.48, color="#9aa7b3", lw=0.8, ls="--")
    axes.set(xlim=(-0.15, 12.15), ylim=(-0.6, bottom(17) + 0.2))
    axes.axis("off")
    figure.tight_layout()
    out.parent.mkdir(parents=True, exist_ok=True)
    extra = {"Description": description(found), "Date": None} if out.suffix == ".svg" else {}
    figure.savefig(out, metadata=extra)
    plt.close(figure)


def description(found: set[Arrow]) -> str:
    """Return all arrows in words, to be kept in the picture's file."""
    return "; ".join(f"{here} imports {there}" for here, there in sorted(found))


if __name__ == "__main__":
    draw()
    print(OUT)
