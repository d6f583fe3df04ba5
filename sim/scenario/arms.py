"""The arms of a comparison: each is the scenario with a few overrides of its own, all checked before anything runs."""

import re
from typing import Any, TypeVar

from sim.engine.text import shown
from sim.paths import conf_folder
from sim.scenario.choices import NAME, NAME_IN_WORDS
from sim.scenario.faults import UNQUOTED, ScenarioError
from sim.scenario.frozen_scenario import STUDY_KEYS, FrozenScenario
from sim.scenario.names import checked
from sim.scenario.overrides import STUDY_PREFIXES, Override, read_overrides
from sim.scenario.request import Request, settable_keys

Built = TypeVar("Built", bound=FrozenScenario)

MOST_ARMS = 64
ONLY_ARM = "run"  # the name of the arm of a scenario without arms
OF_A_STUDY = ("arms", "baseline", "contrasts", "labels", "levers", "published", "structures", "uncertainties")

# What every arm of a comparison shares: the same people, the same months, the same luck.
SHARED_BY_ARMS = (
    "experiment",
    "title",
    "population",
    "population.members",
    "population.sample",
    "population.minimum_per_cco",
    "population.margins",
    "population.year",
    "population.events",
    "population.evidence",
    "compute",
    "months",
    "warm_up",
    "seeds",
    "threads",
    "conf",
    "study",
    "results_root",
    "baseline",
    "arms",
    *STUDY_KEYS,
    "design.kind",
    "design.draws",
    "design.seed",
    "stop.outcome",
    "stop.half_width",
    "stop.at_most",
    "compute.engine",
    "compute.workers",
    "compute.address",
    "compute.device",
)


def arm_scenarios(kind: type[Built], request: Request, arms: Any, faults: list[str]) -> dict[str, Built]:
    """Return the scenario of every arm; an arm's own faults go to ``faults`` under its name."""
    if not isinstance(arms, dict):
        return {}
    if len(arms) > MOST_ARMS:
        faults.append(f"arms: {len(arms)} arms, must be at most {MOST_ARMS}")
        return {}
    known = set(faults)  # a fault of the whole scenario is not repeated for every arm
    found = {}
    for name, tokens in arms.items():
        own: list[str] = []
        scenario = _arm_scenario(kind, request, name, tokens, own)
        faults += [f"arm {name}: {message}" for message in own if message not in known]
        if scenario is not None:
            found[str(name)] = scenario
    return found


def _arm_scenario(kind: type[Built], request: Request, name: Any, tokens: Any, faults: list[str]) -> Built | None:
    if not _is_name(name):
        unquoted = "" if isinstance(name, str) else f"; {UNQUOTED}"
        faults.append(f"the name of an arm must be {NAME_IN_WORDS}{unquoted}")
    if not isinstance(tokens, list | tuple):
        faults.append(f"must be a list of key=value texts, is {shown(tokens)}")
        return None
    arm = checked(read_overrides(tokens, faults), conf_folder(), settable_keys(kind), faults, SHARED_BY_ARMS)
    given = {one.key: one for one in base_of(request)}
    faults += [
        f"{one.key}: set outside the arms ({given[one.key].text}) and by this arm ({one.text}), choose one"
        for one in arm
        if one.key in given
    ]
    if faults:
        return None
    return scenario_of(kind, request, arm, faults)


def base_of(request: Request) -> list[Override]:
    """Return the overrides that every arm shares."""
    return [one for one in request.overrides if not one.key.startswith(STUDY_PREFIXES) and one.key not in OF_A_STUDY]


def scenario_of(kind: type[Built], request: Request, own: list[Override], faults: list[str]) -> Built | None:
    """Return what a request makes with some overrides of its own after it."""
    try:
        return kind.model_validate(Request(base_of(request), [], own))
    except ScenarioError as error:
        faults += error.messages
        return None


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and re.fullmatch(NAME.strip("^$"), name) is not None and name not in (".", "..")
