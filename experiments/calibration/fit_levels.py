"""Fit the levels of the baseline world and write ``conf/parameters/levels.yaml``.

``python -m experiments.calibration.fit_levels`` does it.

Each round runs the baseline with several seeds, which are not those of the tables. Then it multiplies the base rate of
every age band and service by target over observed, and moves prices so that the service mix, the cost by age and the
total of 381 PMPM come out. Only calibration targets are read (conf/targets/use_by_age.csv, service_mix.csv,
calibration.csv); validation targets never are.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from experiments.calibration.observed import Observed, by_age, count, observe, use_of
from experiments.calibration.targets import read_table, read_targets
from sim import schema
from sim.paths import conf_folder
from sim.scenario import Scenario

Table = NDArray[Any]
SEEDS = (10, 11, 12, 13)
SLOWEST, FASTEST = 0.2, 5.0


def main(argv: Sequence[str]) -> None:
    """Fit for as many rounds as the first word says; the rest are overrides of the scenario."""
    rounds, overrides = int(argv[0]) if argv else 4, list(argv[1:])
    for _ in range(rounds):
        scenario = Scenario.compose(["months=12", *overrides])
        seen = Mean([observe(scenario, seed) for seed in SEEDS])
        use, price, age_ratio = fit(scenario, seen)
        write(use, price, age_ratio)
        print(f"largest miss of use by age and service: {miss(seen):.1%}", flush=True)


class Mean:
    """What runs of several seeds have in common: counts by age, and spending by service, as means."""

    def __init__(self, seen: Sequence[Observed]) -> None:
        self.by_age = np.mean([by_age(one) for one in seen], axis=0)
        self.spent = np.mean([spent(one) for one in seen], axis=0)

    @property
    def use(self) -> Table:
        """Events per 1,000 member-months, by age band and service."""
        return use_of(self.by_age)


def spent(seen: Observed) -> Table:
    """Medicaid dollars of a run by service."""
    months = seen.result.spending[:, :, :, schema.MEDICAID].sum(axis=0)
    return np.asarray(seen.result.weights @ months / 100)


def goals() -> tuple[Table, Table]:
    """Events per 1,000 member-months (age band, service), and cost by age against 18-44."""
    rows = {row["measure"]: row for row in read_table(conf_folder() / "targets" / "use_by_age.csv")}
    table = np.array([[float(rows[s][band]) for s in schema.SERVICES] for band in schema.AGE_BANDS])
    return table, np.array([float(rows["cost_ratio"][band] or "nan") for band in schema.AGE_BANDS])


def miss(seen: Mean) -> float:
    """Largest relative distance from the goals of use."""
    return float(np.abs(seen.use / goals()[0] - 1).max())


def fit(scenario: Scenario, seen: Mean) -> tuple[Table, Table, Table]:
    """Return new base rates (age band, service), prices (service) and price ratios (age band, service)."""
    registry = scenario.registry
    goal, cost_goal = goals()
    base = registry.get("levels.use") * np.clip(goal / seen.use, SLOWEST, FASTEST)
    months = count(seen.by_age, "member_months")
    cost = count(seen.by_age, "medicaid_cents") / months / 100
    ratio = registry.get("levels.price_age_ratio")
    step = cost_goal / cost_goal[2] / (cost / cost[2])
    ratio = ratio * np.clip(np.nan_to_num(step, nan=1.0), 0.5, 2.0)[:, None]
    shares = {row["service"]: float(row["share"]) for row in read_table(conf_folder() / "targets" / "service_mix.csv")}
    pmpm = next(float(row["value"]) for row in read_targets() if row["target"] == "pmpm")
    service_goal = pmpm * np.array([shares[s] for s in schema.SERVICES])
    price = registry.get("levels.price") * np.clip(service_goal / (seen.spent / months.sum()), SLOWEST, FASTEST)
    return base, price, ratio


def write(use: Table, price: Table, age_ratio: Table) -> None:
    """Put the fitted numbers into the parameter file, leaving the rest of it as it is."""
    path = conf_folder() / "parameters" / "levels.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    entries = yaml.safe_load("\n".join(lines))
    entries["use"]["value"] = by_band(use, 3)
    entries["price"]["value"] = dict(zip(schema.SERVICES, rounded(price, 1), strict=True))
    entries["price_age_ratio"]["value"] = by_band(age_ratio, 4)
    body = yaml.safe_dump(entries, sort_keys=False, width=200, allow_unicode=True, default_flow_style=None)
    path.write_text("\n".join([*head, body]), encoding="utf-8")


def by_band(table: Table, digits: int) -> dict[str, dict[str, float]]:
    """Nested mapping of a table over age band and service."""
    return {
        band: dict(zip(schema.SERVICES, rounded(table[i], digits), strict=True))
        for i, band in enumerate(schema.AGE_BANDS)
    }


def rounded(values: Table, digits: int) -> list[float]:
    """Numbers that a reader can bear."""
    return [round(float(v), digits) for v in values]


if __name__ == "__main__":
    main(sys.argv[1:])
