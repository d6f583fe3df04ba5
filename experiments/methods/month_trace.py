"""What was traced of a month (``conf/traces/month.json``): who acts when, who pays whom, who reads and writes what.

``python -m experiments.methods.traced_month`` traces it anew; ``ccosim describe month`` and the page print it.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from sim.paths import conf_folder

FILE = Path("traces") / "month.json"
RECORDS = ("member", "month", "area", "clinic", "parameter")
PAID = ("where", "payer", "payees", "purpose", "when")
Fields: TypeAlias = dict[str, list[str]]


@dataclass(frozen=True)
class Payment:
    """Money that moved in a step: the accounts, the purpose, and the months in which it did, in words."""

    payer: str
    payee: str
    purpose: str
    when: str


@dataclass(frozen=True)
class Step:
    """One step of the month: whose it is, where it is written, and what it changed and paid when it was traced."""

    name: str
    agents: int
    file: str
    about: str
    writes: list[str]
    pays: list[Payment]


@dataclass(frozen=True)
class Rule:
    """One rule of a member's month, with the fields of each record that it read and wrote when it was traced."""

    name: str
    about: str
    reads: Fields
    writes: Fields


@dataclass(frozen=True)
class Trace:
    """The traced month: the world, how much of it was watched, and what was seen."""

    world: list[str]
    months: int
    member_months: int
    steps: list[Step]
    rules: list[Rule]
    other_payments: dict[str, list[Payment]]


def read_trace() -> Trace:
    """Return the trace that the package carries."""
    plain: dict[str, Any] = json.loads((conf_folder() / FILE).read_text(encoding="utf-8"))
    plain["steps"] = [Step(**{**one, "pays": [Payment(**paid) for paid in one["pays"]]}) for one in plain["steps"]]
    plain["rules"] = [Rule(**one) for one in plain["rules"]]
    plain["other_payments"] = {
        name: [Payment(**paid) for paid in payments] for name, payments in plain["other_payments"].items()
    }
    return Trace(**plain)


def text_of(trace: Trace) -> str:
    """Return the trace as the text of its file."""
    return json.dumps(asdict(trace), indent=1) + "\n"


def page_part(trace: Trace) -> str:
    """Return the generated part of ``docs/explanation/month.md``."""
    world = " ".join(trace.world)
    lines = [
        "## The steps, in order",
        "",
        f"Traced over {trace.months} months of `{world}`. A step changes a column if the column's values differ after "
        "it. A trailing number says how many agents of the kind take the step.",
        "",
        *_table(("step", "what happens", "changes"), map(_step_row, trace.steps)),
        "",
        "## Who pays whom",
        "",
        "Every transfer in the ledger in those months, in order of the step that makes it. The ledger closes the month "
        "only if no cent is made or lost.",
        "",
        *_table(PAID, (row for step in trace.steps for row in _paid_rows(step.name, step.pays))),
        "",
        "The same world under the other payment options of `conf/payment` adds:",
        "",
        *_table(PAID, (row for name, payments in trace.other_payments.items() for row in _paid_rows(name, payments))),
        "",
        "## One member's month",
        "",
        f"Traced over {trace.member_months:,} member-months of the same world, also under the other payment options "
        "and with `providers=reduced_form`. The rules ran as plain Python, with draws pushed toward rare events. A "
        "column is not shown if it is read or written only on a branch that none of these members took. *Month* is the "
        "member's record of this month; *area* and *clinic* are what organizations decided. `ccosim describe month` "
        "lists the parameters too.",
        "",
        *_table(("rule", "what happens", "reads", "writes"), map(_rule_row, trace.rules)),
    ]
    return "\n".join(lines) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |".replace("|  |", "| |")


def _step_row(step: Step) -> tuple[str, str, str]:
    name = f"[`{step.name}`](../../{step.file})" + (f" × {step.agents}" if step.agents > 1 else "")
    return name, step.about, _code(step.writes)


def _paid_rows(name: str, payments: Iterable[Payment]) -> Iterator[tuple[str, ...]]:
    for one, payees in by_payees(payments):
        yield f"`{name}`", one.payer, payees, one.purpose.replace("_", " "), one.when


def by_payees(payments: Iterable[Payment]) -> list[tuple[Payment, str]]:
    """Return payments that differ only in the payee once, with all payees in words."""
    payees: dict[tuple[str, str, str], list[Payment]] = {}
    for one in payments:
        payees.setdefault((one.payer, one.purpose, one.when), []).append(one)
    return [(same[0], ", ".join(one.payee for one in same)) for same in payees.values()]


def _rule_row(rule: Rule) -> tuple[str, str, str, str]:
    return f"`{rule.name}`", rule.about, _by_record(rule.reads), _by_record(rule.writes)


def _by_record(fields: Fields) -> str:
    shown = (record for record in RECORDS if record in fields and record != "parameter")
    return "; ".join(f"*{record}* {_code(fields[record])}" for record in shown)


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
