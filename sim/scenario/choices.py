"""What can be chosen in each group: the keys of ``conf/<group>/*.yaml``, with their meaning and what they may be."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from sim.axes import LEVERS, areas_of
from sim.engine.text import did_you_mean, shown
from sim.paths import conf_folder
from sim.payment.form import FORMS
from sim.schema import RATE_CATEGORIES, SERVICES
from sim.upstream.package import Eligible, criteria

NAME = r"^[A-Za-z0-9._-]{1,64}$"
NAME_IN_WORDS = "1 to 64 of A-Z a-z 0-9 . _ -"
LONGEST_RUN = 1200  # months: a century
MOST_MEMBERS = 20_000_000
MOST_WORKERS = 4096
MOST_DRAWS = 100_000
MOST_SEEDS = 100_000
WIDEST = 1e15  # of an interval that is asked for
CLAIMS = "fee_for_service"  # an option of ``payment``, and no contract


def as_tuple(value: Any) -> Any:
    """Freeze a list; leave anything else for the type check to judge."""
    return tuple(value) if isinstance(value, list) else value


Names = Annotated[tuple[str, ...], BeforeValidator(as_tuple)]


def without_repeats(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names if no name is given twice."""
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"names {', '.join(repeated)} twice")
    return names


class Choice(BaseModel):
    """One option of a group: its name, and the parameters that it sets."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str = Field(pattern=NAME, description="the option's name", json_schema_extra={"allowed": NAME_IN_WORDS})
    parameters: dict[str, Any] = Field(
        default_factory=dict,
        description="values of declared parameters that come with this option",
        json_schema_extra={"allowed": "a mapping from parameter names to numbers"},
    )


class PopulationChoice(Choice):
    """Who is simulated."""

    members: int = Field(ge=100, le=MOST_MEMBERS, description="members of the whole state that the sample stands for")
    sample: float = Field(gt=0, le=1, description="share of population.members that is simulated")
    minimum_per_cco: int = Field(ge=0, le=1_000_000, description="at least this many members in each CCO area")
    margins: str = Field(
        pattern=NAME,
        description="file of margins to which the population is raked",
        json_schema_extra={"allowed": f"a file stem: {NAME_IN_WORDS}"},
    )
    renewal: Literal["annual", "continuous_2023", "public_health_emergency"] = Field(
        description="the rule by which cover is renewed"
    )
    year: int | None = Field(
        default=None,
        ge=1900,
        le=2200,
        description="calendar year of months 0 to 11, for dates in `at`; changes no result",
        json_schema_extra={"allowed": "null, or a year, 1900 to 2200"},
    )
    events: Names = Field(
        default=(),
        description="events that come with this world, unless `events` says others",
        json_schema_extra={"allowed": "a list of files of conf/event"},
    )
    evidence: Names = Field(
        default=(),
        description="where the numbers of a dated world come from; changes no result",
        json_schema_extra={"allowed": "a list of ids of conf/evidence/evidence.csv"},
    )


def faults_of_names(names: Iterable[str], what: str, valid: Sequence[str]) -> Iterator[str]:
    """Yield a message for each name that is not valid, and after them what is."""
    wrong = [name for name in names if name not in valid]
    yield from (f"{shown(name)} is not {what}{did_you_mean(name, valid)}" for name in wrong)
    if wrong:
        yield f"must be among {', '.join(valid)}"


def _among(names: tuple[str, ...], what: str, valid: Sequence[str]) -> tuple[str, ...]:
    if faults := list(faults_of_names(names, what, valid)):
        raise ValueError("; ".join(faults))
    return without_repeats(names)


def areas() -> tuple[str, ...]:
    """Return the names of the CCO areas."""
    return areas_of(conf_folder())


def by_month(value: Any) -> Any:
    """Read a list of services as inside from the start; leave anything else for the type check to judge."""
    if isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        value = dict.fromkeys(without_repeats(tuple(value)), 0)
    return checked_months(value, "a service", SERVICES)


def by_area(value: Any) -> Any:
    """Check the areas and months of a mapping; leave anything else for the type check to judge."""
    return checked_months(value, "a CCO area", areas()) if value else value


def checked_months(value: Any, what: str, valid: Sequence[str]) -> Any:
    """Return a mapping of names to months if all of them are valid; anything else as it is."""
    if isinstance(value, Mapping) and (faults := [*faults_of_names(map(str, value), what, valid), *_no_months(value)]):
        raise ValueError("; ".join(faults))
    return value


def _no_months(value: Mapping[Any, Any]) -> Iterator[str]:
    for name, month in value.items():
        if not isinstance(month, int) or isinstance(month, bool) or not 0 <= month <= LONGEST_RUN:
            yield f"{shown(str(name))}: {shown(str(month))} is not {A_MONTH}"


A_MONTH = f"a month of the run, a whole number, at least 0 (the first; no date) and at most {LONGEST_RUN}"


class PaymentChoice(Choice):
    """How the state pays for care."""

    contracts: Names = Field(
        description="the contracts that are in force; none: the state pays each claim",
        json_schema_extra={"allowed": f"a list of contracts: {', '.join(FORMS)}"},
    )
    start: int = Field(
        ge=0,
        le=LONGEST_RUN,
        description="month in which the contracts begin",
        json_schema_extra={
            "allowed": f"{A_MONTH}; areas that begin in another: payment.starts={{Yamhill Community Care: 6}}"
        },
    )
    starts: Annotated[dict[str, int], BeforeValidator(by_area)] = Field(
        default_factory=dict,
        description="areas that begin in another month",
        json_schema_extra={
            "allowed": "a mapping from CCO areas to months, {Yamhill Community Care: 6}, with a space after the colon"
        },
    )
    areas: Names = Field(
        default=(),
        description="CCO areas in which the contracts hold; empty: all",
        json_schema_extra={"allowed": "a list of CCO areas, [Yamhill Community Care, Jackson Care Connect]"},
    )
    clinics: Literal["all", "drawn", "largest", "smallest"] = Field(
        default="all",
        description="with which clinics of an area the contracts are: all, or the first payment.clinic_share of them "
        "in this order",
    )
    members: Names = Field(
        default=(),
        description="kinds of members for whom the contracts hold; empty: all",
        json_schema_extra={"allowed": f"a list of {', '.join(RATE_CATEGORIES)}"},
    )
    scope: Annotated[dict[str, int], BeforeValidator(by_month)] = Field(
        default_factory=dict,
        description="services inside the budget, or the month from which each is; for contracts that cover services",
        json_schema_extra={
            "allowed": "a list of services, or months by service, {dental: 24}, a space after the colon: "
            + ", ".join(SERVICES)
        },
    )

    metrics: str | None = Field(
        default=None,
        pattern=NAME,
        description="what is expected of CCOs: a metric set, for forms that judge quality",
        json_schema_extra={"allowed": "a file of conf/metrics"},
    )

    @field_validator("areas")
    @classmethod
    def _are_areas(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _among(names, "a CCO area", areas())

    @field_validator("members")
    @classmethod
    def _are_kinds(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _among(names, "a kind of members", RATE_CATEGORIES)

    @field_validator("contracts")
    @classmethod
    def _are_contracts(cls, contracts: tuple[str, ...]) -> tuple[str, ...]:
        named = [name for name in contracts if name != CLAIMS]
        faults = list(faults_of_names(named, "a contract", tuple(FORMS)))
        if CLAIMS in contracts:
            faults.insert(0, f"leave {CLAIMS!r} out, claims are what is paid without a contract")
        if faults:
            raise ValueError("; ".join(faults))
        return without_repeats(contracts)


Targeting = Literal[
    "lottery", "universal", "need", "risk_score", "predicted_benefit", "recent_use", "community_priority"
]

Allocated = Literal["order", "shares", "needs", "community", "one_year", "five_years", "social"]


class UpstreamChoice(Choice):
    """What is invested upstream of care."""

    packages: Names = Field(
        description="upstream packages on offer", json_schema_extra={"allowed": "a list of files of conf/packages"}
    )
    start: int = Field(ge=0, le=LONGEST_RUN, description="month in which packages are first offered")
    starts: dict[str, int] = Field(
        default_factory=dict,
        description="packages that are first offered in another month",
        json_schema_extra={"allowed": "a mapping from packages to months, {chw: 24}, with a space after the colon"},
    )
    funding: Literal["state", "cco", "share", "capture", "outside"] = Field(
        description="who pays: the state (waiver), CCOs' budgets, their spare reserves, measured savings, or a donor"
    )
    targeting: Targeting = Field(default="lottery", description="who comes first where places are short")
    allocation: Allocated = Field(default="order", description="how a budget is divided among packages")
    shares: Annotated[tuple[float, ...], BeforeValidator(as_tuple)] = Field(
        default=(),
        description="share of each package, in their order, for upstream.allocation=shares; empty: equal",
        json_schema_extra={"allowed": "a list of numbers, one for each package, from 0"},
    )

    trial: str | None = Field(
        default=None,
        pattern=NAME,
        description="the package that is given by randomization: a trial inside this world",
        json_schema_extra={"allowed": "null, or one of upstream.packages"},
    )
    trial_eligible: dict[str, Any] = Field(
        default_factory=dict,
        description="the trial's own criteria, beside those of its package",
        json_schema_extra={
            "allowed": "a mapping from names under `eligible` of a package to values, {min_conditions: 2}"
        },
    )

    @field_validator("trial_eligible")
    @classmethod
    def _are_criteria(cls, chosen: dict[str, Any]) -> dict[str, Any]:
        if faults := list(faults_of_names(chosen, "a criterion", tuple(Eligible.model_fields))):
            raise ValueError("; ".join(faults))
        try:
            criteria(chosen)
        except ValidationError as error:
            first = error.errors()[0]
            raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
        return chosen

    @model_validator(mode="after")
    def _randomizes_a_package_on_offer(self) -> "UpstreamChoice":
        if self.trial is not None and self.trial not in self.packages:
            offered = ", ".join(self.packages) or "none is on offer"
            raise ValueError(f"upstream.trial={self.trial}: must be one of upstream.packages ({offered})")
        return self

    @model_validator(mode="after")
    def _has_a_share_for_each_package(self) -> "UpstreamChoice":
        if self.shares and (len(self.shares) != len(self.packages) or min(self.shares) < 0 or not sum(self.shares) > 0):
            raise ValueError(f"upstream.shares: must be {len(self.packages)} numbers from 0, not all 0")
        return self

    @model_validator(mode="after")
    def _names_packages_that_start(self) -> "UpstreamChoice":
        checked_months(self.starts, "one of upstream.packages", self.packages)
        return self

    @field_validator("packages")
    @classmethod
    def _are_not_repeated(cls, packages: tuple[str, ...]) -> tuple[str, ...]:
        return without_repeats(packages)


ANSWERS = {
    "inducement": "volume follows what a visit earns",
    "favor": "what fees bring goes to the better off first",
    "restraint": "low-value care is held back where the total cost matters",
    "coordination": "discharges and emergency visits are followed up",
    "proactive": "the chronically ill are sought out between visits",
    "quality": "care of paid measures is given more often",
    "coding": "diagnoses and services are recorded for what they earn",
    "stinting": "practices paid per member give fewer visits",
    "shifting": "practices paid per member send members elsewhere",
    "preventive": "practices paid per member reach preventive targets",
    "intake": "panels open and close to new members",
    "selection": "members who cost more than they bring get less",
    "participation": "practices in loss leave Medicaid",
    "hiring": "practices open or close posts as a visit earns more or less",
    "turnover": "overworked clinicians leave, and their posts and members are lost for a while",
    "pruning": "clinicians with high-cost members leave contracts on total cost, or are pruned",
    "retreat": "clinicians leave such contracts when losses begin to be shared",
    "transformation": "practices turn to team care",
    "hospital": "hospitals admit less under a budget",
    "service_lines": "hospitals give up psychiatric beds and births that no longer pay",
    "observation": "stays are called observation",
    "shared_risk": "clinicians save where they share risk, by the trend that was estimated",
}
"""Answers of providers that can be switched off one by one."""

OF_EFFORT = ("restraint", "coordination", "proactive")
OF_REDUCED_FORM = ("favor", "stinting", "shifting", "preventive", "shared_risk")
ANSWERS_OF = {
    "none": (),
    "savings_trend": (),
    "effort": tuple(name for name in ANSWERS if name not in OF_REDUCED_FORM),
    "reduced_form": tuple(name for name in ANSWERS if name not in OF_EFFORT),
}
"""What each response answers with (``sim/agents/providers/responses/registry.py``); the rest has no effect."""

A_LIST_OF_ANSWERS = f"a list of answers: {', '.join(ANSWERS)}"


class ProvidersChoice(Choice):
    """How providers answer to the way in which they are paid."""

    response: Literal["none", "effort", "reduced_form", "savings_trend"] = Field(
        description="no answer; limited effort; the estimated answers to fees, contracts and bonuses; "
        "or the estimated trend of savings"
    )
    only: Names = Field(
        default=(),
        description="if any are named, the answers that are given: all others are switched off",
        json_schema_extra={"allowed": A_LIST_OF_ANSWERS},
    )
    without: Names = Field(
        default=(),
        description="answers that are switched off",
        json_schema_extra={"allowed": A_LIST_OF_ANSWERS},
    )

    @field_validator("only", "without")
    @classmethod
    def _are_answers(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for answer in names:
            if answer not in ANSWERS:
                near = did_you_mean(answer, ANSWERS)
                raise ValueError(f"{answer!r} is not an answer{near}, must be among {', '.join(ANSWERS)}")
        return without_repeats(names)

    @property
    def off(self) -> frozenset[str]:
        """Answers that are switched off."""
        others = set(ANSWERS) - set(self.only) if self.only else set()
        return frozenset(others | set(self.without))


NOBODY_ANSWERS = ": nobody answers"


def notes_on_providers(providers: ProvidersChoice) -> Iterator[str]:
    """Yield a remark if answers are named that the response does not have."""
    yield from _idle(providers, "only", providers.only, "nobody answers")
    yield from _idle(providers, "without", providers.without, "nothing is switched off")


def _idle(providers: ProvidersChoice, key: str, names: tuple[str, ...], so: str) -> Iterator[str]:
    idle = [name for name in names if name not in ANSWERS_OF[providers.response]]
    if not idle:
        return
    where = f"providers.response={providers.response}"
    if providers.response == "none":
        yield f"providers.{key}{NOBODY_ANSWERS} ({where}), nothing is switched off"
    elif len(idle) == len(names):
        yield f"providers.{key}: {where} has none of these answers, {so}"
    else:
        yield f"providers.{key}: {where} has no {', '.join(idle)}"


class GovernanceChoice(Choice):
    """Who decides in a CCO: what its board cares for (parameters), and which levers it may move."""

    levers: Names = Field(
        description="levers that CCOs move; none: contracts stay as declared and there are no care programs",
        json_schema_extra={"allowed": f"a list of levers: {', '.join(LEVERS)}"},
    )

    @field_validator("levers")
    @classmethod
    def _are_levers(cls, levers: tuple[str, ...]) -> tuple[str, ...]:
        for lever in levers:
            if lever not in LEVERS:
                near = did_you_mean(lever, LEVERS)
                raise ValueError(f"{lever!r} is not a lever{near}, must be among {', '.join(LEVERS)}")
        return without_repeats(levers)


class ComputeChoice(Choice):
    """Where the runs of a sweep are computed; never changes a result."""

    engine: Literal["processes", "dask"] = Field(description="processes of this machine, or a dask.distributed cluster")
    workers: int | None = Field(
        ge=1,
        le=MOST_WORKERS,
        description="worker processes, one thread each; default: as many as `threads`",
        json_schema_extra={"allowed": f"null, or a whole number, 1 to {MOST_WORKERS}"},
    )
    address: str | None = Field(
        max_length=200,
        pattern=r"^(tcp|tls)://[A-Za-z0-9.:\[\]_-]+$",
        description="scheduler of a cluster that runs already; default: a cluster of this machine alone",
        json_schema_extra={"allowed": "null, or tcp://HOST:PORT or tls://HOST:PORT"},
    )
    device: Literal["cpu", "cuda"] = Field(
        default="cpu",
        validate_default=True,
        description="what members' months are computed on: the processor, or a graphics processor (CUDA)",
    )
    trust_scheduler: bool = Field(
        default=False,
        validate_default=True,
        description="true: use a tcp:// address, where nothing proves who answers; a scheduler can run any code as you",
        json_schema_extra={"allowed": "true or false"},
    )

    @field_validator("trust_scheduler")
    @classmethod
    def _is_said_of_an_open_address(cls, trusted: bool, others: ValidationInfo) -> bool:
        address = others.data.get("address") or ""
        if address.startswith("tcp://") and not trusted:
            raise ValueError(
                f"nothing proves who answers at {address}, and a scheduler is trusted with everything: it can run any "
                "code as you. Give a tls:// address, or compute.trust_scheduler=true if only people you trust reach it"
            )
        return trusted


class DesignChoice(BaseModel):
    """How the uncertainties of a study are drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    kind: Literal["grid", "latin_hypercube", "sobol", "saltelli", "morris"] = Field(
        description="evenly spaced values in all combinations, a sample of the ranges, or (saltelli, morris) draws "
        "for `ccosim sensitivity`: Sobol indices, elementary effects"
    )
    draws: int = Field(
        ge=1,
        le=MOST_DRAWS,
        description="draws of the uncertainties; grid: values of each; saltelli: base samples; morris: trajectories",
    )
    seed: int = Field(ge=0, le=2**32 - 1, description="luck of the design; not that of the runs")


class StopChoice(BaseModel):
    """When a study has seeds enough: once the paired difference of an outcome is known well enough."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    outcome: str | None = Field(
        description="measure whose differences are to be known; null: all seeds are run, whatever comes out",
        json_schema_extra={"allowed": "null, or a measure, see `ccosim describe measures`"},
    )
    half_width: float | None = Field(
        gt=0,
        le=WIDEST,
        description="half of the 95% interval of every difference, in the unit of the outcome, that is narrow enough",
        json_schema_extra={"allowed": "null, or a number above 0"},
    )
    at_most: int = Field(ge=2, le=MOST_SEEDS, description="seeds at which the study ends in any case")
