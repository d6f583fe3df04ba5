"""A pair in a notebook: its numbers and their course, compact, as HTML without scripts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from sim.engine.arrays import Floats
from sim.pictures import trend
from sim.pictures.svg import in_percent, short

WIDEST = "26rem"


class Number(NamedTuple):
    """A measure of the state so far, in both arms."""

    measure: str
    label: str
    unit: str
    a: float
    b: float
    difference: float
    higher_is_better: bool | None


class Shown:
    """What a notebook displays; its text is a table of the numbers."""

    def __init__(self, html: str, text: str) -> None:
        self._html, self._text = html, text

    def _repr_html_(self) -> str:
        return self._html

    def __repr__(self) -> str:
        return self._text


def show(numbers: Sequence[Number], series: Sequence[tuple[Floats, Floats]], months: int, head: str) -> Shown:
    """Return measures over the months so far as a table, and each by month (``series``) as a picture."""
    rows = "".join(
        f'<tr><th scope="row">{escape(_name(one))}</th><td>{short(one.a)}</td><td>{short(one.b)}</td>'
        f"<td>{one.difference:+.4g}</td></tr>"
        for one in numbers
    )
    columns = "".join(f'<th scope="col">{word}</th>' for word in ("", "A", "B", "B - A"))
    table = f"<table><caption>{head}. One seed: no interval.</caption><tr>{columns}</tr>{rows}</table>"
    pictures = "".join(
        f'<div style="flex: 1 1 18rem; max-width: {WIDEST}">{_picture(one, a, b, months)}</div>'
        for one, (a, b) in zip(numbers, series, strict=True)
    )
    text = [head, *(f"{_name(one)}: A {one.a:.6g}, B {one.b:.6g}, B - A {one.difference:+.4g}" for one in numbers)]
    return Shown(f'{table}<div style="display: flex; flex-wrap: wrap">{pictures}</div>', "\n".join(text))


def _picture(one: Number, a: Floats, b: Floats, months: int) -> str:
    scale, unit = in_percent(one.unit)
    return trend(scale * a, scale * b, months, one.label, unit)


def _name(one: Number) -> str:
    return one.unit if one.unit.startswith(one.label) else f"{one.label} ({one.unit})"
