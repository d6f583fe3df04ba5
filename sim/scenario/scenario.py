"""The scenario: one frozen description of what is simulated, composed, checked and ready to run."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from sim.engine.parameters import Registry
from sim.engine.text import did_you_mean, shown
from sim.paths import conf_folder
from sim.payment.metric_sets import MetricSet, read_metric_set
from sim.scenario.arms import ONLY_ARM, arm_scenarios
from sim.scenario.choices import (
    LONGEST_RUN,
    MOST_SEEDS,
    NAME,
    NAME_IN_WORDS,
    NOBODY_ANSWERS,
    ComputeChoice,
    DesignChoice,
    GovernanceChoice,
    Names,
    PaymentChoice,
    PopulationChoice,
    ProvidersChoice,
    StopChoice,
    UpstreamChoice,
    as_tuple,
    notes_on_providers,
)
from sim.scenario.contracts import faults_of_payment, notes_on_payment
from sim.scenario.declared import in_parameters, with_values
from sim.scenario.digests import digest_of
from sim.scenario.faults import ScenarioError, messages_of
from sim.scenario.levers import LEVERS_IN_WORDS, NO_LEVERS, Point, cells_of, faults_of_structures, points_of
from sim.scenario.overrides import GROUPS, PARAMETERS, flat, overrides_of, read_overrides
from sim.scenario.request import Request
from sim.scenario.uncertain import UNCERTAINTIES_IN_WORDS, Uncertainty, as_mapping, uncertainties_of
from sim.scenario.warm_up import faults_of_warm_up

# What a result does not depend on; levers, uncertainties and design are in the digest of a study by what they mean.
NOT_IN_A_RESULT = {
    *("experiment", "title", "study", "results_root", "threads", "compute", "parameters"),
    *("levers", "structures", "uncertainties", "outcomes", "design", "stop", "keep"),
}
MOST_THREADS = 64
LARGEST_SEED = 2**63 - 1
SEEDS_IN_WORDS = f"a number of seeds, 1 to {MOST_SEEDS}, or a list of different whole numbers from 0"


def _seeds(value: Any) -> int | tuple[int, ...]:
    if _is_whole(value) and 1 <= value <= MOST_SEEDS:
        return int(value)
    if isinstance(value, (list, tuple)) and 0 < len(value) <= MOST_SEEDS and _are_different_seeds(value):
        return tuple(value)
    raise ValueError(f"must be {SEEDS_IN_WORDS}")


def _are_different_seeds(values: Sequence[Any]) -> bool:
    return all(_is_whole(seed) and 0 <= seed <= LARGEST_SEED for seed in values) and len(set(values)) == len(values)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _arms(value: Any) -> Any:
    return {name: as_tuple(arm) for name, arm in value.items()} if isinstance(value, Mapping) else value


class Scenario(BaseModel):
    """What is simulated: who, under which rules, for how long, with which luck.

    ``Scenario.compose(["payment=global_budget", "months=24"])`` reads overrides as the command line does;
    ``Scenario(payment="global_budget", months=24)`` does the same from keywords. Both start from ``conf/config.yaml``,
    and raise `ScenarioError` with every fault at once. Read, in order: configuration < group options < experiment <
    command line < arm.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    experiment: str | None = Field(description="the experiment file that the scenario comes from")
    title: str = Field(max_length=200, description="one line for tables and figures")
    population: PopulationChoice
    payment: PaymentChoice
    upstream: UpstreamChoice
    providers: ProvidersChoice
    governance: GovernanceChoice
    compute: ComputeChoice
    months: int = Field(ge=1, le=LONGEST_RUN, description="months that are simulated and reported")
    warm_up: int = Field(ge=0, le=LONGEST_RUN, description="months lived before month 0 without policy, not reported")
    seeds: Annotated[int | tuple[int, ...], BeforeValidator(_seeds)] = Field(
        description="replicates: n means seeds 0 to n-1", json_schema_extra={"allowed": SEEDS_IN_WORDS}
    )
    organizations: Literal["live", "fixed"] = Field(
        description="organizations decide, or repeat the baseline's decisions"
    )
    capacity: Literal["limited", "unlimited"] = Field(description="visits wait for capacity, or none ever waits")
    threads: int = Field(ge=1, le=MOST_THREADS, description="threads; never changes a result")
    study: str | None = Field(
        pattern=NAME,
        description="name of the study folder",
        json_schema_extra={"allowed": f"a bare name: {NAME_IN_WORDS}"},
    )
    results_root: str = Field(
        min_length=1,
        max_length=4000,
        description="folder of the study folders",
        json_schema_extra={"allowed": "the path of a folder"},
    )
    baseline: str | None = Field(
        description="the arm that the others are compared with; default: the first",
        json_schema_extra={"allowed": "the name of an arm"},
    )
    arms: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_arms)] = Field(
        description="from the name of an arm to its overrides",
        json_schema_extra={"allowed": "a mapping from names to lists of key=value texts"},
    )
    parameters: dict[str, Any] = Field(
        description="values of declared parameters, by full name", json_schema_extra={"allowed": "numbers by full name"}
    )

    levers: dict[str, Any] = Field(
        description="what a sweep varies on purpose: every value with every other, for every arm",
        json_schema_extra={"allowed": LEVERS_IN_WORDS},
    )
    structures: Names = Field(
        description="levers that are no choices but rival models of how the world works: the analysis sets them apart",
        json_schema_extra={"allowed": "a list of names of levers"},
    )
    uncertainties: Annotated[dict[str, Any], BeforeValidator(as_mapping)] = Field(
        description="parameters that a sweep draws, the same draw for every arm",
        json_schema_extra={"allowed": UNCERTAINTIES_IN_WORDS},
    )
    outcomes: Names = Field(
        description="measures that are printed beside the headline; all are kept",
        json_schema_extra={"allowed": "a list of measures, see `ccosim describe measures`"},
    )
    design: DesignChoice = Field(
        description="how uncertainties are drawn", json_schema_extra={"allowed": "a mapping with kind, draws, seed"}
    )
    stop: StopChoice = Field(
        description="when a sweep has seeds enough",
        json_schema_extra={"allowed": "a mapping with outcome, half_width, at_most"},
    )
    keep: Literal["totals", "months"] = Field(description="what a sweep keeps of a run: its totals, or its months too")

    _registry: Registry = PrivateAttr()
    _arm_scenarios: dict[str, "Scenario"] = PrivateAttr(default_factory=dict)
    _points: tuple[Point, ...] = PrivateAttr(default=NO_LEVERS)
    _cells: dict[tuple[str, str], "Scenario"] = PrivateAttr(default_factory=dict)
    _uncertain: tuple[Uncertainty, ...] = PrivateAttr(default=())

    @classmethod
    def compose(cls, overrides: Sequence[str] = ()) -> Self:
        """Return the scenario of some overrides in Hydra's style, each ``key=value``.

        Raises
        ------
        ScenarioError
            With every fault found: key, value, what is allowed, nearest valid name.
        """
        faults: list[str] = []
        return cls.model_validate(Request(read_overrides(overrides, faults), faults))

    @model_validator(mode="wrap")
    @classmethod
    def _composed(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Turn a request or keywords into plain data, check them, and attach the registry and the arms."""
        if isinstance(data, cls):
            return data
        if not isinstance(data, Mapping):
            raise ScenarioError([f"a scenario is made of key=value choices, not of {shown(data)}"])
        request = _request_of(data)
        plain = request.plain(cls, conf_folder())
        faults = request.faults
        registry = with_values(plain, conf_folder(), faults)
        try:
            scenario = handler(plain)
            faults += [*faults_of_warm_up(scenario), *faults_of_payment(scenario.payment, scenario.warm_up)]
        except ValidationError as error:
            faults += messages_of(error, cls, partial(in_parameters, registry=registry))
            faults += _faults_beside(error, plain)
        arms = arm_scenarios(cls, request, plain.get("arms"), faults)
        points = points_of(plain.get("levers"), registry, cls, faults)
        faults += faults_of_structures(plain)
        taken = _taken(plain, arms, points)
        uncertain = uncertainties_of(plain.get("uncertainties"), registry, taken, faults)
        if faults:
            raise ScenarioError(faults)
        scenario._registry, scenario._arm_scenarios = registry, arms
        scenario._points, scenario._uncertain = points, tuple(uncertain)
        if points is not NO_LEVERS:
            scenario._cells = cells_of(cls, request, arms or {ONLY_ARM: scenario}, plain["arms"], points, faults)
        if faults:
            raise ScenarioError(faults)
        return scenario

    @classmethod
    def resolved(cls, plain: Mapping[str, Any]) -> Self:
        """Return the scenario that ``described`` has written down: no file of ``conf`` but the parameters is read.

        Raises
        ------
        ScenarioError
            With every fault found.
        """
        return cls.model_validate(Resolved(plain))

    @field_validator("study")
    @classmethod
    def _is_a_folder_of_its_own(cls, study: str | None) -> str | None:
        if study in (".", ".."):
            raise ValueError(f"must be a bare name: {NAME_IN_WORDS}")
        return study

    @field_validator("results_root")
    @classmethod
    def _is_a_path(cls, root: str) -> str:
        if not root.isprintable():
            raise ValueError("must be the path of a folder, without control characters")
        return root

    @property
    def registry(self) -> Registry:
        """All parameters, with the values that this scenario sets."""
        return self._registry

    @property
    def metric_set(self) -> MetricSet | None:
        """What is expected of CCOs by quality measure, or None where nothing is."""
        return read_metric_set(conf_folder(), self.payment.metrics) if self.payment.metrics else None

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks on what is allowed and does nothing, for those who read what was asked for."""
        if not self._arm_scenarios:
            return (*notes_on_payment(self.payment, self.months), *notes_on_providers(self.providers))
        arms: dict[str, list[str]] = {}
        some_answer = any(arm.providers.response != "none" for arm in self._arm_scenarios.values())
        for name, arm in self._arm_scenarios.items():
            for note in arm.notes:
                if not (some_answer and note.startswith(NOBODY_ANSWERS)):  # a passive arm is there to compare with
                    arms.setdefault(note, []).append(name)
        return tuple(f"arm{'s' * (len(names) > 1)} {', '.join(names)}: {note}" for note, names in arms.items())

    @property
    def seed_list(self) -> tuple[int, ...]:
        """The seeds themselves, whether a number or a list was given."""
        return tuple(range(self.seeds)) if isinstance(self.seeds, int) else self.seeds

    @property
    def study_name(self) -> str:
        """The study's name: the given one, or one that the same scenario finds again."""
        return self.study or f"{(self.experiment or 'run').replace('/', '-')}-{self.digest()[:8]}"

    def arm(self, name: str) -> "Scenario":
        """Return the scenario of one arm, without arms of its own.

        Raises
        ------
        ScenarioError
            If there is no such arm.
        """
        if name not in self._arm_scenarios:
            raise ScenarioError([f"arm {name!r}: no such arm{did_you_mean(name, self._arm_scenarios)}"])
        return self._arm_scenarios[name]

    def cell(self, arm: str, point: Point) -> "Scenario":
        """Return the scenario of an arm at a point of the levers; numbers that the point sets come with the draw."""
        if not point.choices:
            return self._arm_scenarios[arm] if self._arm_scenarios else self
        return self._cells[arm, point.key]

    @property
    def points(self) -> tuple[Point, ...]:
        """Every combination of the levers' settings; one empty point without levers."""
        return self._points

    @property
    def uncertain(self) -> tuple[Uncertainty, ...]:
        """What is drawn, patterns resolved."""
        return self._uncertain

    def with_cells(self, values: Mapping[str, Sequence[float]]) -> "Scenario":
        """Return the same scenario with other values of some parameters, as a draw gives them.

        Parameters
        ----------
        values
            From a parameter's name, or the path of a part of its table, to the value of each cell.
        """
        if not values:
            return self
        changed = self.model_copy()
        changed._registry = self._registry.with_cells(values)
        return changed

    def described(self) -> dict[str, Any]:
        """Return the scenario as plain data that can be written to a file."""
        return self.model_dump(mode="json")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scenario) and self.described() == other.described()

    def __hash__(self) -> int:
        return hash(self.digest())

    def digest(self) -> str:
        """Return the SHA-256 of everything that the results depend on: choices, numbers, data files and code.

        Where results are written, how many threads compute them and what the study is called do not count.
        """
        content = self._content()
        if self.is_designed:
            content["points"] = [[dict(p.labels), dict(p.values)] for p in self._points]
            content["cells"] = {f"{arm}: {key}": cell._content() for (arm, key), cell in self._cells.items()}
            content["uncertain"] = [one.described() for one in self._uncertain]
            content["design"] = [self.design.model_dump(), self.keep]
        if self.structures:
            content["structures"] = list(self.structures)
        if self.stop.outcome is not None:
            content["stop"] = self.stop.model_dump()
        return digest_of(content, conf_folder())

    @property
    def is_designed(self) -> bool:
        """Whether anything is varied or drawn."""
        return self._points is not NO_LEVERS or bool(self._uncertain)

    def run_digest(self) -> str:
        """Return the SHA-256 that all runs of this scenario share: whatever their seed, arm's name and study."""
        return digest_of({**self._content(), "seeds": [], "arms": {}, "baseline": None}, conf_folder())

    def run_id(self, seed: int) -> str:
        """Return the SHA-256 that names one run: this scenario without its seeds and arms, and one seed."""
        content = {**self._content(), "seeds": [seed], "arms": {}, "baseline": None}
        return digest_of(content, conf_folder())

    def _content(self) -> dict[str, Any]:
        content = self.model_dump(mode="json", exclude=NOT_IN_A_RESULT)
        content["seeds"] = list(self.seed_list)
        content["arms"] = {name: arm._content() for name, arm in self._arm_scenarios.items()}
        content["values"] = {one.name: one.value.tolist() for one in self._registry}
        return content


class Resolved(Request):
    """Plain data as ``Scenario.described`` writes it: nothing is left to compose."""

    def __init__(self, plain: Mapping[str, Any]) -> None:
        super().__init__([], [])
        self._plain = {**plain, "arms": {}, "levers": {}, "structures": [], "uncertainties": {}, "baseline": None}

    def plain(self, model: type[BaseModel], conf: Path) -> dict[str, Any]:
        return deepcopy(self._plain)


def _request_of(data: Mapping[str, Any]) -> Request:
    return data if isinstance(data, Request) else Request(overrides_of(data), [])


def _faults_beside(error: ValidationError, plain: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with ``payment`` beside the keys that have faults of their own."""
    payment = plain.get("payment")
    if not isinstance(payment, Mapping):
        return []
    places = [fault["loc"] for fault in error.errors(include_url=False) if fault["loc"]]
    wrong = frozenset(str(place[1] if place[0] == "payment" else place[0]) for place in places)
    whole = {"name": "payment", "contracts": (), "start": 0}
    kept = {key: value for key, value in payment.items() if key not in wrong}
    return list(faults_of_payment(PaymentChoice.model_validate(whole | kept), plain.get("warm_up", 0), wrong))


def _taken(plain: Mapping[str, Any], arms: Mapping[str, Scenario], points: tuple[Point, ...]) -> set[str]:
    """Paths of the parameters that something of a study sets: these are known, not uncertain."""
    blocks = [plain, *(block for group in GROUPS if isinstance(block := plain.get(group), dict))]
    given = [block.get("parameters") for block in blocks]
    for arm in arms.values():
        given += [arm.parameters, *(getattr(arm, group).parameters for group in GROUPS)]
    paths = {str(path) for block in given if isinstance(block, Mapping) for path in flat(block)}
    chosen = {one.key.removeprefix(PARAMETERS) for p in points for one in p.choices if one.key.startswith(PARAMETERS)}
    return paths | chosen | {path for point in points for path in point.values}
