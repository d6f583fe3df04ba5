"""How to read the tables: what marks mean, and signs that surprise; a page of the documentation has them all."""

from __future__ import annotations

from experiments.report import html
from experiments.report.page import Page

TITLE = "How to read these tables"
SIGNS = (
    "**A difference** is the arm minus the baseline, for the same people with the same luck; plus means more of it.",
    "**Who gains counts from the side of the one named**: a payer that pays less gains, with a plus. In the tables of "
    "spending the same saving has a minus.",
    "**A payer's saving is often another's loss**: what hospitals no longer receive is their loss.",
    "**Total spending rises under a budget although claims fall**: capitation counts as paid, with the CCOs' margin.",
    "**The CCO margin is negative**: CCOs paid more than they received, from reserves.",
    "**Total and uncompensated care move apart**: no payer pays for the care of people who lost cover.",
    "**Less unmet need, and more emergency visits**: members who are reached ask for more, and waits grow.",
    "**QALYs fall when more people survive or stay enrolled**: per 1,000 member-years they are an average of those "
    "enrolled. Economics counts the sum over everybody.",
    "**Every strategy has a probability of being best, and none is high**: with draws, the decision is uncertain; "
    "without draws, it is the luck of seeds.",
    "**The concentration curve lies above zero**: groups with more need have more than their share.",
    "**A difference is exactly 0**: the arms are the same, or what differs has no effect at these settings.",
)
PAGE = "docs/how-to/read-the-tables.md"


def write(page: Page) -> None:
    """The marks and signs, folded; the page of the documentation that has them all is named."""
    texts = [html.bullets([sign.replace("**", "") for sign in SIGNS])]
    texts.append(html.paragraph(f"All of them, with reasons: `{PAGE}` in the source of ccosim.", "note"))
    page.add(html.folded("Marks, and signs that surprise", "".join(texts)))
