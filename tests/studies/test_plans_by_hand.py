"""Runs, draws, looks and tables of a study by hand: a baseline that is not the first arm, and two of everything."""

import hashlib
import json
import pickle
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.engine.designs import GRID
from sim.measures.amounts import AMOUNT_NAMES
from sim.measures.measures import MEASURES
from sim.runs import plan as plans
from sim.runs import stopping, summary
from sim.runs.branches import Branches, parting
from sim.runs.design import Design, check_design, design_of
from sim.runs.plan import ID, Cell, Plan, Run
from sim.runs.stopping import Look
from sim.scenario import ScenarioError
from sim.scenario.points import Point
from sim.scenario.uncertain import Uncertainty
from sim.study.shards import Memory, Outcome

pytestmark = pytest.mark.quick

NAMES = tuple(measure.name for measure in MEASURES[:2])
ROWS = (("all", "all"), ("race", "white"))


def uncertain(name, low, mode, high, distribution="uniform"):
    cells = tuple(f"{name}[{i}]" for i in range(len(low)))
    return Uncertainty(name, cells, *(np.array(end, float) for end in (low, mode, high)), distribution)


TABLE = uncertain("a.table", [0, 10], [4, 15], [8, 20])
RISING = uncertain("b.one", [0], [1], [2], "triangular")


def a_design(points=1, places=1, labeled=True):
    settings = tuple(Point({"lever": i} if labeled else {}, {}, (), f"k{i}") for i in range(points))
    return Design(settings, (), np.zeros((places, 0)))


# --- draws


def test_cells_of_a_table_move_together_and_each_distribution_has_its_own_ranges():
    """A quarter of 0 to 8 and of 10 to 20; an eighth of a triangle from 0 over 1 to 2 is the root of .25."""
    design = Design((Point({}, {}, ()),), (TABLE, RISING), np.array([[0.25, 0.125]]))
    found = design.values(0)
    assert found["a.table"] == pytest.approx([2, 12.5])
    assert found["b.one"] == pytest.approx([0.5])


def test_the_table_of_draws_has_values_of_numbers_and_places_of_tables():
    """Two points of a lever with two draws: a table moves as one, and its place says where."""
    points = tuple(Point({"lever": name}, {}, (), name) for name in ("low", "high"))
    frame = Design(points, (TABLE, RISING), np.array([[0.25, 0.125], [0.75, 0.5]])).frame()
    assert frame[["draw", "lever", "a.table"]].to_numpy().tolist() == [
        [0, "low", 0.25], [1, "low", 0.75], [2, "high", 0.25], [3, "high", 0.75],
    ]  # fmt: skip
    assert frame["b.one"].tolist() == pytest.approx([0.5, 1.0] * 2)


def test_a_draw_is_named_by_what_it_sets_in_any_order_and_by_where():
    one, other = uncertain("a.x", [0], [1], [2]), uncertain("a.y", [0], [2], [4])
    third = uncertain("a.z", [0], [2], [4])
    points, place = (Point({}, {}, ()),), np.array([[0.25, 0.75]])
    name = Design(points, (one, other), place).digest(0)
    assert name == Design(points, (other, one), place[:, ::-1]).digest(0)
    assert name != Design(points, (one, third), place).digest(0)


def asked(kind, draws, width=2, **sizes):
    sizes = {"arms": 2, "points": 5, "seeds": 5, "seed": 0} | sizes
    return SimpleNamespace(
        uncertain=[uncertain(f"a.{i}", [0], [1], [2]) for i in range(width)],
        arms=range(sizes["arms"]), points=range(sizes["points"]), seed_list=range(sizes["seeds"]),
        design=SimpleNamespace(kind=kind, draws=draws, seed=sizes["seed"]), stop=SimpleNamespace(outcome=None),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "draws", "width", "count"),
    [
        ("random", 7, 0, 1),  # nothing is uncertain: one draw
        (GRID, 3, 3, 27),
        ("random", 20_000, 2, 20_000),  # 2 x 5 x 20,000 x 5 are a million runs, the most
        ("morris", 2, 3, 2),  # the fewest trajectories
        ("sobol", 8, 2, 8),
    ],
)
def test_draws_that_a_study_may_ask_for(kind, draws, width, count):
    try:
        found = check_design(asked(kind, draws, width))
    except ScenarioError as refused:
        found = refused.messages
    assert found == count


@pytest.mark.parametrize(
    ("kind", "draws", "said"), [("morris", 1, "at least 2"), ("sobol", 6, "4 or 8"), ("sobol", 9, "8 or 16")]
)
def test_draws_that_it_may_not(kind, draws, said):
    with pytest.raises(ScenarioError, match=said):
        check_design(asked(kind, draws))


@pytest.mark.parametrize(("kind", "draws"), [("latin_hypercube", 6), ("sobol", 8), ("morris", 4), ("saltelli", 8)])
def test_draws_of_a_design_are_of_its_kind_and_its_own_luck(kind, draws):
    """A sixth of each range has one of six draws of a hypercube, an eighth one of eight of Sobol's."""
    first, again, other = (design_of(asked(kind, draws, points=1, seed=seed)) for seed in (5, 5, 6))
    assert first.places.tolist() == again.places.tolist() != other.places.tolist()
    assert first.kind == kind
    assert len(first.places) == {"morris": 4 * 3, "saltelli": 8 * 4}.get(kind, draws)
    if kind in ("latin_hypercube", "sobol"):
        for column in first.places.T:
            assert sorted((column * draws).astype(int)) == list(range(draws))


def test_rows_of_a_design_are_counted_and_not_its_base_samples():
    """2 arms x 5 points x 5 seeds with 8,192 base samples of three uncertainties: 40,960 draws, two million runs."""
    with pytest.raises(ScenarioError, match="5 points x 40960 draws x 5 seeds are 2048000 runs"):
        check_design(asked("saltelli", 8192, width=3))


# --- runs


def a_cell(digest, organizations="live", inputs=()):
    return SimpleNamespace(run_digest=lambda: digest, organizations=organizations, inputs=lambda: dict(inputs))


def named(*words):
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:ID]


def test_a_run_is_named_by_its_cell_its_draw_and_its_seed():
    """Two points with three places, three arms, two seeds: 36 runs. Who replays depends on the baseline as well."""
    places = np.array([[0.1], [0.2], [0.3]])
    points = tuple(Point({}, {"lever": float(i)}, (), f"k{i}") for i in range(2))
    design = Design(points, (uncertain("a.x", [0], [1], [2]),), places)
    cells = {(arm, key): a_cell(f"{arm} {key} ") for arm in ("new", "base") for key in ("k0", "k1")}
    cells |= {("replay", key): a_cell(f"replay {key} ", "fixed") for key in ("k0", "k1")}
    plan = Plan(("new", "base", "replay"), "base", (3, 8), design, cells)
    assert len(plan) == len(plan.runs) == len({run.id for run in plan.runs}) == 36
    for arm, draw, seed, cell in (
        ("new", 2, 8, "new k0 "), ("base", 3, 3, "base k1 "), ("replay", 4, 8, "replay k1 base k1 "),
    ):  # fmt: skip
        assert plan.run(arm, draw, seed) == Run(arm, draw, seed, named(cell, design.digest(draw), str(seed)))


def test_equal_runs_are_asked_for_once_by_the_first_arm_and_what_is_done_not_again():
    """Arms a and b are equal; a lever that c alone feels; of c the first seed at the first point is done."""
    cells = {(arm, key): a_cell("same") for arm in "ab" for key in ("k0", "k1")}
    cells |= {("c", key): a_cell(f"c {key}") for key in ("k0", "k1")}
    plan = Plan(("a", "b", "c"), "a", (3, 8), a_design(points=2), cells)
    vars(plan)["_code"] = "code"
    tasks = list(plan.tasks({plan.run("c", 0, 3).id}))
    found = [(task.seed, task.draw, [arm for _, arm in task.runs]) for task in tasks]
    assert found == [(3, 0, ["a"]), (3, 1, ["c"]), (8, 0, ["a", "c"]), (8, 1, ["c"])]
    assert [sorted(task.cells) for task in tasks] == [["a"], ["c"], ["a", "c"], ["c"]]


def test_a_task_holds_what_its_own_draw_sets():
    design = Design((Point({}, {}, (), "k0"),), (uncertain("a.x", [0], [1], [2]),), np.array([[0.25], [0.75]]))
    plan = Plan(("a",), "a", (3,), design, {("a", "k0"): a_cell("a")})
    vars(plan)["_code"] = "code"
    assert [task.values for task in plan.tasks(())] == [{"a.x": [0.5]}, {"a.x": [1.5]}]


def test_the_file_that_was_edited_is_the_one_that_is_named():
    inputs = {"x.csv": "1", "y.csv": "2"}
    cell = Cell(SimpleNamespace(inputs=lambda: dict(inputs)))
    assert cell.changed() == ""
    inputs["y.csv"] = "3"
    assert cell.changed() == "y.csv"


def test_a_cell_that_travels_is_plain_on_one_thread_and_knows_what_its_files_held(monkeypatch):
    """The worker, where a file holds something else by now, compares it with what the study began with."""
    monkeypatch.setattr(
        plans, "_resolved", lambda plain: SimpleNamespace(**json.loads(plain), inputs=lambda: {"x": "2"})
    )
    home = SimpleNamespace(described=lambda: {"months": 3, "threads": 8}, inputs=lambda: {"x": "1"})
    there = pickle.loads(pickle.dumps(Cell(home)))  # noqa: S301, our own
    assert (there.scenario.months, there.scenario.threads) == (3, 1)
    assert there.inputs == {"x": "1"}
    assert there.changed() == "x"


def test_a_plan_has_a_cell_for_each_arm_and_point_and_hides_numbers_where_any_is_of_own_people(monkeypatch):
    monkeypatch.setattr(plans, "has_own_margins", lambda cell: cell == ("b", "k1"))
    scenario = SimpleNamespace(
        arms=("a", "b"), cell=lambda arm, point: (arm, point.key), outcomes=("deaths",), baseline="b", seed_list=(3, 8)
    )
    found = plans._plan(scenario, a_design(points=2), "totals")
    assert found.cells == {(arm, key): (arm, key) for arm in "ab" for key in ("k0", "k1")}
    assert (found.baseline, found.guarded, found.primary, found.seeds) == ("b", True, ("deaths",), (3, 8))


class Past(SimpleNamespace):
    def past(self, month):
        return self.text[: max(month, 1)]


def a_past(text, packages=()):
    phases = [SimpleNamespace(month=m) for m in range(1, len(text)) if text[m] != text[m - 1]]
    return Past(text=text, phases=phases, organizations="live", packages_ever=packages)


def test_an_arm_parts_from_others_in_the_order_of_months():
    """From b after 24 months, from c after 3."""
    worlds = {"a": a_past("x" * 3 + "y" * 21 + "z" * 6), "b": a_past("x" * 3 + "y" * 21 + "w" * 6)}
    forks = Branches(worlds | {"c": a_past("x" * 3 + "v" * 27)})._forks
    assert [month for month, _ in forks["a"]] == [3, 24]
    assert [month for month, _ in forks["c"]] == [3]


def test_arms_with_other_packages_have_no_common_past():
    assert parting(a_past("xxyy"), a_past("xxzz")) == 2
    assert parting(a_past("xxyy"), a_past("xxzz", ("chw",))) == 0


# --- looks and tables


def kept(plan, value, without=()):
    """A store of a plan's runs: the second measure of the state is ``value``; all other numbers are another."""
    vars(plan)["runs"] = tuple(
        Run(arm, draw, seed, f"{arm}{draw}-{seed}")
        for arm in plan.arms for draw in range(len(plan.design)) for seed in plan.seeds
    )  # fmt: skip
    found = (
        Outcome(run.id, "", 1, 0.0, ROWS, NAMES, np.array([[-7.0, value(run)], [-70.0, 1000 + 2 * value(run)]]))
        for run in plan.runs
        if run.id not in without
    )
    return Memory(found)


LUCK = {"new": ([3, 4, 5], [5, 6, 7]), "base": ([2, 2, 2], [2, 2, 2]), "odd": ([6, 7, 11], [8, 9, 13])}


def lucky(run):
    """By draw and seed, ten times at the second point; luck of the seed that arms share."""
    point, draw = divmod(run.draw, 2)
    return 100.0 * run.seed + 10**point * LUCK[run.arm][draw][run.seed]


def test_a_look_is_by_point_and_arm_against_the_baseline_over_all_draws():
    """Above the 2 of the base: 1 2 3 and 3 4 5 are 2, 3, 4 by seed; the odd arm 5, 6, 10; ten times at the second."""
    plan = Plan(("new", "base", "odd"), "base", (0, 1, 2), a_design(points=2, places=2), {})
    found = stopping.look(plan, kept(plan, lucky), NAMES[1])
    assert found.contrasts == (("lever=0", "new"), ("lever=0", "odd"), ("lever=1", "new"), ("lever=1", "odd"))
    assert found.estimate.tolist() == [3, 7, 30, 70]
    assert found.half_width == pytest.approx(4.302653 * np.sqrt([1 / 3, 7 / 3, 100 / 3, 700 / 3]), rel=1e-5)
    # without one draw a seed is not known: 3 and 4 are left
    found = stopping.look(plan, kept(plan, lucky, without=("new0-0",)), NAMES[1])
    assert found.estimate.tolist() == [3.5, 7, 30, 70]


def test_what_is_not_known_is_not_narrow():
    assert Look(5, (), np.zeros(2), np.array([1.0, np.nan])).widest == np.inf


def simple(run):
    """Of the new arm 10 and 12 by seed, of the base 1 and 3; the second point adds 100 and 50."""
    return {"new": 10.0, "base": 1.0}[run.arm] + 2 * (run.seed == 8) + {"new": 100, "base": 50}[run.arm] * run.draw


def test_a_summary_is_by_point_arms_first_and_then_differences_from_the_baseline():
    plan = Plan(("new", "base"), "base", (3, 8), a_design(points=2), {})
    found = summary.summary(plan, kept(plan, simple))
    found = found[found["measure"] == NAMES[1]]
    assert found[["point", "arm", "contrast", "estimate"]].to_numpy().tolist() == [
        ["lever=0", "new", "", 11], ["lever=0", "base", "", 2], ["lever=0", "new", "base", 9],
        ["lever=1", "new", "", 111], ["lever=1", "base", "", 52], ["lever=1", "new", "base", 59],
    ]  # fmt: skip
    assert set(found["stratum"]) == {"all"}


@pytest.mark.parametrize("most_bytes", [1, 10**9])
def test_each_row_of_a_summary_has_its_own_numbers_stratum_level_and_role(most_bytes, monkeypatch):
    """However many rows are read at a time; of a race values are 1,000 more and twice as far apart."""
    monkeypatch.setattr(summary, "MOST_BYTES", most_bytes)
    plan = Plan(("new", "base"), "base", (3, 8), a_design(labeled=False), {}, primary=NAMES)
    found = summary.summary(plan, kept(plan, simple))
    found = found[(found["measure"] == NAMES[1]) & (found["contrast"] == "base")]
    assert found[["stratum", "level", "estimate", "role"]].to_numpy().tolist() == [
        ["all", "all", 9, "primary"], ["race", "white", 18, "exploratory"],
    ]  # fmt: skip


def test_points_of_a_grid_weigh_in_means_differences_and_sums_of_arms():
    """Three places of which the middle one counts a half: of 2, 6, 4 and 1, 2, 9 the means are 4.5 and 3.5."""
    own = {"new": [2.0, 6.0, 4.0], "base": [1.0, 2.0, 9.0]}
    design = Design((Point({}, {}, ()),), (uncertain("a.x", [0], [1], [2]),), np.array([[0.0], [0.5], [1.0]]), GRID)
    plan = Plan(("new", "base"), "base", (3, 8), design, {})
    store = kept(plan, lambda run: own[run.arm][run.draw])
    found = summary.summary(plan, store)
    state = found[(found["measure"] == NAMES[1]) & (found["stratum"] == "all")]
    assert state["estimate"].tolist() == [4.5, 3.5, 1.0]
    sums = summary.contrasts(plan, store, {"twice": {"new": 2, "base": -2}})
    assert sums[(sums["measure"] == NAMES[1]) & (sums["stratum"] == "all")]["estimate"].tolist() == [2.0]
    assert state["mcse"].isna().all()
    assert sums["mcse"].isna().all()


def test_what_is_hidden_of_a_row_is_hidden_in_its_summary_and_its_sums(monkeypatch):
    """Of the race the second measure is hidden, of the state the first, however many rows are read at a time."""
    monkeypatch.setattr(summary, "hidden", lambda plan, store: np.array([[True, False], [False, True]]))
    plan = Plan(("new", "base"), "base", (3, 8), a_design(labeled=False), {}, guarded=True)
    store = kept(plan, simple)
    for most_bytes in (1, 10**9):
        monkeypatch.setattr(summary, "MOST_BYTES", most_bytes)
        for table in (summary.summary(plan, store), summary.contrasts(plan, store, {"less": {"new": 1, "base": -1}})):
            assert set(zip(table["stratum"], table["measure"], strict=True)) == {("all", NAMES[1]), ("race", NAMES[0])}
    totals = summary.frame_of(summary.totals(plan, store)).astype({"stratum": str, "measure": str})
    assert set(zip(totals["stratum"], totals["measure"], strict=True)) == {("all", NAMES[1]), ("race", NAMES[0])}


def test_a_sum_of_arms_weighs_them():
    """Half of 11 less twice 2, and at the second point half of 111 less twice 52."""
    plan = Plan(("new", "base"), "base", (3, 8), a_design(points=2), {})
    found = summary.contrasts(plan, kept(plan, simple), {"less": {"new": 0.5, "base": -2}})
    found = found[found["measure"] == NAMES[1]]
    assert found["estimate"].tolist() == [1.5, -48.5]
    assert found["contrast"].tolist() == ["less"] * 2


@pytest.mark.parametrize("guarded", [False, True])
def test_years_have_each_amount_of_each_run_and_no_deaths_where_numbers_are_hidden(guarded):
    """Two runs of two and three years: the amount's place, 100 for each year, 1,000 for the second run."""
    plan = Plan(("new", "base"), "base", (3, 8), a_design(), {}, guarded=guarded)
    vars(plan)["runs"] = (Run("new", 0, 8, "x"), Run("base", 5, 3, "y"), Run("base", 6, 3, "not there"))
    place = np.arange(len(AMOUNT_NAMES))
    amounts = {"x": 100.0 * np.arange(2)[:, None] + place, "y": 1000 + 100.0 * np.arange(3)[:, None] + place}
    store = Memory(Outcome(n, "", 1, 0.0, ROWS, NAMES, np.zeros((2, 2)), amounts=a) for n, a in amounts.items())
    found = pd.concat([table.to_pandas() for table in summary.years(plan, store)])
    names = [name for name in AMOUNT_NAMES if not (guarded and name == "deaths")]
    assert [str(one) for one in found["amount"]] == names * 5
    expected = found["year"] * 100 + [AMOUNT_NAMES.index(name) for name in found["amount"]]
    assert found["value"].tolist() == (expected + 1000 * (found["arm"].astype(str) == "base")).tolist()
    runs = found[["arm", "seed", "draw", "year"]].astype(str).drop_duplicates().to_numpy().tolist()
    assert runs == [
        *(["new", "8", "0", str(year)] for year in range(2)),
        *(["base", "3", "5", str(year)] for year in range(3)),
    ]


PLACES = (("all", "all"), ("race", "white"), ("area", "North"))


def test_months_are_of_the_state_and_areas_and_strata_stand_under_the_first_month_of_their_year(monkeypatch):
    plan = Plan(("new",), "new", (3,), a_design(), {})
    vars(plan)["runs"] = (Run("new", 0, 3, "x"),)
    monthly = np.array([[[1.0, 2], [3, 4]], [[5, 6], [7, np.nan]]])
    yearly = np.array([[[10.0, 20]], [[30, 40]]])
    one = Outcome("x", "", 1, 0.0, PLACES, NAMES, np.zeros((3, 2)), monthly=monthly, yearly=yearly)
    (table,) = summary.months(plan, Memory([one]))
    found = table.to_pandas()[["month", "level", "measure", "value"]].astype({"level": str, "measure": str})
    a, b = NAMES
    assert found.to_numpy().tolist() == [
        [0, "all", a, 1], [0, "all", b, 2], [0, "North", a, 3], [0, "North", b, 4],
        [1, "all", a, 5], [1, "all", b, 6], [1, "North", a, 7],
        [0, "white", a, 10], [0, "white", b, 20], [12, "white", a, 30], [12, "white", b, 40],
    ]  # fmt: skip
    monkeypatch.setattr(summary, "hidden_cells", lambda rows, *_: np.array([[False, True]] * len(rows)))
    words = summary._Words(plan, Memory([one]), np.zeros((3, 2), bool))
    shown = words._guarded(one, monthly, (PLACES[0], PLACES[2]), 1)
    assert np.argwhere(~np.isnan(shown)).tolist() == [[0, 0, 0], [1, 0, 0]]  # no area, and what is of few in no month
