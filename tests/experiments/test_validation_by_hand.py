"""Published figures by hand: every measure, seed, area and limit is a number of its own."""

import csv
import io
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from experiments.validation import package_trials, table
from experiments.validation.package_trials import Claim, lines
from experiments.validation.payment import FIGURES, OF_RUNS, judged
from experiments.validation.targets import Target, Verdict, if_enough, over_draws, over_seeds, published_figures
from sim.measures.contrast import FEWEST
from sim.measures.trial import BEFORE, OFFERED, SERVED, Group, Trial
from sim.upstream.package import Effect

pytestmark = pytest.mark.quick

AIM = Target("V9", "Visits", "validation", "a_study", "x", "new", "usual", -6.0, -11.0, -3.5, "percent", "inside", "")
UNKNOWN = float("nan")


def told(**of_measures):
    """Values by arm: from a measure, or a measure and a race, to those of two seeds under the new arm and the usual."""

    def values(arm, measure, stratum="all", level="all"):
        name = measure if stratum == "all" else f"{measure}_{level}"
        assert (stratum, level) == ("all", "all") or stratum == "race"
        assert name in of_measures
        return np.array(of_measures[name][arm == "usual"], dtype=float)

    return values


def test_spending_of_five_groups_and_the_inpatient_part_of_its_change():
    """Seed 1: 100 to 92, of which inpatient care 6 of 8; seed 2: 200 to 188, inpatient care 9 of 12."""
    values = told(
        pmpm_primary=((11, 20), (10, 20)),  # one more in the first seed
        pmpm_specialist=((17, 37), (20, 40)),
        pmpm_outpatient=((30, 62), (30, 60)),
        pmpm_ancillary=((5, 8), (5, 10)),
        pmpm_inpatient=((29, 61), (35, 70)),
    )
    assert FIGURES["five_groups"](values, "new", "usual").tolist() == pytest.approx([-8, -6])
    part = FIGURES["inpatient_part"](values, "new", "usual")  # each seed against the mean change, 10
    assert part.tolist() == pytest.approx([60, 90])


def test_the_gap_is_of_black_members_visits_of_all_kinds_against_hispanic_members():
    """12 + 5 + 3 + 4 of 20 + 10 + 6 + 12 is a half; in the new arm 15 + 6 + 4 + 5 of 25 + 12 + 8 + 5 three fifths."""
    kinds = ("primary_care", "specialist", "behavioral", "dental")
    seen = {"black": ((15, 6, 4, 5), (12, 5, 3, 4)), "hispanic": ((25, 12, 8, 5), (20, 10, 6, 12))}
    values = told(
        **{
            f"{kind}_visits_per_1000_mm_{race}": [[of_arm[place]] for of_arm in arms]
            for race, arms in seen.items()
            for place, kind in enumerate(kinds)
        }
    )
    assert FIGURES["relative_gap"](values, "new", "usual").tolist() == pytest.approx([20])


def test_points_and_percent_are_of_the_measure_that_they_name():
    values = told(
        quality_adolescent_well_care=([0.30], [0.25]),
        quality_well_child=([0.70], [0.60]),
        ed_visits_per_1000_mm=([54], [60]),
        primary_care_visits_per_1000_mm=([230], [200]),
        quality_adolescent_well_care_given=([0.44], [0.40]),
        quality_developmental_screening_given=([0.60], [0.50]),
        quality_depression_screening_given=([0.33], [0.30]),
        quality_substance_use_screening_given=([0.06], [0.05]),
    )
    expected = {
        "points_adolescent": 5,
        "points_well_child": 10,
        "percent_emergency": -10,
        "percent_primary": 15,
        "percent_preventive": (10 + 20 + 10 + 20) / 4,
    }
    for name, figure in expected.items():
        assert FIGURES[name](values, "new", "usual").tolist() == pytest.approx([figure]), name


def a_run(arm, medical, hours, cents):
    """Two clinicians in the first of two areas, one in the second, of whom each area member stands for 2 and 5 people.

    Fifteen months; from month 13 on a contract, whose first clinician is on the list, and in month 14 no longer.
    """
    listed = np.zeros((15, 3))
    listed[13, 0] = 1
    first = np.zeros((15, 3))
    first[:, 0] = 1
    spent = np.full((15, 3), 100.0)
    spent[13:] = cents
    return SimpleNamespace(
        arm=arm,
        weights=np.array([2.0, 5.0]),
        places={
            "practices.after_hours": np.array([[9.0, 9.0], hours]),
            "participants.listed": listed,
            "participants.first": first,
            "participants.panels": np.tile([2, 1], (15, 1)),
            "participants.cents": spent,
            "participants.months": np.ones((15, 3)),
        },
        value=lambda measure: {"pmpm_medical": medical}[measure],
    )


def test_figures_of_two_runs():
    """After hours .2 and .4 against .1 and .3: half as much again. Medical cost falls by 4, or 12 a quarter.

    Cents of the first clinician are 70 and 130 in the two months of the contract, of the others 110 and 90; those in
    the first area count 2, the other counts 5. All were alike before.
    """
    run = a_run("new", 300.0, [0.2, 0.4], [[70.0, 110.0, 110.0], [130.0, 90.0, 90.0]])
    usual = a_run("usual", 304.0, [0.1, 0.3], 100.0)
    assert OF_RUNS["percent_after_hours"](run, usual) == pytest.approx(50)
    on, off = 70.0, (2 * 130 + 7 * (110 + 90)) / (2 + 7 + 7)  # the list of each month: one month on, one month off
    assert OF_RUNS["naive_less_true"](run, usual) == pytest.approx(3 * (on - off) / 100 + 12)
    on, off = (70 + 130) / 2, (110 + 90) / 2
    assert OF_RUNS["first_less_true"](run, usual) == pytest.approx(3 * (on - off) / 100 + 12)


def test_a_figure_is_of_the_arm_against_the_other_in_each_seed():
    """Seeds 3 and 8: 7 less 5 and 10 less 4; their mean 4 and an interval of 12.706 x 2 on either side."""
    of_run = {("new", 3): 7.0, ("usual", 3): 5.0, ("new", 8): 10.0, ("usual", 8): 4.0}
    study = SimpleNamespace(
        run=lambda arm, seed: SimpleNamespace(value=lambda measure, stratum, level: of_run[arm, seed])
    )
    found = judged(AIM, study, [3, 8])
    assert (found.figure, found.replicates) == (4, 2)
    assert (found.low, found.high) == pytest.approx((4 - 25.412, 4 + 25.412), abs=1e-3)


def test_the_middle_of_programs_by_hand():
    """Of 0, 1, ... 20 the middle 90% lies from 1 to 19; a program without a figure is none."""
    found = over_draws(replace(AIM, rule="draws"), [*range(21), UNKNOWN])
    assert (found.figure, found.low, found.high, found.replicates) == (10, 1, 19, 21)
    assert over_seeds(AIM, [1.0, 5.0, UNKNOWN]).replicates == 2


@pytest.mark.parametrize(
    ("rule", "published", "seen", "passes"),
    [
        ("draws", 1.0, (3, 1, 9), True),
        ("draws", 9.0, (3, 1, 9), True),
        ("draws", 0.9, (3, 1, 9), False),
        ("covers_zero", 5.0, (3, 0, 9), True),
        ("covers_zero", 5.0, (-3, -9, 0), True),
        ("covers_zero", 5.0, (-3, -9, -1), False),
        ("inside", 5.0, (-11, -20, -1), True),
        ("inside", 5.0, (-3.5, -20, -1), True),
        ("inside", -6.0, (UNKNOWN, UNKNOWN, UNKNOWN), False),
    ],
)
def test_a_limit_itself_passes(rule, published, seen, passes):
    assert Verdict(replace(AIM, rule=rule, published=published), *seen).passes is passes


def test_enough_people_are_the_fewest_or_more():
    verdict = replace(over_seeds(AIM, [1.5, 2.5]), people=FEWEST)
    assert if_enough(verdict) == verdict
    few = if_enough(replace(verdict, people=FEWEST - 1))
    assert (few.people, few.replicates) == (FEWEST - 1, 2)
    assert np.isnan([few.figure, few.low, few.high]).all()


def test_a_row_of_the_file_says_each_number_under_its_own_head():
    one = Verdict(AIM, -7.0, -9.0, -5.0, 1.5, 2.5, 3.5, 4.5, 5.5, 640, 8)
    (row,) = csv.DictReader(io.StringIO(table.as_csv([one]).decode()))
    aims, model = {"published": -6, "aim_low": -11, "aim_high": -3.5}, {"model": -7, "model_low": -9, "model_high": -5}
    besides = {"seen": 1.5, "true": 2.5, "sham": 3.5, "sham_low": 4.5, "sham_high": 5.5, "people": 640, "replicates": 8}
    numbers = aims | model | besides
    assert {name: float(row[name]) for name in numbers} == numbers
    words = {"target": "V9", "estimand": "Visits", "unit": "percent", "rule": "inside", "interval": "95%"}
    words |= {"verdict": "pass", "counts": "True", "used_to_set": "", "study_id": "a_study"}
    words |= {"experiment": "validation", "arm": "new", "against": "usual"}
    assert {name: row[name] for name in words} == words
    assert set(row) == set(numbers) | set(words)


@pytest.mark.parametrize(
    ("aim", "words"),
    [
        (AIM, "-6 (-11, -3.5)"),
        (replace(AIM, published=None), "-11, -3.5"),
        (replace(AIM, rule="above", low=50.0, high=None), "-6 (> 50)"),
        (replace(AIM, rule="below", low=None, high=40.0), "-6 (< 40)"),
        (replace(AIM, rule="covers_zero", low=None, high=None), "-6 (0 in interval)"),
    ],
)
def test_what_is_wanted_in_words(aim, words):
    assert table.wanted(aim) == words


def test_what_the_model_says_in_words():
    assert table.ours(Verdict(AIM, -7.0, -9.0, -5.25)) == "-7 (-9, -5.2)"
    assert table.ours(Verdict(replace(AIM, rule="draws"), -7.0, -9.0, -5.25)) == "-7 [-9, -5.2]"
    assert table.ours(Verdict(AIM, UNKNOWN, UNKNOWN, UNKNOWN)) == "-"


def test_people_followed_are_the_most_of_each_trial():
    seen = [(1100, "pilots_of_north"), (1500, "pilots_of_north"), (1300, "pilots_of_north"), (90, "usual"), (0, "none")]
    said = table._followed([Verdict(replace(AIM, arm=arm), 0, 0, 0, people=people) for people, arm in seen])
    assert said == "People followed, all seeds together: pilots of north 1,500, usual 90."
    assert not table._followed([Verdict(AIM, 0, 0, 0)])


def test_empty_limits_of_the_published_figures_are_no_zeros():
    of_rule = {"above": (True, False), "below": (False, True), "covers_zero": (False, False), "inside": (True, True)}
    for one in published_figures():
        if one.rule in of_rule:
            assert (one.low is not None, one.high is not None) == of_rule[one.rule]


def months(visits, people):
    """Visits a month of so many members: 5 before, ``visits`` in the first three months, 9 afterwards."""
    seen = np.full((people, BEFORE + 24), 5.0)
    seen[:, BEFORE : BEFORE + 3], seen[:, BEFORE + 3 :] = visits, 9.0
    return {"ed_visits": seen, "stays": seen + 1, "alive": np.ones_like(seen)}


def test_a_package_is_tried_on_those_and_in_the_months_of_which_its_effect_is_stated():
    """Over three months visits of the served are 6 for 8, and stays of the offered 3 + 1 for 4 + 1."""
    groups = {
        SERVED: Group(months(6.0, FEWEST), months(8.0, FEWEST)),
        OFFERED: Group(months(3.0, 40), months(4.0, 40)),
    }
    package = SimpleNamespace(name="one", label="One", window=SimpleNamespace(value=3.0))
    numbers = {"unit": "ratio", "kind": "assumption"}
    served = Claim(package, "emergency", Effect(value=0.8, low=0.75, high=0.9, **numbers))
    offered = Claim(package, "inpatient", Effect(value=0.7, low=0.6, high=0.79, per="offered", **numbers))
    trial = Trial(groups)
    assert (served.group, served.months, served.people(trial)) == (SERVED, 3, FEWEST)
    assert (offered.group, offered.months, offered.people(trial)) == (OFFERED, 3, 40)
    assert served.ratio(trial) == pytest.approx(6 / 8)
    assert offered.ratio(trial) == pytest.approx(4 / 5)
    said = list(lines([served, offered], {"one": [trial, trial]}))[2:]
    many = f"{2 * FEWEST:,}"
    assert said[0].startswith("| One | emergency, engaged | 3 | 0.8 (0.75 to 0.9) | 0.75 (0.75 to 0.75) ")
    assert said[0].endswith(f"| {many} | yes |")
    assert said[1].endswith("| 0.80 (0.80 to 0.80) | 80 | no |")


def test_effects_without_a_window_are_no_claims():
    asked = package_trials.claims()
    assert {one.service for one in asked} == set(package_trials.EVENTS)
    assert all(one.months > 0 for one in asked)
