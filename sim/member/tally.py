"""Count the events of the month in whole numbers, by area and stratum. Integer sums do not depend on the order."""

import numpy as np

from sim.engine.compile import compiled, compiled_in_place
from sim.member.groups import FIRST_AGE_BAND, FIRST_DISABILITY, FIRST_LANGUAGE, FIRST_RURALITY, age_band
from sim.schema import (
    BORN_OFF_COVER,
    CAUSES,
    COUNT_INDEX,
    COUNTED_BY_RULES,
    DISABLED,
    EMERGENCY,
    ENROLLED,
    FATES,
    INPATIENT,
    MEDICAID,
    MEDICARE,
    N_STRATA,
    NEEDS,
    PAYERS,
    PRIMARY,
    SCHEDULED,
    SERVICES,
    THIRD_PARTY,
    UNCOMPENSATED,
    word_of_month,
)

FIRST_COUNT = word_of_month(COUNTED_BY_RULES[0].name)
COUNT_OF = np.array([COUNT_INDEX[count.name] for count in COUNTED_BY_RULES])
MEMBER_MONTHS = COUNT_INDEX["member_months"]
OFF_COVER_MONTHS = COUNT_INDEX["off_cover_months"]
ENTRIES = COUNT_INDEX["entries"]
BIRTHS = COUNT_INDEX["births"]
RETURNS = COUNT_INDEX["returns"]
EXITS = COUNT_INDEX["exits"]
DEATHS = COUNT_INDEX["deaths"]
DEATHS_OFF_COVER = COUNT_INDEX["deaths_off_cover"]
VISITS = COUNT_INDEX["primary_visits"]
ASKED = COUNT_INDEX["primary_asked"]
INDUCED, WITHHELD, UNMET = (COUNT_INDEX[f"primary_{fate}"] for fate in FATES)
CAUSE = COUNT_INDEX["emergency_injury"]
DELIVERIES = COUNT_INDEX["deliveries"]
ANY_NEED = COUNT_INDEX["any_need_months"]
NEED = COUNT_INDEX["food_need_months"]
KNOWN_NEED = COUNT_INDEX["known_need_months"]
SERVED = COUNT_INDEX["served_months"]
ATTACHED = COUNT_INDEX["attached_months"]
MEDICAID_CENTS = COUNT_INDEX["medicaid_cents"]
MEDICARE_CENTS = COUNT_INDEX["medicare_cents"]
THIRD_PARTY_CENTS = COUNT_INDEX["third_party_cents"]
UNCOMPENSATED_CENTS = COUNT_INDEX["uncompensated_cents"]
QALY_OFF_COVER = COUNT_INDEX["qaly_millionths_off_cover"]
COHORT_MEMBERS = COUNT_INDEX["cohort_members"]
COHORT_MONTHS = COUNT_INDEX["cohort_months"]
COHORT_QALY = COUNT_INDEX["cohort_qaly_millionths"]
COHORT_DEATHS = COUNT_INDEX["cohort_deaths"]
COHORT_CENTS = COUNT_INDEX["cohort_cents"]
LISTED_OFF_COVER = COUNT_INDEX["listed_cents_off_cover"]
BIRTHS_OFF_COVER = COUNT_INDEX["births_off_cover"]


@compiled
def count_moves(m, t, row):
    """Entries, births, returns, exits and deaths: start + in - out = end, exactly; the cohort of month 0, once."""
    if m.cohort == 1:
        row[COHORT_MEMBERS] += 1
        m.cohort = 2
    if t.newcomer == 1:
        row[ENTRIES] += 1
    elif t.newcomer == 2:
        row[BIRTHS] += 1
    elif t.newcomer == BORN_OFF_COVER:
        row[BIRTHS_OFF_COVER] += 1
    if t.entered:
        row[RETURNS] += 1
    if t.left:
        row[EXITS] += 1
    if t.died:
        if t.covered:
            row[DEATHS] += 1
        else:
            row[DEATHS_OFF_COVER] += 1
        row[COHORT_DEATHS] += int(m.cohort > 0)


@compiled_in_place
def count_life(m, t, month_words, j, row):
    """The month of a member with or without cover; the cohort of month 0 is followed in both."""
    if m.cohort:
        count_cohort(m, t, row)
    if m.status != ENROLLED:
        row[OFF_COVER_MONTHS] += 1
        row[QALY_OFF_COVER] += t.qaly_millionths
        row[UNCOMPENSATED_CENTS] += t.cents[UNCOMPENSATED]
        row[LISTED_OFF_COVER] += t.listed_cents
        return
    row[MEMBER_MONTHS] += 1
    row[ATTACHED] += m.attached
    if m.needs:
        count_needs(m, row)
    count_care(t, row)
    for k in range(COUNT_OF.size):
        row[COUNT_OF[k]] += month_words[j, FIRST_COUNT + k]


@compiled
def count_cohort(m, t, row):
    """Life and cost of a member who was enrolled in month 0: all payers, off cover all care, whoever pays for it."""
    row[COHORT_MONTHS] += 1
    row[COHORT_QALY] += t.qaly_millionths
    if m.status != ENROLLED:
        row[COHORT_CENTS] += t.listed_cents
        return
    for payer in range(len(PAYERS)):
        row[COHORT_CENTS] += t.cents[payer]


@compiled
def count_needs(m, row):
    """Months with each need; known; served by a package."""
    row[ANY_NEED] += 1
    for n in range(len(NEEDS)):
        row[NEED + n] += m.needs >> n & 1
    if m.known_needs:
        row[KNOWN_NEED] += 1
    if m.package:
        row[SERVED] += 1


@compiled_in_place
def count_care(t, row):
    """Visits, stays and cents of a member on cover."""
    for s in range(len(SCHEDULED)):
        if t.asked[s] + t.induced[s] > 0:
            row[ASKED + s] += t.asked[s]
            row[INDUCED + s] += t.induced[s]
            row[WITHHELD + s] += t.withheld[s]
            row[UNMET + s] += t.unmet[s]
    if t.served[EMERGENCY] > 0:
        for cause in range(len(CAUSES)):
            row[CAUSE + cause] += t.causes[cause]
    for s in range(len(SERVICES)):
        row[VISITS + s] += t.served[s]
    if t.served[INPATIENT]:
        row[DELIVERIES] += t.delivered
    row[MEDICAID_CENTS] += t.cents[MEDICAID]
    if t.cents[MEDICARE] + t.cents[THIRD_PARTY]:
        row[MEDICARE_CENTS] += t.cents[MEDICARE]
        row[THIRD_PARTY_CENTS] += t.cents[THIRD_PARTY]


@compiled
def count_visits(m, t, sought, served, clinic_sought, clinic_served):
    """Visits sought of (offered to who asks, or induced) and given by practices, with or without cover."""
    for s in range(len(SCHEDULED)):
        sought[m.area, s] += visits_sought(t, s)
        served[m.area, s] += t.served[s]
    clinic_sought[m.clinic] += visits_sought(t, PRIMARY)
    clinic_served[m.clinic] += t.served[PRIMARY]


@compiled
def visits_sought(t, s):
    """Visits of a service that practices are to give: asked for and offered, or induced."""
    sought = t.asked[s] - t.withheld[s] + t.induced[s]
    return sought - t.primary_replaced if s == PRIMARY else sought


@compiled
def count_register(m, register, p):
    """Enrolled members with each condition: present, diagnosed, controlled."""
    present = m.present
    while present:
        c = p.lowest_bit[present]
        present &= present - 1
        register[c, 0] += 1
        register[c, 1] += m.diagnosed >> c & 1
        register[c, 2] += m.controlled >> c & 1


@compiled
def count_needs_off_cover(m, found, p):
    """People off cover, or away, with each need."""
    needs = m.needs
    while needs:
        found[p.lowest_bit[needs]] += 1
        needs &= needs - 1


@compiled
def count_quality(m, metric, people, given, recorded, sums):
    """Add to denominator, given and recorded of a measure, at the member's level of each stratum."""
    add_to(sums[int(m.race), metric], people, given, recorded)
    add_to(sums[FIRST_RURALITY + m.rurality, metric], people, given, recorded)
    add_to(sums[FIRST_LANGUAGE + m.language, metric], people, given, recorded)
    add_to(sums[FIRST_AGE_BAND + age_band(m.age_months), metric], people, given, recorded)
    add_to(sums[FIRST_DISABILITY + int(m.eligibility == DISABLED), metric], people, given, recorded)


@compiled
def add_to(cell, people, given, recorded):
    """Add to one cell."""
    cell[0] += people
    cell[1] += given
    cell[2] += recorded


@compiled
def count_people(cells, rows, first, last, people, by_area, by_stratum):
    """Count the member in each row, and the people whom it stands for, at each step from the ``first`` to the last."""
    for i in range(rows.size):
        area, stratum = divmod(cells[rows[i]], N_STRATA)
        for step in range(first, last[i] + 1):
            by_area[step, area] += 1
            by_stratum[step, stratum] += people[area]
