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

if TYPE_CHECKING:
    from sim.scenario.choices import PaymentChoice


@dataclass(frozen=True)
class Contract:
    """What a contract is, in words; which others it needs or contradicts; whether it has a scope of services,
    and whether what it pays is set from what members cost before.
    """

    meaning: str
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    has_scope: bool = False
    looks_back: bool = False


CONTRACTS: dict[str, Contract] = {
    "global_budget": Contract("CCOs are paid per member for the services in scope", has_scope=True, looks_back=True),
    "withhold": Contract("a part of capitation is kept until the year is judged", needs=("global_budget",)),
}


def faults_of_names(names: Sequence[str]) -> Iterator[str]:
    """Yield a message for each name that is no contract."""
    for name in names:
        if name not in CONTRACTS:
            near = did_you_mean(name, CONTRACTS)
            yield f"{name!r} is not a contract{near}, must be among {', '.join(CONTRACTS)}"


def faults_of_payment(payment: "PaymentChoice", warm_up: int) -> Iterator[str]:
    """Yield a message for every way in which the parts of ``payment`` do not go together."""
    yield from _faults_of_mix(payment.contracts, payment.scope)
    yield from _faults_of_areas(payment.starts)
    yield from _faults_of_the_past(payment, warm_up)


def _faults_of_mix(names: Sequence[str], scope: Mapping[str, int]) -> Iterator[str]:
    """Yield a message for each contract that lacks what it needs, contradicts another, or covers no service."""
    for name in names:
        contract = CONTRACTS[name]
        for missing in (one for one in contract.needs if one not in names):
            yield f"payment.contracts: {name} needs {missing} beside it"
        for other in (one for one in contract.excludes if one in names and name < one):
            yield f"payment.contracts: {name} and {other} contradict each other, choose one"
        if contract.has_scope and not scope:
            yield f"payment.scope=[]: {name} needs at least one service in scope"


def _faults_of_areas(starts: Mapping[str, int]) -> Iterator[str]:
    areas = _areas(conf_folder()) if starts else ()
    for area in starts:
        if area not in areas:
            yield f"payment.starts: {area!r} is no CCO area{did_you_mean(area, areas)}, must be among {', '.join(areas)}"


def _faults_of_the_past(payment: "PaymentChoice", warm_up: int) -> Iterator[str]:
    """Yield a message for each contract that is set from a past that nobody lives."""
    first = min([payment.start, *payment.starts.values()])
    for name in payment.contracts:
        if CONTRACTS[name].looks_back and warm_up + first == 0:
            yield (
                f"payment.contracts={name}: needs warm_up or payment.start of at least 1 month, for what it pays is "
                "set from what members cost before"
            )


@lru_cache(maxsize=4)
def _areas(conf: Path) -> tuple[str, ...]:
    with (conf / "evidence" / "cco_enrollment.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(row["cco"] for row in csv.DictReader(lines))
