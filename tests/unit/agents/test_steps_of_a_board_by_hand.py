"""How a board goes up and down by steps, and what it learns from a month: three actions, no two alike."""

import math

import numpy as np
import pytest

from sim.agents.cco import governance, learning
from sim.agents.cco.choice import CHOOSE, RECONSIDER, Bounds, Habits, Luck, cut_back, moved, pick, softmax, steps
from sim.agents.cco.governance import PRIORITIES, PRIORITY, TERM, Terms, serves_priority
from sim.engine.draws import uniforms
from sim.paths import conf_folder
from sim.upstream.load import load_packages

pytestmark = pytest.mark.quick

AREA = 3
HABITS = Habits(step=0.2, spread=0.5, reconsider=0.6)


def bounds(may=(True, True, True), least=(0.0, 0.0, 0.0)):
    return Bounds(np.array(may), np.array(least))


def luck_of(monkeypatch, looks, chooses):
    """Draws of one board, by decision."""
    drawn = {RECONSIDER: np.array(looks), CHOOSE: np.array(chooses)}
    monkeypatch.setattr(Luck, "of", lambda self, decision, actions: drawn[decision][:actions])
    return Luck(5, AREA, 7)


def test_draws_are_of_the_board_the_month_the_action_and_the_decision():
    keys = np.uint64(AREA << 16) + np.arange(4, dtype=np.uint64)
    assert Luck(5, AREA, 7).of(CHOOSE, 4).tolist() == uniforms(5, keys, 7, CHOOSE).tolist()
    assert Luck(5, AREA, 19).of(CHOOSE, 4).tolist() == uniforms(5, keys, 19, CHOOSE).tolist()  # a year later, anew


def test_a_step_stays_between_the_least_and_one():
    assert steps(0.5, 0.1, 0.2) == pytest.approx([0.3, 0.5, 0.7])
    assert steps(0.2, 0.1, 0.2) == pytest.approx([0.1, 0.2, 0.4])
    assert steps(0.9, 0.1, 0.2) == pytest.approx([0.7, 0.9, 1.0])


def test_options_are_as_likely_as_what_they_are_worth_in_spreads():
    """Half a dollar more at a spread of half a dollar is e times as likely; without spread the best is certain."""
    e = math.e
    assert softmax(np.array([1.0, 1.5, 2.0]), 0.5) == pytest.approx(np.array([1, e, e * e]) / (1 + e + e * e))
    assert softmax(np.array([1.0, 2.0, 2.0]), 0.0).tolist() == [0, 1, 0]
    assert pick(np.array([0.2, 0.3, 0.5]), np.array([0.19, 0.2, 0.49, 0.51, 1.0])).tolist() == [0, 1, 1, 2, 2]


def test_a_board_moves_the_actions_at_which_it_looks_again_each_for_itself(monkeypatch):
    """It looks at the first and the last of those that it may change. Each step up of the first is worth a dollar a
    step, the last is worth most where the first is as it was: -1, 0 and 1 at a spread of .5 are 1, e^2 and e^4."""
    luck = luck_of(monkeypatch, [0.59, 0.1, 0.61, 0.2], [0.2, 0.9, 0.9, 0.1])
    before = np.array([0.5, 0.4, 0.3, 0.3])
    seen = []

    def worth(strength):
        seen.append(strength.tolist())
        return 5 * (strength[:, 0] + strength[:, 3])

    may = bounds((True, False, True, True), (0.0, 0.0, 0.0, 0.25))
    # of the first .0159, .1331 and .8668 add up; the last goes to .25, .3 or .5, and 1, e^.5 and e^2.5 of 14.83
    assert moved(before, may, worth, HABITS, luck) == pytest.approx([0.7, 0.4, 0.3, 0.3])
    assert len(seen[0]) == 6
    assert all(one[0] == 0.5 for one in seen[0][3:])  # the others as they were, whatever it has decided on them


def test_a_board_cuts_what_is_worth_least_for_its_cost_until_its_funds_pay_for_all():
    """Costs of 10, 4 and 1: 7.9 in all. A step of the first loses 3 for 2 dollars, of the second 1 for .8, of the
    third .1 for .2: the third goes first, to its least of .1, then the second. The fourth costs nothing."""
    worths, cost = np.array([15.0, 5.0, 0.5, 0.01]), np.array([10.0, 4.0, 1.0, 0.0])
    strength, least = np.array([0.5, 0.6, 0.5, 0.9]), np.array([0.0, 0.0, 0.1, 0.0])
    may = Bounds(np.ones(4, bool), least)

    def kept(funds, bound=may):
        return cut_back(strength, bound, lambda now: now @ worths, cost, funds, 0.2)

    assert kept(7.9) == pytest.approx([0.5, 0.6, 0.5, 0.9])
    assert kept(7.8) == pytest.approx([0.5, 0.6, 0.3, 0.9])
    assert kept(7.0) == pytest.approx([0.5, 0.4, 0.1, 0.9])
    assert kept(5.2) == pytest.approx([0.5, 0.0, 0.1, 0.9])
    only_first = Bounds(np.array([True, False, False, True]), least)
    assert kept(4.0, only_first) == pytest.approx([0.1, 0.6, 0.5, 0.9])
    assert kept(1.0, only_first) == pytest.approx([0.0, 0.6, 0.5, 0.9])  # no more can be cut


def test_the_dearer_action_goes_first_where_it_is_worth_less_for_its_cost():
    """The first loses 2 for 10 dollars, the second 1.5 for 1: the dearer one is worth less for its cost."""
    cost, worths = np.array([10.0, 1.0]), np.array([2.0, 1.5])
    may = Bounds(np.ones(2, bool), np.zeros(2))
    found = cut_back(np.array([0.5, 0.5]), may, lambda now: now @ worths, cost, 5.4, 0.2)
    assert found == pytest.approx([0.3, 0.5])
    # at 10 dollars each the second is worth more, though little of it is left to lose
    found = cut_back(np.array([0.5, 0.05]), may, lambda now: now @ [1.9, 2.0], np.full(2, 10.0), 5.4, 0.2)
    assert found == pytest.approx([0.3, 0.05])


@pytest.mark.parametrize(("draw", "years"), [(0.0, 2), (0.24, 2), (0.26, 3), (0.99, 5)])
def test_a_term_lasts_whole_years_from_the_shortest_to_the_longest(monkeypatch, draw, years):
    monkeypatch.setattr(governance, "uniforms", lambda seed, keys, month, of: np.array([draw]) if of == TERM else None)
    assert governance.draw_term(5, AREA, 7, Terms(priorities=2, shortest=2, longest=5)) == 12 * years


def test_a_few_priorities_are_drawn_for_an_area(monkeypatch):
    drawn = np.linspace(0.9, 0.1, len(PRIORITIES))  # the last ones come first
    monkeypatch.setattr(governance, "uniforms", lambda seed, keys, month, of: drawn if of == PRIORITY else None)
    found = governance.draw_priorities(5, AREA, 7, Terms(priorities=2, shortest=2, longest=5))
    assert np.flatnonzero(found).tolist() == [len(PRIORITIES) - 2, len(PRIORITIES) - 1]


@pytest.mark.parametrize(
    ("package", "served"),
    [
        ("groceries", {"food"}),
        ("supportive_housing", {"housing"}),
        ("rent_support", {"housing"}),
        ("chw", {"chronic_disease", "health_workers"}),
        ("sham", set()),
    ],
)
def test_which_priorities_a_package_serves(package, served):
    """By its needs, homes among them, by its workers, and by diagnoses that it asks for or counts."""
    (one,) = load_packages([package], conf_folder())
    found = {name for name in PRIORITIES if serves_priority(one, np.array([name == each for each in PRIORITIES]))}
    assert found == served


def test_beliefs_move_by_their_own_variance_against_that_of_the_noise():
    """Of .3 and .1, with variances of .04 and .01; actions differ by .5 and -1, and cost is .03 higher.

    x'Px is .04 / 4 + .01 = .02, and with a noise of .03 it is .05; gains are .4 and -.2. It was to be .15 - .1
    less, so that y + x'b is .08.
    """
    beliefs, spread = learning.learned(
        np.array([0.3, 0.1]), np.diag([0.04, 0.01]), np.array([0.5, -1.0]), 0.03, noise=0.03
    )
    assert beliefs == pytest.approx([0.3 - 0.4 * 0.08, 0.1 + 0.2 * 0.08])
    assert spread == pytest.approx(np.array([[0.04 - 0.4 * 0.02, 0.4 * 0.01], [0.2 * 0.02, 0.01 - 0.2 * 0.01]]))
    assert learning.noise_of(3.0, 600) == pytest.approx(9 * 12 / 600)


def test_costs_are_compared_at_the_averages_of_people_by_category():
    """Areas of 4 and 9 people a member, with 10 and 20, and 30 and 10 months, which cost 100 and 300, and 150 and 80.

    The first category costs (4 x 100 + 9 x 150) / (40 + 270) a month, the second (4 x 300 + 9 x 80) / (80 + 90).
    """
    cents, months = np.array([[100.0, 300.0], [150.0, 80.0]]), np.array([[10, 20], [30, 10]])
    one, other = 1750 / 310, 1920 / 170
    expected = [400 / (10 * one + 20 * other), 230 / (30 * one + 10 * other)]
    assert learning.cost_ratio(cents, months, np.array([4.0, 9.0])) == pytest.approx(expected)


def test_draws_of_priorities_are_an_areas_own():
    found = governance.draw_priorities(5, 2, 7, Terms(priorities=3, shortest=2, longest=5))
    keys = np.uint64(2 << 16) + np.arange(len(PRIORITIES), dtype=np.uint64)
    first = np.argsort(uniforms(5, keys, 7, PRIORITY))[:3]
    assert np.flatnonzero(found).tolist() == sorted(first.tolist())
