"""Figures worth putting in a paper, drawn from a study's own tables."""

from dataclasses import replace

import matplotlib as mpl
from matplotlib.figure import Figure

from experiments.figures.forest import draw_forest
from experiments.figures.groups import draw_groups
from experiments.figures.participants import draw_choices
from experiments.figures.paths import MEASURES, draw_paths
from experiments.figures.payers import draw_payers
from experiments.figures.style import About, saved, styled
from experiments.figures.triple_aim import draw_triple_aim
from sim.engine.arrays import Frame
from sim.measures.participation import Lists

__all__ = ["About", "draw_answers", "draw_figures"]

mpl.use("Agg")


def draw_figures(summary: Frame, results: Frame, about: About, kind: str = "png") -> dict[str, bytes]:
    """Every figure of a study, as PNG (300 dots per inch) or PDF.

    Parameters
    ----------
    summary : as ``summary.csv`` holds it.
    results : tidy results; only the months of the whole population are used.

    Returns
    -------
    dict : file names and contents.
    """
    arms = list(dict.fromkeys(summary["arm"]))
    monthly = results[(results["stratum"] == "all") & results["measure"].isin(MEASURES)]
    about = replace(about, arms=tuple(arms))
    with styled():
        paths = draw_paths(monthly, arms, about, budgets=_any_budget(summary))
        figures = {"paths": paths, "who_pays": draw_payers(summary, arms, about)}
        if len(arms) > 1:
            figures["differences"] = draw_forest(summary, arms, about)
            figures["groups"] = draw_groups(summary, arms, about)
            figures["triple_aim"] = draw_triple_aim(summary, arms, about)
        return _files(figures, about, kind)


def draw_answers(
    tables: dict[str, Frame], lists: dict[str, list[Lists]], about: About, kind: str = "png"
) -> dict[str, bytes]:
    """Figures of who takes part, who gets visits and what luck pays, where there is something to show."""
    with styled():
        return _files(draw_choices(tables, lists, about), about, kind)


def _files(figures: dict[str, Figure], about: About, kind: str) -> dict[str, bytes]:
    return {f"{name}.{kind}": saved(figure, about, (kind,))[kind] for name, figure in sorted(figures.items())}


def _any_budget(summary: Frame) -> bool:
    capitation = summary[(summary["measure"] == "pmpm_capitation") & (summary["contrast"] == "")]
    return bool((capitation["estimate"] > 0).any())
