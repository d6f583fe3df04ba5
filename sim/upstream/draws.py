"""The draws of the upstream part: each depends on (seed, member, package name, month, decision) and on nothing else.

The package's *name* enters the seed, so that the same package has the same luck in every portfolio, and no two packages
share theirs.
"""

import hashlib
from functools import cache

from sim.engine.arrays import Floats, Keys
from sim.engine.draws import uniforms

# Drawn once for a member and a package, or for a member alone (month 0): answers do not change from month to month.
ASKED, ENGAGED, WANTS_HELP = 2048, 2049, 2050
# Drawn anew each month.
LOTTERY, LEAVING, RETURNING = 2052, 2053, 2054
# Drawn once for an area or for a program.
ROUNDING, PROGRAM, PROGRAM_IS_NULL = 2056, 2060, 2061
ONCE = 0
SALT_BYTES = 8


@cache
def salt_of(name: str) -> int:
    """Return the number that stands for a package in its draws."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:SALT_BYTES], "little")


def package_uniforms(seed: int, keys: Keys, name: str, month: int, decision: int) -> Floats:
    """Return one uniform number per key, for a package."""
    return uniforms(seed ^ salt_of(name), keys, month, decision)
