"""A package as data: the model of ``conf/packages/<name>.yaml``.

A researcher adds a package by writing such a file. Its fields are ``eligible, reach, places, cost, need_relief,
effects, control, enrollment, lag, fade, wear, duration, pockets, no_effect, evidence``; every number in it says
where it comes from.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from sim import schema
from sim.upstream.number import (
    Count,
    Dollars,
    DollarsPerMonth,
    DollarsPMPM,
    Effect,
    HalfLife,
    MonthlyChance,
    Months,
    Number,
    Part,
    Ratio,
    Share,
    Visits,
    YearlyChance,
)

Need = Literal["food", "housing", "transport", "utilities", "safety", "isolation", "homelessness"]
AnyNeed = Literal["food", "housing", "transport", "utilities", "safety", "isolation", "homelessness", "every_need"]
Condition = Literal[
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
]
Service = Literal[
    "primary",
    "specialist",
    "behavioral",
    "dental",
    "pharmacy",
    "emergency",
    "inpatient",
    "outpatient",
    "ancillary",
]
HomelessType = Literal["transitional", "episodic", "chronic"]
Pocket = Literal["housing", "food_programs", "justice", "schools"]


class Eligible(Part):
    """Who may have the package: every criterion that is given must hold. The vocabulary is closed."""

    min_age_months: Months | None = None
    max_age_months: Months | None = None
    needs: tuple[Need, ...] = ()  # any of these, known from screening and still there
    homeless: bool = False  # without a home now, as an outreach worker can see
    housed: bool = False  # has a home now, as a lease needs one
    homeless_types: tuple[HomelessType, ...] = ()  # any of these, among the homeless
    conditions: tuple[Condition, ...] = ()  # any of these, diagnosed
    min_conditions: Count | None = None  # how many, diagnosed
    min_ed_last_12m: Visits | None = None  # emergency visits
    min_stays_last_12m: Visits | None = None  # inpatient stays
    pregnant: bool = False  # now, or within a year of delivery
    discharged: bool = False  # from hospital, in the month before
    first_time_only: bool = True  # nobody is served twice


class Reach(Part):
    """How many of the eligible the package reaches, step by step; a place is the last step.

    With ``screened`` only those count in whom a screening at a primary care visit found a need. ``accepted`` is the
    share of those asked who want help; left out, it is ``upstream.help_wanted``.
    """

    screened: bool
    asked: Share
    accepted: Share | None = None
    engaged: Share


class Ramp(Part):
    """Places of community organizations: a logistic ramp from ``start`` to ``plateau``, as shares of all members."""

    kind: Literal["ramp"]
    start: Share
    plateau: Share
    months: Months  # until 99% of the way


class Workforce(Part):
    """Places with workers who must be hired and who leave: workers for 100,000 members, times open cases of each.

    Packages that name the same ``pool`` share its workers: a case of one takes its part of a worker from the others.
    """

    kind: Literal["workforce"]
    pool: str = ""
    start: Count
    target: Count
    hiring: MonthlyChance  # hires in a month, as a share of the target
    turnover: YearlyChance
    cases: Count


class Units(Part):
    """Places that are built: those that exist at the start and, after the time to build, some more each month."""

    kind: Literal["units"]
    start: Count  # for 100,000 members
    new: Count  # a month, for 100,000 members
    build: Months


class Unlimited(Part):
    """As many places as people want, such as a list of addresses."""

    kind: Literal["unlimited"]


class Area(Part):
    """No places: money that is spent on an area, and that all who live there may gain from in time."""

    kind: Literal["area"]
    spending: DollarsPMPM
    onset_ratio: Ratio  # of the chance that a need begins, for 10 dollars PMPM spent year after year
    build: Months  # half of that effect is there after so many months of spending


PlacesOf = Annotated[Ramp | Workforce | Units | Unlimited | Area, Field(discriminator="kind")]


class Cost(Part):
    """What the program pays out for one member: once at the start, and in each month of service."""

    start: Dollars
    month: DollarsPerMonth


class Relief(Part):
    """What the package does to a need, while it serves and as its exposure builds up and fades.

    ``met`` says that nobody has the need while the package serves (``returns``: the share of those who lose the place
    in whom it comes back). ``relief`` is the share of the need's effect that is switched off, ``exit_ratio`` multiplies
    the monthly chance that the need goes away, ``onset_ratio`` the chance that it comes.
    """

    met: bool = False
    returns: Share | None = None
    relief: Share | None = None
    exit_ratio: Ratio | None = None
    onset_ratio: Ratio | None = None


class Duration(Part):
    """How long a place is held: at most ``months``, and until one of the other ends comes."""

    months: Months | None = None
    exit_first_year: MonthlyChance | None = None
    exit_later: MonthlyChance | None = None
    ends_with_need: bool = False  # the needs (or homelessness) that made the member eligible are gone
    survives_cover: bool = False  # is kept, and paid for, when cover is lost: a home


class Package(Part):
    """One upstream package."""

    name: str
    label: str
    eligible: Eligible
    reach: Reach
    places: PlacesOf
    cost: Cost
    need_relief: dict[AnyNeed, Relief] = Field(default_factory=dict)
    effects: dict[Service, Effect] = Field(default_factory=dict)
    control: dict[Condition, Ratio] = Field(default_factory=dict)  # of the chance that control is lost
    enrollment: Ratio | None = None  # of upstream.enrollment_visits: care that case-finding brings at first
    lag: HalfLife
    fade: HalfLife
    wear: HalfLife | None = None  # of the effect while it serves, where people get used to it
    pockets: dict[Pocket, DollarsPerMonth] = Field(default_factory=dict)  # what others pay while it serves
    no_effect: Share | None = None  # programs that do nothing; left out, upstream.program_null
    duration: Duration
    evidence: tuple[str, ...]
    note: str = ""

    @model_validator(mode="after")
    def _ends_only_with_a_need_that_it_asks_for(self) -> "Package":
        if self.duration.ends_with_need and not self.targets():
            raise ValueError("duration.ends_with_need is set, but eligible names no need")
        return self

    def targets(self) -> tuple[int, ...]:
        """Return the needs (indexes in ``schema.NEEDS``) of which a member must have one."""
        named = tuple(schema.NEEDS.index(need) for need in self.eligible.needs)
        return (*named, schema.HOMELESSNESS) if self.eligible.homeless else named

    def numbers(self) -> Iterator[tuple[str, Number]]:
        """Yield every number of the package with its path, such as ``packages.chw.cost.start``."""
        yield from _numbers(self, f"packages.{self.name}")


def _numbers(part: object, path: str) -> Iterator[tuple[str, Number]]:
    if isinstance(part, Number):
        yield path, part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from _numbers(getattr(part, name), f"{path}.{name}")
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from _numbers(value, f"{path}.{name}")
