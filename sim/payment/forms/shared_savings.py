"""Shared savings and shared risk: who bears a deviation from a benchmark of total cost, after the year.

Meaning: cents from the payer to the providers of an area (negative: from the providers to the payer).
Equation: d = benchmark - cost; nothing if |d| < minimum * benchmark (minimum savings rate) or |d| within the corridor;
          beyond the corridor: share * (|d| - corridor * benchmark), at most cap * benchmark, with the sign of d.
          One-sided (shared savings): only d > 0. Two-sided (shared risk): losses with a separate share and cap.
          What a provider sees of it: losses + weight * (savings - losses), weight being the side of savings among the
          chances: a share of both is worth itself, a share of savings alone ``weight`` of that. It sees nothing if
          savings x what it believes to save is less than its fixed cost of taking part (data, reports, managers).
Where a CCO has a budget it shares with its providers: savings at least as far as it agreed to itself (``own``), losses
too where the contract shares losses; under a one-sided contract no provider pays back.
A minimum is a threshold: once passed, the saving is shared from the first dollar. A corridor is a deductible.
By chance alone a one-sided contract pays share * sd / sqrt(2 pi): 2.26% of benchmark before sharing at N = 5,000 with a
CV of 4, 0.50% at N = 100,000, and 2.1% where a minimum saving of 2% must be passed.
Evidence: payment.md E11 and its analytic check 1; mssp_share_providers; o2_aco_start, o2_aco_annual
(fixed costs); model.md 4 (deviations at full size).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.engine.arrays import Flags, Floats
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.payment.form import Form
from sim.payment.month import Month
from sim.payment.shrinkage import around_state


@dataclass(frozen=True)
class SharingTerms:
    """Shares of savings and losses (one for all, or one for each area), and limits as shares of the benchmark."""

    savings: Floats | float
    losses: Floats | float
    minimum: float
    corridor: float
    cap: float


def shared(benchmark: Floats, cost: Floats, terms: SharingTerms) -> Floats:
    """Return what the payer owes the providers, in the unit of ``benchmark``; negative if they owe the payer."""
    deviation = benchmark - cost
    size = np.abs(deviation)
    counts = (size >= terms.minimum * benchmark) & (size > 0)
    beyond = np.where(counts, np.maximum(size - terms.corridor * benchmark, 0), 0)
    share = np.where(deviation > 0, terms.savings, terms.losses)
    return np.asarray(np.sign(deviation) * np.minimum(share * beyond, terms.cap * benchmark))


def agreed(own: Floats, savings: float, losses: Floats | float) -> tuple[Floats, Floats]:
    """Return the shares of savings and of losses by area: the contract's, or the CCO's own where it goes further."""
    return np.maximum(savings, own), np.maximum(losses, own) * (losses > 0)


def weighed(savings: Floats, losses: Floats, weight: float) -> Floats:
    """Return the part of a change of total cost that falls on providers, as they see it before the year."""
    return np.asarray(losses + weight * (savings - losses))


def pays_to_take_part(savings: Floats | float, pmpm: Floats, believed: float, cost: float) -> Flags:
    """Whether a share of savings brings more than it costs to take part; ``pmpm`` and ``cost`` in USD PMPM."""
    return np.asarray(savings * believed * pmpm >= cost)


def share(month: Month) -> None:
    """Share each area's deviation from its benchmark of the contract year with its providers."""
    year, ends = month.contract_year, month.ends
    own = np.divide(year.staked, year.due, out=np.zeros(len(ends)), where=year.due > 0)
    if not _by_contract(month) and not own.any():
        return
    benchmark, cost = month.network.of_list(*_benchmarks(month))
    deviation = np.divide(cost - benchmark, benchmark, out=np.zeros(len(ends)), where=benchmark > 0)
    settled = benchmark * (1 + around_state(deviation, benchmark, month.weights, ends & (benchmark > 0)))
    amounts = shared(benchmark, settled, _terms(month, own)) * ends
    month.payer.settle(amounts, month.split(), month.budget, month.months_of_contract_year())


def at_risk(month: Month) -> Mapping[str, Floats]:
    """Part of a change of total cost that falls on providers: by the scenario's contract, or by the CCO's own."""
    own = month.budget * month.actions["pass_through"] * month.actions["at_risk"]
    savings = np.maximum(own, month.registry.get("payment.sharing_savings")) if _by_contract(month) else own
    if _by_contract(month):
        shares = agreed(own, month.registry.get("payment.sharing_savings"), _losses(month))
        felt = weighed(*shares, month.registry.get("payment.one_sided_weight")) * month.network.taking_part
        own = np.where(month.runs, felt, own)
    if own.any():
        terms = (month.registry.get(f"participants.{name}") for name in ("believed_saving", "fixed_cost"))
        own = own * pays_to_take_part(savings, month.base_pmpm(), *terms)
    return {"at_risk": np.outer(own, month.split())}


def _by_contract(month: Month) -> bool:
    return any(form.name in month.in_force for form in (SHARED_SAVINGS, SHARED_RISK))


def _losses(month: Month) -> Floats:
    """Return the share of losses by area: none under a one-sided contract, or before losses begin to be shared."""
    losses = month.registry.get("payment.sharing_losses") * (SHARED_RISK.name in month.in_force)
    return np.where(month.year >= month.registry.get("payment.losses_from_year"), losses, 0.0)


def _terms(month: Month, own: Floats) -> SharingTerms:
    """Return the scenario's contract, or what the CCO agreed with its providers where that goes further."""
    if not _by_contract(month):
        return SharingTerms(own, own, minimum=0, corridor=0, cap=1)
    get = month.registry.get
    savings, losses = agreed(own, get("payment.sharing_savings"), _losses(month))
    limits = {name: get(f"payment.sharing_{name}") for name in ("minimum", "corridor", "cap")}
    return SharingTerms(savings, losses, **limits)


def _benchmarks(month: Month) -> tuple[Floats, Floats]:
    """Benchmark and cost of the year: under a budget its medical part; else the base year's cost and the trend.

    What providers are paid for quality is no cost of care here: it would use up the saving that it is paid beside.
    """
    get, tallies = month.registry.get, month.contract_year
    year = month.experience.year(month.month - MONTHS_PER_YEAR + 1)
    inside = month.enters <= month.month - MONTHS_PER_YEAR + 1  # in scope all year
    claims = (year.cents.sum(axis=1) * inside).sum(axis=1)

    def grown(start: int) -> Floats:
        base = month.expected(start - MONTHS_PER_YEAR) * inside[:, None, :]
        cost = base.sum(axis=2) * (1 + get("payment.trend")) ** (month.year + 1)[:, None]
        return np.asarray((cost * year.months).sum(axis=1))

    by_state = month.by_start(month.ends & ~month.budget, grown)
    benchmark = np.where(month.budget, (1 - get("payment.load")) * tallies.due, by_state)
    return benchmark, np.where(month.budget, tallies.medical - tallies.bonuses, claims).astype(np.float64)


SHARED_SAVINGS = Form(
    "shared_savings",
    "providers share savings against a benchmark",
    excludes=("shared_risk",),
    purposes=("shared_savings", "shared_losses"),
    has_scope=True,
    looks_back=True,
    shares_savings=True,
    by_clinic=True,
    by_kind=True,
    beside_a_budget="they get a share of what care costs less than the medical part of the budget, and bear no loss, "
    "whatever CCOs would put at their risk (at_risk)",
    stakes=at_risk,
    after_year=(share,),
)
SHARED_RISK = Form(
    "shared_risk",
    "providers share savings and losses",
    purposes=("shared_savings", "shared_losses"),
    has_scope=True,
    looks_back=True,
    shares_savings=True,
    by_clinic=True,
    by_kind=True,
    shares_losses=True,
    beside_a_budget="they share what care costs less or more than the medical part of the budget, at least as far as "
    "CCOs pass it through (pass_through, at_risk)",
    stakes=at_risk,
    after_year=(share,),
)
