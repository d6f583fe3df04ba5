"""Are the members those of the margins, area by area, and does every one count for the right number of people?"""

import shutil
import time

import numpy as np
import pytest

from sim.population import build_population
from sim.population.ages import AGE_LEVELS
from sim.population.margins import MarginsError, read_margins
from sim.schema import CHILD, ELIGIBILITIES, ENROLLED, OFF_COVER, RACES, RURALITIES, STORED_FIELDS, VACANT
from tests.unit.population.conftest import CLASSROOM, CONF, Choice, population_registry


def enrolled(population):
    return population.members[population.members["status"] == ENROLLED]


def shares(population, values, levels, inside=None):
    members = enrolled(population)
    weight = population.weights[members["area"]]
    weight = weight if inside is None else weight * inside
    return np.bincount(values, weights=weight, minlength=levels) / weight.sum()


def margin(population, name, within="all"):
    margins = read_margins(CONF / "population" / "margins" / "oregon.csv", population.areas)
    return next(m.shares for m in margins if (m.name, m.within) == (name, within))


def test_weights_add_to_the_members_of_the_state(oregon):
    assert oregon.weights[enrolled(oregon)["area"]].sum() == pytest.approx(1_400_000, abs=1e-3)


def test_every_area_has_its_minimum(oregon, build):
    count = np.bincount(enrolled(oregon)["area"], minlength=16)
    assert len(oregon.areas) == 16
    assert count.min() >= 3000
    assert (oregon.weights >= 1).all()


def test_all_are_taken_where_there_are_fewer_than_the_minimum(build):
    small = build(Choice(members=20_000, sample=0.05, minimum_per_cco=3000))
    count = np.bincount(enrolled(small)["area"], minlength=16)
    people = count * small.weights
    np.testing.assert_allclose(small.weights[people < 3000], 1.0)
    assert people.sum() == pytest.approx(20_000)


@pytest.mark.parametrize(
    ("name", "column", "tolerance"),
    [("eligibility", "eligibility", 5e-4), ("race", "race", 2e-3), ("sex", "sex", 4e-3)],
)
def test_margins_are_met(oregon, name, column, tolerance):
    members = enrolled(oregon)
    if name == "sex":
        by_group = np.array([margin(oregon, "sex", group)[0] for group in ELIGIBILITIES])
        female = by_group @ margin(oregon, "eligibility")
        assert shares(oregon, members["sex"], 2)[0] == pytest.approx(female, abs=tolerance)
        return
    target = margin(oregon, name)
    np.testing.assert_allclose(shares(oregon, members[column], len(target)), target, atol=tolerance)


def test_eligibility_is_met_in_the_areas_within_rounding(oregon):
    """Areas share one eligibility margin, and rounding leaves at most one member per age level."""
    members = enrolled(oregon)
    for area in range(16):
        here = members["eligibility"][members["area"] == area]
        share = np.bincount(here, minlength=5) / len(here)
        assert np.abs(share - margin(oregon, "eligibility")).max() < 0.02


def test_ages_of_children_are_met(oregon):
    members = enrolled(oregon)
    starts = [level.start for level in AGE_LEVELS]
    level = np.searchsorted(starts, members["age_months"], side="right") - 1
    found = shares(oregon, level, len(AGE_LEVELS), members["eligibility"] == CHILD)
    np.testing.assert_allclose(found, margin(oregon, "age", "child"), atol=2e-3)


def test_language_of_health_share(oregon):
    members = enrolled(oregon)
    here = members["area"] == oregon.areas.index("Health Share of Oregon")
    found = shares(oregon, members["language"], 3, here)
    np.testing.assert_allclose(found, margin(oregon, "language", "Health Share of Oregon"), atol=4e-3)


def test_places_open_card_and_duals(oregon):
    members = enrolled(oregon)
    place = shares(oregon, members["rurality"], len(RURALITIES))
    np.testing.assert_allclose(place, [0.65, 0.33, 0.02], atol=0.015)
    weight = oregon.weights[members["area"]]
    assert np.average(1 - members["in_cco"], weights=weight) == pytest.approx(0.13, abs=0.005)
    assert np.average(members["dual"], weights=weight) == pytest.approx(0.09, abs=0.005)


def test_members_live_in_counties_that_their_area_serves(oregon):
    members = enrolled(oregon)
    served = {(a, c) for a, c in zip(members["area"].tolist(), members["county"].tolist(), strict=True)}
    gorge = oregon.areas.index("PacificSource Columbia Gorge")
    assert {oregon.counties[c] for a, c in served if a == gorge} == {"Hood River", "Wasco"}
    assert {c for _, c in served} == set(range(36))


def test_rows_are_sorted_by_area_and_leave_room(oregon):
    members = oregon.members
    assert (np.diff(members["area"]) >= 0).all()
    assert set(np.unique(members["status"])) == {VACANT, ENROLLED, OFF_COVER}
    off = (members["status"] == OFF_COVER).sum() / (members["status"] == ENROLLED).sum()
    assert off == pytest.approx(0.33, abs=0.01)


def test_every_column_is_in_its_declared_range(oregon):
    living = oregon.members[oregon.members["status"] != VACANT]
    for column in STORED_FIELDS:
        assert living[column.name].min() >= column.low, column.name
        assert living[column.name].max() <= column.high, column.name


def test_same_seed_same_people_other_seed_others(build):
    first, again, other = build(CLASSROOM, 3), build(CLASSROOM, 3), build(CLASSROOM, 4)
    assert first.members.tobytes() == again.members.tobytes()
    assert first.clinics.tobytes() == again.clinics.tobytes()
    assert not np.intersect1d(enrolled(first)["key"], enrolled(other)["key"]).size


def test_most_children_live_with_a_woman_of_their_county_and_race(oregon):
    members = enrolled(oregon)
    of_key = {key: i for i, key in enumerate(members["key"].tolist())}
    children = members[members["eligibility"] == CHILD]
    alone = children["household"] == children["key"]
    assert alone.mean() < 0.02
    heads = members[[of_key[h] for h in children["household"].tolist() if h in of_key]]
    with_head = children[[h in of_key for h in children["household"].tolist()]]
    assert (heads["county"] == with_head["county"]).all()
    assert (heads["race"] == with_head["race"]).all()


def with_margins(tmp_path, change):
    """A copy of the configuration whose margins have been changed."""
    conf = tmp_path / "conf"
    shutil.copytree(CONF / "evidence", conf / "evidence")
    path = conf / "population" / "margins" / "oregon.csv"
    path.parent.mkdir(parents=True)
    source = CONF / "population" / "margins" / "oregon.csv"
    path.write_text(change(source.read_text(encoding="utf-8")), encoding="utf-8")
    return conf


def test_a_user_can_replace_a_margin(tmp_path, registry):
    def more_black_members(text):
        return text.replace("race,all,black,0.032", "race,all,black,0.132").replace(
            "race,all,white,0.624", "race,all,white,0.524"
        )

    population = build_population(CLASSROOM, registry, 1, conf=with_margins(tmp_path, more_black_members))
    members = enrolled(population)
    black = shares(population, members["race"], len(RACES))[RACES.index("black")]
    assert black == pytest.approx(0.132, abs=0.004)


def test_faults_of_margins_are_reported_together(tmp_path, registry):
    def three_faults(text):
        return (
            text.replace("eligibility,all,child,0.35", "eligibility,all,chidl,0.35")
            .replace("sex,parent,female,0.75", "sex,parents,female,0.75")
            .replace("race,all,asian,0.037", "race,all,asian,many")
        )

    with pytest.raises(MarginsError) as fault:
        build_population(CLASSROOM, registry, 1, conf=with_margins(tmp_path, three_faults))
    text = str(fault.value)
    assert "'chidl' (nearest: child)" in text
    assert "'parents' (nearest: parent)" in text
    assert "'many'" in text


def test_shares_that_do_not_add_to_one_are_refused(tmp_path, registry):
    conf = with_margins(tmp_path, lambda text: text.replace("eligibility,all,child,0.35", "eligibility,all,child,0.45"))
    with pytest.raises(MarginsError, match=r"eligibility within all adds to 1\.1000"):
        build_population(CLASSROOM, registry, 1, conf=conf)


def test_margins_that_are_not_there(registry):
    with pytest.raises(MarginsError, match="no file"):
        build_population(Choice(margins="nowhere"), registry, 1, conf=CONF)


def test_every_parameter_of_the_population_is_used(build, tmp_path):
    registry = population_registry(tmp_path)
    build(registry=registry)
    assert not {name for name in registry.names() if name.startswith("population.")} - set(registry.read())


def test_how_long_building_takes(build, capsys):
    for choice in (CLASSROOM, Choice()):
        started = time.perf_counter()
        population = build(choice, 2)
        seconds = time.perf_counter() - started
        with capsys.disabled():
            print(f"\n  built {len(enrolled(population)):,} members in {seconds:.2f} s")
        assert seconds < 60
