"""The draws of upstream packages: each depends on (seed, member, package name, month, decision) alone.

The package's *name* enters the seed: a package has the same draws in every portfolio, and no two packages share draws.
"""

import hashlib
from functools import cache

from sim.engine.arrays import Flags, Floats, Keys
from sim.engine.decisions import decision
from sim.engine.draws import uniforms

# Drawn once for a member and a package, or for a member (month 0): the answer stays the same in all months.
ASKED = decision("package: asked", 2048)
ENGAGED = decision("package: engaged", 2049)
WANTS_HELP = decision("member: wants help", 2050)
EQUITY = decision("package: an equity target puts the member first", 2055)
RANDOMIZED = decision("package: in the treatment group of a trial", 2051)
# Drawn anew each month.
LOTTERY = decision("package: place in the lottery for slots", 2052)
LEAVING = decision("package: leaves", 2053)
RETURNING = decision("package: need returns after the slot is lost", 2054)
# Drawn once for an area or for a program.
ROUNDING = decision("package: slots rounded up or down", 2056)
PROGRAM = decision("package: how good the program is", 2060)
PROGRAM_IS_NULL = decision("package: program does nothing", 2061)
ONCE = 0
SALT_BYTES = 8


@cache
def salt_of(name: str) -> int:
    """Return the number that stands for a package in its draws."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:SALT_BYTES], "little")


def package_uniforms(seed: int, keys: Keys, name: str, month: int, decision: int) -> Floats:
    """Return one uniform number per key, for a package."""
    return uniforms(seed ^ salt_of(name), keys, month, decision)


def in_treatment(seed: int, keys: Keys, name: str, share: float) -> Flags:
    """Return which members are in the treatment group of a trial of a package; a draw of member and package alone."""
    return package_uniforms(seed, keys, name, ONCE, RANDOMIZED) < share
