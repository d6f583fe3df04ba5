"""The contracts that ``payment.contracts`` may name: what each needs beside it, and what it contradicts.

Each is a file of pure functions in ``sim/payment``; a scenario composes any mix that makes sense, without code.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sim.engine.text import did_you_mean
from sim.paths import conf_folder
from sim.scenario.metric_sets import FOLDER, MetricSetError, read_metric_set

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


def faults_of_names(names: Sequence[str]) -> Iterator[str]:
    """Yield a message for each name that is no contract."""
    for name in names:
        if name not in CONTRACTS:
            near = did_you_mean(name, CONTRACTS)
            yield f"{name!r} is not a contract{near}, must be among {', '.join(CONTRACTS)}"


def faults_of_payment(payment: "PaymentChoice", warm_up: int) -> Iterator[str]:
    """Yield a message for every way in which the parts of ``payment`` do not go together."""
    yield from _faults_of_mix(payment.contracts, payment.scope, payment.metrics)
    yield from _faults_of_areas(payment.starts)
    yield from _faults_of_the_past(payment, warm_up)
    yield from _faults_of_metrics(payment.metrics)


def notes_on_payment(payment: "PaymentChoice", months: int) -> Iterator[str]:
    """Yield a remark for each part of ``payment`` that is fine and does nothing, or means more than it says."""
    if payment.contracts and min([payment.start, *payment.starts.values()]) >= months:
        yield f"payment.start={payment.start}: the contracts begin after the last month; nothing changes before"
    late = [service for service, month in payment.scope.items() if month >= months]
    if late and any(CONTRACTS[name].has_scope for name in payment.contracts):
        yield f"payment.scope: {', '.join(late)} would enter after the last month"
    for name in (one for one in SHARED if one in payment.contracts and "global_budget" in payment.contracts):
        yield f"payment.contracts: with global_budget, {name} is between a CCO and its providers: {SHARED[name]}"


def _faults_of_mix(names: Sequence[str], scope: Mapping[str, int], metrics: str | None) -> Iterator[str]:
    """Yield a message for each contract that lacks what it needs, contradicts another, or covers no service."""
    for name in names:
        contract = CONTRACTS[name]
        for missing in (one for one in contract.needs if one not in names):
            yield f"payment.contracts: {name} needs {missing} beside it"
        for other in (one for one in contract.excludes if one in names):
            yield f"payment.contracts: {name} and {other} contradict each other, choose one"
        if contract.has_scope and not scope:
            yield f"payment.scope=[]: {name} needs at least one service in scope"
        if contract.judges and metrics is None:
            yield f"payment.metrics=null: {name} needs a metric set, a file of conf/metrics"


def _faults_of_areas(starts: Mapping[str, int]) -> Iterator[str]:
    areas = _areas(conf_folder()) if starts else ()
    for area in starts:
        if area not in areas:
            near = did_you_mean(area, areas)
            yield f"payment.starts: {area!r} is no CCO area{near}, must be among {', '.join(areas)}"


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


@lru_cache(maxsize=4)
def _areas(conf: Path) -> tuple[str, ...]:
    with (conf / "evidence" / "cco_enrollment.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(row["cco"] for row in csv.DictReader(lines))
