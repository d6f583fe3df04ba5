"""What a pair says of two results by hand: areas of 29 and 30 members, of whom each stands for 2 and for 5."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim import Scenario
from sim.live import Pair
from sim.live.shown import Number, show
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
        ("months=3", r"months is 2 in A and 3 in B"),
        ("population.sample=0.0003", r"population\.sample is .* in A and 0\.0003 in B"),
    ],
)
def test_arms_with_other_people_or_another_warm_up_are_no_pair(monkeypatch, word, said):
    monkeypatch.setattr(Pair, "_system", lambda *_: None)
    others = [one for one in SMALL if one.partition("=")[0] != word.partition("=")[0]]
    with pytest.raises(ScenarioError, match=said):
        Pair(Scenario.compose(SMALL), Scenario.compose([*others, word]))


@pytest.mark.parametrize(("of_a", "of_b", "replays"), [("live", "fixed", True), ("fixed", "live", False)])
def test_the_second_arm_repeats_the_first_where_its_own_organizations_are_fixed(monkeypatch, of_a, of_b, replays):
    asked = []
    monkeypatch.setattr("sim.live.pair._check_pairs", lambda a, b: None)
    monkeypatch.setattr(Pair, "_system", lambda self, scenario, replayed=None: asked.append(replayed) or scenario)
    a, b = (SimpleNamespace(organizations=of, seed_of=lambda seed: seed, months=4) for of in (of_a, of_b))
    assert Pair(a, b, 7).seed == 7
    assert asked == [None, a if replays else None]


@pytest.mark.parametrize("together", [True, False])
def test_a_pair_goes_on_month_by_month_and_notes_each(together):
    """Of four months two, then no further for a month that is past, then all, however far one asks."""
    pair = Worked.__new__(Worked)
    pair.month, pair.months, pair._one_after_the_other, pair.results = 0, 4, not together, "both"
    noted, stepped = [], []
    pair.lives = SimpleNamespace(note=noted.append)
    pair.systems = tuple(SimpleNamespace(step=lambda arm=arm: stepped.append(arm)) for arm in "AB")
    with ThreadPoolExecutor(1) as pair._other:
        for until, month in ((2, 2), (1, 2), (9, 4), (None, 4)):
            assert pair.run(until) == "both"
            assert pair.month == month
            assert noted == list(range(month))
    assert sorted(stepped) == ["A"] * 4 + ["B"] * 4
    assert together or stepped == ["A", "B"] * 4


def test_results_have_the_names_of_their_arms(results):
    pair = Worked.__new__(Worked)
    pair.systems = tuple(SimpleNamespace(result=lambda one=one: one) for one in results)
    a, b = Pair.result(pair)
    assert [(one.arm, one.counts is whole.counts) for one, whole in zip((a, b), results, strict=True)] == [
        ("A", True), ("B", True)
    ]  # fmt: skip


def test_counties_have_their_own_rates_and_members(monkeypatch, results):
    """Baker has 30 members and Benton 29; what the ledger alone knows is not known of a county."""
    monkeypatch.setattr("sim.live.pair.county_shapes", lambda: {"Baker": None, "Benton": None})
    a, b = np.zeros((2, 2, results[0].counts.shape[-1]))
    a[:, MEMBERS], a[:, VISITS] = [50, 80], [4, 10]
    b[:, MEMBERS], b[:, VISITS] = [40, 100], [5, 6]
    pair = Worked(results)
    pair.months = 5  # of which two are over
    pair.lives = SimpleNamespace(by_county=lambda n: (a[:n], b[:n]), members_by_county=lambda n: np.array([30, 29])[:n])
    assert [tuple(one) for one in pair.by_county("ed_visits_per_1000_mm")] == [
        ("Baker", 80, 125, 30, False), ("Benton", 125, 60, 29, True)
    ]  # fmt: skip
    assert [one.a for one in pair.by_county("members")] == [50 / MONTHS, 80 / MONTHS]
    assert all(np.isnan(one.a) for one in pair.by_county("pmpm_state"))


def test_all_that_two_scenarios_choose_unlike_is_said_of_a_before_b(results):
    pair = Worked(results)
    words = ("population.renewal=continuous_2023", "capacity=unlimited", "parameters.upstream.reach_scale=2")
    timeline = "at={1: {payment: global_budget}}"
    pair.scenarios = (Scenario.compose(SMALL), Scenario.compose([*SMALL, *words, timeline]))
    said = pair.differences()
    assert "population.renewal: annual in A, continuous_2023 in B" in said
    assert any(one.startswith("upstream.reach_scale: 1 in A, 2 in B (") for one in said)
    assert any(one.startswith("at: none in A, ") for one in said)
    assert "capacity: limited in A, unlimited in B" in said
    assert len(said) == 4
    pair.scenarios = pair.scenarios[::-1]
    assert "population.renewal: continuous_2023 in A, annual in B" in pair.differences()


def test_a_notebook_shows_shares_in_percent_and_the_difference_of_b():
    number = Number("unmet_need_share", "Unmet need", "share", 0.2, 0.15, -0.05, False)
    shown = show((number,), [(np.array([0.2, 0.2]), np.array([0.1, 0.2]))], 2, "Month 2 of 2")
    html = shown._repr_html_()
    assert "<td>0.2</td><td>0.15</td><td>-0.05</td>" in html
    assert "last month: A 20, B 20" in html
    assert repr(shown) == "Month 2 of 2\nUnmet need (share): A 0.2, B 0.15, B - A -0.05"
