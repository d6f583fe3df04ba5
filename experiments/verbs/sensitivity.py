"""The verb ``sensitivity``: what drives a study's outcome, and what could flip its decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.analysis.drivers import ABOVE_NOISE, NET_BENEFIT, Drivers, outcome_of
from experiments.analysis.findings import sentences, too_few
from experiments.analysis.reading import Reading, asked_for
from experiments.output.driver_files import name_of, write_drivers
from experiments.output.outputs import Outputs
from experiments.terminal.tables import in_words

MOST_ROWS = 15
OPTIONS = ("outcome", "arm")


def run(words: Sequence[str]) -> int:
    """Print what drives the outcome of a sweep, write its tables and figures, and print the study's folder last."""
    asked = asked_for(words, OPTIONS)
    reading = Reading(asked.path, asked.overrides)
    drivers = Drivers(reading, outcome_of(asked.options.get("outcome", NET_BENEFIT)), asked.options.get("arm"))
    outputs = Outputs(reading)
    write_drivers(outputs, drivers)
    outputs.write()
    _print(Console(highlight=False), drivers)
    print(f"All parameters: {reading.study.path}/tables/{name_of(drivers)}.csv")
    print(reading.study.path)
    return 0


def _print(console: Console, drivers: Drivers) -> None:
    title = f"{drivers.outcome.label}: {in_words(drivers.strategy)}, over {len(drivers.values):,} draws"
    if too_few(drivers):  # a ranking of noise would be read as one of parameters
        console.print(Text(title))
    else:
        console.print(_ranking(drivers, title))
    for line in sentences(drivers):
        console.print(Text(line), soft_wrap=False)


def _ranking(drivers: Drivers, title: str) -> Table:
    table = drivers.table()
    shown = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1))
    shown.add_column("parameter", overflow="fold")
    headers = {"swing": "swing", "rank_correlation": "rank", "sobol_first": "Sobol", "sobol_total": "total",
               "morris_mu_star": "mu*", "evppi_usd": "EVPPI, USD"}  # fmt: skip
    columns = [name for name in headers if name in table]
    for name in columns:
        shown.add_column(headers[name], justify="right", no_wrap=True)
    for _, row in table.head(MOST_ROWS).iterrows():
        shown.add_row(row["parameter"], *(_cell(name, row) for name in columns))
    return shown


def _cell(name: str, row: Mapping[str, float]) -> str:
    value = row[name]
    if name == "evppi_usd":
        floor = row["evppi_noise_floor_usd"]
        return f"{value:,.0f}" if value > ABOVE_NOISE * floor else "noise"
    return f"{value:+.2f}" if name == "rank_correlation" else f"{value:.3g}"
