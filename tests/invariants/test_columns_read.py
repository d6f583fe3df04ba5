"""Who reads race, language and money? Only where the model says so (model.md 9).

Race and language act through exposure to needs, access and experience of care, never as biology; and nothing that a
member decides depends on what the month has cost.
"""

import pytest

from tests.support.columns_read import SIM, readers, readers_below

pytestmark = pytest.mark.quick

IDENTITY = {"race", "language"}
RULES = {
    "needs.expect_homelessness": {"race"},
    "needs.onset_probability": {"race"},
    "barriers.face_barriers": {"language"},
    "barriers.clinic_found": {"language"},
    "barriers.understood": {"language"},
    "discrimination.meet_unfair_care": {"race"},
    "aim.work_for": {"race"},  # of a council's equity target
    "wellbeing.satisfaction": {"language"},
    "quality.chance": {"language"},
    "quality.keep_record": {"language"},
    "groups.stratum": {"race", "language"},
    "tally.count_quality": {"race", "language"},
}
MONEY = {"spend_year", "cents"}
MONEY_READ = {
    "month.settle": {"cents"},
    "spending.post": {"cents"},
    "tally.count_life": {"cents"},
    "tally.count_care": {"cents"},
    "tally.count_cohort": {"cents"},
}
KEY = {"key", "household"}
KEY_READ = {
    "authorization.ask_approval": {"key"},
    "authorization.count_refused": {"key"},
    "authorization.is_stay_refused": {"key"},
    "care.days_of_stay": {"key"},
    "month.list_rows": {"key"},
    "communication.suffer_silos": {"key"},
    "emergency.come_to_emergency": {"key"},
    "emergency.lost_visits": {"key"},
    "emergency.avoid": {"key"},
    "emergency.avoid_dental": {"key"},
    "emergency.stays_through_emergency": {"key"},
    "offer.induce": {"key"},
    "offer.offer": {"key"},
    "psychiatric_beds.finds_no_bed": {"key"},
    "on_device.live_all": {"key"},
    "quality.attempt": {"key"},
    "quality.is_recorded": {"key"},
    "quality.use_occasions": {"key"},
    "quality.be_understood": {"key"},
    "quality.leave_hospital": {"key"},
}


def test_rules_read_race_and_language_only_in_their_channels():
    assert readers_below("member", IDENTITY) == RULES


@pytest.mark.parametrize(
    "file",
    [
        *("health.py", "control.py", "complications.py", "mortality.py", "opioid_treatment.py", "smoking.py"),
        *("enrollment.py", "care.py", "access.py", "demand.py", "spending.py", "communication.py"),
    ],
)
def test_health_death_care_and_prices_read_neither(file):
    assert readers((SIM / "member" / file).read_text(encoding="utf-8"), IDENTITY) == {}


@pytest.mark.parametrize("folder", ["agents", "upstream", "payment"])
def test_no_organization_and_no_package_reads_either(folder):
    assert readers_below(folder, IDENTITY) == {}


def test_no_decision_reads_what_care_has_cost():
    readers = readers_below("member", MONEY)
    assert readers == MONEY_READ, "if the rule only adds up money, name it in MONEY_READ of this file"


def test_luck_is_keyed_where_it_is_drawn_and_nobody_else_reads_the_key():
    assert readers_below("member", KEY) == KEY_READ


@pytest.mark.parametrize(
    "planted",
    [
        "def drift(m, p):\n    if m.race == 3:\n        m.slow += 1",
        "def drift(m, p):\n    m.slow += p.shock[m.race]",
        "def drift(m, p):\n    who = m\n    return who.language",
        "def drift(m, p):\n    return m['race']",
        "def drift(m, p):\n    return getattr(m, 'language')",
        "def drift(rows):\n    return rows[['age', 'race']]",
        "class Rule:\n    def drift(self, m):\n        return lambda: m.race",
    ],
)
def test_planted_a_health_rule_that_reads_them_is_found(planted):
    assert set(readers(planted, IDENTITY)) == {"drift"}


def test_writing_a_column_or_speaking_of_it_is_not_reading_it():
    assert readers('def born(m):\n    """Race comes from the mother."""\n    m.race = 1', IDENTITY) == {}
