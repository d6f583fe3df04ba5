"""The tables that the rules read, worked out for the one condition, need or age whose numbers differ."""

from itertools import pairwise

import numpy as np
import pytest

from sim.member import prepare
from sim.member.prepare import (
    access_tables,
    care_tables,
    health_tables,
    mortality_tables,
    need_tables,
    practice_tables,
    spending_tables,
    treatment_tables,
)
from sim.schema import (
    AGE_BANDS,
    ASTHMA,
    CONDITIONS,
    COPD,
    DEPRESSION,
    DIABETES,
    EMERGENCY,
    ENROLLED,
    FOOD,
    HEART_DISEASE,
    HEART_FAILURE,
    HISPANIC,
    HOMELESSNESS,
    HOUSING,
    HYPERTENSION,
    INPATIENT,
    MATERIAL,
    MEMBER,
    NEEDS,
    OFF_COVER,
    OPIOID_USE,
    ORAL_DISEASE,
    PHARMACY,
    PRIMARY,
    RACES,
    RURALITIES,
    SAFETY,
    SCHEDULED_AND_DRUGS,
    SERIOUS_MENTAL_ILLNESS,
    SERVICES,
    SUBSTANCE_USE,
    TRANSPORT,
    UTILITIES,
    WHITE,
)

pytestmark = pytest.mark.quick

C, N, S, A = (len(names) for names in (CONDITIONS, NEEDS, SERVICES, AGE_BANDS))


def full(*shape, at=None, usual=1.0):
    """A table of one number, with others at some places."""
    table = np.full(shape, usual)
    for place, value in (at or {}).items():
        table[place] = value
    return table


def test_tables_of_health():
    onset = full(5, C, at={(2, DIABETES): 0.3, (4, DIABETES): 0.2}, usual=0.1)
    found = health_tables(
        {
            "health_slow_persistence": np.array(0.6),
            "health_slow_persistence_high_need": np.array(0.8),
            "health_onset": onset,
            "health_onset_mental_loading": full(C, at={DEPRESSION: 0.7}, usual=0.2),
            "health_onset_loading": np.array(0.4),
            "health_crisis_loading": np.array(0.6),
        }
    )
    assert list(found["health_persistence"]) == [0.6, 0.8]
    assert found["health_shock"] == pytest.approx([0.8, 0.6])
    assert found["health_highest_onset"][[DIABETES, ASTHMA]] == pytest.approx([0.3, 0.1])
    assert (found["health_highest_onset"] >= onset).all()
    upper = np.arange(-127, 130) / 16  # standard deviations, where each step ends
    assert found["health_highest_frail"] == pytest.approx(np.exp(0.4 * upper), rel=2e-3)
    assert found["health_highest_mental"] == pytest.approx(np.exp(0.7 * np.maximum(upper, 0)), rel=2e-3)
    assert found["health_highest_crisis"] == pytest.approx(np.exp(0.6 * np.arange(-255, 258) / 16), rel=2e-3)
    of_severe = {HEART_FAILURE: 1 << HEART_DISEASE, OPIOID_USE: 1 << SUBSTANCE_USE}
    of_mild = {HEART_DISEASE: 1 << HEART_FAILURE, SUBSTANCE_USE: 1 << OPIOID_USE}
    assert list(found["milder"]) == [of_severe.get(c, 0) for c in range(C)]
    assert list(found["severer"]) == [of_mild.get(c, 0) for c in range(C)]


def test_ratios_of_death_multiply_up_to_a_cap():
    last = C - 1
    ratio = mortality_tables(
        {
            "enrollment_standardized_mortality_ratio": full(C, at={0: 2.0, 1: 3.0, last: 5.0}),
            "enrollment_mortality_ratio_cap": np.array(12.0),
        }
    )["mortality_ratio"]
    assert [ratio[mask] for mask in (0, 1, 2, 3, 4, 1 << last, 1 << last | 1, 1 << last | 3)] == [
        1, 2, 3, 6, 1, 5, 10, 12,
    ]  # fmt: skip


def treatment(**other):
    usual = {
        "treatment_seen_gain_ratio": np.array(3.0), "treatment_seen_share": full(C, at={DIABETES: 0.25}, usual=0.5),
        "treatment_filled_loss_ratio": np.array(0.5), "treatment_filled_share": full(C, at={DIABETES: 0.5}, usual=0.8),
        "treatment_mean_need_gain": np.array(0.8), "treatment_conflict_loss_ratio": np.array(1.5),
        "treatment_conflict_share": np.array(0.2), "treatment_need_gain_ratio": full(N, at={FOOD: 0.7}),
        "treatment_need_onset_ratio": full(
            N, C, at={(FOOD, DIABETES): 2.0, (HOUSING, DIABETES): 3.0, (SAFETY, DIABETES): 0.5}
        ),
        "treatment_slow_share": full(C, at={DIABETES: 0.5}, usual=0.0),
        "treatment_poor_control_death_ratio": full(C, at={DIABETES: 2.0, ASTHMA: 0.9}),
        "treatment_smoking_onset_ratio": full(C, at={DIABETES: 1.5, COPD: 4.0}),
        "treatment_mean_need_onset": full(C, at={DIABETES: 1.25}),
        "care_uncontrolled_ratio": full(C, S, at={DIABETES: 4.0}),
    }  # fmt: skip
    return treatment_tables(usual | other)


def test_factors_of_treatment_have_a_mean_of_one_among_those_who_are_seen_and_fill():
    found = treatment()
    # one in four is seen, and gains three times as often: 1 / 1.5 and 3 / 1.5; needs halve it to .8 on average
    assert found["gain_if_seen"][DIABETES] == pytest.approx([1 / 1.5 / 0.8, 3 / 1.5 / 0.8])
    assert found["gain_if_seen"][ASTHMA] == pytest.approx([1 / 2 / 0.8, 3 / 2 / 0.8])
    # half fill, and lose control half as often: 1 / .75 and .5 / .75; conflicts of one in five make it 1.1
    assert found["loss_if_filled"][DIABETES] == pytest.approx([1 / 0.75 / 1.1, 0.5 / 0.75 / 1.1])


def test_what_needs_smoking_and_years_of_poor_control_do():
    found = treatment()
    assert found["need_log_gain"][[FOOD, HOUSING]] == pytest.approx([np.log(0.7), 0])
    assert found["need_log_onset"].shape == (C, N)
    assert found["need_log_onset"][DIABETES, [FOOD, HOUSING, SAFETY]] == pytest.approx(np.log([2, 3, 0.5]))
    # nobody has less than no need: without needs 4 (smoking, of lung disease), with them 2 x 3 x 1.5 / 1.25
    assert found["exposed_onset"] == pytest.approx([4.0, 7.2])
    assert found["complication_excess"][DIABETES, [PRIMARY, EMERGENCY, INPATIENT]] == pytest.approx([0, 1, 1])
    assert not np.delete(found["complication_excess"], DIABETES, axis=0).any()
    assert found["treatment_log_death"][[DIABETES, ASTHMA]] == pytest.approx(np.log([2, 0.9]))
    assert found["deadly_conditions"] == 1 << DIABETES


def needs(**other):
    of_need = {f"needs_{need}_onset": np.array(0.01 * (n + 1)) for n, need in enumerate(NEEDS)}
    of_prone = {f"needs_{need}_onset_prone": np.array(0.1 * (n + 1)) for n, need in enumerate(NEEDS)}
    usual = {
        "needs_race_onset_ratio": full(len(RACES), at={HISPANIC: 1.5}), "needs_hispanic_housing_ratio": np.array(2.0),
        "needs_rural_ratio": np.array(1.25), "needs_rural_transport_ratio": np.array(3.0),
        "needs_winter_utilities_ratio": np.array(2.2), "needs_age_ratio": full(A, N, at={(1, FOOD): 1.5}),
        "needs_causal": full(N, S, at={(FOOD, 0): 1.1, (TRANSPORT, 3): 0.5, (HOMELESSNESS, 1): 1.5}),
        "package_onset_ratio": full(2, N, at={(0, SAFETY): 1.2, (1, SAFETY): 1.5, (0, FOOD): 0.1}),
    }  # fmt: skip
    return need_tables(of_need | of_prone | usual | other)


def test_chances_that_needs_begin_by_race_and_home():
    onset = needs()["need_onset"]
    urban, rural, frontier = range(len(RURALITIES))
    assert onset[WHITE, urban, 0] == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07])
    assert onset[WHITE, urban, 1, FOOD] == pytest.approx(0.1)
    assert onset[WHITE, rural, 0, FOOD] == pytest.approx(0.0125)
    assert onset[HISPANIC, urban, 0, FOOD] == pytest.approx(0.015)
    assert onset[HISPANIC, urban, 0, HOUSING] == pytest.approx(0.06)
    assert onset[HISPANIC, frontier, 0, HOUSING] == pytest.approx(0.075)
    assert onset[WHITE, rural, 0, TRANSPORT] == onset[WHITE, frontier, 0, TRANSPORT] == pytest.approx(0.09)
    assert onset[HISPANIC, rural, 1, TRANSPORT] == 1.0  # .3 x 3 x 1.5, at most certain


def test_winter_utilities_have_a_year_of_one():
    season = needs()["need_season"]
    winter, rest = 2.2 / 1.5, 1 / 1.5  # five months of twelve: (5 x 2.2 + 7) / 12 is 1.5
    by_month = [winter, winter, winter, *[rest] * 7, winter, winter]  # from January
    assert season[:, UTILITIES] == pytest.approx(by_month)
    assert (np.delete(season, UTILITIES, axis=1) == 1).all()


def test_needs_are_ordered_by_their_strongest_effect():
    found = needs()
    assert list(found["need_order"][:3]) == [TRANSPORT, HOMELESSNESS, FOOD]
    rank = {need: place for place, need in enumerate(found["need_order"])}
    for mask in (0, 1 << FOOD, 1 << TRANSPORT | 1 << FOOD, (1 << N) - 1):
        assert found["need_ranks"][mask] == sum(1 << rank[n] for n in range(N) if mask >> n & 1)
    assert found["needs_log_causal"][TRANSPORT, 3] == pytest.approx(np.log(0.5))


def test_the_bound_of_needs_is_that_of_race_home_season_age_and_packages():
    found = needs()["need_highest_onset"]
    raised = 1.8  # two packages that raise the same need; one that lowers another does nothing to the bound
    assert found[0, FOOD] == pytest.approx(0.01 * 1.5 * 1.25 * 1.5 * raised, rel=2e-3)
    assert found[0, UTILITIES] == pytest.approx(0.04 * 1.5 * 1.25 * 2.2 / 1.5 * raised, rel=2e-3)
    assert found[0, HOMELESSNESS] == pytest.approx(0.07 * 1.5 * 1.25 * np.exp(2) * raised, rel=2e-3)
    assert found[1, FOOD] == pytest.approx(0.1 * 1.5 * 1.25 * 1.5 * raised, rel=2e-3)


def care(**other):
    usual = {
        "levels_use": full(A, S, at={(2, PRIMARY): 3.0}), "care_female_ratio": full(S, usual=2.0),
        "treatment_error_stay_share": np.array(0.25), "care_condition_ratio": full(C, S, at={DIABETES: 4.0}),
        "care_undiagnosed_share": np.array(0.5), "care_uncontrolled_ratio": full(C, S, at={DIABETES: 9.0}),
        "treatment_slow_share": full(C, at={DIABETES: 0.5}, usual=0.0), "care_length_of_stay": np.array(5.0),
        "care_season_child_asthma": full(12, at={8: 7.0}), "care_crisis_ratio": full(S, usual=2.0),
        "care_high_need_ratio": full(S, usual=3.0), "care_season_general": np.array(0.1),
        "care_season_heart_failure": np.array(0.2), "care_season_respiratory": np.array(0.3),
        "care_delivery_days": np.array(2.6), "care_avoidable_share": full(A, usual=0.3),
        "care_treatable_share": full(A, at={0: 0.2}, usual=0.6),
    }  # fmt: skip
    return care_tables(usual | other)


def test_use_by_age_and_sex():
    base = np.exp(care()["care_log_base"])  # [age band, sex, service]
    assert base[2, 0, PRIMARY] == pytest.approx(6)  # women from 18 to 64
    assert base[2, 1, PRIMARY] == pytest.approx(3)
    assert base[3, 0, PRIMARY] == pytest.approx(2)
    assert base[[0, 1, 4], 0, PRIMARY] == pytest.approx(1)
    assert base[0, :, INPATIENT] == pytest.approx(0.75)  # stays by errors come on their own
    assert base[0, :, EMERGENCY] == pytest.approx(1)


def test_what_a_condition_adds_to_use_by_what_is_known_and_controlled():
    ratio = 1 + care()["care_excess"][DIABETES]  # [unknown, known, controlled; service]
    assert ratio[2] == pytest.approx(4)
    assert ratio[1, [PRIMARY, PHARMACY]] == pytest.approx(36)
    assert ratio[1, [EMERGENCY, INPATIENT]] == pytest.approx(12)  # half of the log ratio takes years
    assert ratio[0, list(SCHEDULED_AND_DRUGS)] == pytest.approx(18)  # what is not known is half sought
    assert ratio[0, [EMERGENCY, INPATIENT]] == pytest.approx(12)
    assert (care()["care_excess"][ASTHMA] == 0).all()


def test_seasons_causes_and_days():
    found = care()
    assert found["season_emergency"][[0, 3, 6]] == pytest.approx([0.1, 0, -0.1])
    assert found["season_heart_failure"][[0, 6]] == pytest.approx([0.2, -0.2])
    assert found["season_respiratory"][[0, 6]] == pytest.approx([0.3, -0.3])
    assert np.exp(found["season_child_asthma"]) == pytest.approx([1 / 1.5] * 8 + [7 / 1.5] + [1 / 1.5] * 3)
    assert found["delivery_days"] == 3
    assert found["length_of_stay"].mean() == pytest.approx(5, rel=0.02)
    assert found["length_of_stay"].min() == 1
    assert found["avoidable_of_treatable"] == pytest.approx([1, 0.5, 0.5, 0.5, 0.5])
    assert (found["care_log_crisis"][0], found["care_log_high_need"][0]) == pytest.approx((np.log(2), np.log(3)))
    chronic = (DIABETES, HYPERTENSION, HEART_DISEASE, HEART_FAILURE, ASTHMA, COPD)
    assert found["chronic"] == sum(1 << c for c in chronic)
    causes = {ORAL_DISEASE: 4} | dict.fromkeys((DEPRESSION, SERIOUS_MENTAL_ILLNESS, SUBSTANCE_USE, OPIOID_USE), 3)
    assert list(found["emergency_of_condition"]) == [causes.get(c, 2) for c in range(C)]


def test_logs_of_access_are_each_of_its_own_ratio():
    names = (
        *("off_cover_ratio", "unattached_ratio", "entry_boost", "language_ratio", "rural_specialist_ratio"),
        "experience_ratio",
    )
    declared = {f"access_{name}": np.array(2.0 + place) for place, name in enumerate(names)}
    declared |= {"equity_distrust_ratio": np.array(0.5), "equity_day_off_ratio": np.array(0.25)}
    declared |= {"access_usual_experience": np.array(0.75)}
    found = access_tables(declared | {"events_visits": full(S, 3, at={(PHARMACY, 1): 0.7, (PHARMACY, 2): 1.5})})
    for place, name in enumerate(name.removesuffix("_ratio") for name in names):
        assert found[f"access_log_{name}"] == pytest.approx(np.log(2 + place))
    worst = 0.75 * found["access_log_experience"]  # no experience is good, where 75 percent are usual
    assert found["access_highest_experience"] == pytest.approx(np.exp(worst), rel=2e-3)
    assert found["equity_log_distrust"] == pytest.approx(np.log(0.5))
    assert found["equity_log_day_off"] == pytest.approx(np.log(0.25))
    assert found["events_log_visits"].shape == (3, S)
    assert found["events_log_visits"][1, PHARMACY] == pytest.approx(np.log(0.7))
    assert found["events_fills_missed"] == pytest.approx([0, 0.3, 0])


def test_prices_by_age_and_the_spread_of_amounts():
    found = spending_tables(
        {
            "spending_severity_age_ratio": full(A, at={4: 0.5}), "spending_severity": full(S, at={INPATIENT: 1.5}),
            "spending_price_level": np.array(1.1), "spending_delivery_price": np.array(1000.0),
            "levels_price": full(S, at={INPATIENT: 200.0}, usual=10.0),
            "levels_price_age_ratio": full(A, S, at={4: 2.0}),
        }
    )  # fmt: skip
    assert found["spending_delivery_price"] == pytest.approx(1100)
    assert found["spending_price_by_age"][[0, 4], INPATIENT] == pytest.approx([220, 440])
    assert found["spending_price_by_age"][[0, 4], PRIMARY] == pytest.approx([11, 22])
    assert found["severity_sigma"][[0, 4], INPATIENT] == pytest.approx([1.5, 0.75])
    # a log-normal amount has mean 1: the log of its level is -sigma ** 2 / 2, of the normal numbers that rules draw
    assert found["severity_log_level"][[0, 4], INPATIENT] == pytest.approx([-1.125, -0.28125], abs=0.03)


def test_what_clinicians_expect_a_member_to_cost():
    found = practice_tables(
        {
            "levels_use": full(A, S, at={(0, PRIMARY): 3.0}), "levels_price": full(S, usual=2.0),
            "levels_price_age_ratio": full(A, S, at={4: 1.5}),
            "care_condition_ratio": full(C, S, at={(DIABETES, PRIMARY): 3.0}),
        }
    )  # fmt: skip
    ages = [2.0 * (S + 2), 2.0 * S, 2.0 * S, 2.0 * S, 3.0 * S]
    assert found["expected_by_age"] == pytest.approx(ages)
    primary = 6.0 + 2 * 3 + 3
    assert found["expected_excess"][DIABETES] == pytest.approx(2 * primary / sum(ages))
    assert found["expected_excess"][ASTHMA] == pytest.approx(0)


def test_members_are_ranked_by_their_material_needs_and_the_mean_rank_is_nought():
    """Of eight who are here four are prone to none, three to one and one to two; who has gone does not count."""
    rows = np.zeros(9, MEMBER)
    one, two, other = 1 << MATERIAL[0], 1 << MATERIAL[0] | 1 << MATERIAL[1], 1 << SAFETY
    rows["prone"] = [0, 0, other, 0, one, one, one | other, two, two]
    rows["status"] = [OFF_COVER, *[ENROLLED] * 7, 99]
    params = {"means_place": np.zeros((1, 1 << N))}
    prepare.rank_means(params, rows)
    rank = params["means_place"][0]
    assert [rank[mask] for mask in (0, other, one, two)] == pytest.approx([0.5, 0.5, -0.375, -0.875])
    assert 4 * rank[0] + 3 * rank[one] + rank[two] == pytest.approx(0)
    assert all(rank[a] > rank[b] for a, b in pairwise((0, one, two)))


def test_the_life_table_is_a_month_of_a_year_by_age_and_sex(tmp_path):
    (tmp_path / "evidence").mkdir()
    lines = ["age_years,sex,death_probability", "0,female,0.19", "0,male,0.36", "45,male,0.51", "119,female,1.0"]
    (tmp_path / "evidence" / "life_table.csv").write_text("\n".join(lines))
    factor = {
        "enrollment_death": full(A, at={3: 3.0}, usual=2.0),
        "levels_mean_mortality_ratio": full(A, at={3: 1.5}, usual=4.0),
    }
    table = prepare.life_table(tmp_path, factor)
    # the yearly hazard, times the factor of the age band, over twelve months
    assert (1 - table[0, 0]) ** 12 == pytest.approx(0.81**0.5)
    assert (1 - table[0, 1]) ** 12 == pytest.approx(0.64**0.5)
    assert (1 - table[45, 1]) ** 12 == pytest.approx(0.49**2)
    assert (1 - table[119, 0]) ** 12 == pytest.approx(0.001**0.5)
    assert table[30].max() == 0
