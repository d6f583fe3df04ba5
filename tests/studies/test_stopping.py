"""A study that stops by itself: after complete batches, the same whoever works and whenever; it covers the truth."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import sim.runs.study as sessions
from sim.measures.intervals import mean_interval
from sim.runs import stopping
from sim.runs.plan import plan_of
from sim.runs.reproduction import reproduce
from sim.runs.stopping import Look, batches, check_stop, enough, look, noted
from sim.runs.study import open_sweep, run_sweep
from sim.scenario import ScenarioError
from sim.study import load_study
from tests.support import stub_runs as stubs
from tests.support.stub_runs import Inline, quick, study

WORDS = ("stop.outcome=pmpm_total", "stop.half_width=4", "stop.at_most=60")


@pytest.fixture
def inline(monkeypatch):
    asked = []

    def crew_of(engine, workers, address, work):
        return Inline(lambda task: asked.extend(task.runs) or work(task))

    monkeypatch.setattr(sessions, "crew_of", crew_of)
    return asked


def stopping_study(root, *more, seeds=5, draws=2, **kind):
    return study(root, *WORDS, *more, seeds=seeds, draws=draws, **kind)


def lived(scenario, work=quick):
    folder = open_sweep(scenario)
    return folder, run_sweep(folder, scenario, work=work)


def looks(*widths):
    """Looks at 5, 10, ... seeds, with a half interval for each of two arms."""
    return [
        Look(5 * n, (("", "b"), ("", "c")), np.array([1.0, 2.0]), np.array(both)) for n, both in enumerate(widths, 1)
    ]


@pytest.mark.quick
@pytest.mark.parametrize(
    ("widths", "stops"),
    [
        ([(4, 1), (1, 4)], True),  # as narrow as asked for is narrow enough
        ([(4.01, 1), (1, 1)], False),  # the look before the last was not
        ([(1, 1), (1, 4.01)], False),
        ([(9, 9), (1, 1), (1, 1)], True),
        ([(1, 1), (9, 9), (1, 1)], False),
        ([(1, 1)], False),
        ([(1, 1), (1, np.nan)], False),
    ],
)
def test_a_study_ends_at_the_second_narrow_look_running(widths, stops):
    assert enough(looks(*widths), 4.0) == stops


@pytest.mark.quick
def test_what_a_study_notes_of_its_end(tmp_path):
    """Twice as wide as asked for at ten seeds: forty would do."""
    scenario = stopping_study(tmp_path)
    wide = noted(scenario, looks((9, 9), (8, 1)))
    assert (wide["seeds"], wide["looks"], wide["widest"], wide["needed"]) == (10, 2, 8, 40)
    assert (wide["enough"], wide["wanted"], wide["at_most"], wide["outcome"]) == (False, 4, 60, "pmpm_total")
    assert noted(scenario, looks((9, 9), (8.2, 1)))["needed"] == 43
    assert noted(scenario, looks((1, 1), (1, 1)))["needed"] is None
    unknown = noted(scenario, looks((1, 1), (np.nan, 1)))
    assert (unknown["widest"], unknown["needed"], unknown["enough"]) == (None, None, False)
    rows = stopping.frame(looks((9, 8), (7, 6)))
    assert rows[["seeds", "arm", "difference", "half_width"]].values.tolist() == [
        [5, "b", 1, 9], [5, "c", 2, 8], [10, "b", 1, 7], [10, "c", 2, 6],
    ]  # fmt: skip


@pytest.mark.quick
def test_batches_end_at_the_most_seeds(tmp_path):
    scenario = stopping_study(tmp_path, "stop.at_most=12")
    assert [one.seeds for one in batches(plan_of(scenario), scenario)] == [
        (0, 1, 2, 3, 4), tuple(range(10)), tuple(range(12)),
    ]  # fmt: skip


# -- what is looked at -----------------------------------------------------------------------------------------------


def test_a_look_is_the_paired_interval_over_seeds_of_the_mean_of_draws(tmp_path, inline):
    folder, progress = lived(stopping_study(tmp_path, "levers.population.renewal=[annual,continuous_2023]"))
    found = load_study(folder.path)
    seeds = found.manifest["seed_list"]
    totals = found.totals(stratum="all", measure="pmpm_total")
    last = found.table("stopping").query(f"seeds == {len(seeds)}")
    assert list(last["point"]) == ["population.renewal=annual", "population.renewal=continuous_2023"]
    for point, row in enumerate(last.itertuples()):
        here = totals[totals["draw"] // 2 == point]
        by_seed = here.groupby(["arm", "seed"], observed=True)["value"].mean()
        paired = mean_interval((by_seed["b"] - by_seed["a"]).to_numpy())
        assert row.difference == pytest.approx(float(paired.estimate))
        assert row.half_width == pytest.approx(float(paired.high - paired.low) / 2)
    assert progress.done == 2 * 2 * 2 * len(seeds)


@pytest.mark.quick
def test_a_seed_of_which_a_draw_has_no_value_has_none():
    """Else seeds would be means of different draws."""
    found = stopping._mean_of_draws(np.array([[1.0, np.nan], [3.0, 4.0]]))
    assert found[0] == 2
    assert np.isnan(found[1])


def test_it_ends_when_two_looks_running_are_narrow(tmp_path, inline):
    folder, progress = lived(stopping_study(tmp_path))
    found = load_study(folder.path)
    looks = found.table("stopping")
    narrow = (looks["half_width"] <= 4).tolist()
    assert narrow[-2:] == [True, True]
    assert not any(a and b for a, b in pairwise(narrow[:-1]))
    assert looks["seeds"].tolist() == [5 * (i + 1) for i in range(len(looks))]
    assert found.manifest["seed_list"] == list(range(5 * len(looks)))
    assert (found.manifest["stopped"]["enough"], found.manifest["stopped"]["seeds"]) == (True, 5 * len(looks))
    assert progress.done == progress.planned == 2 * 2 * 5 * len(looks) == len(set(inline))


def test_at_most_is_the_end_and_says_how_many_would_do(tmp_path, inline):
    folder, _ = lived(stopping_study(tmp_path, "stop.half_width=0.5", "stop.at_most=17"))
    found = load_study(folder.path).manifest
    assert found["seed_list"] == list(range(17))
    assert found["stopped"]["looks"] == 4
    assert not found["stopped"]["enough"]
    ratio = found["stopped"]["widest"] / 0.5
    assert found["stopped"]["needed"] == int(np.ceil(17 * ratio**2))


def test_without_a_stop_nothing_is_looked_at(tmp_path, inline):
    folder, _ = lived(study(tmp_path))
    assert not (folder.path / "stopping.csv").exists()
    assert "stopped" not in folder.manifest


def test_a_study_that_no_longer_stops_forgets_how_it_ended(tmp_path, inline):
    folder, _ = lived(stopping_study(tmp_path))
    inline.clear()
    folder, _ = lived(study(tmp_path, seeds=5, draws=2))
    assert inline == []  # its runs are among those that are there
    assert not (folder.path / "stopping.csv").exists()
    assert load_study(folder.path).manifest["seed_list"] == [0, 1, 2, 3, 4]


# -- the same whoever works ------------------------------------------------------------------------------------------


def prints(folder):
    names = ("stopping.csv", "totals.parquet", "summary.csv", "runs.parquet", "years.parquet")
    return [(folder.path / name).read_bytes() for name in names]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The study that nothing interrupts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "crew_of", lambda engine, workers, address, work: Inline(work))
        return lived(stopping_study(tmp_path_factory.mktemp("whole")))[0]


@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_workers_stops_at_the_same_seed(tmp_path, workers, whole):
    folder, _ = lived(stopping_study(tmp_path / "pool", f"compute.workers={workers}"))
    assert prints(folder) == prints(whole)
    assert folder.manifest["result_digest"] == whole.manifest["result_digest"]


@pytest.fixture(scope="module")
def all_tasks(tmp_path_factory):
    """How many tasks the whole study has: the stubs' luck hangs on the code, so the number is not always the same."""
    tasks = []

    def counted(task):
        tasks.append(task)
        return quick(task)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "crew_of", lambda engine, workers, address, work: Inline(work))
        lived(stopping_study(tmp_path_factory.mktemp("counted")), counted)
    return len(tasks)


@pytest.mark.parametrize("part", [0.1, 0.4, 1])
def test_interrupted_it_stops_at_the_same_seed(tmp_path, part, inline, whole, all_tasks):
    tasks = []

    def until(task):
        tasks.append(task)
        if len(tasks) == max(1, round(part * all_tasks)):
            raise KeyboardInterrupt
        return quick(task)

    scenario = stopping_study(tmp_path / "cut")
    with pytest.raises(KeyboardInterrupt):
        run_sweep(open_sweep(scenario), scenario, work=until)
    folder, _ = lived(scenario)
    assert prints(folder) == prints(whole)
    assert folder.manifest["seed_list"] == whole.manifest["seed_list"]


def test_a_failed_run_decides_nothing(tmp_path, inline, whole):
    folder, progress = lived(stopping_study(tmp_path), stubs.failing)
    assert progress.failed
    assert folder.manifest["seed_list"] == [0, 1, 2, 3, 4]
    assert "stopped" not in folder.manifest
    again, _ = lived(stopping_study(tmp_path))
    assert prints(again) == prints(whole)


def test_it_is_reproduced_from_its_folder(tmp_path, inline):
    folder, _ = lived(stopping_study(tmp_path))
    found = reproduce(load_study(folder.path), 1, work=quick)
    assert (found.difference, found.runs) == (None, 4 * len(folder.manifest["seed_list"]))


def test_only_the_end_differs_between_a_study_that_stops_and_one_that_does_not(tmp_path):
    stops, does_not = stopping_study(tmp_path), study(tmp_path, seeds=5, draws=2)
    assert stops.digest() != does_not.digest()
    ids = {run.id for run in plan_of(does_not).runs}
    assert ids == {run.id for run in plan_of(stops).runs}
    assert [len(one.seeds) for one in batches(plan_of(stops), stops)] == [*range(5, 61, 5)]


# -- what it is worth ------------------------------------------------------------------------------------------------


def coverage(seed, batch, sets=4000, wanted=15, most=120, luck="normal"):
    """How often the last interval holds the truth, where some ``wanted`` seeds are enough by the true spread."""
    rng = np.random.default_rng([seed, batch, wanted])
    half = 1.96 / np.sqrt(wanted)
    values = rng.normal(size=(most, sets)) if luck == "normal" else rng.exponential(size=(most, sets)) - 1
    sizes = [*range(batch, most, batch), most]
    at = [mean_interval(values[:n]) for n in sizes]
    covered = 0
    for i in range(sets):
        looks: list[Look] = []
        for n, one in zip(sizes, at, strict=True):
            looks.append(Look(n, (("", "b"),), one.estimate[[i]], (one.high[[i]] - one.low[[i]]) / 2))
            if enough(looks, half):
                break
        covered += bool(abs(looks[-1].estimate[0]) <= looks[-1].half_width[0])
    return covered / sets


@pytest.mark.parametrize("batch", [5, 10])
@pytest.mark.parametrize("wanted", [8, 25])
def test_repeated_looks_leave_the_interval_at_93_to_97_percent(batch, wanted, seed):
    assert 0.93 <= coverage(seed, batch, wanted=wanted) <= 0.97


def test_stopping_at_the_first_narrow_look_covers_less(monkeypatch, seed):
    twice = coverage(seed, 5)
    monkeypatch.setattr(stopping, "LOOKS_RUNNING", 1)
    assert coverage(seed, 5) < min(twice, 0.935)


def test_the_mean_is_not_biased_by_the_end(seed):
    """The rule looks at spreads alone, and the mean of normal luck does not know its spread."""
    rng = np.random.default_rng([seed, 9])
    ends = []
    for _ in range(2000):
        values, looks = rng.normal(size=60), []
        for n in range(5, 61, 5):
            one = mean_interval(values[:n, None])
            looks.append(Look(n, (("", "b"),), one.estimate, (one.high - one.low) / 2))
            if enough(looks, 0.6):
                break
        ends.append(looks[-1].estimate[0])
    assert abs(np.mean(ends)) < 4 * np.std(ends) / np.sqrt(len(ends))


# -- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["stop.outcome=pmpm_totl"], "nearest: pmpm_total"),
        (["stop.half_width=null"], "stop.half_width: must be a number above 0"),
        (["stop.outcome=null"], "stop.outcome: must be a measure"),
        (["seeds=[0,1,2,3,4]"], "must be the number of seeds of one batch"),
        (["seeds=4"], "at least 5"),
        (["stop.at_most=9"], "at least two batches"),
    ],
    ids=str,
)
def test_a_stop_that_cannot_be_is_refused(tmp_path, words, said):
    with pytest.raises(ScenarioError, match=said):
        check_stop(stopping_study(tmp_path, *words))


@pytest.mark.parametrize("word", ["stop.half_width=0", "stop.half_width=.nan", "stop.half_width=yes", "stop.at_most=1"])
def test_numbers_are_checked(tmp_path, word):
    with pytest.raises(ScenarioError, match=word.split("=")[0]):
        stopping_study(tmp_path, word)


def test_an_outcome_that_is_not_defined_is_never_narrow(tmp_path, inline):
    scenario = stopping_study(tmp_path)
    folder, _ = lived(scenario)
    plan = replace(plan_of(scenario), seeds=(0, 1, 2, 3, 4))
    found = look(plan, folder.shards(), "pmpm_total")
    hollow = replace(found, half_width=np.full(1, np.nan))
    assert not enough([hollow, hollow], 1e9)
    assert noted(scenario, [hollow])["widest"] is None
