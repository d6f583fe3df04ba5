"""Prints plain columns: aligned for people, cut to the width of a terminal, never cut in a pipe; or as CSV."""

import csv
import shutil
import sys
import textwrap
from collections.abc import Sequence

GAP = 2
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def print_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a header; the last column wraps on a terminal."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    before = sum(widths[:-1]) + GAP * (len(header) - 1)
    room = shutil.get_terminal_size().columns - before if sys.stdout.isatty() else sys.maxsize
    for row in (header, ["-" * min(width, 60) for width in widths], *rows):
        first, *more = textwrap.wrap(row[-1], max(room, 24)) if len(row[-1]) > room else [row[-1]]
        line = "".join(cell.ljust(width + GAP) for cell, width in zip(row[:-1], widths[:-1], strict=True))
        print(f"{line}{first}".rstrip())
        for rest in more:
            print(" " * before + rest)


def print_csv(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows as CSV, so that a spreadsheet takes no text for a formula."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)


def safe_cell(cell: str) -> str:
    """Return a cell that no spreadsheet will compute; numbers stay as they are."""
    if not cell.startswith(FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return f"'{cell}"
    return cell
