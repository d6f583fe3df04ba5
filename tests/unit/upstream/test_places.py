"""Who gets a place: never more than places or money, the same for whoever is asked in whatever order."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sim import schema
from sim.upstream.reach import ACCEPTS, ENGAGES, IS_ASKED, IS_ELIGIBLE, reached
from tests.support.stand_in_places import AREAS, PORTFOLIO, months_of, people

ROOT = Path(__file__).resolve().parents[3]


def by_key(model):
    order = np.argsort(model.members["key"])
    return model.members[order]["package"], model.members[order]["ever_package"]


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in schema.STORED.names)


def served(model, k):
    rows = (model.members["package"] >> k) & 1 == 1
    return np.bincount(model.members["area"][rows], minlength=AREAS)


def run(model, months, budget=None):
    for _ in range(months):
        model.decide(budget)
        model.live()


def test_some_are_served_and_never_more_than_there_are_places(system):
    model = system(40_000)
    started = queued = 0
    for _ in range(40):
        model.decide()
        started = started + model.slots.counts["started"].sum(axis=0)
        queued = queued + model.slots.counts["queue"].sum(axis=0)
        for k in range(len(PORTFOLIO)):
            assert (served(model, k) <= model.slots.available[:, k]).all()
            assert (served(model, k) == model.slots.counts["served"][:, k]).all()
        model.live()
    assert (started > 0).all()
    assert (queued > 0).any()  # supply binds somewhere


def test_take_up_falls_at_each_step(system):
    model = system(40_000)
    model.decide()
    counts = model.slots.counts
    for earlier, later in (
        ("eligible", "asked"),
        ("asked", "accepted"),
        ("accepted", "engaged"),
        ("engaged", "started"),
    ):
        assert (counts[earlier] >= counts[later]).all()
    assert (counts["engaged"] == counts["queue"] + counts["started"]).all()
    k = PORTFOLIO.index("chw")
    engaged = counts["engaged"][:, k].sum() / counts["eligible"][:, k].sum()
    assert engaged == pytest.approx(0.8 * 0.4, abs=0.06)


@pytest.mark.parametrize("dollars", [0, 500, 5_000, 50_000])
def test_budgets_are_never_overspent(system, dollars):
    model = system(20_000)
    budget = np.full(AREAS, dollars * 100, np.int64)
    there, spent = np.zeros((2, AREAS), np.int64)
    for month in range(30):
        if month == 15:
            budget //= 3  # a cut: places end rather than being paid on credit
        model.members["since_screened"] = np.where(model.members["key"] % 17 == 0, 0, 99)
        model.decide(budget)
        there, spent = there + budget, spent + model.slots.costs_cents()
        assert (spent + model.slots.reserve.sum(axis=1) <= there).all()
        assert (model.slots.reserve >= 0).all()
        assert (model.slots.costs_cents() >= 0).all()
        model.live()
    if dollars == 0:
        assert model.slots.counts["started"].sum() == model.slots.costs_cents().sum() == 0


def test_costs_are_those_of_whom_it_serves(system):
    model = system(20_000, names=("groceries",))
    run(model, 3)
    model.decide()
    counts = model.slots.counts
    assert (counts["cents"] == counts["served"] * 23_500).all()
    assert (model.slots.costs_cents() == counts["cents"].sum(axis=1)).all()


def test_start_costs_are_paid_once(system):
    model = system(20_000, names=("rent_support",))
    for _ in range(4):
        model.decide()
        assert (model.slots.counts["cents"] == model.slots.counts["started"] * 310_000).all()
        model.live()


def test_screenings_are_billed_a_month_later_and_stop_while_a_bill_is_open(system):
    model = system(2_000, names=("screening",))
    model.decide()
    assert (model.areas["screening"] == 0.5).all()
    assert not model.slots.costs_cents().any()
    model.live()
    model.members["since_screened"][:100] = 0
    covered = model.members["status"][:100] == schema.ENROLLED  # nobody pays for people off cover
    screened = np.bincount(model.members["area"][:100][covered], minlength=AREAS)
    one = np.ones(AREAS, np.int64)
    model.decide(one)  # a budget of one cent
    assert (model.slots.costs_cents() == np.minimum(screened, one)).all()
    model.live()
    model.members["since_screened"] = 99
    model.decide()  # no limit: the rest of the bill is paid, and then screening goes on
    assert (model.areas["screening"][screened > 0] == 0).all()
    assert (model.areas["screening"][screened == 0] == 0.5).all()
    assert (model.slots.costs_cents() == np.maximum(screened * 1000 - one, 0)).all()
    model.live()
    model.decide()
    assert (model.areas["screening"] == 0.5).all()


def test_a_cco_pays_for_the_screenings_of_its_own_members(system):
    models = [system(4_000, ("screening",), funding=funding) for funding in ("cco", "state")]
    for model in models:
        model.decide()
        model.live()
        model.members["since_screened"] = 0
        model.decide()
    covered = models[0].members["status"] == schema.ENROLLED
    own = covered & (models[0].members["in_cco"] == 1)
    assert models[0].slots._counts.screening.sum() == own.sum() * 1000
    assert models[1].slots._counts.screening.sum() == covered.sum() * 1000
    assert own.sum() < covered.sum()


def test_wanting_help_is_one_trait_of_a_member(system):
    """Who does not want groceries wants no help with SNAP either; who takes part in one need not in the other."""
    keys = people(20_000)["key"]
    packages = system(100, ("groceries", "snap_help")).packages
    steps = [reached(package, keys, 7, help_wanted=0.5) for package in packages]
    groceries, snap_help = (last[np.minimum(*steps) >= IS_ASKED] for last in steps)
    assert np.array_equal(groceries >= ACCEPTS, snap_help >= ACCEPTS)
    assert not np.array_equal(groceries == ENGAGES, snap_help == ENGAGES)
    assert (steps[0] >= ACCEPTS).mean() == pytest.approx(0.9 * 0.5, abs=0.01)
    assert (steps[0] == ENGAGES).mean() == pytest.approx(0.9 * 0.5 * 0.75, abs=0.01)


def test_the_state_spends_its_own_budget_where_it_pays(system):
    costly = PORTFOLIO[1:]  # a list of addresses costs nothing
    rich = system(20_000, costly, funding="state")
    poor = system(20_000, costly, {"upstream.state_budget": 0}, funding="state")
    run(rich, 6)
    run(poor, 6)
    assert rich.members["package"].any()
    assert not poor.members["package"].any()


def test_a_cco_pays_for_its_own_members(system):
    model = system(20_000, funding="cco")
    run(model, 6)
    assert model.members["package"].any()
    assert not model.members["package"][model.members["in_cco"] == 0].any()


@pytest.mark.parametrize("never", [{"overrides": {"upstream.reach_scale": 0}}, {"start": 100}, {"names": ()}])
def test_no_reach_no_start_no_packages_nobody(system, never):
    model = system(10_000, **never)
    before = model.members.copy()
    for _ in range(12):
        model.decide()
        model.month += 1
    assert same(model.members, before)
    assert not model.slots.costs_cents().any()
    if "overrides" not in never:
        assert not model.areas["screening"].any()


def test_the_order_of_rows_changes_nobody(system):
    straight = system(20_000)
    mixed = system(members=np.random.default_rng(1).permutation(people(20_000)))
    for model in (straight, mixed):
        run(model, 20, np.full(AREAS, 3_000_000, np.int64))
    for one, other in zip(by_key(straight), by_key(mixed), strict=True):
        assert np.array_equal(one, other)
    assert straight.members["package"].any()


def test_a_package_has_the_same_luck_in_every_portfolio(system):
    alone = system(20_000, names=("groceries",))
    among = system(20_000)
    run(alone, 10)
    run(among, 10)
    k = PORTFOLIO.index("groceries")
    assert np.array_equal(alone.members["package"] & 1, (among.members["package"] >> k) & 1)


def test_a_place_touches_third_persons_only_through_the_queue(system):
    """One member less in need: with places to spare nobody else changes; where supply binds, at most one moves up."""
    for plenty in (True, False):
        models = [system(20_000, ("screening",) if plenty else ("groceries",)) for _ in "ab"]
        models[0].decide()
        chosen = np.flatnonzero(models[0].members["package"])[0]
        models[1].members["known_needs"][chosen] = 0
        models[1].decide()
        changed = np.flatnonzero(models[0].members["package"] != models[1].members["package"])
        assert chosen in changed
        assert changed.size == (1 if plenty else 2)


def test_more_places_never_serve_fewer(system):
    few, many = system(20_000), system(20_000, overrides={"upstream.places_scale": 2})
    few.decide()
    many.decide()
    assert (few.members["package"] & ~many.members["package"] == 0).all()
    assert many.members["package"].sum() > few.members["package"].sum()


def test_service_ends_with_time_cover_or_need(system):
    model = system(20_000, names=("groceries",))
    model.decide()
    first = np.flatnonzero(model.members["package"])
    lost, fed, dead = first[:3]
    model.members["status"][lost] = schema.OFF_COVER
    model.members["needs"][fed] = 0
    model.members["known_needs"][fed] = 0
    model.members["status"][dead] = schema.VACANT
    model.live()
    model.decide()
    assert not model.members["package"][[lost, fed, dead]].any()
    assert (model.members["ever_package"][first] == 1).all()
    staying = first[3:]
    assert model.members["package"][staying].all()
    for _ in range(5):
        model.live()
        assert model.members["package"][staying].all()
        model.month -= 1  # time stands still but for the clocks of the served
        model.month += 1
        if months_of(model, staying[0]) < 6:
            model.decide()
    assert (months_of(model, staying) == 6).all()
    model.decide()
    assert model.slots.counts["ended"].sum() >= staying.size


def test_who_is_served_again_begins_with_the_first_month(system):
    """Groceries end after six months; all who are eligible had them for six months before."""
    model = system(20_000, names=("groceries",))
    model.members["ever_package"] = 1
    model.served.admit(model.members, np.arange(20_000))
    model.served.rows["package_months"][model.members["served"], 0] = 6
    model.decide()
    again = model.members["package"] == 1
    assert again.any()
    assert not months_of(model, again).any()
    model.live()
    model.decide()
    assert model.members["package"][again].all()


def test_homes_are_kept_as_retention_says(system):
    members = people(60_000)
    members["age_months"], members["needs"], members["homeless_type"] = 400, 1 << schema.HOMELESSNESS, 2
    members["status"] = schema.ENROLLED
    model = system(members=members, names=("supportive_housing",), overrides={"upstream.places_scale": 20})
    model.decide()
    first = np.flatnonzero(model.members["package"])
    model.live()
    for _ in range(12):
        model.decide()
        model.live()
    kept = ((model.members["package"][first] & 1) & (months_of(model, first) == 13)).mean()
    assert kept == pytest.approx((1 - 0.0125) ** 12, abs=0.06)  # the Denver trial: 86% after a year


def test_nobody_is_served_twice_where_once_is_the_rule(system):
    model = system(4_000, names=("rent_support",), overrides={"upstream.places_scale": 20})
    starts = np.zeros(4_000, int)
    for _ in range(24):
        before = model.members["package"].copy()
        model.decide()
        starts += (before == 0) & (model.members["package"] == 1)
        model.live()
    assert starts.max() == 1


def test_when_money_runs_short_the_longest_served_stay(system):
    model = system(20_000, names=("groceries",))
    run(model, 5)
    months = months_of(model, slice(None))
    was = model.members["package"] == 1
    model.decide(np.full(AREAS, 3 * 23_500, np.int64))
    stay = was & (model.members["package"] == 1)
    for area in range(AREAS):
        here = model.members["area"] == area
        if (here & stay).any() and (here & was & ~stay & (months < 6)).any():
            gone = here & was & ~stay & (months < 6) & (model.members["needs"] & 1 == 1)
            assert months[here & stay].min() >= months[gone].max(initial=0)
        assert (here & (model.members["package"] == 1)).sum() <= 3


def test_a_saved_run_goes_on_as_if_it_had_not_stopped(system):
    budget = np.full(AREAS, 2_000_000, np.int64)
    straight = system(20_000)
    run(straight, 20, budget)
    stopped = system(20_000)
    run(stopped, 9, budget)
    resumed = system(members=stopped.members.copy())
    resumed.month = stopped.month
    resumed.served.restore(stopped.served.snapshot())
    resumed.slots.restore(stopped.slots.snapshot())
    assert all(np.array_equal(a, resumed.slots.snapshot()[name]) for name, a in stopped.slots.snapshot().items())
    run(resumed, 11, budget)
    assert same(straight.members, resumed.members)
    assert np.array_equal(straight.served.rows, resumed.served.rows)
    assert np.array_equal(straight.slots.costs_cents(), resumed.slots.costs_cents())
    for name, counts in straight.slots.record().items():
        assert np.array_equal(counts, resumed.slots.record()[name])


def test_a_state_of_other_packages_is_refused(system):
    with pytest.raises(ValueError, match="saved slots have shape"):
        system(100).slots.restore(system(100, names=("chw",)).slots.snapshot())


def test_other_seeds_have_other_luck(system):
    one, other = system(20_000, seed=1), system(20_000, seed=2)
    one.decide()
    other.decide()
    assert not np.array_equal(one.members["package"], other.members["package"])


def test_fractions_of_places_are_fair_over_areas_and_packages(system):
    """0.1% of 40 members an area is .04 places: over many areas, about one in 25 has one."""
    model = system(640, names=("groceries",))
    rounding = np.concatenate([system(640, names=("groceries",), seed=s).slots.rounding.ravel() for s in range(200)])
    assert rounding.mean() == pytest.approx(0.5, abs=0.02)
    model.decide()
    assert model.slots.available.max() <= 1


DIGEST = """
import hashlib, sys
from pathlib import Path
from sim.axes import parameters_of
from sim.upstream.load import load_packages
from tests.support.stand_in_places import PORTFOLIO, StandIn, people, scenario
model = StandIn(people(300), scenario(), parameters_of(Path(sys.argv[1])), load_packages(PORTFOLIO, Path("conf")))
for _ in range(6):
    model.decide()
    model.live()
served = model.members["package"].tobytes() + model.members["ever_package"].tobytes()
print(hashlib.sha256(served).hexdigest(), int(model.members["package"].any()))
"""


def test_the_same_source_runs_compiled_and_interpreted(conf_of_upstream):
    said = []
    for off in ("0", "1"):
        python = [sys.executable, "-c", DIGEST, str(conf_of_upstream)]
        environment = {**os.environ, "NUMBA_DISABLE_JIT": off, "PYTHONHASHSEED": off}
        done = subprocess.run(python, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        said.append(done.stdout)
    assert said[0] == said[1]
    assert said[0].endswith(" 1\n")


def test_each_step_of_reach_is_counted_by_area_and_by_people(system):
    """Who may have it: on cover, with a need for food that is known. A member of area a stands for a + 1 people."""
    model = system(3000, names=("snap_help",), overrides={"upstream.places_scale": 5})
    model.slots._counts.people = 1000 * np.arange(1, AREAS + 1)
    here = model.members
    here["race"] = np.arange(len(here)) % len(schema.RACES)
    food = 1 << schema.FOOD
    may = (here["status"] == schema.ENROLLED) & (here["needs"] & here["known_needs"] & food > 0)
    model.decide()
    last = reached(model.packages[0], here["key"][may], model.seed, model.slots.reach_scale, model.slots.help_wanted)
    counts = model.slots.counts
    steps = {"eligible": IS_ELIGIBLE, "asked": IS_ASKED, "accepted": ACCEPTS, "engaged": ENGAGES}
    by_area = {name: np.flatnonzero(may)[last >= step] for name, step in steps.items()}
    for name, rows in by_area.items():
        assert counts[name][:, 0].tolist() == np.bincount(here["area"][rows], minlength=AREAS).tolist()
        people_here = 1000 * int((here["area"][rows].astype(int) + 1).sum())
        by_race = model.slots._counts.groups[name][0][: len(schema.RACES)]  # the first levels are races
        assert by_race.sum() == people_here
        assert by_race[2] == 1000 * int((here["area"][rows[here["race"][rows] == 2]].astype(int) + 1).sum())
    started = served(model, 0)
    assert counts["started"][:, 0].tolist() == counts["served"][:, 0].tolist() == started.tolist()
    assert counts["queue"][:, 0].tolist() == (counts["engaged"][:, 0] - started).tolist()
    assert counts["places"][:, 0].tolist() == model.slots.available[:, 0].tolist()
    assert (counts["queue"] == counts["no_place"] + counts["no_money"]).all()
    assert counts["queue"].any()
    assert counts["started"].any()


def test_a_program_screens_from_its_first_month_on(system):
    model = system(200, names=("screening",), start=2)
    seen = []
    for _ in range(4):
        model.decide()
        seen.append(float(model.areas["screening"][3]))
        model.live()
    assert seen[:2] == [0, 0]
    assert seen[2] == seen[3] == model.slots.screening_probability > 0


def test_places_ramp_up_from_the_start_of_the_program(system):
    """A program that begins in month 3 has as many places in month 5 as one from month 0 has in month 2."""
    many = {"upstream.places_scale": 5}
    early, late = (system(20_000, names=("snap_help",), start=start, overrides=many) for start in (0, 3))
    places = []
    for model in (early, late):
        places.append([])
        for _ in range(8):
            model.decide()
            places[-1].append(int(model.slots.available[:, 0].sum()))
            model.live()
    assert places[1][:3] == [0, 0, 0]
    assert places[1][3:] == pytest.approx(places[0][:5], abs=AREAS)  # each area is rounded by luck
    assert places[0][6] > places[0][0] + 3 * AREAS
