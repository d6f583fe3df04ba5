"""Does each perverse effect appear in its experiment, and vanish when its cause is switched off?

Each case names the experiment in `conf/experiment/perverse/`, the measure, and two paired differences: arm less
reference with the cause on, and with it off. `seen` is what the first must satisfy, `gone` the second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import pytest

from sim.compare import Comparison, compare
from sim.paths import conf_folder
from sim.scenario import Scenario
from sim.scenario.overrides import options

Judge = Callable[[float], bool]


def exactly_none(difference):
    return difference == 0


def at_least(least):
    return lambda difference: difference >= least


def at_most(most):
    return lambda difference: difference <= most


def between(low, high):
    return lambda difference: low <= difference <= high


@dataclass(frozen=True)
class Case:
    """One effect: experiment, measure, (arm, reference) with the cause on and off, and what each must be."""

    experiment: str
    measure: str
    on: tuple[str, str]
    seen: Judge
    off: tuple[str, str]
    gone: Judge = exactly_none
    relative: bool = False


CASES = (
    # 7: what clinicians save lowers rates, unless rates are not rebased
    Case(
        "premium_slide",
        "pmpm_capitation",
        ("saving_rebased", "idle_rebased"),
        at_most(-1),
        ("saving_kept", "idle_kept"),
    ),
    # 10: more than the claims would have cost, unless load and growth are low
    Case(
        "capitation_costs_more",
        "pmpm_total",
        ("loaded", "fee_for_service"),
        at_least(0.08),
        ("lean", "fee_for_service"),
        at_most(0.02),
        relative=True,
    ),
    # 15: clinicians change only if something is passed through
    Case("governance_capture", "pmpm_medical", ("shared", "passive"), at_most(-0.5), ("captured", "passive")),
)


@lru_cache(maxsize=len(CASES))
def lived(experiment: str) -> Comparison:
    return compare(Scenario.compose([f"experiment=perverse/{experiment}"]))


def difference(case: Case, arms: tuple[str, str]) -> float:
    """Mean paired difference between two arms, as a share of the reference if the case says so."""
    runs = lived(case.experiment)
    pairs = [[float(runs.results[arm, seed].value(case.measure)) for arm in arms] for seed in runs.seeds]
    gap = sum(one - other for one, other in pairs)
    return gap / sum(other for _, other in pairs) if case.relative else gap / len(pairs)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.experiment} {case.measure}")
def test_the_effect_appears_and_vanishes_with_its_cause(case):
    assert case.seen(difference(case, case.on))
    assert case.gone(difference(case, case.off))


def test_every_experiment_has_its_test():
    perverse = {name.removeprefix("perverse/") for name in options(conf_folder(), "experiment") if "/" in name}
    assert {case.experiment for case in CASES} == perverse
