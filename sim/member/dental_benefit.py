"""Adults' dental benefit: what members go without, and what Medicaid pays, where it covers only a part.

Equation: an adult's dental visits that can be paid for = b + (1 - b) x own, b the part that Medicaid covers; children
          are covered in full. The others are unmet need (``offer.py``), some of which become emergency visits
          (``emergency.py``).
Evidence: ``own`` is an assumption; the emergency visits that follow are those of ``access.leak_to_emergency``.
"""

from sim.engine.compile import compiled
from sim.schema import ENROLLED, TWENTY_ONE_YEARS


@compiled
def affordable(m, here, p):
    """Part of a member's dental visits that the benefit or the member can pay."""
    if m.status != ENROLLED or m.age_months < TWENTY_ONE_YEARS:
        return 1.0
    return here.dental_benefit + (1.0 - here.dental_benefit) * p.access_pays_dental


@compiled
def covered(m, here, p):
    """Part of the dental visits that take place which Medicaid pays; members or charities pay for the others."""
    if m.age_months < TWENTY_ONE_YEARS:
        return 1.0
    return here.dental_benefit / affordable(m, here, p)
