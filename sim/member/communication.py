"""Integration and communication between the clinicians of a member, and the cost of silos.

Meaning: shared records prevent repeated tests, conflicting treatments and medication errors; closed loops mean
that discharges and emergency visits are followed up; clinics integrate behavioral and oral health.
Equation: ratio = 1 - (1 - ratio at full strength) x strength. At strength 0 it is exactly 1: the baseline is siloed.
          Silos matter in months in which several kinds of clinician treat the member. Some errors lead to a stay in
          the next month, and a conflict undoes control of conditions: parts of the baseline's stays and losses, whose
          means stay (c2_ade_prev_rate, c2_ade_hosp). An error is as likely where a part of the fills that a member
          needs is missing: going without is not safer.
          Care managers work with members whose stays or emergency visits of this and the last year show a high risk:
          the ratio is among all members to whom one is offered (intention to treat; model.md 14).
Evidence: payment.md E9; hie_ct, hie_us, hie_cxr against hie_readm_null (repeat imaging); cts_readm against ct_rct_null
          (care transitions); cc_ip_all against camden_readmit_effect (case management); tbc_ed, tbc_adm, tbc_pcv
          (teams, half-shrunk); conflicts and errors: assumed.
"""

from sim.engine.compile import compiled, compiled_in_place
from sim.engine.draws import draw_quad
from sim.engine.numbers import part_of
from sim.member.decisions import REPEATED_TESTS
from sim.member.groups import has_cco
from sim.schema import (
    ANCILLARY,
    BEHAVIORAL,
    CONFLICTING,
    DENTAL,
    DEPRESSION,
    DUE_AFTER_EMERGENCY,
    EMERGENCY,
    HARMED,
    INPATIENT,
    ORAL_DISEASE,
    PHARMACY,
    PRIMARY,
    SERIOUS_MENTAL_ILLNESS,
    SERVICES,
    SPECIALIST,
    SUBSTANCE_USE,
)

BEHAVIORAL_CONDITIONS = 1 << DEPRESSION | 1 << SERIOUS_MENTAL_ILLNESS | 1 << SUBSTANCE_USE


@compiled
def lessened(ratio, lever):
    """The ratio at an action of strength ``lever`` (0 to 1) that reaches ``ratio`` at full strength."""
    return 1.0 - (1.0 - ratio) * lever


@compiled
def several(t):
    """Whether more than one kind of clinician treats the member this month."""
    kinds = int(t.served[PRIMARY] > 0) + int(t.served[SPECIALIST] > 0) + int(t.served[BEHAVIORAL] > 0)
    return kinds + int(t.served[EMERGENCY] > 0) + int(t.served[INPATIENT] > 0) > 1


@compiled
def tests_needed(t, here, p):
    """Expected tests: fewer repeated ones where records are shared."""
    if here.shared_records > 0.0 and several(t):
        spared = 1.0 - lessened(p.quality_duplicate_ratio, here.shared_records)
        return t.rate[ANCILLARY] * (1.0 - p.quality_duplicate_share * spared)
    return t.rate[ANCILLARY]


@compiled_in_place
def suffer_silos(m, t, here, seed, p):
    """Count repeated tests, conflicting treatments and medication errors of a member whom several clinicians treat.

    Next month a member may need a stay after an error, and loses control of conditions after a conflict.
    """
    m.due &= ~(HARMED | CONFLICTING)
    if t.served[ANCILLARY] + t.served[PHARMACY] == 0 or not several(t):
        return
    shared = here.shared_records
    repeated, conflict, error, _ = draw_quad(seed, m.key, p.month, REPEATED_TESTS)
    if t.served[ANCILLARY] > 0:
        left = p.quality_duplicate_share * lessened(p.quality_duplicate_ratio, shared)
        share = left / (1.0 - p.quality_duplicate_share + left)
        t.duplicate_tests = part_of(t.served[ANCILLARY], share, repeated)
    if t.served[PHARMACY] > 0:
        chance = p.quality_conflict * lessened(p.quality_conflict_ratio, shared)
        t.conflicting_treatments = int(conflict < chance)
        share = p.quality_error * lessened(p.quality_error_ratio, shared)
        share /= max(part_filled(m, t, p), share)
        t.medication_errors = part_of(t.served[PHARMACY], share, error)
        m.due |= HARMED * int(t.medication_errors > 0) | CONFLICTING * t.conflicting_treatments


@compiled
def part_filled(m, t, p):
    """The part of the fills that a member needs and gets: a regimen of which a part is missing is no safer."""
    return (1.0 - t.diverted) * (1.0 - p.events_fills_missed[m.area])


@compiled
def suffer_error(m, rate, p):
    """A medication error of last month may need a stay."""
    if m.due & HARMED:
        rate[INPATIENT] += p.treatment_error_stay


@compiled
def after_discharge(here, p):
    """Ratio of stays in the 30 days after a discharge, where providers follow up."""
    return lessened(p.quality_loop_readmission_ratio, here.closed_loops)


@compiled
def after_emergency(m, here, p):
    """Ratio of emergency visits in the month after a visit that is to be followed up."""
    if m.due & DUE_AFTER_EMERGENCY:
        return lessened(p.quality_loop_emergency_ratio, here.closed_loops)
    return 1.0


@compiled
def high_risk(m, p):
    """Whether a care manager would select the member: many stays or emergency visits in this year and the last."""
    stays, visits = m.stays_year + m.stays_last_year, m.ed_year + m.ed_last_year
    return stays >= p.quality_high_risk_stays or visits >= p.quality_high_risk_visits


@compiled_in_place
def join_care(m, t, here, p):
    """Log effects of integrated behavioral and oral health care and of care managers, on members who need them."""
    if here.behavioral_integration > 0.0 and m.diagnosed & BEHAVIORAL_CONDITIONS:
        for s in range(len(SERVICES)):
            t.rate[s] += p.quality_log_behavioral_integration[s] * here.behavioral_integration
    if here.oral_integration > 0.0 and m.present >> ORAL_DISEASE & 1:
        t.rate[DENTAL] += p.quality_log_oral_dental * here.oral_integration
    if here.care_management > 0.0 and has_cco(m) and high_risk(m, p):
        t.rate[INPATIENT] += p.quality_log_care_management * here.care_management
