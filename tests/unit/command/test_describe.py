"""Does `ccosim describe` say what the code does?"""

import ast
import textwrap

import pytest

from experiments.cli import DONE, main
from experiments.methods.read_rules import Sources, own_access, rules
from experiments.methods.read_steps import steps
from sim.schema import AREA, CLINIC, MEMBER, MEMBER_FIELDS, MONTH

pytestmark = pytest.mark.quick


def access(code):
    return own_access(ast.parse(textwrap.dedent(code)).body[0])


def test_reads_and_writes_are_told_apart():
    found = access(
        """
        def rule(m, t, here, p):
            m.age_months += 1
            m.exposure[m.sex] = 0
            t.died, m.status = p.death > here.lost, 0
            if m.needs >> 1 & 1:
                m.known_needs &= ~2
        """
    )
    assert found.writes == {"m": {"age_months", "exposure", "status", "known_needs"}, "t": {"died"}}
    assert found.reads == {"m": {"age_months", "sex", "needs", "known_needs"}, "p": {"death"}, "here": {"lost"}}


def test_a_rule_reads_what_the_rules_that_it_calls_read(tmp_path):
    package = tmp_path / "member"
    package.mkdir()
    (package / "month.py").write_text(
        "from sim.member.needs import begin\ndef live(m, p):\n    begin(m, p)\n", encoding="utf-8"
    )
    (package / "needs.py").write_text(
        'def begin(m, p):\n    """Begin."""\n    if chance(m, p):\n        m.needs = 1\n'
        "def chance(m, p):\n    return p.onset[m.race]\n",
        encoding="utf-8",
    )
    (rule,) = rules(package)
    assert (rule.file, rule.name, rule.about) == ("needs", "begin", "Begin.")
    assert rule.access.reads == {"m": {"race"}, "p": {"onset"}}
    assert rule.access.writes == {"m": {"needs"}}
    assert Sources(package).functions


def test_the_month_of_the_model_is_told_in_order(capsys):
    assert main(["describe"]) == DONE
    said = capsys.readouterr().out
    places = [said.index(word) for word in ("agency.set_rates", "providers.decide", "slots.assign", "agency.settle")]
    assert places == sorted(places)
    places = [said.index(word) for word in ("\nenrollment.", "\nneeds.", "\nhealth.", "\naccess.", "\nspending.")]
    assert places == sorted(places)


def test_rules_read_and_write_only_declared_fields():
    from pathlib import Path

    import sim

    records = {"m": MEMBER, "t": MONTH, "here": AREA, "clinic": CLINIC}
    for rule in rules(Path(sim.__file__).parent / "member"):
        for fields in (rule.access.reads, rule.access.writes):
            for record, dtype in records.items():
                assert fields.get(record, set()) <= set(dtype.names), f"{rule.file}.{rule.name}"
        assert "p" not in rule.access.writes, f"{rule.file}.{rule.name} writes parameters"
        assert "here" not in rule.access.writes, f"{rule.file}.{rule.name} writes what organizations decided"


def test_the_steps_of_the_month_are_found():
    from pathlib import Path

    import sim

    found = {step.name: step for step in steps(Path(sim.__file__).parent / "model.py")}
    assert "federal -> state" in found["agency.settle"].pays
    assert "areas.price_index" in found["providers.decide"].writes
    assert "month" in found["agency.set_rates"].reads


def test_every_column_of_a_member_is_listed(capsys):
    assert main(["describe", "members"]) == DONE
    said = capsys.readouterr().out
    assert {field.name for field in MEMBER_FIELDS} <= {line.split()[0] for line in said.splitlines() if line}


def test_every_measure_is_listed(capsys):
    from sim.measures.measures import MEASURES

    assert main(["describe", "measures"]) == DONE
    said = capsys.readouterr().out
    assert all(measure.name in said for measure in MEASURES)


def test_every_key_of_a_scenario_is_listed(capsys):
    assert main(["describe", "scenario"]) == DONE
    said = capsys.readouterr().out
    for word in ("population.sample", "payment.start", "months", "seeds", "global_budget", "payment_by_upstream"):
        assert word in said
    assert "population=classroom is a 0.35% sample of 1.4 million members" in said
