"""Traces the months of a small world as they run: who acts in which order, who pays whom, who changes which columns.

Calls are observed, not read from source. A step is a method of the model or of an organization that
``HealthSystem.step`` calls, directly or by a method of its own. Payments are what reaches
``Ledger.transfer`` while the step runs. ``python -m experiments.methods.traced_month`` writes
``conf/traces/month.json`` and the page that prints it.
"""

import inspect
from calendar import month_name
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch

import numpy as np

from experiments.methods.month_trace import FILE, Payment, Step, Trace, page_part, text_of
from experiments.methods.traced_rules import watch_without_compiler
from sim.engine.blocks import Blocks, Kernel
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.model import HealthSystem, begin
from sim.paths import conf_folder
from sim.payment.ledger import Ledger
from sim.scenario import Scenario
from sim.scenario.overrides import options
from sim.schema import VACANT
from sim.start import Start

WORLD = (
    "population=classroom",
    "payment=oregon_2020",
    "providers=effort",
    "governance=balanced",
    "upstream=portfolio",
    "upstream.funding=cco",
    "months=24",
    "seeds=1",
)
PAGE = Path("docs/explanation/month.md")
BEGIN, END = "<!-- traced: begin -->\n", "<!-- traced: end -->\n"
Tables: TypeAlias = dict[str, tuple[bytes, np.dtype[Any]]]
ORGANIZATIONS = "sim.agents."
REDUCED_FORM = ("payment=primary_care_capitation", "providers=reduced_form")  # a world whose rules have other branches
WATCHED = range(0, 24, 4)  # months in which the rules of members are watched, two Januaries among them
WATCHED_LATE = range(23, 24)  # the same under other payments, when providers have responded to them
WATCHED_MEMBERS = 200  # in each of those months
MONTH_NAMES = tuple(month_name)[1:]


@dataclass
class Observed:
    """What one step did in all months."""

    function: Callable[..., Any]
    is_direct: bool
    agents: set[int] = field(default_factory=set)
    writes: dict[str, None] = field(default_factory=dict)
    pays: dict[tuple[str, str, str], set[int]] = field(default_factory=dict)


class Tracer:
    """Watches a model through its months: its own methods, those of its organizations, and the ledger."""

    def __init__(self, model: HealthSystem, watched: Sequence[int] = WATCHED) -> None:
        self.model, self.watched = model, watched
        self.steps: dict[str, Observed] = {}
        self.months: list[dict[str, Any]] = []
        self._order: dict[str, None] = {}
        self._callers: list[object] = []  # those whose methods are running, the innermost last; ``step`` is not noted
        self._open: list[str] = []
        self._running = ""
        self._before: Tables = {}

    def run(self) -> None:
        """Step through the months of the scenario and watch."""
        self._before = tables(self.model)
        kinds = {type(actor) for actor in actors(self.model)}
        with ExitStack() as patches:
            for kind in kinds:
                for name, method in vars(kind).items():
                    if inspect.isfunction(method) and not name.startswith("__") and method is not HealthSystem.step:
                        patches.enter_context(patch.object(kind, name, self._watched(kind, method)))
            patches.enter_context(patch.object(Ledger, "transfer", self._paying(Ledger.transfer)))
            patches.enter_context(patch.object(Blocks, "run", self._living(Blocks.run)))
            while self.model.month < self.model.scenario.months:
                self.model.step()
        self._note_changes()

    def _watched(self, kind: type, method: Callable[..., Any]) -> Callable[..., Any]:
        """Return a method that says when it begins and ends: a step, if the model calls it."""
        step = f"{kind.__name__}.{method.__name__}"

        @wraps(method)
        def call(actor: object, *given: Any, **named: Any) -> Any:
            is_step = not self._callers or self._callers[-1] is self.model
            if is_step:
                self._begin(step, method, actor)
            self._callers.append(actor)
            try:
                return method(actor, *given, **named)
            finally:
                self._callers.pop()
                if is_step:
                    self._end()

        return call

    def _begin(self, step: str, method: Callable[..., Any], actor: object) -> None:
        self.steps.setdefault(step, Observed(method, is_direct=not self._open)).agents.add(id(actor))
        self._open.append(step)
        self._run_on(step)

    def _end(self) -> None:
        self._order.setdefault(self._open.pop())
        if self._open:
            self._run_on(self._open[-1])

    def _run_on(self, step: str) -> None:
        if step != self._running:  # agents of a kind act one after the other: look once, after the last of them
            self._note_changes()
        self._running = step

    def _paying(self, transfer: Callable[..., None]) -> Callable[..., None]:
        """Return a transfer that notes who pays whom, and for what, in the step that runs."""
        signature = inspect.signature(transfer)

        def call(*given: Any, **named: Any) -> None:
            asked = signature.bind(*given, **named).arguments
            if np.any(asked["cents"]):
                key = (asked["payer"], asked["payee"], asked["purpose"])
                self.steps[self._open[-1]].pays.setdefault(key, set()).add(self.model.month)
            transfer(*given, **named)

        return call

    def _living(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """Return a pass over the members that first keeps what the rules are about to be given.

        What is done meanwhile comes after it here: no step is charged with what threads write while it runs.
        """

        def call(blocks: Blocks, rows: int, kernel: Kernel, meanwhile: Callable[[], object]) -> Any:
            self._keep_members()
            sums = run(blocks, rows, kernel)
            meanwhile()
            return sums

        return call

    def _keep_members(self) -> None:
        """Keep what the rules of members are about to be given, for every so many members and months."""
        model = self.model
        if model.month in self.watched:
            some = np.asarray(model.members)[:: max(1, len(model.members) // WATCHED_MEMBERS)]
            given = {"areas": model.areas, "clinics": model.clinics, "params": model.params}
            month = {name: np.array(table) for name, table in given.items()}
            self.months.append({"members": model.served.whole(some), **month, "seed": np.uint64(model.seed)})

    def _note_changes(self) -> None:
        """Charge what has changed since the last look to the step that ran."""
        after = tables(self.model)
        if self._running:
            self.steps[self._running].writes.update(dict.fromkeys(changes(self._before, after)))
        self._before = after

    def found(self) -> list[Step]:
        """Return the steps in the order in which they end; those within others only if they change or pay something."""
        steps = [(name, self.steps[name]) for name in self._order]
        kept = [(name, one) for name, one in steps if one.is_direct or one.writes or one.pays]
        return [_step(name, one, self.model.scenario.months) for name, one in kept]


def tables(model: HealthSystem) -> Tables:
    """Return copies of all tables with named columns that the model holds; as bytes, which are copied fast."""
    held = {name: table for name, table in vars(model).items() if isinstance(table, np.ndarray) and table.dtype.names}
    held["members"] = model.served.whole(np.asarray(model.members))
    return {name: (table.tobytes(), table.dtype) for name, table in held.items()}


def changes(before: Tables, after: Tables) -> Iterator[str]:
    """Yield the columns whose values differ; the new rows of a grown table are compared with nothing."""
    for name, (now, dtype) in after.items():
        then, _ = before[name]
        if then == now:
            continue
        old, new = np.frombuffer(then, dtype), np.frombuffer(now, dtype)
        for column in dtype.names or ():
            if not np.array_equal(old[column], new[column][: len(old)], equal_nan=old[column].dtype.kind == "f"):
                yield f"{name}.{column}"


def actors(model: HealthSystem) -> Iterator[object]:
    """Yield the model, and the organizations that it holds."""
    yield model
    for held in vars(model).values():
        for one in held if isinstance(held, list) else [held]:
            if type(one).__module__.startswith(ORGANIZATIONS):
                yield one


def _step(name: str, one: Observed, months: int) -> Step:
    file = Path(inspect.getsourcefile(inspect.unwrap(one.function)) or "")
    about = " ".join((one.function.__doc__ or "").split("\n\n")[0].split())
    home = Path(__file__).resolve().parents[2]
    pays = [Payment(*key, when(seen, months)) for key, seen in one.pays.items()]
    return Step(name, len(one.agents), file.relative_to(home).as_posix(), about, sorted(one.writes), pays)


def when(seen: set[int], months: int) -> str:
    """Say in which of the months from 0 something happened."""
    if len(seen) == months:
        return "every month"
    of_year = sorted({month % MONTHS_PER_YEAR for month in seen})
    expected = {month for month in range(months) if month % MONTHS_PER_YEAR in of_year}
    if len(of_year) <= 2 and seen == expected:
        return "every " + " and ".join(MONTH_NAMES[month] for month in of_year)
    if len(seen) == 1:
        return f"{MONTH_NAMES[of_year[0]]} of year {next(iter(seen)) // MONTHS_PER_YEAR + 1}"
    return f"{len(seen)} of {months} months"


def trace() -> Trace:
    """Trace the world, then other ways to pay in it, then the rules of members of all of these."""
    scenario = Scenario.compose(WORLD)
    start = begin(scenario, scenario.seed_list[0])
    main = traced(WORLD, start, WATCHED)
    steps, months = main.found(), main.months
    known = {(one.payer, one.payee, one.purpose) for step in steps for one in step.pays}
    others = {}
    names = [name for name in options(conf_folder(), "payment") if f"payment={name}" not in WORLD]
    for changed in [REDUCED_FORM, *((f"payment={name}",) for name in names)]:
        other = traced(with_changes(changed), start, WATCHED_LATE)
        paid = [one for step in other.found() for one in step.pays]
        others[changed[0].removeprefix("payment=")] = [
            one for one in paid if (one.payer, one.payee, one.purpose) not in known
        ]
        months += other.months
    member_months = sum(int((month["members"]["status"] != VACANT).sum()) for month in months)
    rules = watch_without_compiler(months)
    added = {name: others[name] for name in names if others[name]}
    return Trace(list(WORLD), scenario.months, member_months, steps, rules, added)


def with_changes(changed: Sequence[str]) -> list[str]:
    """Return the world with some of its choices changed."""
    keys = {one.partition("=")[0] for one in changed}
    return [*(one for one in WORLD if one.partition("=")[0] not in keys), *changed]


def traced(overrides: Sequence[str], start: Start, watched: Sequence[int]) -> Tracer:
    """Run a scenario from a start that others share, and return what was seen."""
    model = HealthSystem(Scenario.compose(overrides), population=start.copy())
    tracer = Tracer(model, watched)
    tracer.run()
    model.close()
    return tracer


def with_generated(page: str, part: str) -> str:
    """Return a page with its generated part replaced."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}{part}{END}{rest.partition(END)[2]}"


def main() -> None:
    """Write the trace, and the page that prints it."""
    found = trace()
    file = conf_folder() / FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text(text_of(found), encoding="utf-8")
    page = Path(__file__).resolve().parents[2] / PAGE
    page.write_text(with_generated(page.read_text(encoding="utf-8"), page_part(found)), encoding="utf-8")
    print(f"wrote {file} and {page}")


if __name__ == "__main__":
    main()
