"""Does a system go away when nobody holds it: closed or not, whole or broken off?"""

import gc
import weakref

import mesa
import pytest

import sim.runs.work as work
from sim import HealthSystem, begin, simulate
from sim.runs.plan import plan_of
from tests.support.worlds import EVERYTHING, TINY, scenario, system

MONTHS = 3
SIZE = (*TINY, f"months={MONTHS}", "warm_up=2")


@pytest.fixture(scope="module", autouse=True)
def only_what_these_tests_make():
    """What other tests have left is not gone through again and again."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def without_collector():
    """Only counted references free memory, as in the long stretches between two passes of the collector."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def alive():
    gc.collect()
    return sum(isinstance(one, HealthSystem) for one in gc.get_objects())


def break_off(month):
    if month == 2:
        raise LookupError("broken off")


def never_closed(world, seed):
    HealthSystem(world, seed).run()


def broken_off(world, seed):
    with pytest.raises(LookupError):
        simulate(world, seed, progress=break_off)


def in_a_block(world, seed):
    with pytest.raises(LookupError), HealthSystem(world, seed) as model:
        model.run(break_off)


def test_no_system_stays_after_runs_of_every_kind():
    before, world = alive(), scenario(*EVERYTHING, size=SIZE)
    for seed in range(3):
        for kind in (simulate, never_closed, broken_off, in_a_block):
            kind(world, seed)
    assert alive() == before


def test_mesa_keeps_no_system():
    model = system(size=SIZE)
    assert not any(isinstance(key, HealthSystem) for key in getattr(mesa.Agent, "_ids", {}))
    assert sorted(agent.unique_id for agent in model.agents) == list(range(1, len(model.agents) + 1))


@pytest.mark.parametrize(
    "policy",
    [
        EVERYTHING,
        ("payment=oregon_2020", "providers=effort", "upstream=portfolio", "upstream.funding=cco"),
        ("payment=shared_risk", "providers=reduced_form"),
        ("payment=shared_risk", "providers=savings_trend"),
        ("organizations=fixed", "capacity=unlimited", *EVERYTHING),
    ],
)
def test_a_system_is_freed_at_once(policy, without_collector):
    model = HealthSystem(scenario(*policy, size=SIZE))
    model.run()
    gone = [weakref.ref(one) for one in (model, model.recorder, model.providers, model.agency, model.last)]
    del model
    assert [one() for one in gone] == [None] * len(gone)


def test_a_planted_circle_is_found(without_collector):
    model = system(size=SIZE)
    model.agency.system, gone = model, weakref.ref(model)
    del model
    assert gone() is not None


def test_the_threads_of_a_system_end_with_it():
    model = HealthSystem(scenario("threads=2", size=SIZE))
    pool = model._blocks._pool
    del model
    with pytest.raises(RuntimeError, match="after shutdown"):
        pool.submit(print)


def test_an_agent_alone_says_that_its_system_is_gone():
    agency = system(size=SIZE).agency
    with pytest.raises(ReferenceError, match="the health system of this organization is gone"):
        agency.model.month  # noqa: B018


def test_a_start_holds_no_system():
    before, world = alive(), scenario(size=SIZE)
    start = begin(world)
    assert alive() == before
    assert start.month == 0


WORKER = ("arms={a: [payment=fee_for_service], b: [payment=global_budget, upstream=chw, providers=effort]}",)
DRAWN = ("uncertainties=[effort.*, needs.food_onset]", "design.draws=4")  # every draw has a warm-up of its own
SETTLED = 2  # tasks after which a worker has loaded what it keeps
FEW = 4  # objects: a result that is kept has two


def growth_of_a_worker():
    """Return by how many objects a worker grows once it has done a few tasks of a sweep."""
    held = []
    for task in plan_of(scenario(*WORKER, *DRAWN, size=SIZE)).tasks(set()):
        assert all(hasattr(one, "digest") for one in work.run_task(task))
        gc.collect()
        held.append(len(gc.get_objects()))
    return held[-1] - held[SETTLED - 1]


def test_a_worker_stays_as_large_as_it_is_over_a_sweep():
    assert growth_of_a_worker() < FEW


def test_a_worker_that_keeps_its_runs_is_found(monkeypatch):
    kept, as_ever = [], work.outcome_of
    monkeypatch.setattr(work, "outcome_of", lambda *given: kept.append(given[1]) or as_ever(*given))
    assert growth_of_a_worker() > FEW
