"""What a month of all members adds up to, before any money moves."""

from dataclasses import dataclass

from sim.engine.arrays import Cents, Ints


@dataclass(frozen=True)
class MonthResult:
    """What happened in one month, in whole numbers of sampled members and their cents.

    Shapes: cells (areas, strata, counts); money (areas, open card or CCO, rate categories, services, payers);
    rate_months (areas, open card or CCO, rate categories); asked, served (areas, services); clinic_asked, clinic_served
    (clinics,); registers (areas, conditions, present / diagnosed / controlled); quality (areas, levels of
    strata, measures, in denominator / given / recorded).
    """

    cells: Ints
    money: Cents
    rate_months: Ints
    asked: Ints
    served: Ints
    clinic_asked: Ints
    clinic_served: Ints
    registers: Ints
    quality: Ints
