"""Arguments of the wrong kind: one plain sentence that names the argument, whichever public name was called."""

import pytest

from sim import HealthSystem, Scenario, begin, claims, compare, load_start, load_study, save_start, simulate
from sim.scenario import ScenarioError
from sim.start import Start
from tests.support.worlds import TINY

S = Scenario.compose(TINY)


@pytest.fixture(scope="module")
def start():
    return begin(S, 1)


@pytest.mark.parametrize("given", [None, 3, "population=classroom", {"population": "classroom"}, [S], Scenario])
@pytest.mark.parametrize("call", [HealthSystem, begin, claims, compare, simulate, lambda s: load_start("x.npz", s)])
def test_what_is_no_scenario_is_refused(call, given):
    with pytest.raises(TypeError, match=r"^a Scenario is simulated, not .*Scenario\(population='classroom'\)"):
        call(given)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: HealthSystem(S, population=3), "population"),
        (lambda: HealthSystem(S, population="classroom"), "population"),
        (lambda: HealthSystem(S, decisions=3), "decisions"),
        (lambda: simulate(S, progress=3), "progress"),
        (lambda: simulate(S, build=3), "build"),
        (lambda: compare(S, progress=3), "progress"),
        (lambda: compare(S, store="results/mine"), "store"),
        (lambda: save_start(3, "x.npz"), "start"),
        (lambda: load_start(None, S), "path"),
        (lambda: load_study(None), "path"),
        (lambda: load_study(3), "path"),
        (lambda: load_study(b"results"), "path"),
    ],
)
def test_an_argument_of_another_kind_is_named(call, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TypeError, match=rf"^{name}=.*: must be "):
        call()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("people", [0, -3, "a", 1.5, True])
def test_people_to_follow_are_a_number(people):
    with pytest.raises(ScenarioError, match=r"^people=.*: must be a whole number, at least 1"):
        claims(S, people=people)


def test_a_run_begins_from_its_own_start_only(start):
    with pytest.raises(ScenarioError, match=r"^seed=2: the start is of seed 1"):
        HealthSystem(S, 2, population=start)
    other = Scenario.compose(["population=oregon"])
    with pytest.raises(ScenarioError, match=r"^population=oregon: the start is of another population"):
        HealthSystem(other, 1, population=start)
    assert isinstance(HealthSystem(S, 1, population=start).snapshot(), Start)


def test_results_name_what_they_do_not_have(start):
    with HealthSystem(S, 1, population=start) as model:
        for arrays in (3, {}, {"members": []}):
            with pytest.raises(TypeError, match=r"^arrays=.*: must be the named arrays that `save` returned"):
                model.restore(arrays)
        found = model.run()
    for name in (["pmpm_total"], None, 3):
        with pytest.raises(KeyError, match="no measure"):
            found.value(name)
    for group in ("rural", {"rurality": "rural"}, ["rural"]):
        with pytest.raises(TypeError, match=r"^group=.*: must be a mapping from strata to lists"):
            found.of_group(group)


def test_one_arm_is_said_to_be_compared_with_nothing():
    assert "one arm with nothing" in repr(compare(S))
