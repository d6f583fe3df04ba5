"""What an analysis adds to a study's folder: figures as PNG and PDF, tables as CSV, one page.

Files that the study itself was finished with, those in SHA256SUMS, are read and never written.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from matplotlib.figure import Figure

from experiments.analysis.reading import Reading, strategy_of
from experiments.figures import About
from experiments.figures.style import as_slide, saved, styled
from experiments.output.vector_copies import vector_copies
from sim.engine.arrays import Frame
from sim.study import StudyError
from sim.study.atomic import write_whole
from sim.study.files import SUMS
from sim.study.tables import write_csv


class Outputs:
    """Figures by name (bytes by format), tables by name, and pages by file name, until they are written."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.slides = False  # figures alone, each as a slide
        self.about = about_of(reading)
        self.figures: dict[str, dict[str, bytes]] = {}
        self.tables: dict[str, Frame] = {}
        self.pages: dict[str, bytes] = {}
        self.finished = set(checksums_of(reading.study.path))

    def draw(self, name: str, picture: Callable[..., Figure], *content: object, **options: object) -> bytes:
        """Draw a figure and return it as PNG; the study's own is taken as it is."""
        if self.slides:
            with styled():
                self.figures[f"{name}-slide"] = saved(as_slide(picture(*content, **options)), self.about)
            return self.figures[f"{name}-slide"]["png"]
        own = f"figures/{name}.png"
        if own in self.finished:
            return (self.reading.study.path / own).read_bytes()
        with styled():
            self.figures[name] = saved(picture(*content, **options), self.about)
        return self.figures[name]["png"]

    def copy_vectors(self) -> None:
        """Draw the figures that the study was finished with once more, as PDF."""
        for file, data in vector_copies(self.reading, self.about, self.finished).items():
            name, _, kind = file.partition(".")
            self.figures[name] = {kind: data}

    def write(self) -> None:
        """Write everything, each file whole; a file that is there with the same content is left alone."""
        path = self.reading.study.path
        files = {f"figures/{name}.{kind}": data for name, both in self.figures.items() for kind, data in both.items()}
        if not self.slides:
            files |= {f"tables/{name}.csv": write_csv(table) for name, table in self.tables.items()} | self.pages
        for name, data in files.items():
            if name in self.finished:
                raise StudyError(f"{name} is a file of the finished study and is not overwritten")
            target = path / name
            target.parent.mkdir(exist_ok=True)
            if not target.is_file() or target.read_bytes() != data:
                write_whole(target, data)


def checksums_of(path: Path) -> dict[str, str]:
    """From each file of a finished study to its SHA-256."""
    listing = path / SUMS
    lines = listing.read_text(encoding="utf-8").splitlines() if listing.is_file() else []
    return {name: sha for sha, _, name in (line.partition("  ") for line in lines)}


def about_of(reading: Reading) -> About:
    """What the figures say about their numbers."""
    manifest = reading.manifest
    runs = len(reading.arms) * len(reading.draws) * reading.seeds
    return About(
        baseline=reading.arms[0],
        seeds=reading.seeds,
        sampled=round((manifest.get("member_months") or 0) / (runs * reading.months)),
        months=reading.months,
        version=str(manifest["ccosim_version"]),
        digest=str(manifest["scenario_digest"]),
        title=reading.title,
        draws=reading.samples,
        placed=bool(reading.no_sample),
        arms=tuple(strategy_of(arm, point) for point in reading.points for arm in reading.arms),
    )
