"""Does `ccosim describe` say what the program does?"""

from experiments.cli import DONE, main
from experiments.methods.month_trace import read_trace
from sim.schema import MEMBER_FIELDS


def test_the_month_is_told_in_order(capsys):
    assert main(["describe"]) == DONE
    said = capsys.readouterr().out
    places = [said.index(f"\n{step.name}") for step in read_trace().steps]
    assert places == sorted(places)
    places = [said.index(word) for word in ("\nenrollment.", "\nneeds.", "\nhealth.", "\naccess.", "\nspending.")]
    assert places == sorted(places)


def test_it_says_that_the_state_and_ccos_pay_claims(capsys):
    assert main(["describe", "month"]) == DONE
    said = capsys.readouterr().out
    for payer in ("state", "cco", "medicare"):
        assert f"{payer} -> primary, specialist, behavioral" in said
    assert "state -> cco: capitation, every month" in said


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


def test_what_is_in_force_when_is_printed_arm_by_arm(capsys):
    words = [
        "population.year=2012",
        "arms.a=[]",
        "arms.b=[at.2013-01.payment.metrics=oregon_2020, at.2013-01.until=2014-01]",
    ]
    assert main(["describe", "scenario", "months=36", *words]) == DONE
    said = [line.split() for line in capsys.readouterr().out.splitlines()]
    metric = "b payment.metrics"
    assert f"{metric} 0 to 11 (2012-01 to 2012-12) none".split() in said
    assert f"{metric} 12 to 23 (2013-01 to 2013-12) oregon_2020".split() in said
    assert f"{metric} 24 to 35 (2014-01 to 2014-12) none".split() in said
    assert said[-1][:4] == ["a:", "nothing", "changes", "during"]
