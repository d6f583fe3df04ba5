"""Treatment reaches health: signs and sizes by the rules themselves, each with its planted bug."""

import numpy as np
import pytest

from sim.agents.providers.opioid_slots import OpioidSlots, SlotTerms
from sim.axes import parameters_of
from sim.member.communication import suffer_error
from sim.member.complications import wear_down, worsened
from sim.member.control import gain_probability, loss_probability, recent_care
from sim.member.health import exposed
from sim.member.mortality import death_probability
from sim.member.opioid_treatment import count_opioid_months, opioid_death
from sim.member.smoking import smoking_ratio
from sim.paths import conf_folder
from sim.schema import (
    CONDITIONS,
    CONFLICTING,
    DENTAL,
    DIABETES,
    EMERGENCY,
    FOOD,
    FRACTION_GRID,
    HARMED,
    HOMELESSNESS,
    HYPERTENSION,
    INPATIENT,
    OPIOID_USE,
    ORAL_DISEASE,
    PHARMACY,
    SERIOUS_MENTAL_ILLNESS,
    SPECIALIST,
)
from sim.start import quiet_areas
from tests.support.still_life import live, member, parameters

REGISTRY = parameters_of(conf_folder())


@pytest.fixture
def p():
    """The parameters of the model, but for what ``still_life`` switches off."""
    p = parameters("primary")
    p["health_control_gain"] = REGISTRY.monthly("health.control_gain")
    p["health_control_loss"] = REGISTRY.monthly("health.control_loss")
    return p


def one(age=50.5, **fields):
    fields = {"since_care": 12} | fields
    return np.array(member(age, **fields)).view(np.recarray)[0]


def here():
    return quiet_areas(1)[0]


def gain(m, c, p):
    return gain_probability(m, c, recent_care(m, p[0]), here(), p[0])


def log_stays(m, condition, p):
    """Log ratio of stays of one condition, whatever its state: what years of poor control have added."""
    return np.log(worsened(m, condition, INPATIENT, p[0]))


@pytest.mark.parametrize("condition", range(len(CONDITIONS)))
def test_a_visit_to_who_treats_it_raises_the_chance_of_control_by_the_declared_ratio(p, condition):
    seen = one(since_primary=0, since_care=0, present=1 << condition, diagnosed=1 << condition)
    lost = one(present=1 << condition, diagnosed=1 << condition)
    ratio = REGISTRY.get("treatment.seen_gain_ratio")[condition]
    assert gain(seen, condition, p) / gain(lost, condition, p) == pytest.approx(ratio)
    p["gain_if_seen"][0, :, 0] = p["gain_if_seen"][0, :, 1]  # the planted bug: a rule that ignores visits
    assert gain(seen, condition, p) == gain(lost, condition, p)


def test_each_condition_has_its_own_clinicians(p):
    dentist, physician = one(since_care=[12, 12, 0, 12]), one(since_primary=0)
    assert gain(dentist, ORAL_DISEASE, p) > gain(physician, ORAL_DISEASE, p)
    assert gain(physician, DIABETES, p) > gain(dentist, DIABETES, p)
    assert gain(physician, SERIOUS_MENTAL_ILLNESS, p) == gain(dentist, SERIOUS_MENTAL_ILLNESS, p)
    assert recent_care(dentist, p[0]) == 1 << DENTAL


def test_control_slips_less_often_while_prescriptions_are_filled_and_more_after_a_conflict(p):
    filled, not_filled, conflict = one(since_care=[12, 12, 12, 0]), one(), one(due=CONFLICTING)
    losses = [
        loss_probability(m, HYPERTENSION, recent_care(m, p[0]), here(), p[0]) for m in (filled, not_filled, conflict)
    ]
    assert losses[0] / losses[1] == pytest.approx(REGISTRY.get("treatment.filled_loss_ratio"))
    assert losses[2] / losses[1] == pytest.approx(REGISTRY.get("treatment.conflict_loss_ratio"))
    assert recent_care(filled, p[0]) == 1 << PHARMACY


@pytest.mark.parametrize("condition", [DIABETES, HYPERTENSION])
def test_better_control_lowers_stays_after_years_not_months(p, condition):
    """Two members who differ in control alone: nearly no difference after two months, most of it after six years."""

    def difference(months):
        well, badly = (
            one(present=1 << condition, diagnosed=1 << condition, controlled=control << condition) for control in (1, 0)
        )
        for m in (well, badly):
            m.poor_control[condition] = FRACTION_GRID // 2
            for _ in range(months):
                wear_down(m, condition, p[0])
        return log_stays(badly, condition, p) - log_stays(well, condition, p)

    full = REGISTRY.get("treatment.slow_share")[condition] * np.log(
        REGISTRY.get("care.uncontrolled_ratio")[condition, INPATIENT]
    )
    soon, late = difference(2), difference(72)
    assert 0 < soon < 0.06 * full
    assert 0.7 * full < late <= full
    p["treatment_complication_half_life"][0, condition] = 1.0  # the planted bug: control acts at once
    assert difference(2) == pytest.approx(full)


def test_slow_and_fast_parts_are_the_published_ratio_and_no_more(p):
    declared = np.log(REGISTRY.get("care.uncontrolled_ratio"))[:, (EMERGENCY, INPATIENT)]
    from sim.member.prepare import Fields, care_tables, per_month

    names = [n for n in REGISTRY.names() if n.split(".")[0] in ("care", "levels", "treatment")]
    fields = Fields({n.replace(".", "_"): np.asarray(per_month(REGISTRY[n]), dtype=np.float64) for n in names})
    logs = np.log1p(care_tables(fields)["care_excess"])
    fast = (logs[:, 1] - logs[:, 2])[:, (EMERGENCY, INPATIENT)]
    slow = np.log1p(p["complication_excess"][0][:, (EMERGENCY, INPATIENT)])
    assert fast + slow == pytest.approx(declared)
    fields["treatment_slow_share"] = np.zeros(len(CONDITIONS))  # the planted bug: the slow part is added to the whole
    logs = np.log1p(care_tables(fields)["care_excess"])
    whole = (logs[:, 1] - logs[:, 2])[:, (EMERGENCY, INPATIENT)]
    assert (whole + slow > declared + 0.05).any()


def ten_years(p, *, treated, seeds=400):
    """Survivors, by key, of members with diabetes and high blood pressure who are treated from the start, or never."""
    both = 1 << DIABETES | 1 << HYPERTENSION
    rows = np.concatenate([member(60, key=key, present=both, diagnosed=both) for key in range(1, seeds + 1)])
    rows["poor_control"] = FRACTION_GRID // 2
    p["health_control_gain"], p["health_control_loss"] = (1.0, 0.0) if treated else (0.0, 0.0)
    p["gain_if_seen"] = 1.0
    p["life_table"] = 0.006
    members, _ = live(rows, p, months=120)
    return {int(m["key"]) for m in members if m["status"] > 0}


def test_no_arm_that_changes_treatment_leaves_deaths_identical_over_ten_years(p):
    treated, untreated = ten_years(p, treated=True), ten_years(p, treated=False)
    assert untreated < treated, "whoever lives without treatment lives with it, and some live longer"
    assert len(treated - untreated) > 10
    p["deadly_conditions"] = 0  # the planted bug: death ignores control
    assert ten_years(p, treated=True) == ten_years(p, treated=False)


def test_deaths_keep_their_level_where_control_is_as_usual(p):
    p["life_table"] = 0.001
    usual = one(present=1 << DIABETES)
    usual.poor_control[DIABETES] = round(FRACTION_GRID * REGISTRY.get("treatment.usual_poor_control")[DIABETES])
    usual.smoking_risk = round(FRACTION_GRID * REGISTRY.get("treatment.smoking_mean_risk"))
    smr = REGISTRY.get("enrollment.standardized_mortality_ratio")[DIABETES]
    assert death_probability(usual, p[0]) == pytest.approx(0.001 * smr, rel=1e-3)


def opioid(*, treated, months):
    bit = 1 << OPIOID_USE
    return one(present=bit, diagnosed=bit, controlled=bit * treated, opioid_months=months)


def test_opioid_deaths_are_fewest_in_treatment_and_most_just_after_it_and_their_mean_is_published(p):
    p["enrollment_opioid_death"] = 0.001
    inside, left, out = (opioid(treated=t, months=m) for t, m in ((1, 12), (0, 0), (0, 12)))
    deaths = [opioid_death(m, p[0]) for m in (inside, left, out)]
    assert deaths[0] / deaths[2] == pytest.approx(REGISTRY.get("treatment.opioid_death_in"))
    assert deaths[1] / deaths[2] == pytest.approx(REGISTRY.get("treatment.opioid_death_left"))
    assert deaths[0] < 0.001 < deaths[2]


def test_most_leave_opioid_treatment_early(p):
    new, long = opioid(treated=1, months=1), opioid(treated=1, months=24)
    early, late = (loss_probability(m, OPIOID_USE, 0, here(), p[0]) for m in (new, long))
    assert early > 2 * late
    count_opioid_months(new, 1)
    assert new.opioid_months == 2
    count_opioid_months(new, 0)
    assert new.opioid_months == 0


def register(known, treated):
    table = np.zeros((1, len(CONDITIONS), 3), dtype=np.int64)
    table[0, OPIOID_USE] = known, known, treated
    return table


def queue(growth, months=60):
    """The chance to find a slot after half of the slots are lost, while those who find one are treated."""
    terms = SlotTerms(slots=1.0, offer=0.54, spare=0.0, growth=growth, leaving=0.05)
    slots = OpioidSlots(1, terms, ready=0.1)
    slots.open_part(register(1500, 1000))
    slots.slots = slots.slots / 2
    treated, seen = 500.0, []
    for _ in range(months):
        seen.append(float(slots.open_part(register(1500, round(treated)))[0]))
        treated += 0.1 * (1500 - treated) * seen[-1] - 0.05 * treated
    return seen


def test_opioid_slots_queue_and_recover():
    seen = queue(growth=0.02)
    assert seen[0] < 0.3
    assert seen[-1] > 0.9
    assert queue(growth=0.0)[-1] < 0.5, "the planted bug: slots that never grow"


def test_smoking_costs_lives_and_its_risk_fades(p):
    smoker, quitter, never = (one(smoking_risk=risk) for risk in (FRACTION_GRID, FRACTION_GRID // 2, 0))
    ratios = [smoking_ratio(m, 2.0, p[0]) for m in (smoker, quitter, never)]
    assert ratios[0] / ratios[2] == pytest.approx(2.0)
    assert ratios[2] < 1 < ratios[1] < ratios[0]
    rows = np.concatenate([member(40, key=key, smokes=1, smoking_risk=FRACTION_GRID) for key in range(1, 301)])
    usual, _ = live(rows, p)
    p["treatment_quit_support"] = 2.0
    helped, _ = live(rows, p)
    assert set(helped["key"][helped["smokes"] == 1]) < set(usual["key"][usual["smokes"] == 1])
    assert helped["smoking_risk"].sum() < usual["smoking_risk"].sum()


def needy(need, **fields):
    m = one(felt_needs=1 << need, needs=1 << need, **fields)
    m.exposure[need] = FRACTION_GRID
    return m


def test_hunger_brings_diabetes_and_not_high_blood_pressure_and_homelessness_blocks_control(p):
    fed, hungry, homeless = one(), needy(FOOD), needy(HOMELESSNESS)
    ratio = exposed(hungry, DIABETES, p[0]) / exposed(fed, DIABETES, p[0])
    assert ratio == pytest.approx(REGISTRY.get("treatment.need_onset_ratio")[FOOD, DIABETES], rel=1e-4)
    assert exposed(hungry, HYPERTENSION, p[0]) == pytest.approx(exposed(fed, HYPERTENSION, p[0]))
    blocked = gain(homeless, HYPERTENSION, p) / gain(fed, HYPERTENSION, p)
    assert blocked == pytest.approx(REGISTRY.get("treatment.need_gain_ratio")[HOMELESSNESS], rel=1e-4)


def test_no_condition_begins_with_a_higher_chance_than_the_bound(p):
    """The bound spares most members the draws of every condition."""
    for needs in range(1 << 7):
        m = one(felt_needs=needs, smoking_risk=FRACTION_GRID)
        m.exposure[:] = FRACTION_GRID
        highest = max(exposed(m, c, p[0]) for c in range(len(CONDITIONS)))
        assert highest <= p["exposed_onset"][0, int(needs > 0)]


def test_a_medication_error_brings_stays_in_the_next_month(p):
    rate = np.zeros(9)
    suffer_error(one(), rate, p[0])
    assert not rate.any()
    suffer_error(one(due=HARMED), rate, p[0])
    assert rate[INPATIENT] == REGISTRY.get("treatment.error_stay")


def test_months_since_a_visit_are_counted_and_stop():
    p = parameters("specialist")
    members, _ = live(member(40, since_care=3), p, months=20)
    assert members["since_care"][0].tolist() == [0, 12, 12, 12]
    assert members["since_care"].shape[1] == PHARMACY - SPECIALIST + 1
