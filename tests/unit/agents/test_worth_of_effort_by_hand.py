"""What full effort is worth to practices of two unlike areas, in parts of their own revenue."""

from dataclasses import replace

import numpy as np
import pytest

from sim.agents.providers.responses.effort import Practices
from sim.payment.incentives import no_incentives
from sim.payment.ledger import PROVIDERS
from sim.schema import (
    ACTIVITIES,
    CODING,
    COORDINATION,
    EMERGENCY,
    INPATIENT,
    PRIMARY,
    QUALITY,
    RESTRAINT,
    SERVICES,
    SPECIALIST,
    VOLUME,
)

pytestmark = pytest.mark.quick


def practices(kind, own, area):
    use, expected = np.zeros((2, len(ACTIVITIES), len(SERVICES)))
    use[VOLUME, own], use[RESTRAINT, INPATIENT], expected[COORDINATION, EMERGENCY] = 0.4, -0.2, -0.1
    norm = np.arange(1.0, 1 + len(area))[:, None] * np.arange(1, 1 + len(ACTIVITIES)) / 100
    return Practices(kind, np.array(area), own, use, expected, norm, cost=0.7, coding_worth=1.5)


def at_stake():
    """Half and a quarter of the patients are the CCO's; nothing at stake is alike in both areas."""
    plain = no_incentives(2)
    fee, inside, at_risk = np.array(plain.fee), np.zeros((2, len(SERVICES)), bool), np.array(plain.at_risk)
    fee[:, PRIMARY], fee[:, SPECIALIST] = [1.1, 0.9], [1.2, 0.8]
    inside[:, EMERGENCY], inside[0, INPATIENT] = True, True
    at_risk[:, PROVIDERS.index("primary")], at_risk[:, PROVIDERS.index("specialist")] = [0.3, 0.2], [0.6, 0.4]
    return replace(
        plain, fee=fee, inside=inside, at_risk=at_risk, members=np.array([0.5, 0.25]), capitated=np.array([0.4, 0.8]),
        bonus=np.array([0.02, 0.03]), coded=np.array([0.1, 0.2]),
    )  # fmt: skip


def a_mix():
    mix = np.zeros((2, len(SERVICES)))
    mix[:, PRIMARY], mix[:, SPECIALIST] = [0.2, 0.1], [0.1, 0.004]
    mix[:, INPATIENT], mix[:, EMERGENCY] = [0.3, 0.6], [0.4, 0.296]
    return mix


MOVES = np.zeros((2, len(ACTIVITIES)))
MOVES[:, QUALITY] = [0.9, 0.6]


def test_what_effort_is_worth_to_clinics():
    one = practices("primary", PRIMARY, [0, 1, 1])
    expected = one.norm.copy()
    fees = np.array([(1 - 0.4 * 0.5) * 1.1, (1 - 0.8 * 0.25) * 0.9])[[0, 1, 1]]
    expected[:, VOLUME] += 0.4 * (fees - 0.7)
    risk = np.array([0.3 * 0.5, 0.2 * 0.25])[[0, 1, 1]]
    expected[:, RESTRAINT] += risk * [0.2 * 0.3 / 0.2, 0, 0]  # stays are outside the second budget
    expected[:, COORDINATION] += risk * np.array([0.1 * 0.4 / 0.2, 0.1 * 0.296 / 0.1])[[0, 1, 1]]
    expected[:, QUALITY] += np.array([0.9 * 0.02 / 0.2 * 0.5, 0.6 * 0.03 / 0.1 * 0.25])[[0, 1, 1]]
    expected[:, CODING] += np.array([1.5 * 0.1 * 0.5, 1.5 * 0.2 * 0.25])[[0, 1, 1]]
    assert one.worth(at_stake(), a_mix(), MOVES) == pytest.approx(expected)


def test_what_effort_is_worth_to_specialists():
    """No capitation, no quality money; own revenue counts as a hundredth of the largest service at least."""
    one = practices("specialist", SPECIALIST, [0, 1])
    expected = one.norm.copy()
    expected[:, VOLUME] += 0.4 * (np.array([1.2, 0.8]) - 0.7)
    risk = np.array([0.6 * 0.5, 0.4 * 0.25])
    expected[:, RESTRAINT] += risk * [0.2 * 0.3 / 0.1, 0]
    expected[:, COORDINATION] += risk * [0.1 * 0.4 / 0.1, 0.1 * 0.296 / 0.006]
    assert one.worth(at_stake(), a_mix(), MOVES) == pytest.approx(expected)
