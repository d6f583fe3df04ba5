"""Scenarios and results as researchers handle them: sent to processes, copied, made from NumPy's numbers and paths."""

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim import Scenario, compare, load_study, simulate
from sim.scenario import ScenarioError
from tests.support.worlds import TINY

PAIRED = ("arms.a=[]", "arms.b=[payment=global_budget]")
DESIGNED = (*PAIRED, "levers.payment.start=[0,1]", "uncertainties=[needs.food_onset]", "design.draws=2")
OWN_NUMBER = ("parameters.needs.food_onset=0.02",)
SIZE = (*(word for word in TINY if not word.startswith(("months", "warm_up"))), "months=2", "warm_up=2")


def through_pickle(one):
    return pickle.loads(pickle.dumps(one))  # noqa: S301


WAYS = pytest.mark.parametrize("way", [through_pickle, copy.deepcopy, copy.copy])


@WAYS
@pytest.mark.parametrize("words", [(), OWN_NUMBER, PAIRED, DESIGNED], ids=["plain", "own number", "arms", "designed"])
def test_a_scenario_is_the_same_in_another_place(words, way):
    there, here = way(Scenario.compose([*TINY, *words])), Scenario.compose([*TINY, *words])
    assert there == here
    assert (there.digest(), there.run_digest(), there.is_designed) == (
        here.digest(),
        here.run_digest(),
        here.is_designed,
    )
    assert {p.name: p.value.tolist() for p in there.registry} == {p.name: p.value.tolist() for p in here.registry}
    assert not any(array.flags.writeable for p in there.registry for array in (p.value, p.low, p.high))


@pytest.fixture(scope="module")
def comparison():
    return compare(Scenario.compose([*SIZE, *PAIRED]))


@WAYS
def test_results_are_the_same_in_another_place(way, comparison):
    there = way(comparison)
    assert there.summary().equals(comparison.summary())
    result = comparison.results["b", 0]
    assert way(result) == result
    assert len({way(result), result}) == 1
    assert way(result).recompute_digest() == result.digest
    assert result != comparison.results["a", 0]


def test_what_was_worked_out_does_not_travel(comparison):
    result = copy.copy(comparison.results["a", 0])
    before = len(pickle.dumps(result)), len(pickle.dumps(copy.copy(comparison)))
    result.totals()
    comparison.summary()
    assert (len(pickle.dumps(result)), len(pickle.dumps(comparison))) == before


def test_a_result_prints_one_line(comparison):
    shown = repr(comparison.results["b", 0])
    assert shown.startswith("<RunResult of 'b', seed 0: 2 months, 16 areas, ")
    assert "\n" not in shown
    assert len(shown) < 160


def test_a_process_pool_gives_the_same():
    world = Scenario.compose([*SIZE, *OWN_NUMBER])
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        assert pool.submit(simulate, world, 3).result() == simulate(world, 3)


GIVEN = {
    "whole number": ("months", np.int64(24), 24),
    "number without a sign": ("months", np.uint8(24), 24),
    "array of no dimension": ("months", np.array(24), 24),
    "number of seeds": ("seeds", np.int32(2), 2),
    "array of seeds": ("seeds", np.arange(1, 4), (1, 2, 3)),
    "list of NumPy's numbers": ("seeds", [np.int64(1), 4], (1, 4)),
    "column of pandas": ("seeds", pd.Series([1, 2]), (1, 2)),
    "range": ("seeds", range(3), (0, 1, 2)),
    "path of a folder": ("results_root", Path("here"), "here"),
    "path of an experiment": ("experiment", Path("payment_by_upstream"), "payment_by_upstream"),
    "text of NumPy": ("study", np.str_("mine"), "mine"),
    "array of levers": ("levers", {"payment.start": np.arange(2)}, {"payment.start": [0, 1]}),
    "array of an arm": ("arms", {"a": np.array(["payment.start=3"])}, {"a": ("payment.start=3",)}),
    "number of a parameter": ("parameters", {"needs.food_onset": np.float64(0.02)}, {"needs.food_onset": 0.02}),
}


@pytest.mark.parametrize(("key", "value", "meant"), GIVEN.values(), ids=GIVEN)
def test_values_of_python_are_taken(key, value, meant):
    found = getattr(Scenario(**{key: value}), key)
    assert found == meant
    assert type(found) is type(meant)


def test_values_inside_a_group_are_taken():
    world = Scenario(population={"name": "classroom", "sample": np.float64(0.5)}, design={"draws": np.int64(4)})
    assert (world.population.sample, world.design.draws) == (0.5, 4)
    assert world == Scenario.compose(["population=classroom", "population.sample=0.5", "design.draws=4"])


def faults(make):
    with pytest.raises(ScenarioError) as refused:
        make()
    return refused.value.messages


REFUSED = {
    "months=0": {"months": np.int64(0)},
    "months=3.0": {"months": np.float64(3)},
    "months=true": {"months": np.bool_(True)},
    "seeds=[0.0, 1.0]": {"seeds": np.array([0.0, 1.0])},
    "seeds=[[1], [1]]": {"seeds": np.ones((2, 1), int)},
    "seeds=[1, 1]": {"seeds": np.ones(2, int)},
    "parameters.needs.food_onset=9": {"parameters": {"needs.food_onset": np.float32(9)}},
    "uncertainties.needs.food_onset=[0.5, 1.0]": {"uncertainties": {"needs.food_onset": np.array([0.5, 1.0])}},
    "design.draws=0": {"design": {"draws": np.int64(0)}},
    "study=a/b": {"study": Path("a/b")},
}


@pytest.mark.parametrize(("word", "choices"), REFUSED.items(), ids=REFUSED)
def test_they_are_refused_in_the_words_of_the_command_line(word, choices):
    assert faults(lambda: Scenario(**choices)) == faults(lambda: Scenario.compose([word]))


@pytest.mark.parametrize(
    "given", ["population=classroom", "months=3 seeds=2", "", b"months=3", None, 3, Path("months=3"), {"months": 3}]
)
def test_what_is_no_list_of_overrides_is_one_fault(given):
    assert len(faults(lambda: Scenario.compose(given))) == 1
    assert faults(lambda: Scenario.compose(given))[0].startswith(f"overrides={given!r}: must be a list")


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, np.float64(2), "3", True, [1]])
def test_a_seed_that_is_none_is_refused(seed):
    world = Scenario.compose(SIZE)
    assert faults(lambda: simulate(world, seed))[0].endswith(
        "must be a whole number, at least 0 and at most 9223372036854775807"
    )


@pytest.mark.parametrize("threads", [0, -2, 65, 1.5, "2"])
def test_a_number_of_threads_that_is_none_is_refused(threads):
    world = Scenario.compose(SIZE)
    assert faults(lambda: simulate(world, threads=threads))[0].startswith(
        f"threads={threads!r}: must be a whole number"
    )


def test_seeds_of_numpy_are_the_same_luck():
    world = Scenario.compose(SIZE)
    assert simulate(world, np.uint32(3), threads=np.int64(1)) == simulate(world, 3)


@pytest.mark.parametrize("run", [simulate, compare])
def test_what_is_no_scenario_is_said(run):
    with pytest.raises(TypeError, match=r"a Scenario is simulated, not \['months=3'\]"):
        run(["months=3"])


def test_one_measure_is_a_list_of_one(comparison):
    assert comparison.table("pmpm_total").equals(comparison.table(["pmpm_total"]))
    assert len(comparison.table("pmpm_total")) == 2


@pytest.mark.parametrize("ask", [lambda c: c.table("pmpm"), lambda c: c.results["a", 0].value("pmpm")])
def test_a_measure_that_there_is_not_is_said(ask, comparison):
    with pytest.raises(KeyError, match=r"no measure 'pmpm' \(nearest: pmpm_"):
        ask(comparison)


def test_a_stratum_that_there_is_not_is_said(comparison):
    with pytest.raises(KeyError, match=r"level 'all' of race: must be one of aian, .* \(nearest: aian\)"):
        comparison.table(stratum="race")
    with pytest.raises(KeyError, match=r"stratum 'ruralty': must be one of all, area, race, .*nearest: rurality"):
        comparison.table(stratum="ruralty", level="rural")


def test_a_study_is_found_by_its_path(tmp_path):
    with pytest.raises(ValueError, match="none"):
        load_study(tmp_path / "none")
