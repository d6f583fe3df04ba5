"""A summary as people read it: each arm's mean and its paired difference from the baseline in one row."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from sim.engine.arrays import Frame
from sim.measures.intervals import Estimates
from sim.measures.measures import BY_NAME
from sim.measures.strata import ALL


def read_table(summary: Frame, baseline: str, measures: Iterable[str], stratum: str = ALL, level: str = ALL) -> Frame:
    """Put each arm's mean and its paired difference side by side.

    Parameters
    ----------
    summary
        As ``Comparison.summary`` or ``summary.csv`` give it.

    Returns
    -------
    DataFrame
        ``measure, label, unit, arm, value, value_low, value_high, difference, low, high, mcse, percent, replicates,
        replicates_needed``; ``percent`` is of the baseline, ``replicates_needed`` further seeds until the Monte Carlo
        error of the difference is at most 5% of it.
    """
    import pandas as pd

    here = summary[(summary["stratum"] == stratum) & (summary["level"] == level)]
    own = {(r.measure, r.arm): r for r in here[here["contrast"] == ""].itertuples()}
    paired = {(r.measure, r.arm): r for r in here[here["contrast"] == baseline].itertuples()}
    arms = list(dict.fromkeys(here["arm"]))
    rows = []
    for measure in measures:
        for arm in arms:
            if (measure, arm) in own:
                base, mean = own.get((measure, baseline)), own[measure, arm]
                rows.append(_table_row(measure, mean, base, paired.get((measure, arm))))
    columns = "measure label unit arm value value_low value_high difference low high mcse percent replicates"
    return pd.DataFrame(rows, columns=[*columns.split(), "replicates_needed"])


def _table_row(measure: str, mean: Any, base: Any, paired: Any) -> tuple[Any, ...]:
    known = (measure, BY_NAME[measure].label, mean.unit, mean.arm, mean.estimate, mean.low, mean.high)
    if paired is None:
        return (*known, *[np.nan] * 5, mean.replicates, np.nan)
    size = base.estimate if base is not None else 0.0
    percent = 100 * paired.estimate / size if size else np.nan
    one = Estimates(
        *(np.array([x]) for x in (paired.estimate, paired.low, paired.high, paired.mcse, paired.replicates))
    )
    needed = float(one.still_needed()[0])
    return (*known, paired.estimate, paired.low, paired.high, paired.mcse, percent, paired.replicates, needed)
