"""The scenario: one frozen description of what is simulated, composed, checked and ready to run."""

from collections.abc import Mapping, Sequence
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
from sim.scenario.arms import arm_scenarios
from sim.scenario.choices import (
    LONGEST_RUN,
    NAME,
    NAME_IN_WORDS,
    ComputeChoice,
    GovernanceChoice,
    PaymentChoice,
    PopulationChoice,
    ProvidersChoice,
    UpstreamChoice,
    as_tuple,
)
from sim.scenario.contracts import faults_of_payment
from sim.scenario.declared import with_values
from sim.scenario.digests import digest_of
from sim.scenario.faults import ScenarioError, messages_of
from sim.scenario.overrides import overrides_of, read_overrides
from sim.scenario.request import Request
from sim.scenario.warm_up import faults_of_warm_up

MOST_SEEDS = 100_000
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

    _registry: Registry = PrivateAttr()
    _arm_scenarios: dict[str, "Scenario"] = PrivateAttr(default_factory=dict)

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
        request = data if isinstance(data, Request) else Request(overrides_of(data), [])
        plain = request.plain(cls, conf_folder())
        faults = request.faults
        registry = with_values(plain, conf_folder(), faults)
        try:
            scenario = handler(plain)
            faults += [*faults_of_warm_up(scenario), *faults_of_payment(scenario.payment, scenario.warm_up)]
        except ValidationError as error:
            faults += messages_of(error, cls)
        arms = arm_scenarios(cls, request, plain.get("arms"), faults)
        if faults:
            raise ScenarioError(faults)
        scenario._registry = registry
        scenario._arm_scenarios = arms
        return scenario

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
    def seed_list(self) -> tuple[int, ...]:
        """The seeds themselves, whether a number or a list was given."""
        return tuple(range(self.seeds)) if isinstance(self.seeds, int) else self.seeds

    @property
    def study_name(self) -> str:
        """The study's name: the given one, or one that the same scenario finds again."""
        return self.study or f"{self.experiment or 'run'}-{self.digest()[:8]}"

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
        return digest_of(self._content(), conf_folder())

    def run_id(self, seed: int) -> str:
        """Return the SHA-256 that names one run: this scenario without its seeds and arms, and one seed."""
        content = {**self._content(), "seeds": [seed], "arms": {}, "baseline": None}
        return digest_of(content, conf_folder())

    def _content(self) -> dict[str, Any]:
        content = self.model_dump(
            mode="json",
            exclude={"experiment", "title", "study", "results_root", "threads", "compute", "parameters"},
        )
        content["seeds"] = list(self.seed_list)
        content["arms"] = {name: arm._content() for name, arm in self._arm_scenarios.items()}
        content["values"] = {one.name: one.value.tolist() for one in self._registry}
        return content
