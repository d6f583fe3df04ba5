"""The terms of measures: counts of the cells, flows of the ledger. All are whole numbers."""

from dataclasses import dataclass, field

import numpy as np

from sim.engine.arrays import Floats
from sim.engine.text import did_you_mean
from sim.schema import COUNT_INDEX, METRICS, OUTCOMES

ANY = "*"


@dataclass(frozen=True)
class Sums:
    """Sums over the same members and months, from which measures are computed.

    Attributes
    ----------
    counts : ``[..., len(COUNTS)]``.
    months : Number of months added up.
    flows : ``[..., payer, payee]`` cents, or None: the ledger is kept by area, not by race or age.
    accounts : Names of the ledger's accounts, in the order of ``flows``.
    paid : ``[..., purpose]`` cents, or None likewise; ``purposes`` are their names.
    quality : ``[..., len(METRICS), len(OUTCOMES)]`` members or events of quality measures; None by month, as they are
        counted by year.
    pockets : ``[..., sector]`` cents that other sectors pay, outside the ledger; None where a run has none.
    teams : ``[...]`` cents that teams cost their clinics, outside the ledger; None where a run has none.
    """

    counts: Floats
    months: int
    flows: Floats | None = None
    accounts: tuple[str, ...] = field(default=())
    quality: Floats | None = None
    paid: Floats | None = None
    purposes: tuple[str, ...] = field(default=())
    pockets: Floats | None = None
    teams: Floats | None = None


@dataclass(frozen=True)
class Count:
    """One of ``COUNTS``, times ``sign``."""

    name: str
    sign: int = 1

    def __post_init__(self) -> None:
        if self.name not in COUNT_INDEX:
            raise ValueError(f"no count {self.name!r} in sim/schema.py{did_you_mean(self.name, COUNT_INDEX)}")

    def of(self, sums: Sums) -> Floats | None:
        return self.sign * sums.counts[..., COUNT_INDEX[self.name]]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Flow:
    """Cents paid by ``payer`` to ``payee`` (``ANY`` account, or a name), times ``sign``."""

    payer: str
    payee: str
    sign: int = 1

    def of(self, sums: Sums) -> Floats | None:
        if sums.flows is None:
            return None
        names = list(sums.accounts)
        if not {self.payer, self.payee} - {ANY} <= set(names):
            return np.zeros(sums.flows.shape[:-2])
        paid = sums.flows.sum(-2) if self.payer == ANY else sums.flows[..., names.index(self.payer), :]
        return self.sign * (paid.sum(-1) if self.payee == ANY else paid[..., names.index(self.payee)])

    def __str__(self) -> str:
        return f"{_account(self.payer)} -> {_account(self.payee)}"


@dataclass(frozen=True)
class Purpose:
    """Cents paid for a purpose by any account, times ``sign``."""

    name: str
    sign: int = 1

    def of(self, sums: Sums) -> Floats | None:
        if sums.paid is None:
            return None
        if self.name not in sums.purposes:
            return np.zeros(sums.paid.shape[:-1])
        return self.sign * sums.paid[..., sums.purposes.index(self.name)]

    def __str__(self) -> str:
        return f"paid for {self.name}"


@dataclass(frozen=True)
class Care:
    """Members or events of a quality measure: in the denominator, with care given, or with care recorded."""

    metric: str
    outcome: str
    sign: int = 1

    def of(self, sums: Sums) -> Floats | None:
        if sums.quality is None:
            return None
        return self.sign * sums.quality[..., METRICS.index(self.metric), OUTCOMES.index(self.outcome)]

    def __str__(self) -> str:
        return f"{self.metric} {self.outcome}"


@dataclass(frozen=True)
class Pocket:
    """Cents that other sectors pay, outside the ledger, times ``sign``; 0 where a run has none."""

    sign: int = 1

    def of(self, sums: Sums) -> Floats | None:
        if sums.pockets is None:
            return np.zeros(sums.counts.shape[:-1])
        return np.asarray(self.sign * sums.pockets.sum(-1))

    def __str__(self) -> str:
        return "other sectors"


@dataclass(frozen=True)
class Teams:
    """Cents that teams cost their clinics, outside the ledger, times ``sign``; 0 where a run has none."""

    sign: int = 1

    def of(self, sums: Sums) -> Floats | None:
        if sums.paid is None:
            return None  # known by area, as the ledger is
        return self.sign * (np.zeros(sums.counts.shape[:-1]) if sums.teams is None else sums.teams)

    def __str__(self) -> str:
        return "teams of clinics"


Term = Count | Flow | Purpose | Care | Pocket | Teams


def net_outlay(account: str) -> tuple[Flow, Flow]:
    """What an account paid, less what it received: the state's own money is its payments less the federal share."""
    return Flow(account, ANY), Flow(ANY, account, sign=-1)


def net_receipts(account: str) -> tuple[Flow, Flow]:
    """What an account received, less what it paid."""
    return Flow(ANY, account), Flow(account, ANY, sign=-1)


def total(terms: tuple[Term, ...], sums: Sums) -> Floats | None:
    """Sum of the terms; None if one of them is unknown for these sums."""
    parts = [term.of(sums) for term in terms]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    result = np.zeros(sums.counts.shape[:-1])
    for part in known:  # in the declared order, so that the last bit never changes
        result = result + part
    return result


def _account(name: str) -> str:
    return "all" if name == ANY else name
