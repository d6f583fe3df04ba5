"""Builds a scenario from a request: composes and checks the data, then attaches parameters, arms and cells."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from pydantic import ValidationError

from sim.own_folder import ConfError, own_folder
from sim.paths import conf_folder
from sim.scenario.arms import ONLY_ARM, Built, arm_scenarios
from sim.scenario.choices import PaymentChoice
from sim.scenario.contracts import faults_of_payment
from sim.scenario.contrasts import faults_of_contrasts
from sim.scenario.declared import in_parameters, with_places, with_values
from sim.scenario.events import chosen_events, faults_of_events
from sim.scenario.faults import ScenarioError, messages_of
from sim.scenario.frozen_scenario import FrozenScenario
from sim.scenario.levers import cells_of, faults_of_structures, points_of
from sim.scenario.overrides import GROUPS, PARAMETERS, flat
from sim.scenario.points import NO_LEVERS, Point
from sim.scenario.published import faults_of_published
from sim.scenario.request import Request, settable_keys
from sim.scenario.timeline import as_entries, phases_of
from sim.scenario.uncertain import uncertainties_of
from sim.upstream.load import PackageError, load_packages, package_names

NOTHING: frozenset[str] = frozenset()


def build_scenario(kind: type[Built], request: Request, check: Callable[[dict[str, Any]], Built]) -> Built:
    """Return the scenario that a request asks for.

    Parameters
    ----------
    kind
        The class of the scenario, and of its arms and cells.
    check
        Turns plain data into a scenario, or raises pydantic's ``ValidationError``.

    Raises
    ------
    ScenarioError
        With every fault found: key, value, what is allowed, nearest valid name.
    """
    try:
        with own_folder(request.conf) as given:
            return _built(kind, request, check, given)
    except ConfError as fault:
        raise ScenarioError(fault.messages) from None


def _built(kind: type[Built], request: Request, check: Callable[[dict[str, Any]], Built], conf: str | None) -> Built:
    plain = {**request.plain(kind, conf_folder()), "conf": conf}
    faults = request.faults
    plain["at"] = as_entries(plain.get("at"), conf_folder(), settable_keys(kind), faults)
    faults += faults_of_events(plain, conf_folder())
    plain["events"] = chosen_events(plain)
    registry = with_values(plain, conf_folder(), faults)
    try:
        scenario = check(plain)
        faults += [
            *_faults_of_cluster(scenario),
            *_faults_of_device(scenario),
            *_faults_of_warm_up(scenario),
            *faults_of_payment(scenario.payment, scenario.warm_up),
        ]
        faults += _faults_of_trial(scenario)
    except ValidationError as error:
        faults += messages_of(error, kind, partial(in_parameters, registry=registry))
        faults += _faults_beside(error, plain)
    phases, in_time = ((), NOTHING) if faults else phases_of(kind, plain, registry, faults)
    arms = arm_scenarios(kind, request, plain.get("arms"), faults)
    points = points_of(plain.get("levers"), registry, kind, faults)
    faults += [*faults_of_structures(plain), *faults_of_contrasts(plain), *faults_of_published(plain)]
    uncertain = uncertainties_of(plain.get("uncertainties"), registry, _taken(plain, arms, points) | in_time, faults)
    if faults:
        raise ScenarioError(with_places(faults, conf_folder()))
    cells: dict[tuple[str, str], Built] = {}
    scenario.attach(conf_folder(), registry, phases, in_time, arms, points, cells, uncertain)
    if points is not NO_LEVERS:
        cells.update(cells_of(kind, request, arms or {ONLY_ARM: scenario}, plain["arms"], points, faults))
    if faults:
        raise ScenarioError(with_places(faults, conf_folder()))
    return scenario


def _faults_of_cluster(scenario: FrozenScenario) -> Iterator[str]:
    if scenario.conf is not None and scenario.compute.address is not None:
        yield "compute.address: workers of other machines cannot read conf=DIR; leave one of the two out"


def _faults_of_device(scenario: FrozenScenario) -> Iterator[str]:
    if scenario.compute.device != "cuda":
        return
    from numba import cuda  # half a second, for those alone who ask for it

    if not cuda.is_available():
        yield "compute.device=cuda: no CUDA device with a driver is found here; say compute.device=cpu, or leave it out"


def _faults_of_warm_up(scenario: FrozenScenario) -> Iterator[str]:
    if scenario.capacity == "limited" and scenario.warm_up == 0:
        yield (
            "warm_up=0: must be at least 1 with capacity=limited, for capacity is set from what members ask for in the "
            "warm-up; or say capacity=unlimited"
        )


def _faults_beside(error: ValidationError, plain: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with ``payment`` beside the keys that have faults of their own."""
    payment = plain.get("payment")
    if not isinstance(payment, Mapping):
        return []
    places = [fault["loc"] for fault in error.errors(include_url=False) if fault["loc"]]
    wrong = frozenset(str(place[1] if place[0] == "payment" else place[0]) for place in places)
    whole = {"name": "payment", "contracts": (), "start": 0}
    kept = {key: value for key, value in payment.items() if isinstance(key, str) and key not in wrong}
    return list(faults_of_payment(PaymentChoice.model_validate(whole | kept), plain.get("warm_up", 0), wrong))


def _taken(plain: Mapping[str, Any], arms: Mapping[str, FrozenScenario], points: tuple[Point, ...]) -> set[str]:
    """Paths of the parameters that something of a study sets: these are known, not uncertain."""
    blocks = [plain, *(block for group in GROUPS if isinstance(block := plain.get(group), dict))]
    given = [block.get("parameters") for block in blocks]
    for arm in arms.values():
        given += [dict.fromkeys(arm.changing), arm.parameters, *(getattr(arm, group).parameters for group in GROUPS)]
    paths = {str(path) for block in given if isinstance(block, Mapping) for path in flat(block)}
    chosen = {one.key.removeprefix(PARAMETERS) for p in points for one in p.choices if one.key.startswith(PARAMETERS)}
    return paths | chosen | {path for point in points for path in point.values}


def _faults_of_trial(scenario: FrozenScenario) -> Iterator[str]:
    """Yield a message if the package of a trial is not given to people one by one."""
    name = scenario.upstream.trial
    if name in package_names(conf_folder()):  # a missing file is said elsewhere
        with suppress(PackageError):
            (package,) = load_packages((name,), conf_folder())
            if package.places.kind == "area":
                yield f"upstream.trial={name}: is money for whole areas, nobody can be randomized to it"
