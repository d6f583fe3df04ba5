"""A copy of the model to which a test adds something, as the how-to says, and runs it in a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RUN = """
import json, sys
from sim import HealthSystem, Scenario
from sim.measures.measures import BY_NAME
from sim.schema import COUNTS

model = HealthSystem(Scenario.compose(json.loads(sys.argv[1])))
result = model.run()
counts = {name: int(result.counts[..., i].sum()) for i, name in enumerate(COUNTS)}
print(json.dumps({"counts": counts, "measures": {name: result.value(name) for name in BY_NAME}}))
"""
SMALL = ("population=classroom", "population.sample=0.0001", "population.minimum_per_cco=5", "capacity=unlimited")
SHORT = ("warm_up=0", "months=1", "seeds=1", "threads=1")

Run = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Tree:
    """A copy of ``sim`` and ``conf``."""

    path: Path

    def add(self, file: str, before: str, text: str) -> None:
        """Write ``text`` before the first place in a file at which ``before`` stands."""
        source = (self.path / file).read_text(encoding="utf-8")
        assert before in source, f"{file} no longer says {before!r}: say in the how-to where the addition goes now"
        (self.path / file).write_text(source.replace(before, text + before, 1), encoding="utf-8")

    def python(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a script against the copy; rules are interpreted, so that nothing waits for the compiler."""
        environment = {**os.environ, "PYTHONPATH": str(self.path), "NUMBA_DISABLE_JIT": "1"}
        command = [sys.executable, "-c", script, *arguments]
        return subprocess.run(command, cwd=self.path, env=environment, capture_output=True, text=True, check=False)

    def run(self, *choices: str) -> dict[str, Any]:
        """Return the counts and measures of one month of a hundred or two members."""
        done = self.python(RUN, json.dumps([*SMALL, *SHORT, *choices]))
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer
