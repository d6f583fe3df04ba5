"""Prints rows for people, as columns where they fit and as blocks where they do not; or as CSV for programs."""

import csv
import shutil
import sys
import textwrap
from collections.abc import Sequence

GAP = 2
WIDTH = 120  # where there is no terminal
LEAST = 24  # letters that a last column needs to be read
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")


def print_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under a header, the last column wrapped; each row as a block where that is too wide."""
    width = shutil.get_terminal_size((WIDTH, 0)).columns
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    room = width - sum(widths[:-1]) - GAP * (len(header) - 1)
    if room < min(LEAST, widths[-1]):
        _print_blocks(header, rows, width)
    else:
        _print_aligned((header, ["-" * min(wide, room) for wide in widths], *rows), widths[:-1], room)


def _print_aligned(rows: Sequence[Sequence[str]], widths: Sequence[int], room: int) -> None:
    before = sum(widths) + GAP * len(widths)
    for row in rows:
        first, *more = textwrap.wrap(row[-1], room) or [""]
        line = "".join(cell.ljust(width + GAP) for cell, width in zip(row[:-1], widths, strict=True))
        print(f"{line}{first}".rstrip())
        for rest in more:
            print(" " * before + rest)


def _print_blocks(header: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> None:
    """Print the first cell of each row, and below it what the others are."""
    label = max(map(len, header[1:])) + 2 * GAP
    for row in rows:
        print(row[0])
        for name, cell in zip(header[1:], row[1:], strict=True):
            head = f"    {name}".ljust(label + GAP)
            if cell:
                print(_wrapped(cell, width, head))
        print()


def _wrapped(text: str, width: int, head: str) -> str:
    return textwrap.fill(
        text, width, initial_indent=head, subsequent_indent=" " * len(head), break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


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
