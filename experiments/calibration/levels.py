"""The levels of the baseline world: what the model gives beside the twenty calibration targets (conf/targets).

A run is watched through its years: besides the recorded cells, the counters of every member who was on cover all year
are read each December, so that person-level targets (shares of users, concentration, persistence) can be computed.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.paths import conf_folder

if TYPE_CHECKING:
    from sim.measures.result import RunResult
    from sim.scenario import Scenario

Table = NDArray[Any]
Chosen = Callable[[Table], Table]
YEAR_FIELDS = (
    "key",
    "area",
    "age_months",
    "status",
    "months_covered",
    "dual",
    "present",
    "diagnosed",
    "controlled",
    "ed_year",
    "stays_year",
    "primary_year",
    "behavioral_year",
    "dental_year",
    "spend_year",
    "given",
)
SUPER_USER_STAYS = 3
PRIMARY_CARE = "primary_care_visits_per_1000_mm"


@dataclass(frozen=True)
class Observed:
    """A run and its member-years: for each December, one row for every person alive."""

    result: RunResult
    years: tuple[Table, ...]
    cells: Table
    renewed: float
    returned: float


def observe(scenario: Scenario, seed: int = 0) -> Observed:
    """Run a scenario and keep each December's counters, renewals kept, and returns within six months."""
    from sim.model import HealthSystem

    model = HealthSystem(scenario, seed)
    years, kept, due = [], 0, 0
    cells: Table = np.zeros(0)
    left: dict[int, Table] = {}
    back, gone = 0, 0
    while model.month < scenario.months:
        before = np.array(model.members[["key", "status", "months_covered"]])
        month = model.month
        model.step()
        assert model.last is not None
        cells = model.last.cells if cells.size == 0 else cells + model.last.cells
        now = model.members
        same = now["key"][: len(before)] == before["key"]
        on = (before["status"] == schema.ENROLLED) & same
        up = on & (before["months_covered"] >= 12) & (before["months_covered"] % 12 == 0)
        due += int(up.sum())
        kept += int((now["status"][: len(before)][up] == schema.ENROLLED).sum())
        left[month] = before["key"][on & (now["status"][: len(before)] == schema.OFF_COVER)]
        if month - 6 in left:
            ids = left.pop(month - 6)
            gone += len(ids)
            back += int(np.isin(ids, now["key"][now["status"] == schema.ENROLLED]).sum())
        if month % 12 == 11:
            alive = np.isin(now["status"], schema.HERE)
            years.append(np.array(now[list(YEAR_FIELDS)])[alive])
    result = model.result()
    model.close()
    return Observed(result, tuple(years), cells, kept / max(due, 1), back / max(gone, 1))


def weighted_cells(seen: Observed) -> Table:
    """Counts of the whole run by stratum, in people of the state; shape (*STRATUM_SHAPE, count)."""
    state = np.tensordot(seen.result.weights, seen.cells.astype(float), axes=1)
    return np.asarray(state.reshape(*schema.STRATUM_SHAPE, len(schema.COUNTS)))


def by_age(seen: Observed) -> Table:
    """Counts by age band; shape (age band, count)."""
    return np.asarray(weighted_cells(seen).sum(axis=(0, 1, 2, 4)))


def count(cells: Table, name: str) -> Table:
    """One column of counts."""
    return np.asarray(cells[..., schema.COUNT_INDEX[name]])


def use_by_age(seen: Observed) -> Table:
    """Return events per 1,000 member-months, by age band and service."""
    cells = by_age(seen)
    months = count(cells, "member_months")
    visits = np.stack([count(cells, f"{service}_visits") for service in schema.SERVICES], axis=1)
    return np.asarray(1000.0 * visits / months[:, None])


def share_of_top(spend: Table, weight: Table, top: float) -> float:
    """Share of the spending of the ``top`` part of people who spend most."""
    order = np.argsort(-spend, kind="stable")
    people = np.cumsum(weight[order]) / weight.sum()
    money = np.cumsum((spend * weight)[order])
    return float(np.interp(top, people, money) / money[-1])


def bit(table: Table, name: str, condition: int) -> Table:
    """Whether each person has a condition's bit set in a mask column."""
    return np.asarray((table[name] >> condition) & 1 == 1)


def persistence(seen: Observed) -> tuple[float, float, float]:
    """Share of adults with three stays or more in a year; of them, those who have as many one and two years later."""
    first, second, third = (seen.years[i] for i in (0, 1, 2))
    adult = first["age_months"] >= schema.EIGHTEEN_YEARS
    users = first["key"][adult & (first["stays_year"] >= SUPER_USER_STAYS)]

    def again(year: Table) -> float:
        living = year[np.isin(year["key"], users)]
        return float((living["stays_year"] >= SUPER_USER_STAYS).mean()) if len(living) else np.nan

    return len(users) / max(int(adult.sum()), 1), again(second), again(third)


def levels(seen: Observed) -> dict[str, float]:
    """Every target's value in the model, by its name in ``conf/targets/calibration.csv``."""
    w = seen.result.weights
    year = np.concatenate([y[(y["status"] == schema.ENROLLED) & (y["months_covered"] >= 12)] for y in seen.years])
    weight = w[year["area"]]

    def mean(values: Table, of: Table | None = None) -> float:
        chosen = np.ones(len(year), bool) if of is None else of
        return float(np.average(values[chosen], weights=weight[chosen]))

    age = year["age_months"]
    adult = (age >= schema.EIGHTEEN_YEARS) & (age < schema.SIXTY_FIVE_YEARS)
    child = age < schema.EIGHTEEN_YEARS
    three = adult & (year["ed_year"] >= 3)
    smi = adult & bit(year, "diagnosed", schema.SERIOUS_MENTAL_ILLNESS)
    mild = adult & ~smi & bit(year, "diagnosed", schema.DEPRESSION)
    none = adult & ~smi & ~mild
    diabetes, pressure = (bit(year, "diagnosed", c) for c in (schema.DIABETES, schema.HYPERTENSION))
    cells = by_age(seen)
    months = count(cells, "member_months")
    use = use_by_age(seen)
    overall = (use * months[:, None]).sum(axis=0) / months.sum()
    cost = count(cells, "medicaid_cents") / months / 100
    mix = seen.result.spending[:12, :, :, schema.MEDICAID].sum(axis=0).T @ w
    readmit = [count(cells[2:], c).sum() for c in ("readmissions", "index_stays")]
    value = seen.result.value
    share, one_year, two_years = persistence(seen) if len(seen.years) >= 3 else (np.nan,) * 3
    first_year = seen.result.counts[:12].sum(axis=0)
    pmpm = (w @ first_year[:, schema.COUNT_INDEX["medicaid_cents"]]) / (
        w @ first_year[:, schema.COUNT_INDEX["member_months"]]
    )
    chronic = adult & (year["diagnosed"] & ~np.int32(1 << schema.ORAL_DISEASE) != 0)
    return {
        "ed_visits": value("ed_visits_per_1000_mm"),
        "ed_any_adults": 100 * mean(year["ed_year"] > 0, adult),
        "ed_three_or_more": 100 * mean(year["ed_year"] >= 3, adult),
        "ed_share_of_three_or_more": 100
        * float((year["ed_year"] * weight)[three].sum() / (year["ed_year"] * weight)[adult].sum()),
        "inpatient_stays": value("inpatient_stays_per_1000_mm"),
        "readmission_adults": 100 * readmit[0] / readmit[1],
        "office_visits": float(overall[:3].sum()),
        "primary_smi": 1000 / 12 * mean(year["primary_year"], smi),
        "primary_mild": 1000 / 12 * mean(year["primary_year"], mild),
        "primary_none": 1000 / 12 * mean(year["primary_year"], none),
        "behavioral_smi": 1000 / 12 * mean(year["behavioral_year"], smi),
        "behavioral_mild": 1000 / 12 * mean(year["behavioral_year"], mild),
        "dental_visits": float(overall[schema.DENTAL]),
        "dental_any_children": 100 * mean(year["dental_year"] > 0, child),
        "fills": float(overall[schema.PHARMACY]),
        "pmpm": float(pmpm) / 100,
        **{f"mix_{s}": 100 * float(mix[i] / mix.sum()) for i, s in enumerate(schema.SERVICES)},
        **{f"cost_ratio_{schema.AGE_BANDS[i]}": float(cost[i] / cost[2]) for i in (0, 1, 3)},
        "zero_cost": 100 * mean(year["spend_year"] == 0),
        "top_5_share": 100 * share_of_top(year["spend_year"].astype(float), weight, 0.05),
        "diabetes": 100 * mean(diabetes, adult),
        "hypertension": 100 * mean(pressure, adult),
        "any_chronic": 100 * mean(chronic, adult),
        "serious_mental_illness": 100 * mean(bit(year, "present", schema.SERIOUS_MENTAL_ILLNESS), adult),
        "opioid_use_disorder": 100 * mean(bit(year, "diagnosed", schema.OPIOID_USE), adult),
        "substance_use_disorder": 100 * mean(bit(year, "diagnosed", schema.SUBSTANCE_USE), adult),
        "blood_pressure_controlled": 100 * mean(bit(year, "controlled", schema.HYPERTENSION), pressure & ~child),
        "a1c_tested": 100 * mean(bit(year, "given", schema.HBA1C_TESTING), diabetes & ~child),
        "retained_at_renewal": 100 * seen.renewed,
        "returned_in_six_months": 100 * seen.returned,
        "death_55_64": 100 * _death_rate(seen),
        "smi_mortality_ratio": _smi_ratio(seen),
        "primary_black": np.divide(value(PRIMARY_CARE, "race", "black"), value(PRIMARY_CARE, "race", "white")),
        "super_users": 100 * share,
        "super_users_after_1_year": 100 * one_year,
        "super_users_after_2_years": 100 * two_years,
    }


def _died_within_a_year(seen: Observed, chosen: Chosen) -> tuple[float, float]:
    """Deaths and people at risk over all pairs of successive Decembers, of those chosen at the first one."""
    died, lived = 0.0, 0.0
    for first, second in zip(seen.years, seen.years[1:], strict=False):
        there = chosen(first)
        gone = ~np.isin(first["key"][there], second["key"])
        died += gone.sum()
        lived += there.sum()
    return died, lived


def _death_rate(seen: Observed) -> float:
    """Yearly chance of death of enrolled members of 55 to 64."""
    died, lived = _died_within_a_year(
        seen, lambda y: (y["status"] == schema.ENROLLED) & (y["age_months"] >= 660) & (y["age_months"] < 780)
    )
    return died / max(lived, 1)


def _smi_ratio(seen: Observed) -> float:
    """Death rate of adults with serious mental illness over that of adults of the same ages without it."""
    ratio = np.zeros(2)
    for band in range(216, 780, 60):

        def of(with_it: bool, start: int = band) -> Chosen:
            def chosen(y: Table) -> Table:
                there = (y["status"] == schema.ENROLLED) & (y["age_months"] >= start) & (y["age_months"] < start + 60)
                return np.asarray(there & (bit(y, "present", schema.SERIOUS_MENTAL_ILLNESS) == with_it))

            return chosen

        died, lived = _died_within_a_year(seen, of(True))
        others, among = _died_within_a_year(seen, of(False))
        ratio += (died, lived * others / max(among, 1))
    return float(ratio[0] / ratio[1]) if ratio[1] else np.nan


def read_targets(name: str = "calibration") -> list[Mapping[str, str]]:
    """Rows of a table in ``conf/targets``; lines that begin with # are comments."""
    return read_table(conf_folder() / "targets" / f"{name}.csv")


def read_table(path: Path) -> list[Mapping[str, str]]:
    """Rows of a CSV file with comment lines."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def main() -> None:
    """Print the targets beside what six years of the baseline world give, as a Markdown table."""
    from sim.scenario import Scenario

    found = levels(observe(Scenario.compose(["months=72"]), seed=0))
    print("| # | target | source | wanted | model | miss |\n|---|---|---|---|---|---|")
    for row in read_targets():
        wanted, model = float(row["value"]), found[row["target"]]
        miss = f"{model / wanted - 1:+.1%}"
        about = f"| {row['number']} | {row['label']}, {row['unit']} | {row['evidence']}"
        print(f"{about} | {wanted:g} | {model:.2f} | {miss} |")


if __name__ == "__main__":
    main()
