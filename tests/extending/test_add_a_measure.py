"""A measure with a new count, added as docs/how-to/add-a-measure.md says: a count, its rule, a measure."""

from tests.support.copied_tree import Run, Tree

COUNT = """    _counted("diabetes_visits", "primary care visits of members with known diabetes", "visits", 1000),
"""
RULE = """    if m.diagnosed >> DIABETES & 1:
        t.diabetes_visits = t.served[PRIMARY]
"""
MEASURE = """    _rate(
        "diabetes_visits",
        "Visits with diabetes",
        "visits",
        "Primary care visits of members with known diabetes",
        None,
    ),
"""


def test_a_count_is_cleared_added_up_and_measured(tree: Tree, untouched: Run) -> None:
    tree.add("sim/schema.py", ")\nCOUNTED_BY_RULES = ", COUNT)
    tree.add("sim/member/care.py", "    m.primary_year += t.served[PRIMARY]\n", RULE)
    tree.add("sim/member/care.py", "    EIGHTEEN_YEARS,\n", "    DIABETES,\n")
    tree.add("sim/measures/measures.py", ")\n\nACCESS = (", MEASURE)
    before, after = untouched(), tree.run()
    visits = after["counts"].pop("diabetes_visits")
    assert after["counts"] == before["counts"]
    assert 0 < visits < before["counts"]["primary_visits"]
    assert after["measures"]["diabetes_visits_per_1000_mm"] > 0


def test_a_measure_of_no_count_is_refused(tree: Tree) -> None:
    tree.add(
        "sim/measures/measures.py",
        ")\n\nACCESS = (",
        MEASURE.replace("        None,\n", '        None,\n        "primary_visit",\n'),
    )
    done = tree.python("import sim.measures.measures")
    assert "no count 'primary_visit' in sim/schema.py" in done.stderr
    assert "primary_visits" in done.stderr
