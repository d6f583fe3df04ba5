"""What a package does, from its file to the tables of the month: no factor, scale or share is 0 or 1."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from sim import schema
from sim.schema import CONDITIONS, FOOD, HOMELESSNESS, HOUSING, NEEDS, SERVICES
from sim.upstream import channels, crowd_out, draws, implied, program, window
from sim.upstream.budget import Purse
from sim.upstream.capacity import PER, workers_per_member
from sim.upstream.channels import CHANNELS, Settings, direct_log_effect, stacking
from sim.upstream.load import _used

pytestmark = pytest.mark.quick


def number(value, low=None, high=None):
    return SimpleNamespace(value=value, low=low, high=high)


def a_relief(**parts):
    return SimpleNamespace(**{"met": False, "relief": None, "exit_ratio": None, "onset_ratio": None} | parts)


def a_package(targets=(), **parts):
    """A package of which only what is asked of it is known."""
    usual = {
        "name": "x",
        "effects": {},
        "need_relief": {},
        "control": {},
        "accompanied": None,
        "enrollment": None,
        "wear": None,
        "window": None,
        "no_effect": None,
        "eligible": SimpleNamespace(homeless_types=()),
        "duration": lasts(),
    }
    return SimpleNamespace(targets=lambda: targets, **usual | parts)


def lasts(months=None, first=None, later=None):
    months, first, later = (None if value is None else number(value) for value in (months, first, later))
    return SimpleNamespace(months=months, exit_first_year=first, exit_later=later)


def numbers(**values):
    """A registry that knows these numbers alone; chances are by the month."""
    known = {name.replace("__", "."): value for name, value in values.items()}
    return SimpleNamespace(get=known.__getitem__, monthly=known.__getitem__)


ALL = a_package(
    need_relief={
        "food": a_relief(relief=number(0.6), exit_ratio=number(1.44), onset_ratio=number(0.25)),
        "housing": a_relief(met=True, exit_ratio=number(2.25)),
    },
    control={"asthma": number(0.81), "diabetes": number(0.64)},
    accompanied=number(0.4),
    enrollment=number(0.3),
    lag=number(2.0),
    fade=number(3.0),
    wear=number(1.0),
)


def row(name, scale):
    """The row of that package in one table, at a scale of effects."""
    (channel,) = [one for one in CHANNELS if one.name == name]
    settings = Settings(numbers(upstream__enrollment_visits=np.array([2.0, 5.0])), 0, scale)
    return channel.row(ALL, settings)


def of(labels, rest, **values):
    return [values.get(label, rest) for label in labels]


def test_each_table_at_half_of_the_effects():
    """Ratios by their square roots, shares by half; what builds up, fades and wears off keeps its speed."""
    at_half = {
        "package_exit_ratio": of(NEEDS, 1, food=1.2, housing=1.5),
        "package_onset_ratio": of(NEEDS, 1, food=0.5),
        "package_relief": of(NEEDS, 0, food=0.3),
        "package_meets": 1 << HOUSING,
        "package_control_loss": of(CONDITIONS, 1, asthma=0.9, diabetes=0.8),
        "package_accompanied": 0.2,
        "package_enrollment": [0.3, 0.75],
        "package_lag": 1 - 0.5 ** (1 / 2),
        "package_fade": 1 - 0.5 ** (1 / 3),
    }
    for name, expected in at_half.items():
        assert row(name, 0.5) == pytest.approx(expected), name
    assert row("package_height", 0.5)[:3] == pytest.approx(np.rint(schema.FRACTION_GRID * np.array([1, 0.5, 0.25])))


def test_shares_stay_within_one_and_at_no_effect_no_need_is_met():
    assert row("package_relief", 4.0) == pytest.approx(of(NEEDS, 0, food=1))
    assert row("package_accompanied", 4.0) == 1
    assert row("package_meets", 0.0) == 0


def test_the_entry_of_a_need_replaces_that_of_every_need():
    own, every = a_relief(relief=number(0.2)), a_relief(relief=number(0.7))
    found = implied.reliefs(a_package(need_relief={"food": own, "every_need": every}))
    assert [found[need].relief.value for need in range(len(NEEDS))] == of(NEEDS, 0.7, food=0.2)


@pytest.mark.parametrize(("per", "total"), [("engaged", 0.9), ("offered", 0.75)])
def test_what_a_package_does_beside_the_relief_of_needs(monkeypatch, per, total):
    """A tenth less, over a window in which half of the effect is there and needs bring -.04; of all, half want help,
    of whom four fifths engage: a quarter less for those."""
    mean = 0.5, np.where(np.arange(len(SERVICES)) == schema.INPATIENT, -0.04, 7.0)
    monkeypatch.setattr(channels, "mean_effects", lambda package, registry: mean)
    effect = SimpleNamespace(per=per, value=0.9)
    package = a_package(effects={"inpatient": effect}, reach=SimpleNamespace(accepted=None, engaged=number(0.8)))
    registry = numbers(
        upstream__help_wanted=0.5, upstream__program_spread=0.0, upstream__program_null=0.2, upstream__program_draw=0
    )
    direct = (math.log(total) + 0.04) / 0.5
    assert direct_log_effect(package, registry) == pytest.approx(of(SERVICES, 0, inpatient=direct))
    (channel,) = [one for one in CHANNELS if one.name == "package_log_effect"]
    assert channel.row(package, Settings(registry, 0, 0.25))[schema.INPATIENT] == pytest.approx(direct / 4)


def test_a_program_that_does_nothing_brings_what_its_range_still_allows(monkeypatch):
    """Trials say .9, and .95 at most; no need is relieved, and all of the effect is there."""
    monkeypatch.setattr(channels, "mean_effects", lambda package, registry: (1.0, np.zeros(len(SERVICES))))
    monkeypatch.setattr(channels, "program_luck", lambda package, registry, seed: math.nan)
    effect = SimpleNamespace(per="engaged", value=0.9, low=0.8, high=0.95)
    found = direct_log_effect(a_package(effects={"inpatient": effect}), numbers(upstream__help_wanted=0.5))
    assert found == pytest.approx(of(SERVICES, 0, inpatient=math.log(0.95)))


def test_further_packages_cut_at_most_what_is_declared():
    assert stacking(numbers(upstream__stacking_capped=1, upstream__stacking_cap=0.3)) == pytest.approx(math.log(0.7))
    assert np.isneginf(stacking(numbers(upstream__stacking_capped=0, upstream__stacking_cap=0.3))).all()


@pytest.mark.parametrize(("months", "over"), [(None, 12), (6.0, 6)])
def test_a_need_is_relieved_by_what_is_off_and_by_what_ends_sooner(months, over):
    """Of food 40% is off, and its chance to end, a tenth, is half as high again; of housing nothing is left."""
    relief = {"food": a_relief(relief=number(0.4), exit_ratio=number(1.5)), "housing": a_relief(met=True)}
    registry = numbers(needs__exit_prone=np.array(of(NEEDS, 0.9, food=0.1)))
    sooner = 0.1 * 0.5 * over
    gone = 1 - (1 - math.exp(-sooner)) / sooner
    share = implied.relieved_share(a_package(need_relief=relief, duration=lasts(months)), registry)
    assert share == pytest.approx(of(NEEDS, 0, food=0.4 + 0.6 * gone, housing=1))


def test_all_who_are_served_have_a_need_only_where_it_is_the_only_one_asked_for():
    mix = np.arange(1.0, 1 + len(NEEDS)) / 10
    registry = numbers(upstream__need_mix=mix)
    assert implied.present_among_served(a_package((FOOD, HOUSING)), registry) == pytest.approx(mix)
    assert implied.present_among_served(a_package((FOOD,)), registry) == pytest.approx(
        np.where(np.arange(len(NEEDS)) == FOOD, 1, mix)
    )


def test_needs_add_up_strongest_first_whichever_way_they_work():
    """Homelessness lowers use by .4 and is the strongest; half of it leaves food (1 - .3 x .5) of its weight."""
    effect, parts = np.zeros((len(NEEDS), 2)), np.zeros(len(NEEDS))
    effect[FOOD], effect[HOMELESSNESS] = [0.2, 0.1], [-0.4, 0.15]
    parts[FOOD], parts[HOMELESSNESS] = 0.8, 0.5
    after = 1 - 0.3 * 0.5
    expected = [0.5 * -0.4 + after * 0.8 * 0.2, 0.5 * 0.15 + after * 0.8 * 0.1]
    assert implied.log_effect(parts, effect, 0.7) == pytest.approx(expected)


def test_the_built_up_effect_of_a_service_of_two_months_that_wears_off():
    """Half of the rest is built up in a month, and half of what there was is gone in a month after it."""
    end = {"lag": number(1.0), "fade": number(1.0), "duration": lasts(2.0)}
    assert window.exposure_path(a_package(**end), 4) == pytest.approx([0.5, 0.75, 0.375, 0.1875])
    # what is approached is a half in the first month and a quarter in the second
    worn = window.exposure_path(a_package(**end, wear=number(1.0)), 3)
    assert worn == pytest.approx([0.25, 0.25, 0.125])
    # what comes and goes at once is all there in the first month, after which half are served, then a quarter
    at_once = a_package(lag=number(0.0), fade=number(0.0), wear=None, duration=lasts(first=0.5))
    assert window.exposure_path(at_once, 3) == pytest.approx([1.0, 0.5, 0.25])


def test_a_need_is_felt_less_once_it_is_gone_and_comes_back():
    """It ends with .2 and comes back with .1; felt, the rest builds up by half, and a quarter goes where it is gone."""
    chances = {f"needs.{need}_onset_prone": 0.1 for need in NEEDS}
    plain = {
        "needs.build_up": 0.5,
        "needs.decay": 0.25,
        "needs.exit_prone": np.full(len(NEEDS), 0.2),
        "needs.homeless_exit": np.array([0.5, 0.1, 0.05]),
        "needs.homeless_type_share": np.array([0.6, 0.3, 0.1]),
    }
    known = plain | chances
    registry = SimpleNamespace(get=known.__getitem__, monthly=known.__getitem__)
    felt = window.felt_without(a_package(), registry, 3)
    first = 1 - 0.2 * 1 * 0.25
    there = 0.8 * 0.8 + 0.2 * 0.1
    risen = first + there * (1 - first) * 0.5
    assert felt[:, FOOD] == pytest.approx([1, first, risen - (1 - there) * risen * 0.25])
    # spells of 2, 10 and 20 months: those who are homeless on a day are 1.2, 3 and 2 of 6.2
    ends = 1 / 6.2
    assert felt[1, HOMELESSNESS] == pytest.approx(1 - ends * 0.25)


def test_means_over_the_window_of_what_is_built_up_and_of_what_relief_brings(monkeypatch):
    """Two fifths of food is off at full effect; half is built up, then all, when four fifths are felt."""
    felt = np.zeros((2, len(NEEDS)))
    felt[:, FOOD] = 1.0, 0.8
    monkeypatch.setattr(window, "exposure_path", lambda package, months: np.array([0.5, 1.0])[:months])
    monkeypatch.setattr(window, "felt_without", lambda package, registry, months: felt[:months])
    causal = np.ones((len(NEEDS), len(SERVICES)))
    causal[FOOD, schema.EMERGENCY] = 1.5
    registry = numbers(
        upstream__need_mix=np.zeros(len(NEEDS)),
        needs__exit_prone=np.full(len(NEEDS), 0.1),
        needs__causal=causal,
        needs__attenuation=0.7,
    )
    package = a_package((FOOD,), need_relief={"food": a_relief(relief=number(0.4))}, window=number(2.0))
    exposure, brought = window.mean_effects(package, registry)
    assert exposure == 0.75
    part = -(0.4 * 0.5 * 1.0 + 0.4 * 1.0 * 0.8) / 2
    assert brought == pytest.approx(of(SERVICES, 0, emergency=part * math.log(1.5)))


WIDTH = 2 * 1.6448536269514722
"""From the 5th to the 95th percentile of a normal deviate."""


@pytest.mark.parametrize(
    ("ratio", "luck", "achieved"),
    [
        (number(0.9, 0.8, 1.05), 0.0, 0.9),
        (number(0.9, 0.8, 1.05), 0.5, 0.9 * math.exp(-0.5 * math.log(1.05 / 0.8) / WIDTH)),
        (number(1.2, 1.1, 1.5), 0.5, 1.2 * math.exp(0.5 * math.log(1.5 / 1.1) / WIDTH)),
        (number(0.9, 0.8, 1.05), 9.0, 0.8),
        (number(0.9, 0.8, 1.05), -9.0, 1.05),
        (number(0.9, 0.8, 1.05), math.nan, 1.0),
        (number(0.9, 0.8, 0.95), math.nan, 0.95),
        (number(1.2, 1.1, 1.5), math.nan, 1.1),
    ],
)
def test_a_better_program_is_further_from_one_within_its_range(ratio, luck, achieved):
    assert program.as_run(ratio, luck) == pytest.approx(achieved)


@pytest.mark.parametrize(
    ("spread", "own", "null_draw", "nothing"),
    [(0.0, None, 0.1, None), (0.4, None, 0.1, True), (0.4, None, 0.3, False), (0.4, 0.5, 0.3, True)],
)
def test_whether_a_program_does_nothing_is_a_draw_of_its_own(monkeypatch, spread, own, null_draw, nothing):
    """One of five does nothing, or the package's own half; a draw of .9 is 1.2816 deviations, of which .4 count."""
    drawn = {program.PROGRAM_IS_NULL: null_draw, program.PROGRAM: 0.9}
    monkeypatch.setattr(program, "_uniform", lambda seed, key, package, decision: drawn[decision])
    registry = numbers(upstream__program_spread=spread, upstream__program_null=0.2, upstream__program_draw=0)
    luck = program.program_luck(a_package(no_effect=own and number(own)), registry, 3)
    if nothing is None:
        assert luck == 0
    elif nothing:
        assert math.isnan(luck)
    else:
        assert luck == pytest.approx(0.4 * 1.2815515655)


class Registry:
    """Dollars of an earlier year, a quarter dearer in month 0; ratios stay as they are."""

    def __getitem__(self, path):
        return path

    def conversion(self, path):
        return {"a.cost": 1.25, "a.ratio": 1}[path]

    def get(self, path):
        return {"a.cost": 40.0, "a.ratio": 0.9}[path]

    def range_of(self, path, scale):
        return {"low": 10 * scale, "high": 80 * scale}


def test_a_number_of_a_package_with_its_range_is_in_dollars_of_the_first_year():
    assert _used(Registry(), "a.cost") == {"value": 50, "low": 12.5, "high": 100}
    assert _used(Registry(), "a.ratio") == {"value": 0.9}


def shared(left, reserved):
    return Purse(np.array(left), np.array(reserved), shared=True)


def test_an_area_in_debt_begins_nothing_and_what_is_reserved_for_another_package_is_not_spent():
    """Slots of 100: the first area owes 500; 1,000 that are reserved for another package are not there."""
    purse = shared([50, 0], [[-500, 1000], [900, 0]])
    assert purse.affordable(0, 100, 0, 1, np.array([2, 2])).tolist() == [0, 2]
    assert shared([0, 0], [[100, 700], [50, 30]]).keeps_up(0, 100, np.array([2, 1])).tolist() == [1, 0]


@pytest.mark.parametrize(("there", "begun"), [(130, [1, 0]), (129, [0, 0])])
def test_one_more_slot_is_paid_from_all_reserves_for_all_its_months(there, begun):
    """100 and 30 a month for three months, of which 20 come in: 110 today, and 10 in each of two months."""
    purse = shared([20, 20], [[60], [there - 60]])
    assert purse.affordable(0, 100, 30, 3, np.array([1, 0])).tolist() == begun


def test_what_an_area_has_begun_does_not_count_toward_its_next_slot():
    """Slots of 100: the first area has paid for one, the other has 60; the 40 that are left make one more."""
    assert shared([100, 60], [[40], [0]]).affordable(0, 100, 0, 1, np.array([2, 1])).tolist() == [1, 1]


def test_reserves_that_are_not_shared_serve_their_own_area():
    purse = Purse(np.array([0, 0]), np.array([[100], [300]]))
    assert purse.keeps_up(0, 100, np.array([2, 1])).tolist() == [1, 1]


def test_shared_reserves_pay_only_what_an_areas_own_money_does_not():
    """A month costs 100: the first area has 70 and takes 30 of 140 that are reserved: 110 are left, for one more."""
    assert shared([70, 0], [[90], [50]]).keeps_up(0, 100, np.array([1, 3])).tolist() == [1, 1]


def test_how_long_money_lasts_is_asked_of_the_whole_budget_and_not_of_a_packages_part():
    """10 and 50 a month for a year: 20 and a reserve of 100 pay two today; 1,000 a month come in."""
    purse = Purse(np.array([1000]), np.array([[100]]))
    purse.ceiling = np.array([20])
    assert purse.affordable(0, 10, 50, 12, np.array([5])).tolist() == [2]


def test_more_workers_than_the_target_leave_and_are_not_dismissed():
    """Thirty for a target of twenty; a quarter leaves in half a year, and nobody is hired."""
    places = SimpleNamespace(start=number(30.0), target=number(20.0), hiring=number(0.0), turnover=number(0.4375))
    assert workers_per_member(places, 0) * PER == pytest.approx(30)
    assert workers_per_member(places, 6) * PER == pytest.approx(22.5)


def test_a_spell_of_homelessness_and_what_homes_add_to_those_that_begin():
    """Three in five for 2 months, three in ten for 10, one in ten for 20; where none begins nothing is multiplied."""
    assert crowd_out.mean_spell(np.array([0.6, 0.3, 0.1]), np.array([0.5, 0.1, 0.05])) == pytest.approx(6.2)
    more = crowd_out.onset_multiplier(np.array([3.0, 3.0, 0.0]), np.array([6.0, 0.0, 4.0]))
    assert more.tolist() == [1.5, 1.0, 1.0]


def test_a_package_has_draws_of_its_own_and_a_trial_those_of_its_own_decision():
    keys = np.arange(1, 200, dtype=np.uint64)
    one, other = (draws.package_uniforms(5, keys, name, draws.ONCE, draws.RANDOMIZED) for name in ("one", "other"))
    assert not (one == other).any()
    assert (draws.in_treatment(5, keys, "one", 0.3) == (one < 0.3)).all()
    assert 30 < (one < 0.3).sum() < 90
