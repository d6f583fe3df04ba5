"""What a worker does, by hand: who begins where, who replays whom, what is simulated once, and what is kept."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest

from sim.runs import work
from sim.runs.branches import Branches
from sim.runs.plan import MONTHS, RUNS, TOTALS, Task
from sim.runs.work import Failure, Starts, Together, outcome_of, run_task, with_threads
from sim.scenario import digests
from sim.start import Origin
from sim.study.errors import InputChangedError

pytestmark = pytest.mark.quick


@dataclass(frozen=True)
class World:
    """As much of a scenario as a worker reads; ``text`` has a letter for what is in force in each month."""

    text: str = "aaaa"
    organizations: str = "live"
    threads: int = 3
    origin: str = "one"
    drawn: tuple = ()
    packages_ever: tuple = ()

    @property
    def phases(self):
        months = range(1, len(self.text))
        return [SimpleNamespace(month=m) for m in months if self.text[m] != self.text[m - 1]]

    def past(self, month):
        return self.text[: max(month, 1)]

    def threads_of(self, threads):
        return self.threads if threads is None else threads

    def model_copy(self, update):
        return replace(self, **update)

    def with_cells(self, values):
        return replace(self, drawn=tuple(sorted(values)))


@pytest.fixture(autouse=True)
def origins(monkeypatch):
    monkeypatch.setattr(work, "origin_of", lambda scenario: Origin("oregon", scenario.origin))


def test_a_start_is_made_once_for_each_seed_and_origin_and_no_run_gets_anothers():
    made = []

    def begin(scenario, seed):
        made.append((scenario.origin, seed))
        return [scenario.origin, seed]

    starts = Starts(begin, most=2)
    one, other = World(), World(origin="other")
    first, _ = starts.take(one, 5)
    first.append("used")
    assert starts.take(one, 5)[0] == ["one", 5]
    assert starts.take(other, 5)[0] == ["other", 5]
    assert starts.take(replace(one, organizations="fixed"), 5)[0] == ["one", 5]
    assert made == [("one", 5), ("other", 5)]
    assert starts.take(one, 6)[0] == ["one", 6]  # a third: the two before are let go
    assert starts.take(other, 5)[0] == ["other", 5]
    assert made == [("one", 5), ("other", 5), ("one", 6), ("other", 5)]


class System:
    """Notes how it was made; its result is an object with the fields that a worker reads."""

    made = ()  # a list in each test

    def __init__(self, scenario, seed, *, population=None, decisions=None):
        self.scenario, self.seed, self.given = scenario, seed, decisions
        self.month, self.lived, self.closed = 0, "", False
        self.decisions = f"decided by {scenario.origin}"
        System.made.append(self)

    def step(self):
        self.lived += self.scenario.text[self.month]
        self.month += 1

    def save(self):
        return {"month": self.month, "lived": self.lived}

    def restore(self, kept):
        self.month, self.lived = kept["month"], kept["lived"]

    def run(self, progress=None):
        self.began = self.month
        while self.month < len(self.scenario.text):
            self.step()
            if progress:
                progress(self.month)
        return Result(self.lived, arm="?", seconds={"months": 2.0, "population": 1.0})

    def close(self):
        self.closed = True


@dataclass(frozen=True)
class Result:
    lived: str
    arm: str
    seconds: dict


@pytest.fixture
def made(monkeypatch):
    monkeypatch.setattr(System, "made", [])
    monkeypatch.setattr(work, "outcome_of", lambda run_id, result, seconds, keep: (run_id, result, keep))
    return System.made


def a_task(values=None, changed="", **arms):
    cells = {arm: SimpleNamespace(scenario=world, changed=lambda: changed) for arm, world in arms.items()}
    runs = tuple((f"id of {arm}", arm) for arm in arms if arm != "replayed")
    return Task(7, 2, runs, cells, values or {}, "base" if "base" in arms else "replayed", TOTALS, "code")


class Begun:
    """Starts that take four seconds."""

    def take(self, scenario, seed):
        return f"people of {seed}", 4.0


def test_arms_that_replay_get_what_their_baseline_decided_and_it_runs_once(made):
    arms = {"fixed": World(organizations="fixed"), "base": World(origin="b"), "live": World("abbb")}
    together = Together(a_task(**arms), Begun(), threads=2, build=System)
    found = {arm: together.simulate(run_id, arm) for run_id, arm in a_task(**arms).runs}
    assert [(one.scenario.origin, one.given) for one in made] == [("b", None), ("one", "decided by b"), ("one", None)]
    assert [one.scenario.threads for one in made] == [2, 2, 2]
    assert {one.seed for one in made} == {7}
    assert all(one.closed for one in made)
    for arm, (run_id, result, keep) in found.items():
        assert (run_id, result.arm, keep) == (f"id of {arm}", arm, TOTALS)
        assert result.seconds == {"months": 2, "population": 5}


def test_a_baseline_that_is_only_replayed_is_no_run(made):
    together = Together(a_task(replayed=World(origin="b"), fixed=World(organizations="fixed")), Begun(), build=System)
    together.simulate("id of fixed", "fixed")
    assert [(one.scenario.origin, one.given) for one in made] == [("b", None), ("one", "decided by b")]


def test_a_baseline_that_nobody_replays_runs_like_every_arm_and_draws_set_their_values(made):
    heard = []
    together = Together(
        a_task({"a.rate": [0.5]}, base=World("ab", "fixed")),
        Begun(),
        build=System,
        progress=lambda *what: heard.append(what),
    )
    together.simulate("id of base", "base")
    (only,) = made
    assert (only.given, only.scenario.drawn, only.scenario.threads) == (None, ("a.rate",), 1)
    assert heard == [("base", 7, 1), ("base", 7, 2)]


def test_a_run_whose_input_was_edited_is_not_simulated(made):
    together = Together(a_task(changed="population/x.csv", base=World()), Begun(), build=System)
    with pytest.raises(InputChangedError) as fault:
        together.simulate("id of base", "base")
    assert fault.value.name == "population/x.csv"
    assert not made


def test_runs_that_begin_from_the_same_people_are_beside_each_other():
    arms = {"c": World(origin="two"), "base": World(), "d": World(origin="two"), "a": World()}
    runs = Together(a_task(**arms), Begun()).in_order()
    assert [arm for _, arm in runs] == ["base", "a", "c", "d"]


@pytest.mark.parametrize("order", ["abc", "bca", "cab", "cba"])
def test_what_arms_share_is_simulated_once(order, made):
    """a and b part after three months, c leaves both after one: 3 + 3 months of one, 3 of the other and 5 of c."""
    worlds = {"a": World("xyzaaa"), "b": World("xyzbbb"), "c": World("xccccc")}
    heard = []
    branches = Branches({arm: worlds[arm] for arm in order})
    for arm in order:
        system = System(worlds[arm], 0)
        branches.go_along(arm, system, heard.append)
        system.run(heard.append)
        assert system.lived == worlds[arm].text
    assert len(heard) == 6 + 3 + 5
    assert not branches._kept  # nobody waits for it


def test_who_never_parts_goes_alone(made):
    branches = Branches({"a": World("xxaa"), "b": World("yyaa"), "c": World("xxaa")})
    system = System(World("xxaa"), 0)
    branches.go_along("a", system)
    branches.go_along("nobody", system)
    assert system.month == 0


def a_result(**numbers):
    empty = {"digest": "d", "member_months": 12, "rows": [("all", "all")]}
    calls = {name: lambda name=name: name for name in ("totals", "amounts", "courses", "monthly", "by_year")}
    return SimpleNamespace(**empty, **calls, **numbers)


@pytest.mark.parametrize(
    ("keep", "monthly", "yearly", "whole"),
    [(TOTALS, None, None, False), (MONTHS, "monthly", "by_year", False), (RUNS, None, None, True)],
)
def test_what_is_kept_of_a_run(keep, monthly, yearly, whole):
    result = a_result()
    found = outcome_of("id", result, 1.23456, keep)
    assert (found.id, found.digest, found.member_months, found.seconds) == ("id", "d", 12, 1.235)
    assert (found.totals, found.amounts, found.courses) == ("totals", "amounts", "courses")
    assert (found.monthly, found.yearly, found.result is result) == (monthly, yearly, whole)
    assert found.rows == (("all", "all"),)


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        (MemoryError("full"), Failure("id of base", "MemoryError: full", again=True)),
        (OSError("no\n  disk"), Failure("id of base", "OSError: no disk", again=True)),
        (InputChangedError("x.csv"), Failure("id of base", str(InputChangedError("x.csv")), changed="x.csv")),
        (ValueError("wrong"), Failure("id of base", "ValueError: wrong")),
    ],
)
def test_what_becomes_of_a_run_that_fails(fault, answer, monkeypatch):
    def failing(self, run_id, arm):
        if arm == "base":
            raise fault
        return run_id

    monkeypatch.setattr(Together, "simulate", failing)
    monkeypatch.setattr(digests, "code_digest", lambda: "code")
    assert run_task(a_task(base=World(), other=World())) == [answer, "id of other"]
    (old, _) = run_task(replace(a_task(base=World(), other=World()), code="older"))
    assert old == Failure("id of base", "the worker has another version of ccosim than the study")


def test_threads_change_nothing_but_threads():
    world = World()
    assert with_threads(world, None) is world
    assert with_threads(world, 3) is world
    assert with_threads(world, 2) == replace(world, threads=2)
