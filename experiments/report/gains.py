"""Who gains: each party and each aim beside the baseline, and what programs reach with what there is."""

from __future__ import annotations

import math

from experiments.figures.triple_aim import draw_triple_aim
from experiments.output.gains import triple_aim
from experiments.report import html
from experiments.report.page import Page
from experiments.terminal.tables import in_words, signed
from sim.engine.arrays import Frame

TITLE = "Who gains"
GAINS, REACH, SUPPLY = "who_gains", "reach", "supply"
STEPS = ("eligible", "asked", "accepted", "engaged", "started", "served")
BOUND = {
    "demand": "too few who ask",
    "places": "too few slots",
    "workforce": "too few workers",
    "budget": "too little money",
}
PERCENT = 100


def write(page: Page) -> None:
    """Gains of each party, the Triple Aim, reach and supply; what a study does not hold is said."""
    if not page.compares:
        page.add(html.paragraph("There is one arm, so nobody gains against another."))
    else:
        _parties(page)
        _aims(page)
    _reach(page)
    _supply(page)


def _kept(page: Page, name: str) -> Frame | None:
    """A table of the study's own; sweeps keep none."""
    study = page.reading.study
    return study.table(name) if (study.path / f"{name}.csv").is_file() else None


def _parties(page: Page) -> None:
    gains = _kept(page, GAINS)
    if gains is None:
        why = (
            "A sweep keeps totals of its runs and no table of who gains: see the return to each payer under Economics, "
        )
        page.add(html.paragraph(f"{why}or run `ccosim compare` at one setting.", "note"))
        return
    paired = gains[gains["contrast"] == page.reading.arms[0]]
    rows = {(row.who, row.arm): row for row in paired.itertuples()}
    units = dict(zip(paired["who"], paired["unit"], strict=True))
    heads = dict(zip(paired["who"], paired["section"], strict=True))
    lines = {who: f"{heads[who]}: {who}, {'points' if unit == 'share' else unit}" for who, unit in units.items()}
    lines = {who: line for who, line in lines.items() if any(rows[who, arm].estimate for arm in _others(page))}
    note = "More is better for the party named: a payer gains when it pays less, a provider when it receives more. "
    note += f"Differences from {in_words(page.reading.arms[0])}, {page.spread}. File: who_gains.csv."
    cells = {(who, arm): _cell(row.estimate, row.low, row.high, row.unit) for (who, arm), row in rows.items()}
    page.by_arm("Who gains", lines, _others(page), cells, note)


def _others(page: Page) -> list[str]:
    return list(page.reading.arms[1:])


def _aims(page: Page) -> None:
    summary, point = page.first_summary()
    arms = list(page.reading.arms)
    page.add(html.heading(3, f"The Triple Aim{f' at {point}' if point else ''}"))
    if len(arms) > 1:
        page.figure(
            "triple_aim",
            "Cost, health and experience of care, each arm against the baseline.",
            "A panel for each aim, a row for each arm, a mark with its interval; the numbers are in the table below.",
            draw_triple_aim, summary, arms, page.about_first,
        )  # fmt: skip
    table = triple_aim(summary[summary["arm"].isin(arms)])
    names = {
        row.measure: f"{row.aim}: {html.labeled(row.label, '%' if row.unit == 'share' else row.unit)}"
        for row in table.itertuples()
    }
    own = {(row.measure, row.arm): row for row in table.itertuples() if not row.contrast}
    more = {(row.measure, row.arm): row for row in table.itertuples() if row.contrast}
    cells = {
        where: "\n".join(
            [html.significant(4)((PERCENT if row.unit == "share" else 1) * row.estimate)]
            + [_cell(d.estimate, d.low, d.high, d.unit) for d in [more.get(where)] if d is not None]
        )
        for where, row in own.items()
        if not math.isnan(row.estimate)
    }
    note = "Below each mean its difference from the baseline; shares in percent, their differences in points."
    page.by_arm("Cost, health, experience", names, arms, cells, note)


def _cell(estimate: float, low: float, high: float, unit: str) -> str:
    scale = PERCENT if unit == "share" else 1
    if estimate == 0 and not high > low:
        return "0"
    ends = "" if math.isnan(low) else f"\n({signed(scale * low, 2)} to {signed(scale * high, 2)})"
    return f"{signed(scale * estimate, 2)}{ends}"


def _reach(page: Page) -> None:
    """Person-months at each step toward a program, over everybody (the strata by race hold each member once)."""
    table = _kept(page, REACH)
    if table is None:
        return
    import pandas as pd

    page.add(html.heading(3, "Reach and supply of programs"))
    whole = table[table["stratum"] == table["stratum"].iloc[0]]
    wide = whole.pivot_table(
        index=["arm", "package"], columns="step", values="person_months", aggfunc="sum", sort=False
    )
    wide = wide.reindex(columns=list(STEPS)).reset_index()
    wide["package"] = [in_words(name) for name in wide["package"]]
    wide["part"] = PERCENT * wide["served"] / wide["eligible"].where(wide["eligible"] > 0)
    columns = [html.Column("package", "Program"), html.Column("arm", "Arm", in_words, text=True)]
    columns += [html.Column(step, step.capitalize(), html.fixed()) for step in STEPS]
    columns.append(html.Column("part", "Served, % of eligible", html.significant(2)))
    note = "Months that people spend at each step over the run, whole state. By group: reach.csv."
    page.add(html.table("Reach: person-months from eligible to served", pd.DataFrame(wide), columns, note))


def _supply(page: Page) -> None:
    table = _kept(page, SUPPLY)
    if table is None:
        return
    import pandas as pd

    rows = [
        {"arm": arm, "package": in_words(str(package)), "usd": here["usd"].sum(),
         **{name: here[name].mean() for name in ("places", "served", "queue")},
         "bound": BOUND.get(here["bound_by"].mode().iloc[0], in_words(here["bound_by"].mode().iloc[0]))}
        for (arm, package), here in table.groupby(["arm", "package"], sort=False)
    ]  # fmt: skip
    columns = [
        html.Column("package", "Program"),
        html.Column("arm", "Arm", in_words, text=True),
        html.Column("places", "Slots, mean of months", html.fixed()),
        html.Column("served", "Served, mean of months", html.fixed()),
        html.Column("queue", "Waiting, mean of months", html.fixed()),
        html.Column("usd", "Paid over the run, million USD", html.fixed(1, 1e6)),
        html.Column("bound", "Bound in most months by", str, text=True),
    ]
    page.add(html.table("Supply of programs", pd.DataFrame(rows), columns, "Month by month: supply.csv."))
