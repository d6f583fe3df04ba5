"""The tails of use and spending: what the model gives beside what is published (conf/targets/tails.csv).

``python -m experiments.calibration.tails`` prints the table over ten seeds. Rows that are fitted are read by
``fit_tails``; rows that are judged never are. Members are those on cover all year, adults those of 18 to 64. A figure
is computed as its source computed it: the size k of a negative binomial from the shares with no and with three visits,
a spread of spending from mean and median.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import brentq

from experiments.calibration.observed import Observed, Table, bit, share_of_top
from experiments.calibration.over_seeds import Figures, figures, table
from experiments.calibration.super_users import covered, super_users
from experiments.calibration.targets import read_targets
from sim import schema

SEEDS = range(10)
RUN = ("months=36", "population.sample=0.02")
SMALLEST_K, LARGEST_K = 0.01, 50.0
AGES = {"0_4": (0, 5), "5_17": (5, 18), "18_44": (18, 45), "45_64": (45, 65)}
OF_MIND = 1 << schema.SERIOUS_MENTAL_ILLNESS | 1 << schema.DEPRESSION
OF_SUBSTANCES = 1 << schema.SUBSTANCE_USE | 1 << schema.OPIOID_USE


def tails(seen: Observed) -> dict[str, float]:
    """Return every figure of the table, by its name there."""
    weights = seen.result.weights
    year = np.concatenate([y[covered(y)] for y in seen.years])
    weight = weights[year["area"]]
    return {
        **emergency(year, weight),
        **spending(year, weight),
        **tops(year, weight),
        **super_users(seen),
        **again_frequent(seen),
        **again_at_the_top(seen),
    }


def share(values: Table, weight: Table) -> float:
    """Weighted share of people, percent."""
    return float(100 * np.average(values, weights=weight))


def grown(year: Table) -> Table:
    """Whether each person is 18 to 64."""
    return np.asarray((year["age_months"] >= schema.EIGHTEEN_YEARS) & (year["age_months"] < schema.SIXTY_FIVE_YEARS))


def emergency(year: Table, weight: Table) -> dict[str, float]:
    """Emergency visits of adults, who makes them, and how unequal visits and stays are."""
    adult, young = grown(year), year["age_months"] < schema.SIXTY_FIVE_YEARS
    visits, people = year["ed_year"][adult], weight[adult]
    homeless = bit(year[adult], "needs", schema.HOMELESSNESS)

    def of_visits(least: int) -> float:
        return float(100 * (visits * people)[visits >= least].sum() / (visits * people).sum())

    return {
        "ed_any": share(visits > 0, people),
        "ed_three_or_more": share(visits >= 3, people),
        "ed_three_or_more_visits": of_visits(3),
        "ed_four_or_more_visits": of_visits(4),
        "ed_ten_or_more": share(visits >= 10, people),
        "ed_ten_or_more_visits": of_visits(10),
        "size_adults": size_of_shares((visits == 0), (visits >= 3), people),
        "size_homeless": size_of_mean(visits[homeless], people[homeless]),
        "size_under_65": size_of_mean(year["ed_year"][young], weight[young]),
        "size_stays_under_65": size_of_mean(year["stays_year"][young], weight[young]),
    }


def size_of_shares(none: Table, three: Table, weight: Table) -> float:
    """Size k of a negative binomial with these shares of people with no event, and with three or more."""
    zero, many = np.average(none, weights=weight), np.average(three, weights=weight)

    def too_many(k: float) -> float:
        p = zero ** (1 / k)
        return float(1 - zero * (1 + k * (1 - p) + k * (k + 1) / 2 * (1 - p) ** 2) - many)

    return solved(too_many)


def size_of_mean(events: Table, weight: Table) -> float:
    """Size k of a negative binomial with the mean of these events, and the share of people who have none."""
    rate, zero = np.average(events, weights=weight), np.average(events == 0, weights=weight)
    if zero == 0:
        return float("nan")
    return solved(lambda k: float(k * np.log(k / (k + rate)) - np.log(zero)))


def solved(of_k: Any) -> float:
    """Return the root between the smallest and the largest size; not a number if there is none."""
    if of_k(SMALLEST_K) * of_k(LARGEST_K) > 0:
        return float("nan")
    return float(brentq(of_k, SMALLEST_K, LARGEST_K))


def spending(year: Table, weight: Table) -> dict[str, float]:
    """How unequal spending is: by age among those who are not dual, of all, and nothing at all."""
    age, spend = year["age_months"] / 12, year["spend_year"].astype(float)
    alone = year["dual"] == 0
    old = ~alone & (age >= 65)
    return {
        **{f"spread_{name}": spread(spend, weight, alone & (age >= a) & (age < b)) for name, (a, b) in AGES.items()},
        "spread_dual_65": spread(spend, weight, old),
        "no_spending": share(spend == 0, weight),
        "top_1_share": 100 * share_of_top(spend, weight, 0.01),
        "top_5_share": 100 * share_of_top(spend, weight, 0.05),
        "bottom_half_share": 100 - 100 * share_of_top(spend, weight, 0.5),
    }


def spread(spend: Table, weight: Table, chosen: Table) -> float:
    """Log-normal sigma of users' spending, from mean and median."""
    users = chosen & (spend > 0)
    order = np.argsort(spend[users])
    amount, people = spend[users][order], weight[users][order]
    median = amount[np.searchsorted(np.cumsum(people), people.sum() / 2)]
    return float(np.sqrt(2 * np.log(np.average(amount, weights=people) / median)))


def top(spend: Table, weight: Table, part: float) -> Table:
    """Whether each person is among the ``part`` of people who spend most."""
    order = np.argsort(-spend, kind="stable")
    chosen = np.zeros(len(spend), bool)
    chosen[order[np.cumsum(weight[order]) <= part * weight.sum()]] = True
    return chosen


def tops(year: Table, weight: Table) -> dict[str, float]:
    """Who the top 5 percent of spenders are, among members who are not dual."""
    alone = year["dual"] == 0
    year, weight = year[alone], weight[alone]
    high = top(year["spend_year"].astype(float), weight, 0.05)
    mind, substances = ((year["diagnosed"] & conditions) != 0 for conditions in (OF_MIND, OF_SUBSTANCES))
    disabled = year["eligibility"] == schema.ELIGIBILITIES.index("disabled")
    return {
        "top_5_disabled": share(disabled[high], weight[high]),
        "mental": share(mind, weight),
        "top_5_mental": share(mind[high], weight[high]),
        "substances": share(substances, weight),
        "top_5_mental_with_substances": share(substances[high & mind], weight[high & mind]),
        "top_5_substances_with_mental": share(mind[high & substances], weight[high & substances]),
    }


def again_frequent(seen: Observed) -> dict[str, float]:
    """Adults with four emergency visits or more in a year: how many have as many in the next, and in both next ones."""
    first, second, third = seen.years[:3]
    chosen = first[grown(first) & covered(first) & (first["ed_year"] >= 4)]
    weight = seen.result.weights[chosen["area"]]
    next_year, after = (np.isin(chosen["key"], y["key"][y["ed_year"] >= 4]) for y in (second, third))
    return {"ed_frequent_again": share(next_year, weight), "ed_frequent_three_years": share(next_year & after, weight)}


def again_at_the_top(seen: Observed) -> dict[str, float]:
    """Members on cover in all three years who keep their rank in spending."""
    there = [y[covered(y)] for y in seen.years[:3]]
    keys = np.intersect1d(np.intersect1d(there[0]["key"], there[1]["key"]), there[2]["key"])
    years = [y[np.isin(y["key"], keys)] for y in there]
    years = [y[np.argsort(y["key"])] for y in years]
    weight = seen.result.weights[years[0]["area"]]

    def high(part: float) -> list[Table]:
        return [top(y["spend_year"].astype(float), weight, part) for y in years]

    first, tenth, upper = high(0.01), high(0.1), high(0.5)
    return {
        "top_1_again": share(first[1][first[0]], weight[first[0]]),
        "top_10_three_years": share((tenth[1] & tenth[2])[tenth[0]], weight[tenth[0]]),
        "bottom_half_again": share(~upper[1][~upper[0]], weight[~upper[0]]),
    }


def measured(scenario: Any, seeds: Any = SEEDS) -> list[Figures]:
    """Return the figures of each seed."""
    return figures(scenario, tails, seeds)


def main() -> None:
    """Print the table."""
    from sim.scenario import Scenario

    found = measured(Scenario.compose(list(RUN)))
    print("\n".join(table(read_targets("tails"), found, SEEDS)))


if __name__ == "__main__":
    main()
