"""Clocks of one byte: they stand still at their highest count, beyond all that rules ask for."""

import pytest

from sim.axes import parameters_of
from sim.member import care, opioid_treatment
from sim.paths import conf_folder
from sim.schema import LONGEST_AGO, MEMBER, OPIOID_USE
from tests.support.by_hand import a_month, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick


def test_clocks_of_care_stand_still_at_their_highest_count():
    who = someone(since_primary=LONGEST_AGO - 1, since_screened=LONGEST_AGO - 1)
    for _ in range(3):
        rules_of(care).visit_primary_care(who, a_month(), an_area(), drawing({}), 0, numbers())
        assert (who.since_primary, who.since_screened) == (LONGEST_AGO, LONGEST_AGO)
    for _ in range(2):  # visits at which nobody asks for needs
        rules_of(care).visit_primary_care(who, a_month(served=1), an_area(screening=0), drawing({}), 0, numbers())
        assert (who.since_primary, who.since_screened) == (0, LONGEST_AGO)


def test_the_clock_of_opioid_treatment_stands_still_at_its_highest_count():
    who = someone(controlled=1 << OPIOID_USE, opioid_months=LONGEST_AGO - 1)
    for _ in range(3):
        rules_of(opioid_treatment).count_opioid_months(who, 1)
        assert who.opioid_months == LONGEST_AGO


def test_no_rule_asks_for_a_time_beyond_the_highest_count():
    registry = parameters_of(conf_folder())
    asked = ("treatment.opioid_early_months", "treatment.opioid_left_months", "treatment.seen_window")
    assert max(float(registry[name].high) for name in (*asked, "population.clock_longest")) <= LONGEST_AGO
    assert {MEMBER[name].str for name in ("opioid_months", "since_primary", "since_screened")} == {"|i1"}
