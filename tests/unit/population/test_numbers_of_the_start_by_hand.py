"""How declared numbers become the start: each has a value of its own, so that none can stand for another."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import logit, ndtri

from sim.population import ages, flow, social_needs
from sim.population.ages import AGE_LEVELS, GROUP_ELIGIBILITY, GROUPS
from sim.population.attachment import AttachmentTables
from sim.population.conditions import by_year
from sim.population.flow import Arrivals
from sim.population.joint import _age_within_eligibility, _target, people_by_year, traits
from sim.population.latent import LatentTables
from sim.population.margins import ADULT, Margin, read_margins
from sim.population.social_needs import NeedTables
from sim.population.synthesis import CoverTables, member_keys
from sim.schema import (
    AGED,
    CHILD,
    DISABLED,
    ENROLLED,
    EXPANSION,
    FRACTION_GRID,
    HOMELESSNESS,
    MEMBER,
    NEEDS,
    OFF_COVER,
    PARENT,
    RACES,
    RURALITIES,
)

pytestmark = pytest.mark.quick


class Declared:
    """A registry of a few numbers by the last part of their names; a monthly one is given as it is for a month."""

    def __init__(self, **values):
        self.values = values

    def get(self, name):
        return np.asarray(self.values[name.split(".")[1]], float)[()]

    monthly = get


def group_of(eligibility, level):
    return next(i for i, g in enumerate(GROUPS) if g.eligibility == eligibility and AGE_LEVELS[g.age].name == level)


def test_latent_health_reads_each_number_by_its_name():
    """Emergency frailty is exponential: half are below log 2. Care seeking is the mean of two: half below .839."""
    tables = LatentTables.read(
        Declared(
            permanent_shift=[0.1, 0.2, 0.3, 0.4, 0.5], high_need_slope=2.0, high_need=[0.05] * 5, ed_frailty_shape=1,
            care_seeking_shape=2, need_health_correlation=0.3, mental_need_correlation=0.4, latent_cut=3.5,
            crisis_share=0.01, frequent_share=0.02, frequent_core=0.25,
        )
    )  # fmt: skip
    assert (tables.need_correlation, tables.mental_correlation, tables.cut) == (0.3, 0.4, 3.5)
    assert (tables.crisis, tables.frequent, tables.frequent_core) == (0.01, 0.02, 0.25)
    half = len(tables.logits) // 2
    assert tables.logits[half] == pytest.approx(0)
    assert np.exp([tables.log_gamma[half], tables.log_seeking[half]]) == pytest.approx([0.6931, 0.8392], abs=1e-3)
    assert tables.high_need_threshold == pytest.approx(ndtri(0.05) * 5**0.5 - 2 * tables.shift)


def needs_declared(**other):
    each = len(NEEDS)
    usual = {
        "need_copula": 0.36, "need_prone": np.linspace(0.1, 0.4, each), "need_if_prone": np.linspace(0.5, 0.8, each),
        "need_if_not_prone": np.linspace(0.01, 0.04, each), "race_onset_ratio": np.ones(len(RACES)), "rural_ratio": 1,
        "rural_transport_ratio": 1, "hispanic_housing_ratio": 1, "homeless_type_share": [0.5, 0.3, 0.2],
        "homeless_exit": [0.5, 0.1, 0.05], "homeless_health_loading": 0.5, "homeless_mental_loading": 0.25,
        "age_ratio": np.ones((5, each)), "isolation_age": 720, "exposure_present": 0.75, "exposure_absent": 0.125,
    }  # fmt: skip
    return Declared(**usual | other)


def test_needs_read_each_number_by_its_name():
    """Of new spells a half end in two months, .3 in ten, .2 in twenty: 1, 3 and 4 of 8 who are homeless at a time."""
    people = np.ones((len(RACES), len(RURALITIES)))
    tables = NeedTables.read(needs_declared(), people)
    assert tables.homeless_type == pytest.approx([1 / 8, 4 / 8, 1])
    assert tables.prone[3, 1] == pytest.approx(ndtri(1 - np.linspace(0.1, 0.4, len(NEEDS))))
    assert tables.chance[3, 1, 0] == pytest.approx(np.linspace(0.01, 0.04, len(NEEDS)))
    assert tables.chance[3, 1, 1] == pytest.approx(np.linspace(0.5, 0.8, len(NEEDS)))
    assert (tables.health_loading, tables.mental_loading, tables.isolation_from) == (0.5, 0.25, 720)
    assert (tables.exposure_present, tables.exposure_absent) == (0.75 * FRACTION_GRID, 0.125 * FRACTION_GRID)
    assert tables.exposure == pytest.approx(np.zeros_like(people), abs=1e-9)


def test_groups_with_more_needs_are_exposed_by_the_root_of_what_needs_share():
    ratio = np.ones(len(RACES))
    ratio[2] = 3.0
    tables = NeedTables.read(needs_declared(race_onset_ratio=ratio), np.ones((len(RACES), len(RURALITIES))))
    lower = np.delete(tables.prone[0, 0] - tables.prone[2, 0], HOMELESSNESS).mean()
    assert tables.exposure[2, 0] - tables.exposure[0, 0] == pytest.approx(lower / 0.6)
    assert tables.exposure.mean() == pytest.approx(0, abs=1e-9)


def test_attachment_and_cover_read_each_number_by_its_name():
    numbers = {
        "attached": [0.9, 0.8, 0.7, 0.6, 0.5], "newcomer_attached": 0.4, "newborn_attached": 0.3,
        "since_primary_unattached": 20, "since_primary_attached": 10, "clock_longest": 60,
        "trust_mean": 0.6, "trust_sd": 0.25, "immunized": 0.8, "immunized_from": 24,
        "usual_wary": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
    }  # fmt: skip
    found = AttachmentTables.read(Declared(**numbers))
    assert found.since_primary.tolist() == [20, 10]  # unattached first
    assert found.usual_wary.tolist() == numbers["usual_wary"]
    for name in ("newcomer_attached", "newborn_attached", "clock_longest", "trust_mean", "trust_sd",
                 "immunized", "immunized_from"):  # fmt: skip
        assert getattr(found, name) == numbers[name], name
    shares = {"open_card": [0.1] * 5, "dual": [0.2] * 5, "third_party": [0.3] * 5, "months_covered": [40] * 5}
    cover = CoverTables.read(Declared(**shares, months_covered_longest=60))
    assert (cover.open_card[0], cover.dual[0], cover.third_party[0]) == (0.1, 0.2, 0.3)
    assert (cover.months_covered[0], cover.months_covered_longest) == (40, 60)


def test_a_household_shares_its_clinic_its_home_and_the_frailty_of_its_needs(oregon):
    rows = oregon.members[oregon.members["status"] == ENROLLED]
    rows = rows[np.argsort(rows["household"], kind="stable")]
    same = rows["household"][1:] == rows["household"][:-1]
    assert same.sum() > 1000
    for name in ("clinic", "rurality", "county"):
        assert (rows[name][1:][same] == rows[name][:-1][same]).all(), name
    frailty = social_needs.frailty_of_needs(rows, 1)
    assert (frailty[1:][same] == frailty[:-1][same]).all()
    assert not (frailty[1:][~same] == frailty[:-1][~same]).any()


def test_a_frontier_county_has_frontier_homes_alone_and_smokers_are_as_declared(oregon, registry):
    rows = oregon.members[oregon.members["status"] == ENROLLED]
    at_home = RURALITIES.index("frontier")
    frontier = np.isin(rows["county"], np.unique(rows["county"][rows["rurality"] == at_home]))
    assert 0 < frontier.sum() < len(rows) / 2
    assert (rows["rurality"][frontier] == at_home).all()
    assert rows["smokes"].mean() == pytest.approx(float(registry.get("treatment.smokers")), abs=0.01)


def test_levels_of_age_begin_and_end_where_their_names_say():
    for level in AGE_LEVELS:
        first, _, last = level.name.partition("-")
        assert (level.start, level.end) == (12 * int(first), 12 * (int(last or first) + 1)), level.name
        assert level.middle_years == (int(first) + int(last or first) + 1) / 2
    assert ages.BAND_OF_YEAR[[4, 5, 17, 18, 44, 45, 64, 65]].tolist() == [0, 1, 1, 2, 2, 3, 3, 4]


def test_ages_of_adults_lean_with_their_eligibility_in_decades_from_forty():
    """At 27.5 years a parent is 1.25 decades below forty: 60 months times exp(-.1 x 1.25 + .02 x 1.5625)."""
    declared = Declared(adult_age_slope=[0, 0.1, 0.3, 0, 0], adult_age_curvature=[0, 0.02, 0.05, 0, 0])
    found = _age_within_eligibility(declared)
    assert found[group_of(PARENT, "25-29")] == pytest.approx(60 * np.exp(-0.125 + 0.02 * 1.25**2))
    assert found[group_of(EXPANSION, "55-64")] == pytest.approx(120 * np.exp(0.3 * 2 + 0.05 * 4))
    assert found[group_of(CHILD, "0-4")] == 60


def test_people_are_spread_evenly_over_the_years_of_a_level():
    share = np.zeros(len(GROUPS))
    share[group_of(CHILD, "0-4")], share[group_of(CHILD, "5-6")], share[group_of(DISABLED, "19-24")] = 0.5, 0.2, 0.3
    found = people_by_year(share, 120)
    assert found[:8, CHILD] == pytest.approx([0.1] * 7 + [0])
    assert found[18:26, DISABLED] == pytest.approx([0] + [0.05] * 6 + [0])
    assert found.sum() == pytest.approx(1)


def test_a_margin_is_met_within_its_scope():
    """Three places, of which the first is in the second area; counties are numbered the other way round."""
    geography = SimpleNamespace(
        area_of_place=np.array([1, 0, 0]), county_of_place=np.array([0, 1, 2]), areas=("North", "South")
    )
    cells = traits(np.arange(len(GROUPS) * 3), (len(GROUPS), 1, 1, 3, 1))
    within = lambda where: _target(Margin("age", where, np.ones(len(AGE_LEVELS))), cells, geography).cells  # noqa: E731
    assert within("North").tolist() == np.flatnonzero(cells.place > 0).tolist()
    assert within("South").tolist() == np.flatnonzero(cells.place == 0).tolist()
    kind = GROUP_ELIGIBILITY[cells.group]
    assert (
        within(ADULT).tolist() == np.flatnonzero((kind == PARENT) | (kind == EXPANSION) | (kind == DISABLED)).tolist()
    )
    assert within("aged").tolist() == np.flatnonzero(kind == AGED).tolist()


def test_margins_that_are_rounded_add_to_one(tmp_path):
    shares = zip(("child", "parent", "expansion", "disabled", "aged"), (0.4, 0.1, 0.3, 0.1, 0.101), strict=True)
    rows = "".join(f"eligibility,all,{level},{share}\n" for level, share in shares)
    (tmp_path / "mine.csv").write_text("margin,within,level,share\n" + rows, encoding="utf-8")
    (margin,) = read_margins(tmp_path / "mine.csv", ())
    assert margin.shares.sum() == pytest.approx(1, abs=1e-12)
    assert margin.shares[0] == pytest.approx(0.4 / 1.001)


def test_prevalence_bends_in_the_middle_of_a_band_and_weighs_years_by_people():
    """Years 18 to 44 with as many people each have their middle at 31.5; then four in five are 18."""
    people = np.zeros(120)
    people[:95] = 1.0
    table = np.array([[0.01], [0.02], [0.1], [0.5], [0.7]])
    slope = np.diff(logit(by_year(table, people)[:, 0]))
    assert slope[29] == pytest.approx(slope[30], rel=1e-6)
    assert slope[31] == pytest.approx(slope[32], rel=1e-6)
    assert abs(slope[31] - slope[30]) > 0.01
    people[18] = 4 * 26.0
    smooth = by_year(table, people)[18:45, 0]
    assert 0.8 * smooth[0] + 0.2 * smooth[1:].mean() == pytest.approx(0.1, rel=1e-3)


# Who comes new.


@pytest.fixture
def arrivals(monkeypatch):
    """Two areas of 400 and 100 sampled members, with a cell for each group; nobody is ill."""

    def cells(share):
        return SimpleNamespace(
            shape=(len(GROUPS), 1), share=share, tilted=lambda by: share * by / (share * by).sum(),
            decode=lambda picked: flow.Traits(picked, *(np.zeros_like(picked) for _ in range(4))),
        )  # fmt: skip

    filled = []
    monkeypatch.setattr(flow, "fill_health", lambda *_, **how: filled.append(how))
    monkeypatch.setattr(flow, "fill_household", lambda *_: None)
    monkeypatch.setattr(flow, "fill_cover", lambda rows, *_: rows["months_covered"].fill(9))
    share = np.full(len(GROUPS), 1 / len(GROUPS))
    attachment = SimpleNamespace(newcomer_attached=0.4, newborn_attached=0.3)
    made = Arrivals(
        seed=1, registry=Declared(newcomers=0.02, newborn_female=0.9),
        geography=SimpleNamespace(county_of_place=np.zeros(1, int)), cells=(cells(share), cells(share)),
        profile=np.where(GROUP_ELIGIBILITY == AGED, 3.0, np.where(GROUP_ELIGIBILITY == CHILD, 1.0, 0.0)),
        sampled=np.array([400, 100]), cover=None, health=SimpleNamespace(attachment=attachment), clinics=None,
    )  # fmt: skip
    return made, filled


def test_newcomers_come_in_proportion_to_the_members_of_their_area_in_every_month(arrivals):
    """Two in a hundred a month: 8 of the first area and 2 of the second, on average of 120 months."""
    made, filled = arrivals
    months = made.newcomers(-12, 120)
    by_area = np.array([np.bincount(rows["area"], minlength=2) for rows in months])
    assert len(months) == 120
    assert by_area.mean(axis=0) == pytest.approx([8, 2], abs=0.8)
    assert len(np.unique(by_area[:, 0])) > 4  # other months, other numbers
    assert [len(rows) for rows in made.newcomers(-10, 3)] == by_area[2:5].sum(axis=1).tolist()
    everybody = np.concatenate(months)
    assert len(np.unique(everybody["key"])) == len(everybody)
    kinds = np.bincount(everybody["eligibility"], minlength=5) / len(everybody)
    groups = np.bincount(GROUP_ELIGIBILITY)[[CHILD, AGED]] * [1, 3]
    assert kinds[[CHILD, AGED]] == pytest.approx(groups / groups.sum(), abs=0.05)
    assert not everybody["months_covered"].any()  # whatever cover they might have had
    assert filled[0] == {"newcomer": True, "attached": 0.4}


def test_entrants_of_an_event_come_by_their_rates_to_the_areas_that_it_meets(arrivals):
    """Rates of .1 and .3 of each member: 40% of 400, and half of that in an area that is hit by half."""
    made, filled = arrivals
    rates = np.zeros(5)
    rates[[CHILD, AGED]] = 0.1, 0.3
    counts = np.array(
        [np.bincount(made.entrants(m, rates, np.array([1.0, 0.5]))["area"], minlength=2) for m in range(40)]
    )
    assert counts.mean(axis=0) == pytest.approx([160, 20], rel=0.06)
    assert len(np.unique(counts[:, 1])) > 4
    none = made.entrants(3, rates, np.array([0.0, 1.0]))
    assert set(none["area"]) == {1}
    usual = {int(key) for rows in made.newcomers(0, 4) for key in rows["key"]}
    assert not usual & {int(key) for key in none["key"]}
    assert filled[0] == {"newcomer": True, "attached": 0.4}
    assert np.bincount(none["eligibility"], minlength=5)[[PARENT, EXPANSION, DISABLED]].sum() == 0


def test_entrants_of_an_event_are_of_the_areas_that_it_meets_for_a_run_too(classroom):
    only_third = np.zeros(len(classroom.areas))
    only_third[2] = 1.0
    found = classroom.entrants(4, np.array([0.0, 0.0, 0.2, 0.0, 0.0]), only_third)
    assert len(found) > 5
    assert set(found["area"]) == {2}
    assert set(found["eligibility"]) == {EXPANSION}


def test_newborns_have_their_own_clinic_share_and_nine_in_ten_are_girls(arrivals):
    made, filled = arrivals
    mothers = np.zeros(500, MEMBER)
    mothers["key"] = np.arange(1, 501)
    mothers["status"] = ENROLLED
    found = made.newborns(mothers, 5)
    assert (found["sex"] == flow.FEMALE).mean() == pytest.approx(0.9, abs=0.04)
    assert filled == [{"newcomer": True, "attached": 0.3}]
    assert not np.isin(made.newborns(mothers, 6)["key"], found["key"]).any()


def test_keys_differ_by_kind_month_area_and_number():
    kinds, months, places = (np.arange(3), np.array([-13, 0, 1, 255, 256]), np.arange(16))
    keys = [member_keys(7, kind, month, area, np.arange(50)) for kind in kinds for month in months for area in places]
    assert len(np.unique(np.concatenate(keys))) == 3 * 5 * 16 * 50


# The table.


def test_an_area_has_its_enrolled_people_off_cover_and_room(classroom, registry):
    """People off cover are a share of the enrolled, with the kinds that leave most; room is of the enrolled alone."""
    rows = classroom.members
    room, off_share = (float(registry.get(f"population.{name}")) for name in ("head_room", "off_cover"))
    for area in range(len(classroom.areas)):
        here = rows[rows["area"] == area]
        of_status = [int((here["status"] == status).sum()) for status in (ENROLLED, OFF_COVER)]
        assert of_status[1] == round(of_status[0] * off_share)
        assert len(here) - sum(of_status) == np.ceil(of_status[0] * room)
        on, off = (here["eligibility"][here["status"] == status] for status in (ENROLLED, OFF_COVER))
        leaving = np.bincount(on, minlength=5) * registry.get("population.relative_exit")
        by_hand = leaving / leaving.sum() * len(off)
        np.testing.assert_allclose(np.bincount(off, minlength=5), by_hand, atol=0.02 * len(off) + 2)


def test_newcomers_of_the_state_are_of_the_kinds_that_go(oregon, registry):
    """Hardly a newcomer is old: the old come from those who turn 65, and few of the disabled leave."""
    share = np.bincount(np.concatenate([oregon.newcomers(m)["eligibility"] for m in range(12)]), minlength=5)
    by_group = np.bincount(_groups(oregon), minlength=len(GROUPS)) / len(_groups(oregon))
    coming = by_group * flow.newcomer_profile(by_group, registry)
    wanted = np.bincount(GROUP_ELIGIBILITY, weights=coming, minlength=5)
    np.testing.assert_allclose(share / share.sum(), wanted / wanted.sum(), atol=0.02)


def _groups(population):
    """The group of each enrolled member, as far as age and eligibility tell."""
    rows = population.members[population.members["status"] == ENROLLED]
    starts = np.array([level.start for level in AGE_LEVELS])
    level = np.searchsorted(starts, rows["age_months"], side="right") - 1
    at = {(g.eligibility, g.age): i for i, g in enumerate(GROUPS)}
    table = np.full((5, len(AGE_LEVELS)), 0)
    for (kind, age), i in at.items():
        table[kind, age] = i
    return table[rows["eligibility"], level]
