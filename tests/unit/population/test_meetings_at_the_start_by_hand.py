"""Where two rules of the start meet: blocks and luck, a year and the next, a saved world, ages at their limits."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.engine.draws import uniforms
from sim.population import build as at
from sim.population import flow, supply
from sim.population.ages import GROUP_ELIGIBILITY
from sim.population.attachment import attached_share
from sim.population.build import build_population, unmet_margins
from sim.population.conditions import _shares_at
from sim.population.flow import OffCover
from sim.population.health import PregnancyTables, fill_pregnancy
from sim.population.joint import _race_by_group
from sim.population.luck import Decision, Luck
from sim.population.margins import ALL, Margin, are_own
from sim.schema import CHILD, ENROLLED, FEMALE, MALE, OFF_COVER, RACES, STORED
from tests.unit.population.conftest import CLASSROOM, CONF

pytestmark = pytest.mark.quick


def test_people_are_the_same_in_blocks_of_any_size(build, monkeypatch):
    """No area of a classroom fills one block: blocks of 150 give each person the luck of the own key all the same."""
    usual = build().members
    monkeypatch.setattr(at, "BLOCK", 150)
    again = build().members
    for name in STORED.names:
        assert np.array_equal(usual[name], again[name]), name


def test_each_sample_of_each_area_begins_at_a_point_of_its_own(build, monkeypatch):
    starts = []
    pick = at.pick_cells
    monkeypatch.setattr(at, "pick_cells", lambda share, count, start: starts.append(start) or pick(share, count, start))
    areas = len(build().areas)
    assert len(set(starts)) == len(starts) == 2 * areas


def test_a_saved_world_brings_its_members_and_its_clinics(classroom, registry, seed):
    members, clinics = classroom.members[:50].copy(), classroom.clinics.copy()
    clinics["capacity"] *= 2
    found = build_population(CLASSROOM, registry, seed, conf=CONF, saved=(members, clinics))
    assert found.members is members
    assert found.clinics is clinics


def test_newcomers_differ_from_year_to_year(classroom):
    """About 35 a month over sixteen areas: the numbers by area of three Aprils are not three times the same."""
    of_years = [np.bincount(classroom.newcomers(month)["area"], minlength=16).tolist() for month in (3, 15, 27)]
    assert of_years[0] != of_years[1] != of_years[2] != of_years[0]


def test_children_of_one_mother_are_different_people(classroom):
    mother = classroom.members[:1]
    keys = {int(classroom.newborns(mother, month)["key"][0]) for month in (3, 11, 15, 19, 67, 131, 259)}
    assert len(keys) == 7


@pytest.mark.parametrize(
    ("sex", "months", "pregnant"), [(FEMALE, [179, 180, 539, 540], [0, 1, 1, 0]), (MALE, [180, 300], [0, 0])]
)
def test_women_are_fertile_from_the_month_of_one_birthday_to_that_before_another(sex, months, pregnant):
    rows = np.zeros(len(months), STORED)
    rows["sex"], rows["age_months"], rows["key"] = sex, months, np.arange(1, 1 + len(months))
    all_women = np.ones(5)
    fill_pregnancy(rows, PregnancyTables(all_women, all_women, (180, 540)), Luck(3, rows["key"]))
    assert (rows["pregnant"] > 0).astype(int).tolist() == pregnant


def test_margins_that_ship_are_the_same_with_the_line_ends_of_another_system(tmp_path):
    shipped = CONF / "population" / "margins" / "oregon.csv"
    copy = tmp_path / "mine.csv"
    plain = shipped.read_bytes().replace(b"\r\n", b"\n")
    copy.write_bytes(plain.replace(b"\n", b"\r\n"))
    assert not are_own(copy)
    copy.write_bytes(plain + b" ")
    assert are_own(copy)


def test_large_clinics_are_not_of_a_tier_for_their_size(monkeypatch):
    """Three in ten clinics have no tier, two the first, five the third: a draw of .4 is the first."""
    drawn = {Decision.CLINIC_TIER: 0.4, Decision.CLINIC_SIZE: 0.9}
    monkeypatch.setattr(
        supply, "Luck", lambda seed, keys: SimpleNamespace(uniform=lambda one: np.full(len(keys), drawn[one]))
    )
    assert supply._tiers(2, 5, np.array([0.3, 0.2, 0.0, 0.5])).tolist() == [1, 1]


def test_children_of_every_age_have_the_races_of_children(registry):
    """Residents of two races alike: children of one of them are members as often as declared for children."""
    of_child = np.asarray(registry.get("population.race_membership")) * registry.get("population.race_of_children")
    of_adult = np.asarray(registry.get("population.race_membership"))
    found = _race_by_group(np.full((1, len(RACES)), 1 / len(RACES)), registry)
    for group, eligibility in enumerate(GROUP_ELIGIBILITY):
        expected = of_child if eligibility == CHILD else of_adult
        assert found[group, :, 0] == pytest.approx(expected / expected.sum())


def test_ages_without_members_are_like_the_oldest_with_members():
    """One kind at the first age, three in four of the other kind at the second, nobody at the third."""
    found = _shares_at(np.array([[0.6, 0.0], [0.1, 0.3], [0.0, 0.0]]))
    assert found == pytest.approx(np.array([[1, 0], [0.25, 0.75], [0.25, 0.75]]))


def test_who_has_a_usual_clinic_goes_by_age_up_to_the_oldest():
    tables = SimpleNamespace(attached=np.array([0.95, 0.9, 0.6, 0.7, 0.8]))
    rows = np.zeros(7, STORED)
    rows["age_months"] = 59, 60, 215, 216, 540, 779, 780
    assert attached_share(rows, tables).tolist() == [0.95, 0.9, 0.9, 0.6, 0.7, 0.7, 0.8]


def test_months_off_cover_are_by_the_luck_of_the_own_key(build, monkeypatch, seed):
    """Half of people off cover lost it this month, the others a month ago: below .5 and above."""
    halves = SimpleNamespace(per_member=0.1, tilt=np.ones(len(GROUP_ELIGIBILITY)), upto=np.array([0.5, 1.0]))
    halves.fill = lambda rows, luck: OffCover.fill(halves, rows, luck)
    monkeypatch.setattr(OffCover, "read", lambda registry: halves)
    rows = build(seed=seed).members
    off = rows[rows["status"] == OFF_COVER]
    assert len(off) > 100
    late = uniforms(seed, off["key"], -1, Decision.MONTHS_OFF) > 0.5
    assert off["months_off"].tolist() == late.astype(int).tolist()


def test_clinics_of_a_sample_have_room_for_the_sample(classroom, registry):
    """What the clinics of an area can give is so many visits per sampled member, not per member of the state."""
    sampled = np.bincount(classroom.members["area"][classroom.members["status"] == ENROLLED], minlength=16)
    room = np.bincount(classroom.clinics["area"], weights=classroom.clinics["capacity"], minlength=16)
    assert room / sampled == pytest.approx(np.full(16, float(registry.get("population.clinic_capacity"))))


@pytest.mark.parametrize(("met", "said"), [((0.47, 0.53), 2), ((0.53, 0.47), 2), ((0.485, 0.515), 0)])
def test_a_margin_that_is_missed_from_below_or_above_is_reported(monkeypatch, met, said):
    """Half of members are to be women; two in a hundred may be missing."""
    margins = (Margin("sex", ALL, np.array([0.5, 0.5])),)
    monkeypatch.setattr(at, "_read_places", lambda *_: (SimpleNamespace(areas=()), margins))
    monkeypatch.setattr(at, "build_joint", lambda *_: None)
    monkeypatch.setattr(at, "shares_met", lambda *_: np.array(met))
    found = unmet_margins(CLASSROOM, None, CONF)
    assert len(found) == said
    if said:
        assert f"female within all is {met[0]:.1%} of the population, 50.0% was wanted" in found[0]


def test_entrants_of_an_event_have_luck_of_their_own(classroom, monkeypatch):
    """Where many newcomers come in a month, not many come by an event for the same reason."""
    drawn = []
    monkeypatch.setattr(flow, "poisson_by_inversion", lambda v, mean: drawn.append(v) or np.zeros(16, np.int64))
    classroom.arrivals.newcomers(7, 1)
    classroom.entrants(7, np.full(5, 0.1), np.ones(16))
    assert not np.isclose(drawn[0], drawn[1]).any()


def test_a_newcomer_is_a_household_alone(classroom):
    rows = np.concatenate([classroom.newcomers(2), classroom.entrants(2, np.full(5, 0.05), np.ones(16))])
    assert len(rows) > 20
    assert np.array_equal(rows["household"], rows["key"])
