"""Quality measures in a member's record: who counts, whether care was given, and whether what was given is recorded.

Meaning: for each of METRICS two bits, ``given`` and ``recorded``; rates are only counted (model.md 20).
Equation: chance that an occasion brings the care = logistic(base + deliver + usual clinic + language x (1 -
          interpreters) + rural); chance that given care is recorded = logistic(base + record). ``deliver`` and
          ``record`` are what the area's providers add; both are zero in the baseline world.
Occasions: a primary care or dental visit at the ages of the measure; a visit in the first trimester or after a birth;
          a positive screen; the month after a discharge or an emergency visit; a substance use disorder that is found.
Judged:   measures of the year in December, of CCO members on cover for ``continuous_months``; measures of an event when
          its time is up. Each member counts once in each denominator.
Evidence: lvl_imm_2011, lvl_wellchild_2011, lvl_adolwell_2011, lvl_devscr_2011, cco_dist_sealant_2014,
          cco_dist_sbirt12_2014, tbc_dep_screen, q_a1c_tested, q_a1c_poor_hedis, q_cbp_or_2016, ppc_2018; rest assumed.
"""

from sim.engine.compile import compiled, compiled_in_place
from sim.engine.draws import draw, draw_quad
from sim.engine.numbers import logistic
from sim.member.aim import work_for
from sim.member.decisions import QUALITY, QUALITY_LANES, RECALL
from sim.member.groups import has_cco
from sim.member.tally import count_quality
from sim.schema import (
    BEHAVIORAL,
    BLOOD_PRESSURE_CONTROL,
    DENTAL,
    DEPRESSION,
    DEPRESSION_FOLLOW_UP,
    DEPRESSION_SCREENING,
    DIABETES,
    DUE_AFTER_EMERGENCY,
    DUE_AFTER_STAY,
    EMERGENCY,
    EMERGENCY_VISITS,
    FOLLOW_UP_AFTER_STAY,
    HBA1C_POOR_CONTROL,
    HBA1C_TESTING,
    HYPERTENSION,
    LANGUAGE_ACCESS,
    MEDICAL_HOME,
    METRICS,
    NEEDS_SCREENING,
    OUTCOMES,
    POSTPARTUM_CARE,
    PRENATAL_CARE,
    PRIMARY,
    READMISSIONS,
    SERIOUS_MENTAL_ILLNESS,
    SPECIALIST,
    SUBSTANCE_USE,
    SUBSTANCE_USE_KNOWN,
    TIERS,
    TREATMENT_ENGAGEMENT,
    TREATMENT_INITIATION,
)

N_METRICS = len(METRICS)
DECEMBER = 11
HIGHEST_TIER = len(TIERS) - 1
MENTAL = 1 << DEPRESSION | 1 << SERIOUS_MENTAL_ILLNESS
MENTAL_OR_SUBSTANCE = MENTAL | 1 << SUBSTANCE_USE
MISSED, GIVEN, RECORDED = range(len(OUTCOMES))


@compiled_in_place
def keep_record(m, t, clinic, here, seed, p, sums):
    """Apply the month to the quality measures of the member; ``sums[level, metric, outcome]`` are those of the area."""
    counted = has_cco(m)
    visits = t.served[PRIMARY] + t.served[SPECIALIST]
    if visits + t.served[DENTAL] > 0 or here.proactive > 0.0:
        use_occasions(m, t, counted, here, seed, p, sums)
    if m.language > 0 and counted and visits + t.served[BEHAVIORAL] > 0:
        be_understood(m, here, seed, p, sums)
    if m.due & (DUE_AFTER_STAY | DUE_AFTER_EMERGENCY):
        follow_up(m, t, counted, here, seed, p, sums)
    if t.index_stays + t.served[EMERGENCY] > 0:
        leave_hospital(m, t, counted, here, seed, p, sums)
    if (m.diagnosed >> SUBSTANCE_USE & 1 > 0) != (m.due & SUBSTANCE_USE_KNOWN > 0):
        find_substance_use(m, counted, here, seed, p, sums)
    if t.delivered and counted:
        count(m, PRENATAL_CARE, outcome_of(m, PRENATAL_CARE), sums)
    if m.postpartum == p.quality_postpartum_until + 1 and counted:
        count(m, POSTPARTUM_CARE, outcome_of(m, POSTPARTUM_CARE), sums)
    if p.month_of_year == DECEMBER and counted and m.months_covered >= p.quality_continuous_months:
        judge_year(m, clinic, p, sums)


@compiled
def chance(m, metric, more, here, p):
    """Chance that care is given on an occasion; ``more``: log odds that this occasion adds."""
    odds = p.quality_log_odds_given[metric] + work_for(m, metric, here) + more
    if m.attached:
        odds += p.quality_attached
    if m.language > 0:
        odds += p.quality_language * (1.0 - here.interpreters)
    if m.rurality > 0:
        odds += p.quality_rural
    return logistic(odds, p.exponential)


@compiled
def is_recorded(m, metric, here, seed, p):
    """Whether care that was given is recorded."""
    v = draw(seed, m.key, p.month, QUALITY + QUALITY_LANES * metric + 1)
    return v < chance_recorded(metric, here, p)


@compiled
def chance_recorded(metric, here, p):
    """Chance that care that was given is recorded."""
    return logistic(p.quality_log_odds_recorded[metric] + here.record[metric], p.exponential)


@compiled
def attempt(m, metric, more, here, seed, p):
    """One occasion for a measure: missed, given, or given and recorded."""
    given, recorded, _, _ = draw_quad(seed, m.key, p.month, QUALITY + QUALITY_LANES * metric)
    if given >= chance(m, metric, more, here, p):
        return MISSED
    return RECORDED if recorded < chance_recorded(metric, here, p) else GIVEN


@compiled
def note(m, metric, outcome):
    """Write the outcome of an occasion into the member's bits."""
    if outcome >= GIVEN:
        m.given |= 1 << metric
    if outcome == RECORDED:
        m.recorded |= 1 << metric


@compiled
def outcome_of(m, metric):
    """The outcome of a measure in the member's bits."""
    return (m.given >> metric & 1) + (m.recorded >> metric & 1)


@compiled
def count(m, metric, outcome, sums):
    """Count the member in the denominator, and as given and recorded."""
    count_quality(m, metric, 1, int(outcome >= GIVEN), int(outcome == RECORDED), sums)


@compiled_in_place
def use_occasions(m, t, counted, here, seed, p, sums):
    """Visits are occasions for the member's open measures; a proactive team also calls in members without a visit."""
    primary = t.served[PRIMARY] > 0
    if not primary and m.attached and here.proactive > 0.0:
        primary = draw(seed, m.key, p.month, RECALL) < here.proactive * p.quality_recall
    ahead = open_measures(m, t, primary, p) & ~m.given
    while ahead:
        metric = p.lowest_bit[ahead]
        ahead &= ahead - 1
        note(m, metric, attempt(m, metric, 0.0, here, seed, p))
        if metric == DEPRESSION_SCREENING and m.given >> metric & 1 and m.present >> DEPRESSION & 1:
            answer_screen(m, counted, here, seed, p, sums)
    if primary or t.served[SPECIALIST] > 0:
        see_clinician(m, here, seed, p)
    if primary and m.since_screened == 0 and not m.given >> NEEDS_SCREENING & 1:
        note(m, NEEDS_SCREENING, RECORDED if is_recorded(m, NEEDS_SCREENING, here, seed, p) else GIVEN)


@compiled
def open_measures(m, t, primary, p):
    """Measures for which this month is an occasion, by age and diagnoses."""
    year = m.age_months // 12
    found = p.quality_at_dental[year] if t.served[DENTAL] > 0 else 0
    if primary:
        found |= p.quality_at_primary[year]
    if m.diagnosed & MENTAL:
        found &= ~(1 << DEPRESSION_SCREENING)
    if m.diagnosed >> DIABETES & 1 and (primary or t.served[SPECIALIST] > 0):
        found |= 1 << HBA1C_TESTING
    return found


@compiled
def answer_screen(m, counted, here, seed, p, sums):
    """A positive screen for depression is followed up or not."""
    outcome = attempt(m, DEPRESSION_FOLLOW_UP, p.quality_loop * here.closed_loops, here, seed, p)
    if counted:
        count(m, DEPRESSION_FOLLOW_UP, outcome, sums)


@compiled
def see_clinician(m, here, seed, p):
    """Any visit: blood pressure is recorded; prenatal and postpartum care may be given."""
    pressure = m.diagnosed >> HYPERTENSION & 1 and not m.recorded >> BLOOD_PRESSURE_CONTROL & 1
    if pressure and is_recorded(m, BLOOD_PRESSURE_CONTROL, here, seed, p):
        m.recorded |= 1 << BLOOD_PRESSURE_CONTROL
    early = m.pregnant > 0 and (m.pregnant <= p.quality_prenatal_until or m.months_covered <= 1)
    if early and not m.given >> PRENATAL_CARE & 1:
        note(m, PRENATAL_CARE, attempt(m, PRENATAL_CARE, 0.0, here, seed, p))
    if 0 < m.postpartum <= p.quality_postpartum_until and not m.given >> POSTPARTUM_CARE & 1:
        note(m, POSTPARTUM_CARE, attempt(m, POSTPARTUM_CARE, 0.0, here, seed, p))


@compiled
def be_understood(m, here, seed, p, sums):
    """A month with visits of a member with another language: a concordant clinician, an interpreter, or neither."""
    alone = 1.0 - chance(m, LANGUAGE_ACCESS, 0.0, here, p)
    outcome = MISSED
    if draw(seed, m.key, p.month, QUALITY + QUALITY_LANES * LANGUAGE_ACCESS) >= alone * (1.0 - here.interpreters):
        outcome = RECORDED if is_recorded(m, LANGUAGE_ACCESS, here, seed, p) else GIVEN
    count(m, LANGUAGE_ACCESS, outcome, sums)


@compiled
def follow_up(m, t, counted, here, seed, p, sums):
    """The month after a discharge or an emergency visit: seen by a clinician, reached by phone, or neither."""
    seen = t.served[PRIMARY] + t.served[SPECIALIST] + t.served[BEHAVIORAL] > 0
    for bit in range(2):
        if m.due >> bit & 1 and counted:
            metric = FOLLOW_UP_AFTER_STAY + bit
            outcome = attempt(m, metric, p.quality_loop * here.closed_loops, here, seed, p)
            if seen and outcome == MISSED:
                outcome = RECORDED if is_recorded(m, metric, here, seed, p) else GIVEN
            count(m, metric, outcome, sums)
    m.due &= ~(DUE_AFTER_STAY | DUE_AFTER_EMERGENCY)


@compiled
def leave_hospital(m, t, counted, here, seed, p, sums):
    """Discharges and emergency visits are to be followed up; readmissions count, unless called observation."""
    if t.index_stays > 0:
        m.due |= DUE_AFTER_STAY
        if counted:
            hidden = draw(seed, m.key, p.month, QUALITY + QUALITY_LANES * READMISSIONS) < here.observation
            seen = 0 if hidden else t.readmissions
            count_quality(m, READMISSIONS, t.index_stays, t.readmissions, seen, sums)
    if t.served[EMERGENCY] > 0 and m.diagnosed & MENTAL_OR_SUBSTANCE:
        m.due |= DUE_AFTER_EMERGENCY


@compiled
def find_substance_use(m, counted, here, seed, p, sums):
    """A substance use disorder is newly diagnosed: treatment begins or not, and continues or not."""
    m.due ^= SUBSTANCE_USE_KNOWN
    if not m.due & SUBSTANCE_USE_KNOWN or not counted:
        return
    more = p.quality_loop * here.closed_loops
    begun = attempt(m, TREATMENT_INITIATION, more, here, seed, p)
    lasting = attempt(m, TREATMENT_ENGAGEMENT, 0.0, here, seed, p) if begun >= GIVEN else MISSED
    count(m, TREATMENT_INITIATION, begun, sums)
    count(m, TREATMENT_ENGAGEMENT, lasting, sums)


@compiled
def judge_year(m, clinic, p, sums):
    """In December: the measures of the year."""
    judged = p.quality_judged[m.age_months // 12]
    if m.diagnosed & MENTAL and not m.given >> DEPRESSION_SCREENING & 1:
        judged &= ~(1 << DEPRESSION_SCREENING)
    if not m.diagnosed >> DIABETES & 1:
        judged &= ~(1 << HBA1C_TESTING | 1 << HBA1C_POOR_CONTROL)
    if not m.diagnosed >> HYPERTENSION & 1 or m.primary_year == 0:
        judged &= ~(1 << BLOOD_PRESSURE_CONTROL)
    for metric in range(N_METRICS):
        if judged >> metric & 1:
            judge(m, metric, clinic, sums)


@compiled
def judge(m, metric, clinic, sums):
    """One measure of the year; control of a condition is judged in fact and on record."""
    if metric == EMERGENCY_VISITS:
        count_quality(m, metric, 12, m.ed_year, m.ed_year, sums)
    elif metric == MEDICAL_HOME:
        tier = clinic.tier if m.attached else 0
        count_quality(m, metric, HIGHEST_TIER, tier, tier, sums)
    elif metric == BLOOD_PRESSURE_CONTROL:
        well = m.controlled >> HYPERTENSION & 1
        count_quality(m, metric, 1, well, well & m.recorded >> metric, sums)
    elif metric == HBA1C_POOR_CONTROL:
        poor = 1 - (m.controlled >> DIABETES & 1)
        count_quality(m, metric, 1, poor, 1 - ((1 - poor) & m.recorded >> HBA1C_TESTING), sums)
    else:
        count(m, metric, outcome_of(m, metric), sums)
