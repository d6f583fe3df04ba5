"""Who comes new, on a schedule that no policy can change?"""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.population import flow
from sim.population.ages import GROUP_ELIGIBILITY, GROUPS
from sim.population.build import build_population
from sim.population.flow import Arrivals, grown_into
from sim.population.luck import Decision, Luck
from sim.schema import (
    AGED,
    AWAY,
    CHILD,
    CONDITIONS,
    DISABLED,
    ENROLLED,
    EXPANSION,
    OFF_COVER,
    PARENT,
    STORED,
    VACANT,
)
from tests.unit.population.conftest import CLASSROOM, CONF


def test_newcomers_are_nine_to_ten_thousand_a_month(oregon):
    people = [oregon.weights[oregon.newcomers(month)["area"]].sum() for month in range(24)]
    assert np.mean(people) == pytest.approx(9400, rel=0.04)
    assert len(set(people)) > 1


@pytest.mark.quick
@pytest.mark.parametrize(("kind", "becomes"), [(PARENT, 0.4), (EXPANSION, 0.4), (DISABLED, 0.4), (AGED, 0.0)])
def test_at_65_adults_of_every_kind_become_aged_unless_they_leave(registry, kind, becomes):
    """One person of a kind outgrows its last age group; 60% leave at 65."""
    outgrown = np.zeros(len(GROUPS))
    outgrown[np.flatnonzero(kind == GROUP_ELIGIBILITY)[-1]] = 1
    into = grown_into(outgrown, registry.override({"population.leave_at_65": 0.6}))
    assert into[np.flatnonzero(GROUP_ELIGIBILITY == AGED)[0]] == pytest.approx(becomes)


@pytest.mark.quick
def test_entrants_of_a_kind_are_compared_with_its_share_of_all_members(registry, monkeypatch):
    """Of 300 sampled members in one area a fifth are children, of 100 in another three fifths: 30% of all."""
    picked = []

    def cells(children):
        share = np.where(GROUP_ELIGIBILITY == CHILD, children / (GROUP_ELIGIBILITY == CHILD).sum(), 0.0)
        share += np.where(GROUP_ELIGIBILITY == AGED, (1 - children) / (GROUP_ELIGIBILITY == AGED).sum(), 0.0)
        tilted = lambda by_group: picked.append(by_group) or share  # noqa: E731
        return SimpleNamespace(shape=(len(GROUPS),), share=share, tilted=tilted)

    places = dict.fromkeys(("geography", "cover", "health", "clinics"))
    profile, sampled = np.ones(len(GROUPS)), np.array([300, 100])
    arrivals = Arrivals(
        seed=1, registry=registry, cells=(cells(0.2), cells(0.6)), profile=profile, sampled=sampled, **places
    )
    monkeypatch.setattr(arrivals, "_people", lambda *_: None)
    picked.clear()
    rates = np.zeros(GROUP_ELIGIBILITY.max() + 1)
    rates[[CHILD, AGED]] = 0.06, 0.07
    arrivals.entrants(5, rates, np.ones(2))
    for by_group in picked:
        assert by_group[GROUP_ELIGIBILITY == CHILD] == pytest.approx(0.06 / 0.3)
        assert by_group[GROUP_ELIGIBILITY == AGED] == pytest.approx(0.07 / 0.7)
    assert len(picked) == 2


@pytest.mark.quick
def test_a_newborn_has_the_household_place_and_payers_of_its_mother_and_nothing_else_of_hers(monkeypatch):
    mothers = np.zeros(3, STORED)
    mothers["key"], mothers["status"] = [11, 12, 13], [ENROLLED, ENROLLED, OFF_COVER]
    shared = {"household": [21, 22, 23], "race": [1, 2, 3], "language": [1, 0, 2], "county": [4, 5, 6]}
    shared |= {"area": [0, 1, 2], "in_cco": [1, 0, 1], "rurality": [2, 1, 0], "third_party": [1, 0, 1]}
    hers = {"eligibility": [PARENT] * 3, "age_months": [300] * 3, "months_covered": [40, 50, 0], "dual": [1, 1, 1]}
    for name, values in {**shared, **hers}.items():
        mothers[name] = values
    monkeypatch.setattr(flow, "fill_health", lambda *_, **__: None)
    arrivals = object.__new__(Arrivals)
    arrivals._seed, arrivals._female, arrivals._clinics = 1, 1.0, None
    arrivals._health = SimpleNamespace(attachment=SimpleNamespace(newborn_attached=0.5))
    children = arrivals.newborns(mothers, 7)
    assert {name: children[name].tolist() for name in shared} == shared
    assert children["status"].tolist() == [ENROLLED, ENROLLED, AWAY]
    assert {name: children[name].tolist() for name in hers} == {
        **dict.fromkeys(hers, [0] * 3),
        "eligibility": [CHILD] * 3,
    }


def test_newcomers_do_not_depend_on_what_was_asked_before(build):
    first, second = build(), build()
    for month in (5, 4, 3):
        second.newcomers(month)
    second.newborns(second.members[:100], 3)
    assert first.newcomers(5).tobytes() == second.newcomers(5).tobytes()


def test_newcomers_that_are_no_longer_kept_are_made_again(classroom, monkeypatch):
    monkeypatch.setattr("sim.population.build.MOST_KEPT", 0)
    before = {month: classroom.newcomers(month).tobytes() for month in (0, 30, 60)}
    assert 60 in classroom._newcomers
    assert 0 not in classroom._newcomers
    assert {month: classroom.newcomers(month).tobytes() for month in before} == before


@pytest.mark.parametrize("threads", [2, 5])
def test_people_are_the_same_on_any_number_of_threads(classroom, seed, registry, threads):
    again = build_population(CLASSROOM, registry, seed, conf=CONF, threads=threads)
    assert again.members.tobytes() == classroom.members.tobytes()


@pytest.mark.parametrize("first", [-5, 0, 7])
def test_newcomers_of_a_month_are_the_same_alone_and_with_those_of_the_year(classroom, monkeypatch, first):
    of_year = [classroom.arrivals.newcomers(first, 4)[later].tobytes() for later in range(4)]
    alone = [classroom.arrivals.newcomers(first + later, 1)[0].tobytes() for later in range(4)]
    assert of_year == alone
    assert len(set(of_year)) == 4


@pytest.mark.parametrize(("most", "asked"), [(10**9, [(12, 12)]), (0, [(13, 1), (14, 1)])])
def test_newcomers_are_made_a_year_at_once_where_they_are_few(build, monkeypatch, most, asked):
    """A year of a large population would take as much memory as a tenth of its members."""
    people, made = build(), []
    monkeypatch.setattr("sim.population.build.MOST_AT_ONCE", most)
    monkeypatch.setattr(
        type(people.arrivals), "newcomers",
        lambda self, first, months: made.append((first, months)) or [np.zeros(2, STORED)] * months,
    )  # fmt: skip
    for month in (13, 14, 13):
        people.newcomers(month)
    assert made == asked


def test_newcomers_of_a_month_cannot_be_changed(classroom):
    with pytest.raises(ValueError, match="read-only"):
        classroom.newcomers(1)["status"] = VACANT


def test_keys_are_unique_and_never_zero(oregon):
    living = oregon.members[oregon.members["status"] != VACANT]
    rows = [living, *(oregon.newcomers(month) for month in range(-24, 24)), oregon.newborns(living[:5000], 3)]
    keys = np.concatenate([part["key"] for part in rows])
    assert (keys > 0).all()
    assert len(np.unique(keys)) == len(keys)


def test_newcomers_are_new(oregon):
    new = oregon.newcomers(2)
    assert new.dtype == STORED
    assert (np.diff(new["area"]) >= 0).all()
    assert (new["status"] == ENROLLED).all()
    assert (new["months_covered"] == 0).all()
    assert (oregon.clinics["area"][new["clinic"]] == new["area"]).all()
    assert new["spend_year"].sum() == 0


def test_newcomers_are_less_often_diagnosed(oregon):
    new = np.concatenate([oregon.newcomers(month) for month in range(12)])
    members = oregon.members[oregon.members["status"] == ENROLLED]

    def known(rows):
        return sum(int(((rows["diagnosed"] >> c) & 1).sum()) for c in range(len(CONDITIONS))) / sum(
            int(((rows["present"] >> c) & 1).sum()) for c in range(len(CONDITIONS))
        )

    assert known(new) < 0.9 * known(members)


def test_newcomers_are_mostly_expansion_adults_and_hardly_old(oregon):
    new = np.concatenate([oregon.newcomers(month) for month in range(12)])
    share = np.bincount(new["eligibility"], minlength=5) / len(new)
    assert share.argmax() == 2
    assert share[4] < 0.03


def test_newborns_take_after_their_mothers(oregon):
    mothers = oregon.members[:2000]
    babies = oregon.newborns(mothers, 7)
    for column in ("household", "race", "language", "county", "area", "rurality", "in_cco"):
        np.testing.assert_array_equal(babies[column], mothers[column])
    assert (babies["age_months"] == 0).all()
    assert (babies["eligibility"] == CHILD).all()
    assert babies["sex"].mean() == pytest.approx(0.512, abs=0.05)
    assert not np.intersect1d(babies["key"], oregon.newborns(mothers, 8)["key"]).size


def test_a_newborn_is_the_same_in_any_company(oregon):
    mothers = oregon.members[:50]
    together, alone = oregon.newborns(mothers, 7), oregon.newborns(mothers[10:11], 7)
    assert together[10:11].tobytes() == alone.tobytes()


def test_no_mothers_no_newborns(classroom):
    assert len(classroom.newborns(classroom.members[:0], 1)) == 0


def test_compiled_luck_is_the_luck_of_the_engine(monkeypatch):
    keys = np.array([1, 2**63 + 5, 77], dtype=np.uint64)
    decisions = list(Decision)
    fast = [Luck(9, keys, 4).uniform(d) for d in decisions]
    monkeypatch.setattr("sim.population.luck.JIT", False)
    slow = [Luck(9, keys, 4).uniform(d) for d in decisions]
    np.testing.assert_array_equal(fast, slow)
