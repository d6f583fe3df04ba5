"""The worked example of the page on what is counted is what the code computes."""

from pathlib import Path

import pandas as pd

from sim.analysis.economics.net_benefit import net_benefit
from sim.analysis.economics.perspectives import BY_NAME, MAIN
from sim.analysis.economics.samples import Years, samples
from sim.analysis.economics.terms import Terms
from sim.measures.amounts import AMOUNT_NAMES

PAGE = Path(__file__).resolve().parents[2] / "docs/explanation/what-is-counted.md"
ROWS = {"care of members": "care_used", "care off cover": "care_off_cover", "administration": "administration",
        "programs": "programs", "QALYs": "qalys"}  # fmt: skip


def table():
    """Amounts by arm and year, as the page's table has them."""
    for line in PAGE.read_text(encoding="utf-8").split("## One example by hand")[1].splitlines():
        cells = [cell.strip().replace(",", "") for cell in line.strip("|").split("|")]
        if cells[0] in ROWS:
            scale = 1 if cells[0] == "QALYs" else 1e6
            for (arm, year), cell in zip([("a", 0), ("a", 1), ("b", 0), ("b", 1)], cells[1:], strict=True):
                yield (arm, 0, 0, year, ROWS[cells[0]], scale * float(cell))


def test_the_example_by_hand_is_what_is_computed():
    given = list(table())
    assert len(given) == 4 * len(ROWS)
    others = [(arm, 0, 0, year, name, 0.0) for arm in "ab" for year in (0, 1) for name in AMOUNT_NAMES
              if name not in ROWS.values()]  # fmt: skip
    frame = pd.DataFrame(given + others, columns=["arm", "seed", "draw", "year", "amount", "value"])
    found = samples(Years(frame, "a"), BY_NAME[MAIN], Terms())
    cost, health = found.costs[0, 1] - found.costs[0, 0], found.effects[0, 1] - found.effects[0, 0]
    benefit = float(net_benefit(cost, health, Terms().willingness_to_pay))
    text = PAGE.read_text(encoding="utf-8")
    assert f"{cost:,.0f} dollars" in text
    assert f"= {health:.4f}" in text
    assert f"= {benefit:,.0f} dollars" in text
