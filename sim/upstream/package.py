"""A package as data: the model of ``conf/packages/<name>.yaml``.

To add a package, write such a file. Its fields are ``eligible, reach, places, cost, need_relief,
effects, control, accompanied, enrollment, lag, fade, wear, window, duration, pockets, no_effect, evidence``; every
number carries its range, unit, kind and sources, as a parameter does.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticKnownError

from sim import schema
from sim.engine.text import did_you_mean
from sim.engine.units import UNITS


class Part(BaseModel):
    """Any part of a package: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Number(Part):
    """One declared number: ``value`` in ``unit``, between ``low`` and ``high``, with its sources."""

    value: float
    low: float
    high: float
    unit: str
    kind: Literal["evidence", "policy", "calibrated", "assumption"]
    evidence: tuple[str, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _is_within_its_range(self) -> "Number":
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value:g} is not between low {self.low:g} and high {self.high:g}")
        return self

    @model_validator(mode="after")
    def _is_possible_in_its_unit(self) -> "Number":
        unit = UNITS.get(self.unit)
        if unit is None:
            raise ValueError(f"unknown unit {self.unit!r}{did_you_mean(self.unit, UNITS)}")
        # A half-life of 0 means "at once", which the unit of the registry cannot say.
        lowest = 0.0 if self.unit == "half-life months" else unit.low
        if self.low < lowest or self.high > unit.high:
            raise ValueError(f"{self.low:g} to {self.high:g} is outside what {self.unit!r} allows")
        return self

    @model_validator(mode="after")
    def _says_where_it_comes_from(self) -> "Number":
        if self.kind == "evidence" and not self.evidence:
            raise ValueError("kind is evidence, but no evidence id is given")
        return self


class Effect(Number):
    """Ratio of use with the package to use without it, need relief included (model.md 13).

    ``per`` says whose use the ratio describes: everybody who was ``offered`` the package, or those who ``engaged``
    (model.md 14). It is converted once, when packages are compiled.
    """

    per: Literal["engaged", "offered"] = "engaged"

    @model_validator(mode="after")
    def _is_a_positive_ratio(self) -> "Effect":
        if self.unit != "ratio" or self.low <= 0:
            raise ValueError("an effect is a ratio above 0")
        return self


def _in(*units: str) -> AfterValidator:
    def check(number: Number) -> Number:
        if number.unit not in units:
            raise ValueError(f"unit is {number.unit!r}, must be {' or '.join(units)}")
        return number

    return AfterValidator(check)


Share = Annotated[Number, _in("share")]
Ratio = Annotated[Number, _in("ratio")]
Months = Annotated[Number, _in("months")]
HalfLife = Annotated[Number, _in("half-life months")]
MonthlyChance = Annotated[Number, _in("probability per month")]
YearlyChance = Annotated[Number, _in("probability per year")]
Count = Annotated[Number, _in("count")]
Visits = Annotated[Number, _in("visits")]
Dollars = Annotated[Number, _in("USD")]
DollarsPerMonth = Annotated[Number, _in("USD per month")]
DollarsPMPM = Annotated[Number, _in("USD PMPM")]


def _label(*labels: str) -> AfterValidator:
    """A text that is one of ``labels``, with pydantic's message for a literal where it is not."""

    def check(text: str) -> str:
        if text not in labels:
            raise PydanticKnownError("literal_error", {"expected": ", ".join(map(repr, labels))})
        return text

    return AfterValidator(check)


Need = Annotated[str, _label(*schema.NEEDS)]
AnyNeed = Annotated[str, _label(*schema.NEEDS, "every_need")]
Condition = Annotated[str, _label(*schema.CONDITIONS)]
Service = Annotated[str, _label(*schema.SERVICES)]
HomelessType = Annotated[str, _label(*schema.HOMELESS_TYPES)]
Pocket = Annotated[str, _label(*schema.POCKETS)]


class Eligible(Part):
    """Who may have the package: every criterion that is given must hold. The vocabulary is closed."""

    min_age_months: Months | None = None
    max_age_months: Months | None = None
    needs: tuple[Need, ...] = ()  # any of these, found by screening and still present
    homeless: bool = False  # homeless now, as an outreach worker can see
    housed: bool = False  # has a home now
    homeless_types: tuple[HomelessType, ...] = ()  # any of these, among the homeless
    conditions: tuple[Condition, ...] = ()  # any of these, diagnosed
    min_conditions: Count | None = None  # how many, diagnosed
    min_ed_last_12m: Visits | None = None  # emergency visits
    min_stays_last_12m: Visits | None = None  # inpatient stays
    pregnant: bool = False  # now, or within a year of delivery
    discharged: bool = False  # from hospital, in the month before
    first_time_only: bool = True  # no member is served twice


CRITERIA_IN = {
    "min_age_months": "months",
    "max_age_months": "months",
    "min_conditions": "count",
    "min_ed_last_12m": "visits",
    "min_stays_last_12m": "visits",
}
"""The unit of each criterion that is a number."""


def criteria(chosen: Mapping[str, Any]) -> Eligible:
    """Return a trial's own criteria from plain values, by their names in ``Eligible``.

    Raises
    ------
    ValueError
        If a name or a value is none of a package's.
    """
    units = {name: CRITERIA_IN.get(name) for name in chosen}
    return Eligible(**{name: _plain(name, value, units[name]) for name, value in chosen.items()})


def _plain(name: str, value: Any, unit: str | None) -> Any:
    if unit is None:
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"{name}={value}: must be a number of {unit}, at least 0")
    return Number(value=value, low=value, high=value, unit=unit, kind="policy")


class Reach(Part):
    """How many eligible members the package reaches, step by step; a slot is the last step.

    With ``screened``, only members count in whom a screening at a primary care visit found a need. ``accepted`` is the
    share of those asked who want help; by default ``upstream.help_wanted``.
    """

    screened: bool
    asked: Share
    accepted: Share | None = None
    engaged: Share


class Ramp(Part):
    """Slots of community organizations: a logistic ramp from ``start`` to ``plateau``, as shares of all members."""

    kind: Literal["ramp"]
    start: Share
    plateau: Share
    months: Months  # until 99% of the way


class Workforce(Part):
    """Slots that workers serve, who are hired and leave: workers per 100,000 members, times open cases of each.

    Packages that name the same ``pool`` share its workers: each case of one uses worker time of the others.
    """

    kind: Literal["workforce"]
    pool: str = ""
    start: Count
    target: Count
    hiring: MonthlyChance  # hires in a month, as a share of the target
    turnover: YearlyChance
    cases: Count


class Units(Part):
    """Slots that are built: those that exist at the start and, after the time to build, more each month."""

    kind: Literal["units"]
    start: Count  # per 100,000 members
    new: Count  # a month, per 100,000 members
    build: Months


class Unlimited(Part):
    """As many slots as members want, such as a list of addresses."""

    kind: Literal["unlimited"]


class Area(Part):
    """No slots: money spent on an area, from which everybody who lives there may gain in time."""

    kind: Literal["area"]
    spending: DollarsPMPM
    onset_ratio: Ratio  # of the chance that a need begins, for 10 dollars PMPM spent year after year
    build: Months  # half of that effect is there after so many months of spending


PlacesOf = Annotated[Ramp | Workforce | Units | Unlimited | Area, Field(discriminator="kind")]


class Cost(Part):
    """What the program pays for one member: once at the start, and in each month of service."""

    start: Dollars
    month: DollarsPerMonth


class Relief(Part):
    """What the package does to a need, while it serves and as its effect builds up and fades.

    ``met``: members do not have the need while the package serves them (``returns``: the share of members who lose the
    slot in whom it comes back). ``relief`` is the share of the need's effect that is switched off, ``exit_ratio``
    multiplies the monthly chance that the need ends, ``onset_ratio`` the chance that it begins.
    """

    met: bool = False
    returns: Share | None = None
    relief: Share | None = None
    exit_ratio: Ratio | None = None
    onset_ratio: Ratio | None = None


class Duration(Part):
    """How long a member holds a slot: at most ``months``, or until another of these ends it."""

    months: Months | None = None
    exit_first_year: MonthlyChance | None = None
    exit_later: MonthlyChance | None = None
    ends_with_need: bool = False  # the needs (or homelessness) that made the member eligible have ended
    survives_cover: bool = False  # is kept, and paid for, after cover is lost: a home


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
    accompanied: Share | None = None  # of barriers to care that a worker takes away (sim/member/barriers.py)
    enrollment: Ratio | None = None  # of upstream.enrollment_visits: first visits that case-finding brings
    lag: HalfLife
    fade: HalfLife
    wear: HalfLife | None = None  # of the effect while it serves, where it wears off
    window: Months | None = None  # over which the effects are means; without it they hold at full strength
    pockets: dict[Pocket, DollarsPerMonth] = Field(default_factory=dict)  # what other sectors pay while it serves
    no_effect: Share | None = None  # programs that do nothing; default upstream.program_null
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
