"""Reads back what a section of the report shows: the tables of its page, cell by cell, and its paragraphs."""

import re
from html import unescape
from types import SimpleNamespace

from experiments.figures.style import About
from experiments.report.page import Page

ABOUT = About("base", 3, 5000, 24, "0", "0" * 64)
CELL = re.compile(r"<t[hd](?: [^>]*)?>(.*?)</t[hd]>", re.DOTALL)


class Told(Page):
    """A page of a study of which only what a section reads is known; figures are noted and not drawn."""

    def __init__(self, **reading):
        usual = {
            "no_sample": "", "arms": ("base", "new"), "strategies": ("base", "new"), "seeds": 3, "samples": 1,
            "settings": [""], "models": [""], "points": [""], "levers": [], "structures": [], "equal": {},
            "manifest": {}, "plain": {}, "months": 24, "primary": (),
        }  # fmt: skip
        self.reading = SimpleNamespace(**usual | reading)
        self.reading.baseline = self.reading.strategies[0]
        self.outputs = SimpleNamespace(tables={}, about=ABOUT, figures={})
        self.body = []
        self.drawn = {}

    def figure(self, name, caption, alt, draw, *content, **options):
        self.drawn[name] = SimpleNamespace(caption=caption, content=content, options=options)

    @property
    def text(self):
        return unescape("\n".join(self.body))

    def shown(self, caption):
        """The table whose caption begins so: a list of rows, each a dict by header."""
        (found,) = [part for part in self.body if f"<caption>{caption}" in unescape(part)]
        head, body = found.split("</thead>")
        names = [unescape(cell) for cell in CELL.findall(head)]
        rows = [CELL.findall(row) for row in body.split("</tr>")[:-1]]
        return [dict(zip(names, map(unescape, row), strict=True)) for row in rows]

    def column(self, caption, header):
        """One column of it: the headers of two columns may be the same, so that a place can be given instead."""
        if isinstance(header, str):
            return [row[header] for row in self.shown(caption)]
        (found,) = [part for part in self.body if f"<caption>{caption}" in unescape(part)]
        return [unescape(CELL.findall(row)[header]) for row in found.split("</thead>")[1].split("</tr>")[:-1]]
