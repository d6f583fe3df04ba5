"""Every figure that a study can have, drawn from made-up results of any number of arms."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from experiments.figures import About
from experiments.figures.concentration import draw_concentration
from experiments.figures.decisions import draw_acceptability, draw_budget, draw_loss, draw_plane
from experiments.figures.drivers import draw_indices, draw_sources, draw_tornado
from experiments.figures.forest import draw_forest
from experiments.figures.groups import draw_groups
from experiments.figures.participants import draw_means, draw_seeming, draw_sharing
from experiments.figures.paths import MEASURES as OVER_TIME
from experiments.figures.paths import draw_paths
from experiments.figures.payers import draw_payers
from experiments.figures.style import PAYERS
from experiments.figures.table_studies import FOLLOWED, draw_associations, draw_contrast, draw_portfolios
from experiments.figures.timeline import draw_timeline
from experiments.figures.triple_aim import draw_triple_aim
from sim.analysis.economics.net_benefit import curves
from sim.analysis.economics.samples import Samples
from sim.analysis.sensitivity.regression import Bar
from sim.analysis.uncertainty.decomposition import Components
from sim.measures.measures import MEASURES
from sim.measures.participation import Lists
from sim.measures.strata import MATERIAL_NEEDS
from sim.scenario.in_force import Span
from sim.schema import STRATA

LEVELS = {"USD PMPM": 400.0, "share": 0.3}
NAMES = ("fee_for_service", "global_budget", "primary_care_capitation", "fee_for_service_upstream", "shared_savings",
         "global_budget_quality_pool_upstream", "hospital_global_budget", "shared_risk", "oregon_2012")  # fmt: skip
LONG_KEY = "population_effects.primary_care_attachment.american_indian_alaska_native.frontier"
AREAS = 16


def arms_of(number: int) -> list[str]:
    return [NAMES[i] if i < len(NAMES) else f"{NAMES[i % len(NAMES)]}_{i}" for i in range(number)]


def strategies_of(number: int) -> list[str]:
    """Arms at settings of two levers, as the economics of a sweep name them."""
    return [f"{arm} (payment.growth_cap=0.0{i}, renewal=children)" for i, arm in enumerate(arms_of(number))]


def about_of(arms: list[str], *, seeds: int = 3, draws: int = 1, **more: object) -> About:
    return About(arms[0], seeds, 20_000, 26, "0.1.0", "0123456789abcdef", "A study", draws, **more)


def summary_of(arms: list[str], *, empty: tuple[str, ...] = (), seeds: int = 3) -> pd.DataFrame:
    """``summary.csv`` of these arms; groups named in ``empty`` have nobody in them."""
    rng = np.random.default_rng(5)
    strata = [("all", "all"), *((name, level) for name, levels in STRATA.items() for level in levels)]
    rows = []
    for arm in arms:
        for contrast in ("", *([arms[0]] if arm != arms[0] else [])):
            for measure in MEASURES:
                size = LEVELS.get(measure.unit, 40.0) * (0.05 if contrast else 1)
                for stratum, level in strata:
                    x = np.nan if level in empty else size * (rng.normal() if contrast else 1 + rng.random())
                    half = np.nan if seeds == 1 else abs(size) * 0.1
                    rows.append((arm, contrast, measure.name, stratum, level, x, x - half, x + half, measure.unit))
    columns = ["arm", "contrast", "measure", "stratum", "level", "estimate", "low", "high", "unit"]
    return pd.DataFrame(rows, columns=columns).assign(mcse=1.0, replicates=float(seeds))


def monthly_of(arms: list[str], *, seeds: int = 3, months: int = 26) -> pd.DataFrame:
    rng = np.random.default_rng(6)
    rows = [(arm, seed, month, measure, 400 + 5 * place + rng.normal())
            for place, arm in enumerate(arms) for seed in range(seeds)
            for measure in OVER_TIME for month in range(months)]  # fmt: skip
    return pd.DataFrame(rows, columns=["arm", "seed", "month", "measure", "value"]).assign(stratum="all")


def samples_of(strategies: list[str], number: int = 40, *, drawn: bool = True) -> Samples:
    rng = np.random.default_rng(7)
    shape = (number, len(strategies))
    costs, effects = 4e9 + 3e7 * rng.normal(size=shape), 8e5 + 600 * rng.normal(size=shape)
    return Samples(tuple(strategies), np.arange(number), costs, effects, drawn)


def budget_of(strategies: list[str], years: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    rows = [(name, payer, year, 4e7 * rng.normal()) for name in strategies for payer in PAYERS for year in range(years)]
    return pd.DataFrame(rows, columns=["strategy", "payer", "year", "change_usd"])


def lists_of(months: int = 26, clinics: int = 30, start: int = 12) -> Lists:
    rng = np.random.default_rng(9)
    first = np.broadcast_to(np.arange(clinics) < clinics // 2, (months, clinics))
    listed = first & (rng.random((months, clinics)) < 0.9) & (np.arange(months) >= start)[:, None]
    return Lists(listed, first, 4e4 * (1 + rng.random((months, clinics))), np.ones((months, clinics)), start)


def choices_of(arms: list[str]) -> dict[str, pd.DataFrame]:
    """The tables of who gets visits and of what is shared."""
    rng = np.random.default_rng(10)
    means = [(arm, need, 3.0, change, change - 1, change + 1)
             for arm in arms for need, change in zip(MATERIAL_NEEDS, rng.normal(size=5), strict=True)]  # fmt: skip
    shared = [(arm, 0, f"Area {i}", 20_000 + 24_000 * i, rng.normal()) for arm in arms[1:] for i in range(AREAS)]
    return {
        "means": pd.DataFrame(means, columns=["arm", "means", "visits", "change_percent", "low", "high"]),
        "sharing": pd.DataFrame(shared, columns=["arm", "seed", "area", "members", "shared_percent_of_claims"]),
    }


def of_comparison(arms: list[str], *, seeds: int = 3, empty: tuple[str, ...] = ()) -> dict[str, Callable[[], Figure]]:
    """The figures that ``compare`` draws, each still to be drawn."""
    about, summary, tables = about_of(arms, seeds=seeds), summary_of(arms, empty=empty, seeds=seeds), choices_of(arms)
    lists = {arm: [lists_of() for _ in range(seeds)] for arm in arms[1:]}
    return {
        "paths": lambda: draw_paths(monthly_of(arms, seeds=seeds), arms, about, budgets=True),
        "differences": lambda: draw_forest(summary, arms, about),
        "groups": lambda: draw_groups(summary, arms, about),
        "concentration": lambda: draw_concentration(summary, arms, about),
        "who_pays": lambda: draw_payers(summary, arms, about),
        "triple_aim": lambda: draw_triple_aim(summary, arms, about),
        "seeming": lambda: draw_seeming(lists, about),
        "means": lambda: draw_means(tables["means"], about),
        "sharing": lambda: draw_sharing(tables["sharing"], about),
    }


def of_timelines() -> dict[str, Callable[[], Figure]]:
    """Strips of what is in force when: two arms with dates, and more keys than a figure shows."""
    ramp = [Span("parameters.payment.growth_cap", f"{0.034 - 0.002 * k:g}", 12 + k, 12 + k) for k in range(6)]
    long = "global_budget, withhold, quality_pool, contract_duties, growth_test"
    steps = [Span("payment.metrics", "oregon_2013", 0, 35), Span("payment.metrics", "oregon_2020", 36, 59)]
    few = {"b": [Span("payment.contracts", "none", 0, 23), Span("payment.contracts", long, 24, 59), *ramp], "c": steps}
    many = [Span(f"payment.duty_floor.action_{k}", value, first, last)
            for k in range(24) for value, first, last in (("0", 0, 5), ("0.3", 6, 11))]  # fmt: skip
    about = about_of(arms_of(3))
    return {
        "dated": lambda: draw_timeline(few, 60, 2012, about),
        "many keys": lambda: draw_timeline({"run": many}, 12, None, about),
    }


def of_decisions(strategies: list[str], *, draws: int = 40) -> dict[str, Callable[[], Figure]]:
    """The figures of the economics that ``report`` draws."""
    about, samples = about_of(strategies, draws=draws), samples_of(strategies, max(draws, 4), drawn=draws > 1)
    found = curves(samples.costs, samples.effects, np.linspace(0, 200_000, 101))
    return {
        "plane": lambda: draw_plane(samples, 100_000, about),
        "acceptability": lambda: draw_acceptability(found, samples, about),
        "expected_loss": lambda: draw_loss(found, samples, about),
        "budget_impact": lambda: draw_budget(budget_of(strategies), strategies, about),
    }


def of_drivers(parameters: int) -> dict[str, Callable[[], Figure]]:
    """The figures of what drives an outcome, with names of parameters as long as they get."""
    rng = np.random.default_rng(11)
    about, names = about_of(arms_of(2), draws=400), [f"{LONG_KEY}_{i}" for i in range(parameters)]
    bars = [Bar(name, (0.00123, 123.4), (90 - 3 * i, 110 + 2 * i)) for i, name in enumerate(names)]
    label, ranks = "Net monetary benefit against the baseline, million USD", "Partial rank correlation with net benefit"
    values, halves = [rng.normal(size=parameters) / 3 for _ in range(2)], [np.full(parameters, 0.1)] * 2
    both = ["alone (first order)", "with others (total)"]
    parts = {name: Components(1.0, 1.0, 2.0, 3.0, 0.0, 2, 40.0, 2.0) for name in (
        "Total spending", "Ambulatory sensitive stays per 1,000 member-months", "Any unmet need", "QALYs")}  # fmt: skip
    return {
        "tornado": lambda: draw_tornado(
            bars,
            100.0,
            label,
            about,
            units=dict.fromkeys(names, "USD per 1,000 member-months"),
            note="Expected outcome by a spline. " * 3,
        ),
        "ranks": lambda: draw_indices(names, values[:1], halves[:1], ["rank"], ranks, about),
        "sobol": lambda: draw_indices(names, values, halves, both, "Part of the variance of net benefit", about),
        "sources": lambda: draw_sources(parts, "b", about),
    }


def of_tables(rows: int) -> dict[str, Callable[[], Figure]]:
    """The figures of the studies that are one table, with as many associations or divisions."""
    rng = np.random.default_rng(12)
    about, months = about_of(arms_of(1)), np.arange(-12, 24)
    means = {name: 400 + 50 * rng.random(len(months)) for name in FOLLOWED}
    label = "Emergency visits of members who lack stable housing against those who do not, adjusted for age, sex, race"
    ratios = pd.DataFrame({name: 1 + rng.random(rows) for name in ("published", "model", "causal")})
    ratios = ratios.assign(low=ratios["published"] - 0.1, high=ratios["published"] + 0.1, unit="ratio", label=label)
    divisions = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["pmpm_total", "qalys_a_year", "needs_slope"])
    front = divisions["pmpm_total"] < 0
    divisions = divisions.assign(on_frontier=front, confirmed=front & (divisions["needs_slope"] > 0))
    return {
        "contrast": lambda: draw_contrast(months, means, "high_risk_case_management", about),
        "associations": lambda: draw_associations(ratios, about),
        "portfolios": lambda: draw_portfolios(divisions, about),
    }
