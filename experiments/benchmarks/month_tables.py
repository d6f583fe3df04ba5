"""The benchmark month as tables: what `conf/benchmark/month.yaml` says, with every product over a bit mask worked out.

The NumPy and the engine version of the benchmark month read the same tables, so that they do the same work.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.engine.arrays import Floats
from sim.engine.yaml_files import read_yaml
from sim.paths import conf_folder

SERVICES = ("ED", "inpatient", "primary", "specialist", "behavioral", "dental")
POISSON = (True, False, True, True, True, False)
LARGEST_CHANCE = 0.95
NEEDS, CONDITIONS = 4, 6
OLDEST_MONTHS = 1080
CONTROLLED_AT_START = 0.5
CENTS = 100.0


def products(factors: ArrayLike) -> Floats:
    """Product of the factors whose bit is set, for every mask: shape (..., k) becomes (2**k, ...)."""
    per_bit = np.asarray(factors, dtype=np.float64)
    k = per_bit.shape[-1]
    table = np.ones((2**k, *per_bit.shape[:-1]))
    for bit in range(k):
        table[np.arange(2**k) >> bit & 1 == 1] *= per_bit[..., bit]
    return table


@dataclass(frozen=True)
class Work:
    """The tables of the benchmark month; the first axes are what a member is, the last what may happen to it."""

    age_cuts: NDArray[np.int16]
    age_share: Floats
    prevalence_start: Floats  # age, condition
    need_flip: Floats  # cco, age, state of the need (off, on), need
    condition_flip: Floats  # age, needs, state (absent, uncontrolled, controlled), condition
    use_base: Floats  # age, needs, service
    use_present: Floats  # conditions, service
    use_uncontrolled: Floats  # uncontrolled conditions, service
    price_cents: Floats
    sigma: Floats
    death: Floats
    death_present: Floats  # conditions
    disenroll: Floats
    reenroll: float
    birth: float
    provider_start: NDArray[np.int64]
    provider_count: NDArray[np.int64]
    providers: int
    ccos: int
    check: dict[str, tuple[float, float]]


@cache
def the_work() -> Work:
    """The work that `conf/benchmark/month.yaml` describes."""
    y: dict[str, Any] = read_yaml(conf_folder() / "benchmark" / "month.yaml")
    age_need = np.asarray(y["base"])[:, None, :] * products(y["need_use"])[None, :, :]
    on = np.broadcast_to(np.asarray(y["need_on"]), (y["ccos"], 5, NEEDS))
    off = np.asarray(y["cco_off"])[:, None, None] * np.asarray(y["need_off"])
    return Work(
        age_cuts=np.asarray(y["age_cut_months"], dtype=np.int16),
        age_share=np.asarray(y["age_share"]),
        prevalence_start=np.asarray(y["prevalence_start"]),
        need_flip=np.ascontiguousarray(np.stack([on, np.broadcast_to(off, on.shape)], axis=2)),
        condition_flip=condition_flips(y),
        use_base=age_need,
        use_present=products(y["cond"]),
        use_uncontrolled=products(y["unc"]),
        price_cents=np.asarray(y["price_usd"]) * CENTS,
        sigma=np.asarray(y["sigma"]),
        death=np.asarray(y["death"]),
        death_present=products(y["death_condition"]),
        disenroll=np.asarray(y["disenroll"]),
        reenroll=y["reenroll"],
        birth=y["birth"],
        provider_start=np.asarray(y["provider_start"]),
        provider_count=np.asarray(y["provider_count"]),
        providers=y["providers"],
        ccos=y["ccos"],
        check={name: (low, high) for name, (low, high) in y["check"].items()},
    )


def condition_flips(y: dict[str, Any]) -> Floats:
    """Chance that a condition moves on, by age, needs and its state."""
    how_many = np.array([mask.bit_count() for mask in range(2**NEEDS)])[:, None]
    onset = np.asarray(y["onset"])[:, None, :] * products(y["onset_need"])[None, :, None]
    gain = np.broadcast_to(np.asarray(y["gain"]) * y["gain_need"] ** how_many, onset.shape)
    loss = np.broadcast_to(np.asarray(y["loss"]) * y["loss_need"] ** how_many, onset.shape)
    return np.ascontiguousarray(np.stack([onset, gain, loss], axis=2))


@dataclass(frozen=True)
class Start:
    """Who there is before the first month; both versions start with the same people."""

    age_months: NDArray[np.int16]
    cco: NDArray[np.int8]
    needs: NDArray[np.int8]
    present: NDArray[np.int8]
    controlled: NDArray[np.int8]


def the_start(members: int, seed: int) -> Start:
    """Everybody enrolled; needs in equilibrium; conditions by prevalence, half of them under control."""
    work, rng = the_work(), np.random.default_rng(seed)
    band = rng.choice(len(work.age_share), size=members, p=work.age_share)
    edges = np.concatenate([[0], work.age_cuts, [OLDEST_MONTHS]])
    age = edges[band] + rng.random(members) * np.diff(edges)[band]
    cco = rng.integers(work.ccos, size=members, dtype=np.int8)
    on, off = work.need_flip[:, :, 0], work.need_flip[:, :, 1]
    needs = coin_flips(rng, (on / (on + off))[cco, band])
    present = coin_flips(rng, work.prevalence_start[band])
    controlled = present & coin_flips(rng, np.full((members, CONDITIONS), CONTROLLED_AT_START))
    return Start(age.astype(np.int16), cco, needs, present, controlled)


def coin_flips(rng: np.random.Generator, chance: Floats) -> NDArray[np.int8]:
    """Bit masks: bit k of row j is set with probability `chance[j, k]`."""
    bits = (rng.random(chance.shape) < chance) << np.arange(chance.shape[1])
    return np.asarray(bits.sum(axis=1), np.int8)


@dataclass
class Outcome:
    """What happened in all months together."""

    member_months: int
    visits: NDArray[np.int64]
    cents: NDArray[np.int64]  # cco, service
    provider_cents: NDArray[np.int64]

    @classmethod
    def zero(cls, work: Work) -> "Outcome":
        """Nothing yet."""
        services = len(SERVICES)
        return cls(
            0,
            np.zeros(services, np.int64),
            np.zeros((work.ccos, services), np.int64),
            np.zeros(work.providers, np.int64),
        )

    def summary(self) -> dict[str, float]:
        """The figures of `check`: visits per 1,000 member-months, and USD PMPM."""
        per_thousand = 1000.0 * self.visits / self.member_months
        return dict(zip(SERVICES, per_thousand.tolist(), strict=True)) | {
            "pmpm_usd": float(self.cents.sum()) / CENTS / self.member_months
        }
