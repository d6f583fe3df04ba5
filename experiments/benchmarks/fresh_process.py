"""What a user waits for, measured in fresh processes: the first result, and all of Oregon."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FIRST_RESULT = ("run", "population=classroom", "months=12", "seeds=1")
WARM_TIMES = 3
LONGEST_WAIT = 1800  # seconds


def first_result_seconds() -> dict[str, float]:
    """Seconds from starting a process to the first line of its table, and to its end with figures and files.

    `cold` is with nothing compiled yet; `warm` and `warm_to_the_end` are medians after that.
    """
    with tempfile.TemporaryDirectory() as folder:
        cold, _ = seconds_of_first_result(Path(folder), 0)
        warm = [seconds_of_first_result(Path(folder), i + 1) for i in range(WARM_TIMES)]
    first, end = (statistics.median(times) for times in zip(*warm, strict=True))
    return {"cold": round(cold, 2), "warm": round(first, 2), "warm_to_the_end": round(end, 2)}


def seconds_of_first_result(folder: Path, number: int) -> tuple[float, float]:
    """Seconds to the first line on standard output, and to the end of the process."""
    command = [
        sys.executable,
        "-m",
        "experiments.cli",
        *FIRST_RESULT,
        f"study=first_{number}",
        f"results_root={folder}",
    ]
    errors = folder / f"errors_{number}.txt"
    started = time.perf_counter()
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, text=True, env=with_cache(folder / "cache")
        ) as process,
    ):
        assert process.stdout is not None
        process.stdout.readline()
        first = time.perf_counter() - started
        process.stdout.read()
    if process.returncode:
        raise RuntimeError(f"`ccosim {' '.join(FIRST_RESULT)}` failed:\n{errors.read_text()}")
    return first, time.perf_counter() - started


def with_cache(folder: Path) -> dict[str, str]:
    """The environment of a new process: another folder for compiled code, able to find the packages from anywhere."""
    path = os.pathsep.join([str(Path(__file__).resolve().parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "CCOSIM_CACHE": str(folder), "PYTHONPATH": path}


def whole_run(overrides: list[str], threads: int) -> dict[str, Any]:
    """Run a scenario in a separate process, to measure its memory alone; return the row for benchmark.json."""
    words = [*(word for word in overrides if not word.startswith("threads=")), f"threads={threads}"]
    command = [sys.executable, "-m", "experiments.benchmarks.fresh_process", *words]
    environment = {**os.environ, "PYTHONPATH": with_cache(Path())["PYTHONPATH"]}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment, timeout=LONGEST_WAIT)
    row: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return row


def measured_run(overrides: list[str]) -> dict[str, Any]:
    """Run a scenario and return its time and memory."""
    from experiments.benchmarks.rounds import enrolled, member_months
    from sim.member.decisions import DECISIONS
    from sim.model import HealthSystem
    from sim.scenario import Scenario
    from sim.study.manifest import peak_memory_bytes

    scenario = Scenario.compose(overrides)
    started = time.perf_counter()
    model = HealthSystem(scenario, scenario.seed_list[0])
    built = time.perf_counter()
    members, done = enrolled(model), 0
    for _ in range(scenario.months):
        model.step()
        done += member_months(model)
    ended = time.perf_counter()
    return {
        "name": "oregon",
        "threads": scenario.threads,
        "members": members,
        "months": scenario.months,
        "member_months_per_second": round(done / (ended - built)),
        "decisions_per_member_month": DECISIONS,
        "peak_memory_bytes": peak_memory_bytes(),
        "seconds_population": round(built - started, 2),
        "seconds_months": round(ended - built, 2),
    }


if __name__ == "__main__":
    print(json.dumps(measured_run(sys.argv[1:])))
