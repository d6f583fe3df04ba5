"""Packages as a run has them, by hand: numbers, order and luck, whom they reach and keep, what they may spend."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.paths import conf_folder
from sim.schema import (
    AWAY,
    EMERGENCY,
    ENROLLED,
    FOOD,
    HOMELESSNESS,
    INPATIENT,
    MAX_PACKAGES,
    OFF_COVER,
    SERVICES,
    STORED,
    VACANT,
)
from sim.upstream import channels, crowd_out, implied, program, reach, risk
from sim.upstream.budget import Purse
from sim.upstream.ending import ends
from sim.upstream.load import _faults_of_names, load_packages
from sim.upstream.package import criteria
from sim.upstream.portfolio import HORIZONS, Worth, month_at_full_effect, return_per_dollar
from sim.upstream.ranking import universal
from tests.support.stand_in_system import REGISTRY

pytestmark = pytest.mark.quick


def load(*names, **changes):
    registry = REGISTRY.override({name.replace("__", "."): value for name, value in changes.items()})
    return load_packages(names, conf_folder(), registry)


def test_a_run_has_the_packages_in_the_order_in_which_it_names_them():
    """The order is that of the bits in members' masks."""
    assert [package.name for package in load("snap_help", "cash", "groceries")] == ["snap_help", "cash", "groceries"]


def test_a_package_has_the_numbers_of_the_run_in_dollars_of_the_first_year():
    """What a parameter says holds for costs and speeds; the file's own number where nothing else is said."""
    scale = REGISTRY.conversion(REGISTRY["packages.chw.cost.month"])
    assert scale != 1
    (own,), (other,) = load("chw"), load("chw", packages__chw__cost__month=300, packages__chw__fade=8)
    assert other.cost.month.value == pytest.approx(300 * scale)
    assert own.cost.month.value == pytest.approx(float(REGISTRY.get("packages.chw.cost.month")) * scale)
    assert (other.cost.month.low, other.cost.month.high) == (own.cost.month.low, own.cost.month.high)
    assert (own.fade.value, other.fade.value) == (6, 8)
    assert own.lag.value == other.lag.value


def test_a_programs_quality_is_of_the_seed_of_the_run(monkeypatch):
    heard = []
    monkeypatch.setattr(channels, "program_luck", lambda package, numbers, seed: heard.append(seed) or 0.0)
    channels.compile_packages(load("chw", "cash"), REGISTRY, seed=17)
    assert heard == [17, 17]


@pytest.mark.parametrize(
    ("scale", "engaged"), [(0.5, [True, False, False]), (1.0, [True, True, False]), (2.0, [True] * 3)]
)
def test_a_larger_reach_engages_more_of_those_who_accept(scale, engaged, monkeypatch):
    """Of four who are asked the last accepts no help; two fifths take part at a scale of 1."""
    number = type(load("chw")[0].reach.engaged)
    usual = {"low": 0.0, "high": 1.0, "unit": "share", "kind": "policy"}
    parts = {"asked": number(value=0.9, **usual), "accepted": None, "engaged": number(value=0.4, **usual)}
    package = load("chw")[0].model_copy(update={"reach": load("chw")[0].reach.model_copy(update=parts)})
    drawn = {
        reach.ASKED: np.array([0.1, 0.2, 0.89, 0.1]),
        reach.WANTS_HELP: np.array([0.1, 0.2, 0.69, 0.71]),
        reach.ENGAGED: np.array([0.1, 0.3, 0.79, 0.1]),
    }
    monkeypatch.setattr(reach, "package_uniforms", lambda seed, keys, name, when, which: drawn[which])
    found = reach.reached(package, np.arange(4), 3, scale, help_wanted=0.7)
    assert found.tolist() == [*(reach.ENGAGES if one else reach.ACCEPTS for one in engaged), reach.IS_ASKED]


def test_who_wants_help_is_asked_once_for_all_packages(monkeypatch):
    names = {}
    monkeypatch.setattr(
        reach, "package_uniforms", lambda seed, keys, name, when, which: names.update({which: name}) or np.zeros(1)
    )
    reach.reached(load("chw")[0], np.arange(1), 3)
    assert names == {reach.ASKED: "chw", reach.WANTS_HELP: "", reach.ENGAGED: "chw"}


def test_what_one_package_has_paid_it_cannot_pay_again():
    """A part of 60 of a budget of 100: after 45 no more than 15 of it is left, and of the budget 55."""
    purse = Purse(np.array([100, 100]), np.zeros((2, 1), np.int64))
    purse.ceiling = np.array([60, 200])
    assert purse.pay(np.array([45, 45])).tolist() == [45, 45]
    assert purse.pay(np.array([45, 45])).tolist() == [15, 45]
    assert purse.left.tolist() == [40, 10]
    assert purse.ceiling.tolist() == [0, 110]


def test_nothing_is_saved_for_later_where_money_has_no_limit():
    for budget, saved in ((None, 3), (np.array([100]), 8)):
        purse = Purse(budget, np.array([[3]]))
        purse.put_aside(0, np.array([8]))
        assert purse.reserved.tolist() == [[saved]]


@pytest.mark.parametrize(("survives", "over"), [(True, [0, 0, 1, 1]), (False, [0, 1, 1, 1])])
def test_a_home_is_kept_off_cover_but_not_by_who_has_moved_away(survives, over):
    members = np.zeros(4, STORED)
    members["status"] = [ENROLLED, OFF_COVER, AWAY, VACANT]
    lasts = {"exit_first_year": None, "exit_later": None, "ends_with_need": False, "survives_cover": survives}
    package = SimpleNamespace(duration=SimpleNamespace(months=None, **lasts))
    assert ends(package, np.zeros(4), members, np.arange(4), 3, 7).tolist() == over


def number(value):
    return SimpleNamespace(value=value)


def test_a_month_is_worth_what_the_engaged_save_and_a_program_that_costs_nothing_pays_at_once():
    """A tenth less among all who are offered it, of whom half take part: a fifth less for those. .3 stays at 1,000."""
    assert HORIZONS == {"one_year": 12, "five_years": 60, "social": 120}
    prices, use = np.zeros(len(SERVICES)), np.zeros(len(SERVICES))
    prices[[EMERGENCY, INPATIENT]], use[[EMERGENCY, INPATIENT]] = [100, 1000], [2, 0.3]
    for cost, value, returned in ((0.0, 60.0, np.inf), (30.0, 60.0, 2.0)):
        package = SimpleNamespace(
            effects={"inpatient": SimpleNamespace(per="offered", value=0.9)},
            reach=SimpleNamespace(accepted=number(1.0), engaged=number(0.5)),
            need_relief={},
            targets=lambda: (),
            duration=SimpleNamespace(months=number(1.0)),
            cost=SimpleNamespace(start=number(cost), month=number(0.0)),
        )
        worth = Worth(prices, keep=0.5, discount=1.0, relief=np.zeros(9))
        assert month_at_full_effect(package, use, worth) == pytest.approx(value)
        assert return_per_dollar(package, use, 1.0, worth, 12) == pytest.approx(returned)


@pytest.mark.parametrize(("draw", "asked"), [(0, (17, 0)), (4, (4, 1))])
def test_one_program_may_be_drawn_for_all_seeds(draw, asked, monkeypatch):
    """A draw above 0 takes the place of the seed, with a key that no seed has."""
    heard = []
    monkeypatch.setattr(
        program, "package_uniforms", lambda seed, key, *_: heard.append((seed, int(key[0]))) or np.array([0.5])
    )
    changed = {"upstream.program_spread": 0.4, "upstream.program_null": 0.2, "upstream.program_draw": draw}
    assert program.program_luck(load("chw")[0], REGISTRY.override(changed), 17) == 0
    assert heard == [asked, asked]


def test_targeting_that_is_universal_asks_for_no_past_use_but_leaves_a_package_its_purpose():
    (one,) = load("chw")
    asks = {"needs": ("food",), "conditions": ("asthma",), "homeless": True, "min_conditions": None}
    changed = {
        "eligible": one.eligible.model_copy(update=asks),
        "reach": one.reach.model_copy(update={"screened": True}),
    }
    changed["duration"] = one.duration.model_copy(update={"ends_with_need": True})
    found = universal(one.model_copy(update=changed))
    assert (found.eligible.needs, found.eligible.conditions, found.eligible.homeless) == ((), ("asthma",), True)
    assert (found.reach.screened, found.duration.ends_with_need) == (False, True)


def test_a_risk_score_is_learned_from_those_with_a_whole_year_by_what_they_used_the_year_before(monkeypatch):
    """The second has 11 months of cover, the fourth has none now. Six months of this year are over: counts double."""
    members = np.zeros(4, STORED)
    members["status"], members["months_covered"] = [ENROLLED, ENROLLED, ENROLLED, OFF_COVER], [12, 11, 30, 40]
    members["ed_last_year"], members["stays_last_year"] = [1, 9, 3, 9], [2, 9, 0, 9]
    members["ed_year"], members["stays_year"], members["spend_year"] = (
        [5, 9, 7, 9],
        [1, 9, 1, 9],
        [70_000, 9, 50_099, 9],
    )
    heard = []

    def predictors(people, rows, visits, stays):
        heard.append((rows.tolist(), visits.tolist(), stays.tolist()))
        found = np.zeros((len(rows), risk.PREDICTORS), np.int64)
        found[:, 0] = 1
        return found

    monkeypatch.setattr(risk, "predictors", predictors)
    slopes = risk.fit(members, 6)
    assert heard == [([0, 2], [1, 3], [2, 0])]
    # two members and one pseudo-member: a third of the sums of dollars, visits and stays, doubled, in thousandths
    assert slopes[0].tolist() == [round(2000 * total / 3) for total in (700 + 500, 12, 2)]


def test_the_chance_to_be_homeless_still_falls_by_the_exit_of_each_month():
    found = crowd_out.homeless_otherwise(np.array([0, 0, 1]), np.array([0, 2, 1]), np.array([0.5, 0.2]))
    assert found == pytest.approx([1, 0.25, 0.8])


def test_sets_of_needs_are_weighed_by_chances_that_add_to_one(monkeypatch):
    """If relief changed the log of use by .3 with every set of needs, it would change it by .3."""
    effects = iter((np.full((128, len(SERVICES)), 0.5), np.full((128, len(SERVICES)), 0.2)))
    monkeypatch.setattr(implied, "log_effect", lambda *_: next(effects))
    assert implied.implied_log_effect(load("groceries")[0], REGISTRY) == pytest.approx(0.3)


def test_packages_are_as_many_as_there_are_bits():
    names = [f"p{k}" for k in range(MAX_PACKAGES + 1)]
    assert _faults_of_names(names[:-1], names) == []
    assert len(_faults_of_names(names, names)) == 1


def test_who_must_have_a_need_or_no_home_has_one_of_these():
    eligible = criteria({"needs": ("food",), "homeless": True, "min_stays_last_12m": 2, "min_conditions": 3})
    package = load("chw")[0].model_copy(update={"eligible": eligible})
    assert package.targets() == (FOOD, HOMELESSNESS)
    assert (eligible.min_stays_last_12m.unit, eligible.min_conditions.unit) == ("visits", "count")


def test_a_packages_own_share_of_who_accepts_may_be_above_the_usual(monkeypatch):
    one = load("chw")[0]
    share = type(one.reach.engaged)(value=0.9, low=0.0, high=1.0, unit="share", kind="policy")
    package = one.model_copy(update={"reach": one.reach.model_copy(update={"accepted": share})})
    monkeypatch.setattr(reach, "package_uniforms", lambda seed, keys, name, when, which: DRAWN[which])
    last = reach.reached(package, np.arange(3), 3, 1.0, help_wanted=0.7)
    assert last.tolist() == [reach.ENGAGES, reach.ENGAGES, reach.IS_ASKED]


DRAWN = {reach.ASKED: np.zeros(3), reach.WANTS_HELP: np.array([0.6, 0.8, 0.95]), reach.ENGAGED: np.zeros(3)}
