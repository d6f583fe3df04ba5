"""A measure by place: a map of counties shaded by B - A, thin places hatched; and the same as a table.

The shapes are in ``conf/shapes/oregon_counties.json``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from html import escape
from typing import Any

import numpy as np

from sim.paths import conf_folder
from sim.pictures.svg import GREY, picture, short, text

WIDTH, HEIGHT, SHAPES_END = 600.0, 540.0, 455.0
MORE, LESS, WHITE = (213, 94, 0), (0, 114, 178), (255, 255, 255)
HATCH = (
    '<defs><pattern id="thin" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#fff"/><path d="M0,0V7" stroke="#777" stroke-width="2"/></pattern></defs>'
)


@cache
def county_shapes() -> dict[str, str]:
    """Return the outline of each county, by name."""
    plain: dict[str, Any] = json.loads((conf_folder() / "shapes/oregon_counties.json").read_text(encoding="utf-8"))
    return {one["name"]: one["d"] for one in plain["counties"].values()}


def area_map(
    values: Mapping[str, float],
    thin: Collection[str],
    label: str,
    unit: str,
    place_of: Mapping[str, str] | None = None,
) -> str:
    """Return a map of B - A.

    Parameters
    ----------
    values : by place: a county, or what ``place_of`` names.
    thin : places with too few sampled members, which are hatched and set no scale.
    place_of : the place, such as the CCO area, that each county is shaded by; default itself.
    """
    known = [abs(value) for place, value in values.items() if place not in thin and np.isfinite(value)]
    most = max(known, default=0.0)
    body = HATCH + "".join(
        _county(name, shape, (place_of or {}).get(name, name), values, thin, most)
        for name, shape in county_shapes().items()
    )
    shown = f"{label}, B - A ({unit})"
    body += _legend(most) + text(10, HEIGHT - 34, shown, bold=True)
    body += text(10, HEIGHT - 14, "Hatched: too few members in the sample, or none.", fill=GREY)
    return picture(WIDTH, HEIGHT, shown, f"The largest difference is {short(most)}. The table has each place.", body)


def _county(name: str, shape: str, place: str, values: Mapping[str, float], thin: Collection[str], most: float) -> str:
    value = values.get(place, float("nan"))
    known = place not in thin and np.isfinite(value)
    said = f"{value:+.4g}" if known else "too few members in the sample"
    where = name if place == name else f"{name} ({place})"
    return (
        f'<path d="{escape(shape)}" fill="{shade(value, most) if known else "url(#thin)"}" stroke="#555" '
        f'stroke-width="0.8"><title>{escape(where)}: {said}</title></path>'
    )


def shade(value: float, most: float) -> str:
    """Return the color of a difference: white for none, orange for more, blue for less."""
    part = min(abs(value) / most, 1.0) if most else 0.0
    end = MORE if value > 0 else LESS
    return "#" + "".join(f"{round(w + (e - w) * part):02x}" for w, e in zip(WHITE, end, strict=True))


def _legend(most: float) -> str:
    steps = np.linspace(-most, most, 7)
    boxes = "".join(
        f'<rect x="{10 + 30 * i}" y="{SHAPES_END + 10:g}" width="30" height="14" fill="{shade(value, most)}" '
        'stroke="#555" stroke-width="0.5"/>'
        for i, value in enumerate(steps)
    )
    ends = text(10, SHAPES_END + 38, f"{-most:.3g}") + text(220, SHAPES_END + 38, f"{most:+.3g}", anchor="end")
    return boxes + ends


def area_table(rows: Sequence[tuple[str, float, float, int, bool]], label: str, unit: str) -> str:
    """Return the places as an HTML table: name, A, B, sampled members, thin (``Pair.by_area``)."""
    head = "".join(f'<th scope="col">{word}</th>' for word in ("Place", "A", "B", "B - A", "Sampled members"))
    body = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{short(a)}</td><td>{short(b)}</td>'
        f"<td>{'too few' if thin else f'{b - a:+.4g}'}</td><td>{members:,}</td></tr>"
        for name, a, b, members, thin in rows
    )
    return (
        f"<table><caption>{escape(f'{label} ({unit})')}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )
