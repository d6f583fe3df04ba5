"""The columns of a member, of one month of a member, and of what organizations decide for members.

Each dtype is declared once, here, from fields with a label, a unit, a range and whether they change (``static`` or
``dynamic``). The dtype *is* the member: a rule reads ``m.age_months``, ``model.members[17]`` is that row.

Continuous states are kept on integer grids, so that a run gives the same digest with the JIT on and off and on any
machine: logarithms in steps of 1/256 (``LOG_GRID``), fractions in steps of 1/4096 (``FRACTION_GRID``).
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.cco_actions import CCO_ACTIONS

LOG_GRID = 256
FRACTION_GRID = 4096

SERVICES = (
    "primary",
    "specialist",
    "behavioral",
    "dental",
    "pharmacy",
    "emergency",
    "inpatient",
    "outpatient",
    "ancillary",
)
PRIMARY, SPECIALIST, BEHAVIORAL, DENTAL, PHARMACY, EMERGENCY, INPATIENT, OUTPATIENT, ANCILLARY = range(len(SERVICES))
SCHEDULED = (PRIMARY, SPECIALIST, BEHAVIORAL, DENTAL)  # visits that need an appointment
SCHEDULED_AND_DRUGS = (PRIMARY, SPECIALIST, BEHAVIORAL, DENTAL, PHARMACY)
TIMED = SERVICES[SPECIALIST : PHARMACY + 1]  # of ``since_care``; primary care has ``since_primary``
LONGEST_SINCE_CARE = 12  # months

CONDITIONS = (
    "diabetes",
    "hypertension",
    "heart_disease",
    "heart_failure",
    "asthma",
    "copd",
    "kidney_disease",
    "depression",
    "serious_mental_illness",
    "substance_use",
    "opioid_use",
    "oral_disease",
)
(
    DIABETES,
    HYPERTENSION,
    HEART_DISEASE,
    HEART_FAILURE,
    ASTHMA,
    COPD,
    KIDNEY_DISEASE,
    DEPRESSION,
    SERIOUS_MENTAL_ILLNESS,
    SUBSTANCE_USE,
    OPIOID_USE,
    ORAL_DISEASE,
) = range(len(CONDITIONS))

BY_CONDITION = (len(CONDITIONS),)

NEEDS = ("food", "housing", "transport", "utilities", "safety", "isolation", "homelessness")
FOOD, HOUSING, TRANSPORT, UTILITIES, SAFETY, ISOLATION, HOMELESSNESS = range(len(NEEDS))
MATERIAL = (FOOD, HOUSING, TRANSPORT, UTILITIES)  # proneness to these is the model's only sign of a member's income

AGE_BANDS = ("0-4", "5-17", "18-44", "45-64", "65+")
AGE_BAND_STARTS_MONTHS = (0, 60, 216, 540, 780)
SEXES = ("female", "male")
FEMALE, MALE = range(2)
RACES = ("aian", "asian", "nhpi", "black", "hispanic", "white", "multiple_other")
AIAN, ASIAN, NHPI, BLACK, HISPANIC, WHITE, MULTIPLE_OTHER = range(len(RACES))
LANGUAGES = ("english", "spanish", "other")
RURALITIES = ("urban", "rural", "frontier")
ELIGIBILITIES = ("child", "parent", "expansion", "disabled", "aged")
CHILD, PARENT, EXPANSION, DISABLED, AGED = range(len(ELIGIBILITIES))
RATE_CATEGORIES = (
    "child_0_5",
    "child_6_18",
    "parent",
    "expansion_19_44",
    "expansion_45_64",
    "disabled",
    "dual",
    "aged",
)
(
    RATE_CHILD_0_5,
    RATE_CHILD_6_18,
    RATE_PARENT,
    RATE_EXPANSION_19_44,
    RATE_EXPANSION_45_64,
    RATE_DISABLED,
    RATE_DUAL,
    RATE_AGED,
) = range(len(RATE_CATEGORIES))
HOMELESS_TYPES = ("transitional", "episodic", "chronic")
POCKETS = ("housing", "food_programs", "justice", "schools")  # of other sectors, reported apart from the ledger
PAYERS = ("medicaid", "medicare", "third_party", "uncompensated")
MEDICAID, MEDICARE, THIRD_PARTY, UNCOMPENSATED = range(len(PAYERS))

STATUSES = ("vacant", "enrolled", "off_cover", "away")
VACANT, ENROLLED, OFF_COVER, AWAY = range(len(STATUSES))
HERE = (ENROLLED, OFF_COVER)
"""Whose month is simulated in full. Who is away lives on, and is counted, by the few rules of sim/member/away.py."""

# Quality measures: sim/member/quality.py says who and what counts, conf/metrics what is expected of a CCO.
METRICS = (
    "childhood_immunization",
    "well_child",
    "adolescent_well_care",
    "developmental_screening",
    "preventive_dental",
    "sealants",
    "depression_screening",
    "substance_use_screening",
    "treatment_initiation",
    "treatment_engagement",
    "hba1c_testing",
    "hba1c_poor_control",
    "blood_pressure_control",
    "emergency_visits",
    "readmission",
    "prenatal_care",
    "postpartum_care",
    "medical_home",
    "needs_screening",
    "language_access",
    "depression_follow_up",
    "follow_up_after_stay",
    "follow_up_after_emergency",
)
(
    CHILDHOOD_IMMUNIZATION,
    WELL_CHILD,
    ADOLESCENT_WELL_CARE,
    DEVELOPMENTAL_SCREENING,
    PREVENTIVE_DENTAL,
    SEALANTS,
    DEPRESSION_SCREENING,
    SUBSTANCE_USE_SCREENING,
    TREATMENT_INITIATION,
    TREATMENT_ENGAGEMENT,
    HBA1C_TESTING,
    HBA1C_POOR_CONTROL,
    BLOOD_PRESSURE_CONTROL,
    EMERGENCY_VISITS,
    READMISSIONS,
    PRENATAL_CARE,
    POSTPARTUM_CARE,
    MEDICAL_HOME,
    NEEDS_SCREENING,
    LANGUAGE_ACCESS,
    DEPRESSION_FOLLOW_UP,
    FOLLOW_UP_AFTER_STAY,
    FOLLOW_UP_AFTER_EMERGENCY,
) = range(len(METRICS))
LOWER_IS_BETTER = ("hba1c_poor_control", "emergency_visits", "readmission")
OUTCOMES = ("in_denominator", "given", "recorded")
TIERS = ("none", "tier_1", "tier_2", "tier_3")
# Bits of the column ``due``: what the next month must follow up, and what is already known.
DUE = ("follow_up_after_stay", "follow_up_after_emergency", "substance_use_known", "medication_error", "conflict")
DUE_AFTER_STAY, DUE_AFTER_EMERGENCY, SUBSTANCE_USE_KNOWN, HARMED, CONFLICTING = (1 << bit for bit in range(len(DUE)))

MAX_PACKAGES = 16
LONGEST_HEIGHT = 61  # months of service for which a package states the height of its effect
LONGEST = 32_000  # months: the highest count of a two-byte clock
LONGEST_AGO = 120  # months: the highest count of a one-byte clock, longer ago than any rule asks
PREGNANT_MONTHS, POSTPARTUM_MONTHS = 9, 12
# Ages in months.
FIVE_YEARS, SIX_YEARS = 60, 72
EIGHTEEN_YEARS, NINETEEN_YEARS, TWENTY_ONE_YEARS = 216, 228, 252
FORTY_FIVE_YEARS, SIXTY_FIVE_YEARS = 540, 780


@dataclass(frozen=True)
class Field:
    """One declared column.

    ``levels`` names the codes from 0, the bits from the lowest, or the entries of a column with a shape.
    """

    name: str
    dtype: str
    label: str
    unit: str
    low: float
    high: float
    changes: str
    shape: tuple[int, ...] = ()
    levels: tuple[str, ...] = ()


def _dtype(fields: tuple[Field, ...]) -> np.dtype:
    return np.dtype([(f.name, f.dtype, f.shape) for f in fields], align=True)


def _one_behind_the_other(first: np.dtype, second: np.dtype, names: tuple[str, ...]) -> np.dtype:
    """Return rows that hold both, each in its own layout: whole words are copied to and from either."""
    places = {name: (kind, at) for name, (kind, at, *_) in (first.fields or {}).items()}
    places |= {name: (kind, first.itemsize + at) for name, (kind, at, *_) in (second.fields or {}).items()}
    kinds, offsets = zip(*(places[name] for name in names), strict=True)
    size = first.itemsize + second.itemsize
    whole: Any = {"names": [*names], "formats": [*kinds], "offsets": [*offsets], "itemsize": size}
    return np.dtype(whole, align=True)  # type: ignore[no-any-return]


def _bits(name: str, dtype: str, label: str, of: str, levels: tuple[str, ...], changes: str = "dynamic") -> Field:
    return Field(name, dtype, label, f"bit per {of}", 0, 2 ** len(levels) - 1, changes, levels=levels)


def _code(name: str, label: str, levels: tuple[str, ...], changes: str) -> Field:
    return Field(name, "i1", label, "code", 0, len(levels) - 1, changes, levels=levels)


def _flag(name: str, label: str, changes: str) -> Field:
    return Field(name, "i1", label, "flag", 0, 1, changes)


def _clock(name: str, label: str) -> Field:
    """Return a clock that stands still at its highest count."""
    return Field(name, "i1", label, "months", 0, LONGEST_AGO, "dynamic")


STORED_FIELDS = (
    Field("key", "u8", "key of the member, on which all draws depend", "key", 1, 2**64 - 1, "static"),
    Field("household", "u8", "key shared by a household", "key", 0, 2**64 - 1, "static"),
    Field("spend_year", "i8", "Medicaid spending so far this calendar year", "cents", 0, 10**12, "dynamic"),
    _bits(
        "given", "i4", "quality measures whose care was given (in the year, or for the pregnancy)", "measure", METRICS
    ),
    _bits("recorded", "i4", "quality measures whose care was recorded", "measure", METRICS),
    Field("served", "u4", "row of what packages have done, 0 if none ever served", "row", 0, 2**32 - 1, "dynamic"),
    _bits("present", "i2", "conditions that the member has", "condition", CONDITIONS),
    _bits("diagnosed", "i2", "conditions that a clinician knows of", "condition", CONDITIONS),
    _bits("controlled", "i2", "conditions under control", "condition", CONDITIONS),
    Field("package", "u2", "upstream packages that serve the member", "bit per package", 0, 2**16 - 1, "dynamic"),
    Field("ever_package", "u2", "packages that ever served the member", "bit per package", 0, 2**16 - 1, "dynamic"),
    Field("age_months", "i2", "age", "months", 0, 1440, "dynamic"),
    Field("months_covered", "i2", "length of the present enrollment span", "months", 0, 32000, "dynamic"),
    Field("months_off", "i2", "months without cover: this gap, or the last one", "months", 0, 32000, "dynamic"),
    Field("permanent", "i2", "permanent latent health (higher is sicker)", "1/256 sd", -2048, 2048, "static"),
    Field("mental", "i2", "mental frailty (mental illness, substance use)", "1/256 sd", -2048, 2048, "static"),
    Field("slow", "i2", "slowly changing latent health", "1/256 sd", -2048, 2048, "dynamic"),
    Field("ed_frailty", "i2", "log of the frailty factor for emergency visits", "1/256 log", -4096, 2048, "static"),
    Field("care_seeking", "i2", "log propensity to seek care and fill drugs", "1/256 log", -4096, 2048, "static"),
    Field("ed_year", "i2", "emergency visits so far this calendar year", "visits", 0, 32000, "dynamic"),
    Field("ed_last_year", "i2", "emergency visits in the previous calendar year", "visits", 0, 32000, "dynamic"),
    Field("stays_year", "i2", "inpatient stays so far this calendar year", "stays", 0, 32000, "dynamic"),
    Field("stays_last_year", "i2", "inpatient stays in the previous calendar year", "stays", 0, 32000, "dynamic"),
    Field("primary_year", "i2", "primary care visits so far this calendar year", "visits", 0, 32000, "dynamic"),
    Field("behavioral_year", "i2", "behavioral visits so far this calendar year", "visits", 0, 32000, "dynamic"),
    Field("dental_year", "i2", "dental visits so far this calendar year", "visits", 0, 32000, "dynamic"),
    Field("clinic", "i2", "primary care clinic (index into model.clinics)", "index", 0, 32000, "static"),
    _bits("prone", "i2", "needs to which the member is prone", "need", NEEDS, changes="static"),
    _bits("needs", "i2", "needs that are present", "need", NEEDS),
    _bits("felt_needs", "i2", "needs whose built-up effect is not zero", "need", NEEDS),
    _bits("known_needs", "i2", "needs that screening has found", "need", NEEDS),
    Field("exposure", "i2", "built-up effect of each need", "1/4096", 0, 4096, "dynamic", (len(NEEDS),), NEEDS),
    Field(
        "poor_control",
        "i2",
        "slow average of being out of control",
        "1/4096",
        0,
        4096,
        "dynamic",
        BY_CONDITION,
        CONDITIONS,
    ),
    Field("smoking_risk", "i2", "risk from smoking, now and before", "1/4096", 0, 4096, "dynamic"),
    Field("wary", "i2", "wariness after unfair care", "1/4096", 0, 4096, "dynamic"),
    Field("trust", "i2", "trust in the health system", "1/4096", 0, 4096, "dynamic"),
    _code("status", "vacant row, enrolled, off cover, or long away", STATUSES, "dynamic"),
    _code("sex", "sex", SEXES, "static"),
    _code("race", "race and ethnicity", RACES, "static"),
    _code("language", "preferred language", LANGUAGES, "static"),
    Field("county", "i1", "county of residence", "code", 0, 35, "static"),
    Field("area", "i1", "CCO area of residence", "code", 0, 15, "static"),
    _flag("in_cco", "enrolled through the CCO (1) or open card (0)", "static"),
    _code("rurality", "rurality", RURALITIES, "static"),
    _code("eligibility", "eligibility group", ELIGIBILITIES, "dynamic"),
    _flag("dual", "also covered by Medicare", "dynamic"),
    _flag("third_party", "also has private cover", "static"),
    _flag("crisis", "in a health crisis", "dynamic"),
    _flag("high_need", "in the stable high-need class", "static"),
    Field("frequent", "i1", "frequent emergency user: 1 in a spell, 2 for good", "code", 0, 2, "dynamic"),
    _code("homeless_type", "transitional, episodic or chronic homelessness", HOMELESS_TYPES, "dynamic"),
    _flag("attached", "has a usual primary care clinic", "dynamic"),
    _flag("smokes", "smokes cigarettes", "dynamic"),
    Field("pregnant", "i1", "month of pregnancy, 0 if not pregnant", "months", 0, 9, "dynamic"),
    Field("postpartum", "i1", "months since delivery (0: more than a year or never)", "months", 0, 12, "dynamic"),
    Field("due", "i1", "what is to be followed up, what is known", "bit", 0, 2 ** len(DUE) - 1, "dynamic", levels=DUE),
    Field("cohort", "i1", "was enrolled in month 0 of the run (2: and is counted)", "code", 0, 2, "dynamic"),
    _clock("opioid_months", "months since opioid treatment began or ended"),
    _clock("since_primary", "months since the last primary care visit"),
    _clock("since_screened", "months since the last screening for social needs"),
    Field("discharge_day", "i1", "day of last month's last discharge, 0 if none", "day", 0, 30, "dynamic"),
    Field("readmit_next", "i1", "day of next month on which a readmission is due", "day", 0, 30, "dynamic"),
    Field("since_care", "i1", "months since a visit or fill", "months", 0, 12, "dynamic", (len(TIMED),), TIMED),
)
PACKAGE_FIELDS = (
    Field("package_exposure", "i2", "built-up effect of each package", "1/4096", 0, 4096, "dynamic", (MAX_PACKAGES,)),
    Field("package_months", "i2", "months served by each package", "months", 0, 32000, "dynamic", (MAX_PACKAGES,)),
)
MEMBER_FIELDS = (*(field for field in STORED_FIELDS if field.name != "served"), *PACKAGE_FIELDS)
STORED = _dtype(STORED_FIELDS)
"""A member as the table holds one: what packages have done stands in a table of those ever served (``served.py``)."""
OF_PACKAGES = _dtype(PACKAGE_FIELDS)
MEMBER = _one_behind_the_other(STORED, OF_PACKAGES, tuple(field.name for field in MEMBER_FIELDS))
"""A member as rules see one: a stored row, a row of packages behind it."""
Members: TypeAlias = NDArray[np.void]  # rows of STORED
WHOLE_ROW = np.dtype((np.void, STORED.itemsize))
"""A stored row as plain bytes: NumPy copies whole rows many times faster than field by field."""


def _counted(name: str, label: str, unit: str, high: float) -> Field:
    """Return a count that a rule writes as ``t.<name>``; it is added up over enrolled members."""
    return Field(name, "i8", label, unit, 0, high, "month")


# What becomes of visits beside those that take place, in the order of the fields of a month.
FATES = ("induced", "withheld", "unmet")
# Why members come to the emergency department (sim/member/emergency.py).
CAUSES = ("injury", "treatable", "sensitive", "behavioral", "dental", "pregnancy")
INJURY, TREATABLE, SENSITIVE, BEHAVIORAL_CAUSE, DENTAL_CAUSE, PREGNANCY_CAUSE = range(len(CAUSES))

# What the cells count each month. A plain name is counted in sim/member/tally.py.
COUNTED: tuple[str | Field, ...] = (
    "member_months",
    "off_cover_months",
    "entries",
    "births",
    "returns",
    "exits",
    "deaths",
    "deaths_off_cover",
    *(f"{s}_visits" for s in SERVICES),
    *(f"{SERVICES[s]}_asked" for s in SCHEDULED),
    _counted("avoidable_ed_visits", "emergency visits that were potentially avoidable", "visits", 1000),
    "deliveries",
    _counted("ambulatory_sensitive_stays", "ambulatory care sensitive stays", "stays", 1000),
    _counted("index_stays", "discharges at risk of a readmission (no deliveries)", "stays", 1000),
    _counted("readmissions", "stays within 30 days of a discharge", "stays", 1000),
    _counted("inpatient_days", "inpatient days", "days", 100_000),
    "any_need_months",
    *(f"{n}_need_months" for n in NEEDS),
    "known_need_months",
    "served_months",
    _counted("qaly_millionths", "quality-adjusted life", "1e-6 years", 83_334),
    _counted("satisfied_months", "months in which the member would say that getting care is easy", "months", 1),
    "attached_months",
    _counted("preventive_visits", "primary care visits that included preventive services", "visits", 1),
    "medicaid_cents",
    "medicare_cents",
    "third_party_cents",
    "uncompensated_cents",
    "qaly_millionths_off_cover",
    _counted("duplicate_tests", "tests that repeat one that another clinician did", "tests", 1000),
    _counted("conflicting_treatments", "months in which treatments of two clinicians conflict", "months", 1),
    _counted("medication_errors", "fills with a medication error", "fills", 1000),
    "cohort_members",
    "cohort_months",
    "cohort_qaly_millionths",
    "cohort_deaths",
    "cohort_cents",
    _counted("listed_cents", "care used at today's prices, whatever is paid for it", "cents", 10**12),
    "listed_cents_off_cover",
    "births_off_cover",
    *(f"{SERVICES[s]}_{fate}" for fate in FATES for s in SCHEDULED),
    _counted("primary_replaced", "primary care visits met by another contact", "visits", 1000),
    *(f"emergency_{cause}" for cause in CAUSES),
    _counted("emergency_admitted", "emergency visits that end in a stay", "visits", 1000),
    *(f"{s}_cents" for s in SERVICES),
    _counted("refused_services", "stays, outpatient care, tests and drugs that the CCO refuses", "services", 3000),
    _counted("refused_needed", "of these, what was needed", "services", 3000),
)
COUNTED_BY_RULES = tuple(count for count in COUNTED if isinstance(count, Field))
COUNTS = tuple(count.name if isinstance(count, Field) else count for count in COUNTED)
COUNT_INDEX = {name: i for i, name in enumerate(COUNTS)}

# What happens to one member in one month: cleared, filled by the rules in order, read by the tally.
MONTH_FIELDS = (
    Field("rate", "f8", "expected asks of each service", "per month", 0, 3000, "month", (len(SERVICES),)),
    Field("excess", "f8", "what conditions add to use, unjoined", "ratio", -1, 1000, "month", (len(SERVICES),)),
    Field("friction", "f8", "log of requests for scheduled care, for barriers", "log", -10, 10, "month"),
    Field("diverted", "f8", "scheduled care and drugs gone without: unprofitable", "share", 0, 1, "month"),
    Field("cents", "i8", "spending by payer", "cents", 0, 10**12, "month", (len(PAYERS),)),
    *COUNTED_BY_RULES,
    Field("asked", "i4", "visits that members need and ask for", "visits", 0, 1000, "month", (len(SERVICES),)),
    Field("induced", "i4", "visits that providers bring about", "visits", 0, 1000, "month", (len(SCHEDULED),)),
    Field("withheld", "i4", "asked visits that are not offered", "visits", 0, 1000, "month", (len(SCHEDULED),)),
    Field("unmet", "i4", "asked visits withheld or lost", "visits", 0, 1000, "month", (len(SCHEDULED),)),
    Field("causes", "i4", "emergency visits by cause", "visits", 0, 1000, "month", (len(CAUSES),)),
    Field("served", "i4", "visits, fills and stays that took place", "visits", 0, 1000, "month", (len(SERVICES),)),
    Field("newcomer", "i1", "first month of an entrant (1), a newborn (2), one off cover (3)", "code", 0, 3, "month"),
    _flag("entered", "came back to cover this month", "month"),
    _flag("left", "lost cover this month", "month"),
    _flag("died", "died this month", "month"),
    _flag("delivered", "gave birth this month", "month"),
    _flag("covered", "was enrolled this month", "month"),
)
MONTH = _dtype(MONTH_FIELDS)
BORN_OFF_COVER = 3  # a code of `newcomer`


def word_of_month(name: str) -> int:
    """Return the index of an eight-byte field in a month that is viewed as 64-bit words."""
    fields = MONTH.fields
    assert fields is not None
    return int(fields[name][1]) // np.dtype(np.int64).itemsize


# What a practice can give its effort to (sim/agents/providers/responses/effort.py).
ACTIVITIES = ("volume", "restraint", "coordination", "proactive", "quality", "coding")
VOLUME, RESTRAINT, COORDINATION, PROACTIVE, QUALITY, CODING = range(len(ACTIVITIES))


# What organizations decided that members of one CCO area feel this month (one row per area).
BY_SERVICE = (len(SERVICES),)
BY_METRIC = (len(METRICS),)
AREA_FIELDS = (
    Field("lost", "f8", "share of asks lost to waiting (primary: see CLINIC)", "share", 0, 1, "month", BY_SERVICE),
    Field("log_volume", "f8", "log of volume of services without appointment", "log", -5, 5, "month", BY_SERVICE),
    Field("induced", "f8", "induced visits beyond the usual, per usual visit", "ratio", -1, 10, "month", BY_SERVICE),
    Field("withheld", "f8", "share of asks that is not offered", "share", 0, 1, "month", BY_SERVICE),
    Field("refused", "f8", "share of a service that CCOs refuse to give", "share", 0, 1, "month", BY_SERVICE),
    Field("price_index", "f8", "price and intensity of an event against month 0", "ratio", 0, 100, "month", BY_SERVICE),
    Field("cco_price", "f8", "what a CCO pays of Medicaid's price", "ratio", 0, 10, "month", (len(SERVICES),)),
    Field(
        "fee", "f8", "what Medicaid pays of today's price: open card, CCO", "ratio", 0, 10, "month", (2, *BY_SERVICE)
    ),
    Field("screening", "f8", "probability that a primary care visit screens for needs", "share", 0, 1, "month"),
    Field("need_onset", "f8", "multiplier of the onset of needs in the area", "ratio", 0, 10, "month", (len(NEEDS),)),
    Field("need_onset_highest", "f8", "the largest of these multipliers", "ratio", 0, 10, "month"),
    Field("deliver", "f8", "log odds that care of a quality measure is given", "log odds", -5, 5, "month", BY_METRIC),
    Field("aimed", "f8", "what a group that is aimed at gets on top", "log odds", 0, 5, "month", BY_METRIC),
    Field("aimed_at", "i8", "that group", "code", 0, len(RACES) - 1, "month", BY_METRIC),
    Field("rated_behind", "f8", "log of leaving a clinic for rates that are published", "log", -5, 5, "month"),
    Field("record", "f8", "log odds that given care is recorded", "log odds", -5, 5, "month", BY_METRIC),
    Field("proactive", "f8", "proactive care between visits beyond the usual", "share", -1, 2, "month"),
    *(
        Field(action.name, "f8", action.members_meet, "share", 0, 1, "month")
        for action in CCO_ACTIONS
        if action.members_meet
    ),
    Field("diversion", "f8", "strength with which unprofitable members get less care", "share", 0, 1, "month"),
    Field("opioid_open", "f8", "chance to find a slot of opioid treatment, over the usual", "ratio", 0, 10, "month"),
    Field("avoidable", "f8", "ratio of potentially avoidable emergency visits", "ratio", 0, 10, "month"),
    Field("observation", "f8", "share of stays that are called observation", "share", 0, 1, "month"),
    Field(
        "turned_away", "f8", "share of ordinary stays, the cheapest, that hospitals turn away", "share", 0, 1, "month"
    ),
    Field("no_bed", "f8", "share of psychiatric stays that find no bed here or elsewhere", "share", 0, 1, "month"),
    Field("shortened", "f8", "share of days of a stay beyond the first that hospitals save", "share", 0, 1, "month"),
    Field("sent", "f8", "emergency visits that practices cause, per usual visit", "ratio", 0, 10, "month"),
    Field("dental_benefit", "f8", "part of adults' dental care that Medicaid covers", "share", 0, 1, "month"),
    Field("by_fees", "f8", "log of volume that fees have brought, by service", "log", -5, 5, "month", BY_SERVICE),
    Field("favor", "f8", "how much more of induced volume goes to the better off", "share", 0, 1, "month"),
    Field("apart", "i2", "1: the row of members whose clinic is outside the contracts", "code", 0, 1, "month"),
)
AREA = _dtype(AREA_FIELDS)

# A primary care clinic and what it decided.
CLINIC_FIELDS = (
    Field("area", "i2", "CCO area", "code", 0, 15, "static"),
    Field("capacity", "f8", "visits a month that the clinic can give", "visits", 0, 1e9, "month"),
    Field("wait_days", "f8", "wait for an appointment", "days", 0, 90, "month"),
    Field("lost", "f8", "share of asked visits lost to waiting", "share", 0, 1, "month"),
    Field("induced", "f8", "induced visits beyond the usual, per usual visit", "ratio", -1, 10, "month"),
    Field("withheld", "f8", "share of asks that is not offered", "share", 0, 1, "month"),
    Field("replaced", "f8", "share of asks met by another contact", "share", 0, 1, "month"),
    Field("leavers", "f8", "chance to lose it as a clinician leaves, beyond the usual", "share", -1, 1, "month"),
    Field("tier", "i2", "medical-home tier", "code", 0, len(TIERS) - 1, "month", levels=TIERS),
    Field("intake", "f8", "probability of taking an unattached member who asks", "share", 0, 1, "month"),
    Field("apart", "i2", "1: outside the contracts that hold for a part of the clinics", "code", 0, 1, "month"),
)
CLINIC = _dtype(CLINIC_FIELDS)

# Cells are recorded each month, for each area and combination of these levels, in whole numbers.
DISABILITY = ("no", "yes")  # by basis of eligibility
STRATA = {
    "race": RACES,
    "rurality": RURALITIES,
    "language": LANGUAGES,
    "age_band": AGE_BANDS,
    "disability": DISABILITY,
}
STRATUM_SHAPE = tuple(len(levels) for levels in STRATA.values())
N_STRATA = int(np.prod(STRATUM_SHAPE))

N_LEVELS = sum(STRATUM_SHAPE)  # of all strata together: quality measures are counted by these
