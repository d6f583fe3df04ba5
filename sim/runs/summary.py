"""The tables of a study, made a few runs at a time: ten thousand runs take no more memory than ten."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, product
from pathlib import Path
from typing import Any

import numpy as np

from sim.analysis.uncertainty.design_error import error_ratio
from sim.engine.arrays import Flags, Floats, Frame
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.engine.designs import EXPLORING, point_weights
from sim.measures.amounts import AMOUNT_NAMES, DEATHS
from sim.measures.intervals import FEWEST_DRAWS, Estimates, mean_interval
from sim.measures.measures import BY_NAME
from sim.measures.result import FRAME_COLUMNS
from sim.measures.small_cells import hidden_cells
from sim.measures.strata import ALL, AREA
from sim.runs.design import Design
from sim.runs.plan import RUNS, Plan, Run
from sim.study.atomic import writing
from sim.study.shards import Outcome, Store

AT_ONCE = 200  # runs in one row group
MOST_BYTES = 100_000_000  # of values that the summary holds at one time
SPREAD = (2.5, 97.5)  # percentiles over the draws, between which lie 95% of them
ESTIMATED = ("estimate", "low", "high", "mcse", "replicates")
SUMMARY_COLUMNS = ("arm", "contrast", "measure", "stratum", "level", *ESTIMATED, "unit", "role")
PRIMARY, EXPLORATORY = "primary", "exploratory"


def runs(plan: Plan, store: Store, failed: Mapping[str, str]) -> Iterator[Any]:
    """Yield ``runs.parquet``: a row for each run, its id, digest, member-months, seconds, and why it failed if so."""
    import pyarrow as pa

    for some in _chunks(plan.runs):
        kept = {one.id: one for one in store.scan({run.id for run in some if run.id in store})}
        yield pa.table(
            {
                "arm": [run.arm for run in some],
                "draw": pa.array([run.draw for run in some], pa.int32()),
                "seed": pa.array([run.seed for run in some], pa.int64()),
                "id": [run.id for run in some],
                "status": ["done" if run.id in kept else "failed" for run in some],
                "reason": pa.array([failed.get(run.id, "") for run in some], pa.string()),
                "digest": pa.array([_of(kept, run, "digest") for run in some], pa.string()),
                "member_months": pa.array([_of(kept, run, "member_months") for run in some], pa.int64()),
                "seconds": pa.array([_of(kept, run, "seconds") for run in some], pa.float64()),
            }
        )


def totals(plan: Plan, store: Store) -> Iterator[Any]:
    """Yield ``totals.parquet``: ``arm, seed, draw, level, stratum, measure, value`` of every finished run."""
    words = _Words(plan, store, hidden(plan, store))
    return (words.table([words.totals(run, kept) for run, kept in chunk]) for chunk in _finished(plan, store))


def months(plan: Plan, store: Store) -> Iterator[Any]:
    """Yield ``results.parquet``: the same month by month."""
    words = _Words(plan, store, hidden(plan, store))
    for chunk in _finished(plan, store):
        yield words.table([part for run, kept in chunk for part in words.months(run, kept)])


def hidden(plan: Plan, store: Store) -> Flags | None:
    """Return which cells ``[row, measure]`` no table shows, as they are of 1 to 10 people; None if all are shown."""
    first = _first(plan, store) if plan.guarded else None
    if first is None:
        return None
    strata = [place for place, (stratum, _) in enumerate(first.rows) if stratum not in (ALL, AREA)]

    def tables() -> Iterator[tuple[Floats, int]]:
        for run in {run.id: run for run in plan.runs if run.id in store}.values():
            kept, whole_run = next(store.get([run.id])), store.result(run.id) if plan.keep == RUNS else None
            months = whole_run.months if whole_run else plan.cells[run.arm, plan.design.point(run.draw).key].months
            yield kept.totals, months
            by_year = whole_run.by_year() if whole_run else kept.yearly
            for year, values in enumerate(() if by_year is None else by_year):
                whole = np.full_like(kept.totals, np.nan)
                whole[strata] = values
                yield whole, min(MONTHS_PER_YEAR, months - MONTHS_PER_YEAR * year)

    return hidden_cells(first.rows, first.measures, tables())


def years(plan: Plan, store: Store) -> Iterator[Any]:
    """Yield ``years.parquet``: dollars, life years and QALYs of the whole state by year."""
    import pyarrow as pa

    left_out = [AMOUNT_NAMES.index(DEATHS)] if plan.guarded else []  # of a year they are few
    for chunk in _finished(plan, store):
        parts = [(run, kept.amounts) for run, kept in chunk if kept.amounts is not None]
        sizes = [values.size for _, values in parts]
        year, amount = (
            np.concatenate([np.indices(values.shape)[axis].ravel() for _, values in parts]) for axis in (0, 1)
        )
        arms = np.repeat([plan.arms.index(run.arm) for run, _ in parts], sizes).astype(np.int16)
        kept_rows = ~np.isin(amount, left_out)
        words = pa.array(list(AMOUNT_NAMES))
        yield pa.table(
            {
                "arm": pa.DictionaryArray.from_arrays(pa.array(arms), pa.array(list(plan.arms))),
                "seed": np.repeat(np.array([run.seed for run, _ in parts], np.int64), sizes),
                "draw": np.repeat(np.array([run.draw for run, _ in parts], np.int32), sizes),
                "year": year.astype(np.int32),
                "amount": pa.DictionaryArray.from_arrays(pa.array(amount.astype(np.int16)), words),
                "value": np.concatenate([values.ravel() for _, values in parts]),
            }
        ).filter(pa.array(kept_rows))


def frame_of(tables: Iterable[Any]) -> Frame:
    """Return tables of one schema as one data frame."""
    import pyarrow as pa

    return pa.concat_tables(list(tables)).to_pandas()


def write(path: Path, tables: Iterable[Any]) -> None:
    """Write tables of one schema as the row groups of a Parquet file, which is there whole or not at all."""
    import pyarrow.parquet as pq

    parts = iter(tables)
    first = next(parts, None)
    if first is None:
        return
    with writing(path) as file, pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
        for table in chain([first], parts):
            writer.write_table(table)


def summary(plan: Plan, store: Store) -> Frame:
    """Return ``summary.csv``: means and paired differences, for each point of the levers.

    With one draw, ``low`` and ``high`` are the 95% interval of the mean over the seeds. With several, each draw counts
    once, by the mean over its seeds; ``low`` and ``high`` are the percentiles between which 95% of the draws lie (empty
    with fewer than 20, of which the ends say nothing), and ``mcse`` is the error of the mean. Points of a Morris or
    grid design are no draws: they have means, and neither range nor error. ``point`` names the settings of the levers;
    it is empty without levers. With levers only the whole population is given (``totals.parquet`` holds the rest).
    ``role``: ``primary`` for the outcomes that the study named before it was run, for the whole population; everything
    else is ``exploratory``.
    """
    import pandas as pd

    frame = _by_point(plan, store, partial(_of_arms, plan))
    if frame is None:
        return pd.DataFrame(columns=[*SUMMARY_COLUMNS, "point"])
    order = {arm: i for i, arm in enumerate(plan.arms)}
    frame = frame.assign(_own=frame["contrast"] != "", _arm=frame["arm"].map(order))
    points = pd.unique(frame["point"])
    frame["_point"] = frame["point"].map({text: i for i, text in enumerate(points)})
    frame = frame.sort_values(["_point", "_own", "_arm"], kind="stable", ignore_index=True)
    return frame[[*SUMMARY_COLUMNS, "point"]]


def of_state(plan: Plan, store: Store, values: Mapping[str, Floats], months: int = 0) -> Frame:
    """Return the rows of ``summary`` for the state, of values by arm ``[draw, seed, 1, measure]`` over these months."""
    import pandas as pd

    first, gone = _first(plan, store), hidden(plan, store)
    assert first is not None
    if gone is not None:
        parts = ((part, months) for own in values.values() for part in own.reshape(-1, *own.shape[2:]))
        none = gone[:1] | hidden_cells(first.rows[:1], first.measures, parts)
        values = {arm: np.where(none, np.nan, own) for arm, own in values.items()}
    frame = pd.concat(_of_arms(plan, values, first, slice(0, 1)), ignore_index=True)
    return frame.sort_values("contrast", key=lambda names: names != "", kind="stable", ignore_index=True)


def contrasts(plan: Plan, store: Store, sums: Mapping[str, Mapping[str, float]]) -> Frame:
    """Return ``contrasts.csv``: sums of arms, paired by seed and draw, as ``summary`` has differences.

    Parameters
    ----------
    sums
        From the name of a contrast to the weight of each arm.
    """
    import pandas as pd

    def of_sums(values: dict[str, Floats], first: Outcome, rows: slice) -> Iterator[Frame]:
        for name, weights in sums.items():
            found = np.sum([weight * values[arm] for arm, weight in weights.items()], axis=0)
            yield _frame(plan, name, in_words(weights), estimates(found, plan.design), first, rows)

    frame = _by_point(plan, store, of_sums) if sums else None
    columns = ["contrast", "sum", *SUMMARY_COLUMNS[2:], "point"]
    if frame is None:
        return pd.DataFrame(columns=columns)
    return frame.rename(columns={"contrast": "sum", "arm": "contrast"})[columns]


def in_words(weights: Mapping[str, float]) -> str:
    """Return a sum of arms as it is written in an experiment."""
    terms = [f"{'-' if w < 0 else '+'} {'' if abs(w) == 1 else f'{abs(w):g} * '}{arm}" for arm, w in weights.items()]
    return " ".join(terms).removeprefix("+ ")


def _by_point(
    plan: Plan, store: Store, frames: Callable[[dict[str, Floats], Outcome, slice], Iterable[Frame]]
) -> Frame | None:
    """Return tables of every point of the levers, made of a few rows of the totals at a time; None without runs."""
    import pandas as pd

    first = _first(plan, store)
    if first is None:
        return None
    n, gone = len(plan.design.places), hidden(plan, store)
    each = n * len(plan.seeds) * len(plan.arms) * len(first.measures) * 8
    block = max(1, MOST_BYTES // each)
    height = len(first.rows) if len(plan.design.points) == 1 else 1  # the first row is the whole population
    parts = []
    for point, settings in enumerate(plan.design.points):
        for start in range(0, height, block):
            rows = slice(start, min(start + block, height))
            values = _values(plan, store, range(point * n, (point + 1) * n), rows, first)
            if gone is not None:
                values = {arm: np.where(gone[rows], np.nan, own) for arm, own in values.items()}
            parts += [frame.assign(point=settings.in_words) for frame in frames(values, first, rows)]
    return pd.concat(parts, ignore_index=True)


def _of_arms(plan: Plan, values: Mapping[str, Floats], first: Outcome, rows: slice) -> Iterator[Frame]:
    for arm in plan.arms:
        yield _frame(plan, arm, "", estimates(values[arm], plan.design), first, rows)
    for arm in plan.arms:
        if arm != plan.baseline:
            yield _frame(
                plan, arm, plan.baseline, estimates(values[arm] - values[plan.baseline], plan.design), first, rows
            )


def estimates(values: Floats, design: Design | None = None) -> Estimates:
    """Return the mean of ``[draw, seed, ...]``: over the seeds of one draw, or over draws with their spread.

    The Monte Carlo error is of draws and of seeds: all draws share their seeds, so that more draws average no luck out.
    Without a design the draws are independent.
    """
    if len(values) == 1:
        return mean_interval(values[0])
    each = _mean_of_seeds(values)
    mean = mean_interval(each)
    nothing = np.full(mean.estimate.shape, np.nan)
    low, high = nothing.copy(), nothing.copy()
    if design is not None and design.kind in EXPLORING:
        return Estimates(
            _weighted(each, point_weights(design.kind, design.places)), low, high, nothing, mean.replicates
        )
    known = mean.replicates >= FEWEST_DRAWS
    if known.any():
        low[known], high[known] = np.nanpercentile(each[:, known], SPREAD, axis=0)
    ratio = np.ones(mean.estimate.shape) if design is None else error_ratio(design.kind, design.places, each)
    return Estimates(mean.estimate, low, high, _crossed_error(values, mean.mcse, ratio), mean.replicates)


def _weighted(each: Floats, weight: Floats) -> Floats:
    """Means over points that count unequally, of those that have a value."""
    share = np.where(np.isnan(each), 0.0, weight.reshape(-1, *[1] * (each.ndim - 1)))
    whole = share.sum(axis=0)
    found = np.full(whole.shape, np.nan)
    np.divide((np.nan_to_num(each) * share).sum(axis=0), whole, out=found, where=whole > 0)
    return found


def _crossed_error(values: Floats, of_draws: Floats, ratio: Floats) -> Floats:
    """The Monte Carlo error of a mean of ``[draw, seed, ...]``, as ``sim.analysis.uncertainty`` has it for one value.

    That of the draws alone where luck cannot be told: with one seed, or where some run has no value. ``ratio``: the
    variance of the mean over the draws, against that of as many random ones.
    """
    draws, seeds = values.shape[:2]
    if seeds < 2:
        return np.asarray(of_draws * np.sqrt(ratio))
    by_draw, by_seed = values.mean(axis=1), values.mean(axis=0)
    usual = by_seed - by_seed.mean(axis=0)
    rest = sum(((one - mean - usual) ** 2).sum(axis=0) for one, mean in zip(values, by_draw, strict=True))
    residual = rest / ((draws - 1) * (seeds - 1))
    own = np.maximum(by_draw.var(axis=0, ddof=1) * ratio, residual / seeds)
    shared = np.maximum(by_seed.var(axis=0, ddof=1) - residual / draws, 0.0)
    error = np.sqrt(own / draws + shared / seeds)
    return np.asarray(np.where(np.isnan(error), of_draws, error))


def _mean_of_seeds(values: Floats) -> Floats:
    defined = ~np.isnan(values)
    n = defined.sum(axis=1)
    mean = np.full(n.shape, np.nan)
    np.divide(np.where(defined, values, 0.0).sum(axis=1), n, out=mean, where=n > 0)
    return mean


def _frame(plan: Plan, arm: str, contrast: str, found: Estimates, first: Outcome, rows: slice) -> Frame:
    import pandas as pd

    row, measure = np.nonzero(found.replicates > 0)
    places = first.rows[rows]
    return pd.DataFrame(
        {
            "arm": arm,
            "contrast": contrast,
            "measure": [first.measures[m] for m in measure],
            "stratum": [places[r][0] for r in row],
            "level": [places[r][1] for r in row],
            **{name: getattr(found, name)[row, measure] for name in ESTIMATED},
            "unit": [BY_NAME[first.measures[m]].unit for m in measure],
            "role": [_role(plan, first.measures[m], places[r][0]) for r, m in zip(row, measure, strict=True)],
        }
    )


def _role(plan: Plan, measure: str, stratum: str) -> str:
    return PRIMARY if stratum == ALL and measure in plan.primary else EXPLORATORY


def _values(plan: Plan, store: Store, draws: range, rows: slice, first: Outcome) -> dict[str, Floats]:
    """Totals by arm, ``[draw, seed, row, measure]``; NaN where a run failed."""
    shape = (len(draws), len(plan.seeds), len(first.rows[rows]), len(first.measures))
    values = {arm: np.full(shape, np.nan) for arm in plan.arms}
    places: dict[str, list[tuple[str, int, int]]] = {}
    for arm, (d, draw), (s, seed) in product(plan.arms, enumerate(draws), enumerate(plan.seeds)):
        places.setdefault(plan.run(arm, draw, seed).id, []).append((arm, d, s))
    for kept in store.scan(run_id for run_id in places if run_id in store):
        for arm, d, s in places[kept.id]:
            values[arm][d, s] = kept.totals[rows]
    return values


class _Words:
    """Turns runs into tidy columns; words are codes into lists that all row groups share."""

    def __init__(self, plan: Plan, store: Store, gone: Flags | None = None) -> None:
        first, self.gone = _first(plan, store), gone
        places = first.rows if first else ()
        self._first = first
        self.arms = list(plan.arms)
        self.levels = list(dict.fromkeys(level for _, level in places))
        self.strata = list(dict.fromkeys(stratum for stratum, _ in places))
        self.measures = list(first.measures) if first else []

    def totals(self, run: Run, kept: Outcome) -> dict[str, Any]:
        shown = ~np.isnan(kept.totals) if self.gone is None else ~np.isnan(kept.totals) & ~self.gone
        place, measure = np.nonzero(shown)
        return self._columns(run, kept.rows, place, measure, kept.totals[place, measure])

    def months(self, run: Run, kept: Outcome) -> Iterator[dict[str, Any]]:
        """The state and areas by month, the strata by year under the year's first month, as ``RunResult.frame``."""
        monthly = tuple(row for row in kept.rows if row[0] in (ALL, AREA))
        yearly = tuple(row for row in kept.rows if row[0] not in (ALL, AREA))
        whole = kept.result
        by_month, by_year = (kept.monthly, kept.yearly) if whole is None else (whole.monthly(), whole.by_year())
        for values, places, step in ((by_month, monthly, 1), (by_year, yearly, MONTHS_PER_YEAR)):
            assert values is not None
            if self.gone is not None:
                values = self._guarded(kept, values, places, step)
            month, place, measure = np.nonzero(~np.isnan(values))
            columns = self._columns(run, places, place, measure, values[month, place, measure])
            yield columns | {"month": (month * step).astype(np.int32)}

    def _guarded(self, kept: Outcome, values: Floats, places: Any, months: int) -> Floats:
        """Values by month or year without what is hidden; areas, which have small numbers every month, have none."""
        assert self.gone is not None
        gone = self.gone[[kept.rows.index(place) for place in places]]
        if places[0][0] == ALL:
            each = hidden_cells(places[:1], kept.measures, ((month[:1], months) for month in values))
            gone = np.concatenate([gone[:1] | each, np.ones_like(gone[1:])])
        return np.where(gone, np.nan, values)

    def table(self, parts: Sequence[dict[str, Any]]) -> Any:
        import pyarrow as pa

        names = [name for name in FRAME_COLUMNS if name in parts[0]]
        joined = {name: np.concatenate([part[name] for part in parts]) for name in names}
        words = {"arm": self.arms, "level": self.levels, "stratum": self.strata, "measure": self.measures}
        return pa.table(
            {
                name: pa.DictionaryArray.from_arrays(pa.array(joined[name]), pa.array(words[name]))
                if name in words
                else pa.array(joined[name])
                for name in names
            }
        )

    def _columns(self, run: Run, rows: Any, place: Any, measure: Any, values: Floats) -> dict[str, Any]:
        n = len(values)
        return {
            "arm": np.full(n, self.arms.index(run.arm), np.int16),
            "seed": np.full(n, run.seed, np.int64),
            "draw": np.full(n, run.draw, np.int32),
            "level": np.array([self.levels.index(level) for _, level in rows], np.int16)[place],
            "stratum": np.array([self.strata.index(stratum) for stratum, _ in rows], np.int16)[place],
            "measure": measure.astype(np.int16),
            "value": values,
        }


def _first(plan: Plan, store: Store) -> Outcome | None:
    return next(store.get(run.id for run in plan.runs if run.id in store), None)


def _finished(plan: Plan, store: Store) -> Iterator[list[tuple[Run, Outcome]]]:
    for runs in _chunks([run for run in plan.runs if run.id in store]):
        yield list(zip(runs, store.get(run.id for run in runs), strict=True))


def _chunks(runs: Sequence[Run]) -> Iterator[Sequence[Run]]:
    for start in range(0, len(runs), AT_ONCE):
        yield runs[start : start + AT_ONCE]


def _of(kept: dict[str, Outcome], run: Run, name: str) -> Any:
    return getattr(kept[run.id], name) if run.id in kept else None
