"""Designs, progress, estimates, looks and reproductions by hand: arms, draws, seeds and points in unequal numbers."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.engine.designs import GRID, point_weights
from sim.measures.measures import MEASURES
from sim.measures.side_by_side import read_table
from sim.runs import session, stopping, summary
from sim.runs.branches import parting
from sim.runs.design import Design, check_design, design_of
from sim.runs.plan import MONTHS, ONE_DRAW, Plan, Run
from sim.runs.reproduction import _between, _sample
from sim.runs.session import Progress, Running
from sim.runs.stopping import Look
from sim.runs.study import _Hands
from sim.runs.summary import _role, estimates, in_words
from sim.scenario import ScenarioError
from sim.scenario.points import Point
from sim.scenario.uncertain import Uncertainty
from sim.study.manifest import PHASES, add_seconds, result_digest
from sim.study.shards import Memory, Outcome

pytestmark = pytest.mark.quick


def uncertain(name, low, high):
    ends = [np.array([x]) for x in (low, (low + high) / 2, high)]
    return Uncertainty(name, (name,), *ends, "uniform")


def a_design(points=2):
    """Points of one lever with three places of two uncertainties."""
    places = np.array([[0.0, 0.5], [0.25, 0.75], [1.0, 0.0]])
    settings = tuple(Point({"lever": f"L{i}"}, {"b.lever": float(i)}, ()) for i in range(points))
    return Design(settings, (uncertain("a.one", 0.0, 8.0), uncertain("a.two", 10.0, 20.0)), places)


def test_a_row_of_the_draws_says_what_its_draw_sets():
    """Draw k is point k // 3 of the lever and place k % 3 of the ranges."""
    design = a_design()
    frame = design.frame()
    assert frame["lever"].tolist() == ["L0"] * 3 + ["L1"] * 3
    assert frame["a.one"].tolist() == [0, 2, 8] * 2
    assert frame["a.two"].tolist() == [15, 17.5, 10] * 2
    for draw, row in enumerate(frame.itertuples(index=False)):
        assert design.values(draw) == {"a.one": [row[2]], "a.two": [row[3]], "b.lever": [float(draw // 3)]}


def asked(kind, draws, *, arms=2, points=3, seeds=5, most=None, width=2):
    return SimpleNamespace(
        uncertain=[uncertain(f"a.{i}", 0, 1) for i in range(width)],
        arms=dict.fromkeys(range(arms)),
        points=tuple(Point({}, {}, ()) for _ in range(points)),
        seed_list=tuple(range(seeds)),
        design=SimpleNamespace(kind=kind, draws=draws, seed=0),
        stop=SimpleNamespace(outcome=most and "x", at_most=most),
    )


def test_runs_that_are_too_many_are_counted_over_arms_points_draws_and_the_most_seeds():
    with pytest.raises(ScenarioError) as said:
        check_design(asked("random", 50_000))
    assert "2 arms x 3 points x 50000 draws x 5 seeds are 1500000 runs" in said.value.messages[0]
    assert check_design(asked("random", 30_000)) == 30_000
    with pytest.raises(ScenarioError) as said:
        check_design(asked("random", 5_000, most=40))  # of 5 seeds a batch, at most 40
    assert "x 40 seeds are 1200000 runs" in said.value.messages[0]


def test_a_grid_reaches_both_ends_of_each_range():
    design = design_of(asked(GRID, 3))
    assert sorted(set(design.places[:, 0])) == [0, 0.5, 1]
    assert len(design.places) == 9
    assert design_of(asked(GRID, 1)).places.tolist() == [[0.5, 0.5]]


def test_the_pace_is_of_this_session_and_failed_runs_are_not_waited_for():
    """Of 100 runs 40 were there; in two minutes 20 more were done and 5 failed: 35 are left at 10 a minute."""
    now = Progress(100, done=60, failed=5, found=40, seconds=120.0)
    assert now.runs_per_minute == 10
    assert now.seconds_left == 35 * 6
    assert Progress(100).seconds_left is None


@pytest.mark.parametrize(("failed", "done", "has"), [(10, 90, True), (11, 89, False), (0, 0, False)])
def test_a_tenth_of_the_runs_may_fail(failed, done, has):
    assert Progress(100, done=done, failed=failed).has_results is has


def test_what_is_under_way_is_what_hands_hold_and_equal_runs_fail_together():
    """Two arms are equal: one run of two failed twice over. Eight were handed out to three hands."""
    runs = [Run(arm, 0, seed, f"{seed}") for arm in ("a", "b") for seed in (0, 1)]
    running = Running(SimpleNamespace(runs=runs), Memory())
    running._under_way, running.failed = 8, {"1": "no memory"}
    running._tell(3)
    assert (running.progress.planned, running.progress.running, running.progress.failed) == (4, 3, 2)
    assert session.TRIES == 3


def test_a_study_remembers_the_most_memory_of_its_crews():
    study = SimpleNamespace(manifest={"peak_memory_bytes": 900})
    hands = _Hands(SimpleNamespace(), study, None)
    for peak, most in ((500, 900), (None, 900), (1200, 1200)):
        hands._crew = SimpleNamespace(close=lambda: None, peak_memory=peak)
        hands.__exit__()
        assert study.manifest["peak_memory_bytes"] == most


def test_a_study_that_went_on_has_taken_the_time_of_both_sessions():
    manifest = {f"seconds_{phase}": 1.0 for phase in PHASES}
    add_seconds(manifest, {"months": 5.5, "population": 2.0})
    assert (manifest["seconds_months"], manifest["seconds_population"], manifest["seconds_import"]) == (6.5, 3.0, 1.0)
    assert manifest["seconds"] == 6.5 + 3 + 1 + 1


def test_the_digest_of_one_draw_is_of_its_arms_and_seeds_in_their_order():
    """A comparison and a sweep of one draw are the same study; the draws of a sweep are told apart."""
    one = {("b", 0, 1): "x", ("a", 0, 0): "y"}
    assert result_digest(one) == result_digest({("a", 7, 0): "y", ("b", 7, 1): "x"})
    assert result_digest({**one, ("b", 1, 1): "z"}) != result_digest({**one, ("b", 2, 1): "z"})


def runs_of(number):
    return tuple(Run("a", 0, seed, f"{seed}") for seed in range(number))


EVERY = list(range(11))


@pytest.mark.parametrize(("sample", "seeds"), [(3, [0, 5, 10]), (2, [0, 10]), (None, EVERY), (20, EVERY)])
def test_a_part_of_the_runs_is_spread_over_all_of_them(sample, seeds):
    assert [run.seed for run in _sample(runs_of(11), sample)] == seeds


def an_outcome(digest, *values):
    return Outcome("id", digest, 1, 0.0, (("all", "all"), ("race", "white")), ("people",), np.array(values)[:, None])


def test_a_difference_says_what_is_and_what_was():
    run = Run("a", 2, 3, "id")
    (said,) = _between(run, an_outcome("x", 1.0, 2.0), an_outcome("y", 1.0, 2.5))
    assert said == "arm a, draw 2, seed 3: people of race white is 2.5, was 2.0"
    (said,) = _between(run, an_outcome("x", 1.0, 2.0), an_outcome("y", 1.0, np.nan))
    assert said.endswith("is nan, was 2.0")
    (said,) = _between(run, an_outcome("x", 1.0, np.nan), an_outcome("y", 1.0, np.nan))
    assert said.endswith("totals agree, but some month does not (digest y, was x)")
    assert not list(_between(run, an_outcome("x", 1.0, np.nan), an_outcome("x", 1.0, np.nan)))


def test_the_error_of_a_mean_by_hand_with_three_draws_and_two_seeds():
    """Values 0 7, 2 11 and 4 9: draws of variance 3 over 3, and luck shared by the draws, 24.5 less 2/3, over 2."""
    found = estimates(np.array([[0.0, 7], [2, 11], [4, 9]])[..., None])
    assert found.estimate.tolist() == [5.5]
    assert found.mcse[0] ** 2 == pytest.approx(3 / 3 + (24.5 - 2 / 3) / 2)
    assert np.isnan(found.low).all()
    # means of draws 1, 1 and 1: what is left is luck of single runs, of variance 12 / 2, a third of half of which
    alike = estimates(np.array([[0.0, 2], [2, 0], [-1, 3]])[..., None])
    rest = np.array([[0.0, 2], [2, 0], [-1, 3]]) - np.array([1 / 3, 5 / 3])
    residual = (rest**2).sum() / 2
    shared = max((5 / 3 - 1 / 3) ** 2 / 2 - residual / 3, 0)
    assert alike.mcse[0] ** 2 == pytest.approx(residual / 2 / 3 + shared / 2)


@pytest.mark.parametrize(("draws", "known"), [(19, False), (20, True)])
def test_twenty_draws_have_a_range_of_their_middle_95_percent(draws, known):
    values = np.arange(draws, dtype=float)[:, None, None]
    found = estimates(values)
    assert np.isfinite(found.low[0]) == known
    if known:
        assert (found.low[0], found.high[0]) == (pytest.approx(0.475), pytest.approx(18.525))


def test_points_of_a_grid_weigh_by_the_part_of_the_range_that_they_stand_for():
    """Three points: a quarter, a half, a quarter; without a value at the last, a third and two thirds."""
    design = Design((Point({}, {}, ()),), (uncertain("a.one", 0, 1),), np.array([[0.0], [0.5], [1.0]]), GRID)
    assert point_weights(GRID, design.places) == pytest.approx([0.25, 0.5, 0.25])
    values = np.array([[[4.0, 4.0]], [[8.0, 8.0]], [[0.0, np.nan]]])
    found = estimates(values, design)
    assert found.estimate == pytest.approx([5.0, 20 / 3])
    assert np.isnan(found.mcse).all()


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"a": 1, "b": -1}, "a - b"),
        ({"a": -1, "b": 1}, "- a + b"),
        ({"a": 0.5, "b": 0.5, "c": -1}, "0.5 * a + 0.5 * b - c"),
    ],
)
def test_a_sum_of_arms_in_words(weights, words):
    assert in_words(weights) == words


def test_an_outcome_is_primary_for_the_whole_population_alone():
    plan = SimpleNamespace(primary=("people",))
    roles = [_role(plan, *where) for where in (("people", "all"), ("people", "race"), ("deaths_per_1000_my", "all"))]
    assert roles == ["primary", "exploratory", "exploratory"]


def test_percent_is_of_the_baseline_and_the_baseline_needs_no_more_seeds():
    rows = [("base", "", 200.0), ("new", "", 190.0), ("new", "base", -10.0)]
    summary = pd.DataFrame(rows, columns=["arm", "contrast", "estimate"]).assign(
        measure="pmpm_total", stratum="all", level="all", mcse=1.0, replicates=4, unit="USD PMPM"
    )
    summary = summary.assign(low=summary["estimate"] - 1, high=summary["estimate"] + 1)
    table = read_table(summary, "base", ["pmpm_total"]).set_index("arm")
    assert table.loc["new", "percent"] == -5
    assert table.loc["new", "replicates_needed"] == 12  # 1 is twice 5% of 10: four times as many as 4
    assert np.isnan(table.loc["base", "replicates_needed"])


def test_batches_end_with_the_most_seeds_though_they_are_no_whole_batch():
    plan = Plan(("a", "b"), "a", tuple(range(5)), ONE_DRAW, {})
    scenario = SimpleNamespace(stop=SimpleNamespace(outcome="people", at_most=12))
    assert [len(one.seeds) for one in stopping.batches(plan, scenario)] == [5, 10, 12]


def test_a_look_has_half_an_interval_and_seeds_needed_grow_with_its_square():
    """Differences of 1, 2 and 3: an error of .577, by t with two degrees of freedom 2.48 on either side."""
    plan = Plan(("a", "b"), "a", (0, 1, 2), ONE_DRAW, {})
    names = {run: f"{run[0]}{run[1]}" for run in ((arm, seed) for arm in "ab" for seed in range(3))}
    vars(plan)["runs"] = tuple(Run(arm, 0, seed, names[arm, seed]) for arm in "ab" for seed in range(3))
    measures = tuple(measure.name for measure in MEASURES[:2])
    value = {(arm, seed): 10 * seed + (arm == "b") * (1.0 + seed) for arm in "ab" for seed in range(3)}
    rows = (("all", "all"),)
    store = Memory(Outcome(names[run], "", 1, 0.0, rows, measures, np.array([[0.0, x]])) for run, x in value.items())
    look = stopping.look(plan, store, measures[1])
    assert look.estimate.tolist() == [2]
    assert look.widest == pytest.approx(4.302653 / np.sqrt(3), rel=1e-5)
    last = Look(10, (("", "b"),), np.array([2.0]), np.array([3.0]))
    scenario = SimpleNamespace(stop=SimpleNamespace(outcome="people", half_width=2.0, at_most=50))
    noted = stopping.noted(scenario, [last, last, last])
    assert (noted["needed"], noted["looks"], noted["seeds"], noted["enough"]) == (23, 3, 10, False)  # 10 x 1.5 ** 2


def test_two_narrow_looks_must_be_the_last_two():
    def looks(*widths):
        return [Look(5, (("", "b"),), np.zeros(1), np.array([width])) for width in widths]

    narrow = [stopping.enough(looks(*widths), 2.0) for widths in ((2.0,), (1, 3), (3, 1), (1, 3, 1), (3, 2, 1))]
    assert narrow == [False, False, False, False, True]


def a_scenario(*changes, organizations="live"):
    """What is in force until a month is the first letters of ``changes``, a letter for each month."""
    text = "".join(changes)
    phases = [SimpleNamespace(month=m) for m in range(1, len(text)) if text[m] != text[m - 1]]
    return SimpleNamespace(
        phases=phases, organizations=organizations, packages_ever=(), past=lambda month: text[:month]
    )


@pytest.mark.parametrize(
    ("one", "other", "month"),
    [
        *(("aaabbb", "aaaaaa", 3), ("aaabbb", "aaabbc", 5), ("aabbbb", "aaaabb", 2)),
        *(("aaabbb", "aaabbb", 0), ("aaaaaa", "aaaaaa", 0)),
    ],
)
def test_arms_part_in_the_first_month_that_differs(one, other, month):
    assert parting(a_scenario(one), a_scenario(other)) == month
    assert parting(a_scenario(one), a_scenario(other, organizations="fixed")) == 0


def test_the_table_of_runs_says_of_each_what_became_of_it(monkeypatch):
    """Five runs, two at a time: of draw 1 one failed; equal runs are one."""
    monkeypatch.setattr(summary, "AT_ONCE", 2)
    plan = Plan(("a", "b"), "a", (3, 8), ONE_DRAW, {})
    places = [("a", 0, 3, "x"), ("a", 0, 8, "y"), ("a", 1, 3, "z"), ("b", 0, 3, "x"), ("b", 1, 8, "w")]
    vars(plan)["runs"] = tuple(Run(*place) for place in places)
    rows, totals = (("all", "all"),), np.zeros((1, 1))
    store = Memory(
        Outcome(name, f"digest of {name}", months, seconds, rows, ("people",), totals)
        for name, months, seconds in (("x", 12, 1.5), ("y", 24, 2.5), ("w", 36, 3.5))
    )
    found = summary.frame_of(summary.runs(plan, store, {"z": "no memory", "y": "was lost once"}))
    assert found[["arm", "draw", "seed", "id"]].to_numpy().tolist() == [list(place) for place in places]
    assert found["status"].tolist() == ["done", "done", "failed", "done", "done"]
    assert found["reason"].tolist() == ["", "was lost once", "no memory", "", ""]
    assert found["digest"].fillna("").tolist() == ["digest of x", "digest of y", "", "digest of x", "digest of w"]
    assert found["member_months"].fillna(0).tolist() == [12, 24, 0, 12, 36]
    assert found["seconds"].fillna(0).tolist() == [1.5, 2.5, 0, 1.5, 3.5]


def test_what_is_looked_at_for_numbers_of_few_people(monkeypatch):
    """The totals of each run, and its years, which know race alone; arm a lasts 14 months and arm b 26."""
    monkeypatch.setattr(summary, "hidden_cells", lambda rows, measures, tables: list(tables))
    plan = Plan(("a", "b"), "a", (3,), ONE_DRAW, {}, MONTHS, guarded=True)
    key = plan.design.point(0).key
    vars(plan)["runs"] = (Run("a", 0, 3, "x"), Run("b", 0, 3, "y"), Run("b", 0, 4, "y"), Run("b", 0, 5, "not there"))
    vars(plan)["cells"] = {("a", key): SimpleNamespace(months=14), ("b", key): SimpleNamespace(months=26)}
    rows = (("all", "all"), ("area", "North"), ("race", "white"), ("race", "black"))
    years = {"x": [[1.0, 2], [3, 4]], "y": [[5.0, 6], [7, 8], [9, 10]]}
    store = Memory(
        Outcome(name, "", 1, 0.0, rows, ("people",), np.full((4, 1), 90.0), yearly=np.array(by_race)[:, :, None])
        for name, by_race in years.items()
    )
    seen = [(values[:, 0].tolist(), months) for values, months in summary.hidden(plan, store)]
    whole = [(values, months) for values, months in seen if not np.isnan(values[0])]
    assert whole == [([90.0] * 4, 14), ([90.0] * 4, 26)]
    by_year = [(values[2:], months) for values, months in seen if np.isnan(values[0]) and np.isnan(values[1])]
    assert by_year == [([1, 2], 12), ([3, 4], 2), ([5, 6], 12), ([7, 8], 12), ([9, 10], 2)]
    assert len(seen) == 7
    assert summary.hidden(replace(plan, guarded=False), store) is None
