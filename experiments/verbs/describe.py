"""``ccosim describe``: the month in order, the measures, the columns of a member, the keys of a scenario."""

import textwrap
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import BaseModel

from experiments.methods.month_trace import RECORDS, by_payees, read_trace
from experiments.terminal.columns import print_columns
from sim.engine.text import did_you_mean, shown
from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError
from sim.scenario.faults import allowed, field_at, keys_of
from sim.scenario.in_force import of_arms
from sim.scenario.overrides import EXPERIMENT, GROUPS, options

WIDTH = 110
MILLION = 1_000_000


def run(words: Sequence[str]) -> int:
    """Describe one part of the model; without a word, the month."""
    part = words[0] if words else "month"
    if part == "scenario" and len(words) > 1:
        in_force(words[1:])
        return 0
    if part not in PARTS or len(words) > 1:
        valid = ", ".join(PARTS)
        raise ScenarioError([f"{shown(' '.join(words))}: must be one of {valid}{did_you_mean(part, PARTS)}"])
    PARTS[part]()
    return 0


def month() -> None:
    """Print a traced month: who does what, who pays whom, and what each rule of a member reads and writes."""
    trace = read_trace()
    print(f"The month, in order, as traced over {trace.months} months of")
    print(f"  {' '.join(trace.world)}")
    for step in trace.steps:
        print(f"\n{step.name}{f' ({step.agents} agents)' if step.agents > 1 else ''}: {step.about}")
        if step.writes:
            _print_names("  changes  ", step.writes)
        for paid, payees in by_payees(step.pays):
            _print_names("  pays     ", [f"{paid.payer} -> {payees}: {paid.purpose}", paid.when])
    print(f"\nOne member, in order, as traced over {trace.member_months:,} member-months")
    for rule in trace.rules:
        print(f"\n{rule.name}: {rule.about}")
        for word, fields in (("reads", rule.reads), ("writes", rule.writes)):
            for record in RECORDS:
                if record in fields:
                    _print_names(f"  {word:<7}{record:<10} ", fields[record])


def _print_names(head: str, names: Sequence[str]) -> None:
    for line in textwrap.wrap(", ".join(names), WIDTH, initial_indent=head, subsequent_indent=" " * len(head)):
        print(line)


def measures() -> None:
    """Print every measure with its definition."""
    from sim.measures.measures import MEASURES

    better = {True: ", higher is better", False: ", lower is better", None: ""}
    rows = [(m.name, f"{m.label} ({m.unit}{better[m.higher_is_better]}). {m.definition}") for m in MEASURES]
    print_columns(("measure", "what it is (unit, what is better) and how it is counted"), rows)


def members() -> None:
    """Print the columns of a member, as ``sim/schema.py`` declares them."""
    from sim.schema import MEMBER_FIELDS, OF_PACKAGES, STORED

    rows = []
    for one in MEMBER_FIELDS:
        shape = f"[{'x'.join(map(str, one.shape))}]" if one.shape else ""
        meaning = f"{one.label}: {', '.join(one.levels)}" if one.levels else one.label
        rows.append((one.name, one.dtype + shape, one.changes, f"{one.low:g}..{one.high:g}", one.unit, meaning))
    print_columns(("column", "type", "changes", "range", "unit", "meaning"), rows)
    print(f"\n{STORED.itemsize} bytes a member, and {OF_PACKAGES.itemsize} for one whom a program ever served")


def scenario() -> None:
    """Print the options of each group, and every key with its default, what it may be and what it means."""
    default = Scenario.compose()
    rows = [_group_row(group) for group in (*GROUPS, EXPERIMENT)]
    print_columns(("group", "options", "meaning"), rows)
    print(f"\n{_sizes()}\n")
    keys = [_key_row(key, default) for key in keys_of(Scenario) if not _is_group(key) and not key.endswith(".name")]
    print_columns(("key", "default", "may be", "meaning"), [row for row in keys if ".parameters" not in row[0]])
    print("\nparameters.<file>.<name>=x sets any number of `ccosim parameters` within its range;")
    print("those of upstream packages are parameters.packages.<package>.<field>..., such as packages.chw.cost.month.")


def in_force(overrides: Sequence[str]) -> None:
    """Print what a scenario has in force when: every key that changes during the run, arm by arm."""
    chosen = Scenario.compose(overrides)
    year = chosen.population.year
    arms = of_arms(chosen)
    rows = [(arm, one.key, one.in_words(year), one.value) for arm, spans in arms.items() for one in spans]
    if rows:
        print_columns(("arm", "key", "months", "in force"), rows)
    still = [name for name in chosen.arms if name not in arms]
    if not rows or still:
        print(f"{', '.join(still) or 'scenario'}: nothing changes during the run (`at` says what does).")


def gallery() -> None:
    """Print the published natural experiments that ship, each with its source."""
    from experiments.analysis.sources import evidence_rows
    from experiments.validation.gallery_entries import aim_of, as_written, names

    evidence, rows = evidence_rows(), []
    for name in names():
        title, published = as_written(name)
        sources = "; ".join(dict.fromkeys(aim_of(figure, evidence).source for figure in published.figures.values()))
        said = (published.period, sources, published.estimator, published.cannot)
        rows.append((f"gallery/{name}", title, *said))
    print_columns(("experiment", "title", "period", "source", "estimator", "cannot be said"), rows)


def _sizes() -> str:
    """Say what a sample is a share of, with the populations that there are."""
    sizes = []
    for name in options(conf_folder(), "population"):
        one = Scenario.compose([f"population={name}"]).population
        sizes.append(
            f"population={name} is a {100 * one.sample:g}% sample of {one.members / MILLION:.1f} million members"
        )
    return f"{'; '.join(sizes)}.\nA small CCO area is sampled more: at least population.minimum_per_cco of its members."


def _is_group(key: str) -> bool:
    return key in (*GROUPS, EXPERIMENT, "parameters")


def _group_row(group: str) -> tuple[str, str, str]:
    field = field_at(Scenario, (group,))
    kind: Any = field.annotation if field else None
    is_model = isinstance(kind, type) and issubclass(kind, BaseModel)
    about = (kind.__doc__ or "").strip() if is_model else (field.description or "" if field else "")
    return group, ", ".join(options(conf_folder(), group)) or "(none)", about


def _key_row(key: str, default: Scenario) -> tuple[str, str, str, str]:
    field = field_at(Scenario, key.split("."))
    assert field is not None
    value: Any = default
    for step in key.split("."):
        value = getattr(value, step)
    text = "null" if value is None else ("[" + ", ".join(value) + "]" if isinstance(value, tuple) else str(value))
    return key, text, allowed(field), field.description or ""


PARTS: dict[str, Callable[[], None]] = {
    "month": month,
    "measures": measures,
    "members": members,
    "scenario": scenario,
    "gallery": gallery,
}
