"""``ccosim parameters``: every number of the model, with its unit, range, kind and source."""

from collections.abc import Sequence

from experiments.analysis.parameter_search import Match, measure_called, related, search, subject
from experiments.analysis.sources import evidence_rows
from experiments.output.parameter_table import HEADER, rows_of, short_row
from experiments.terminal.columns import print_columns, print_csv
from sim.engine.parameters import Parameter
from sim.engine.text import nearest
from sim.measures.measures import BY_NAME, Measure
from sim.scenario import Scenario, ScenarioError

MOST = 25  # of what a search finds beyond the names
TO_READ = ("name", "value", "range", "kind", "evidence", "found in", "note")


def run(words: Sequence[str], csv: bool = False) -> int:
    """List the parameters that speak of every word that is no override, or of what a measure counts."""
    known = list(Scenario.compose([word for word in words if "=" in word]).registry)
    text = " ".join(word.removeprefix("parameters.") for word in words if "=" not in word)
    measure, evidence = measure_called(text), evidence_rows()
    found = search(text.split(), known, evidence)
    if measure:
        there = {match.parameter.name for match in found}
        found += [match for match in related(measure, known, evidence) if match.parameter.name not in there]
    if not found:
        raise ScenarioError([_nothing(text, measure, known)])
    if csv:
        print_csv(HEADER, [row for match in found for row in rows_of(match.parameter)])
        return 0
    if measure:
        print(f"{_how_related(measure)}\n")
    shown = found if not text or found[-1].rank == 0 else found[:MOST]
    _print(shown)
    if len(shown) < len(found):
        print(f"\nThe nearest {len(shown)} are shown; `ccosim parameters {text} --csv` lists all.")
    assumed = sum(match.parameter.kind == "assumption" for match in found)
    print(f"\n{len(found)} of {len(known)} parameters; {assumed} are assumptions")
    return 0


def _print(found: Sequence[Match]) -> None:
    """Print the parameters as a table; where words were found, only if there were words."""
    skip = {"found in"} - {"found in" for match in found if match.where}
    rows = [dict(zip(TO_READ, _to_read(match), strict=True)) for match in found]
    header = [name for name in TO_READ if name not in skip]
    print_columns(header, [[row[name] for name in header] for row in rows])


def _nothing(text: str, measure: Measure | None, known: Sequence[Parameter]) -> str:
    """Return the message that nothing was found, and what to try."""
    if measure:
        return f"{text}: nearly every parameter moves it; name a service or a need, or see ccosim sensitivity STUDY"
    near = ", ".join(nearest(text, [*(parameter.name for parameter in known), *BY_NAME], 3))
    return f"{text}: no such parameter (nearest: {near}), `ccosim parameters` lists them all"


def _how_related(measure: Measure) -> str:
    """Return a sentence that says what a list found by a measure is, and what it is not."""
    words = ", ".join(subject(measure))
    return (
        f"{measure.label} ({measure.name}): {measure.definition}. Listed: parameters that mention {words}. Others can "
        "move it too; ccosim sensitivity STUDY shows which ones do."
    )


def _to_read(match: Match) -> tuple[str, ...]:
    """Return one row of `TO_READ`."""
    name, value, low, high, unit, kind, role, evidence, note, year, index, used = short_row(match.parameter)
    turned = f" (used in dollars of {used})" if used != year else ""
    unit = f"{unit} of {year}{turned}, index: {index}" if year else unit
    return (name, f"{value} {unit}", f"{low} to {high}", f"{kind}, {role}", evidence, ", ".join(match.where), note)
