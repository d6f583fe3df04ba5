"""Fingerprints of a run: the digest of what was recorded, and one of the members as they stand at the end.

Run as a program it prints both for small worlds, for tests of fresh processes: as they are, and with bugs on purpose.
"""

import hashlib
from collections.abc import Callable

import numpy as np

from sim.model import HealthSystem
from tests.support.worlds import EVERYTHING, TINY, by_key, system


def members_digest(model: HealthSystem) -> str:
    """SHA-256 of every column of the living, sorted by key, and of what quality measures have counted."""
    whole = hashlib.sha256()
    table = by_key(model)
    for name in table.dtype.names or ():
        whole.update(np.ascontiguousarray(table[name]).tobytes())
    for counted in model.quality.snapshot().values():  # the warm-up has a December
        whole.update(np.ascontiguousarray(counted).tobytes())
    return whole.hexdigest()


def fingerprint(model: HealthSystem) -> tuple[str, str]:
    """Live the rest of the months; what was recorded, and who is there."""
    digest = model.run().digest
    model.close()
    return digest, members_digest(model)


def plant_hash_of_a_name(model: HealthSystem) -> None:
    """Luck that depends on how Python hashes a name in this process."""
    model.seed += hash("groceries") % 1000


def plant_rounding_of_the_interpreter(model: HealthSystem) -> None:
    """A number that the compiler computes a little differently."""
    from sim.engine.compile import JIT

    if not JIT:
        model.params["care_log_base"][0] += 0.01


PLANTED: dict[str, Callable[[HealthSystem], None]] = {
    "hash": plant_hash_of_a_name,
    "rounding": plant_rounding_of_the_interpreter,
}

MONTHS = 4  # with a review by boards in the first and in the last
"""Of some 200 members under everything at once; a planted bug shows in the first month."""


def small_world(months: int) -> HealthSystem:
    return system(*EVERYTHING, seed=7, size=(*TINY, "warm_up=1", f"months={months}"))


if __name__ == "__main__":
    usual = small_world(MONTHS)
    print("usual", len(by_key(usual)), *fingerprint(usual))
    for name, plant in PLANTED.items():
        model = small_world(1)
        plant(model)
        print(name, len(by_key(model)), *fingerprint(model))
