"""Amounts: yearly totals of the state in dollars, life years and QALYs, for economic evaluation.

Measures are ratios, which can be neither discounted nor added over years; amounts can. Each is a weighted sum of whole
numbers of the ledger or of the cells.
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Floats
from sim.measures.measures import BEYOND_CARE, CCO_KEPT, CCO_MARGIN, CENTS, CLAIMS, MILLIONTHS, OTHER_INSURANCE
from sim.measures.terms import ANY, Count, Flow, Pocket, Purpose, Sums, Teams, Term, net_outlay, net_receipts, total

YEARS_PER_MONTH = 1 / 12
DEATHS = "deaths"
USD, YEARS, QALYS, PEOPLE = "USD", "years", "QALYs", "people"


@dataclass(frozen=True)
class Amount:
    """A declared amount: ``scale`` x the sum of its terms."""

    name: str
    label: str
    unit: str
    terms: tuple[Term, ...]
    scale: float = 1.0

    def value(self, sums: Sums) -> Floats:
        """The amount, in the shape of the sums; a ValueError where they hold no ledger (by race, by age)."""
        found = total(self.terms, sums)
        if found is None:
            raise ValueError(f"{self.name} needs the ledger, which is kept by area, not by race or age")
        return self.scale * found


def _money(name: str, label: str, *terms: Term) -> Amount:
    return Amount(name, label, USD, terms, CENTS)


AMOUNTS: tuple[Amount, ...] = (
    _money("state", "State", *net_outlay("state")),
    _money("federal", "Federal Medicaid", *net_outlay("federal")),
    _money("medicare", "Medicare", *net_outlay("medicare")),
    _money("third_party", "Third parties", *net_outlay("third_party")),
    _money("outside", "Outside funders of programs", Flow("outside", "community")),
    _money("other_insurance", "Other insurance, off cover", *OTHER_INSURANCE),
    _money("other_sectors", "Other sectors: housing, food programs, justice, schools", Pocket()),
    _money("uncompensated", "Uncompensated care (providers)", Count("uncompensated_cents")),
    _money("cco_margin", "CCO margin", *CCO_MARGIN),
    _money("cco_kept", "Kept by CCOs and their owners", *CCO_KEPT),
    _money("providers", "Providers, beyond care", *BEYOND_CARE),
    _money("held", "Withheld from CCOs, not yet paid out", *net_receipts("held")),
    _money("medical", "Medical claims", *CLAIMS),
    _money("care_used", "Care of members at today's prices", Count("listed_cents")),
    _money("care_off_cover", "Care off cover at today's prices", Count("listed_cents_off_cover")),
    _money("administration", "Administration", Purpose("administration")),
    _money("programs", "Upstream programs", Flow(ANY, "community")),
    _money("care_programs", "Care programs", Purpose("care_management")),
    _money("teams", "Teams of clinics", Teams()),
    Amount("member_years", "Years of cover", YEARS, (Count("member_months"),), YEARS_PER_MONTH),
    Amount(
        "person_years",
        "Life years, with and without cover",
        YEARS,
        (Count("member_months"), Count("off_cover_months")),
        YEARS_PER_MONTH,
    ),
    Amount("first_members", "Members of month 0", PEOPLE, (Count("cohort_members"),)),
    Amount("qalys", "QALYs, with cover", QALYS, (Count("qaly_millionths"),), MILLIONTHS),
    Amount("qalys_off_cover", "QALYs, without cover", QALYS, (Count("qaly_millionths_off_cover"),), MILLIONTHS),
    Amount(DEATHS, "Deaths, with and without cover", PEOPLE, (Count("deaths"), Count("deaths_off_cover"))),
)
AMOUNT_NAMES: tuple[str, ...] = tuple(amount.name for amount in AMOUNTS)


def add_up(sums: Sums) -> Floats:
    """Every amount of the sums: ``[..., len(AMOUNTS)]``."""
    return np.stack([amount.value(sums) for amount in AMOUNTS], axis=-1)
