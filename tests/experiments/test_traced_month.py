"""Is what `ccosim describe month` and the page say what the program does now?"""

from pathlib import Path

import numpy as np
import pytest

from experiments.methods.month_trace import by_payees, page_part, read_trace, text_of
from experiments.methods.traced_month import BEGIN, PAGE, WORLD, changes, trace, traced, when, with_changes
from experiments.methods.traced_month import with_generated as with_part
from experiments.methods.traced_rules import Record, Seen, Table, watch_without_compiler
from sim.model import begin
from sim.payment.ledger import ACCOUNTS, PURPOSES
from sim.scenario import Scenario
from sim.schema import AREA, CLINIC, MEMBER, MONTH

ROOT = Path(__file__).resolve().parents[2]
AGAIN = "run `python -m experiments.methods.traced_month` and look at what it changes"


@pytest.fixture(scope="module")
def first_month():
    overrides = with_changes(["months=1"])
    scenario = Scenario.compose(overrides)
    return traced(overrides, begin(scenario, 0), range(1))


def test_the_page_prints_the_trace():
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    assert BEGIN in page
    assert page == with_part(page, page_part(read_trace())), AGAIN


def test_the_first_month_does_what_was_traced(first_month):
    committed = {step.name: step for step in read_trace().steps}
    found = first_month.found()
    assert [step.name for step in found] == [name for name in committed if name in {step.name for step in found}], AGAIN
    for step in found:
        told = committed[step.name]
        assert (step.agents, step.file, step.about) == (told.agents, told.file, told.about), AGAIN
        assert set(step.writes) <= set(told.writes), AGAIN
        assert accounts(step) <= accounts(told), AGAIN
    assert {"Agency.set_rates", "CCO.settle"} <= {step.name for step in found}
    assert any(accounts(step) for step in found)


def test_rules_read_and_write_what_was_traced(first_month):
    committed = read_trace().rules
    found = watch_without_compiler(first_month.months)
    assert [(rule.name, rule.about) for rule in found] == [(rule.name, rule.about) for rule in committed], AGAIN
    for rule, told in zip(found, committed, strict=True):
        assert rule.reads.items() or rule.writes.items()
        for seen, said in ((rule.reads, told.reads), (rule.writes, told.writes)):
            assert all(set(fields) <= set(said.get(record, ())) for record, fields in seen.items()), AGAIN


@pytest.mark.slow
def test_the_whole_trace_is_current():
    assert text_of(trace()) == text_of(read_trace()), AGAIN


def test_only_declared_names_are_told():
    told = read_trace()
    assert told.world == list(WORLD)
    records = {"member": MEMBER, "month": MONTH, "area": AREA, "clinic": CLINIC}
    for rule in told.rules:
        assert not {"area", "clinic", "parameter"} & set(rule.writes), f"{rule.name} writes what it may only read"
        for fields in (rule.reads, rule.writes):
            for record, dtype in records.items():
                assert set(fields.get(record, ())) <= set(dtype.names), rule.name
    for step in told.steps:
        for payer, payee, purpose in accounts(step):
            assert {payer, payee} <= set(ACCOUNTS)
            assert purpose in PURPOSES


def test_money_moves_in_the_order_of_settlement():
    paid = {one.purpose: place for place, step in enumerate(read_trace().steps) for one in reversed(step.pays)}
    assert paid["claims"] < paid["capitation"] < paid["reserves"]


def test_a_watched_rule_is_told_by_what_it_touches():
    seen = Seen()
    rows = Table(
        seen, "member", np.zeros(2, dtype=[("age", "i2"), ("felt", "i2", (3,)), ("sex", "i1")]), is_written=True
    )
    here = Table(seen, "area", np.ones(1, dtype=[("fee", "f8"), ("lost", "f8")]), is_written=False)

    def rule(m, here):
        """Get older.

        And feel.
        """
        m.age += 1
        m.felt[1] = m.age * here[0].fee

    seen.watched("life.rule", rule)(rows[1], here)
    (found,) = seen.found()
    assert (found.name, found.about) == ("life.rule", "Get older.")
    assert found.reads == {"member": ["age"], "area": ["fee"]}
    assert found.writes == {"member": ["age", "felt"]}
    assert rows[1].age == 1
    assert isinstance(rows[0], Record)


def test_a_rule_that_writes_what_organizations_decided_fails():
    here = Table(Seen(), "area", np.ones(1, dtype=[("fee", "f8")]), is_written=False)
    with pytest.raises(ValueError, match="read-only"):
        here[0].fee = 2.0


def test_changed_columns_are_found_and_grown_tables_are_compared_as_far_as_they_were():
    rows = np.zeros(2, dtype=[("age", "i2"), ("sex", "i1")])
    before = {"members": (rows.tobytes(), rows.dtype)}
    grown = np.zeros(4, dtype=rows.dtype)
    grown["sex"][3] = 1
    assert list(changes(before, {"members": (grown.tobytes(), rows.dtype)})) == []
    grown["age"][1] = 7
    assert list(changes(before, {"members": (grown.tobytes(), rows.dtype)})) == ["members.age"]


@pytest.mark.parametrize(
    ("months", "said"),
    [
        (set(range(24)), "every month"),
        ({11, 23}, "every December"),
        ({5, 11, 17, 23}, "every June and December"),
        ({23}, "December of year 2"),
        ({3, 4, 5}, "3 of 24 months"),
    ],
)
def test_when_is_said_in_words(months, said):
    assert when(months, 24) == said


def accounts(step):
    return {(one.payer, one.payee, one.purpose) for one in step.pays}


def test_payments_that_differ_in_the_payee_are_told_together():
    (bill,) = (step for step in read_trace().steps if step.name == "Providers.bill")
    together = by_payees(bill.pays)
    assert sum(len(payees.split(", ")) for _, payees in together) == len(bill.pays)
    assert len(together) < len(bill.pays)
