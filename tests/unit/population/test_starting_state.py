"""Does the starting state have the prevalences, frailties and ties that are declared?"""

import numpy as np
import pytest

from sim.population.ages import BAND_OF_YEAR
from sim.population.social_needs import NeedTables
from sim.schema import (
    AGE_BANDS,
    AIAN,
    ASIAN,
    BLACK,
    CONDITIONS,
    DIABETES,
    ENROLLED,
    HEART_DISEASE,
    HEART_FAILURE,
    HYPERTENSION,
    ISOLATION,
    LOG_GRID,
    NEEDS,
    OFF_COVER,
    OPIOID_USE,
    RACES,
    RURALITIES,
    SERIOUS_MENTAL_ILLNESS,
    SUBSTANCE_USE,
    WHITE,
)


@pytest.fixture(scope="module")
def people(oregon):
    return oregon.members[oregon.members["status"] == ENROLLED]


@pytest.fixture(scope="module")
def weight(oregon, people):
    return oregon.weights[people["area"]]


def has(bits, index):
    return (bits >> index) & 1


def share(values, weight, inside=None):
    return float(np.average(values, weights=weight if inside is None else weight * inside))


def test_prevalence_by_age_band_meets_its_table(people, weight, registry):
    table = registry.get("population.prevalence")
    band = BAND_OF_YEAR[people["age_months"] // 12]
    for b, name in enumerate(AGE_BANDS):
        number = (band == b).sum()
        for c, condition in enumerate(CONDITIONS):
            found = share(has(people["present"], c), weight, band == b)
            error = 5 * np.sqrt(2 * table[b, c] * (1 - table[b, c]) / number) + 0.01 * table[b, c] + 1e-3
            assert found == pytest.approx(table[b, c], abs=error), (name, condition)


@pytest.mark.parametrize(
    ("condition", "target", "tolerance"),
    [
        (HYPERTENSION, 0.223, 0.02),
        (DIABETES, 0.101, 0.02),
        (CONDITIONS.index("asthma"), 0.136, 0.02),
        (CONDITIONS.index("depression"), 0.136, 0.02),
        (HEART_DISEASE, 0.103, 0.02),
        (SUBSTANCE_USE, 0.073, 0.01),
        (OPIOID_USE, 0.028, 0.01),
    ],
)
def test_diagnosed_adults_match_the_published_shares(people, weight, condition, target, tolerance):
    adult = (people["age_months"] >= 18 * 12) & (people["age_months"] < 65 * 12)
    assert share(has(people["diagnosed"], condition), weight, adult) == pytest.approx(target, abs=tolerance)


def test_serious_mental_illness_of_adults(people, weight):
    adult = people["age_months"] >= 18 * 12
    assert share(has(people["present"], SERIOUS_MENTAL_ILLNESS), weight, adult) == pytest.approx(0.10, abs=0.01)


def test_known_only_if_present_and_controlled_only_if_known(people):
    assert (people["diagnosed"] & ~people["present"] == 0).all()
    assert (people["controlled"] & ~people["diagnosed"] == 0).all()


def test_severe_conditions_lie_within_the_milder_ones(people):
    assert (has(people["present"], HEART_FAILURE) <= has(people["present"], HEART_DISEASE)).all()
    assert (has(people["present"], OPIOID_USE) <= has(people["present"], SUBSTANCE_USE)).all()


def test_blood_pressure_controlled(people, weight):
    known = has(people["diagnosed"], HYPERTENSION)
    assert share(has(people["controlled"], HYPERTENSION), weight, known) == pytest.approx(0.65, abs=0.02)


def test_high_blood_pressure_does_not_leap_at_45(people, weight):
    year = people["age_months"] // 12
    before = share(has(people["present"], HYPERTENSION), weight, np.isin(year, (42, 43, 44)))
    after = share(has(people["present"], HYPERTENSION), weight, np.isin(year, (45, 46, 47)))
    assert 0 < after - before < 0.12


def test_conditions_come_with_poor_permanent_health(people):
    health = people["permanent"] / LOG_GRID
    sick = has(people["present"], HYPERTENSION) == 1
    assert health[sick].mean() - health[~sick].mean() > 0.3


def test_latent_health_is_standard_normal_and_cut(people, weight):
    slow = people["slow"] / LOG_GRID
    assert share(slow, weight) == pytest.approx(0, abs=0.03)
    assert np.std(slow) == pytest.approx(1, abs=0.03)
    assert np.abs(people["permanent"]).max() <= 3.5 * LOG_GRID


def test_health_goes_with_what_a_group_is_exposed_to_and_with_nothing_else(people, weight, registry):
    exposure = NeedTables.read(registry, np.ones((len(RACES), len(RURALITIES)))).exposure[:, 0]
    assert exposure[AIAN] > exposure[BLACK] > exposure[WHITE]
    assert exposure[WHITE] == pytest.approx(exposure[ASIAN])
    tie = float(registry.get("population.need_health_correlation"))
    health = people["permanent"] / LOG_GRID
    for race in (AIAN, BLACK, ASIAN):
        here = share(health, weight, people["race"] == race) - share(health, weight, people["race"] == WHITE)
        error = 5 * np.sqrt(2 / (people["race"] == race).sum()) + 0.02
        assert here == pytest.approx(tie * (exposure[race] - exposure[WHITE]), abs=error)


def test_emergency_frailty_is_gamma_with_mean_one(people, registry):
    factor = np.exp(people["ed_frailty"] / LOG_GRID)
    assert factor.mean() == pytest.approx(1, abs=0.04)
    assert factor.var() == pytest.approx(1 / float(registry.get("population.ed_frailty_shape")), rel=0.1)


def test_classes_of_high_need_and_frequent_users(people, weight, registry):
    assert 0.05 < share(people["high_need"], weight) < 0.08
    frequent, core = (float(registry.get(f"population.frequent_{name}")) for name in ("share", "core"))
    assert share(people["frequent"] > 0, weight) == pytest.approx(frequent, rel=0.15)  # felt from 18 on
    assert share(people["frequent"] == 2, weight) == pytest.approx(frequent * core, rel=0.6)  # few: for good


def test_needs_have_their_marginals(people, weight):
    marginal = {"food": 0.24, "housing": 0.18, "transport": 0.15, "utilities": 0.15, "safety": 0.05}
    for name, target in marginal.items():
        found = share(has(people["needs"], NEEDS.index(name)), weight)
        assert found == pytest.approx(target, abs=0.01), name
    assert share(has(people["needs"], NEEDS.index("homelessness")), weight) == pytest.approx(0.011, abs=0.002)


def test_homeless_adults_have_the_published_illnesses(people, weight):
    """Alcohol 37% and drugs 22%, schizophrenia or major depression 25%; about what others have, were it no tie."""
    adult = (people["age_months"] >= 18 * 12) & (has(people["needs"], NEEDS.index("homelessness")) == 1)
    assert share(has(people["present"], SUBSTANCE_USE), weight, adult) == pytest.approx(0.45, abs=0.09)
    assert share(has(people["present"], SERIOUS_MENTAL_ILLNESS), weight, adult) == pytest.approx(0.25, abs=0.09)


def test_the_odds_of_any_need_by_race_are_about_the_published_ones(people, weight):
    needy = (people["needs"] & 0b11111 > 0).astype(float)

    def odds(race):
        found = share(needy, weight, people["race"] == RACES.index(race))
        return found / (1 - found)

    assert odds("aian") / odds("white") == pytest.approx(2.26, rel=0.25)
    assert odds("black") / odds("white") == pytest.approx(1.76, rel=0.25)


def test_prone_members_have_food_need_as_declared(people, weight, registry):
    prone = has(people["prone"], 0)
    declared = registry.get("population.need_if_prone")[0], registry.get("population.need_if_not_prone")[0]
    assert share(has(people["needs"], 0), weight, prone) == pytest.approx(declared[0], abs=0.02)
    assert share(has(people["needs"], 0), weight, 1 - prone) == pytest.approx(declared[1], abs=0.01)


def test_needs_come_together(people, weight):
    core = np.stack([has(people["needs"], n) for n in range(5)])
    assert share(core.any(axis=0), weight) == pytest.approx(0.41, abs=0.02)
    assert share(core.sum(axis=0) >= 2, weight) == pytest.approx(0.205, abs=0.02)
    correlation = np.corrcoef(core)[np.triu_indices(5, 1)].mean()
    assert correlation == pytest.approx(0.30, abs=0.04)


def test_exposure_differs_by_race_and_not_by_language(people, weight):
    any_need = people["needs"] > 0
    odds = [p / (1 - p) for p in (share(any_need, weight, people["race"] == r) for r in range(len(RACES)))]
    white = odds[RACES.index("white")]
    assert odds[RACES.index("aian")] / white == pytest.approx(2.26, abs=0.5)
    assert odds[RACES.index("black")] / white == pytest.approx(1.76, abs=0.3)
    assert odds[RACES.index("hispanic")] / white == pytest.approx(1, abs=0.15)


def test_isolation_is_a_need_of_older_members(people):
    young = people["age_months"] < 60 * 12
    assert has(people["needs"][young], ISOLATION).sum() == 0
    assert has(people["needs"][~young], ISOLATION).mean() == pytest.approx(0.24, abs=0.03)


def test_needs_and_health_go_together_without_an_effect(people):
    assert 0.1 < np.corrcoef(people["permanent"], people["needs"] > 0)[0, 1] < 0.3


def test_usual_clinic_lies_in_the_area(people, weight, oregon):
    assert (oregon.clinics["area"][people["clinic"]] == people["area"]).all()
    assert share(people["attached"], weight, people["age_months"] < 65 * 12) == pytest.approx(0.703, abs=0.03)


def test_pregnancies_make_the_births_of_the_state(people, weight):
    births = (weight * (people["pregnant"] > 0)).sum() / 9
    assert births == pytest.approx(1500, rel=0.1)
    assert (people["sex"][people["pregnant"] > 0] == 0).all()


def test_time_off_cover_falls_off(oregon):
    months = oregon.members["months_off"][oregon.members["status"] == OFF_COVER]
    assert months.min() == 0
    assert months.max() == 35
    assert (months < 6).mean() > (months >= 30).mean()


def test_no_clock_runs_longer_than_a_life(people):
    for clock in ("months_covered", "since_primary"):
        assert (people[clock] <= people["age_months"]).all()
