"""Frequent use of emergency departments: for most a spell of a year or two, for a few a state that lasts.

Meaning: ``frequent`` is 1 in a spell and 2 in the lasting core. Spells begin more often with substance use, serious
         mental illness or without a home. What it adds to visits: emergency.py (``care.frequent_visits``).
Equation: each birthday an adult enters a spell with ``frequent_entry`` (x ``frequent_ratio`` for those groups); each
          month a spell ends with a constant hazard.
Decomposes: the share of adults in the class, population.frequent_share, whose level stays.
Evidence: care.md M10: c2_ed_freq_y2 (31 percent are still frequent a year later, then .54, .70, .80: a mixture of
transient and lasting), c2_ed_freq4_share (of those with four visits or more 72 percent have 4 to 6; of those with 18
42 percent homeless, 36 percent with alcohol).
"""

from sim.engine.compile import compiled
from sim.member.decisions import FREQUENT_SPELL
from sim.schema import EIGHTEEN_YEARS, HOMELESSNESS, SERIOUS_MENTAL_ILLNESS, SUBSTANCE_USE

YEAR = 12
SPELL = 1
AT_RISK = 1 << SUBSTANCE_USE | 1 << SERIOUS_MENTAL_ILLNESS


@compiled
def change_frequent_use(m, u, j, p):
    """A spell ends, or begins on a birthday."""
    if m.frequent == SPELL:
        if u[FREQUENT_SPELL, j] < p.care_frequent_exit:
            m.frequent = 0
    elif m.frequent == 0 and m.age_months % YEAR == 0 and m.age_months >= EIGHTEEN_YEARS:
        chance = p.care_frequent_entry
        if m.present & AT_RISK or m.needs >> HOMELESSNESS & 1:
            chance *= p.care_frequent_ratio
        if u[FREQUENT_SPELL, j] < chance:
            m.frequent = SPELL
