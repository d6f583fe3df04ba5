"""Rates of quality measures: by year and area, as given and as recorded, saved and taken up, and as a table."""

from dataclasses import replace

import numpy as np
import pytest

from sim.measures.measures import BY_NAME
from sim.measures.quality import DEFINITIONS, SHAPE, Quality
from sim.measures.strata import LEVELS
from sim.measures.tables import quality_table
from sim.schema import LOWER_IS_BETTER, METRICS
from tests.support.synthetic_runs import AREAS, synthetic_run

pytestmark = pytest.mark.quick

WELL, EMERGENCY = METRICS.index("well_child"), METRICS.index("emergency_visits")


def a_month(area=0, level=0, metric=WELL, counts=(4, 3, 1)):
    """Counts of one area: somebody of one race."""
    made = np.zeros((2, *SHAPE), np.int64)
    made[area, level, metric] = counts
    return made


def test_every_metric_is_defined_once_and_in_order():
    assert tuple(definition.name for definition in DEFINITIONS) == METRICS
    assert {d.name for d in DEFINITIONS if d.lower_is_better} == set(LOWER_IS_BETTER)


def test_rates_are_recorded_and_given_over_denominator():
    quality = Quality(2)
    quality.add(11, a_month())
    assert quality.rates(0)[0, WELL] == 0.25
    assert quality.delivered(0)[0, WELL] == 0.75
    assert quality.denominators(0)[0, WELL] == 4
    assert np.isnan(quality.rates(0)[1, WELL])


def test_months_add_up_to_calendar_years_and_the_warm_up_has_its_own():
    quality = Quality(2)
    for month in (-13, -12, -1, 0, 11, 12):
        quality.add(month, a_month())
    assert [int(quality.denominators(year)[0, WELL]) for year in (-2, -1, 0, 1, 2)] == [4, 8, 8, 4, 0]


def test_what_is_added_is_a_copy():
    quality, counts = Quality(2), a_month()
    quality.add(0, counts)
    counts[:] = 0
    assert quality.denominators(0)[0, WELL] == 4


def test_a_saved_state_is_taken_up():
    quality, other = Quality(2), Quality(2)
    quality.add(-1, a_month())
    quality.add(5, a_month(area=1))
    other.restore(quality.snapshot())
    assert all((other.counts(year) == quality.counts(year)).all() for year in (-1, 0))
    empty = Quality(2)
    empty.restore(Quality(2).snapshot())
    assert empty.denominators(0).sum() == 0


@pytest.fixture(scope="module")
def run():
    made = synthetic_run("fee_for_service", 0, 24)
    made = replace(made, quality=np.zeros_like(made.quality))
    white, black = LEVELS.index(("race", "white")), LEVELS.index(("race", "black"))
    made.quality[1, 0, white, WELL] = (10, 8, 6)
    made.quality[1, 0, black, WELL] = (10, 5, 2)
    made.quality[1, 1, white, EMERGENCY] = (1200, 66, 66)
    return made


def test_measures_of_a_run_are_weighted_over_areas_and_years(run):
    assert run.value("quality_well_child") == pytest.approx(0.4)
    assert run.value("quality_well_child_given") == pytest.approx(0.65)
    assert run.value("quality_well_child", "race", "black") == pytest.approx(0.2)
    assert run.value("quality_emergency_visits", "area", AREAS[1]) == pytest.approx(55.0)
    assert np.isnan(run.value("quality_sealants"))
    assert BY_NAME["quality_hba1c_poor_control"].higher_is_better is False


def test_by_month_quality_is_not_known(run):
    from sim.measures.measures import MEASURES

    assert np.isnan(run.monthly()[..., MEASURES.index(BY_NAME["quality_well_child"])]).all()


def test_the_table_tells_rates_and_gaps_by_year_and_group(run):
    table = quality_table([run, run])
    well = table[table.measure == "quality_well_child"].set_index(["year", "stratum", "level"])
    assert set(well.index.get_level_values("year")) == {1}
    assert well.loc[(1, "all", "all")].people == pytest.approx(20 * run.weights[0])
    assert well.loc[(1, "race", "black")].gap == pytest.approx(0.2 - 0.6)
    assert well.loc[(1, "race", "white")].gap == 0
    assert np.isnan(well.loc[(1, "area", AREAS[0])].gap)
    assert table[table.measure == "quality_emergency_visits"].recorded.iloc[0] == pytest.approx(55.0)
