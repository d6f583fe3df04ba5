"""Figures of ways to pay, of two arms of a study: V1 to V4 and V6."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from experiments.validation.targets import Target, Verdict, over_seeds
from sim.engine.arrays import Floats
from sim.measures.participation import QUARTER, Lists, by_first_list, lists_of, naive
from sim.measures.result import RunResult
from sim.scenario import ScenarioError
from sim.study import Study

FIVE_GROUPS = ("pmpm_primary", "pmpm_specialist", "pmpm_outpatient", "pmpm_ancillary", "pmpm_inpatient")
PREVENTIVE = ("adolescent_well_care", "developmental_screening", "depression_screening", "substance_use_screening")
SCHEDULED = [f"{kind}_visits_per_1000_mm" for kind in ("primary_care", "specialist", "behavioral", "dental")]
PERCENT = 100

Values = Callable[..., NDArray[np.float64]]


def judged(target: Target, study: Study, seeds: Sequence[int]) -> Verdict:
    """Return the model's figure for a target, paired by seed, with its interval."""

    def values(arm: str, measure: str, stratum: str = "all", level: str = "all") -> Floats:
        return np.array([study.run(arm, seed).value(measure, stratum, level) for seed in seeds], dtype=np.float64)

    if target.figure in OF_RUNS:
        arms = (target.arm, target.against)
        return over_seeds(target, [OF_RUNS[target.figure](*(study.run(arm, seed) for arm in arms)) for seed in seeds])
    return over_seeds(target, figure(target, values))


def figure(target: Target, values: Values) -> Floats:
    """Return the figure of each seed: a difference in a measure, or one of the named figures below."""
    arms = (target.arm, target.against)
    if target.figure in FIGURES:
        return FIGURES[target.figure](values, *arms)
    one, other = (values(arm, target.figure) for arm in arms)
    return np.asarray(one - other)


def five_groups(values: Values, arm: str, against: str) -> Floats:
    """Change of spending on visits, procedures, outpatient care, tests and inpatient care, in percent."""
    one, other = (np.sum([values(name, measure) for measure in FIVE_GROUPS], axis=0) for name in (arm, against))
    return np.asarray(PERCENT * (one - other) / other)


def inpatient_part(values: Values, arm: str, against: str) -> Floats:
    """Part of that change that is inpatient care, in percent: of the mean over seeds, a ratio of two differences."""
    changes = [values(arm, measure) - values(against, measure) for measure in FIVE_GROUPS]
    return np.asarray(PERCENT * changes[-1] / np.sum(changes, axis=0).mean())


def relative_gap(values: Values, arm: str, against: str) -> Floats:
    """Change, in percent, of Black members' scheduled visits against Hispanic members': the groups of the study."""

    def ratio(name: str) -> Floats:
        black, other = (sum(values(name, one, "race", race) for one in SCHEDULED) for race in ("black", "hispanic"))
        return np.asarray(black / other)

    return np.asarray(PERCENT * (ratio(arm) / ratio(against) - 1))


def points_of(measure: str) -> Callable[[Values, str, str], Floats]:
    """Return the figure of a share's change in percentage points."""
    return lambda values, arm, against: np.asarray(PERCENT * (values(arm, measure) - values(against, measure)))


def percent_of(measure: str) -> Callable[[Values, str, str], Floats]:
    """Return the figure of a measure's change in percent."""
    return lambda values, arm, against: np.asarray(PERCENT * (values(arm, measure) / values(against, measure) - 1))


def percent_preventive(values: Values, arm: str, against: str) -> Floats:
    """Mean change, in percent, of some preventive measures, as given."""
    changes = [percent_of(f"quality_{name}_given")(values, arm, against) for name in PREVENTIVE]
    return np.asarray(np.mean(changes, axis=0))


def percent_after_hours(run: RunResult, against: RunResult) -> float:
    """Change of after-hours care in the last month, in percent: mean of areas."""
    now, before = (one.places["practices.after_hours"][-1].mean() for one in (run, against))
    return float(PERCENT * (now / before - 1))


def naive_less_true(run: RunResult, against: RunResult) -> float:
    """What a contract seems to save by the list of each month, less what it saves, USD per member and quarter."""
    return naive(_lists(run)) - _true(run, against)


def first_less_true(run: RunResult, against: RunResult) -> float:
    """The same by the list of the start."""
    return by_first_list(_lists(run)) - _true(run, against)


def _true(run: RunResult, against: RunResult) -> float:
    return float(QUARTER * (run.value("pmpm_medical") - against.value("pmpm_medical")))


def _lists(run: RunResult) -> Lists:
    lists = lists_of(run)
    if lists is None:
        raise ScenarioError([f"arm {run.arm}: no clinic takes part, or the run has no month before the contract"])
    return lists


FIGURES = {
    "five_groups": five_groups,
    "inpatient_part": inpatient_part,
    "relative_gap": relative_gap,
    "points_adolescent": points_of("quality_adolescent_well_care"),
    "points_well_child": points_of("quality_well_child"),
    "percent_emergency": percent_of("ed_visits_per_1000_mm"),
    "percent_primary": percent_of("primary_care_visits_per_1000_mm"),
    "percent_preventive": percent_preventive,
}
OF_RUNS = {
    "percent_after_hours": percent_after_hours,
    "naive_less_true": naive_less_true,
    "first_less_true": first_less_true,
}
