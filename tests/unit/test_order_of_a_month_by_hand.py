"""What comes after what in a month of the whole system, and what a run that replays or goes on begins with."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import model as at
from sim.model import HealthSystem
from sim.start import Decisions

pytestmark = pytest.mark.quick


class Bare(HealthSystem):
    """A health system that has no more than a case gives it; Mesa is not asked for anything."""

    def __init__(self, **given):
        self.__dict__.update(given)


def noting(diary, name, **values):
    """Someone of whom every act is noted, as ``name.act``."""

    class Noting(SimpleNamespace):
        def __getattr__(self, act):
            if act.startswith("__"):
                raise AttributeError(act)
            return lambda *given: diary.append(f"{name}.{act}")

    return Noting(**values)


def test_a_month_is_decided_then_lived_then_settled():
    """Rates are set before CCOs decide, which providers answer; what was decided is complete before it is kept.

    Slots are given out after what is replayed is in force. Practices bill before the agency settles, funds before CCOs,
    and a board judges a month whose money is settled. Both CCOs do one thing before any does the next.
    """
    diary = []
    system = Bare(
        agency=noting(diary, "agency"), providers=noting(diary, "providers"), slots=noting(diary, "slots"),
        funds=noting(diary, "funds"), bills=noting(diary, "bills"),
        ccos=[noting(diary, f"cco{i}", board=i) for i in range(2)],
        communities=[noting(diary, "community")], month=4, steps=4, seconds={"months": 0.0},
        scenario=SimpleNamespace(months=5), _in_month=False, _ends=SimpleNamespace(alive=True),
    )  # fmt: skip
    own = ("_follow_timeline", "_apply_actions", "_apply_concordance", "_apply_events", "_keep_or_replay_decisions")
    for name in (*own, "_simulate_members", "_record"):
        setattr(system, name, lambda name=name: diary.append(name))
    system._upstream_budget = lambda: diary.append("budget")
    system.step()
    assert diary == [
        "_follow_timeline", "agency.set_rates", "cco0.decide", "cco1.decide", "_apply_actions", "providers.decide",
        "_apply_concordance", "slots.open", "community.offer", "_apply_events", "_keep_or_replay_decisions", "budget",
        "slots.assign", "_simulate_members", "providers.bill", "agency.settle", "funds.settle", "bills.pay",
        "cco0.settle", "cco1.settle", "cco0.judge", "cco1.judge", "_record",
    ]  # fmt: skip
    assert (system.month, system.steps, system.running, system._in_month) == (5, 5, False, False)
    with pytest.raises(RuntimeError, match="the run is over: all 5 months"):
        system.step()


def test_members_of_clinics_outside_the_contracts_meet_other_areas_and_come_second():
    for apart, met in (((0, 0), ("under",)), ((0, 1), ("under", "outside"))):
        clinics = {"apart": np.array(apart)}
        system = Bare(areas="under", clinics=clinics, providers=SimpleNamespace(outside=lambda: "outside"))
        assert system.areas_met() == met


@pytest.mark.parametrize(
    ("organizations", "free", "replays"), [("fixed", False, True), ("fixed", True, False), ("live", False, False)]
)
def test_who_replays_has_programs_paid_from_outside_and_whoever_decides_does_not(
    organizations, free, replays, monkeypatch
):
    """A world without policy decides as it always did; nobody has it decide once more for a run that is live."""
    for name in ("check_is_scenario", "_check_begins_here"):
        monkeypatch.setattr(at, name, lambda *_: None)
    monkeypatch.setattr(at, "is_policy_free", lambda scenario: free)
    monkeypatch.setattr(at, "with_outside_money", lambda scenario: "paid from outside")
    monkeypatch.setattr(at.mesa.Model, "__init__", lambda self, rng: None)
    begun = []
    compiled = []
    monkeypatch.setattr(at.HealthSystem, "_settle_in", lambda self, start: begun.append(start))
    monkeypatch.setattr(at, "compile_beside", compiled.append)
    scenario = SimpleNamespace(seed_of=lambda seed: 17, organizations=organizations, folder="the folder")
    start, decisions = object.__new__(at.Start), Decisions([1], [2])
    system = HealthSystem(scenario, 17, population=start, decisions=decisions)
    assert system.replayed is (decisions if replays else None)
    assert system.whole == ("paid from outside" if replays else scenario)
    assert begun == [start]
    assert compiled == ["the folder"]


class Month(SimpleNamespace):
    """A month that was read from arrays."""


@pytest.mark.parametrize("apart", [True, False])
def test_a_saved_run_goes_on_from_the_months_of_all_and_of_its_party(apart, monkeypatch):
    monkeypatch.setattr(at, "MonthResult", lambda number: Month(number=int(number)))
    system = Bare(
        whole=SimpleNamespace(in_force=lambda month: "now"), scenario="now", areas=np.zeros(1), actions=np.zeros(1),
        clinics=np.zeros(1), _ends=SimpleNamespace(alive=True), served=SimpleNamespace(restore=lambda kept: None),
        recorder=SimpleNamespace(restore=lambda kept: None),
        ledger=SimpleNamespace(flows=np.ones(1), purposes=np.ones(1), posted=np.ones(1)), _notes="of month 7",
    )  # fmt: skip
    system.scenario = SimpleNamespace(months=6)
    system.whole.in_force = lambda month: system.scenario
    system._organizations = dict
    arrays = {name: np.array([value]) for value, name in enumerate(("members", "areas", "actions", "clinics"), 1)}
    arrays |= {"month": np.array(5), "ledger": np.array([4]), "last/number": np.array(7)}
    arrays |= {"decisions/areas": np.array([8, 9]), "decisions/clinics": np.array([6, 5])}
    system.restore(arrays | ({"party/number": np.array(3)} if apart else {}))
    assert [getattr(one, "number", None) for one in (system._last, system._party)] == [7, 3 if apart else 7]
    assert [table.tolist() for table in (system.members, system.areas, system.actions, system.clinics)] == [
        [1], [2], [3], [4],
    ]  # fmt: skip
    assert (system.decisions.areas, system.decisions.clinics) == ([8, 9], [6, 5])
    assert (system.month, system.running, system._in_month) == (5, True, False)
    assert system._notes is None  # nobody has noted who gave birth before month 5


@pytest.mark.parametrize(("month", "digest"), [(-3, ""), (0, "of the whole"), (7, "of the whole")])
def test_what_is_recorded_is_of_the_seed_and_of_the_scenario_with_its_timeline(month, digest, monkeypatch):
    made = {}
    monkeypatch.setattr(at, "Recorder", lambda *given, **named: made.update(given=given, **named))
    system = Bare(
        scenario=SimpleNamespace(months=9, digest=lambda: "of a phase"), whole=SimpleNamespace(digest=lambda: digest),
        area_names=("North",), weights=np.array([2.5]), seed=17, month=month,
    )  # fmt: skip
    system._recorder()
    assert made["given"][:3] == (9, ("North",), system.weights)
    assert (made["seed"], made["scenario_digest"]) == (17, digest)


def test_the_party_of_contracts_is_judged_apart_where_they_are_with_a_part_of_the_clinics_at_any_time(monkeypatch):
    for name in ("Agency", "Slots", "CCO", "Community", "Providers", "Funds", "Bills"):
        monkeypatch.setattr(at, name, lambda *given: given)
    monkeypatch.setattr(at, "Quality", lambda areas: ["quality of", areas])
    for divides in (True, False):
        first = SimpleNamespace(payment=SimpleNamespace(clinics="all"))
        whole = SimpleNamespace(divides_clinics=divides)
        system = Bare(whole=whole, scenario=first, areas=[0, 1, 2], params="p", area_names=("a", "b"))
        system._found_organizations(())
        assert system.quality == system.judged == ["quality of", 3]
        assert (system.judged is not system.quality) == divides
        assert [(area, name) for _, area, name, *_ in system.ccos] == [(0, "a"), (1, "b")]
        assert [(area, name) for _, area, name, *_ in system.communities] == [(0, "a"), (1, "b")]


def test_what_clinics_under_contract_are_judged_by_is_saved_where_it_is_apart():
    parts = {name: name for name in ("agency", "providers", "slots", "funds", "quality")}
    same = Bare(**parts, judged="quality", ccos=["x", "y"])
    same.judged = same.quality
    assert list(same._organizations()) == [*parts, "cco0", "cco1"]
    other = Bare(**parts | {"judged": "apart"}, ccos=["x", "y"])
    assert other._organizations()["judged"] == "apart"
    assert other._organizations()["cco1"] == "y"


class Lived(SimpleNamespace):
    """A system whose months are counted."""

    def __enter__(self):
        return self

    def __exit__(self, *fault):
        self.diary.append("closed")

    def step(self):
        self.month += 1

    def run(self):
        self.diary.append("run")

    def _as_start(self):
        return f"a start at month {self.month}"


def test_a_warm_up_ends_at_month_0_and_is_lived_as_before_policy(monkeypatch):
    diary = []

    def system(scenario, seed, population):
        diary.append((scenario, seed, population))
        return Lived(month=-3, diary=diary, decisions="decided")

    monkeypatch.setattr(at, "check_is_scenario", lambda scenario: None)
    monkeypatch.setattr(at, "HealthSystem", system)
    monkeypatch.setattr(at, "before_policy", lambda scenario: "before policy")
    monkeypatch.setattr(at, "without_policy", lambda scenario: "without policy")
    monkeypatch.setattr(at, "_untouched", lambda scenario, seed: f"people of {seed}")
    scenario = SimpleNamespace(seed_of=lambda seed: 17 if seed is None else seed)
    assert at.begin(scenario, 8) == "a start at month 0"
    assert at.begin(scenario) == "a start at month 0"
    assert diary == [("before policy", 8, "people of 8"), "closed", ("before policy", 17, "people of 17"), "closed"]
    diary.clear()
    assert at.decisions_without_policy(scenario, 8, "the same people") == "decided"
    assert diary == [("without policy", 8, "the same people"), "run", "closed"]


@pytest.mark.parametrize("answers", [{}, {"coding": 1}])
def test_rates_that_are_expected_are_of_the_members_of_the_start_where_providers_answer(answers, monkeypatch):
    monkeypatch.setattr(at, "Blocks", lambda *_: SimpleNamespace(close=lambda wait: None))
    told = []
    for name in ("expect_rates", "rank_means"):
        monkeypatch.setattr(at, name, lambda params, members, name=name: told.append((name, params, members)))
    system = Bare(
        whole=SimpleNamespace(in_force=lambda month: month), ccos=[], providers=SimpleNamespace(answers=answers),
        scenario=SimpleNamespace(months=9, threads=1), areas=[0], clinics=[0], params="numbers",
    )  # fmt: skip
    system._take_over = lambda people: setattr(system, "members", people)
    system._found = lambda scenario: None
    system._organizations = dict
    system._recorder = lambda: "recorder"
    start = SimpleNamespace(origin="here", seed=3, month=0, last=None, organizations={})
    start.copy = lambda: SimpleNamespace(population="members")
    system._settle_in(start)
    named = ("expect_rates", "rank_means") if answers else ()
    assert told == [(name, "numbers", "members") for name in named]
    assert (system._origin, system.decisions) == (("here", 3), Decisions([], []))
