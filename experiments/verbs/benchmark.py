"""The verb `benchmark`: the speed of a member-month on this machine, beside a NumPy yardstick in the same process.

`ccosim benchmark` times our month, the engine on the benchmark month, and NumPy on the benchmark month, in turn, on one
thread and on two; it takes a few minutes, and writes `benchmark.json` into the folder that its last line names.
`ccosim benchmark oregon` also simulates all of Oregon for ten years. The benchmark month is
`conf/benchmark/month.yaml`.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.terminal.columns import print_columns
from sim.study.atomic import check_target, write_whole

if TYPE_CHECKING:
    from experiments.benchmarks.rounds import Contestant

ALL_OF_OREGON = ("population=oregon", "population.sample=1.0", "months=120", "warm_up=1", "seeds=1")
OREGON = "oregon"
MEMBERS = 100_000  # in each contestant
ROUNDS = 24
FILE = "benchmark.json"
MORE_THREADS = 2


def run(words: list[str]) -> int:
    """Measure, print a table, write `benchmark.json`, and print the folder that holds it."""
    from sim.engine.text import shown
    from sim.scenario import Scenario, ScenarioError

    overrides = [word for word in words if word != OREGON]
    if wrong := [word for word in overrides if "=" not in word]:
        raise ScenarioError([f"{shown(word)}: must be {OREGON}, or key=value (nearest: {OREGON})" for word in wrong])
    scenario = Scenario.compose(overrides)
    out = Path(scenario.results_root) / (scenario.study or f"benchmark-{scenario.digest()[:8]}")
    out.mkdir(parents=True, exist_ok=True)
    check_target(out / FILE)
    run_benchmark(overrides, out, oregon=OREGON in words)
    print(out)
    return 0


def run_benchmark(
    overrides: list[str],
    out: Path,
    *,
    oregon: bool = False,
    fresh: bool = True,
    stages: bool = True,
    members: int = MEMBERS,
    rounds: int = ROUNDS,
) -> dict[str, Any]:
    """Measure speed and memory, write `benchmark.json` into the folder `out`, and return what it holds.

    Every contestant has `members` members, and `rounds` months of it are timed. `oregon`: also simulate all of Oregon
    for 120 months; `fresh`: also time the first result; both in processes of their own. `stages`: also
    profile a study on one thread, by stage.
    """
    report = {"machine": machine(), **interleaved(overrides, members, rounds)}
    if stages:
        from experiments.benchmarks.stages import profile

        say("Profiling a study by stage ...")
        report["processor_seconds_by_stage"] = profile(overrides)
    if fresh:
        from experiments.benchmarks.fresh_process import first_result_seconds

        say("Timing the first result of fresh processes ...")
        report["first_result_seconds"] = first_result_seconds()
    if oregon:
        from experiments.benchmarks.fresh_process import whole_run

        say("Simulating all of Oregon for 120 months ...")
        chosen = [*ALL_OF_OREGON, *(word for word in overrides if not word.startswith(("study=", "results_root=")))]
        report["benchmarks"].append(whole_run(chosen, threads_of(overrides)))
    write(report, out)
    show(report)
    return report


def interleaved(overrides: list[str], members: int, rounds: int) -> dict[str, Any]:
    """Our month and both benchmark months in turn."""
    from experiments.benchmarks import rounds as b
    from sim.engine.compile import compile_message
    from sim.scenario import Scenario
    from sim.study.manifest import peak_memory_bytes

    if message := compile_message():
        say(message)
    scenario = Scenario.compose(sized(overrides, members))
    counts = sorted({1, threads_of(overrides)})
    say(f"Timing {rounds} months of about {members:,} members on {' and '.join(map(str, counts))} threads ...")
    contestants = [b.numpy_contestant(members)]
    contestants += b.model_contestants(scenario, counts, rounds)
    contestants += [b.engine_contestant(members, threads, rounds) for threads in counts]
    b.race(contestants, rounds)
    peak = peak_memory_bytes()
    return {
        "benchmarks": [row(contestant, rounds, peak) for contestant in contestants],
        "month_over_numpy_benchmark": round(b.ratio(contestants[1], contestants[0]), 3),
    }


def sized(overrides: list[str], members: int) -> list[str]:
    """The overrides, with a sample of about `members` members unless a population or a sample was chosen."""
    from sim.scenario import Scenario

    if any(word.startswith("population") for word in overrides):
        return overrides
    everybody = Scenario.compose(overrides).population.members
    return [*overrides, f"population.sample={min(1.0, members / everybody):.6f}"]


def threads_of(overrides: list[str]) -> int:
    given = [word.removeprefix("threads=") for word in overrides if word.startswith("threads=")]
    return int(given[-1]) if given else MORE_THREADS


def row(contestant: Contestant, rounds: int, peak: int | None) -> dict[str, Any]:
    return {
        "name": contestant.name,
        "threads": contestant.threads,
        "members": contestant.members,
        "months": rounds * contestant.in_a_row,
        "member_months_per_second": round(contestant.per_second),
        "decisions_per_member_month": contestant.decisions,
        "peak_memory_bytes": peak,
    }


def machine() -> dict[str, Any]:
    """What a reader needs to know to compare two reports."""
    from sim.engine.compile import versions

    return {
        "system": platform.system(),
        "processor": platform.machine(),
        "cores": os.cpu_count(),
        **versions(),
    }


def write(report: dict[str, Any], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / FILE, (json.dumps(report, indent=2) + "\n").encode())


def show(report: dict[str, Any]) -> None:
    """One clear table, and what a user waits for."""
    from experiments.benchmarks.rounds import IN_A_ROW

    print("Medians; mm: member-months, one enrolled member, one month")
    print(f"benchmark_engine is timed {IN_A_ROW} months at a time, since one takes only a few milliseconds")
    heads = ("work", "threads", "members", "months", "million mm/s", "ns per mm", "decisions")
    print_columns(heads, [_cells(one) for one in report["benchmarks"]])
    print(f"Our month over the NumPy benchmark month: {report['month_over_numpy_benchmark']:.2f}")
    if stages := report.get("processor_seconds_by_stage"):
        show_stages(stages)
    if first := report.get("first_result_seconds"):
        print(
            f"First result of a fresh process: {first['warm']:.1f} s warm ({first['warm_to_the_end']:.1f} s with its "
            f"files), {first['cold']:.1f} s with nothing compiled"
        )
    for one in report["benchmarks"]:
        if "seconds_months" in one:
            memory = (one["peak_memory_bytes"] or 0) / 1e9
            seconds = one["seconds_population"] + one["seconds_months"]
            print(f"All of Oregon, {one['months']} months: {seconds:.1f} s, {memory:.2f} GB")


def show_stages(stages: dict[str, float]) -> None:
    """Processor seconds of a study, and the share of each stage."""
    whole = sum(stages.values())
    print("A study on one thread, by stage")
    rows = [[stage, f"{seconds:.2f}", f"{100 * seconds / whole:.1f}"] for stage, seconds in stages.items()]
    print_columns(("stage", "processor s", "%"), rows)


def _cells(one: dict[str, Any]) -> list[str]:
    speed = one["member_months_per_second"]
    numbers = (f"{one['members']:,}", str(one["months"]), f"{speed / 1e6:.2f}", f"{1e9 / speed:.0f}")
    return [one["name"], str(one["threads"]), *numbers, str(one["decisions_per_member_month"])]


def say(message: str) -> None:
    """Progress goes to standard error: standard output holds the table and the folder."""
    print(message, file=sys.stderr, flush=True)
