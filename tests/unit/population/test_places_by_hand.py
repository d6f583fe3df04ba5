"""Counties and areas, and who lives in them, from small tables whose numbers are known."""

import csv

import numpy as np
import pytest

from sim.population.ages import GROUP_ELIGIBILITY
from sim.population.geography import WHOLE, read_geography
from sim.population.joint import _language, _race_by_group
from sim.schema import CHILD, EXPANSION, RACES

pytestmark = pytest.mark.quick

NUMBERS = {
    "population.part_county_weight": 0.5,
    "population.frontier_density": 6.0,
    "population.suburban_urban_share": 0.5,
}
COUNTIES = {  # residents, percent poor, density, limited English, white, Hispanic, several, other, urban, suburban
    "Multnomah": (500, 20, 900, 8, 50, 30, 5, 15, 90, 20),
    "Clackamas": (1000, 10, 500, 2, 60, 20, 10, 10, 40, 30),
    "Harney": (40, 50, 2, 1, 90, 10, 0, 0, 20, 0),
}
COLUMNS = (
    *("population", "below_150pct_poverty_pct", "persons_per_sq_mile", "limited_english_pct"),
    *("white_nonhispanic_pct", "hispanic_pct", "multiple_nonhispanic_pct", "other_nonhispanic_pct"),
    *("ruca_urban_tracts_pct", "ruca_suburban_tracts_pct"),
)
NOBODY = ("aian_nonhispanic_pct", "asian_nonhispanic_pct", "nhpi_nonhispanic_pct", "black_nonhispanic_pct")


class Numbers:
    """A registry of a few numbers."""

    def __init__(self, **numbers):
        self.numbers = NUMBERS | {f"population.{name}": np.array(value) for name, value in numbers.items()}

    def get(self, name):
        return self.numbers[name]


@pytest.fixture
def conf(tmp_path):
    """Two areas share two counties, of which one serves a part of the second; a third has a county of its own."""
    (tmp_path / "evidence").mkdir()

    def write(name, rows):
        with (tmp_path / "evidence" / name).open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)

    named = [{"county": name, **dict(zip(COLUMNS, row, strict=True)), **dict.fromkeys(NOBODY, 0)}
             for name, row in COUNTIES.items()]  # fmt: skip
    write("oregon_counties.csv", named)
    write("cco_enrollment.csv", [{"cco": name, "members_scaled": n} for name, n in (("C", 2), ("A", 10), ("B", 10))])
    served = [("A", "Clackamas", WHOLE), ("A", "Multnomah", "part"), ("B", "Clackamas", WHOLE),
              ("B", "Multnomah", WHOLE), ("C", "Harney", WHOLE)]  # fmt: skip
    write("cco_service_areas.csv", [dict(zip(("cco", "county", "share_note"), row, strict=True)) for row in served])
    return tmp_path


def test_an_area_has_fewer_members_in_a_county_that_it_serves_in_part(conf):
    """As many poor in both counties and as many members in both areas; a half of the odds: 1 to the root of 2."""
    found = read_geography(conf, Numbers(), 220)
    members = {(found.areas[p.area], found.counties[p.county]): p.members for p in found.places}
    shared = {("A", "Clackamas"): 59, ("A", "Multnomah"): 41, ("B", "Clackamas"): 41, ("B", "Multnomah"): 59}
    assert members == shared | {("C", "Harney"): 20}
    assert found.people.tolist() == [100, 100, 20]


def test_counties_are_alphabetical_with_their_own_numbers(conf):
    """English is compared with the Portland counties, by their residents: 2% of 1,000 and 8% of 500 are 4%."""
    found = read_geography(conf, Numbers(), 220)
    assert found.counties == ("Clackamas", "Harney", "Multnomah")
    assert found.frontier.tolist() == [False, True, False]
    assert read_geography(conf, Numbers(frontier_density=2), 220).frontier.tolist() == [False, True, False]  # at most
    assert found.limited_english == pytest.approx([0.5, 0.25, 2.0])
    assert found.urban == pytest.approx([0.4 + 0.5 * 0.3, 0, 1])
    assert found.race[:, RACES.index("multiple_other")] == pytest.approx([0.2, 0, 0.2])
    assert found.race[:, RACES.index("hispanic")] == pytest.approx([0.2, 0.1, 0.3])


def test_urban_shares_meet_a_margin_outside_the_frontier(conf):
    """Two thirds of 200 are urban, of whom a hundred live where everybody is."""
    found = read_geography(conf, Numbers(), 220, rurality=np.array([0.6, 0.3, 0.1]))
    assert found.urban == pytest.approx([1 / 3, 0, 1], abs=1e-5)


def test_who_speaks_what_follows_race_and_place():
    """A tenth and two fifths by race, half and twice as many by place, at most a half; of these a part Spanish."""
    shares = np.zeros((2, len(RACES)))
    shares[0, :2], shares[1, :2] = (0.1, 0.4), (0.25, 0.75)
    found = _language(
        np.array([0.5, 2.0]), Numbers(not_english=shares[0], most_not_english=0.5, spanish_share=shares[1])
    )
    english, spanish, other = found[:2].transpose(1, 0, 2)
    assert english == pytest.approx(np.array([[0.95, 0.8], [0.8, 0.5]]))
    assert spanish == pytest.approx(np.array([[0.0125, 0.05], [0.15, 0.375]]))
    assert english + spanish + other == pytest.approx(1)


def test_race_of_members_and_of_children_follows_that_of_residents():
    """Residents half and half; members of the second race are twice as many, their children three times that."""
    residents = np.zeros((1, len(RACES)))
    residents[0, :2] = 0.5
    membership, children = np.ones(len(RACES)), np.ones(len(RACES))
    membership[1], children[1] = 2, 3
    found = _race_by_group(residents, Numbers(race_membership=membership, race_of_children=children))
    groups = [int(np.flatnonzero(kind == GROUP_ELIGIBILITY)[0]) for kind in (EXPANSION, CHILD)]
    assert found[groups[0], :2, 0] == pytest.approx([1 / 3, 2 / 3])
    assert found[groups[1], :2, 0] == pytest.approx([1 / 7, 6 / 7])
