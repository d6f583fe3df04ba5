"""Associations of needs, as a survey or a claims study would find them: upper bounds of effects, not effects.

People with a need are sicker and poorer in other ways too: the shared frailty of needs is correlated with permanent
health and mental frailty, poor health leads to homelessness, and mental frailty to poor control of diabetes. So an
association exceeds the causal multiplier of ``needs.causal``. It is among enrolled members, over the calendar year so
far; the caller says who has (or had, or was found to have) a need.

    ratio of means  sum over strata (Y1 N0 / N) / sum (Y0 N1 / N)       Mantel-Haenszel: in one stratum the crude ratio
    odds ratio      sum over strata (a d / N)   / sum (b c / N)
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim import schema
from sim.engine.arrays import Flags, Floats, Ints
from sim.schema import Members

CORE = (1 << schema.SAFETY + 1) - 1  # food, housing, transport, utilities, safety: the needs for which clinics screen
PERCENT = 100.0

COUNTED = {"ed_visits": "ed_year", "stays": "stays_year", "medicaid_cost": "spend_year"}
ANY = {"any_ed": "ed_year", "any_stay": "stays_year"}
POOR_CONTROL = {"uncontrolled_diabetes": schema.DIABETES, "uncontrolled_hypertension": schema.HYPERTENSION}
OF_HEALTH = {"serious_mental_illness": schema.SERIOUS_MENTAL_ILLNESS, "substance_use": schema.SUBSTANCE_USE}
RATIO, ODDS, PERCENT_WITH, PERCENT_OF_ALL = "ratio", "odds ratio", "percent", "percent of all"
COSTLIEST = 0.9  # the top tenth of cost is above this quantile
ILLNESSES = 4  # as many known conditions, or more, count as one stratum

ADULTS, EVERYBODY, WOMEN, LASTING = "adults", "everybody", "women_18_64", "three_years"
THREE_YEARS = 36  # months on cover without a gap
PEOPLE, ILLNESS = "people", "illness"  # adjusted for age, sex and race; also for the number of diagnosed conditions


@dataclass(frozen=True)
class Asked:
    """The members in a comparison, and the people whom each represents."""

    rows: Members
    weight: Floats

    def share(self, flags: Flags, of: Flags) -> float:
        """Weighted share with a flag; NaN if there are no members."""
        return float(np.average(flags[of], weights=self.weight[of])) if of.any() else float("nan")


def asked(members: Members, weights: Floats | None = None, among: str = ADULTS) -> Asked:
    """Return the enrolled members in a comparison.

    Parameters
    ----------
    members : table of members, best at the end of a December.
    weights : people per member of each area; by default equal.
    among : ``adults``, ``everybody``, ``women_18_64``, or ``three_years``: adults on cover for three years or more.
    """
    rows = np.asarray(members)[whom(members, among)]
    return Asked(rows, np.ones(len(rows)) if weights is None else np.asarray(weights[rows["area"]], float))


def whom(members: Members, among: str) -> Flags:
    """Return which members are enrolled and in the group ``among``."""
    table = np.asarray(members)
    there = np.asarray(table["status"] == schema.ENROLLED)
    if among != EVERYBODY:
        there &= table["age_months"] >= schema.EIGHTEEN_YEARS
    if among == WOMEN:
        there &= (table["sex"] == schema.FEMALE) & (table["age_months"] < schema.SIXTY_FIVE_YEARS)
    if among == LASTING:
        there &= table["months_covered"] >= THREE_YEARS
    return there


def association(who: Asked, has: Flags, outcome: str, adjusted: str = "") -> float:
    """Return the association of a need with an outcome.

    Parameters
    ----------
    who : members in the comparison.
    has : which of them have the need.
    outcome : a key of ``COUNTED`` (ratio of means); ``any_ed`` or ``any_stay`` (percent of those with the need),
        the same with ``_odds`` (odds ratio); ``top_tenth_odds`` (of cost); a key of ``POOR_CONTROL`` (odds ratio among
        those with the diagnosis) or of ``OF_HEALTH`` (percent of those with the need); ``share``: percent of all
        who have it.
    adjusted : empty, ``people`` or ``illness``. The result is NaN where no members can be compared.
    """
    if outcome == "share":
        return PERCENT * who.share(has, np.ones(len(has), bool))
    kind, values = _values(who, outcome)
    if kind == PERCENT_WITH:
        return PERCENT * who.share(values > 0, has)
    known = np.ones(len(has), bool)
    if outcome in POOR_CONTROL:
        known = _bit(who.rows, "diagnosed", POOR_CONTROL[outcome])
    strata = _strata(who.rows[known], adjusted)
    return _mantel_haenszel(values[known], has[known], who.weight[known], strata, odds=kind == ODDS)


def _values(who: Asked, outcome: str) -> tuple[str, Floats]:
    """Return how an outcome is compared, and each person's value."""
    rows = who.rows
    if outcome in COUNTED:
        return RATIO, rows[COUNTED[outcome]].astype(float)
    if outcome in OF_HEALTH:
        return PERCENT_WITH, _bit(rows, "present", OF_HEALTH[outcome]).astype(float)
    if outcome in POOR_CONTROL:
        return ODDS, (~_bit(rows, "controlled", POOR_CONTROL[outcome])).astype(float)
    if outcome == "top_tenth_odds":
        return ODDS, (rows["spend_year"] > _quantile(rows["spend_year"], who.weight, COSTLIEST)).astype(float)
    column = ANY[outcome.removesuffix("_odds")]
    return (ODDS if outcome.endswith("_odds") else PERCENT_WITH), (rows[column] > 0).astype(float)


def _strata(rows: Members, adjusted: str) -> Ints:
    """Return the stratum number of each person."""
    if not adjusted:
        return np.zeros(len(rows), np.int64)
    bands = np.searchsorted(schema.AGE_BAND_STARTS_MONTHS, rows["age_months"], side="right")
    codes = (bands * len(schema.SEXES) + rows["sex"]) * len(schema.RACES) + rows["race"]
    if adjusted == ILLNESS:
        codes = codes * (ILLNESSES + 1) + np.minimum(_how_many(rows["diagnosed"]), ILLNESSES)
    return np.asarray(np.unique(codes, return_inverse=True)[1], np.int64)


def _mantel_haenszel(values: Floats, has: Flags, weight: Floats, strata: Ints, *, odds: bool) -> float:
    """Return the ratio of means, or of odds, of those with the need to the others, over strata."""

    def total(of: Any) -> Floats:
        return np.asarray(np.bincount(strata, weights=weight * of), np.float64)

    people, mine, theirs = total(1.0), total(values * has), total(values * ~has)
    with_it, without = total(has), total(~has)
    up, down = (mine * (without - theirs), theirs * (with_it - mine)) if odds else (mine * without, theirs * with_it)
    below = (down / people).sum()
    return float((up / people).sum() / below) if below > 0 else float("nan")


def how_common(members: Members, weights: Floats | None = None) -> dict[str, float]:
    """Return how common one and two needs are among enrolled members, and their odds by race."""
    who = asked(members, weights, EVERYBODY)
    all_of, needs = np.ones(len(who.rows), bool), who.rows["needs"]
    found = {
        "any": PERCENT * who.share(several(needs, 1), all_of),
        "two": PERCENT * who.share(several(needs, 2), all_of),
    }
    race = who.rows["race"]
    for name, code in (("aian", schema.AIAN), ("black", schema.BLACK)):
        either = (race == code) | (race == schema.WHITE)
        pair = Asked(who.rows[either], who.weight[either])
        values = several(pair.rows["needs"], 1).astype(float)
        nowhere = np.zeros(len(values), np.int64)
        found[f"{name}_odds"] = _mantel_haenszel(values, race[either] == code, pair.weight, nowhere, odds=True)
    return found


def has_need(needs: NDArray[Any], name: str) -> Flags:
    """Return who has a need by its name, or ``two_needs`` of the core ones, from bits of needs."""
    if name == "two_needs":
        return several(needs, 2)
    return np.asarray(needs >> schema.NEEDS.index(name) & 1 == 1)


def several(needs: NDArray[Any], least: int) -> Flags:
    """Return who has at least so many core needs."""
    return np.asarray(_how_many(needs & CORE) >= least)


def _how_many(bits: NDArray[Any]) -> Ints:
    return np.bitwise_count(bits.astype(np.uint32)).astype(np.int64)


def _bit(rows: Members, column: str, condition: int) -> Flags:
    return np.asarray(rows[column] >> condition & 1 == 1)


def _quantile(values: NDArray[Any], weight: Floats, share: float) -> float:
    """Weighted quantile; 0 if there are no members."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weight[order])
    return float(values[order][np.searchsorted(reached, share * reached[-1])]) if len(values) else 0.0
