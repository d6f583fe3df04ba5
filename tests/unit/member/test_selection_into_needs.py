"""Who loses the home, who keeps control, who dies in a home that a program gave: the ties that are no effects."""

import numpy as np
import pytest

from sim.axes import parameters_of
from sim.member.control import loss_probability
from sim.member.decisions import ROWS, SMALL_NEEDS, SMALL_NEEDS_IF_PRONE
from sim.member.mortality import death_probability
from sim.member.needs import HIGHEST_LEANING, leaning, losing_home, onset_probability, small_draws
from sim.member.prepare import Fields, need_tables, per_month
from sim.paths import conf_folder
from sim.schema import CONDITIONS, DIABETES, HOMELESSNESS, HOUSING, HYPERTENSION, LOG_GRID, NEEDS, RACES
from sim.start import quiet_areas
from tests.support.still_life import member, parameters


@pytest.fixture
def p():
    return parameters("primary")


def one(**fields):
    return np.array(member(40.5, **fields)).view(np.recarray)[0]


def here():
    return quiet_areas(1)[0]


@pytest.mark.parametrize("column", ["permanent", "mental"])
def test_the_frail_lose_their_home_more_often(p, column):
    loading = {"permanent": "needs_homeless_health_loading", "mental": "needs_homeless_mental_loading"}[column]
    assert losing_home(one(**{column: 2 * LOG_GRID}), p[0]) == pytest.approx(np.exp(2 * p[loading][0]), rel=1e-3)
    assert losing_home(one(), p[0]) == pytest.approx(1, abs=1e-3)


def test_no_need_begins_with_a_higher_chance_than_the_bound_however_frail_the_member(p):
    """The bound spares most members the chance of every need: were it too low, needs would silently not begin."""
    p["need_onset"], highest = _needs_of_the_model()
    looked_at_in_any_case = []
    for race in range(len(RACES)):
        for frailty in (-3.5, 0, 1.2, 3.5):
            for prone in (0, (1 << len(NEEDS)) - 1):
                m = one(race=race, mental=int(frailty * LOG_GRID), permanent=int(frailty * LOG_GRID), prone=prone)
                m.needs = 1 << HOUSING
                beyond = leaning(m, p[0]) > HIGHEST_LEANING
                looked_at_in_any_case.append(beyond)
                for n in range(len(NEEDS)):
                    of_prone = int(prone > 0 or n == HOMELESSNESS)
                    if not (beyond and n == HOMELESSNESS):
                        assert onset_probability(m, n, here(), p[0]) <= highest[of_prone, n]
    assert 0 < sum(looked_at_in_any_case) < len(looked_at_in_any_case)


def test_a_draw_below_the_bound_lets_a_need_begin(p):
    """A draw that is small for the prone only counts for the prone, and for losing a home."""
    u = np.zeros((ROWS, 1))
    u[SMALL_NEEDS_IF_PRONE] = 0b1111111
    assert small_draws(one(prone=1 << HOUSING), u, 0, p[0]) == 1 << HOUSING | 1 << HOMELESSNESS
    u[SMALL_NEEDS] = 0b1
    assert small_draws(one(prone=0), u, 0, p[0]) == 0b1 | 1 << HOMELESSNESS
    p["needs_homeless_mental_loading"] = 1.0
    assert small_draws(one(mental=int(2.1 * LOG_GRID)), np.zeros((ROWS, 1)), 0, p[0]) == 1 << HOMELESSNESS


def test_a_package_that_raises_onset_raises_the_bound():
    plain, raised = _needs_of_the_model(1.0), _needs_of_the_model(1.5)
    assert raised[1] == pytest.approx(1.5 * plain[1])


def _needs_of_the_model(onset_ratio=1.0):
    """``need_onset`` and its bounds as ``prepare`` makes them from the declared parameters."""
    registry = parameters_of(conf_folder())
    fields = Fields({"package_onset_ratio": np.ones((16, len(NEEDS)))})
    fields["package_onset_ratio"][3, HOUSING] = onset_ratio
    for name in registry.names():
        if name.startswith("needs."):
            fields[name.replace(".", "_")] = np.asarray(per_month(registry[name]), dtype=np.float64)
    found = need_tables(fields)
    return found["need_onset"], found["need_highest_onset"]


def test_mental_frailty_goes_with_poor_control_of_diabetes_and_not_of_blood_pressure(p):
    p["health_control_loss"] = 0.02
    frail, average = one(mental=2 * LOG_GRID), one()
    others = [c for c in range(12) if CONDITIONS[c] != "opioid_use"]  # who leaves treatment early: test_treatment.py
    ratio = {
        c: loss_probability(frail, c, 0, here(), p[0]) / loss_probability(average, c, 0, here(), p[0]) for c in others
    }
    loading = p["health_control_mental_loading"][0][DIABETES]
    assert loading > 0
    assert ratio[DIABETES] == pytest.approx(np.exp(2 * loading), rel=1e-3)
    assert ratio[HYPERTENSION] == 1
    assert len(CONDITIONS) == 12


def test_a_home_from_a_program_leaves_mortality_where_the_trials_found_it(p):
    p["life_table"] = 0.001
    p["n_packages"] = 1
    p["package_meets"][0][0] = 1 << HOMELESSNESS
    homeless, housed, never = one(needs=1 << HOMELESSNESS), one(package=1, ever_package=1), one()
    assert death_probability(housed, p[0]) == death_probability(homeless, p[0]) * p["needs_housed_death_ratio"][0]
    assert death_probability(never, p[0]) < death_probability(homeless, p[0])
