"""Who gains: the lines add up, a payer's saving is a gain, and one page holds the Triple Aim."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from rich.console import Console

from experiments.output.gains import COLUMNS, LINES, TRIPLE_AIM, of_ccos, print_gains, triple_aim, who_gains
from sim.measures.measures import BY_NAME
from sim.runs.comparison import Comparison, compare
from tests.support.synthetic_runs import FakeScenario, FakeSystem


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    scenario = FakeScenario(months=4, seed_list=(0, 1, 2))
    return compare(scenario, build=FakeSystem, populations=lambda scenario, seed: seed)


@pytest.fixture(scope="module")
def gains(comparison):
    return who_gains(comparison)


def line(gains, comparison, who, arm=None):
    other = arm or next(arm for arm in comparison.arms if arm != comparison.baseline)
    found = gains[(gains["who"] == who) & (gains["arm"] == other) & (gains["contrast"] == comparison.baseline)]
    return float(found["estimate"].iloc[0])


def difference(comparison, measure):
    summary = comparison.summary()
    other = next(arm for arm in comparison.arms if arm != comparison.baseline)
    found = summary[
        (summary["measure"] == measure)
        & (summary["stratum"] == "all")
        & (summary["arm"] == other)
        & (summary["contrast"] == comparison.baseline)
    ]
    return float(found["estimate"].iloc[0])


def test_every_line_is_made_of_measures_that_there_are(gains, comparison):
    assert all(name in BY_NAME for one in LINES for name, _ in one.measures)
    assert all(name in BY_NAME for names in TRIPLE_AIM.values() for name in names)
    arms = len(comparison.arms)
    assert len(gains) == len(LINES) * (2 * arms - 1)
    assert tuple(gains.columns) == COLUMNS


def test_a_payer_gains_what_it_pays_less(gains, comparison):
    assert_allclose(line(gains, comparison, "State"), -difference(comparison, "pmpm_state"))
    assert_allclose(line(gains, comparison, "Margin"), difference(comparison, "pmpm_cco_margin"))


def test_savings_net_of_programs_and_bonuses_follow_from_their_parts(gains, comparison):
    parts = ("upstream", "care_programs", "administration", "teams")
    programs = sum(difference(comparison, f"pmpm_{p}") for p in parts)
    gross, net, left = (
        line(gains, comparison, who)
        for who in ("Gross (care used up)", "Net of programs, overhead", "Net of bonuses too")
    )
    assert_allclose(gross - net, programs, atol=1e-9)
    assert_allclose(net - left, difference(comparison, "pmpm_bonuses"), atol=1e-9)


def test_payers_ccos_and_providers_together_gain_what_resources_fall_by(gains, comparison):
    """Whatever is paid for care: only what is used up is saved."""
    payers = ("State", "Federal match", "Medicare", "Third parties", "Outside funders", "Other insurance")
    others = ("Kept, after programs paid", "Held back, not settled", "All, beyond care given")
    for arm in set(comparison.arms) - {comparison.baseline}:
        together = sum(line(gains, comparison, who, arm) for who in (*payers, *others))
        assert together == pytest.approx(line(gains, comparison, "Net of programs, overhead", arm), abs=1e-9)


def test_each_cco_has_a_row_for_each_arm(comparison):
    summary = comparison.summary()
    table = of_ccos(summary)
    areas = comparison.results[comparison.arms[0], comparison.seeds[0]].areas
    assert len(table) == len(comparison.arms) * len(areas)
    assert set(table["cco"]) == set(areas)


def test_the_triple_aim_is_one_page(comparison):
    page = triple_aim(comparison.summary())
    assert list(dict.fromkeys(page["aim"])) == ["Cost", "Health", "Experience"]
    assert len(page) <= 9 * (2 * len(comparison.arms) - 1)


def test_the_printed_table_fits_and_names_everybody(gains, comparison):
    console = Console(record=True, width=100)
    print_gains(console, gains, comparison.baseline)
    said = console.export_text()
    for who in ("State", "Federal match", "Margin", "Hospital", "QALYs"):
        assert who in said
    assert np.max([len(one) for one in said.splitlines()]) <= 100


def test_many_arms_come_in_blocks_and_no_number_is_cut(gains, comparison):
    paired = gains[gains["contrast"] == comparison.baseline]
    one = paired[paired["arm"] == paired["arm"].iloc[0]]
    many = pd.concat([one.assign(arm=f"a_rather_long_name_{i}") for i in range(9)])
    console = Console(record=True, width=80)
    print_gains(console, many, comparison.baseline)
    said = console.export_text()
    assert "…" not in said
    assert said.count("Who gains") > 1


def test_one_arm_has_nobody_to_gain_against(comparison):
    alone = Comparison(comparison.arms[:1], comparison.arms[0], comparison.seeds, comparison.results)
    console = Console(record=True, width=100)
    print_gains(console, who_gains(alone), alone.baseline)
    assert console.export_text() == ""
