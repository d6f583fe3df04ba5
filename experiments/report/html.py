"""A page of plain HTML: every text is escaped, every table has a caption and headers, every picture its words."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from sim.engine.arrays import Frame

Show = Callable[[Any], str]

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: #1a1a1a;
  background: #fff; max-width: 78rem; margin: 0 auto; padding: 1.2rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.2rem 0 .6rem; border-bottom: 2px solid #1a1a1a; padding-bottom: .2rem; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 .4rem; }
p, li { max-width: 46rem; }
nav ul { columns: 2; padding-left: 1.2rem; max-width: 46rem; }
a { color: #00507a; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .8rem 0 1.2rem; font-size: .8rem; line-height: 1.35; }
table.many { font-size: .7rem; }
table.many th[scope=row] { min-width: 9rem; }
table.many th, table.many td { padding: .2rem .3rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { padding: .25rem .45rem; border-bottom: 1px solid #ccc; text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid #555; vertical-align: bottom; }
td.number { text-align: right; font-variant-numeric: tabular-nums; white-space: pre; }
th.number { text-align: right; }
figure { margin: 1.2rem 0; }
figure.small { display: inline-block; width: 3.5in; max-width: 100%; margin-right: .3in; vertical-align: top; }
figure img { max-width: 100%; height: auto; }
figcaption, .note { font-size: .85rem; color: #333; max-width: 46rem; }
.warning { border-left: 5px solid #b34700; padding: .4rem .8rem; background: #fff4ec; }
details > summary { cursor: pointer; font-weight: 600; }
code { font-size: .9em; overflow-wrap: anywhere; }
@media screen and (max-width: 44rem) {
  body { padding: .8rem; }
  nav ul { columns: 1; }
  h1, p, li, caption { overflow-wrap: anywhere; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  h2 { break-after: avoid; }
  h3, caption { break-after: avoid; }
  figure, tr { break-inside: avoid; }
  thead { display: table-header-group; }
  table { font-size: 7.5pt; }
  .wide { overflow: visible; }
  a { color: inherit; text-decoration: none; }
}
"""
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
DPI = 300
FEW, MANY = 7, ' class="many"'  # columns that a screen holds in the usual type; more are set smaller
HALF_A_PAGE = 4  # inches; figures that are narrower stand side by side


@dataclass(frozen=True)
class Column:
    """One column of a table: the key of its values, its header with the unit, and how a value is shown."""

    key: str
    header: str
    show: Show | None = None
    text: bool = False  # what is shown are words, not a number

    @property
    def is_number(self) -> bool:
        """Whether its values stand on the right."""
        return self.show is not None and not self.text


def document(title: str, body: Sequence[str], style: str = "") -> bytes:
    """The whole page; ``style`` comes after that of every report."""
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="generator" content="ccosim report"><title>{escape(title)}</title><style>{STYLE}{style}</style>'
    )
    text = "\n".join(body)
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>\n{text}\n</body>\n</html>\n'.encode()


def heading(level: int, text: str, anchor: str = "") -> str:
    """A heading; with an anchor others can link to it."""
    mark = f' id="{escape(anchor)}"' if anchor else ""
    return f"<h{level}{mark}>{escape(text)}</h{level}>"


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph; kinds are ``note`` and ``warning``."""
    mark = f' class="{escape(kind)}"' if kind else ""
    return f"<p{mark}>{_with_code(text)}</p>"


def _with_code(text: str) -> str:
    """The text, with what stands between back quotes as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def bullets(texts: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{_with_code(text)}</li>' for text in texts)}</ul>"


def contents(sections: Sequence[tuple[str, str]]) -> str:
    """Links to the sections: (anchor, title)."""
    links = "".join(f'<li><a href="#{escape(anchor)}">{escape(title)}</a></li>' for anchor, title in sections)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def code(text: str) -> str:
    return f"<p><code>{escape(text)}</code></p>"


def link(text: str, anchor: str) -> str:
    """A line that leads to a section of the page."""
    return f'<p class="note"><a href="#{escape(anchor)}">{escape(text)}</a></p>'


def folded(summary: str, inner: str) -> str:
    """Something long, opened on request; open when printed is not needed, since the CSV holds it too."""
    return f"<details><summary>{escape(summary)}</summary>{inner}</details>"


def picture(png: bytes, alt: str, caption: str) -> str:
    """A picture inside the page, as wide as in print."""
    inches = int.from_bytes(png[16:20], "big") / DPI
    data = base64.b64encode(png).decode()
    kind = ' class="small"' if inches < HALF_A_PAGE else ""
    return (
        f'<figure{kind}><img src="data:image/png;base64,{data}" alt="{escape(alt)}" style="width:{inches:g}in">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def table(caption: str, frame: Frame, columns: Sequence[Column], note: str = "") -> str:
    """A table with a caption; the first column heads its rows, numbers stand on the right."""
    numeric = [column.is_number and i > 0 for i, column in enumerate(columns)]
    head = "".join(
        f'<th scope="col"{_number(n)}>{escape(column.header)}</th>' for column, n in zip(columns, numeric, strict=True)
    )
    rows = "".join(_row([row[column.key] for column in columns], columns) for _, row in frame.iterrows())
    below = paragraph(note, "note") if note else ""
    size = MANY if len(columns) > FEW else ""
    return (
        f'<div class="wide"><table{size}><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{below}"
    )


def _row(values: Sequence[Any], columns: Sequence[Column]) -> str:
    cells = [shown(value, column) for value, column in zip(values, columns, strict=True)]
    rest = zip(cells[1:], columns[1:], strict=True)
    return (
        f'<tr><th scope="row">{escape(cells[0])}</th>'
        + "".join(f"<td{_number(column.is_number)}>{escape(cell)}</td>" for cell, column in rest)
        + "</tr>"
    )


def shown(value: Any, column: Column) -> str:
    """One value as text; what is not known is a dash."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    return column.show(value) if column.show else str(value)


def labeled(label: str, unit: str) -> str:
    """A label with its unit, which is not said twice: ``QALYs per 1,000 member-years``."""
    return unit if unit.startswith(label) else f"{label}, {unit}"


def _number(numeric: bool) -> str:
    return ' class="number"' if numeric else ""


def fixed(digits: int = 0, scale: float = 1.0, *, sign: bool = False) -> Show:
    """Shows a number with so many decimals; ``scale`` divides it."""

    def show(value: Any) -> str:
        if math.isinf(value):
            return "never" if value > 0 else "-inf"
        text = f"{value / scale:{'+' if sign else ''},.{digits}f}"
        return text.lstrip("+-") if float(text.replace(",", "")) == 0 else text

    return show


def significant(digits: int = 3) -> Show:
    """Shows so many significant digits."""
    return lambda value: f"{float(f'{value:.{digits}g}'):,.10g}"
