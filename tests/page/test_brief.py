"""The brief has two pages, and says of a comparison what the comparison says."""

import re

import pytest

from experiments.page.brief import as_html, as_pdf, of_page
from experiments.page.parts import number
from sim.measures.intervals import Estimates

ROWS = [
    ["Payers", "State", 1.44, -1.86, 4.75, "USD PMPM"],
    ["Payers", "Medicare", 1.5, 1.2, 1.8, "USD PMPM"],
    ["Providers", "Hospital", -5.36, -6.53, -4.19, "USD PMPM"],
    ["Savings", "State", 9.0, 8.0, 10.0, "USD PMPM"],
    ["Members", "Wait", 9.0, 8.0, 10.0, "days"],
]
SEEN = {
    "numbers": [
        number("pmpm_resources", 700.0, 710.0, Estimates(10.0, 9.0, 11.0, 0.1, 8)),
        number("ed_visits_per_1000_mm", 55.0, 54.0, Estimates(-1.0, -2.0, 1.0, 0.1, 8)),
        number("unmet_need_share", 0.1, 0.11, Estimates(0.01, 0.005, 0.015, 0.1, 8)),
    ],
    "parts": {"gains": {"table": {"rows": ROWS}, "svg": "<svg></svg>"}},
    "apart": ["Payment: A Fee for service, B Global budget."],
    "digest": "f" * 64,
    "command": "ccosim compare months=24",
    "status": {"months": 24},
}


@pytest.fixture(scope="module")
def brief():
    return of_page(SEEN)


def test_findings_come_with_their_intervals_the_clear_ones_first(brief):
    assert brief.findings[0] == (
        "Resources used, USD PMPM: 700.0 in A, 710.0 in B, a difference of +10.00 (95% interval +9.00 to +11.00). "
        "Higher in B: worse."
    )
    assert brief.findings[1].startswith("Unmet need, %: 10.00 in A, 11.00 in B")
    assert brief.findings[2].endswith("Luck alone could make this difference.")


def test_who_gains_is_told_apart_from_what_luck_could_explain(brief):
    assert brief.gains[:3] == [
        "Gain: Medicare (Payers) +1.50 (+1.20 to +1.80).",
        "Lose: Hospital (Providers) -5.36 (-6.53 to -4.19).",
        "Luck alone could explain: State (Payers) +1.44 (-1.86 to +4.75).",
    ]
    assert [row[1] for row in brief.bars] == ["State", "Medicare", "Hospital"]


def test_it_has_two_pages(brief):
    assert len(re.findall(rb"/Type\s*/Page\b", as_pdf(brief))) == 2


def test_texts_are_escaped(brief):
    evil = of_page({**SEEN, "apart": ["<script>alert(1)</script>"]})
    assert b"<script>" not in as_html(evil)
