"""The scenario: one frozen description of what is simulated, composed, checked and ready to run."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainValidator,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from sim.axes import parameters_of
from sim.engine.parameters import ParameterError, Registry
from sim.engine.text import did_you_mean, shown
from sim.paths import conf_folder
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
from sim.scenario.composition import composed
from sim.scenario.digests import digest_of
from sim.scenario.faults import ScenarioError, keys_of, messages_of
from sim.scenario.overrides import (
    ARMS,
    GROUPS,
    PARAMETERS,
    Override,
    checked,
    flat,
    overrides_of,
    read_overrides,
)

MOST_SEEDS = 100_000
MOST_ARMS = 64
MOST_THREADS = 64
LARGEST_SEED = 2**63 - 1
SEEDS_IN_WORDS = f"a number of seeds, 1 to {MOST_SEEDS}, or a list of different whole numbers from 0"

# What every arm of a comparison shares: the same people, the same months, the same luck.
SHARED_BY_ARMS = (
    "experiment",
    "title",
    "population",
    "population.members",
    "population.sample",
    "population.minimum_per_cco",
    "population.margins",
    "compute",
    "months",
    "warm_up",
    "seeds",
    "threads",
    "study",
    "results_root",
    "baseline",
    "arms",
)


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
    warm_up: int = Field(ge=0, le=LONGEST_RUN, description="months lived before month 0, not reported")
    seeds: Annotated[int | tuple[int, ...], PlainValidator(_seeds)] = Field(
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
    parameters: dict[str, float] = Field(
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
        return cls.model_validate(_Request(read_overrides(overrides, faults), faults))

    @model_validator(mode="wrap")
    @classmethod
    def _composed(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Turn a request or keywords into plain data, check them, and attach the registry and the arms."""
        if isinstance(data, cls):
            return data
        request = data if isinstance(data, _Request) else _Request(overrides_of(data), [])
        plain = request.plain(conf_folder())
        faults = request.faults
        registry = _registry_of(plain, faults)
        try:
            scenario = handler(plain)
        except ValidationError as error:
            faults += messages_of(error, cls)
        arms = _arm_scenarios(cls, request, plain, faults)
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
        return self.study or f"{self.experiment or 'scenario'}-{self.digest()[:8]}"

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
        """Return the scenario as plain data that can be written to a file and composed again."""
        return self.model_dump(mode="json")

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


class _Request(dict[str, Any]):
    """Overrides on their way to a scenario; a mapping only so that pydantic hands it on."""

    def __init__(self, overrides: list[Override], faults: list[str], arm: Iterable[Override] = ()) -> None:
        super().__init__()
        self.overrides = overrides
        self.arm = list(arm)
        self.faults = faults

    def plain(self, conf: Path) -> dict[str, Any]:
        """Return the composed data with all values set; names that are not valid go to ``faults``."""
        keys = [key for key in keys_of(Scenario) if _can_be_set(key)]
        self.overrides = checked(self.overrides, conf, keys, self.faults)
        chosen = {one.key: one.value for one in (*self.overrides, *self.arm) if one.is_choice}
        plain = composed(conf, chosen)
        plain["parameters"] = flat(plain.get("parameters") or {})
        for override in (*self.overrides, *self.arm):
            _set(plain, override)
        if self.arm:
            plain["arms"] = {}
            plain["baseline"] = None
        self.faults += list(_faults_of_files(plain, conf))
        if plain.get("arms") and isinstance(plain["arms"], dict) and plain.get("baseline") is None:
            plain["baseline"] = next(iter(plain["arms"]))
        return plain


def _can_be_set(key: str) -> bool:
    """Whether a key takes a value of its own: groups are chosen, and parameters are set by their full names."""
    return key not in GROUPS and not key.endswith((".name", ".parameters")) and key != "parameters"


def _set(plain: dict[str, Any], override: Override) -> None:
    """Set the value of one override in the composed data."""
    if override.is_choice:
        return
    if override.key.startswith(PARAMETERS):
        path = override.key.removeprefix(PARAMETERS)
        plain["parameters"].pop(path, None)  # so that the last one given is the last one applied
        plain["parameters"][path] = _as_number(override.value)
    elif override.key.startswith(ARMS):
        plain["arms"] = {**(plain.get("arms") or {}), override.key.removeprefix(ARMS): override.value}
    else:
        *groups, key = override.key.split(".")
        block = plain
        for group in groups:
            block = block[group]
        block[key] = override.value


def _as_number(value: Any) -> Any:
    return float(value) if _is_whole(value) and abs(value) < 2**53 else value


def _faults_of_files(plain: dict[str, Any], conf: Path) -> Iterable[str]:
    """Yield a message for each named file that does not exist, and for a baseline that is no arm."""
    for key, folder in (("population.margins", "population/margins"), ("upstream.packages", "packages")):
        group, name = key.split(".")
        named = (plain.get(group) or {}).get(name)
        for stem in named if isinstance(named, list) else [named]:
            valid = _stems(conf / folder)
            if isinstance(stem, str) and stem not in valid:
                allowed = ", ".join(valid)
                yield f"{key}={shown(stem)}: no such file, must be among {allowed}{did_you_mean(stem, valid)}"
    arms, baseline = plain.get("arms"), plain.get("baseline")
    if isinstance(baseline, str) and isinstance(arms, dict) and baseline not in arms:
        yield f"baseline={shown(baseline)}: must be an arm, one of {', '.join(map(str, arms)) or '(no arms)'}"


def _stems(folder: Path) -> list[str]:
    return sorted({file.stem for file in folder.iterdir() if file.is_file()}) if folder.is_dir() else []


def _registry_of(plain: dict[str, Any], faults: list[str]) -> Registry:
    """Return the parameters with the values of the group options, then of the scenario itself."""
    try:
        registry = declared_parameters(conf_folder())
    except ParameterError as fault:
        raise ScenarioError(fault.messages) from None
    for group in GROUPS:
        block = plain.get(group)
        registry = _with(registry, block.get("parameters") if isinstance(block, dict) else None, faults)
    return _with(registry, plain["parameters"], faults).fresh()


def _with(registry: Registry, values: Any, faults: list[str]) -> Registry:
    if not isinstance(values, Mapping):
        return registry
    try:
        return registry.override(flat(values))
    except ParameterError as fault:
        faults += fault.messages
        return registry


def declared_parameters(conf: Path) -> Registry:
    """Return the parameters as their files declare them; read again only when a file changes."""
    files = sorted((conf / "parameters").glob("*.yaml"))
    return _declared(conf, tuple((file.name, file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=4)
def _declared(conf: Path, files: tuple[tuple[str, int], ...]) -> Registry:
    return parameters_of(conf)


def _arm_scenarios(
    kind: type[Scenario], request: _Request, plain: dict[str, Any], faults: list[str]
) -> dict[str, Scenario]:
    """Return the scenario of every arm; an arm's own faults go to ``faults`` under its name."""
    arms = plain.get("arms")
    if not isinstance(arms, dict):
        return {}
    if len(arms) > MOST_ARMS:
        faults.append(f"arms: {len(arms)} arms, must be at most {MOST_ARMS}")
        return {}
    found = {}
    base = [one for one in request.overrides if not one.key.startswith(ARMS) and one.key not in ("arms", "baseline")]
    already = set(faults)
    for name, tokens in arms.items():
        own: list[str] = []
        scenario = _arm_scenario(kind, name, tokens, base, own)
        faults += [f"arm {name}: {message}" for message in own if message not in already]
        if scenario is not None:
            found[str(name)] = scenario
    return found


def _arm_scenario(
    kind: type[Scenario], name: Any, tokens: Any, base: list[Override], faults: list[str]
) -> Scenario | None:
    if not _is_name(name):
        faults.append(f"the name of an arm must be {NAME_IN_WORDS}")
    if not isinstance(tokens, (list, tuple)):
        faults.append(f"must be a list of key=value texts, is {shown(tokens)}")
        return None
    keys = [key for key in keys_of(kind) if _can_be_set(key)]
    arm = checked(read_overrides(tokens, faults), conf_folder(), keys, faults, SHARED_BY_ARMS)
    given = {one.key: one for one in base}
    faults += [
        f"{one.key}: set outside the arms ({given[one.key].text}) and by this arm ({one.text}), choose one"
        for one in arm
        if one.key in given
    ]
    if faults:
        return None
    marker = Override("arms", {}, "arms={}")
    try:
        return kind.model_validate(_Request(base, [], [marker, *arm]))
    except ScenarioError as error:
        faults += error.messages
        return None


def _is_name(name: Any) -> bool:
    import re

    return isinstance(name, str) and re.fullmatch(NAME.strip("^$"), name) is not None and name not in (".", "..")
