"""The starting state worked out by hand: tables of numbers that are easy to work with, and draws that are dealt."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from sim.population import ages, attachment, conditions, flow, health, latent, smoking, social_needs, supply, synthesis
from sim.population.luck import CONTROLLED, DIAGNOSED, NEED, PRESENT, PRONE, SMOKES, Decision
from sim.schema import (
    AGED,
    ASTHMA,
    CHILD,
    CHILDHOOD_IMMUNIZATION,
    CONDITIONS,
    DIABETES,
    DISABLED,
    ELIGIBILITIES,
    ENROLLED,
    EXPANSION,
    FEMALE,
    FOOD,
    FRACTION_GRID,
    HEART_DISEASE,
    HEART_FAILURE,
    HISPANIC,
    HOMELESSNESS,
    HOUSING,
    ISOLATION,
    LOG_GRID,
    LONGEST_AGO,
    MALE,
    MEMBER,
    NEEDS,
    OFF_COVER,
    OPIOID_USE,
    PARENT,
    SUBSTANCE_USE,
    TRANSPORT,
    WHITE,
)

pytestmark = pytest.mark.quick
LATE = 1 - 1e-9


class Dealt:
    """Draws that a case deals, by decision; all others come late, and normal ones are 0."""

    def __init__(self, count, **by_kind):
        self.count, self.uniforms, self.normals = count, by_kind.get("uniform", {}), by_kind.get("normal", {})

    def uniform(self, decision):
        return np.broadcast_to(np.asarray(self.uniforms.get(decision, LATE), float), self.count)

    def normal(self, decision):
        return np.broadcast_to(np.asarray(self.normals.get(decision, 0.0), float), self.count)

    def happens(self, decision, probability):
        return self.uniform(decision) < probability


class Declared:
    """A registry of a few numbers; a monthly one is given as it is for a month."""

    def __init__(self, **values):
        self.values = values

    def get(self, name):
        return np.asarray(self.values[name.split(".")[1]], float)

    monthly = get


def people(count=1, **columns):
    rows = np.zeros(count, MEMBER)
    for name, value in columns.items():
        rows[name] = value
    return rows


# Latent health.

ALIKE = np.linspace(-16, 16, 33)  # a grid on which a quantile is its own logit


def latents(**other):
    usual = {
        "shift": np.array([0.0, 0.5, 0.0, 0.0, 0.0]), "need_correlation": 0.6, "mental_correlation": 0.8, "cut": 3.0,
        "crisis": 0.03, "frequent": 0.1, "frequent_core": 0.4, "high_need_threshold": np.full(5, -2.0),
        "high_need_slope": 2.0, "logits": ALIKE, "log_gamma": ALIKE, "log_seeking": ALIKE / 2,
    }  # fmt: skip
    return latent.LatentTables(**usual | other)


def test_permanent_health_and_mental_frailty_go_with_the_frailty_of_needs():
    rows = people(3, eligibility=[CHILD, PARENT, PARENT])
    luck = Dealt(3, normal={Decision.PERMANENT: 0.5, Decision.MENTAL: [-1.0, -1.0, 5.0], Decision.SLOW: [0.25, -9, 9]})
    permanent, mental = latent.fill_latent(rows, latents(), np.array([1.0, 1.0, 10.0]), luck)
    np.testing.assert_allclose(permanent, [0.6 + 0.4, 0.5 + 0.6 + 0.4, 3.0])  # sqrt(1 - .6 ** 2) is .8; cut at 3
    np.testing.assert_allclose(mental, [0.8 - 0.6, 0.8 - 0.6, 8.0 + 3.0])
    assert list(rows["permanent"]) == [256, 384, 768]
    assert list(rows["mental"]) == [round(0.2 * LOG_GRID)] * 2 + [768]
    assert list(rows["slow"]) == [64, -768, 768]


def test_classes_of_latent_health_at_their_limits():
    rows = people(4, eligibility=CHILD)
    chance = ndtr(-2.0 + 2.0 * 0.6)
    luck = Dealt(
        4,
        uniform={
            Decision.CRISIS: [0.029, 0.031, LATE, LATE],
            Decision.FREQUENT: [0.039, 0.041, 0.099, 0.101],
            Decision.HIGH_NEED: [chance - 1e-6, chance + 1e-6, LATE, LATE],
            Decision.ED_FRAILTY: [0.5, 1 / (1 + np.exp(-2.0)), 0.5, 0.5],
            Decision.CARE_SEEKING: [0.5, 1 / (1 + np.exp(-3.0)), 0.5, 0.5],
        },
    )
    latent.fill_latent(rows, latents(), np.ones(4), luck)
    assert list(rows["crisis"]) == [1, 0, 0, 0]
    assert list(rows["frequent"]) == [2, 1, 1, 0]
    assert list(rows["high_need"]) == [1, 0, 0, 0]
    assert list(rows["ed_frailty"][:2]) == [0, 2 * LOG_GRID]
    assert list(rows["care_seeking"][:2]) == [0, 1.5 * LOG_GRID]


def test_high_need_has_its_share_in_each_group(registry):
    """Over a group's permanent health, normal with mean ``shift``, the mean of the chance is the declared share."""
    tables = latent.LatentTables.read(registry)
    grid = np.linspace(-8, 8, 4001)
    weight = np.exp(-(grid**2) / 2) / np.exp(-(grid**2) / 2).sum()
    chance = ndtr(tables.high_need_threshold[:, None] + tables.high_need_slope * (tables.shift[:, None] + grid))
    np.testing.assert_allclose(chance @ weight, registry.get("population.high_need"), rtol=1e-6)


# Conditions.


def test_a_threshold_undoes_the_shift_and_the_spread_of_a_group():
    """One group each at two ages, and both at a third; three traits of which each has its own slope and spread."""
    target = np.array([[0.1, 0.2, 0.3], [0.4, 0.05, 0.01], [0.2, 0.2, 0.2]])
    shares = np.array([[1.0, 0.0], [0.0, 1.0], [0.25, 0.75]])
    shift, slope, spread = np.array([0.5, -1.0]), np.array([0.0, 2.0, 3.0]), np.array([0.0, 1.5, 4.0])
    found = conditions.thresholds(target, shares, shift, slope, spread)
    for year, of_group in enumerate((0.5, -1.0)):
        by_hand = ndtri(target[year]) * np.sqrt(1 + spread**2) - slope * of_group
        np.testing.assert_allclose(found[year], by_hand, atol=1e-6)
    both = [ndtr((found[2] + slope * one) / np.sqrt(1 + spread**2)) for one in shift]
    np.testing.assert_allclose(0.25 * both[0] + 0.75 * both[1], target[2], atol=1e-6)


def declared_conditions(**other):
    each = len(CONDITIONS)
    usual = {
        "prevalence": np.full((5, each), 0.1), "health_slope": np.full(each, 2.0), "mental_slope": np.full(each, 3.0),
        "diagnosed_share": np.full(each, 0.5), "controlled_share": np.full(each, 0.75),
        "control_mental_loading": np.full(each, 0.5), "newcomer_diagnosed": 0.8, "opioid_early_months": 7,
    }  # fmt: skip
    return Declared(**usual | other)


def test_conditions_lean_on_health_and_mental_frailty_which_go_together():
    """Slopes 2 and 3, correlated by .6 x .5 through the frailty of needs: 4 + 9 + 2 x .3 x 6 = 16.6 in variance."""
    of_year = np.zeros((120, 5))
    of_year[:100, PARENT] = 0.01  # nobody over 99: the oldest take the shares of those of 99
    tables = conditions.ConditionTables.read(
        declared_conditions(), latents(need_correlation=0.6, mental_correlation=0.5), of_year
    )
    np.testing.assert_allclose(tables.threshold, ndtri(0.1) * np.sqrt(17.6) - 2.0 * 0.5, atol=1e-6)
    assert (tables.newcomer_diagnosed, tables.opioid_months) == (0.8, 7)


def condition_tables(**other):
    each = len(CONDITIONS)
    threshold = np.full((120, each), -5.0)
    threshold[3] = 1.0  # at the age of three
    usual = {
        "threshold": threshold, "health_slope": np.full(each, 2.0), "mental_slope": np.full(each, 3.0),
        "diagnosed": np.full(each, 0.5), "controlled": np.full(each, 0.75), "control_mental": np.full(each, 0.5),
        "newcomer_diagnosed": 0.8, "opioid_months": 7.0,
    }  # fmt: skip
    return conditions.ConditionTables(**usual | other)


def test_a_condition_is_there_below_a_threshold_that_health_moves():
    rows = people(4, age_months=[35, 36, 36, 36])
    draws = {PRESENT + c: 99.0 for c in range(len(CONDITIONS))} | {PRESENT + DIABETES: 3.29, PRESENT + ASTHMA: 3.31}
    permanent, mental = np.array([1.0, 1.0, 0.99, 1.0]), np.array([0.1, 0.1, 0.1, 0.09])
    conditions.fill_conditions(rows, condition_tables(), permanent, mental, Dealt(4, normal=draws), newcomer=False)
    assert list(rows["present"]) == [0, 1 << DIABETES, 0, 0]  # 1 + 2 x 1 + 3 x .1 = 3.3
    assert not rows["diagnosed"].any()
    assert not rows["controlled"].any()
    assert (rows["opioid_months"] == 7).all()


@pytest.mark.parametrize(
    ("newcomer", "known", "control", "bits"),
    [
        (False, 0.49, 0.99, (1, 1, 0)),
        (False, 0.51, 0.0, (1, 0, 0)),
        (True, 0.39, 0.99, (1, 1, 0)),  # .5 x .8
        (True, 0.41, 0.0, (1, 0, 0)),
        (False, 0.0, 0.524, (1, 1, 1)),  # odds of 3, times exp(-.5 x 2), of poor mental health: .5246
        (False, 0.0, 0.526, (1, 1, 0)),
    ],
)
def test_what_is_known_and_what_is_controlled(newcomer, known, control, bits):
    rows = people(age_months=36)
    luck = Dealt(
        1,
        normal={PRESENT + c: 99.0 for c in range(len(CONDITIONS))} | {PRESENT + DIABETES: 0.0},
        uniform={DIAGNOSED + DIABETES: known, CONTROLLED + DIABETES: control},
    )
    conditions.fill_conditions(rows, condition_tables(), np.zeros(1), np.array([2.0]), luck, newcomer=newcomer)
    assert tuple(rows[0][name] >> DIABETES & 1 for name in ("present", "diagnosed", "controlled")) == bits
    poor = 0.25 if bits[1] else 1.0
    assert rows["poor_control"][0, DIABETES] == poor * FRACTION_GRID
    assert rows["poor_control"][0, ASTHMA] == FRACTION_GRID


@pytest.mark.parametrize(("severe", "milder"), [(HEART_FAILURE, HEART_DISEASE), (OPIOID_USE, SUBSTANCE_USE)])
def test_a_severe_condition_is_the_end_of_the_milder_ones_draw(severe, milder):
    threshold = np.full((120, len(CONDITIONS)), -5.0)
    threshold[3, severe], threshold[3, milder] = 0.5, 1.0
    rows = people(3, age_months=36)
    luck = Dealt(
        3,
        normal={PRESENT + milder: [0.4, 0.6, 1.1], PRESENT + severe: [99.0, -99.0, -99.0]},
        uniform={DIAGNOSED + severe: 0.0},
    )
    none = np.zeros(3)
    conditions.fill_conditions(rows, condition_tables(threshold=threshold), none, none, luck, newcomer=False)
    both = 1 << severe | 1 << milder
    assert list(rows["present"]) == [both, 1 << milder, 0]
    assert list(rows["diagnosed"]) == [both, 0, 0]
    assert not rows["controlled"].any()


# Needs.


def need_tables(**other):
    chance = np.full((7, 3, 2, len(NEEDS)), 0.2)
    chance[:, :, 1] = 0.5
    usual = {
        "copula": 0.36, "prone": np.full((7, 3, len(NEEDS)), 1.0), "chance": chance, "exposure": np.zeros((7, 3)),
        "health_loading": 0.5, "mental_loading": 0.25, "age": np.ones((5, len(NEEDS))), "isolation_from": 720.0,
        "homeless_type": np.array([0.2, 0.7, 0.9]), "exposure_present": 4000, "exposure_absent": 1000,
    }  # fmt: skip
    return social_needs.NeedTables(**usual | other)


def test_who_is_prone_to_a_need_and_who_has_it():
    rows = people(4, age_months=480)
    luck = Dealt(
        4,
        normal={PRONE + FOOD: [0.51, 0.49, 0.51, 0.49]},  # .6 x 1 + .8 x .5 is the limit of 1
        uniform={NEED + FOOD: [0.49, 0.21, 0.51, 0.19]},
    )
    social_needs.fill_needs(rows, need_tables(), np.ones(4), luck)
    assert list(rows["prone"] >> FOOD & 1) == [1, 0, 1, 0]
    assert list(rows["needs"] >> FOOD & 1) == [1, 0, 0, 1]
    assert list(rows["exposure"][:, FOOD]) == [4000, 0, 1000, 4000]
    assert list(rows["felt_needs"] >> FOOD & 1) == [1, 0, 1, 1]


def test_tables_of_needs_are_of_the_race_the_home_and_the_age():
    """Row by row another race, home or age: only the middle one of each has a chance."""
    chance, prone, age = np.zeros((7, 3, 2, 7)), np.full((7, 3, 7), 99.0), np.ones((5, 7))
    chance[WHITE, 2, 0, TRANSPORT], age[3, TRANSPORT] = 0.5, 3.0
    rows = people(4, race=[WHITE, WHITE, HISPANIC, WHITE], rurality=[2, 1, 2, 2], age_months=[45 * 12] * 3 + [44 * 12])
    luck = Dealt(4, uniform={NEED + TRANSPORT: 0.74})  # odds of 1, times 3 from 45 to 64
    social_needs.fill_needs(rows, need_tables(chance=chance, prone=prone, age=age), np.zeros(4), luck)
    assert list(rows["needs"] >> TRANSPORT & 1) == [1, 0, 0, 0]


def test_homelessness_goes_with_unstable_housing_and_poor_health():
    """Odds of 1 with unstable housing, 1/4 without, times e for two sd of poor health or four of mental frailty."""
    rows = people(4, age_months=480, permanent=[0, 2 * LOG_GRID, 0, 0], mental=[0, 0, 4 * LOG_GRID, 0])
    with_health = np.e / (1 + np.e)
    luck = Dealt(
        4,
        uniform={
            NEED + HOUSING: [0.1, 0.1, 0.1, LATE],
            NEED + HOMELESSNESS: [0.499, with_health - 1e-3, with_health - 1e-3, 0.201],
            Decision.HOMELESS_TYPE: [0.19, 0.21, 0.95, 0.5],
        },
    )
    social_needs.fill_needs(rows, need_tables(), np.full(4, -9.0), luck)
    assert list(rows["needs"] >> HOMELESSNESS & 1) == [1, 1, 1, 0]
    assert list(rows["homeless_type"]) == [0, 1, 2, 0]  # the last draw is beyond the sums, by rounding
    assert not (rows["prone"] >> HOMELESSNESS & 1).any()
    assert list(rows["exposure"][:, HOMELESSNESS]) == [4000, 4000, 4000, 0]


def test_isolation_is_a_need_from_its_age_on():
    rows = people(2, age_months=[719, 720])
    social_needs.fill_needs(rows, need_tables(), np.zeros(2), Dealt(2, uniform={NEED + ISOLATION: 0.0}))
    assert list(rows["needs"] >> ISOLATION & 1) == [0, 1]


def test_odds_of_needs_by_race_and_home():
    odds = social_needs.odds_of_needs(
        Declared(
            race_onset_ratio=[1, 1, 1, 1, 1.5, 1, 2], rural_ratio=1.25, hispanic_housing_ratio=3,
            rural_transport_ratio=4,
        )
    )  # fmt: skip
    assert odds[WHITE, 0, FOOD] == 1
    assert odds[HISPANIC, 0, FOOD] == 1.5
    assert odds[HISPANIC, 0, HOUSING] == 4.5
    assert odds[HISPANIC, 1, HOUSING] == odds[HISPANIC, 2, HOUSING] == 4.5 * 1.25
    assert odds[WHITE, 1, TRANSPORT] == odds[WHITE, 2, TRANSPORT] == 4
    assert odds[6, 2, TRANSPORT] == 8
    assert odds[WHITE, 0, TRANSPORT] == 1


def test_shares_by_group_have_the_odds_and_the_mean():
    """Half of the people with odds of 4 against the others: 1/2 and 1/5 have a mean of .35; likewise 3 to 1."""
    odds = np.array([[[4.0]], [[1.0]]])
    even = social_needs.shares_by_odds(np.array([0.35]), odds, np.array([[10.0], [10.0]]))
    np.testing.assert_allclose(even.ravel(), [0.5, 0.2], atol=1e-9)
    uneven = social_needs.shares_by_odds(np.array([0.425]), odds, np.array([[30.0], [10.0]]))
    np.testing.assert_allclose(uneven.ravel(), [0.5, 0.2], atol=1e-9)


def test_exposure_is_what_lower_thresholds_mean_in_frailty():
    prone = np.ones((2, 1, len(NEEDS)))
    prone[1] = 0.4
    prone[:, :, HOMELESSNESS] = 77.0
    found = social_needs.exposure_of_groups(prone, 0.36, np.array([[3.0], [1.0]]))
    np.testing.assert_allclose(found.ravel(), [-0.15 / 0.6, 0.45 / 0.6])  # the mean threshold is .85


# Attachment, pregnancy, smoking.


def test_attachment_by_hand():
    tables = attachment.AttachmentTables(
        attached=np.array([0.9, 0.8, 0.7, 0.6, 0.5]), newcomer_attached=0.4, newborn_attached=0.3,
        since_primary=np.array([20.0, 10.0]), clock_longest=60.0, trust_mean=0.6, trust_sd=0.25,
        immunized=0.8, immunized_from=24.0, usual_wary=np.array([0, 0, 0, 0, 0.25, 0.5, 0]),
    )  # fmt: skip
    rows = people(
        5, age_months=[12, 24, 500, 500, 216], race=[WHITE, WHITE, HISPANIC, WHITE, WHITE], area=[0, 0, 1, 1, 1]
    )
    clinics = SimpleNamespace(choose=lambda area, uniform: np.asarray(area) * 10 + (uniform >= 0))
    np.testing.assert_array_equal(attachment.attached_share(rows, tables), [0.9, 0.9, 0.7, 0.7, 0.7])
    luck = Dealt(
        5,
        uniform={
            Decision.ATTACHED: [0.69, 0.71, 0.69, 0.71, LATE],
            Decision.SINCE_PRIMARY: [np.exp(-1.25), np.exp(-1.95), np.exp(-1.25), np.exp(-1.25), np.exp(-3.5)],
            Decision.IMMUNIZED: [0.39, 0.79, 0.0, 0.0, 0.0],
        },
        normal={Decision.TRUST: [1.0, -1.0, -3.0, 2.0, 0.0]},
    )
    attachment.fill_attachment(rows, tables, clinics, 1, luck, share=0.7)
    assert list(rows["clinic"]) == [1, 1, 11, 11, 11]
    assert list(rows["attached"]) == [1, 0, 1, 0, 0]
    assert list(rows["since_primary"]) == [12, 24, 12, 25, 60]  # 12.5; 39, at most its age; 12.5; 25; 70
    assert list(rows["trust"]) == [round(x * FRACTION_GRID) for x in (0.85, 0.35, 0, 1, 0.6)]
    assert list(rows["given"] >> CHILDHOOD_IMMUNIZATION & 1) == [1, 1, 0, 0, 0]
    assert (rows["given"] == rows["recorded"]).all()
    assert list(rows["wary"]) == [2048, 2048, 1024, 2048, 2048]
    assert (rows["since_screened"] == LONGEST_AGO).all()
    assert (rows["since_care"] == 12).all()
    late = people(2, age_months=[12, 24])
    attachment.fill_attachment(
        late, tables, clinics, 1, Dealt(2, uniform={Decision.IMMUNIZED: [0.41, 0.81]}), share=1.0
    )
    assert not late["given"].any()  # .8, by half at half the age


def test_pregnancy_by_hand():
    tables = health.PregnancyTables(np.array([0, 0.1, 0.2, 0, 0]), np.array([0, 0.3, 0.4, 0, 0]), (180.0, 540.0))
    women = people(6, sex=[FEMALE] * 5 + [MALE], age_months=[179, 180, 300, 300, 540, 300])
    draws = {Decision.PREGNANT: [0, 0.09, 0.19, 0.21, 0, 0], Decision.PREGNANT_MONTH: [0, 0, 0.999, 0, 0, 0],
             Decision.POSTPARTUM: [0, 0, 0, 0.39, 0, 0], Decision.POSTPARTUM_MONTH: [0, 0, 0, 0.999, 0, 0]}  # fmt: skip
    health.fill_pregnancy(women, tables, Dealt(6, uniform=draws))
    assert list(women["pregnant"]) == [0, 1, 9, 0, 0, 0]
    assert list(women["postpartum"]) == [0, 0, 0, 12, 0, 0]
    later = people(2, sex=FEMALE, age_months=[180, 300])
    health.fill_pregnancy(
        later, tables, Dealt(2, uniform={Decision.POSTPARTUM: [0.29, 0.41], Decision.POSTPARTUM_MONTH: 0})
    )
    assert list(later["postpartum"]) == [1, 0]


def test_the_ages_between_which_women_give_birth_are_declared_in_years():
    tables = health.PregnancyTables.read(
        Declared(fertile_from=15, fertile_to=45, pregnant=[0.1] * 5, postpartum=[0.2] * 5)
    )
    assert tables.fertile == (180, 540)
    assert (tables.pregnant[0], tables.postpartum[0]) == (0.1, 0.2)


def test_smokers_under_18_bear_no_risk_yet():
    rows = people(3, age_months=[215, 216, 216])
    smoking.fill_smoking(rows, 0.3, Dealt(3, uniform={SMOKES: [0.29, 0.29, 0.31]}))
    assert list(rows["smokes"]) == [1, 1, 0]
    assert list(rows["smoking_risk"]) == [0, FRACTION_GRID, 0]


def test_homes_by_race():
    """Of the last county 3 in 4 are urban, the second is frontier; three places: last, second, last."""
    geography = SimpleNamespace(
        county_of_place=np.array([2, 1, 2]), frontier=np.array([True, True, False]), urban=np.array([0.1, 0.5, 0.75])
    )
    table = np.zeros((2, 2, 1, 3, 1))
    table[0, 0, 0, :, 0], table[1, 1, 0, :, 0] = (0.1, 0.2, 0.3), (0.4, 0.0, 0.0)
    found = health.race_by_rurality(SimpleNamespace(table=table), geography)
    np.testing.assert_allclose(found, [[0.3, 0.1, 0.2], [0.3, 0.1, 0.0]])


# Cover, homes and households.


def test_cover_by_hand():
    tables = synthesis.CoverTables(
        open_card=np.array([0.1, 0.2, 0, 0, 0]), dual=np.array([0.3, 0.4, 0, 0, 0]),
        third_party=np.array([0.5, 0.6, 0, 0, 0]), months_covered=np.array([10.0, 20.0, 0, 0, 0]),
        months_covered_longest=np.float64(60),
    )  # fmt: skip
    rows = people(4, eligibility=[CHILD, PARENT, PARENT, CHILD], age_months=[200, 400, 400, 3])
    luck = Dealt(
        4,
        uniform={
            Decision.IN_CCO: [0.1, 0.19, 0.2, 0.09], Decision.DUAL: [0.29, 0.39, 0.41, 0.31],
            Decision.THIRD_PARTY: [0.49, 0.59, 0.61, 0.51], Decision.MONTHS_COVERED: np.exp([-2.05, -2.05, -5.0, -9.0]),
        },
    )  # fmt: skip
    synthesis.fill_cover(rows, tables, luck)
    assert list(rows["in_cco"]) == [1, 0, 1, 0]
    assert list(rows["dual"]) == [1, 1, 0, 0]
    assert list(rows["third_party"]) == [1, 1, 0, 0]
    assert list(rows["months_covered"]) == [20, 41, 60, 3]


def test_identity_by_hand():
    """The first group is children of 0 to 4, the last the oldest; ages are even between the ends of a level."""
    last = len(ages.GROUPS) - 1
    who = SimpleNamespace(group=np.array([0, 0, last]), sex=MALE, race=WHITE, language=2, place=np.array([1, 0, 1]))
    geography = SimpleNamespace(county_of_place=np.array([7, 5]))
    rows = people(3)
    keys = np.array([4, 5, 6], np.uint64)
    synthesis.fill_identity(rows, keys, who, 3, geography, Dealt(3, uniform={Decision.AGE: [0.0, 0.9999, 0.5]}))
    assert list(rows["age_months"]) == [0, 59, 95 * 12]
    assert list(rows["eligibility"]) == [CHILD, CHILD, AGED]
    assert list(rows["county"]) == [5, 7, 5]
    assert [list(rows[name]) for name in ("key", "area", "status", "sex", "race", "language")] == [
        [4, 5, 6], [3] * 3, [ENROLLED] * 3, [MALE] * 3, [WHITE] * 3, [2] * 3,
    ]  # fmt: skip


def test_children_of_a_kin_share_its_women_by_turns():
    """Five children and two a home make three homes; two women may be mothers, so the third home goes to the first.

    No mothers: a woman of 45, a disabled one, a man, a woman of another race, of another language or of another county.
    """
    rows = people(
        13,
        key=np.arange(10, 23),
        eligibility=[CHILD] * 5 + [PARENT, EXPANSION, PARENT, DISABLED, PARENT, PARENT, PARENT, PARENT],
        sex=[MALE] * 5 + [FEMALE] * 4 + [MALE] + [FEMALE] * 3,
        age_months=[60] * 5 + [539, 300, 540, 300, 300, 300, 300, 300],
        race=[0] * 10 + [1, 0, 0],
        language=[0] * 11 + [1, 0],
        county=[0] * 12 + [1],
    )
    luck = Dealt(13, uniform={Decision.HOUSEHOLD_ORDER: np.linspace(0.1, 0.9, 13)})
    assert list(synthesis.households(rows, 2.0, 45.0, luck)) == [15, 16, 15, 16, 15, *range(15, 23)]
    assert list(synthesis.households(rows, 4.0, 45.0, luck)[:5]) == [15, 16, 15, 16, 15]
    assert list(synthesis.households(rows, 5.0, 45.0, luck)[:5]) == [15] * 5  # no more women than homes are needed
    turned = Dealt(13, uniform={Decision.HOUSEHOLD_ORDER: np.linspace(0.9, 0.1, 13)})
    assert list(synthesis.households(rows, 2.0, 45.0, turned)[:5]) == [16, 15, 16, 15, 16]


def test_children_without_a_possible_mother_have_the_key_of_the_first_of_each_home():
    rows = people(6, key=np.arange(10, 16), eligibility=CHILD, race=[0, 0, 0, 0, 0, 2])
    luck = Dealt(6, uniform={Decision.HOUSEHOLD_ORDER: np.linspace(0.1, 0.9, 6)})
    assert list(synthesis.households(rows, 2.0, 45.0, luck)) == [10, 11, 12, 10, 11, 15]


# Newcomers and people off cover.


def test_people_off_cover_by_hand():
    """A scale of 2 months and a shape of 2: 1, exp(-1/4) and exp(-1) are still off after 0, 1 and 2 months."""
    found = flow.OffCover.read(
        Declared(
            off_cover_longest=3, off_cover_scale=2, off_cover_shape=2, off_cover=0.2, relative_exit=[1, 2, 3, 4, 5]
        )
    )
    parts = np.exp([0.0, -0.25, -1]) / np.exp([0.0, -0.25, -1]).sum()
    np.testing.assert_allclose(found.upto, np.cumsum(parts))
    assert found.per_member == 0.2
    assert found.tilt[-1] == 5
    rows = people(3, status=ENROLLED, months_covered=30)
    found.fill(rows, Dealt(3, uniform={Decision.MONTHS_OFF: [parts[0] - 0.01, parts[0] + 0.01, 0.95]}))
    assert list(rows["months_off"]) == [0, 1, 2]
    assert (rows["status"] == OFF_COVER).all()
    assert not rows["months_covered"].any()


def test_poisson_numbers_are_those_whose_cumulated_chance_first_reaches_the_draw():
    mean = 2.0
    upto = np.exp(-mean) * np.cumsum([1, 2, 2, 4 / 3, 2 / 3])
    draws = np.concatenate([upto - 1e-9, upto + 1e-9])
    assert list(flow.poisson_by_inversion(draws, np.full(10, mean))) == [0, 1, 2, 3, 4, 1, 2, 3, 4, 5]


def declared_flow(**other):
    usual = {
        "exit_rate": 0.01, "relative_exit": [1, 2, 3, 0.5, 1], "ever_return": 0.6, "death_rate": [0.001] * 4 + [0.004],
        "births": 0.002, "leave_at_19": 0.25, "leave_at_65": 0.5,
    }  # fmt: skip
    return Declared(**usual | other)


def first_of(eligibility):
    return int(np.flatnonzero(eligibility == ages.GROUP_ELIGIBILITY)[0])


def last_of(eligibility):
    return int(np.flatnonzero(eligibility == ages.GROUP_ELIGIBILITY)[-1])


def test_who_leaves_for_good():
    leaves = flow.leaving_for_good(declared_flow())
    assert leaves[first_of(PARENT)] == pytest.approx(0.01 * 2 * 0.4 + 0.001)
    assert leaves[first_of(DISABLED)] == pytest.approx(0.01 * 0.5 * 0.4 + 0.001)
    assert leaves[first_of(AGED)] == pytest.approx(0.01 * 0.4 + 0.004)


def test_who_grows_into_a_group():
    out = np.linspace(0.01, 0.02, len(ages.GROUPS))
    into = flow.grown_into(out, declared_flow())
    assert into[first_of(CHILD)] == 0.002
    assert into[first_of(EXPANSION)] == pytest.approx(out[last_of(CHILD)] * 0.75)
    assert into[first_of(PARENT)] == into[first_of(DISABLED)] == 0
    assert into[first_of(AGED)] == pytest.approx(out[[last_of(g) for g in (PARENT, EXPANSION, DISABLED)]].sum() * 0.5)
    np.testing.assert_array_equal(into[1 : last_of(CHILD) + 1], out[: last_of(CHILD)])
    np.testing.assert_array_equal(into[first_of(AGED) + 1 :], out[first_of(AGED) : -1])


def test_newcomers_make_up_for_what_each_kind_loses():
    """Of a kind as many come as it loses; to an age group that grows by aging nobody does, and the others get fewer."""
    share = np.full(len(ages.GROUPS), 1.0)
    share[first_of(AGED)] = 0.0
    per_member = flow.newcomer_profile(share, declared_flow())
    assert per_member[first_of(AGED)] == 0
    lost = flow.leaving_for_good(declared_flow()) * share
    out = share / np.array([ages.AGE_LEVELS[group.age].months for group in ages.GROUPS])
    into = flow.grown_into(out, declared_flow())
    for kind in range(len(ELIGIBILITIES)):
        of_kind = kind == ages.GROUP_ELIGIBILITY
        net = (lost + out - into)[of_kind]
        assert (per_member * share)[of_kind].sum() == pytest.approx(max(net.sum(), 0))
        assert ((per_member * share)[of_kind][net < 0] == 0).all()


# Clinics.


def test_clinics_by_hand():
    declared = Declared(
        members_per_clinic=1000, clinics_least=2, clinic_size_spread=0.0, clinic_capacity=0.5, clinic_wait=9,
        clinic_lost=0.125, clinic_tier=[0.25, 0.75], clinic_intake=0.75,
    )  # fmt: skip
    built = supply.build_clinics(np.array([3001.0, 400.0]), np.array([10.0, 4.0]), 1, declared)
    assert list(built.rows["area"]) == [0, 0, 0, 0, 1, 1]
    np.testing.assert_allclose(built.rows["capacity"], [300.1 * 0.5 / 4] * 4 + [100 * 0.5 / 2] * 2)
    assert list(built.first) == [0, 4, 6]
    np.testing.assert_allclose(built.upto, [0.25, 0.5, 0.75, 1, 1.5, 2])
    assert [built.rows[0][name] for name in ("wait_days", "lost", "intake")] == [9, 0.125, 0.75]
    areas = np.array([0, 0, 0, 1, 1, 1], np.int8)
    assert list(built.choose(areas, np.array([0.2, 0.3, 0.999, 0.4, 0.6, 1.0]))) == [0, 1, 3, 4, 5, 5]


def test_tiers_of_clinics_have_their_shares():
    declared = Declared(
        members_per_clinic=1, clinics_least=2, clinic_size_spread=0.0, clinic_capacity=0.5, clinic_wait=9,
        clinic_lost=0.125, clinic_tier=[0.25, 0.5, 0.25], clinic_intake=0.75,
    )  # fmt: skip
    tiers = supply.build_clinics(np.array([4000.0]), np.ones(1), 1, declared).rows["tier"]
    np.testing.assert_allclose(np.bincount(tiers) / 4000, [0.25, 0.5, 0.25], atol=0.03)
