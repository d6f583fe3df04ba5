"""A measure by place: a map of counties shaded by B - A, with a sign, or by how many; thin places are hatched.

The shapes are in ``conf/shapes/oregon_counties.json``.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from html import escape
from typing import Any, NamedTuple

import numpy as np

from sim.paths import conf_folder
from sim.pictures.svg import GREY, picture, short, sides, text, tone

WIDTH, HEIGHT, SHAPES_END, SMALLER = 420.0, 400.0, 319.0, 0.7
PLUS, MINUS, UNSURE = "+", "\u2212", "~"
HATCH = (
    '<defs><pattern id="thin" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#fff"/><path d="M0,0V7" stroke="#777" stroke-width="2"/></pattern></defs>'
)


class Shape(NamedTuple):
    """The outline of a county, and its middle."""

    path: str
    x: float
    y: float


@cache
def county_shapes() -> dict[str, Shape]:
    """Return each county by name."""
    plain: dict[str, Any] = json.loads((conf_folder() / "shapes/oregon_counties.json").read_text(encoding="utf-8"))
    return {one["name"]: Shape(one["d"], *one["c"]) for one in plain["counties"].values()}


def area_map(
    values: Mapping[str, float],
    thin: Collection[str],
    label: str,
    unit: str,
    place_of: Mapping[str, str] | None = None,
    *,
    higher_is_better: bool | None = None,
    unsure: Collection[str] = (),
) -> str:
    """Return a map of B - A.

    Parameters
    ----------
    values : by place: a county, or what ``place_of`` names.
    thin : places with too few sampled members, which are hatched and set no scale.
    place_of : the place, such as the CCO area, that each county is shaded by; default itself.
    higher_is_better : of the measure; decides which color is which.
    unsure : places whose interval holds zero; they have a ~ in place of their sign.
    """
    shown = {place: value for place, value in values.items() if place not in thin and np.isfinite(value)}
    most = max(map(abs, shown.values()), default=0.0)
    shapes, signs = "", ""
    for name, shape in county_shapes().items():
        place = (place_of or {}).get(name, name)
        value = shown.get(place)
        fill = "url(#thin)" if value is None else shade(value, most, higher_is_better)
        said = "too few members in the sample" if value is None else f"{value:+.4g}"
        shapes += _county(name, place, shape, fill, said)
        if value:
            sign = UNSURE if place in unsure else PLUS if value > 0 else MINUS
            signs += f'<text x="{shape.x * SMALLER:.0f}" y="{shape.y * SMALLER + 4:.0f}">{sign}</text>'
    body = HATCH + _all(shapes)
    halo = 'stroke="#fff" stroke-width="2.5" stroke-linejoin="round" paint-order="stroke"'
    body += f'<g text-anchor="middle" font-weight="600" fill="#111" {halo}>{signs}</g>'
    title = f"{label}, B - A ({unit})"
    body += _legend(most, higher_is_better)
    hints = f"{PLUS} more, {MINUS} less in B{f'; {UNSURE} too early to tell' if unsure else ''}; hatched: few members"
    body += text(0, HEIGHT - 22, title, bold=True)
    body += text(0, HEIGHT - 5, hints, fill=GREY)
    return picture(WIDTH, HEIGHT, title, f"The largest difference is {short(most)}. The table has each place.", body)


def count_map(values: Mapping[str, float], label: str, place_of: Mapping[str, str]) -> str:
    """Return a map of how many there are in each place, which a county has by ``place_of``: the darker, the more."""
    most = max(values.values())
    shapes = ""
    for name, shape in county_shapes().items():
        place = place_of[name]
        shapes += _county(name, place, shape, shade(values[place], most, None), f"{values[place]:,.0f}")
    body = _all(shapes) + _boxes(np.linspace(0.0, most, 7), most, None) + text(0, SHAPES_END + 38, "0")
    body += text(7 * 57, SHAPES_END + 38, f"{most:,.0f}", anchor="end") + text(0, HEIGHT - 22, label, bold=True)
    first = max(values, key=lambda place: values[place])
    return picture(WIDTH, HEIGHT, label, f"Most are in {first}: {most:,.0f}. The table has each place.", body)


def _county(name: str, place: str, shape: Shape, fill: str, said: str) -> str:
    where = name if place == name else f"{name} ({place})"
    return f'<path d="{escape(shape.path)}" fill="{fill}"><title>{escape(f"{where}: {said}")}</title></path>'


def _all(shapes: str) -> str:
    return f'<g transform="scale({SMALLER:g})" stroke="#555" stroke-width="0.8">{shapes}</g>'


def shade(value: float, most: float, higher_is_better: bool | None) -> str:
    """Return the color of a difference: white for none, the color of better or worse for the largest."""
    part = min(abs(value) / most, 1.0) if most else 0.0
    end = tone(value, higher_is_better)
    return "#" + "".join(f"{round(255 + (int(end[i : i + 2], 16) - 255) * part):02x}" for i in (1, 3, 5))


def _legend(most: float, higher_is_better: bool | None) -> str:
    boxes = _boxes(np.linspace(-most, most, 7), most, higher_is_better)
    below, above = sides(higher_is_better)
    low, high = text(0, SHAPES_END + 38, f"{-most:.3g} {below}"), f"{most:+.3g} {above}"
    return boxes + low + text(7 * 57, SHAPES_END + 38, high, anchor="end")


def _boxes(values: Iterable[float], most: float, higher_is_better: bool | None) -> str:
    return "".join(
        f'<rect x="{57 * i}" y="{SHAPES_END + 10:g}" width="57" height="14" '
        f'fill="{shade(value, most, higher_is_better)}" stroke="#555" stroke-width="0.5"/>'
        for i, value in enumerate(values)
    )
