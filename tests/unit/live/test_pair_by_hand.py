"""What a pair says of two results by hand: areas of 29 and 30 members, of whom each stands for 2 and for 5."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim import Scenario
from sim.live import Pair
from sim.scenario import ScenarioError
from sim.schema import COUNT_INDEX
from tests.support.synthetic_runs import synthetic_run

pytestmark = pytest.mark.quick

VISITS, MEMBERS = (COUNT_INDEX[name] for name in ("emergency_visits", "member_months"))
MONTHS = 2
SMALL = ("population=classroom", f"months={MONTHS}")


class Worked(Pair):
    """A pair whose months were lived on paper."""

    def __init__(self, results, books=()):
        self.results, self.month, self.months, self.lives = results, MONTHS, MONTHS, None
        self.systems = tuple(SimpleNamespace(books=SimpleNamespace(joint=joint)) for joint in books)

    def result(self):
        return self.results


def of_visits(members, visits):
    """A result of two areas: members and emergency visits by ``[month, area]``."""
    run = synthetic_run("fee_for_service", 1, MONTHS)
    counts = np.zeros((MONTHS, 2, run.counts.shape[-1]), run.counts.dtype)
    counts[..., MEMBERS], counts[..., VISITS] = members, visits
    by_area = {"areas": ("North", "South"), "weights": np.array([2.0, 5.0]), "months": MONTHS}
    kept = {name: getattr(run, name)[:MONTHS, :2] for name in ("flows", "paid", "quality", "yearly")}
    return replace(run, counts=counts, places={}, **by_area, **kept)


@pytest.fixture(scope="module")
def results():
    a = of_visits([[40, 31], [30, 31]], [[7, 3], [7, 4]])
    b = of_visits([[40, 40], [29, 30]], [[5, 7], [4, 7]])
    return a, b


def test_places_have_both_arms_and_the_fewer_members_of_the_last_month(results):
    north, south = Worked(results).by_area("ed_visits_per_1000_mm")
    assert (north.name, north.a, north.b) == ("North", pytest.approx(14_000 / 70), pytest.approx(9_000 / 69))
    assert (south.name, south.a, south.b) == ("South", pytest.approx(7_000 / 62), pytest.approx(14_000 / 70))
    assert (north.members, north.thin) == (29, True)
    assert (south.members, south.thin) == (30, False)


def test_numbers_of_the_state_weigh_areas_and_the_difference_is_b_less_a(results):
    (one,) = Worked(results).numbers(("ed_visits_per_1000_mm",))
    a = 1_000 * (14 * 2 + 7 * 5) / (70 * 2 + 62 * 5)
    b = 1_000 * (9 * 2 + 14 * 5) / (69 * 2 + 70 * 5)
    assert (one.a, one.b, one.difference) == (pytest.approx(a), pytest.approx(b), pytest.approx(b - a))
    first, second = Worked(results).series("ed_visits_per_1000_mm")
    assert first == pytest.approx([1_000 * (14 + 15) / (80 + 155), 1_000 * (14 + 20) / (60 + 155)])
    assert second == pytest.approx([1_000 * (10 + 35) / (80 + 200), 1_000 * (8 + 35) / (58 + 150)])


def test_flows_are_dollars_per_member_and_month_and_the_largest_comes_first(results):
    """In A 70 x 2 + 62 x 5 = 450 member-months, in B 138 + 350 = 488."""
    small, large = ("agency", "cco", "quality"), ("cco", "hospital", "claims")
    a = {small: np.array([900, 360]), large: np.array([4_500, 7_200]), ("cco", "clinic", "none"): np.array([0, 0])}
    b = {small: np.array([4_880, 976]), large: np.array([488, 0])}
    in_a, in_b = Worked(results, (a, b)).flows()
    assert [(*row[:3], pytest.approx(row.usd)) for row in in_a] == [(*large, 1.0), (*small, 0.08)]
    assert [(*row[:3], pytest.approx(row.usd)) for row in in_b] == [(*small, 0.3), (*large, 0.02)]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("warm_up=7", r"warm_up is \d+ in A and 7 in B"),
        ("population.sample=0.0003", r"population\.sample is .* in A and 0\.0003 in B"),
    ],
)
def test_arms_with_other_people_or_another_warm_up_are_no_pair(word, said):
    with pytest.raises(ScenarioError, match=said):
        Pair(Scenario.compose(SMALL), Scenario.compose([*SMALL, word]))


@pytest.mark.parametrize(("of_a", "of_b", "replays"), [("live", "fixed", True), ("fixed", "live", False)])
def test_the_second_arm_repeats_the_first_where_its_own_organizations_are_fixed(monkeypatch, of_a, of_b, replays):
    asked = []
    monkeypatch.setattr("sim.live.pair._check_pairs", lambda a, b: None)
    monkeypatch.setattr(Pair, "_system", lambda self, scenario, replayed=None: asked.append(replayed) or scenario)
    a, b = (SimpleNamespace(organizations=of, seed_of=lambda seed: seed, months=4) for of in (of_a, of_b))
    Pair(a, b)
    assert asked == [None, a if replays else None]
