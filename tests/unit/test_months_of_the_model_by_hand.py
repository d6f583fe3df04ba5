"""What the model does between its organizations in a month, worked out on two areas and a handful of rows."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim import model as at
from sim.agents.cco.actions import ACTION_INDEX, ACTIONS, as_table, no_actions
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.member.served import Served
from sim.model import HealthSystem
from sim.schema import AREA, CLINIC, ENROLLED, NEEDS, OFF_COVER, STORED, VACANT
from sim.start import Decisions, quiet_areas

pytestmark = pytest.mark.quick


class Numbers:
    """A registry of a few numbers; a monthly one is given as it is for a month."""

    def __init__(self, **values):
        self.values = {name.replace("__", "."): value for name, value in values.items()}

    def get(self, name):
        return np.asarray(self.values[name], float)[()]

    monthly = get


def bare(**given):
    """A health system that has no more than a case gives it."""
    system = object.__new__(HealthSystem)
    system.__dict__.update(given)
    return system


def test_areas_are_quiet_before_anything_is_decided():
    areas = quiet_areas(2)
    ones = {"price_index", "cco_price", "fee", "need_onset", "need_onset_highest", "avoidable", "dental_benefit"}
    for name in AREA.names:
        assert (areas[name] == float(name in ones | {"opioid_open"})).all(), name


def test_what_ccos_do_is_what_members_meet_and_clinicians_are_those_that_were_won():
    actions, areas = no_actions(2), quiet_areas(2)
    for k, name in enumerate(ACTIONS):
        actions[name] = 0.01 * k, 0.02 * k
    ccos = [SimpleNamespace(concordant=share) for share in (0.3, 0.4)]
    bare(actions=actions, areas=areas, ccos=ccos)._apply_actions()
    for name in set(ACTIONS) & set(AREA.names) - {"concordance"}:
        assert areas[name].tolist() == actions[name].tolist(), name
    assert areas["care_management"].tolist() != areas["closed_loops"].tolist()
    assert areas["concordance"].tolist() == [0.3, 0.4]


@pytest.mark.parametrize(("month", "with_interpreters"), [(-1, (0.2, 0.4)), (0, (0.28, 0.595)), (5, (0.28, 0.595))])
def test_who_sees_a_clinician_of_the_own_language_needs_no_interpreter(month, with_interpreters):
    """A tenth by policy, and in the second area a half of a half that were won: .9 and .9 x .75 are left."""
    areas = quiet_areas(2)
    areas["interpreters"], areas["concordance"] = (0.2, 0.4), (0.0, 0.5)
    numbers = Numbers(equity__concordance_reach=0.5, quality__language_concordance=0.1)
    bare(areas=areas, registry=numbers, month=month)._apply_concordance()
    assert areas["interpreters"] == pytest.approx(with_interpreters)


@pytest.mark.parametrize(("packages", "first", "second"), [((), 3.0, 0.5), (("one",), 6.0, 0.1)])
def test_needs_begin_as_often_as_programs_and_events_say(packages, first, second):
    """Programs double the onset of the first need in the one area, and leave a fifth of it in the other."""
    areas, events = quiet_areas(2), np.ones((len(NEEDS), 2))
    events[0] = 3.0, 0.5
    areas["need_onset"][:, 0] = 2.0, 0.2
    system = bare(areas=areas, registry=Numbers(events__need_onset=events), slots=SimpleNamespace(packages=packages))
    system._apply_events()
    assert areas["need_onset"][:, 0] == pytest.approx([first, second])
    assert (areas["need_onset"][:, 1:] == 1).all()
    assert areas["need_onset_highest"] == pytest.approx([first, 1])


def test_replayed_decisions_are_those_of_the_month_but_for_what_policy_sets():
    """Kept are the area's own screening, needs, fees and benefit, and which clinics contracts are with."""
    months = []
    for value in (5, 7):
        areas = np.zeros(2, AREA)
        for name in AREA.names:
            areas[name] = value
        months.append(areas)
    clinics = [np.zeros(3, CLINIC) for _ in months]
    for value, rows in zip((0.5, 0.7), clinics, strict=True):
        rows["lost"], rows["apart"] = value, 1
    mine, own = quiet_areas(2), np.zeros(3, CLINIC).view(np.recarray)
    own["apart"] = 0, 1, 0
    for name in AREA.names:
        mine[name] = 1
    system = bare(areas=mine, clinics=own, month=1, replayed=Decisions(months, clinics), decisions=Decisions([], []))
    system._keep_or_replay_decisions()
    kept = {"screening", "need_onset", "need_onset_highest", "fee", "dental_benefit", "apart"}
    for name in AREA.names:
        assert (mine[name] == (1 if name in kept else 7)).all(), name
    assert own["lost"].tolist() == [0.7] * 3
    assert own["apart"].tolist() == [0, 1, 0]
    mine["lost"], own["lost"] = 99, 99  # a later month changes nothing that was kept
    assert (system.decisions.areas[0]["lost"] == 7).all()
    assert (system.decisions.clinics[0]["lost"] == 0.7).all()


def test_the_warm_up_is_neither_kept_nor_replayed():
    system = bare(areas=quiet_areas(1), month=-1, replayed=Decisions([], []), decisions=Decisions([], []))
    system._keep_or_replay_decisions()
    assert not system.decisions.areas
    system = bare(
        areas=quiet_areas(1), clinics=np.zeros(1, CLINIC), month=0, replayed=None, decisions=Decisions([], [])
    )
    system._keep_or_replay_decisions()
    assert len(system.decisions.areas) == len(system.decisions.clinics) == 1


@pytest.mark.parametrize(
    ("funding", "budget"), [("cco", [30, 40]), ("share", [7, 8]), ("capture", [7, 8]), ("waiver", None)]
)
def test_who_pays_for_programs_says_how_much(funding, budget):
    system = bare(
        scenario=SimpleNamespace(upstream=SimpleNamespace(funding=funding)),
        funds=SimpleNamespace(budget=lambda: np.array([7, 8])),
        ccos=[SimpleNamespace(upstream_budget=cents) for cents in (30, 40)],
    )
    found = system._upstream_budget()
    assert (None if found is None else found.tolist()) == budget


@pytest.mark.parametrize("month", [-1, 0, 10, 11, 12, 23])
def test_the_books_of_a_month_are_closed_and_recorded_after_the_warm_up(month, monkeypatch):
    """Of members by material needs the year is recorded in December; of gaps, where a target is set under a budget."""
    seen = {}
    monkeypatch.setattr(at, "primary_care_by_material_needs", lambda *_: {"december": 1})
    ledger = SimpleNamespace(purposes=np.array([4]), close_month=lambda: ledger.purposes.fill(0) or "flows")
    gaps = SimpleNamespace(gap=np.array([0.1, 0.3]))
    system = bare(
        month=month, ledger=ledger, scenario=SimpleNamespace(warm_up=18), areas=np.zeros(1), members=np.zeros(1),
        providers=SimpleNamespace(
            answers={"one": 1}, record=lambda: {"p": 2}, watch_asks=lambda months: seen.update(watched=months)
        ),
        slots=SimpleNamespace(record=lambda: {"s": 1}), actions=no_actions(1),
        agency=SimpleNamespace(record=lambda: {"a": 3}, calendar=SimpleNamespace(has_budget=True)),
        registry=Numbers(ccos__equity_target=0.5), ccos=[SimpleNamespace(measures=gaps, concordant=0.25)],
        recorder=SimpleNamespace(record=lambda *what: seen.update(recorded=what)), _last="last",
    )  # fmt: skip
    system._record()
    assert ledger.purposes.tolist() == [0]
    if month < 0:
        assert seen == {"watched": 18}
        return
    when, last, flows, outputs, paid = seen["recorded"]
    assert (when, last, flows, paid.tolist()) == (month, "last", "flows", [4])
    assert {"p", "s", "a"} < set(outputs)
    assert ("december" in outputs) == (month % MONTHS_PER_YEAR == 11)
    assert outputs["equity.gap"].tolist() == [200_000]
    assert outputs["equity.concordance"].tolist() == [250_000]


def arriving(month, rates=(), rows=8):
    """Two members and room; a newborn of the second area, newcomers of both, entrants of the first."""
    members = np.zeros(rows, STORED).view(np.recarray)
    members["status"][:2] = ENROLLED, OFF_COVER
    members["key"][:2] = 1, 2

    def people(*of):
        made = np.zeros(len(of), STORED)
        made["key"], made["area"], made["status"] = [k for k, _ in of], [a for _, a in of], ENROLLED
        return made

    asked = []
    population = SimpleNamespace(
        newborns=lambda mothers, when: asked.append((mothers["key"].tolist(), when)) or people((10, 1)),
        newcomers=lambda when: asked.append(when) or people((20, 0), (21, 1)),
        entrants=lambda *what: asked.append(what[0]) or people((30, 0)),
    )
    sent = []
    system = bare(
        month=month, members=members, population=population, _notes=None, served=Served(),
        registry=Numbers(events__entrants=rates or np.zeros(5), events__entrants_in=np.ones(2)),
        providers=SimpleNamespace(send_on=lambda: sent.append(1)),
    )  # fmt: skip
    return system, asked, sent


def test_newborns_and_newcomers_take_vacant_rows_by_area(monkeypatch):
    monkeypatch.setattr(at, "mothers_and_vacant_rows", lambda *_: (np.array([1]), np.array([5, 3, 7, 4, 6, 2])))
    system, asked, sent = arriving(0)
    system.served.admit(system.members, np.array([1, 5]))  # who was in row 5 had had a package, and is gone
    free = len(system.served.free)
    system._let_in()
    assert (system.members["served"] > 0).tolist() == [False, True] + [False] * 6
    assert len(system.served.free) == free + 1
    assert asked == [([2], 0), 0]
    assert system.members["key"].tolist() == [1, 2, 0, 10, 0, 20, 0, 21]  # into 5, 3, 7: the first area comes first
    assert system.members["cohort"].tolist() == [1, 0, 0, 0, 0, 0, 0, 0]  # enrolled before anybody came
    assert sent == [1]
    later, asked, _ = arriving(1, rates=(0, 0.1, 0, 0, 0))
    later._let_in()
    assert asked == [([2], 1), 1, 1]
    assert later.members["key"].tolist() == [1, 2, 0, 30, 21, 20, 0, 10]
    assert not later.members["cohort"].any()


def test_a_full_table_grows(monkeypatch):
    monkeypatch.setattr(at, "mothers_and_vacant_rows", lambda *_: (np.array([1]), np.array([2])))
    monkeypatch.setattr(at, "replace", lambda population, members: population)
    system, _, _ = arriving(3, rows=3)
    system._let_in()
    assert system.members["key"].tolist()[:5] == [1, 2, 20, 10, 21]
    assert len(system.members) == 6
    assert (system.members["status"][5:] == VACANT).all()


@pytest.mark.parametrize(("month", "made"), [(-2, [-1]), (-1, []), (0, [1]), (10, [11]), (11, [])])
def test_newcomers_of_the_next_month_are_made_ahead_if_this_run_has_one(month, made):
    asked = []
    bare(
        month=month, scenario=SimpleNamespace(months=12), population=SimpleNamespace(newcomers=asked.append),
        recorder=SimpleNamespace(catch_up=lambda: asked.append("late")),
    )._meanwhile()  # fmt: skip
    assert asked == [*made, "late"]


def test_members_at_the_start_are_no_entrants_and_people_off_cover_have_no_months(monkeypatch):
    rows = np.zeros(3, STORED)
    rows["status"], rows["months_covered"] = [ENROLLED, ENROLLED, OFF_COVER], [0, 9, 0]
    monkeypatch.setattr(at, "build_population", lambda *_, **__: SimpleNamespace(members=rows))
    monkeypatch.setattr(at, "origin_of", lambda _: "here")
    start = at._untouched(SimpleNamespace(population=None, registry=None, folder=None, warm_up=18, threads=1), 7)
    assert rows["months_covered"].tolist() == [1, 9, 0]
    assert (start.month, start.seed, start.origin, start.is_given_away) == (-18, 7, "here", True)


def test_where_the_timeline_changes_organizations_remember_and_new_terms_hold_for_budgets_under_way(monkeypatch):
    """The share at risk changes: an area under way takes it over; one that begins, or has no budget, does not."""
    before, now = np.full(len(ACTIONS), 0.5), np.full(len(ACTIONS), 0.5)
    now[ACTION_INDEX["at_risk"]] = 0.75
    monkeypatch.setattr(at, "opening_actions", lambda registry: {"old": before, "new": now}[registry])
    told, kept = [], []
    scenario = SimpleNamespace(payment=SimpleNamespace(contracts=("a contract",)))
    agency = SimpleNamespace(
        end_contracts=lambda contracts: told.append(("agency", contracts)), months_run=np.array([6, 0, 6]),
        budget_runs=np.array([True, True, False]),
    )  # fmt: skip
    cco = SimpleNamespace(end_budget=lambda contracts: told.append(("cco", contracts)))
    memory = SimpleNamespace(snapshot=lambda: list(told), restore=kept.append)
    actions = no_actions(3)
    system = bare(
        month=8, scenario="before", registry="old", agency=agency, ccos=[cco], actions=actions,
        whole=SimpleNamespace(in_force=lambda month: scenario if month == 8 else "before"),
    )  # fmt: skip
    system._organizations = lambda: {"one": memory}
    system._found = lambda scenario: system.__dict__.update(scenario=scenario, registry="new")
    system._follow_timeline()
    assert told == [("agency", ("a contract",)), ("cco", ("a contract",))]
    assert kept == [told]  # what was remembered after contracts had ended
    assert as_table(actions)[:, ACTION_INDEX["at_risk"]].tolist() == [0.75, 0, 0]
    assert as_table(actions)[:, ACTION_INDEX["pass_through"]].tolist() == [0, 0, 0]
    system._follow_timeline()  # nothing changes in the same phase
    assert len(kept) == 1
