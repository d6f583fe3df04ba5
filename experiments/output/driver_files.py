"""The table and the figures of what drives an outcome, as a study's folder holds them."""

from experiments.analysis.drivers import Drivers
from experiments.analysis.findings import too_few
from experiments.figures.drivers import draw_indices, draw_tornado
from experiments.output.outputs import Outputs
from experiments.terminal.labels import inside
from experiments.terminal.tables import in_words


def name_of(drivers: Drivers) -> str:
    """What the files of this outcome are called; of another strategy than the last one, by its place."""
    place = drivers.reading.strategies.index(drivers.strategy)
    return f"drivers_{drivers.outcome.name}_{place}"


def write_drivers(outputs: Outputs, drivers: Drivers) -> None:
    """Add the table and, where draws are enough, the figures of one outcome to what is written."""
    name, about = name_of(drivers), outputs.about
    outputs.tables[name] = drivers.table()
    if too_few(drivers):
        return
    what, _, unit = drivers.outcome.label.rpartition(", ")
    whose = f"{what} ({in_words(drivers.strategy)})"
    label, of = f"{whose}, {unit}", inside(whose)
    note = "Expected outcome by a spline through the draws; the line is the mean over all draws."
    outputs.draw(
        f"{name}_tornado", draw_tornado, drivers.bars, float(drivers.values.mean()), label, about,
        units=drivers.units(), note=note,
    )  # fmt: skip
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
        axis = f"Mean absolute effect over the range (mu*) on {of}, {unit}"
        kinds = ([effect.mu_star], [effect.mu_star_half], ["mu*"])
        outputs.draw(f"{name}_morris", draw_indices, drivers.names, *kinds, axis, about)
