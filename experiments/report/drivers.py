"""What drives the result, and what could flip the decision."""

from __future__ import annotations

from experiments.analysis.drivers import NET_BENEFIT, Drivers, outcome_of
from experiments.analysis.findings import sentences, too_few
from experiments.output.driver_files import name_of, write_drivers
from experiments.report import html
from experiments.report.page import Page
from experiments.terminal.tables import in_words
from sim.scenario import ScenarioError

MOST_ROWS = 15
TITLE = "What drives it"
OUTCOMES = (NET_BENEFIT, "pmpm_total")
ALTS = {
    "tornado": "Bars for the parameters, from the widest swing down.",
    "ranks": "Partial rank correlations of the parameters with their intervals.",
    "sobol": "First-order and total Sobol indices of the parameters with their intervals.",
    "morris": "Mean absolute elementary effects of the parameters with their intervals.",
}


def write(page: Page) -> None:
    """For net benefit and total spending: sentences, figures and a table of the parameters."""
    for outcome in OUTCOMES:
        try:
            drivers = Drivers(page.reading, outcome_of(outcome))
        except ScenarioError as why:
            page.add(html.paragraph(f"Not analyzed: {why.messages[0]}.", "warning"))
            return
        _outcome(page, drivers)


def _outcome(page: Page, drivers: Drivers) -> None:
    page.add(html.heading(3, f"{drivers.outcome.label}: {in_words(drivers.strategy)}"))
    page.add(html.bullets(sentences(drivers)))
    name = name_of(drivers)
    write_drivers(page.outputs, drivers)
    if too_few(drivers):
        return
    for kind, alt in ALTS.items():
        figure = page.outputs.figures.get(f"{name}_{kind}")
        if figure:
            files = f"Files: figures/{name}_{kind}.png, .pdf."
            page.add(html.picture(figure["png"], f"{alt} The numbers are in the table.", f"{alt} {files}"))
    table = page.outputs.tables[name]
    number = html.significant(3)
    columns = [html.Column("parameter", "Parameter")]
    columns += [html.Column(key, key.replace("_", " "), number) for key in table.columns if key != "parameter"]
    note = (
        f"The {min(MOST_ROWS, len(table))} widest of {len(table)}. All: tables/{name}.csv. EVPPI near its noise floor "
    )
    note += "says nothing: more draws are needed."
    page.add(html.table("Influence of the parameters", table.head(MOST_ROWS), columns, note))
