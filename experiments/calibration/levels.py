"""The levels of the baseline world: what the model gives beside the twenty calibration targets (conf/targets).

``python -m experiments.calibration.levels`` prints the table over four seeds that nobody chose.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from experiments.calibration.observed import Observed, Table, bit, by_age, count, share_of_top, use_by_age
from experiments.calibration.over_seeds import figures, table
from experiments.calibration.super_users import covered, super_users
from experiments.calibration.targets import read_targets
from sim import schema

SEEDS = range(4)
RUN = ("months=72", "population.sample=0.02", "population.minimum_per_cco=600")
Chosen = Callable[[Table], Table]
PRIMARY_CARE = "primary_care_visits_per_1000_mm"


def levels(seen: Observed) -> dict[str, float]:
    """Every target's value in the model, by its name in ``conf/targets/calibration.csv``."""
    w = seen.result.weights
    year = np.concatenate([y[covered(y)] for y in seen.years])
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
    again = super_users(seen)
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
        "no_usual_clinic": 100 * mean(year["attached"] == 0, age < schema.SIXTY_FIVE_YEARS),
        "primary_black": np.divide(value(PRIMARY_CARE, "race", "black"), value(PRIMARY_CARE, "race", "white")),
        "super_users_after_1_year": again["super_users_after_1_year"],
        "super_users_after_2_years": again["super_users_after_2_years"],
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


def main() -> None:
    """Print the targets beside what six years of the baseline world give, as a Markdown table."""
    from sim.scenario import Scenario

    found = figures(Scenario.compose(list(RUN)), levels, SEEDS)
    print("\n".join(table(read_targets(), found, SEEDS)))


if __name__ == "__main__":
    main()
