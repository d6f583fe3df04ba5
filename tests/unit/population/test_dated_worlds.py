"""Are the dated worlds those of their year: who, where, at which match and prices, and does every source resolve?"""

import csv

import numpy as np
import pytest

from sim.paths import conf_folder
from sim.population.build import build_population, unmet_margins
from sim.population.margins import MarginsError, read_margins
from sim.scenario import Scenario
from sim.schema import ELIGIBILITIES, ENROLLED

pytestmark = pytest.mark.quick
WORLDS = ("oregon_2011", "oregon_2014", "oregon_2019", "oregon_2023")
SMALL = ("population.sample=0.002", "population.minimum_per_cco=50")


def rows_of(name):
    with (conf_folder() / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


EVIDENCE = {row["id"] for row in rows_of("evidence/evidence.csv")}


@pytest.mark.parametrize("world", WORLDS)
def test_members_by_area_and_eligibility_are_those_of_the_margins(world):
    scenario = Scenario.compose([f"population={world}", *SMALL])
    people = build_population(scenario.population, scenario.registry, 0, conf=conf_folder())
    rows = people.members[people.members["status"] == ENROLLED]
    by_area = np.bincount(rows["area"], people.weights[rows["area"]], len(people.areas))
    margins = read_margins(conf_folder() / f"population/margins/{world}.csv", people.areas)
    wanted = {one.name: one.shares for one in margins if one.within == "all"}
    assert by_area.sum() == pytest.approx(scenario.population.members)
    np.testing.assert_allclose(by_area / by_area.sum(), wanted["area"], atol=2e-6)
    group = np.bincount(rows["eligibility"], people.weights[rows["area"]], len(ELIGIBILITIES))
    np.testing.assert_allclose(group / group.sum(), wanted["eligibility"], atol=0.03)
    assert unmet_margins(scenario.population, scenario.registry, conf_folder()) == ()


@pytest.mark.parametrize("world", WORLDS)
def test_every_source_of_a_world_resolves(world):
    scenario = Scenario.compose([f"population={world}"])
    assert scenario.population.evidence
    assert set(scenario.population.evidence) <= EVIDENCE
    assert {one for row in rows_of("targets/worlds.csv") for one in row["source"].split()} <= EVIDENCE


def test_match_prices_and_homes_are_of_the_year():
    def of(world, name):
        return Scenario.compose([f"population={world}"]).registry.get(name)

    assert [round(of(world, "economics.price_year")) for world in WORLDS] == [2011, 2013, 2019, 2023]
    match = {world: of(world, "payment.federal_share") for world in WORLDS}
    assert [match[world].max() for world in WORLDS] == [0.6285, 0.6244, 0.93, 0.9]
    assert [of(world, "population.clinic_tier")[0] for world in ("oregon_2011", "oregon_2019")] == [1.0, 0.07]
    levels = [of(world, "spending.price_level") for world in WORLDS]
    assert levels == sorted(levels)
    assert of("oregon", "spending.price_level") == 1.0


def test_program_dollars_are_turned_into_those_of_the_worlds_year():
    plain, early = (Scenario.compose([f"population={world}"]).registry for world in ("oregon", "oregon_2011"))
    ratio = early.dollars("upstream.screening_cost") / plain.dollars("upstream.screening_cost")
    assert ratio == pytest.approx(1.023**-7)


def test_prices_of_care_move_with_the_price_level():
    from sim.member.prepare import prepare

    registry = Scenario.compose([]).registry
    half = registry.override({"spending.price_level": 0.5})
    usual, low = (prepare(one, conf_folder(), _no_packages(one), 0, 0) for one in (registry, half))
    np.testing.assert_allclose(low["spending_price_by_age"], usual["spending_price_by_age"] / 2)
    np.testing.assert_allclose(low["spending_delivery_price"], usual["spending_delivery_price"] / 2)


def _no_packages(registry):
    from sim.upstream.channels import compile_packages

    return compile_packages((), registry, 0)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("area,all,Umpqua", "area,all,Umpqa", "area has no level 'Umpqa Health Alliance' (nearest: Umpqua"),
        ("area,all,Umpqua", "area,child,Umpqua", "shares by area are within all, not within 'child'"),
        ("rurality,all,urban", "rurality,child,urban", "shares by rurality are within all, not within 'child'"),
    ],
)
def test_faults_of_an_area_margin_are_said(tmp_path, old, new, said):
    text = (conf_folder() / "population/margins/oregon_2019.csv").read_text(encoding="utf-8")
    own = tmp_path / "own.csv"
    own.write_text(text.replace(old, new, 1), encoding="utf-8")
    areas = [row["cco"] for row in rows_of("evidence/cco_enrollment.csv")]
    with pytest.raises(MarginsError) as refused:
        read_margins(own, areas)
    assert said in str(refused.value)
