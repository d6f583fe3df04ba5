"""How many eligible members a package reaches: asked, accepted, engaged. A slot is the last step.

A member's answers are traits, drawn once: asking every month does not wear down a refusal, so that reach stays as the
trials report it. Wanting help (``accepted``) is one trait of a member for all packages, as it is asked once, at a
screening. Whether a program finds a member, and whether the member then takes part, are traits of member and package.

    asked  u1 < asked        accepted  asked and u2 < accepted        engaged  accepted and u3 < engaged
"""

import numpy as np

from sim.engine.arrays import Ints, Keys
from sim.upstream.draws import ASKED, ENGAGED, ONCE, WANTS_HELP, package_uniforms
from sim.upstream.package import Package

EVERY_PACKAGE = ""
REACH = ("eligible", "asked", "accepted", "engaged")
IS_ELIGIBLE, IS_ASKED, ACCEPTS, ENGAGES = range(len(REACH))


def reached(package: Package, keys: Keys, seed: int, scale: float = 1.0, help_wanted: float = 1.0) -> Ints:
    """Return the last of ``REACH`` that each eligible member takes.

    ``scale`` multiplies the share that engages; ``help_wanted`` is the share that accepts by default.
    """
    reach = package.reach
    wanted = reach.accepted.value if reach.accepted else help_wanted
    asked = package_uniforms(seed, keys, package.name, ONCE, ASKED) < reach.asked.value
    accepted = asked & (package_uniforms(seed, keys, EVERY_PACKAGE, ONCE, WANTS_HELP) < wanted)
    takes_part = package_uniforms(seed, keys, package.name, ONCE, ENGAGED) < reach.engaged.value * scale
    return asked.astype(np.int64) + accepted + (accepted & takes_part)
