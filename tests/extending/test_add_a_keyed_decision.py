"""A keyed decision, added as docs/how-to/add-a-keyed-decision.md says: a number, and the rule that draws it."""

from tests.support.copied_tree import Run, Tree

DECISION = """NURSE_LINE = decision("member: calls a nurse before an emergency visit", {number})

"""
PLACE = "# Drawn only for members for whom the decision comes up"
RULE = """    if u[NURSE_LINE, j] < p.avoidable_of_treatable:
        visits = 0
"""


def test_a_new_draw_leaves_every_other_draw_alone(tree: Tree, untouched: Run) -> None:
    before = untouched()
    tree.add("sim/member/decisions.py", PLACE, DECISION.format(number=52))
    assert tree.run()["counts"] == before["counts"]
    tree.add("sim/member/emergency.py", "    SENT,\n", "    NURSE_LINE,\n")
    tree.add("sim/member/emergency.py", "    if visits > 0:\n", RULE)
    after = tree.run()
    assert after["counts"]["emergency_visits"] < before["counts"]["emergency_visits"]


def test_a_number_that_is_taken_is_refused(tree: Tree) -> None:
    tree.add("sim/member/decisions.py", PLACE, DECISION.format(number=51))
    done = tree.python("import sim.member.decisions")
    assert "51 belongs to 'member: well-child visits asked for'; 52 is free" in done.stderr
