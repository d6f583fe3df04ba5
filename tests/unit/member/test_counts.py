"""Counts are declared once, in ``schema.COUNTED``: each has a rule that writes it and a measure that reads it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sim import member
from sim.measures.measures import MEASURES
from sim.measures.terms import Count
from sim.member import tally
from sim.member.month import clear
from sim.schema import CAUSES, COUNT_INDEX, COUNTED_BY_RULES, COUNTS, FATES, MONTH, NEEDS, SERVICES

BLOCKS = {
    *(f"{s}_visits" for s in SERVICES),
    *(f"{s}_{fate}" for s in SERVICES for fate in ("asked", *FATES)),
    *(f"{n}_need_months" for n in NEEDS),
    *(f"emergency_{cause}" for cause in CAUSES),
    *(f"{s}_cents" for s in SERVICES),
}
"""Counts that the tally adds up as a block, from the first one on."""

WITHOUT_MEASURE = {"entries", "deaths_off_cover", "births_off_cover", "cohort_months", "deliveries", "ancillary_visits"}
"""Counts that no measure reads: they complete the flows of people and the services."""


def written(name: str) -> Iterator[str]:
    """Files of rules that assign ``t.<name>``."""
    for path in sorted(Path(str(member.__file__)).parent.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store):
                yield path.name


@pytest.mark.parametrize("count", COUNTED_BY_RULES, ids=lambda count: count.name)
def test_a_rule_writes_each_count(count):
    assert list(written(count.name)), f"no rule in sim/member writes t.{count.name}: it stays 0"


def test_the_tally_counts_the_others():
    source = Path(str(tally.__file__)).read_text(encoding="utf-8")
    plain = set(COUNTS) - {count.name for count in COUNTED_BY_RULES} - BLOCKS
    assert not {name for name in plain if f'COUNT_INDEX["{name}"]' not in source}, "count it in sim/member/tally.py"


def test_a_measure_reads_each_count():
    terms = {t.name for m in MEASURES for t in (*m.numerator, *m.denominator) if isinstance(t, Count)}
    assert set(COUNTS) - terms == WITHOUT_MEASURE, "declare a measure in sim/measures/measures.py"


def test_a_count_that_nobody_declared_is_refused():
    with pytest.raises(ValueError, match=r"no count 'primary_visit'.*primary_visits"):
        Count("primary_visit")


def test_every_field_of_the_month_is_cleared():
    months = np.ones(3, MONTH)
    clear(months.view(np.int64).reshape(3, -1), 2)
    assert not any(np.any(months[name][:2]) for name in MONTH.names)
    assert all(np.all(months[name][2]) for name in MONTH.names)


def test_each_count_is_added_to_its_own_column():
    months = np.zeros(1, MONTH)
    for count in COUNTED_BY_RULES:
        months[count.name] = COUNT_INDEX[count.name]
    words = months.view(np.int64)[tally.FIRST_COUNT :]
    assert words[: len(tally.COUNT_OF)].tolist() == tally.COUNT_OF.tolist()
