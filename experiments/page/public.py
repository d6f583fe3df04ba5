"""A public page without a server: a grid of policies, simulated beforehand, in one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

from experiments.page.brief import limits_of
from experiments.page.choices import DEFAULT, Asked, asked_for, words_apart
from experiments.page.export import page_of
from experiments.page.parts import Runs, told
from experiments.terminal.tables import in_words
from sim.live import Pair
from sim.study.atomic import write_whole

PAYMENTS = (
    "fee_for_service",
    "global_budget",
    "global_budget_quality_pool",
    "shared_savings",
    "hospital_global_budget",
)
PROGRAMS = ("none", "chw", "supportive_housing", "portfolio")
RESPONSES = ("passive", "effort")
MONTHS, SEEDS = 24, 3
HEADS = {
    "payment": "How the state pays",
    "upstream": "Upstream programs",
    "providers": "How providers respond (assumption, not a policy)",
}


def grid() -> Iterator[dict[str, str]]:
    """Yield the options of arm B of each comparison; arm A is always the baseline world."""
    for payment, upstream, providers in product(PAYMENTS, PROGRAMS, RESPONSES):
        yield {**DEFAULT["b"], "payment": payment, "upstream": upstream, "providers": providers}


def write_public(
    path: Path, say: Callable[[str], None], policies: list[dict[str, str]] | None = None, months: int = MONTHS
) -> int:
    """Simulate every policy of the grid beside the baseline, write the page, and return its size in bytes."""
    chosen = list(grid()) if policies is None else policies
    snapshots = []
    for place, options in enumerate(chosen, 1):
        say(f"{place} of {len(chosen)}: {', '.join(in_words(options[group]) for group in HEADS)}")
        snapshots.append(_snapshot(asked_for({"months": months, "arms": {"a": DEFAULT["a"], "b": options}}), options))
    data = page_of(snapshots).encode()
    write_whole(path, data)
    return len(data)


def _snapshot(asked: Asked, options: dict[str, str]) -> dict[str, Any]:
    scenario, pairs, seeds = asked.scenario(), [], asked.seeds[:SEEDS]
    for seed in seeds:
        with Pair(scenario.arm("a"), scenario.arm("b"), seed) as pair:
            pairs.append(pair.run())
    runs = Runs(seeds, pairs, asked.months)
    status = {"state": "done", "month": asked.months, "months": asked.months, "seeds": len(seeds), "of": len(seeds)}
    return {
        **_rounded_parts(told(runs)),
        "apart": words_apart(asked) or ["Nothing differs: both arms are the same."],
        "limits": limits_of(asked.size, asked.months, len(seeds)),
        "digest": scenario.digest(),
        "command": asked.command(),
        "status": status,
        "choice": {head: in_words(options[group]) for group, head in HEADS.items()},
        "first": options == DEFAULT["b"],
    }


def _rounded_parts(news: dict[str, Any]) -> dict[str, Any]:
    return {**news, "parts": _rounded(news["parts"])}


def _rounded(value: Any) -> Any:
    """Numbers of tables in six digits: the file is read by people, and the command gives the rest."""
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value
