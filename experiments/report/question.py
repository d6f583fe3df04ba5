"""What was asked: arms, people, months, levers and what is not known."""

from __future__ import annotations

from typing import Any

from experiments.figures.timeline import draw_timeline
from experiments.report import html
from experiments.report.page import Page
from experiments.terminal.labels import counted
from experiments.terminal.tables import in_words
from sim.engine.arrays import Frame

TITLE = "Question and arms"
MILLION = 1e6


def in_short(page: Page) -> str:
    """The study in two sentences."""
    reading = page.reading
    arms, seeds = len(reading.arms), reading.seeds
    draws = (
        f", {reading.samples:,} draws of {counted(len(reading.uncertain[0]), 'uncertain parameter')}"
        if page.draws
        else ""
    )
    points = f", {counted(len(reading.points), 'setting')} of {', '.join(reading.levers)}" if reading.levers else ""
    points += (
        f", {counted(len(reading.models), 'structure')} ({', '.join(reading.structures)})" if reading.structures else ""
    )
    return (
        f"A simulation study with ccosim {reading.manifest['ccosim_version']}: {counted(arms, 'arm')}{points}"
        f"{draws}, {counted(seeds, 'seed')}, {counted(reading.months, 'month')}. Every arm faces the same synthetic "
        f"people with the same luck. Dollars are nominal unless said otherwise."
    )


def write(page: Page) -> None:
    """Arms, population, levers and uncertainties."""
    import pandas as pd

    reading, plain = page.reading, page.reading.plain
    arms = plain.get("arms") or {reading.arms[0]: []}
    rows = [
        {"arm": in_words(name), "role": _role(page, name), "sets": "; ".join(arms.get(name, ())) or "nothing"}
        for name in reading.arms
    ]  # fmt: skip
    columns = [html.Column("arm", "Arm"), html.Column("role", "Role"), html.Column("sets", "What it sets")]
    page.table("arms", "Arms", pd.DataFrame(rows), columns)
    page.table("setting", "Population and setting", _setting(plain), _NAMED)
    if spans := reading.in_force:
        whole, year = reading.months, plain["population"].get("year")
        picture = "What is in force when: keys that change during the run."
        alt = "Strips of the months of the run, one for each key that changes"
        rows = [
            {"arm": in_words(arm), "key": one.key, "months": one.in_words(year), "value": one.value}
            for arm, of_arm in spans.items()
            for one in of_arm
        ]
        page.table("timeline", "What is in force when", pd.DataFrame(rows), _IN_TIME, fold="What is in force when")
        page.figure("timeline", picture, alt, draw_timeline, spans, whole, year, page.outputs.about)
    if reading.levers:
        rows = [{"name": name, "value": ", ".join(map(str, reading.draws[name].unique()))} for name in reading.levers]
        page.table("levers", "Levers: varied on purpose", pd.DataFrame(rows), _NAMED)
    if reading.structures:
        rows = [{"name": n, "value": ", ".join(map(str, reading.draws[n].unique()))} for n in reading.structures]
        note = "Competing models of how the world works; no decision-maker chooses among them."
        page.table("structures_varied", "Structures", pd.DataFrame(rows), _NAMED, note)
    if page.draws:
        design = plain.get("design") or {}
        names, values = reading.uncertain
        frame = pd.DataFrame({"name": names, "low": values.min(axis=0), "high": values.max(axis=0)})
        ends = [html.Column("low", "Lowest drawn", html.significant(4))]
        ends += [html.Column("high", "Highest drawn", html.significant(4))]
        page.table(
            "uncertainties",
            f"Uncertain parameters: {reading.samples:,} draws, {design.get('kind', '')} design",
            frame,
            [html.Column("name", "Parameter"), *ends],
            "A parameter that is a table moves as one: its place in its range, 0 to 1, is given.",
            fold=f"{len(names)} uncertain parameters and what was drawn",
        )


_IN_TIME = (
    html.Column("arm", "Arm"),
    html.Column("key", "What"),
    html.Column("months", "Months"),
    html.Column("value", "In force"),
)
_NAMED = (html.Column("name", "What"), html.Column("value", "Value"))


def _role(page: Page, name: str) -> str:
    if name != page.reading.arms[0]:
        return "compared with the baseline"
    return "baseline" if page.compares else "the only arm"


def _setting(plain: dict[str, Any]) -> Frame:
    import pandas as pd

    people, warm_up = plain["population"], plain["warm_up"]
    rows = {
        "People": f"Oregon Health Plan, {people['members'] / MILLION:.1f} million members, synthetic",
        "Sample": f"{100 * people['sample']:g}%, at least {people.get('minimum_per_cco', 0):,} in each CCO area",
        "Margins": people["margins"],
        "Renewal of cover": in_words(str(people["renewal"])),
        "Horizon": f"{plain['months']} months, after {warm_up} months of warm-up under fee-for-service without policy",
        "Cycle": "one month",
        "Organizations": plain["organizations"],
        "Capacity": plain["capacity"],
    }  # fmt: skip
    return pd.DataFrame({"name": list(rows), "value": list(rows.values())})
