"""Smoking: quitting, often after advice at a preventive visit; a risk that fades over years.

Meaning: an adult who smokes may quit; advice at a preventive visit makes it likelier, and so does a benefit for
         cessation (``treatment.quit_support``, a lever). The risk of a smoker fades after quitting with a half-life.
Equation: ratio = (1 + (r - 1) x risk) / (1 + (r - 1) x mean risk), for deaths and for the onset of heart disease and
          lung disease.
Decomposes: deaths and onset of the baseline world, whose means stay.
Evidence: care.md M6: c2_smk_quit, c2_smk_medicaid, c2_smk_ami, c2_smk_prev_drop; the ratios are assumptions.
"""

from sim.engine.compile import compiled
from sim.member.decisions import SMOKING
from sim.member.needs import ROUND_UP
from sim.schema import EIGHTEEN_YEARS, FRACTION_GRID

YEAR = 12


@compiled
def change_smoking(m, t, u, j, p):
    """An adult may quit, or start again on a birthday; the risk follows."""
    if m.age_months < EIGHTEEN_YEARS:
        return
    if m.smokes:
        chance = p.treatment_quit * p.treatment_quit_support
        if t.preventive_visits:
            chance *= p.treatment_quit_advice_ratio
        if u[SMOKING, j] < chance:
            m.smokes = 0
    elif m.age_months % YEAR == 0 and u[SMOKING, j] < p.treatment_smoking_start:
        m.smokes = 1
    if m.smokes:
        m.smoking_risk = FRACTION_GRID
    elif m.smoking_risk > 0:
        m.smoking_risk -= int(m.smoking_risk * p.treatment_smoking_risk_half_life + ROUND_UP)


@compiled
def smoking_ratio(m, ratio, p):
    """A hazard relative to its mean among adults."""
    more = ratio - 1.0
    return (1.0 + more * m.smoking_risk / FRACTION_GRID) / (1.0 + more * p.treatment_smoking_mean_risk)
