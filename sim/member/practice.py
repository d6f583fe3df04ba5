"""Effects of how practices work on members: proactive care, selection of patients, whom induced volume reaches.

Meaning: factors on use, control and intake; every one is exactly 1 in the baseline world.
Equation: proactive care p: control gained x (1 + (r - 1) p), lost and
          found likewise, ambulatory care sensitive stays kept out with (1 - r) p; a member expected to cost more than
          the rate gets scheduled care x (1 - diversion x clip(expected cost / rate - 1, 0, 1)) (payment.md E10), comes
          under control less often, and is less often taken on.
          Expected cost depends on age and diagnosed conditions, as the model's own costs do; the rate is the mean of
          the member's rate category at the start.
          Volume that fees bring goes to the better off first: log use + favor x by_fees x (2 x rank - 1), rank 0 to 1
          by the number of material needs to which a member is prone (fewest: best off), 0 on average (E2's slope).
Evidence: tbc_dm_bundle, tbc_dep_screen, tbc_acs, pgip_ed, mmc_mortality_gap, on_cap_morbidity;
ffs_supply_elasticity_ses_low, ffs_supply_elasticity_ses_high.
"""

import math

from sim.engine.compile import compiled
from sim.member.comorbidity import joined
from sim.member.groups import age_band, rate_category
from sim.member.spending import CENTS
from sim.schema import ENROLLED, SCHEDULED, SERVICES

N_SERVICES = len(SERVICES)


@compiled
def scaled(ratio, part):
    """A ratio that holds in full at part 1, and is 1 at part 0."""
    return max(1.0 + (ratio - 1.0) * part, 0.0)


@compiled
def kept_out(share, here, v, p):
    """Whether proactive care keeps an ambulatory care sensitive stay (a part ``share`` of stays) out of hospital."""
    return v < share * here.proactive * (1.0 - p.practices_sensitive_stays_ratio)


@compiled
def expected_cost(m, p):
    """The cost that a clinician expects, by age and diagnoses."""
    excess = 0.0
    n = 0
    known = m.present & m.diagnosed
    while known:
        c = p.lowest_bit[known]
        known &= known - 1
        excess += p.expected_excess[c]
        n += 1
    return p.expected_by_age[age_band(m.age_months)] * joined(excess, n, p)


@compiled
def unprofitable(m, p):
    """Expected cost beyond the rate: 0 at the rate, 1 at twice the rate or more."""
    return min(max(expected_cost(m, p) / p.expected_rate[rate_category(m)] - 1.0, 0.0), 1.0)


@compiled
def diverted(m, here, p):
    """Share of scheduled care and drugs that a member goes without whose expected cost exceeds the rate."""
    if here.diversion > 0.0 and m.status == ENROLLED:
        return here.diversion * unprofitable(m, p)
    return 0.0


@compiled
def favor(m, rate, here, p):
    """Volume that fees bring goes to the better off first; added to logs of use of what needs no appointment."""
    if here.favor > 0.0:
        place = here.favor * p.means_place[m.prone]
        for s in range(len(SCHEDULED), N_SERVICES):
            rate[s] += here.by_fees[s] * place


@compiled
def control_gained(m, here, p):
    """Factor on the chance that a condition comes under control."""
    factor = scaled(p.practices_proactive_control_ratio, here.proactive)
    if here.diversion > 0.0 and m.status == ENROLLED:
        factor *= max(1.0 - p.practices_diversion_control * here.diversion * unprofitable(m, p), 0.0)
    return factor


@compiled
def welcome(m, here, p):
    """Factor on the chance that a clinic accepts a member."""
    if here.diversion > 0.0:
        return max(1.0 - p.practices_intake_loss * here.diversion * unprofitable(m, p), 0.0)
    return 1.0


@compiled
def add_expected(members, p, cents, people):
    """Add up the expected cost of enrolled members, in whole cents by rate category."""
    for i in range(len(members)):
        m = members[i]
        if m.status == ENROLLED:
            category = rate_category(m)
            cents[category] += int(math.floor(expected_cost(m, p) * CENTS + 0.5))
            people[category] += 1
