"""The frozen model of a scenario: what its fields may be, and what can be asked of a scenario that has been built."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, field_validator

from sim.engine.parameters import Registry
from sim.engine.text import did_you_mean
from sim.own_folder import of_folder, said
from sim.paths import shipped_folder, user_path
from sim.payment.metric_sets import MetricSet, read_metric_set
from sim.payment.parties import ALL
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
from sim.scenario.contracts import notes_on_payment
from sim.scenario.contrasts import CONTRASTS_IN_WORDS, interaction, weights_of
from sim.scenario.digests import digest_of, file_digest, files_of_a_run
from sim.scenario.events import EVENTS_IN_WORDS, as_events
from sim.scenario.faults import ScenarioError
from sim.scenario.phases import AT_IN_WORDS, Phase
from sim.scenario.points import LEVERS_IN_WORDS, NO_LEVERS, Point
from sim.scenario.published import PUBLISHED_IN_WORDS, Published
from sim.scenario.python_values import LARGEST_SEED, MOST_THREADS, as_whole, is_whole
from sim.scenario.uncertain import UNCERTAINTIES_IN_WORDS, Uncertainty, as_mapping

STUDY_KEYS = (
    "levers",
    "structures",
    "uncertainties",
    "outcomes",
    "contrasts",
    "labels",
    "published",
    "design",
    "stop",
    "keep",
)
"""What a study does with its runs; a run does not depend on it, and all arms share it."""

# What a result does not depend on; levers, uncertainties and design are in the digest of a study by what they mean.
NOT_IN_A_RESULT = {
    *("experiment", "title", "conf", "study", "results_root", "threads", "compute", "parameters", "at", "events"),
    *STUDY_KEYS,
}
SEEDS_IN_WORDS = f"a number of seeds, 1 to {MOST_SEEDS}, or a list of different whole numbers from 0"


def _seeds(value: Any) -> int | tuple[int, ...]:
    if is_whole(value) and 1 <= value <= MOST_SEEDS:
        return int(value)
    if isinstance(value, (list, tuple)) and 0 < len(value) <= MOST_SEEDS and _are_different_seeds(value):
        return tuple(value)
    raise ValueError(f"must be {SEEDS_IN_WORDS}")


def _are_different_seeds(values: Sequence[Any]) -> bool:
    return all(is_whole(seed) and 0 <= seed <= LARGEST_SEED for seed in values) and len(set(values)) == len(values)


def _arms(value: Any) -> Any:
    return {name: as_tuple(arm) for name, arm in value.items()} if isinstance(value, Mapping) else value


class FrozenScenario(BaseModel):
    """The fields of a scenario, its arms and cells, and the digests that name it and its runs."""

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
    warm_up: int = Field(ge=0, le=LONGEST_RUN, description="months simulated before month 0 without policy")
    seeds: Annotated[int | tuple[int, ...], BeforeValidator(_seeds)] = Field(
        description="replicates: n means seeds 0 to n-1", json_schema_extra={"allowed": SEEDS_IN_WORDS}
    )
    organizations: Literal["live", "fixed"] = Field(
        description="organizations decide, or repeat the baseline's decisions"
    )
    capacity: Literal["limited", "unlimited"] = Field(description="visits wait for capacity, or none ever waits")
    threads: int = Field(ge=1, le=MOST_THREADS, description="threads; never changes a result")
    conf: str | None = Field(
        default=None,
        description="folder of your own that is searched before the shipped one",
        json_schema_extra={"allowed": "null, or the path of a folder"},
    )
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

    at: dict[str, dict[str, Any]] = Field(
        description="what begins, changes and ends during the run, by month",
        json_schema_extra={"allowed": AT_IN_WORDS},
    )

    events: Annotated[dict[str, int | str | None], BeforeValidator(as_events)] = Field(
        description="what happens that is no policy: enrollment, needs, visits, capacity, by month",
        json_schema_extra={"allowed": EVENTS_IN_WORDS},
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
    contrasts: dict[str, str] = Field(
        description="sums of arms that are reported beside the differences from the baseline; "
        "default: the interaction, where four arms are a two by two",
        json_schema_extra={"allowed": CONTRASTS_IN_WORDS},
    )
    labels: dict[str, str] = Field(
        description="from the name of an arm to what tables and figures call it",
        json_schema_extra={"allowed": "a mapping from names of arms to words"},
    )
    published: Published | None = Field(
        default=None,
        description="what was published about the change; changes no result",
        json_schema_extra={"allowed": PUBLISHED_IN_WORDS},
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
    _folder: Path = PrivateAttr(default_factory=shipped_folder)
    _phases: tuple[Phase, ...] = PrivateAttr(default=())
    _changing: frozenset[str] = PrivateAttr(default=frozenset())
    _arm_scenarios: dict[str, Self] = PrivateAttr(default_factory=dict)
    _points: tuple[Point, ...] = PrivateAttr(default=NO_LEVERS)
    _cells: dict[tuple[str, str], Self] = PrivateAttr(default_factory=dict)
    _uncertain: tuple[Uncertainty, ...] = PrivateAttr(default=())

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
        return str(user_path(root))

    def attach(
        self,
        folder: Path,
        registry: Registry,
        phases: tuple[Phase, ...],
        changing: frozenset[str],
        arms: dict[str, Self],
        points: tuple[Point, ...],
        cells: dict[tuple[str, str], Self],
        uncertain: Sequence[Uncertainty],
    ) -> None:
        """Store what was derived from the fields when the scenario was built; only the builder calls this."""
        self._folder, self._registry, self._arm_scenarios = folder, registry, arms
        self._phases, self._changing = phases, changing
        self._points, self._cells, self._uncertain = points, cells, tuple(uncertain)

    @property
    def registry(self) -> Registry:
        """All parameters, with the values that this scenario sets."""
        return self._registry

    @property
    def folder(self) -> Path:
        """The configuration that a run of this scenario reads: the shipped folder, or a user's own above it."""
        return self._folder

    def renumber(self, registry: Registry) -> None:
        """Replace the parameters while the scenario is built; only the builder calls this."""
        self._registry = registry

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The scenarios that come into force during the run, each with its first month."""
        return self._phases

    @property
    def changing(self) -> frozenset[str]:
        """Paths of the parameters that change during the run."""
        return self._changing

    def in_force(self, month: int) -> Self:
        """Return the scenario that is in force in a month: this one until the timeline changes it."""
        return next((phase.scenario for phase in reversed(self._phases) if phase.month <= month), self)

    def throughout(self, change: Callable[[Self], Self]) -> Self:
        """Return the scenario with a change made to it and to all that comes into force later."""
        changed = change(self)
        if self._phases:
            changed._phases = tuple(replace(phase, scenario=change(phase.scenario)) for phase in self._phases)
        return changed

    @property
    def packages_ever(self) -> tuple[str, ...]:
        """The upstream packages that are on offer at any time, in the order in which they come."""
        offers = (self, *(phase.scenario for phase in self._phases))
        return tuple(dict.fromkeys(name for one in offers for name in one.upstream.packages))

    @property
    def divides_clinics(self) -> bool:
        """Whether contracts are with a part of the clinics at any time."""
        return any(one.payment.clinics != ALL for one in (self, *(phase.scenario for phase in self._phases)))

    def past(self, month: int) -> str:
        """Return the SHA-256 of all that the months before a month depend on."""
        earlier = [[phase.month, phase.scenario._content()] for phase in self._phases if phase.month < month]
        return digest_of(
            {"until": month, "first": {**self._content(), "phases": [], "files": [], "seeds": []}, "then": earlier}
        )

    @property
    def metric_set(self) -> MetricSet | None:
        """What is expected of CCOs by quality measure, or None where nothing is."""
        return read_metric_set(self._folder, self.payment.metrics) if self.payment.metrics else None

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for those who read what was asked for: files of their own, and what is allowed and does nothing."""
        return (*said(of_folder(self._folder)), *self._idle)

    @property
    def _idle(self) -> tuple[str, ...]:
        if not self._arm_scenarios:
            return (*notes_on_payment(self.payment, self.months), *notes_on_providers(self.providers))
        arms: dict[str, list[str]] = {}
        some_answer = any(arm.providers.response != "none" for arm in self._arm_scenarios.values())
        for name, arm in self._arm_scenarios.items():
            for note in arm._idle:
                if not (some_answer and NOBODY_ANSWERS in note):  # a passive arm is there to compare with
                    arms.setdefault(note, []).append(name)
        return tuple(f"arm{'s' * (len(names) > 1)} {', '.join(names)}: {note}" for note, names in arms.items())

    @property
    def seed_list(self) -> tuple[int, ...]:
        """The seeds themselves, whether a number or a list was given."""
        return tuple(range(self.seeds)) if isinstance(self.seeds, int) else self.seeds

    def seed_of(self, seed: Any) -> int:
        """Return the seed of one run: the one given, or the first of the scenario's."""
        return self.seed_list[0] if seed is None else as_whole("seed", seed, 0, LARGEST_SEED)

    def threads_of(self, threads: Any) -> int:
        """Return the threads of one run: those given, or the scenario's."""
        return self.threads if threads is None else as_whole("threads", threads, 1, MOST_THREADS)

    @property
    def study_name(self) -> str:
        """The study's name: the given one, or one that the same scenario finds again."""
        return self.study or f"{(self.experiment or 'run').replace('/', '-')}-{self.digest()[:8]}"

    def arm(self, name: str) -> Self:
        """Return the scenario of one arm, without arms of its own.

        Raises
        ------
        ScenarioError
            If there is no such arm.
        """
        if name not in self._arm_scenarios:
            raise ScenarioError([f"arm {name!r}: no such arm{did_you_mean(name, self._arm_scenarios)}"])
        return self._arm_scenarios[name]

    def cell(self, arm: str, point: Point) -> Self:
        """Return the scenario of an arm at a point of the levers; numbers that the point sets come with the draw."""
        if not point.choices:
            return self._arm_scenarios[arm] if self._arm_scenarios else self
        return self._cells[arm, point.key]

    @property
    def sums(self) -> dict[str, dict[str, float]]:
        """The contrasts: from the name of each to the weights of the arms."""
        chosen = self.contrasts or interaction(self.arms, self.baseline or "")
        return {name: weights_of(text) for name, text in chosen.items()}

    @property
    def points(self) -> tuple[Point, ...]:
        """Every combination of the levers' settings; one empty point without levers."""
        return self._points

    @property
    def uncertain(self) -> tuple[Uncertainty, ...]:
        """What is drawn, patterns resolved."""
        return self._uncertain

    def with_cells(self, values: Mapping[str, Sequence[float]]) -> Self:
        """Return the same scenario with other values of some parameters, as a draw gives them.

        Parameters
        ----------
        values
            From a parameter's name, or the path of a part of its table, to the value of each cell.
        """
        if not values:
            return self

        def drawn(one: Self) -> Self:
            changed = one.model_copy()
            changed._registry = one._registry.with_cells(values)
            return changed

        return self.throughout(drawn)

    def described(self) -> dict[str, Any]:
        """Return the scenario as plain data that can be written to a file."""
        return self.model_dump(mode="json")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FrozenScenario) and self.described() == other.described()

    def __hash__(self) -> int:
        return hash(self.digest())

    def digest(self) -> str:
        """Return the SHA-256 of everything that the results depend on: choices, numbers, data files read and code.

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
        return digest_of(content)

    @property
    def is_designed(self) -> bool:
        """Whether anything is varied or drawn."""
        return self._points != NO_LEVERS or bool(self._uncertain)

    def run_digest(self) -> str:
        """Return the SHA-256 that all runs of this scenario share: whatever their seed, arm's name and study."""
        return digest_of({**self._content(), "seeds": [], "arms": {}, "baseline": None})

    def inputs(self) -> dict[str, str]:
        """Return what a run of this scenario reads from files: the SHA-256 of each, and of the parameters' values."""
        values = hashlib.sha256(repr([one.value.tolist() for one in self._registry]).encode()).hexdigest()
        return {name: file_digest(self._folder / name) for name in self.files()} | {"parameters": values}

    def files(self) -> tuple[str, ...]:
        """Return the data files below ``conf`` that a run of this scenario reads."""
        sets = (one.payment.metrics for one in (self, *(phase.scenario for phase in self._phases)))
        return files_of_a_run(self.population.margins, self.packages_ever, filter(None, sets), self.events)

    def run_id(self, seed: int) -> str:
        """Return the SHA-256 that names one run: this scenario without its seeds and arms, and one seed."""
        content = {**self._content(), "seeds": [seed], "arms": {}, "baseline": None}
        return digest_of(content)

    def _content(self) -> dict[str, Any]:
        content = self.model_dump(mode="json", exclude=NOT_IN_A_RESULT)
        content["seeds"] = list(self.seed_list)
        content["arms"] = {name: arm._content() for name, arm in self._arm_scenarios.items()}
        content["files"] = [file_digest(self._folder / name) for name in self.files()]
        content["phases"] = [[phase.month, phase.scenario._content()] for phase in self._phases]
        content["values"] = {one.name: one.value.tolist() for one in self._registry}
        return content
