"""Parameters as a table: one row for each parameter, or one for each of its numbers."""

from collections.abc import Iterator

from sim.engine.parameters import Parameter

HEADER = ("name", "value", "low", "high", "unit", "kind", "role", "evidence", "note", "price_year", "index", "used_in")


def short_row(parameter: Parameter) -> tuple[str, ...]:
    """Return one row of `HEADER`; a table is shown by the range of its values and its axes."""
    value = _span(parameter.value.min(), parameter.value.max())
    if parameter.axes:
        value = f"{value} by {' x '.join(parameter.axes)}"
    low, high = f"{parameter.low.min():g}", f"{parameter.high.max():g}"
    star = " (set)" if parameter.overridden else ""
    return (parameter.name, value + star, low, high, *_said_of(parameter))


def _span(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g}..{high:g}"


def rows_of(parameter: Parameter) -> Iterator[tuple[str, ...]]:
    """Yield one row for every number of a parameter: every cell of a table."""
    for path, i in parameter.cells():
        numbers = (repr(float(table.flat[i])) for table in (parameter.value, parameter.low, parameter.high))
        yield (path, *numbers, *_said_of(parameter))


def _said_of(parameter: Parameter) -> tuple[str, ...]:
    year = str(parameter.price_year) if parameter.price_year else ""
    evidence = " ".join(parameter.evidence) or "none"
    used = "month 0" if parameter.is_converted else year
    return (parameter.unit, parameter.kind, parameter.role, evidence, parameter.note, year, parameter.index, used)
