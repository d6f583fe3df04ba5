"""What drives an outcome, in sentences: the decision, what could flip it, where a strategy does worse, and luck."""

from __future__ import annotations

from experiments.analysis.drivers import Drivers
from experiments.analysis.economics import Economics
from experiments.analysis.uncertainty import by_model, runs_of, sources, turns
from experiments.terminal.labels import counted
from experiments.terminal.tables import in_words
from sim.analysis.uncertainty.decomposition import Components

MOST_FLIPS = 15
DRAWS_PER_PARAMETER = 10  # a rule of thumb for regressions


def sentences(drivers: Drivers) -> list[str]:
    """Return the findings; those on single parameters only where there are enough draws to know."""
    if drivers.reading.no_sample:
        return [drivers.reading.no_sample]
    single = too_few(drivers) or [*_flips(drivers), *_box(drivers)]
    return [*_decision(drivers.economics), *single, *_sources(drivers)]


def too_few(drivers: Drivers) -> list[str]:
    """What is needed where draws are too few for so many parameters; empty where they are enough."""
    wanted = DRAWS_PER_PARAMETER * len(drivers.names)
    if len(drivers.values) >= wanted:
        return []
    return [
        f"Only {len(drivers.values)} draws of {counted(len(drivers.names), 'parameter')}: what single parameters do is "
        f"mostly noise. Which matter most, which could flip the decision and where the strategy does worse is not said "
        f"below some {wanted:,} draws: give design.draws={wanted}, or fewer uncertainties."
    ]


def _decision(economics: Economics) -> list[str]:
    if economics.refused:
        return [economics.refused]
    best, share, information = economics.decision()
    luck = " The luck of its one seed is in each draw: that is too much." if economics.luck_is_in else ""
    return [
        f"At {economics.terms.willingness_to_pay:,.0f} USD per QALY, {in_words(economics.strategies[best])} has the "
        f"highest mean net benefit and is best in {100 * share:.0f}% of the draws; perfect information is worth "
        f"{information:,.0f} USD.{luck}"
    ]


def _flips(drivers: Drivers) -> list[str]:
    if not drivers.flips:
        return ["No single parameter, within what was drawn, changes which strategy is best on average."]
    lines = []
    for one in drivers.flips[:MOST_FLIPS]:
        parts = [in_words(one.best[0])]
        parts += [f"from {at:.4g} on {in_words(name)}" for at, name in zip(one.at, one.best[1:], strict=True)]
        lines.append(f"Could flip the decision: {one.parameter}: {', '.join(parts)} ({100 * one.share:.0f}% of draws).")
    return lines


def _box(drivers: Drivers) -> list[str]:
    name, cases = in_words(drivers.strategy), drivers.cases
    if drivers.box is None or not drivers.box.restricted:
        every = "every draw" if cases.all() else f"{100 * cases.mean():.0f}% of the draws"
        return [f"{name} does worse than the baseline in {every}; no box of parameters sets these apart."]
    box, chance = drivers.box, drivers.box_by_chance
    if box.density <= chance:
        return [
            f"Where {name} does worse than the baseline, no box of parameters tells: the densest holds "
            f"{100 * box.density:.0f}% of such draws, and the same search in shuffled draws finds {100 * chance:.0f}%."
        ]
    ends = []
    for i in box.restricted:
        low = f"{box.low[i]:.4g} <= " if box.low[i] > float("-inf") else ""
        high = f" <= {box.high[i]:.4g}" if box.high[i] < float("inf") else ""
        ends.append(f"{low}{drivers.names[i]}{high}")
    return [
        f"{name} does worse mostly where {' and '.join(ends)}: this box holds {100 * box.coverage:.0f}% of such draws, "
        f"and {100 * box.density:.0f}% of the draws in it are such (of all draws: {100 * cases.mean():.0f}%; "
        f"in boxes that the same search finds in shuffled draws, up to {100 * chance:.0f}%)."
    ]


def _sources(drivers: Drivers) -> list[str]:
    """How much of the variance is structure, how much parameters, how much luck that no parameter explains."""
    reading = drivers.reading
    runs = runs_of(reading, drivers.economics, drivers.outcome.name, drivers.strategy)
    found, models = sources(reading, runs), by_model(reading, runs)
    lines = [_shares(found)]
    if models:
        each = "; ".join(f"{one.name}: {one.mean:.3g} ({one.low:.3g} to {one.high:.3g})" for one in models)
        verdict = "the sign depends on the structure" if turns(models) else "no sign changes beyond luck"
        lines.append(f"By structure, with Monte Carlo intervals: {each}; {verdict}.")
    return lines


def _shares(found: Components) -> str:
    if found.total == 0 or found.luck != found.luck:
        return "Luck and parameters cannot be separated with one seed per draw: give seeds=2 or more."
    known = [name for name in ("structure", "parameters", "luck") if getattr(found, name) == getattr(found, name)]
    shares = ", ".join(f"{name} {100 * found.share(name):.0f}%" for name in known)
    return f"Variance of a single run's difference: {shares}."
