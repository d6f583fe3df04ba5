"""Price, severity and payer split of the events of the month, in whole cents.

amount = events x price(age, service) x severity (log-normal with mean 1) x price index of the area, rounded to cents
once. Off cover the uninsured share is uncompensated; the rest is paid by other insurance, outside this system. On cover
Medicare pays its share first for dual members, then a third party, and Medicaid pays the rest (model.md 5), at the
fee that is paid (``fee``; 1 is today's), for CCO members at the price that their CCO pays. A delivery has a separate
price, which includes the newborn's stay.
"""

import math

from sim.engine.compile import compiled, compiled_in_place
from sim.engine.numbers import exponential, normal
from sim.member.decisions import SEVERITY
from sim.member.dental_benefit import covered
from sim.member.groups import age_band
from sim.schema import (
    COUNT_INDEX,
    DENTAL,
    ENROLLED,
    INPATIENT,
    MEDICAID,
    MEDICARE,
    SERVICES,
    THIRD_PARTY,
    UNCOMPENSATED,
)

CENTS = 100.0
SERVICE_CENTS = COUNT_INDEX[f"{SERVICES[0]}_cents"]


@compiled_in_place
def spend(m, t, here, u, j, p, money, row):
    """Post the cents of what was used to ``t.cents``, ``money[service, payer]`` and ``row``; also at today's prices."""
    band = age_band(m.age_months)
    used = 0
    for s in range(len(SERVICES)):
        used |= int(t.served[s] > 0) << s
    while used:
        s = p.lowest_bit[used]
        used &= used - 1
        dollars = t.served[s] * p.spending_price_by_age[band, s]
        if s == INPATIENT and t.delivered:
            dollars += p.spending_delivery_price - p.spending_price_by_age[band, s]
        dollars *= severity(u[SEVERITY + s, j], band, s, p) * here.price_index[s]
        cents = int(math.floor(dollars * CENTS + 0.5))
        t.listed_cents += cents
        split(m, t, s, cents, here, p, money, row)


@compiled
def severity(v, band, s, p):
    """Cost of an event of the service relative to its mean: log-normal, with a spread of its own by age.

    The level is in the exponent: there the largest amount is the number of slices of the normal table over 1, whatever
    the spread, and stays inside the table of exponentials.
    """
    log_amount = p.severity_log_level[band, s] + p.severity_sigma[band, s] * normal(v, p.normal)
    return exponential(log_amount, p.exponential)


@compiled_in_place
def split(m, t, s, cents, here, p, money, row):
    """Divide one amount among payers, to the cent."""
    if m.status != ENROLLED:
        post(t, s, UNCOMPENSATED, int(math.floor(cents * p.spending_uninsured_share)), money, row)
        return
    medicaid = cents
    if m.dual:
        medicare = int(math.floor(cents * p.spending_medicare_share[s]))
        post(t, s, MEDICARE, medicare, money, row)
        medicaid -= medicare
    if m.third_party:
        third = int(math.floor(medicaid * p.spending_third_party_share))
        post(t, s, THIRD_PARTY, third, money, row)
        medicaid -= third
    price = here.fee[m.in_cco, s]
    if s == DENTAL and here.dental_benefit < 1.0:
        price *= covered(m, here, p)
    if m.in_cco:
        price *= here.cco_price[s]
    medicaid = int(math.floor(medicaid * price + 0.5))
    post(t, s, MEDICAID, medicaid, money, row)


@compiled
def post(t, s, payer, cents, money, row):
    """Add cents to the member's month, and to the sums by payer and by the member's cell."""
    t.cents[payer] += cents
    money[s, payer] += cents
    row[SERVICE_CENTS + s] += cents
