"""Does every citation lead somewhere? `NOTE.md UNIT` to an evidence note, a link with an anchor to that anchor.

Bare text is a citation, Markdown link syntax is a link: so `payment.md E5` is the note, in documentation pages too.
"""

import csv
import re
from bisect import bisect_right
from collections.abc import Iterator
from fnmatch import filter as matching
from itertools import accumulate
from pathlib import Path

import pytest

pytestmark = pytest.mark.quick

ROOT = Path(__file__).resolve().parents[2]
NOTES = ROOT / "docs" / "reference" / "evidence"
FOLDERS = ("sim", "experiments", "conf", "tests", "docs")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITH_ROWS = ("payment", "needs", "population", "cco")  # rows of the other notes come with their mechanisms

NOTE = r"(?<![\w/.-])(?<!\]\()(?P<note>[A-Za-z][a-z-]+)\.md\b"  # no path, no target of a link
NAMED = (
    r"(?P<code>[EVNM]\d{1,2})\b"
    r"|analytic check (?P<check>\d+)"
    r"|(?:section|table)s? (?:\((?P<letter>[a-c])\)|(?P<plain>[a-c])\b|(?P<section>\d+)(?:,? line (?P<line>\d+))?)"
    r"|\((?P<alone>[a-c])\)"
    r"|(?P<bare>[a-c])(?=[).,;:])"
)
NUMBER = r"(?P<number>\d+(?:-\d\d)?)(?![\d%]|[.,]\d)"
FIRST = re.compile(rf",? (?:{NAMED})| {NUMBER}")
NEXT = re.compile(rf"(?:,| and| to|, and) (?:its )?(?:{NAMED})")
NEXT_NUMBER = re.compile(rf"(?:,| and|, and) {NUMBER}(?= ?[.,;:()\"'\]}}]| and |$)")
BEFORE = re.compile(rf"(?P<units>[EVNM]\d{{1,2}}(?:(?:,| and| to) [EVNM]\d{{1,2}})*) of {NOTE}")
EQUATION = re.compile(r"\bE\d{1,2}\b")


def flat(text: str) -> tuple[str, list[int]]:
    """Join lines that are wrapped, without marks of comments and quotes, and say where each line begins."""
    lines = [line.strip(" \t#\"'\\") + " " for line in text.splitlines()]
    return "".join(lines), list(accumulate(map(len, lines), initial=0))


def anchor(unit: re.Match[str]) -> str:
    found = {name: value for name, value in unit.groupdict().items() if value and name != "note"}
    kind, value = next(iter(found.items()))
    if kind in ("letter", "plain", "alone", "bare"):
        return f"table-{value}"
    if kind == "check":
        return f"check-{value}"
    return "-".join(found.values()).lower()  # section 1 line 4: 1-4


def units_after(text: str, start: int) -> Iterator[str]:
    unit = FIRST.match(text, start)
    while unit:
        yield anchor(unit)
        numbered = unit.groupdict().get("number")
        unit = NEXT.match(text, unit.end()) or (NEXT_NUMBER.match(text, unit.end()) if numbered else None)


def citations(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, note and anchor of each citation; the anchor of a note as a whole is empty."""
    if ".md" not in text:
        return
    joined, starts = flat(text)
    for cited in BEFORE.finditer(joined):
        for code in re.findall(r"[EVNM]\d+", cited["units"]):
            yield bisect_right(starts, cited.start()), cited["note"].lower(), code.lower()
    # Those are done: in "V5 of payment.md, N2 of needs.md" N2 is no unit of payment.md.
    joined = BEFORE.sub(lambda cited: "_" * len(cited.group()), joined)
    for cited in re.finditer(NOTE, joined):
        for unit in list(units_after(joined, cited.end())) or [""]:
            yield bisect_right(starts, cited.start()), cited["note"].lower(), unit


def slug(heading: str) -> str:
    """Return the anchor that GitHub gives to a heading."""
    words = re.sub(r"<[^>]*>|\]\([^)]*\)", "", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", words).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL), re.MULTILINE)
    return {*re.findall(r'<a id="([^"]+)"', text), *map(slug, headings)}


KNOWN = {note.stem: anchors(note) for note in NOTES.glob("*.md") if note.stem != "README"}


def unresolved(path: Path, root: Path = ROOT) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    where = path.relative_to(root).as_posix()
    for line, note, unit in citations(text):
        if note not in KNOWN:
            yield f"{where}:{line}: {note}.md is no note of docs/reference/evidence"
        elif unit and unit not in KNOWN[note]:
            yield f"{where}:{line}: {note}.md has no #{unit}"
    if path.suffix != ".csv":
        for code in EQUATION.finditer(text):
            if code.group().lower() not in KNOWN["payment"]:
                line = text.count("\n", 0, code.start()) + 1
                yield f"{where}:{line}: there is no equation {code.group()} in payment.md"


def sources() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".yaml", ".md", ".csv") and path != Path(__file__).resolve():
                yield path
    yield from (ROOT / "README.md", ROOT / "CONTRIBUTING.md")


def broken_anchors(page: Path) -> Iterator[str]:
    for target, name in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            there = page.parent / target if target else page
            if not there.exists() or name not in anchors(there):
                yield f"{page.name}: {target}#{name}"


def test_every_citation_resolves() -> None:
    lost = [line for path in sources() for line in unresolved(path)]
    assert not lost, "\n" + "\n".join(lost)


def test_citations_are_found() -> None:
    found = [unit for path in sources() for _, _, unit in citations(path.read_text(encoding="utf-8"))]
    assert len(found) > 200
    assert {"e5", "table-a", "17", "1-4", "check-2", "v5", "n6", "1"} <= set(found)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "payment.md E1, E5; model.md 17 and 18.",
            [("payment", "e1"), ("payment", "e5"), ("model", "17"), ("model", "18")],
        ),
        ("(payment.md E4, 3.79 to 6.43)", [("payment", "e4")]),
        ("payment.md, section 1 line 4, and", [("payment", "1-4")]),
        ("payment.md E11 and its analytic check 1;", [("payment", "e11"), ("payment", "check-1")]),
        ("needs.md, table (a); needs.md a). needs.md table a", [("needs", "table-a")] * 3),
        ("(needs.md, 6 to 10 percent, judgment)", [("needs", "")]),
        ("# V5 of payment.md, N2\n# to N6 of needs.md.", [("payment", "v5"), ("needs", "n2"), ("needs", "n6")]),
        ("# as in model.md\n# 23). Read", [("model", "23")]),
        ("[pay](payment.md) and [pay](../explanation/payment.md#rates), docs/explanation/payment.md", []),
    ],
)
def test_a_citation_is_read(text: str, read: list[tuple[str, str]]) -> None:
    assert [(note, unit) for _, note, unit in citations(text)] == read


def test_planted_mistakes_are_listed(tmp_path: Path) -> None:
    page = tmp_path / "planted.py"
    page.write_text('"""As payment.md E13 says.\n\nSee design.md, section 3; model.md 17\nand 99. E77."""\n', "utf-8")
    assert list(unresolved(page, tmp_path)) == [
        "planted.py:1: payment.md has no #e13",
        "planted.py:3: design.md is no note of docs/reference/evidence",
        "planted.py:3: model.md has no #99",
        "planted.py:1: there is no equation E13 in payment.md",
        "planted.py:4: there is no equation E77 in payment.md",
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_anchors_of_links_exist(page: Path) -> None:
    assert list(broken_anchors(page)) == []


def test_a_planted_link_is_broken(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text('# One heading, two\n\n<a id="e5"></a>\n[a](#one-heading-two) [b](#e5) [c](#e6)\n', "utf-8")
    assert list(broken_anchors(page)) == ["page.md: #e6"]


@pytest.mark.parametrize("note", sorted(KNOWN))
def test_no_anchor_of_a_note_is_given_twice(note: str) -> None:
    given = re.findall(r'<a id="([^"]+)"', (NOTES / f"{note}.md").read_text(encoding="utf-8"))
    assert given
    assert len(given) == len(set(given))


def test_rows_that_notes_name_exist() -> None:
    with (ROOT / "conf" / "evidence" / "evidence.csv").open(encoding="utf-8", newline="") as table:
        rows = [row["id"] for row in csv.DictReader(table)]
    text = "".join((NOTES / f"{note}.md").read_text(encoding="utf-8") for note in WITH_ROWS)
    named = [
        name for group in re.findall(r"\[(`[^\]]+`)\](?!\()", text) for name in re.findall(r"`([a-z0-9_*]+)`", group)
    ]
    assert len(named) > 80
    assert [name for name in named if not matching(rows, name)] == []
