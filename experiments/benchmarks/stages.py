"""Where the time of a study goes: processor time by stage, from timers around the stages while the study runs.

A timer costs a microsecond or less, and a month has some two hundred of them. Time inside a stage that has a timer of
its own counts there alone, so stages add up to the whole.
"""

import contextlib
import functools
import importlib
import io
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sim.runs.kept_starts import SETTING
from sim.scenario import Scenario

KERNEL = "members"
REST = "libraries, scenario and the rest"
TIMED = {
    "people at the start": ("sim.model:build_population",),
    "newcomers and births": ("sim.model:HealthSystem._let_in",),
    KERNEL: ("sim.engine.blocks:Blocks.run",),
    "slots and targeting": (
        "sim.agents.programs.slots:Slots.open",
        "sim.agents.programs.slots:Slots.assign",
        "sim.agents.programs.slots:Slots.record",
        "sim.agents.programs.community:Community.offer",
    ),
    "boards and settlements": (
        *(f"sim.agents.cco.cco:CCO.{method}" for method in ("decide", "settle", "judge")),
        *(f"sim.agents.state.agency:Agency.{method}" for method in ("set_rates", "settle", "record")),
        *("sim.agents.programs.funds:Funds.settle", "sim.agents.cco.bills:Bills.pay"),
    ),
    "providers": tuple(
        f"sim.agents.providers.providers:Providers.{method}"
        for method in ("decide", "bill", "record", "send_on", "watch_asks")
    ),
    "recorder": ("sim.model:HealthSystem._record", "sim.model:HealthSystem.result"),
    "rest of the month": ("sim.model:HealthSystem.step",),
    "tables": ("experiments.output.session:_write", "sim.runs.comparison:Comparison.summary"),
    "figures": ("experiments.figures:draw_figures", "experiments.figures:draw_answers"),
}
"""What has a timer, by stage: ``module:name``, or ``module:Class.method``."""

PROFILED = (
    *("population.sample=0.0143", "population.minimum_per_cco=100", "months=24", "warm_up=12", "seeds=1"),
    *("payment=global_budget", "providers=effort", "upstream=portfolio"),
)
"""The study that is profiled unless something else is asked for: about 20,000 members."""
SMALL = ("population.sample=0.001", "months=1", "warm_up=1")


class Stages:
    """Seconds of processor time by stage; one stage at a time may run."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(TIMED, 0.0)
        self._inside = 0.0  # of stages within the one that runs

    def timed(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function with a timer around it."""

        @functools.wraps(function)
        def with_timer(*args: Any, **kwargs: Any) -> Any:
            before, self._inside, began = self._inside, 0.0, time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                took = time.process_time() - began
                self.seconds[stage] += took - self._inside
                self._inside = before + took

        return with_timer

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Put the timers in place, and take them away at the end."""
        with contextlib.ExitStack() as places:
            for stage, names in TIMED.items():
                for name in names:
                    owner, last = place_of(name)
                    function = getattr(owner, last)
                    setattr(owner, last, self.timed(stage, function))
                    places.callback(setattr, owner, last, function)
            yield


def place_of(name: str) -> tuple[Any, str]:
    """Return the module or class that holds ``module:name`` or ``module:Class.method``, and the last name."""
    module, _, path = name.partition(":")
    *owners, last = path.split(".")
    return functools.reduce(getattr, owners, importlib.import_module(module)), last


def profile(overrides: list[str]) -> dict[str, float]:
    """Run a study on one thread, compiled before, and return its processor seconds by stage."""
    run(chosen(PROFILED, overrides, SMALL))  # compile, and load what a study needs
    stages = Stages()
    with stages.running():
        whole = run(chosen(PROFILED, overrides))
    found = stages.seconds | {REST: whole - sum(stages.seconds.values())}
    return {stage: round(seconds, 3) for stage, seconds in found.items()}


def run(words: list[str]) -> float:
    """Run a study whose folder and table nobody keeps; return its processor seconds."""
    from experiments.output.session import run_study

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()), no_kept_start():
        began = time.process_time()
        run_study(Scenario.compose(chosen(words, ("threads=1", f"results_root={folder}"))))
        return time.process_time() - began


def chosen(*groups: Iterable[str]) -> list[str]:
    """Return overrides of all groups; of several for one key the last."""
    return list({word.partition("=")[0]: word for group in groups for word in group}.values())


@contextlib.contextmanager
def no_kept_start() -> Iterator[None]:
    """Let people be built and warmed up, whatever is on the disk."""
    before = os.environ.get(SETTING)
    os.environ[SETTING] = "0"
    try:
        yield
    finally:
        os.environ.pop(SETTING)
        if before is not None:
            os.environ[SETTING] = before
