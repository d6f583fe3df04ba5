"""``ccosim parameters``: every number of the model, with its unit, range, kind and source."""

from collections.abc import Iterator, Sequence

from experiments.analysis.numbers import of_model
from experiments.terminal.columns import print_columns, print_csv
from sim.engine.parameters import Parameter
from sim.engine.text import nearest
from sim.scenario import Scenario, ScenarioError

HEADER = ("name", "value", "low", "high", "unit", "kind", "role", "evidence", "note")
TO_READ = ("name", "value", "range", "kind", "evidence", "note")


def run(words: Sequence[str], csv: bool = False) -> int:
    """List the parameters whose name, unit, kind, role or source holds every word that is no override."""
    overrides = [word for word in words if "=" in word]
    wanted = [word.removeprefix("parameters.").lower() for word in words if "=" not in word]
    known = of_model(Scenario.compose(overrides))
    found = [parameter for parameter in known if all(_speaks_of(parameter, word) for word in wanted)]
    if not found:
        near = ", ".join(nearest(wanted[-1], [parameter.name for parameter in known], 3))
        hint = f"nearest: {near}" if near else "`ccosim parameters` lists them all"
        raise ScenarioError([f"{' '.join(wanted)}: no such parameter ({hint})"])
    if csv:
        print_csv(HEADER, [row for parameter in found for row in rows_of(parameter)])
    else:
        print_columns(TO_READ, [_to_read(parameter) for parameter in found])
        print(f"\n{len(found)} of {len(known)} parameters; {_count(found, 'assumption')} are assumptions")
    return 0


def _speaks_of(parameter: Parameter, word: str) -> bool:
    texts = (parameter.name, parameter.unit, parameter.kind, parameter.role, *parameter.evidence, *parameter.axes)
    return any(word in text for text in texts)


def _count(parameters: Sequence[Parameter], kind: str) -> int:
    return sum(parameter.kind == kind for parameter in parameters)


def short_row(parameter: Parameter) -> tuple[str, ...]:
    """Return one row of `HEADER`; a table is shown by the range of its values and its axes."""
    value = _span(parameter.value.min(), parameter.value.max())
    if parameter.axes:
        value = f"{value} by {' x '.join(parameter.axes)}"
    low, high = f"{parameter.low.min():g}", f"{parameter.high.max():g}"
    star = " (set)" if parameter.overridden else ""
    return (parameter.name, value + star, low, high, *_words(parameter))


def _to_read(parameter: Parameter) -> tuple[str, ...]:
    """Return one row of `TO_READ`."""
    name, value, low, high, unit, kind, role, evidence, note = short_row(parameter)
    return (name, f"{value} {unit}", f"{low} to {high}", f"{kind}, {role}", evidence, note)


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}..{high:g}"


def rows_of(parameter: Parameter) -> Iterator[tuple[str, ...]]:
    """Yield one row for every number of a parameter: every cell of a table."""
    for path, i in parameter.cells():
        numbers = (repr(float(table.flat[i])) for table in (parameter.value, parameter.low, parameter.high))
        yield (path, *numbers, *_words(parameter))


def _words(parameter: Parameter) -> tuple[str, ...]:
    evidence = " ".join(parameter.evidence) or "none"
    return (parameter.unit, parameter.kind, parameter.role, evidence, parameter.note)
