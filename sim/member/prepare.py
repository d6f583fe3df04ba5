"""The record of numbers that the rules read: every declared parameter per member-month, and tables made from them.

A parameter ``needs.food_onset`` becomes the field ``needs_food_onset``. Rates, probabilities and half-lives are
converted once, here. Logarithms and products that are the same for many members are computed here too.
"""

import csv
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import FunctionType

import numpy as np

import sim.member.month  # noqa: F401, imports every rule
from sim.engine.arrays import Table
from sim.engine.numbers import exponential_table, geometric_table, normal_table
from sim.engine.parameters import Parameter, Registry
from sim.engine.units import UNITS, monthly
from sim.member.enrollment import OLDEST
from sim.member.health import STEP_BITS, STEPS
from sim.member.needs import HIGHEST_LEANING
from sim.member.practice import add_expected
from sim.member.quality_tables import quality_tables
from sim.member.spending import CENTS
from sim.schema import (
    AGE_BAND_STARTS_MONTHS,
    AGE_BANDS,
    ASTHMA,
    BEHAVIORAL_CAUSE,
    CONDITIONS,
    COPD,
    DENTAL_CAUSE,
    DEPRESSION,
    DIABETES,
    EMERGENCY,
    HEART_DISEASE,
    HEART_FAILURE,
    HERE,
    HISPANIC,
    HOMELESSNESS,
    HOUSING,
    HYPERTENSION,
    INPATIENT,
    LOG_GRID,
    MATERIAL,
    NEEDS,
    OPIOID_USE,
    ORAL_DISEASE,
    PHARMACY,
    RACES,
    RATE_CATEGORIES,
    RURALITIES,
    SCHEDULED_AND_DRUGS,
    SENSITIVE,
    SERIOUS_MENTAL_ILLNESS,
    SUBSTANCE_USE,
    TRANSPORT,
    UTILITIES,
)

FILES = (
    "enrollment",
    "needs",
    "health",
    "access",
    "equity",
    "care",
    "quality",
    "wellbeing",
    "spending",
    "levels",
    "practices",
    "treatment",
    "events",
    "authorization",
)
LENGTH_STEPS = 256
NESTED = ((HEART_FAILURE, HEART_DISEASE), (OPIOID_USE, SUBSTANCE_USE))
BEHAVIORAL_CONDITIONS = (DEPRESSION, SERIOUS_MENTAL_ILLNESS, SUBSTANCE_USE, OPIOID_USE)
WINTER = (10, 11, 0, 1, 2)  # calendar months, November to March
LOWEST_RATE = 1e-9
NEARLY_CERTAIN = 0.999
CLOSE = 1e-3  # the table of exponentials is closer than this
ROUNDING = 1e-9  # a bound stays a bound, whatever the order in which its factors are multiplied
YEARS = OLDEST // 12 + 1
FROM_18_TO_64 = slice(AGE_BANDS.index("18-44"), AGE_BANDS.index("65+"))


def prepare(registry: Registry, conf: Path, packages: Mapping[str, Table], n_packages: int, renewal_rule: int) -> Table:
    """Return the record, as an array of one row whose fields read as attributes.

    Parameters
    ----------
    registry : every parameter, with the scenario's overrides.
    conf : folder with ``evidence/life_table.csv``.
    packages : arrays of ``sim.upstream.compile_packages``.
    n_packages : how many packages the scenario runs.
    renewal_rule : index into ``RENEWAL_RULES``.
    """
    fields = Fields(
        {
            "month": np.int64(0),  # type: ignore[dict-item]
            "month_of_year": np.int64(0),  # type: ignore[dict-item]
            "n_packages": np.int64(n_packages),  # type: ignore[dict-item]
            "renewal_rule": np.int64(renewal_rule),  # type: ignore[dict-item]
            "lowest_bit": np.array(
                [(mask & -mask).bit_length() - 1 for mask in range(1 << len(CONDITIONS))], dtype=np.int16
            ),
            "exponential": exponential_table(),
            "normal": normal_table(),
            **{name: np.asarray(table) for name, table in packages.items()},
        }
    )
    declared = {name.replace(".", "_"): name for name in registry.names() if name.split(".")[0] in FILES}
    for field, name in declared.items():
        fields[field] = np.asarray(per_month(registry[name]), dtype=np.float64)
    for table in TABLES:
        fields.update(table(fields))
    fields["life_table"] = life_table(conf, fields)
    fields["highest_death"] = highest_death(fields)
    for field in (fields.read | names_in_rules()) & set(declared):
        registry.get(declared[field])  # a rule or a table reads it: it counts as read
    return as_record(fields)


class Fields(dict[str, Table]):
    """Fields of the record; remembers which were read to make tables."""

    def __init__(self, fields: Mapping[str, Table]) -> None:
        super().__init__(fields)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Table:
        self.read.add(name)
        return super().__getitem__(name)


def per_month(parameter: Parameter) -> Table:
    """Value of a parameter per member-month if its unit has time in it, else as declared."""
    if UNITS[parameter.unit].monthly is None:
        return parameter.value
    return np.asarray(monthly(parameter.value, parameter.unit))


def as_record(fields: Mapping[str, Table]) -> Table:
    """One row with a field for every number or table, 64 bits each."""
    shaped = {name: np.asarray(value) for name, value in fields.items()}
    dtype = np.dtype([(name, value.dtype, value.shape) for name, value in shaped.items()], align=True)
    row = np.zeros(1, dtype=dtype)
    for name, value in shaped.items():
        row[name][0] = value
    return row.view(np.recarray)


def log(ratio: Table) -> Table:
    """Logarithm, with zero rates held just above zero."""
    return np.asarray(np.log(np.maximum(ratio, LOWEST_RATE)))


def health_tables(f: Mapping[str, Table]) -> dict[str, Table]:
    persistence = np.array([f["health_slow_persistence"], f["health_slow_persistence_high_need"]])
    milder, severer = np.zeros((2, len(CONDITIONS)), dtype=np.int64)
    for severe, mild in NESTED:
        milder[severe] = 1 << mild
        severer[mild] = 1 << severe
    return {
        "milder": milder,
        "severer": severer,
        "health_persistence": persistence,
        "health_shock": np.sqrt(1.0 - np.square(persistence)),
        "health_highest_onset": f["health_onset"].max(axis=0) * (1.0 + ROUNDING),
        "health_highest_frail": highest_in_steps(f["health_onset_loading"]),
        "health_highest_mental": np.maximum(highest_in_steps(f["health_onset_mental_loading"].max()), 1.0),
        "health_highest_crisis": highest_in_steps(f["health_crisis_loading"], 2 * STEPS),
    }


def highest_in_steps(loading: Table, steps: int = STEPS) -> Table:
    """Upper bound of exp(loading x health) in each of the steps below and above the mean, and at the highest health."""
    edges = np.exp(loading * np.arange(-steps, steps + 2) * (1 << STEP_BITS) / LOG_GRID)
    return np.asarray(np.maximum(edges[:-1], edges[1:]) * (1.0 + CLOSE))


def mortality_tables(f: Mapping[str, Table]) -> dict[str, Table]:
    """Product of the mortality ratios of every set of conditions, capped; indexed by the mask ``m.present``."""
    ratio = np.ones(1)
    for of_condition in f["enrollment_standardized_mortality_ratio"]:
        ratio = np.concatenate([ratio, ratio * of_condition])
    return {"mortality_ratio": np.minimum(ratio, f["enrollment_mortality_ratio_cap"])}


def treatment_tables(f: Mapping[str, Table]) -> dict[str, Table]:
    """Factors on control, onset, complications and deaths, each over its mean in the baseline world."""
    seen, filled = (
        np.stack([np.ones_like(share), np.broadcast_to(ratio, share.shape)], axis=1)
        / (1.0 + (ratio - 1.0) * share)[:, None]
        for ratio, share in (
            (f["treatment_seen_gain_ratio"], f["treatment_seen_share"]),
            (f["treatment_filled_loss_ratio"], f["treatment_filled_share"]),
        )
    )
    mean_loss = 1.0 + (f["treatment_conflict_loss_ratio"] - 1.0) * f["treatment_conflict_share"]
    onset, slow, death = (
        f[f"treatment_{name}"] for name in ("need_onset_ratio", "slow_share", "poor_control_death_ratio")
    )
    smoking = f["treatment_smoking_onset_ratio"]
    complications = np.zeros(onset.shape[1:] + f["care_uncontrolled_ratio"].shape[1:])
    for service in (EMERGENCY, INPATIENT):
        complications[:, service] = np.expm1(slow * log(f["care_uncontrolled_ratio"])[:, service])
    lift = np.maximum(onset, 1.0).prod(axis=0)[None, :] ** np.array([0, 1])[:, None]
    highest = lift * np.maximum(smoking, 1.0) / f["treatment_mean_need_onset"]
    return {
        "gain_if_seen": seen / f["treatment_mean_need_gain"],
        "loss_if_filled": filled / mean_loss,
        "need_log_gain": log(f["treatment_need_gain_ratio"]),
        "need_log_onset": log(onset).T.copy(),
        "exposed_onset": highest.max(axis=1) * (1.0 + ROUNDING),
        "complication_excess": complications,
        "treatment_log_death": log(death),
        "deadly_conditions": bits_of(death > 1.0),
    }


def bits_of(flags: Table) -> Table:
    """A mask with the bits of the flags that are set."""
    return np.asarray(sum(1 << int(i) for i in np.flatnonzero(flags)), dtype=np.int64)


def need_tables(f: Mapping[str, Table]) -> dict[str, Table]:
    onset = np.array([[f[f"needs_{need}_onset{prone}"] for need in NEEDS] for prone in ("", "_prone")])
    ratio = np.ones((len(RACES), len(RURALITIES), len(NEEDS))) * f["needs_race_onset_ratio"][:, None, None]
    ratio[HISPANIC, :, HOUSING] *= f["needs_hispanic_housing_ratio"]
    ratio[:, 1:, :] *= f["needs_rural_ratio"]
    ratio[:, 1:, TRANSPORT] *= f["needs_rural_transport_ratio"] / f["needs_rural_ratio"]
    season = np.ones((12, len(NEEDS)))
    season[WINTER, UTILITIES] = f["needs_winter_utilities_ratio"]
    season[:, UTILITIES] /= season[:, UTILITIES].mean()
    effect = log(f["needs_causal"])
    strongest_first = np.argsort(-np.abs(effect).max(axis=1), kind="stable")
    chance = np.minimum(ratio[:, :, None, :] * onset[None, None], 1.0)
    highest = chance.max(axis=(0, 1)) * season.max(axis=0) * f["needs_age_ratio"].max(axis=0)
    highest[:, HOMELESSNESS] *= np.exp(HIGHEST_LEANING)
    raised = np.maximum(f["package_onset_ratio"], 1.0).prod(axis=0).max()  # by packages, at most
    ranks = [sum(1 << i for i, n in enumerate(strongest_first) if mask >> n & 1) for mask in range(1 << len(NEEDS))]
    return {
        "need_onset": chance,
        "need_highest_onset": highest * raised * (1.0 + CLOSE),
        "need_season": season,
        "need_order": strongest_first.astype(np.int64),
        "need_ranks": np.array(ranks),
        "needs_log_causal": effect,
    }


def care_tables(f: Mapping[str, Table]) -> dict[str, Table]:
    base = log(f["levels_use"])
    sexes = np.stack([base, base], axis=1)
    sexes[FROM_18_TO_64, 0] += log(f["care_female_ratio"])
    sexes[..., INPATIENT] += log(1.0 - f["treatment_error_stay_share"])
    known = log(f["care_condition_ratio"])
    unknown = known.copy()
    unknown[:, SCHEDULED_AND_DRUGS] *= f["care_undiagnosed_share"]
    uncontrolled = log(f["care_uncontrolled_ratio"])
    uncontrolled[:, (EMERGENCY, INPATIENT)] *= 1.0 - f["treatment_slow_share"][:, None]  # the rest: complications.py
    cosine = np.cos(2.0 * np.pi * np.arange(12) / 12.0)
    asthma = log(f["care_season_child_asthma"])
    chronic = (DIABETES, HYPERTENSION, HEART_DISEASE, HEART_FAILURE, ASTHMA, COPD)
    days = geometric_table(float(f["care_length_of_stay"]), LENGTH_STEPS)
    return {
        "care_log_base": sexes,
        "care_excess": np.expm1(np.stack([unknown + uncontrolled, known + uncontrolled, known], axis=1)),
        "care_log_crisis": log(f["care_crisis_ratio"]),
        "care_log_high_need": log(f["care_high_need_ratio"]),
        "season_emergency": f["care_season_general"] * cosine,
        "season_heart_failure": f["care_season_heart_failure"] * cosine,
        "season_respiratory": f["care_season_respiratory"] * cosine,
        "season_child_asthma": asthma - np.log(np.exp(asthma).mean()),
        "length_of_stay": days.astype(np.int64),
        "delivery_days": np.int64(np.round(f["care_delivery_days"])),
        "chronic": np.int64(sum(1 << c for c in chronic)),
        "emergency_of_condition": np.array([cause_of(c) for c in range(len(CONDITIONS))], dtype=np.int64),
        "avoidable_of_treatable": np.minimum(f["care_avoidable_share"] / f["care_treatable_share"], 1.0),
    }


def cause_of(condition: int) -> int:
    """Return the cause of the emergency visits that a condition brings."""
    if condition in BEHAVIORAL_CONDITIONS:
        return BEHAVIORAL_CAUSE
    return DENTAL_CAUSE if condition == ORAL_DISEASE else SENSITIVE


def access_tables(f: Mapping[str, Table]) -> dict[str, Table]:
    names = ("off_cover", "unattached", "entry_boost", "language", "rural_specialist", "experience")
    ratios = (
        "off_cover_ratio",
        "unattached_ratio",
        "entry_boost",
        "language_ratio",
        "rural_specialist_ratio",
        "experience_ratio",
    )
    barriers = {f"equity_log_{name}": log(f[f"equity_{name}_ratio"]) for name in ("distrust", "day_off")}
    events = {
        "events_log_visits": log(f["events_visits"]).T.copy(),  # [area, service]
        "events_fills_missed": np.maximum(1.0 - f["events_visits"][PHARMACY], 0.0),  # [area]
    }
    logs = {f"access_log_{name}": log(f[f"access_{ratio}"]) for name, ratio in zip(names, ratios, strict=True)}
    worst = np.maximum(-logs["access_log_experience"] * (np.arange(2) - f["access_usual_experience"]), 0.0).max()
    return {**logs, **barriers, **events, "access_highest_experience": np.exp(worst) * (1.0 + CLOSE)}


def spending_tables(f: Mapping[str, Table]) -> dict[str, Table]:
    """Prices, and the spread of the amount of an event, whose mean is 1, by age band and service."""
    sigma = f["spending_severity_age_ratio"][:, None] * f["spending_severity"]
    level = f["spending_price_level"]
    return {
        "spending_delivery_price": f["spending_delivery_price"] * level,
        "spending_price_by_age": f["levels_price"][None, :] * f["levels_price_age_ratio"] * level,
        "severity_sigma": sigma,
        "severity_log_level": -np.log(np.exp(sigma[..., None] * normal_table()).mean(axis=-1)),
    }


def practice_tables(f: Mapping[str, Table]) -> dict[str, Table]:
    """Logs of expected cost; ``expected_rate`` and ``means_place`` are set when there are members."""
    dollars = f["levels_use"] * f["levels_price"] * f["levels_price_age_ratio"]
    mix = dollars.sum(axis=0) / dollars.sum()
    return {
        "expected_by_age": dollars.sum(axis=1),
        "expected_excess": (f["care_condition_ratio"] * mix).sum(axis=1) - 1.0,
        "expected_rate": np.ones(len(RATE_CATEGORIES)),
        "means_place": np.zeros(1 << len(NEEDS)),
    }


TABLES = (
    health_tables,
    mortality_tables,
    treatment_tables,
    need_tables,
    care_tables,
    access_tables,
    quality_tables,
    spending_tables,
    practice_tables,
)


def rank_means(params: Table, members: Table) -> None:
    """Rank members by the number of material needs to which they are prone, between -1 and 1, 0 on average."""
    table = np.asarray(members)
    needs = np.sum([np.arange(1 << len(NEEDS)) >> need & 1 for need in MATERIAL], axis=0)
    people = np.bincount(needs[table["prone"][np.isin(table["status"], HERE)]], minlength=len(MATERIAL) + 1)
    worse_off = people.sum() - np.cumsum(people) + people / 2  # prone to more needs, and half of those prone to as many
    params["means_place"][0] = (2 * worse_off / max(people.sum(), 1) - 1)[needs]


def expect_rates(params: Table, members: Table) -> None:
    """Set the rate to which clinicians compare expected cost: the mean of each rate category."""
    cents, people = np.zeros((2, len(RATE_CATEGORIES)), dtype=np.int64)
    add_expected(members, params[0], cents, people)
    params["expected_rate"][0] = np.where(cents > 0, cents / (CENTS * np.maximum(people, 1)), 1)


def life_table(conf: Path, f: Mapping[str, Table]) -> Table:
    """Monthly chance of death by year of age and sex, of a member without conditions; shape (120, 2)."""
    yearly = np.zeros((YEARS, 2))
    with (conf / "evidence" / "life_table.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yearly[int(row["age_years"]), int(row["sex"] == "male")] = float(row["death_probability"])
    bands = np.searchsorted(np.array(AGE_BAND_STARTS_MONTHS) // 12, np.arange(YEARS), side="right") - 1
    factor = f["enrollment_death"] / f["levels_mean_mortality_ratio"]
    hazard = -np.log1p(-np.minimum(yearly, NEARLY_CERTAIN)) / 12.0
    return np.asarray(-np.expm1(-hazard * factor[bands][:, None]))


def highest_death(f: Mapping[str, Table]) -> Table:
    """Upper bound of the monthly chance of death (mortality.py) by year of age; shape (120,)."""
    log_poor_control = np.maximum(f["treatment_log_death"] * (1.0 - f["treatment_usual_poor_control"]), 0.0).sum()
    more = f["treatment_smoking_death_ratio"] - 1.0
    smoking = np.maximum(1.0 + more, 1.0) / (1.0 + more * f["treatment_smoking_mean_risk"])
    homeless = f["needs_homeless_death_ratio"] * np.maximum(f["needs_housed_death_ratio"], 1.0)
    opioid = np.maximum(np.maximum(f["treatment_opioid_death_in"], f["treatment_opioid_death_left"]), 1.0)
    chance = f["life_table"].max(axis=1) * f["mortality_ratio"].max() * np.exp(log_poor_control)
    chance = chance * np.maximum(smoking, 1.0) * np.maximum(homeless, 1.0)
    chance = chance + f["enrollment_opioid_death"] * opioid / f["treatment_opioid_mean_death"]
    return np.asarray(chance * np.maximum(f["enrollment_off_cover_death_ratio"], 1.0) * (1.0 + CLOSE))


PACKAGE = "sim.member."


@lru_cache(maxsize=1)
def names_in_rules() -> frozenset[str]:
    """Return every name and attribute in the code of the rules: a parameter that is not among them does nothing."""
    found: set[str] = set()
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGE):
            for rule in vars(module).values():
                plain = getattr(rule, "py_func", rule)
                if isinstance(plain, FunctionType):
                    found.update(plain.__code__.co_names)
    return frozenset(found)
