"""A life simulated again is the life that was; lives part where, and for the reason, that was planted."""

import re

import numpy as np
import pytest

from sim import Scenario
from sim.agents.providers.providers import Providers
from sim.engine.decisions import declared
from sim.engine.draws import draw
from sim.live import Change, Draw, Pair, Parting
from sim.live.parting import first_apart
from sim.live.plain import AT_STAKE, LABELS
from sim.live.watch import Watch
from sim.member.decisions import WITHHELD
from sim.paths import conf_folder
from sim.pictures import county_shapes
from sim.population.geography import read_geography
from sim.schema import (
    AREA_FIELDS,
    BEHAVIORAL,
    CLINIC_FIELDS,
    COUNT_INDEX,
    EMERGENCY,
    ENROLLED,
    MEDICAID,
    MEMBER_FIELDS,
    MONTH_FIELDS,
    PRIMARY,
)

SMALL = ("population=classroom", "population.sample=0.00014", "population.minimum_per_cco=5", "warm_up=6", "months=4",
         "threads=1")  # fmt: skip
PROGRAMS = ("upstream=portfolio", "parameters.upstream.places_scale=20", "parameters.upstream.reach_scale=2")
SEED, PLANTED = 3, 2


@pytest.fixture(scope="module")
def programs():
    """Two arms, the second with programs."""
    with Pair(Scenario.compose(SMALL), Scenario.compose([*SMALL, *PROGRAMS]), SEED, lives=True) as pair:
        pair.run()
        yield pair


def everybody(pair, arm):
    members = np.asarray(pair.systems[arm].members)
    return [int(key) for key in members["key"][np.flatnonzero(members["status"] == ENROLLED)]]


def planted(monkeypatch, change):
    """Run two arms of one scenario; in the second something is changed after providers have decided."""
    decide = Providers.decide

    def decide_otherwise(self):
        decide(self)
        if self.model.month == PLANTED and self.model._system() is second:
            change(self.model)

    scenario = Scenario.compose(SMALL)
    with Pair(scenario, scenario, SEED, lives=True) as pair:
        second = pair.systems[1]
        monkeypatch.setattr(Providers, "decide", decide_otherwise)
        pair.run()
    return pair


def test_a_life_simulated_again_ends_as_the_member_is(programs):
    for arm, system in enumerate(programs.systems):
        rows = {int(row["key"]): row for row in system.whole_members()}
        for key in everybody(programs, arm)[:60]:
            end = programs.lives.diary(key)[arm].members[-1]
            assert all(np.array_equal(end[name], rows[key][name]) for name in end.dtype.names)


def test_the_lives_of_all_add_up_to_the_counts(programs):
    found = np.zeros((programs.months, 2), int)
    for key in {int(key) for _, rows in programs.systems[1].kept._written for key in rows["key"]}:
        diary = programs.lives.diary(key)[1]
        covered = diary.events["covered"] == 1
        found[diary.months, 0] += diary.events["served"][:, EMERGENCY] * covered
        found[diary.months, 1] += diary.events["cents"][:, MEDICAID] * covered
    counts = programs.result()[1].counts.sum(axis=1)
    np.testing.assert_array_equal(found[:, 0], counts[:, COUNT_INDEX["emergency_visits"]])
    np.testing.assert_array_equal(found[:, 1], counts[:, COUNT_INDEX["medicaid_cents"]])


def test_counties_add_up_to_the_state(programs):
    assert county_shapes().keys() == set(read_geography(conf_folder(), programs.scenarios[0].registry, 1000).counties)
    assert list(county_shapes()) == sorted(county_shapes())  # the order of the codes of members
    for measure in ("ed_visits_per_1000_mm", "unmet_need_share"):
        places = programs.by_county(measure)
        counted = programs.lives.by_county(len(places))[1]
        whole = np.einsum("mak,a->k", programs.result()[1].counts, programs.systems[1].weights)
        np.testing.assert_allclose(counted.sum(axis=0), whole)
        assert any(one.members for one in places)
        assert all(one.thin == (one.members < 30) for one in places)
    lane = next(one for one in programs.by_county("ed_visits_per_1000_mm") if one.name == "Lane")
    table = np.asarray(programs.systems[1].members)
    mine = table["county"] == list(county_shapes()).index("Lane")
    assert 0 < lane.members <= np.count_nonzero(mine & (table["status"] > 0))
    assert np.isnan(programs.by_county("pmpm_state")[0].a)


def test_rules_that_are_watched_give_what_compiled_rules_give(programs):
    kept = programs.systems[1].kept
    for key in everybody(programs, 1)[:5]:
        diary = programs.lives.diary(key)[1]
        for (month, start), after, event in zip(kept.before(key), diary.members, diary.events, strict=True):
            watch = Watch(kept.given(month, start))
            assert all(np.array_equal(watch.member[name][0], after[name]) for name in after.dtype.names)
            assert all(np.array_equal(watch.event[name][0], event[name]) for name in event.dtype.names)


def test_a_slot_of_a_program_that_one_arm_lacks_parts_two_lives(programs):
    key, month = next(one for one in programs.lives.parted() if programs.lives.parting(one.key).rule == "Slots.assign")
    why = programs.lives.parting(key)
    assert why.month == month
    assert why.draw is None
    (change, *_), (behind, *_) = why.changes, why.behind
    assert (change.label, change.a, change.b) == ("upstream packages that serve the member", 0, 1)
    assert change.of in {one.label for one in programs.systems[1].slots.packages}
    assert behind == ("on offer", change.of, 0, 1, "the scenario")
    said = why.words()
    assert f"In month {month} the two lives part." in said
    assert "Chance did not decide this: programs treat this member differently" in said
    assert "this program is offered" in said


def test_the_first_to_part_are_those_whose_diaries_say_so(programs):
    parted = dict(programs.lives.parted())
    assert parted
    for key in everybody(programs, 0):
        if key in set(everybody(programs, 1)):
            assert parted.get(key) == first_apart(*programs.lives.diary(key))
    keys = np.array(list(parted), np.uint64)
    assert programs.lives.month_of(keys).tolist() == list(parted.values())
    assert programs.lives.month_of(np.array([1], np.uint64)).tolist() == [-1]


def test_planted_a_visit_that_a_clinic_withholds_is_named_with_its_draw(monkeypatch):
    """All primary care visits are withheld in one month of B: whoever asked for one has it in A and not in B."""
    pair = planted(monkeypatch, lambda model: model.clinics["withheld"].fill(1.0))
    parted = pair.lives.parted()
    assert {one.month for one in parted} == {PLANTED}
    why = pair.lives.parting(parted[0].key)
    a, b = (one.events[PLANTED] for one in pair.lives.diary(parted[0].key))
    assert (why.month, why.rule) == (PLANTED, "offer.offer_visits")
    assert why.draw.decision == "asked visits withheld"
    assert why.draw.of == "primary"
    assert why.draw.draw == draw(np.uint64(SEED), np.uint64(parted[0].key), PLANTED, WITHHELD + PRIMARY)
    assert np.isnan(why.draw.a)  # nothing is withheld in A, so nothing is decided there
    assert why.draw.b == 1.0
    assert why.draw.out_b == b["withheld"][PRIMARY] == a["asked"][PRIMARY] > 0
    assert [(one.label, one.a, one.b, one.source) for one in why.behind] == [
        ("share of asks that is not offered", 0.0, 1.0, "Providers.decide")
    ]
    said = why.words().partition(" For readers of the code: ")
    assert "Chance decided whether a visit that the member asks for is not offered (primary)." in said[0]
    asked = int(a["asked"][PRIMARY])
    assert (why.draw.many_b, why.draw.out_b) == (asked, asked)
    assert (
        f"In B, 100% of {asked} visit{'s' * (asked > 1)} is {asked} expected, which makes {asked}; in A there was "
        in (said[0])
    )
    assert "share of visits asked for that is not offered: higher in B (decided by providers)" in said[0]
    assert said[2] == 'offer.offer_visits, decision "asked visits withheld", Providers.decide.'
    assert not re.search(r"[a-z]_[a-z]|[a-z]\.[a-z]", said[0])  # no names of code before the last sentence


def test_what_is_at_stake_is_said_of_decisions_that_there_are():
    """A decision that is renamed would lose its plain words in silence."""
    known = {name.removeprefix("member: ") for name in declared().values()}
    labels = {one.label for fields in (MEMBER_FIELDS, MONTH_FIELDS, AREA_FIELDS, CLINIC_FIELDS) for one in fields}
    assert set(AT_STAKE) <= known
    assert set(LABELS) <= labels | {"on offer"}


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (
            Draw("admission", "", 0.0047, "chance", 0.005, 0.004, 1.0, 0.0),
            "Chance decided whether the member is admitted to a hospital. The chance was 0.5 in 100 in A, 0.4 in 100 "
            "in B. Both share one draw, 0.47 between 0 and 100 (it happens where the number drawn is below the "
            "chance), "
            "which makes yes in A and no in B.",
        ),
        (
            Draw("emergency visits", "", 0.01, "expected number", 0.12, 0.25, 1.0, 2.0),
            "Chance decided how many emergency visits the member has. The expected number was 0.12 in A, 0.25 in B, "
            "so the chance of 2 or more was 0.665 in 100 in A, 2.65 in 100 in B. Both share one draw, 1 between 0 and "
            "100 (it happens where the number drawn is below the chance), which makes 1 in A and 2 in B.",
        ),
        (  # 2 x 0.0097 + 0.98047 = 0.99987 and 2 x 0.0099332 + 0.98047 = 1.0003: three decimals would not show it
            Draw(
                "asked visits of each scheduled service lost to waiting",
                "primary",
                0.98047,
                "share",
                0.0097,
                0.0099332,
                0.0,
                1.0,
                2.0,
                2.0,
            ),
            "Chance decided whether a visit is given up because the wait is long (primary). A part of a visit cannot "
            "be: the number is the whole part of what is expected plus one draw, the same in A and B, 0.9805 between 0 "
            "and 1. In A, 0.97% of 2 visits is 0.0194 expected, which makes 0. In B, 0.9933% of 2 visits is 0.0199 "
            "expected, which makes 1.",
        ),
    ],
)
def test_a_draw_is_told_in_plain_words(draw, said):
    why = Parting(3, (Change("has a usual primary care clinic", "", 1.0, 0.0),), "care.receive_care", "", draw, ())
    assert why.words() == (
        f"In month 3 the two lives part. Has a usual primary care clinic: yes in A, no in B. {said} For readers of the "
        f'code: care.receive_care, decision "{draw.decision}".'
    )


def test_what_a_draw_met_is_told_with_one_share():
    """Of a draw that has the share, what is behind it says which way alone: two sizes of one thing would puzzle."""
    draw = Draw("asked visits withheld", "primary", 0.5, "share", 0.1, 0.6, 0.0, 1.0, 1.0, 1.0)
    behind = (
        Change("induced visits beyond the usual, per usual visit", "primary", 0.0, -0.007482, "Providers.decide"),
    )
    why = Parting(
        3, (Change("asked visits withheld or lost", "primary", 0.0, 1.0),), "offer.offer_visits", "", draw, behind
    )
    said = why.words()
    assert (
        "Why this could differ: change in visits that providers suggest, per usual visit, primary: lower in B " in said
    )
    assert "0.0074" not in said
    assert said.count("60%") == 1
    chance = Draw("admission", "", 0.0047, "chance", 0.005, 0.004, 1.0, 0.0)
    assert "0.0074" not in why.__class__(3, why.changes, why.rule, "", chance, behind).words()


def test_planted_a_chance_that_differs_is_named_with_both_chances(monkeypatch):
    """Where no behavioral visit is withheld or lost in B, whoever lost one in A parts from it by the same draw."""
    pair = planted(monkeypatch, lambda model: model.areas["lost"][:, BEHAVIORAL].fill(0.999))
    key = pair.lives.parted()[0].key
    why = pair.lives.parting(key)
    given = pair.systems[0].kept.given(PLANTED, dict(pair.systems[0].kept.before(key))[PLANTED])
    lost = given.areas["lost"][int(given.member["area"][0]), BEHAVIORAL]
    assert (why.draw.kind, why.draw.a, why.draw.b) == ("share", lost, 0.999)
    visits = pair.lives.diary(key)[0].events[PLANTED]["asked"][BEHAVIORAL]
    assert why.draw.out_a == min(int(visits * lost + why.draw.draw), visits)
    assert why.draw.out_b == min(int(visits * 0.999 + why.draw.draw), visits)
    assert (why.draw.many_a, why.draw.many_b) == (visits, visits)
    drawn, *expected = (float(one) for one in re.findall(r"([\d.]+) (?:between 0 and 1\b|expected)", why.words()))
    assert [int(one + drawn) for one in expected] == [why.draw.out_a, why.draw.out_b]  # as a reader checks it


def test_planted_a_mark_from_an_earlier_month_is_said_to_differ_since_then(monkeypatch):
    """Latent health is made worse in one month of B: crises that follow are said to come from it."""

    def sicken(model):
        model.members["slow"] = 2000

    pair = planted(monkeypatch, sicken)
    whys = [pair.lives.parting(one.key) for one in pair.lives.parted()[:20]]
    crises = [why for why in whys if any("slowly changing" in one.label for one in why.behind)]
    assert crises
    assert all(one.source == f"differs since month {PLANTED}" for why in crises for one in why.behind
               if "slowly changing" in one.label)  # fmt: skip


def test_equal_arms_part_nobody():
    scenario = Scenario.compose(SMALL)
    with Pair(scenario, scenario, SEED, lives=True) as pair:
        pair.run()
        assert pair.lives.parted() == ()
        assert pair.lives.parting(everybody(pair, 0)[0]) is None
        assert pair.lives.parting(1) is None
