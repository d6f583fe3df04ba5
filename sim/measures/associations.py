"""Crude associations of needs, as a survey would find them: upper bounds, never effects.

People with a need are sicker and poorer in other ways too: a frailty that needs share goes with permanent health and
mental frailty, poor health leads to the loss of a home, and mental frailty to poor control of diabetes. So the crude
ratio is above the causal multiplier of ``needs.causal``. Among enrolled adults, over the calendar year so far; needs as
they are on the day of asking.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.schema import (
    AIAN,
    BLACK,
    DIABETES,
    EIGHTEEN_YEARS,
    ENROLLED,
    HYPERTENSION,
    NEEDS,
    SAFETY,
    SERIOUS_MENTAL_ILLNESS,
    SUBSTANCE_USE,
    WHITE,
)

Frame: TypeAlias = Any  # a pandas DataFrame: pandas itself is imported only by those who ask for one
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

USE = {"ed_visits": "ed_year", "stays": "stays_year", "medicaid_cost": "spend_year"}
ANY = {"any_ed": "ed_year", "any_stay": "stays_year"}
POOR_CONTROL = {"uncontrolled_diabetes": DIABETES, "uncontrolled_hypertension": HYPERTENSION}
OF_HEALTH = {"serious_mental_illness": SERIOUS_MENTAL_ILLNESS, "substance_use": SUBSTANCE_USE}
CORE = (1 << SAFETY + 1) - 1  # food, housing, transport, utilities, safety: what screenings ask for
PERCENT = 100.0


@dataclass(frozen=True)
class Asked:
    """Adults who were asked, and the people for whom each stands."""

    rows: NDArray[Any]
    weight: Floats

    def share(self, flags: Flags, of: Flags) -> float:
        """Weighted share with a flag; NaN where there is nobody."""
        return self.mean(flags.astype(float), of)

    def mean(self, values: Floats, of: Flags) -> float:
        """Weighted mean; NaN where there is nobody."""
        return float(np.average(values[of], weights=self.weight[of])) if of.any() else float("nan")

    def ratio(self, values: Floats, has: Flags) -> float:
        """Weighted mean of those who have something over that of the others."""
        without = self.mean(values, ~has)
        return self.mean(values, has) / without if without else float("nan")

    def odds_ratio(self, outcome: Flags, group: Flags, others: Flags) -> float:
        """Odds of an outcome in a group over those in another."""
        mine, theirs = self.share(outcome, group), self.share(outcome, others)
        below = (1.0 - mine) * theirs
        return mine * (1.0 - theirs) / below if below > 0 else float("nan")

    def has(self, need: int) -> Flags:
        """Who has the need now."""
        return np.asarray(self.rows["needs"] >> need & 1 == 1)

    def any_core(self) -> Flags:
        """Who has any of the five core needs."""
        return np.asarray(self.rows["needs"] & CORE > 0)


def asked(members: NDArray[Any], weights: Floats | None = None, *, adults: bool = True) -> Asked:
    """Return those on cover, weighted.

    Parameters
    ----------
    members : table of members, best at the end of a December.
    weights : people for whom a member of each area stands; all alike if left out.
    adults : leave out children.
    """
    table = np.asarray(members)
    there = table["status"] == ENROLLED
    if adults:
        there &= table["age_months"] >= EIGHTEEN_YEARS
    rows = table[there]
    return Asked(rows, np.ones(len(rows)) if weights is None else np.asarray(weights[rows["area"]], float))


def associations(members: NDArray[Any], weights: Floats | None = None) -> Frame:
    """Return what goes with each need, among adults: a row for each need.

    Ratios of mean use with to without it, percent of those who have it with any visit or stay and with mental illness,
    odds ratios of poor control among those known to have the condition, and of any emergency visit.
    """
    import pandas as pd

    who = asked(members, weights)
    rows = [{"need": name, **of_need(who, need)} for need, name in enumerate(NEEDS)]
    return pd.DataFrame(rows).set_index("need")


def of_need(who: Asked, need: int) -> dict[str, float]:
    """Return every association of one need."""
    has, rows = who.has(need), who.rows
    found = {"adults": float(has.sum())}
    found |= {name: who.ratio(rows[column].astype(float), has) for name, column in USE.items()}
    found |= {name: PERCENT * who.share(rows[column] > 0, has) for name, column in ANY.items()}
    found |= {name: PERCENT * who.share(_bit(rows, "present", c), has) for name, c in OF_HEALTH.items()}
    found["any_ed_odds"] = who.odds_ratio(rows["ed_year"] > 0, has, ~has)
    for name, c in POOR_CONTROL.items():
        known, poor = _bit(rows, "diagnosed", c), ~_bit(rows, "controlled", c)
        found[name] = who.odds_ratio(poor, known & has, known & ~has)
    return found


def how_common(members: NDArray[Any], weights: Floats | None = None) -> dict[str, float]:
    """Return how common needs are among all on cover, how they come together, and their odds by race."""
    who = asked(members, weights, adults=False)
    all_of = np.ones(len(who.rows), bool)
    several = np.sum([who.has(need) for need in range(SAFETY + 1)], axis=0) > 1
    found = {"any": PERCENT * who.share(who.any_core(), all_of), "two": PERCENT * who.share(several, all_of)}
    white = who.rows["race"] == WHITE
    for name, race in (("aian", AIAN), ("black", BLACK)):
        found[f"{name}_odds"] = who.odds_ratio(who.any_core(), who.rows["race"] == race, white)
    return found


def _bit(rows: NDArray[Any], column: str, condition: int) -> Flags:
    return np.asarray(rows[column] >> condition & 1 == 1)
