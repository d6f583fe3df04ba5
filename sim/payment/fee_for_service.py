"""Fee-for-service: the payer that covers the member pays each claim as it is billed.

Meaning: the claims of a month, in whole cents, sorted by who pays and who is paid.
Equation: Medicaid's part of a claim is paid by the CCO if the member is in one, the budget runs and the service is in
its scope; by the state if not. Medicare and third parties pay their parts; uncompensated care is paid by no one.
Evidence: model.md 5 and 21 (payer split, budget scope); ffs_share_2016, cco_share_2019 (who stays on the open card).
Services that a fixed payment has paid for are not billed: prepaid = round(share[area, service] * claims);
billed = claims - prepaid, so that no cent is lost. What a service is paid, see sim/payment/forms/fee_schedule.py.
"""

from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Cents, Flags, Floats, Ints
from sim.payment.ledger import PAYEES
from sim.schema import MEDICAID

OPEN_CARD, IN_CCO = range(2)


@dataclass(frozen=True)
class Claims:
    """A month's claims in cents: Medicaid's by who pays, and every payer's by type of provider.

    ``budget``, ``state`` and ``prepaid`` (of CCO members, not billed) have the shape (area, rate category, service);
    ``others`` is (area, payer, provider type), with Medicaid's row zero.
    """

    budget: Cents
    state: Cents
    others: Cents
    prepaid: Cents

    @property
    def budget_by_provider(self) -> Cents:
        """What CCOs owe each type of provider, (area, provider type)."""
        return by_provider(self.budget.sum(axis=1))

    @property
    def state_by_provider(self) -> Cents:
        """What the state owes each type of provider, (area, provider type)."""
        return by_provider(self.state.sum(axis=1))


def sort_claims(money: Cents, inside: Flags, prepaid: Floats | None = None, under: Cents | None = None) -> Claims:
    """Sort ``money[area, in CCO, rate category, service, payer]`` by who pays.

    ``inside`` marks the services of a budget, (service,) or (area, service); ``prepaid`` is the share of CCO members'
    claims, (area, service), that is not billed: of all of them, or of those ``under`` the contracts, in the shape
    of ``money``.
    """
    medicaid = money[..., MEDICAID]
    of_cco = medicaid[:, IN_CCO]
    not_billed = (
        np.zeros_like(of_cco)
        if prepaid is None
        else prepaid_part(of_cco if under is None else under[..., MEDICAID][:, IN_CCO], prepaid)
    )
    billed = of_cco - not_billed
    budget = billed * inside[..., None, :]
    others = money.sum(axis=(1, 2)).swapaxes(1, 2) @ PAYEES
    others[:, MEDICAID] = 0
    return Claims(budget=budget, state=medicaid[:, OPEN_CARD] + billed - budget, others=others, prepaid=not_billed)


def prepaid_part(claims: Cents, share: Floats) -> Cents:
    """Return the part of ``claims[area, rate category, service]`` that is not billed, in whole cents."""
    return np.rint(claims * share[:, None, :]).astype(np.int64)


def part_of_ccos(rate_months: Ints) -> Floats:
    """Return the part of each area's member-months, (area, in CCO, rate category), that belong to CCO members."""
    return np.asarray(rate_months[:, IN_CCO].sum(axis=1) / np.maximum(rate_months.sum(axis=(1, 2)), 1))


def by_provider(claims: Cents) -> Cents:
    """Return ``claims[..., service]`` by type of provider."""
    return claims @ PAYEES
