"""The measures: ratios of two sums of whole numbers, each with a unit, a definition and a desired direction."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from sim.engine.arrays import Floats
from sim.measures.quality import DEFINITIONS, Definition
from sim.measures.terms import (
    ANY,
    Care,
    Count,
    Flow,
    Purpose,
    Sums,
    Teams,
    Term,
    net_outlay,
    net_receipts,
    total,
)
from sim.schema import NEEDS, SERVICES

CENTS = 0.01
PER_1000 = 1000.0
PER_1000_YEARS = 12_000.0
MILLIONTHS = 1e-6


@dataclass(frozen=True)
class Measure:
    """A declared measure: ``scale`` x numerator / denominator; without a denominator, the average of the months.

    Attributes
    ----------
    higher_is_better : True, False, or None where neither direction is better.
    """

    name: str
    label: str
    unit: str
    definition: str
    numerator: tuple[Term, ...]
    denominator: tuple[Term, ...] = (Count("member_months"),)
    scale: float = 1.0
    higher_is_better: bool | None = None

    def value(self, sums: Sums) -> Floats:
        """The measure, in the shape of the sums; NaN where it is undefined (0 / 0) or unknown."""
        numerator = total(self.numerator, sums)
        denominator = (
            total(self.denominator, sums) if self.denominator else np.full(sums.counts.shape[:-1], sums.months)
        )
        value = np.full(sums.counts.shape[:-1], np.nan)
        if numerator is None or denominator is None:
            return value
        np.divide(self.scale * numerator, denominator, out=value, where=denominator > 0)
        return value


def _pmpm(name: str, label: str, definition: str, *terms: Term, better: bool | None = False) -> Measure:
    return Measure(f"pmpm_{name}", label, "USD PMPM", definition, terms, scale=CENTS, higher_is_better=better)


def _rate(name: str, label: str, unit: str, definition: str, better: bool | None, count: str = "") -> Measure:
    """Return events per 1,000 member-months; the count has the name of the measure unless ``count`` says otherwise."""
    terms, unit = (Count(count or name),), f"{unit} per 1,000 member-months"
    return Measure(f"{name}_per_1000_mm", label, unit, definition, terms, scale=PER_1000, higher_is_better=better)


def _share(
    name: str,
    label: str,
    definition: str,
    numerator: tuple[Term, ...],
    denominator: tuple[Term, ...] = (Count("member_months"),),
    better: bool | None = None,
) -> Measure:
    return Measure(name, label, "share", definition, numerator, denominator, higher_is_better=better)


def _counts(*names: str, sign: int = 1) -> tuple[Count, ...]:
    return tuple(Count(name, sign) for name in names)


WAITED_FOR = ("primary", "specialist", "behavioral", "dental")
ASKED = _counts(*(f"{service}_asked" for service in WAITED_FOR))
UNMET = _counts(*(f"{service}_unmet" for service in WAITED_FOR))
EMERGENCY_BY = {
    "injury": "injury or acute illness",
    "treatable": "what primary care could have treated (the New York University algorithm's non-emergent and primary "
    "care treatable visits), lost primary care visits included",
    "sensitive": "chronic disease: ambulatory care sensitive conditions",
    "behavioral": "mental illness, alcohol or drugs",
    "dental": "dental conditions",
    "pregnancy": "pregnancy",
}


def _fates(service: str) -> tuple[Measure, ...]:
    """Return what became of the visits of a service beside those served, per 1,000 member-months."""
    name = service.capitalize()
    lost = (Count(f"{service}_unmet"), Count(f"{service}_withheld", sign=-1))
    unit = "visits per 1,000 member-months"
    text = f"{name} visits needed and offered that waits lost"
    return (
        _rate(f"{service}_needed", f"{name}: needed", "visits", f"{name} visits needed", None, f"{service}_asked"),
        _rate(f"{service}_induced", f"{name}: induced", "visits", f"{name} visits beyond need", False),
        _rate(f"{service}_withheld", f"{name}: withheld", "visits", f"{name} visits needed and not offered", False),
        Measure(
            f"{service}_lost_per_1000_mm", f"{name}: lost", unit, text, lost, scale=PER_1000, higher_is_better=False
        ),
    )


CLAIMS = _counts("medicaid_cents", "medicare_cents", "third_party_cents")
OUTLAYS = (
    *(flow for payer in ("state", "federal", "medicare", "third_party") for flow in net_outlay(payer)),
    Flow("outside", "community"),
)
CAPITATION = (Flow("state", "cco"), Flow("held", "cco"))
CCO_OUTLAY = (Flow("cco", ANY), Flow("cco", "cco_reserve", sign=-1))
CCO_RECEIPTS = (Flow(ANY, "cco"), Flow("cco_reserve", "cco", sign=-1))
QUALITY_POOL = (Purpose("quality_pool"), Purpose("challenge_pool"))
ON_TOP = ("coordination_fee", "quality_bonus", "performance_bonus", "shared_savings")
BONUSES = (*(Purpose(name) for name in ON_TOP), Purpose("shared_losses", sign=-1))
UPSTREAM = {
    "flexible_services": "what CCOs pay for individual members within the budget",
    "community_benefit": "what CCOs pay for areas within the budget",
    "waiver_benefits": "waiver benefits, paid by the state with federal match",
    "reinvestment": "what CCOs pay from reserves, or payers from captured savings",
    "grants": "grants from outside Medicaid",
}
"""What upstream programs are paid as (``payment.ledger.UPSTREAM_PURPOSES``)."""

KINDS = ("primary", "specialist", "behavioral", "dental", "pharmacy", "hospital")
CCO_MARGIN = (*CCO_RECEIPTS, *(Flow(term.payer, term.payee, -term.sign) for term in CCO_OUTLAY))
CCO_KEPT: tuple[Term, ...] = (*net_receipts("cco"), *net_receipts("cco_reserve"), Purpose("dividends"))
OTHER_INSURANCE = _counts("listed_cents_off_cover") + _counts("uncompensated_cents", sign=-1)
CARE = _counts("listed_cents", "listed_cents_off_cover")
RESOURCES: tuple[Term, ...] = (
    *CARE,
    Purpose("administration"),
    Flow(ANY, "community"),
    Purpose("care_management"),
    Teams(),
)
BEYOND_CARE: tuple[Term, ...] = (
    *(flow for kind in KINDS for flow in net_receipts(kind)),
    *net_receipts("outside"),
    Flow("outside", "community"),
    *(Purpose(name, sign=-1) for name in ("administration", "care_management", "dividends")),
    *_counts("listed_cents", "uncompensated_cents", sign=-1),
    Teams(sign=-1),
)
"""What providers and vendors receive less what they use up. Grants to programs are no receipt of theirs."""

MONEY = (
    _pmpm(
        "total",
        "Total",
        "Net outlays of every payer: state, federal, Medicare, third parties and outside funders of programs; "
        "capitation counts as paid, so CCO margins are included; uncompensated care is not",
        *OUTLAYS,
    ),
    _pmpm("state", "State", "The state's payments less what it received (the federal share)", *net_outlay("state")),
    _pmpm("federal", "Federal", "Net payments of the federal Medicaid account", *net_outlay("federal")),
    _pmpm("medicare", "Medicare", "Medicare's part of members' claims", Count("medicare_cents")),
    _pmpm("third_party", "Third parties", "Private insurers' part of members' claims", Count("third_party_cents")),
    _pmpm(
        "other_insurance",
        "Other insurance",
        "Care off cover that others pay for, at today's prices, per member-month of enrolled members",
        *OTHER_INSURANCE,
        better=None,
    ),
    _pmpm(
        "uncompensated",
        "Uncompensated care",
        "Care of people without cover that no one paid for, per member-month of enrolled members",
        Count("uncompensated_cents"),
    ),
    _pmpm(
        "outside",
        "Outside funders",
        "Money for programs from outside Medicaid",
        Flow("outside", "community"),
        better=None,
    ),
    _pmpm("cco", "CCO payments", "What CCOs paid out: claims, administration, upstream programs", *CCO_OUTLAY),
    _pmpm(
        "capitation", "Capitation", "Capitation (and withhold returned) that CCOs received", *CAPITATION, better=None
    ),
    _pmpm(
        "administration",
        "Administration",
        "Administration of claims by the state and of budgets by CCOs, with what CCOs pay to manage utilization",
        Purpose("administration"),
    ),
    _pmpm("upstream", "Upstream programs", "Money given to upstream programs", Flow(ANY, "community"), better=None),
    *(
        _pmpm(name, name.replace("_", " ").capitalize(), f"Upstream programs: {what}", Purpose(name), better=None)
        for name, what in UPSTREAM.items()
    ),
    _pmpm("cco_margin", "CCO margin", "CCOs' receipts less payments, before reserves", *CCO_MARGIN, better=None),
    _pmpm(
        "cco_kept",
        "Kept by CCOs",
        "What CCOs and their owners keep: margins, less programs that reserves paid for",
        *CCO_KEPT,
        better=None,
    ),
    _pmpm(
        "medicaid",
        "Medicaid claims",
        "Claims that Medicaid (state or CCO) pays, at the prices paid to providers",
        Count("medicaid_cents"),
    ),
    _pmpm(
        "medical",
        "Medical claims",
        "All claims of members, all payers, at the prices paid; programs and margins are not deducted",
        *CLAIMS,
    ),
    _pmpm(
        "care_used",
        "Care used",
        "Resources: care of members at today's prices, whatever the payer and the fee, rate or budget",
        Count("listed_cents"),
    ),
    _pmpm(
        "care_off_cover",
        "Care off cover",
        "Resources: care of people off cover at today's prices, whoever pays, per member-month of enrolled members",
        Count("listed_cents_off_cover"),
    ),
    _pmpm("teams", "Teams of clinics", "What team care costs clinics themselves", Teams(), better=None),
    _pmpm(
        "resources",
        "Resources used",
        "Care at today's prices on cover and off, administration, programs, care programs and teams, whoever pays",
        *RESOURCES,
    ),
    *(
        _pmpm(
            service,
            f"{service.capitalize()} claims",
            f"Claims for {service} care, all payers",
            Count(f"{service}_cents"),
        )
        for service in SERVICES
    ),
    *(
        _pmpm(
            f"paid_{kind}",
            f"Paid to {kind} providers",
            f"{kind.capitalize()} receipts from all payers (claims, fixed payments, fees, bonuses), less payments",
            *net_receipts(kind),
            better=None,
        )
        for kind in KINDS
    ),
    _pmpm(
        "bonuses",
        "Bonuses and fees",
        "Paid to providers beyond claims: coordination fees, quality and performance bonuses, shared savings less "
        "shared losses",
        *BONUSES,
        better=None,
    ),
    _pmpm(
        "fixed_payments",
        "Fixed payments",
        "Paid to providers instead of claims: primary care capitation and hospital budgets",
        Purpose("primary_capitation"),
        Purpose("hospital_budget"),
        better=None,
    ),
    _pmpm(
        "care_programs", "Care programs", "What CCOs paid for care programs", Purpose("care_management"), better=None
    ),
    _pmpm(
        "quality_pool", "Quality pool", "Withhold that CCOs earned, and the challenge pool", *QUALITY_POOL, better=None
    ),
    _pmpm("held", "Held back", "Withheld from CCOs, not yet earned or returned", *net_receipts("held"), better=None),
    _pmpm(
        "reserves",
        "Into reserves",
        "Growth of CCOs' reserves: margins, less deficits and dividends",
        *net_receipts("cco_reserve"),
        better=None,
    ),
    _pmpm("growth_penalty", "Growth penalty", "Federal penalty that the state paid", Purpose("growth_test")),
    _pmpm(
        "transfer",
        "Transfer",
        "Payments of all payers, other insurance included, beyond the resources used: rates, fees and contracts move "
        "this money to CCOs and providers",
        *OUTLAYS,
        *OTHER_INSURANCE,
        *(replace(term, sign=-term.sign) for term in RESOURCES),
        better=None,
    ),
    _pmpm(
        "beyond_care",
        "Providers, beyond care",
        "What providers and vendors receive from all payers less what they use up: care at today's prices, care that "
        "nobody pays for, care programs, administration, teams",
        *BEYOND_CARE,
        better=None,
    ),
    Measure(
        "quality_pool_share",
        "Quality pool earned",
        "share of what was withheld",  # not "share": it exceeds 1 with the challenge pool
        "(Withhold earned + challenge pool) / withheld; above 1 with the challenge pool; empty if nothing is withheld",
        QUALITY_POOL,
        (Flow("state", "held"),),
        higher_is_better=True,
    ),
    _share(
        "cco_margin_share",
        "CCO margin",
        "(CCOs' receipts - claims - administration - upstream) / capitation; empty without capitation",
        CCO_MARGIN,
        CAPITATION,
    ),
)

USE = (
    _rate("ed_visits", "Emergency visits", "visits", "Emergency department visits", False, "emergency_visits"),
    _rate(
        "avoidable_ed_visits",
        "Avoidable emergency visits",
        "visits",
        "Emergency visits that primary care could have prevented or served",
        False,
    ),
    *(
        _rate(
            f"ed_{cause}",
            f"Emergency visits: {cause}",
            "visits",
            f"Emergency visits for {why}",
            False,
            f"emergency_{cause}",
        )
        for cause, why in EMERGENCY_BY.items()
    ),
    _rate(
        "ed_admitted",
        "Emergency visits that end in a stay",
        "visits",
        "Emergency visits with which an unplanned stay begins, among those of all causes",
        False,
        "emergency_admitted",
    ),
    _rate(
        "inpatient_stays", "Inpatient stays", "stays", "Inpatient stays, deliveries included", False, "inpatient_visits"
    ),
    _rate(
        "ambulatory_sensitive_stays",
        "Ambulatory care sensitive stays",
        "stays",
        "Inpatient stays for conditions that good primary care keeps out of the hospital",
        False,
    ),
    _rate("inpatient_days", "Inpatient days", "days", "Days spent in hospital", False),
    _share(
        "readmission_30d",
        "Readmission in 30 days",
        "Stays within 30 days of a discharge / discharges at risk (deliveries excluded)",
        _counts("readmissions"),
        _counts("index_stays"),
        better=False,
    ),
    _rate("primary_care_visits", "Primary care visits", "visits", "Primary care visits served", True, "primary_visits"),
    _rate("specialist_visits", "Specialist visits", "visits", "Specialist visits served", None),
    _rate("behavioral_visits", "Behavioral health visits", "visits", "Behavioral health visits served", None),
    _rate("dental_visits", "Dental visits", "visits", "Dental visits served", None),
    _rate("pharmacy_fills", "Pharmacy fills", "fills", "Prescriptions filled", None, "pharmacy_visits"),
    _rate("outpatient_visits", "Outpatient visits", "visits", "Hospital outpatient visits", None),
    _rate(
        "duplicate_tests",
        "Duplicate tests",
        "tests",
        "Tests that repeat another clinician's test (an assumed share; see communication.py)",
        False,
    ),
    _rate(
        "conflicting_treatments",
        "Conflicting treatments",
        "months",
        "Months in which two clinicians' treatments conflict (assumed)",
        False,
    ),
    _rate(
        "medication_errors",
        "Medication errors",
        "fills",
        "Fills with an error when several kinds of clinician treat a member (assumed)",
        False,
    ),
    _rate("preventive_visits", "Preventive visits", "visits", "Preventive visits", True),
)

ACCESS = (
    _share(
        "unmet_need_share",
        "Unmet need",
        "Visits needed that practices withheld, waits lost or members could not pay / visits needed: primary, "
        "specialist, behavioral and dental care",
        UNMET,
        ASKED,
        better=False,
    ),
    _share(
        "unmet_primary_share",
        "Unmet need for primary care",
        "Primary care visits needed that practices withheld or waits lost / primary care visits needed",
        _counts("primary_unmet"),
        _counts("primary_asked"),
        better=False,
    ),
    *(measure for service in WAITED_FOR for measure in _fates(service)),
    _rate(
        "refused_services",
        "Services that CCOs refuse",
        "services",
        "Planned stays, outpatient care, tests and drugs refused by prior authorization and not restored; refused "
        "specialist visits are among those withheld or no longer induced",
        None,
    ),
    _rate(
        "refused_needed",
        "Needed services that CCOs refuse",
        "services",
        "Of the services that CCOs refuse, those that were needed: unmet need beside that of visits",
        False,
    ),
    _rate(
        "primary_replaced",
        "Primary care by another contact",
        "visits",
        "Needed primary care visits that a clinic met by telephone, portal or a team member",
        None,
    ),
    _share(
        "attached_share",
        "Usual clinic",
        "Member-months with a usual primary care clinic / member-months",
        _counts("attached_months"),
        better=True,
    ),
    _share(
        "satisfied_share",
        "Care is easy to get",
        "Member-months in which the member would report that getting care is easy / member-months",
        _counts("satisfied_months"),
        better=True,
    ),
)

NEEDS_MEASURES = (
    _share(
        "needs_any_share",
        "Any social need",
        "Member-months with at least one social need / member-months",
        _counts("any_need_months"),
        better=False,
    ),
    _share(
        "needs_known_share",
        "Needs known",
        "Member-months with a need that screening found / member-months with a need",
        _counts("known_need_months"),
        _counts("any_need_months"),
        better=True,
    ),
    _share(
        "needs_met_share",
        "Needs met",
        "Member-months with a need in which any upstream package serves the member, whether or not that need is its "
        "aim / member-months with a need",
        _counts("served_months"),
        _counts("any_need_months"),
        better=True,
    ),
    *(
        _share(
            f"{need}_need_share",
            f"Need: {need}",
            f"Member-months with a need for {need} / member-months"
            if need not in {"isolation", "homelessness"}
            else f"Member-months in {need} / member-months",
            _counts(f"{need}_need_months"),
            better=False,
        )
        for need in NEEDS
    ),
)

HEALTH = (
    Measure(
        "qalys_per_1000_my",
        "QALYs, given cover and survival",
        "QALYs per 1,000 member-years",
        "Quality-adjusted life years in a year of cover: a rate, which falls when frail people survive or stay",
        _counts("qaly_millionths"),
        scale=MILLIONTHS * PER_1000_YEARS,
        higher_is_better=True,
    ),
    Measure(
        "qalys_per_1000_py",
        "QALYs, given survival",
        "QALYs per 1,000 person-years",
        "Quality-adjusted life years of members and of people who lost cover, as policy changes who stays enrolled",
        _counts("qaly_millionths", "qaly_millionths_off_cover"),
        _counts("member_months", "off_cover_months"),
        scale=MILLIONTHS * PER_1000_YEARS,
        higher_is_better=True,
    ),
    Measure(
        "qalys_a_year",
        "QALYs, everybody",
        "QALYs a year",
        "Quality-adjusted life years in a year of all people, on cover or off: a total, in which lives count that a "
        "policy saves",
        _counts("qaly_millionths", "qaly_millionths_off_cover"),
        denominator=(),
        scale=MILLIONTHS * PER_1000_YEARS / PER_1000,
        higher_is_better=True,
    ),
    Measure(
        "people",
        "People",
        "people",
        "Average number of people alive, on cover or off",
        _counts("member_months", "off_cover_months"),
        denominator=(),
        higher_is_better=None,
    ),
    Measure(
        "deaths_per_1000_my",
        "Deaths",
        "deaths per 1,000 member-years",
        "Deaths while enrolled",
        _counts("deaths"),
        scale=PER_1000_YEARS,
        higher_is_better=False,
    ),
)

COHORT = (
    Measure(
        "cohort_qalys_per_1000",
        "QALYs of the first members",
        "QALYs per 1,000 members of month 0",
        "Quality-adjusted life years over the run of those enrolled in month 0, with or without cover",
        _counts("cohort_qaly_millionths"),
        _counts("cohort_members"),
        scale=MILLIONTHS * PER_1000,
        higher_is_better=True,
    ),
    Measure(
        "cohort_deaths_per_1000",
        "Deaths of the first members",
        "deaths per 1,000 members of month 0",
        "Deaths over the run of those enrolled in month 0, with or without cover",
        _counts("cohort_deaths"),
        _counts("cohort_members"),
        scale=PER_1000,
        higher_is_better=False,
    ),
    Measure(
        "cohort_cost_per_member",
        "Cost of the first members",
        "USD per member of month 0",
        "Care over the run of those enrolled in month 0: on cover at the prices paid, off cover all care, whoever pays",
        _counts("cohort_cents"),
        _counts("cohort_members"),
        scale=CENTS,
        higher_is_better=False,
    ),
)


def _quality(definition: Definition, outcome: str, name: str, label: str, care: str) -> Measure:
    text = f"CCO members or events: {definition.people}; counts: {definition.care} ({care})"
    return Measure(
        name,
        label,
        definition.unit,
        text,
        (Care(definition.name, outcome),),
        (Care(definition.name, "in_denominator"),),
        scale=definition.per,
        higher_is_better=not definition.lower_is_better,
    )


QUALITY = (
    *(_quality(d, "recorded", f"quality_{d.name}", d.label, "as recorded") for d in DEFINITIONS),
    *(_quality(d, "given", f"quality_{d.name}_given", f"{d.label}, given", "recorded or not") for d in DEFINITIONS),
    _share(
        "called_observation",
        "Billed as observation",
        "Stays of CCO members within 30 days of a discharge that are billed as observation, not as readmissions / "
        "discharges at risk",
        (Care("readmission", "given"), Care("readmission", "recorded", sign=-1)),
        (Care("readmission", "in_denominator"),),
        better=False,
    ),
)

COVER = (
    Measure(
        "members",
        "Members",
        "members",
        "Average number enrolled, in the state",
        _counts("member_months"),
        denominator=(),
    ),
    _rate("exits", "Leaving cover", "members", "Members who lost cover", False),
    _rate("returns", "Returning to cover", "members", "People who regained cover", None),
    _rate("births", "Births", "births", "Newborn members", None),
)

MEASURES: tuple[Measure, ...] = MONEY + USE + ACCESS + NEEDS_MEASURES + HEALTH + COHORT + QUALITY + COVER
BY_NAME: dict[str, Measure] = {measure.name: measure for measure in MEASURES}

HEADLINE_SECTIONS: dict[str, tuple[str, ...]] = {
    "Money, nominal USD PMPM": (
        "pmpm_total",
        "pmpm_state",
        "pmpm_federal",
        "pmpm_medicare",
        "pmpm_third_party",
        "pmpm_uncompensated",
        "pmpm_medical",
        "pmpm_administration",
        "pmpm_upstream",
        "pmpm_care_programs",
        "cco_margin_share",
    ),
    "Use, per 1,000 member-months": (
        "ed_visits_per_1000_mm",
        "inpatient_stays_per_1000_mm",
        "readmission_30d",
        "primary_care_visits_per_1000_mm",
        "unmet_need_share",
    ),
    "Needs and health": ("needs_any_share", "needs_met_share", "qalys_a_year"),
}
"""The measures that every table shows first, by section."""

HEADLINE: tuple[str, ...] = tuple(name for names in HEADLINE_SECTIONS.values() for name in names)

PRIMARY: tuple[str, ...] = ("pmpm_resources", "qalys_a_year")
"""Primary outcomes of a study that names none: what is used up, and the health of everybody."""
FOUR: tuple[str, ...] = ("pmpm_resources", "ed_visits_per_1000_mm", "unmet_need_share", "qalys_a_year")
"""What is shown first, and kept by month of every run: cost, emergency visits, unmet need, health."""


def evaluate(sums: Sums, measures: Iterable[Measure] = MEASURES) -> Floats:
    """Every measure of the sums: ``[..., number of measures]``."""
    return np.stack([measure.value(sums) for measure in measures], axis=-1)
