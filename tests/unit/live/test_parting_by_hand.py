"""Where two lives part, by hand: diaries of other months, programs of one arm, entries of a column, bits of a mask."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.live import parting
from sim.live.parted import Change, Draw
from sim.live.parting import _changes, _nearest, _offers, _since, decision_in_words, first_apart
from sim.member.decisions import ASK
from sim.schema import MEMBER, SCHEDULED, SERVICES

pytestmark = pytest.mark.quick

PACKAGE = parting.LABELS["members"]["package"]


def a_diary(months, **columns):
    return SimpleNamespace(
        months=np.array(months), members={name: np.array(values) for name, values in columns.items()}
    )


def test_diaries_are_compared_month_by_month_whenever_each_began():
    """Months 3 to 6 and 4 to 7: both know 4, 5 and 6, of which 6 differs in one of two entries."""
    a = a_diary([3, 4, 5, 6], status=[9, 1, 1, 1], served=[[0, 0], [0, 1], [0, 2], [0, 3]])
    b = a_diary([4, 5, 6, 7], status=[1, 1, 1, 8], served=[[0, 1], [0, 2], [0, 4], [5, 5]])
    assert first_apart(a, b, ("status", "served")) == 6
    assert first_apart(a, b, ("status",)) is None
    assert first_apart(b, a, ("served",)) == 6


def test_a_program_is_on_offer_in_one_arm_alone():
    kept = (SimpleNamespace(packages=("chw", "cash")), SimpleNamespace(packages=("cash", "homes")))
    changes = (
        *(Change(PACKAGE, of, 1.0, 0.0) for of in ("chw", "cash", "homes", "neither")),
        Change("something", "chw", 1.0, 0.0),
    )
    assert list(_offers(kept, changes)) == [
        Change("on offer", "chw", 1.0, 0.0, "the scenario"), Change("on offer", "homes", 0.0, 1.0, "the scenario")
    ]  # fmt: skip


def members(**values):
    one, other = np.zeros(2, MEMBER)
    for name, (mine, theirs) in values.items():
        one[name], other[name] = mine, theirs
    return one, other


def test_what_differs_is_said_entry_by_entry_and_bit_by_bit_of_a_before_b():
    a, b = members(needs=(0b0011, 0b0110), age_months=(480, 481))
    food, transport = parting.schema.NEEDS[0], parting.schema.NEEDS[2]
    label = parting.LABELS["members"]
    assert [(one.label, one.of, one.a, one.b) for one in _changes(a, b, ["needs", "age_months"])] == [
        (label["needs"], food, 1, 0), (label["needs"], transport, 0, 1), (label["age_months"], "", 480, 481)
    ]  # fmt: skip


def test_a_decision_of_a_service_is_named_with_it():
    assert [decision_in_words(ASK + place)[1] for place in range(len(SCHEDULED))] == list(SERVICES[: len(SCHEDULED)])


def test_what_explains_most_is_what_the_draw_met_or_what_is_known_of_the_service():
    met = Change("share", "", 0.25, 0.5)
    near, unknown, far = (
        Change("rate", "dental", 1.0, 2.0),
        Change("table", "", np.nan, np.nan),
        Change("rate", "primary", 3.0, 4.0),
    )
    more = [Change(f"number {i}", "", float(i), float(-i)) for i in range(1, 6)]
    drawn = Draw("lost", "dental", 0.3, "chance", 0.25, 0.5, 0, 1)
    assert _nearest([far, near, met, unknown], (), drawn) == (met,)
    without = drawn._replace(a=0.1)
    assert _nearest([far, met, unknown, near], (), without) == (near, met)  # not of another service, not unknown
    assert _nearest([*more, near], (), without) == (near, *more[:3])  # four at most
    assert _nearest([unknown], (), without) == (unknown,)


def test_since_when_a_mark_differs():
    a, b = (a_diary([3, 4, 5], trust=trust) for trust in ([1, 1, 1], [1, 2, 3]))
    said = _since(a, b)
    assert said(parting.LABELS["members"]["trust"]) == "differs since month 4"
    assert said("no column") == ""
    assert _since(a, a)(parting.LABELS["members"]["trust"]) == ""
