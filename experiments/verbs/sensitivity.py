"""The verb ``sensitivity``: what drives a study's outcome, and what could turn its decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from experiments.analysis.drivers import ABOVE_NOISE, NET_BENEFIT, Drivers, outcome_of
from experiments.analysis.economics import Economics
from experiments.analysis.reading import Reading, asked_for
from experiments.analysis.uncertainty import by_model, runs_of, sources, turns
from experiments.output.outputs import Outputs
from experiments.terminal.tables import in_words
from sim.analysis.uncertainty.decomposition import Components

MOST_ROWS = 15
DRAWS_PER_PARAMETER = 10  # a rule of thumb for regressions
OPTIONS = ("outcome", "arm")


def run(words: Sequence[str]) -> int:
    """Print what drives the outcome of a sweep, write its tables and figures, and print the study's folder last."""
    asked = asked_for(words, OPTIONS)
    reading = Reading(asked.path, asked.overrides)
    drivers = Drivers(reading, outcome_of(asked.options.get("outcome", NET_BENEFIT)), asked.options.get("arm"))
    outputs = Outputs(reading)
    write_drivers(outputs, drivers)
    outputs.write()
    _print(Console(highlight=False), drivers)
    print(f"All parameters: {reading.study.path}/tables/{name_of(drivers)}.csv")
    print(reading.study.path)
    return 0


def name_of(drivers: Drivers) -> str:
    """What the files of this outcome are called; of another strategy than the last one, by its place."""
    place = drivers.reading.strategies.index(drivers.strategy)
    return f"drivers_{drivers.outcome.name}_{place}"


def write_drivers(outputs: Outputs, drivers: Drivers) -> None:
    """Add the table and, where draws are enough, the figures of one outcome to what is written."""
    from experiments.figures.drivers import draw_indices, draw_tornado

    name, about = name_of(drivers), outputs.about
    outputs.tables[name] = drivers.table()
    if too_few(drivers):
        return
    label = f"{drivers.outcome.label}: {in_words(drivers.strategy)}"
    of = label[0].lower() + label[1:]
    note = "Expected outcome by a spline through the draws; the line is the mean over all draws."
    outputs.draw(f"{name}_tornado", draw_tornado, drivers.bars, float(drivers.values.mean()), label, about, note=note)
    if drivers.correlations is not None:
        found = drivers.correlations
        half = (found.high - found.low) / 2
        axis = f"Partial rank correlation with {of}"
        outputs.draw(f"{name}_ranks", draw_indices, drivers.names, [found.value], [half], ["rank"], axis, about)
    if drivers.sobol is not None:
        one = drivers.sobol
        values, halves = [one.first, one.total], [one.first_half, one.total_half]
        labels, axis = ["alone (first order)", "with others (total)"], f"Part of the variance of {of}"
        outputs.draw(f"{name}_sobol", draw_indices, drivers.names, values, halves, labels, axis, about)
    if drivers.morris is not None:
        effect = drivers.morris
        axis = f"Mean absolute effect over the range (mu*) on {of}"
        kinds = ([effect.mu_star], [effect.mu_star_half], ["mu*"])
        outputs.draw(f"{name}_morris", draw_indices, drivers.names, *kinds, axis, about)


def _print(console: Console, drivers: Drivers) -> None:
    title = f"{drivers.outcome.label}: {in_words(drivers.strategy)}, over {len(drivers.values):,} draws"
    if too_few(drivers):  # a ranking of noise would be read as one of parameters
        console.print(Text(title))
    else:
        console.print(_ranking(drivers, title))
    for line in sentences(drivers):
        console.print(Text(line), soft_wrap=False)


def _ranking(drivers: Drivers, title: str) -> Table:
    table = drivers.table()
    shown = Table(title=title, title_justify="left", box=None, pad_edge=False, padding=(0, 1))
    shown.add_column("parameter", overflow="fold")
    headers = {"swing": "swing", "rank_correlation": "rank", "sobol_first": "Sobol", "sobol_total": "total",
               "morris_mu_star": "mu*", "evppi_usd": "EVPPI, USD"}  # fmt: skip
    columns = [name for name in headers if name in table]
    for name in columns:
        shown.add_column(headers[name], justify="right", no_wrap=True)
    for _, row in table.head(MOST_ROWS).iterrows():
        shown.add_row(row["parameter"], *(_cell(name, row) for name in columns))
    return shown


def _cell(name: str, row: Mapping[str, float]) -> str:
    value = row[name]
    if name == "evppi_usd":
        floor = row["evppi_noise_floor_usd"]
        return f"{value:,.0f}" if value > ABOVE_NOISE * floor else "noise"
    return f"{value:+.2f}" if name == "rank_correlation" else f"{value:.3g}"


def sentences(drivers: Drivers) -> list[str]:
    """What the tables say, in words: the decision, what could flip it, where the strategy does worse, what is luck.

    What single parameters do is said only where there are draws enough to know.
    """
    single = too_few(drivers) or [*_flips(drivers), *_box(drivers)]
    return [*_decision(drivers.economics), *single, *_sources(drivers)]


def too_few(drivers: Drivers) -> list[str]:
    """What is needed where draws are too few for so many parameters; empty where they are enough."""
    wanted = DRAWS_PER_PARAMETER * len(drivers.names)
    if len(drivers.values) >= wanted:
        return []
    return [
        f"Only {len(drivers.values)} draws of {len(drivers.names)} parameters: what single parameters do is mostly "
        f"noise. Which matter most, which could flip the decision, and where the strategy does worse is not said below "
        f"some {wanted:,} draws: give design.draws={wanted}, or fewer uncertainties."
    ]


def _decision(economics: Economics) -> list[str]:
    from sim.analysis.economics.net_benefit import evpi, probability_best

    benefit, worth = economics.benefit, economics.terms.willingness_to_pay
    best = int(benefit.mean(axis=0).argmax())
    share = 100 * float(probability_best(benefit)[best])
    return [
        f"At {worth:,.0f} USD per QALY, {in_words(economics.strategies[best])} has the highest mean net benefit and is "
        f"best in {share:.0f}% of the draws; perfect information is worth {evpi(benefit):,.0f} USD."
    ]


def _flips(drivers: Drivers) -> list[str]:
    if not drivers.flips:
        return ["No single parameter, within what was drawn, changes which strategy is best on average."]
    lines = []
    for one in drivers.flips[:MOST_ROWS]:
        parts = [in_words(one.best[0])]
        parts += [f"from {at:.4g} on {in_words(name)}" for at, name in zip(one.at, one.best[1:], strict=True)]
        lines.append(f"Could flip the decision: {one.parameter}: {', '.join(parts)} ({100 * one.share:.0f}% of draws).")
    return lines


def _box(drivers: Drivers) -> list[str]:
    name, cases = in_words(drivers.strategy), drivers.cases
    if drivers.box is None or not drivers.box.restricted:
        every = "every draw" if cases.all() else f"{100 * cases.mean():.0f}% of the draws"
        return [f"{name} does worse than the baseline in {every}; no box of parameters sets these apart."]
    box = drivers.box
    ends = []
    for i in box.restricted:
        low = f"{box.low[i]:.4g} <= " if box.low[i] > float("-inf") else ""
        high = f" <= {box.high[i]:.4g}" if box.high[i] < float("inf") else ""
        ends.append(f"{low}{drivers.names[i]}{high}")
    return [
        f"{name} does worse mostly where {' and '.join(ends)}: this box holds {100 * box.coverage:.0f}% of such draws, "
        f"and {100 * box.density:.0f}% of the draws in it are such (of all draws: {100 * cases.mean():.0f}%)."
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
