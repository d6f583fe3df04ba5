"""Incentives: what the contracts of a month put at stake for providers, whatever the forms are called.

Meaning: shares and ratios by CCO area; the one thing that providers' behavior reads of payment.
Equation: fee = fee * (1 - denied) / (fee_0 * (1 - denied_0)), the paid fee over the baseline's (payment.md E1 and E2),
          of all members of the area, in a CCO or not: it is not multiplied by ``members`` again; with what a CCO's
          growth cap takes off its prices;
          capitated = part of primary care revenue paid per member (kappa); at_risk = part of a change of total cost in
          scope that falls on this kind of provider (phi * rho, E5); bonus = quality money within reach over revenue
          (w, E6), all care's revenue, not that of those who earn it; hospital_budget = part of hospital revenue that is
          fixed (E12); risk_adjusted = how far payment follows diagnoses (RA, E10); coded = how far clinicians earn by
          them (RA phi: scores pay the CCO, which passes a part through); coordination_fee = USD per attributed
          member-month that primary care is paid beside claims (E4); members = part of the area's member-months under
          these contracts.
Evidence: payment.md, section 2.
"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from sim.engine.arrays import Flags, Floats
from sim.payment.ledger import PROVIDERS
from sim.schema import SERVICES


@dataclass(frozen=True)
class Incentives:
    """Shapes: fee, inside (area, service); at_risk (area, kind of provider in ``PROVIDERS``); all others (area,)."""

    fee: Floats
    inside: Flags
    at_risk: Floats
    capitated: Floats
    bonus: Floats
    hospital_budget: Floats
    risk_adjusted: Floats
    coded: Floats
    coordination_fee: Floats
    members: Floats


def no_incentives(areas: int) -> Incentives:
    """Return those of the baseline world: every service is paid by its old fee, and nothing else counts."""
    plain: dict[str, Any] = {share.name: np.zeros(areas) for share in fields(Incentives)}
    fee, at_risk = np.ones((areas, len(SERVICES))), np.zeros((areas, len(PROVIDERS)))
    return Incentives(**plain | {"fee": fee, "at_risk": at_risk, "inside": np.zeros(fee.shape, dtype=np.bool_)})


def is_neutral(incentives: Incentives) -> Flags:
    """Return the areas in which providers face the incentives of the baseline world.

    A coordination fee beside claims does not change what a visit brings.
    """
    at_stake = (incentives.capitated, incentives.bonus, incentives.hospital_budget, incentives.risk_adjusted)
    return np.asarray(
        (incentives.fee == 1).all(axis=1)
        & (incentives.at_risk == 0).all(axis=1)
        & np.all([share == 0 for share in at_stake], axis=0)
    )
