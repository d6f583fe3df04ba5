"""Where two lives part, by hand: diaries of other months, programs of one arm, entries of a column, bits of a mask."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.engine import draws, numbers
from sim.live import parting
from sim.live.kept import Given
from sim.live.parted import Change, Draw
from sim.live.parting import (
    _behind,
    _changes,
    _inputs,
    _nearest,
    _offers,
    _since,
    _unlike_draws,
    decision_in_words,
    first_apart,
)
from sim.live.watch import Luck, Met, Watch
from sim.member.decisions import ASK
from sim.schema import AREA, CLINIC, MEMBER, MONTH, SCHEDULED, SERVICES

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


DENTAL = SERVICES.index("dental")


def drawn(**of_rules):
    """A watched month of which nothing is known but what its rules drew."""
    return SimpleNamespace(of_rule=lambda place: of_rules.get(f"rule_{place}", {}))


def test_a_draw_that_came_out_in_two_ways_has_what_it_met_in_each_arm():
    """Of rule 1, A's dental visits are two of four and B's three of five; primary ones come out alike."""
    dental, primary = ASK + DENTAL, ASK
    a = drawn(
        rule_0={dental: [("below", Met(0.5, 1, 0.1, np.nan))]},
        rule_1={primary: [("poisson", Met(1.0, 2.0, 0.3, np.nan))], dental: [("part_of", Met(0.4, 2, 0.9, 4))]},
    )
    b = drawn(rule_1={primary: [("poisson", Met(1.5, 2.0, 0.3, np.nan))], dental: [("part_of", Met(0.5, 3, 0.9, 5))]})
    said = decision_in_words(dental)
    assert list(_unlike_draws(a, b, 1)) == [Draw(*said, 0.9, "share", 0.4, 0.5, 2, 3, 4, 5)]
    assert said[1] == "dental"
    (alone,) = _unlike_draws(a, b, 0)  # B had nothing to decide
    assert (alone.draw, alone.kind, alone.a, alone.out_a) == (0.1, "chance", 0.5, 1)
    assert np.isnan([alone.b, alone.out_b, alone.many_a, alone.many_b]).all()
    (other,) = _unlike_draws(b, a, 0)
    assert (other.draw, other.kind, other.b, other.out_b) == (0.1, "chance", 0.5, 1)
    assert np.isnan([other.a, other.out_a]).all()


def given(area, clinic, losses, fees, price):
    """Tables of three areas and three clinics, and one parameter."""
    member, areas, clinics = np.zeros(1, MEMBER), np.zeros(3, AREA), np.zeros(3, CLINIC)
    member["area"], member["clinic"], member["spend_year"] = area, clinic, int(1000 * price)
    for place in range(3):
        areas["lost"][place, DENTAL], clinics["withheld"][place] = losses[place], fees[place]
    params = np.array([(price, 9.0)], [("price", "f8"), ("unread", "f8")])
    return Given(member, areas, clinics, params, np.uint64(1))


def test_inputs_are_those_of_the_members_own_area_and_clinic_and_of_the_scenario():
    """A's member has area 2 and clinic 1, B's area 1 and clinic 2."""
    a = given(2, 1, [0.1, 0.2, 0.3], [0.5, 0.6, 0.7], 1.25)
    b = given(1, 2, [0.1, 0.25, 0.4], [0.5, 0.8, 0.9], 1.5)
    found = list(_inputs(a, b, {"lost", "withheld", "price", "spend_year", "area"}))
    assert [(one.label, one.of, one.a, one.b) for one in found] == [
        (parting.LABELS["clinics"]["withheld"], "", 0.6, 0.9),
        (parting.LABELS["areas"]["lost"], "dental", 0.3, 0.25),
        (parting.LABELS["members"]["area"], "", 2, 1),
        ("parameter price", "", 1.25, 1.5),
    ]  # fmt: skip
    assert found[-1].source == "the scenario"


def asks(m, t, here):
    return t.asked + m.trust


def offers(m, t, here):
    return t.asked + t.withheld + m.slow


def loses(m, t, here):
    return t.withheld + here.lost


def of_visits(**counts):
    month = np.zeros(1, MONTH)
    for name, many in counts.items():
        month[name] = many
    return None, month


def test_what_is_behind_a_rule_is_also_what_earlier_rules_wrote_for_it():
    """The third rule reads what the second writes, who reads what the first writes: of B, one visit more."""
    both = [given(0, 0, [0, 0, 0], [0, 0, 0], 1.0) for _ in "ab"]
    both[1].member["trust"], both[1].member["slow"] = 3, 4
    labels = parting.LABELS["members"]
    a = SimpleNamespace(rules=[asks, offers, loses, asks], left=[of_visits()] * 3)
    for after_first, after_second, behind in (
        ({"asked": 1}, {"asked": 1, "withheld": 1}, ["slow", "trust"]),
        ({}, {"withheld": 1}, ["slow"]),
        ({"asked": 1}, {"asked": 1}, []),  # what the third reads is alike
    ):
        b = SimpleNamespace(left=[of_visits(**after_first), of_visits(**after_second), of_visits(asked=1)])
        assert [one.label for one in _behind(a, b, 2, both)] == [labels[name] for name in behind]
    assert [one.label for one in _behind(a, b, 0, both)] == [labels["trust"]]


def test_a_draw_notes_what_it_is_compared_with_and_whether_it_is_below():
    noted = []
    watch = SimpleNamespace(note=lambda luck, kind, met, outcome, of=np.nan: noted.append((kind, met, outcome)))
    luck = Luck.of(0.25, ASK, watch)
    assert (luck < 0.25, luck < 0.26, luck >= 0.25, luck >= 0.26) == (False, True, True, False)
    assert noted == [("below", 0.25, 0), ("below", 0.26, 1), ("below", 0.25, 0), ("below", 0.26, 1)]
    other = 1.0 - luck
    assert (float(other), other.decision, other.turned) == (0.75, ASK, True)
    noted.clear()
    part, count = (Watch._counting(watch, one) for one in (numbers.part_of, numbers.poisson))
    assert part(4, 0.4, Luck.of(0.5, ASK, watch)) == 2
    assert count(0.3, Luck.of(0.5, ASK, watch), np.ones(9)) == 0
    assert noted == [("part_of", 0.4, 2), ("poisson", 0.3, 0)]


def test_four_draws_of_a_quad_are_those_of_its_decisions_one_by_one():
    watch = SimpleNamespace(note=None)
    quad = Watch._draw(watch, draws.draw, np.uint64(7), np.uint64(9), 3, 8, 4)
    assert [one.decision for one in quad] == [8, 9, 10, 11]
    assert [float(one) for one in quad] == list(draws.draw_quad(np.uint64(7), np.uint64(9), 3, 8))


def watched(member, event, first_event):
    """A month of two rules; the second leaves the member and the month as they are at the end."""
    return SimpleNamespace(
        member=member, event=event, rules=[asks, offers], names=["ask.asks", "offer.offers"],
        left=[(np.zeros(1, MEMBER), first_event), (member, event)], of_rule=lambda place: {},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("happened", "seen"),
    [
        (0, [("emergency visits", 1, 2)]),  # nothing was counted that says it: the year's number does
        (1, [("visits that members ask for", 0, 1)]),
    ],
)
def test_the_number_of_the_year_is_said_where_no_event_of_the_month_says_it(monkeypatch, happened, seen):
    ends, months = np.zeros((2, 1), MEMBER), np.zeros((2, 1), MONTH)
    ends["ed_year"] = [[1], [2]]
    months["asked"][1, 0, DENTAL] = happened
    watches = [watched(ends[arm], months[arm], np.zeros(1, MONTH)) for arm in (0, 1)]
    monkeypatch.setattr(parting, "Watch", lambda given: watches.pop(0))
    both = [given(0, 0, [0, 0, 0], [0, 0, 0], 1.0) for _ in "ab"]
    kept = tuple(
        SimpleNamespace(given=lambda month, row, one=one: one, before=lambda key: [(6, None)], packages=(),
                        diary=lambda key: a_diary([6], status=[1]))
        for one in both
    )  # fmt: skip
    why = parting.explain(kept, 11, 6)
    assert (why.month, why.rule, why.draw) == (6, "offer.offers", None)
    labels = {"emergency visits": parting.LABELS["members"]["ed_year"]}
    labels["visits that members ask for"] = parting.LABELS["month"]["asked"]
    assert [(one.label, one.a, one.b) for one in why.changes] == [(labels[name], a, b) for name, a, b in seen]
