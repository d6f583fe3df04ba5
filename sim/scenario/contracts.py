"""The contracts that ``payment.contracts`` may name: what each needs beside it, and what it contradicts.

Each is a file of pure functions in ``sim/payment``; a scenario composes any mix that makes sense, without code.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.engine.text import did_you_mean, shown
from sim.paths import conf_folder
from sim.scenario.metric_sets import FOLDER, MetricSetError, read_metric_set
from sim.schema import SERVICES

if TYPE_CHECKING:
    from sim.scenario.choices import PaymentChoice


@dataclass(frozen=True)
class Contract:
    """What a contract is, in words; which others it needs or contradicts.

    ``has_scope``: it covers services; ``looks_back``: what it pays is set from what members cost before; ``judges``: it
    needs a metric set.
    """

    meaning: str
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    has_scope: bool = False
    looks_back: bool = False
    judges: bool = False


CLAIMS = "fee_for_service"  # an option of ``payment``, and no contract
NONE: frozenset[str] = frozenset()
BUDGET = ("global_budget",)
CONTRACTS: dict[str, Contract] = {
    "global_budget": Contract("CCOs are paid per member for the services in scope", has_scope=True, looks_back=True),
    "withhold": Contract("a part of capitation is kept until December", needs=BUDGET),
    "quality_pool": Contract("what is withheld must be earned by measures met", needs=("withhold",), judges=True),
    "risk_adjustment": Contract("capitation follows diagnoses", needs=BUDGET),
    "medical_loss_ratio": Contract("a CCO that spends too little on care gives the rest back", needs=BUDGET),
    "reinsurance": Contract("CCOs carry very dear members together", needs=BUDGET),
    "shared_savings": Contract(
        "providers share savings against a benchmark", excludes=("shared_risk",), has_scope=True, looks_back=True
    ),
    "shared_risk": Contract("providers share savings and losses", has_scope=True, looks_back=True),
    "care_coordination_fee": Contract("primary care is paid so much for each attributed member"),
    "primary_care_capitation": Contract("a part of primary care is paid per member, not per visit", looks_back=True),
    "hospital_global_budget": Contract("hospitals have a fixed revenue", looks_back=True),
    "pay_for_performance": Contract("a bonus for measures met, beside claims", excludes=("quality_pool",), judges=True),
    "growth_test": Contract("the state pays a penalty unless its costs slow", looks_back=True),
    "fee_schedule": Contract("other fees and denials than today's"),
}

SHARED = {
    "shared_savings": "they get a share of what care costs less than the medical part of the budget, and bear no loss, "
    "whatever CCOs would put at their risk (at_risk)",
    "shared_risk": "they share what care costs less or more than the medical part of the budget, at least as far as "
    "CCOs pass it through (pass_through, at_risk)",
}
"""What a contract on total cost means where a CCO has the budget; without one it is between the state and providers."""


def faults_of_names(names: Iterable[str], what: str, valid: Sequence[str]) -> Iterator[str]:
    """Yield a message for each name that is not valid, and after them what is."""
    wrong = [name for name in names if name not in valid]
    yield from (f"{shown(name)} is not {what}{did_you_mean(name, valid)}" for name in wrong)
    if wrong:
        yield f"must be among {', '.join(valid)}"


def faults_of_contracts(names: Sequence[str]) -> Iterator[str]:
    """Yield a message for each name that is no contract."""
    if CLAIMS in names:
        yield f"leave {CLAIMS!r} out, claims are what is paid without a contract"
    yield from faults_of_names([name for name in names if name != CLAIMS], "a contract", tuple(CONTRACTS))


def faults_of_payment(payment: "PaymentChoice", warm_up: int, unknown: frozenset[str] = NONE) -> Iterator[str]:
    """Yield a message for every way in which the parts of ``payment`` do not go together.

    ``unknown``: keys of ``payment``, or ``warm_up``, that have faults of their own: what depends on them is not judged.
    """
    if "contracts" not in unknown:
        yield from _faults_of_mix(payment.contracts)
        yield from _faults_of_company(payment, unknown)
    if not unknown & {"contracts", "start", "starts", "warm_up"}:
        yield from _faults_of_the_past(payment, warm_up)
    if "metrics" not in unknown:
        yield from _faults_of_metrics(payment.metrics)


def notes_on_payment(payment: "PaymentChoice", months: int) -> Iterator[str]:
    """Yield a remark for each part of ``payment`` that is fine and does nothing, or means more than it says."""
    if payment.contracts and min([payment.start, *payment.starts.values()]) >= months:
        yield f"payment.start={payment.start}: the contracts begin after the last month; nothing changes before"
    covers = any(CONTRACTS[name].has_scope for name in payment.contracts)
    if payment.scope and not covers:
        yield "payment.scope: nothing in payment.contracts covers services, so that a scope changes nothing"
    late = [service for service, month in payment.scope.items() if month >= months]
    if late and covers:
        yield f"payment.scope: {', '.join(late)} would enter after the last month"
    for name in (one for one in SHARED if one in payment.contracts and "global_budget" in payment.contracts):
        yield f"payment.contracts: with global_budget, {name} is between a CCO and its providers: {SHARED[name]}"


def _faults_of_mix(names: Sequence[str]) -> Iterator[str]:
    """Yield a message for each contract that lacks another, or contradicts it."""
    for name in names:
        for missing in (one for one in CONTRACTS[name].needs if one not in names):
            yield f"payment.contracts: {name} needs {missing} beside it"
        for other in (one for one in CONTRACTS[name].excludes if one in names):
            yield f"payment.contracts: {name} and {other} contradict each other, choose one"


def _faults_of_company(payment: "PaymentChoice", unknown: frozenset[str]) -> Iterator[str]:
    """Yield a message for each contract that covers no service, or has nothing to judge by."""
    for name in payment.contracts:
        if CONTRACTS[name].has_scope and not payment.scope and "scope" not in unknown:
            yield f"payment.scope=[]: {name} needs at least one service in scope, of {', '.join(SERVICES)}"
        if CONTRACTS[name].judges and payment.metrics is None and "metrics" not in unknown:
            yield f"payment.metrics=null: {name} needs a metric set, a file of conf/metrics"


def _faults_of_the_past(payment: "PaymentChoice", warm_up: int) -> Iterator[str]:
    """Yield a message for each contract that is set from a past that nobody lives."""
    first = min([payment.start, *payment.starts.values()])
    for name in payment.contracts:
        if CONTRACTS[name].looks_back and warm_up + first == 0:
            yield (
                f"payment.contracts={name}: needs warm_up or payment.start of at least 1 month, for what it pays is "
                "set from what members cost before"
            )


def _faults_of_metrics(name: str | None) -> Iterator[str]:
    if name is not None and (conf_folder() / FOLDER / f"{name}.yaml").exists():  # a missing file is said elsewhere
        try:
            read_metric_set(conf_folder(), name)
        except MetricSetError as error:
            yield from error.messages


def areas() -> tuple[str, ...]:
    """Return the names of the CCO areas."""
    return _areas(conf_folder())


@lru_cache(maxsize=4)
def _areas(conf: Path) -> tuple[str, ...]:
    with (conf / "evidence" / "cco_enrollment.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(row["cco"] for row in csv.DictReader(lines))
