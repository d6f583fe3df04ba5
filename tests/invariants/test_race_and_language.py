"""Do race and language act through any channel that is not declared?

The declared channels can be shut by parameters. Then members who swap race and language with each other live the same
lives, to the bit: only the two columns differ. Children born meanwhile are left out: a child's inclination to needs
follows the family's race (exposure), in the population and not in the month.
"""

import numpy as np
import pytest

from sim.schema import ENROLLED, RACES
from tests.support.worlds import EVERYTHING, UNTOUCHED, beginning, changed, lived

SHUT = {
    **{f"needs.race_onset_ratio.{race}": 1 for race in RACES},
    "needs.hispanic_housing_ratio": 1,
    **{f"equity.discrimination.{race}": 0 for race in RACES},
    "access.language_ratio": 1,
    "equity.language_clinic_ratio": 1,
    "equity.language_control_ratio": 1,
    "wellbeing.satisfied_language_ratio": 1,
    "quality.language": 0,
}
IDENTITY = {"race", "language"}
MONTHS = 8


def channels(*open_ones):
    """Overrides that shut every channel but some."""
    return [f"parameters.{name}={value}" for name, value in SHUT.items() if not name.startswith(open_ones)]


def swap(model):
    """Deal race and language anew among the members that there are."""
    order = np.random.default_rng(5).permutation(np.flatnonzero(model.members["status"] == ENROLLED))
    for column in IDENTITY:
        model.members[column][np.sort(order)] = model.members[column][order]


def lives(*overrides):
    """What differs between a world and the same one with race and language dealt anew."""
    one, other = lived(*overrides, start=beginning()), lived(*overrides, start=beginning(), edit=swap)
    children = np.concatenate([world.members["key"][world.members["age_months"] <= MONTHS] for world in (one, other)])
    return changed(one, other, leave_out=tuple(children.tolist()))


@pytest.mark.parametrize("policy", [(), EVERYTHING, UNTOUCHED], ids=["none", "everything", "untouched"])
def test_with_the_channels_shut_race_and_language_change_nothing(policy):
    found = lives(*policy, *channels())
    assert set(found) == IDENTITY
    assert min(found.values()) > 100


@pytest.mark.parametrize(
    ("channel", "seen"),
    [
        ("needs.race", "exposure"),
        ("equity.discrimination", "wary"),
        ("access.language", "primary_year"),
        ("equity.language_clinic", "attached"),
        ("equity.language_control", "controlled"),
        ("wellbeing", "trust"),
        ("quality.language", "given"),
    ],
)
def test_each_open_channel_is_seen(channel, seen):
    """The planted twin: a rule that reads race or language is found, were it health or use."""
    assert seen in lives(*channels(channel))
