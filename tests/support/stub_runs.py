"""Work without a model, for tests of everything around it: a run's numbers are made from its id."""

import hashlib
import os
import signal
import time
from pathlib import Path

import numpy as np

from sim.measures.amounts import AMOUNT_NAMES
from sim.runs.crews import LOST
from sim.runs.work import Failure
from sim.scenario import Scenario
from sim.study.shards import Outcome

ROWS = (("all", "all"), ("area", "North"), ("race", "white"))
MEASURES = ("pmpm_total", "ed_visits_per_1000_mm", "qalys_per_1000_my")


def outcome(run_id, months=False):
    rng = np.random.default_rng(int(run_id[:16], 16))
    values = rng.normal(100, 10, (len(ROWS), len(MEASURES)))
    values[2, 0] = np.nan  # what the ledger does not know by race
    digest = hashlib.sha256(values.tobytes()).hexdigest()
    amounts = rng.normal(size=(2, len(AMOUNT_NAMES)))
    monthly, yearly = (rng.normal(size=(3, 2, 3)), rng.normal(size=(1, 1, 3))) if months else (None, None)
    return Outcome(run_id, digest, 100, 0.001, ROWS, MEASURES, values, amounts, monthly, yearly)


def quick(task):
    return [outcome(run_id, task.keep == "months") for run_id, _ in task.runs]


def slow(task):
    time.sleep(0.02)
    return quick(task)


def failing(task):
    """Fails every run of draw 1 of arm b."""
    bad = {run_id for run_id, arm in task.runs if arm == "b" and task.draw == 1}
    return [Failure(run_id, "ValueError: cannot be") if run_id in bad else outcome(run_id) for run_id, _ in task.runs]


def poisonous(task):
    """Kills its process in every run of draw 1 of arm b."""
    if task.draw == 1 and any(arm == "b" for _, arm in task.runs):
        os.kill(os.getpid(), signal.SIGKILL)
    return quick(task)


def mortal(task):
    """Kills its process the first time that it is asked for draw 2, in the folder that the environment names."""
    mark = Path(os.environ["CCOSIM_TEST_MARK"])
    if task.draw == 2 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return quick(task)


def digests(running):
    """The digest of every kept run of a session, by id."""
    return {one.id: one.digest for one in running.store.scan({run.id for run in running.plan.runs})}


class Inline:
    """A crew of one, in this process: what is killed is the whole session."""

    peak_memory, hands = None, 1

    def __init__(self, work):
        self.work, self.task = work, None

    def room(self):
        return int(self.task is None)

    def busy(self):
        return int(self.task is not None)

    def submit(self, task):
        self.task = task

    def collect(self, seconds):
        task, self.task = self.task, None
        answer = self.work(task)
        yield task, LOST if answer is None else answer

    def close(self):
        pass


def study(root, *more, draws=5, seeds=2, name="demo"):
    """A scenario of two arms with something uncertain, in a folder of its own; ``more`` replaces and adds words."""
    words = {
        "population": "classroom",
        "months": 3,
        "warm_up": 1,
        "seeds": seeds,
        "design.draws": draws,
        "arms.a": "[upstream=none]",
        "arms.b": "[upstream=chw]",
        "uncertainties": "[upstream.help_wanted]",
        "results_root": root,
        **({} if name is None else {"study": name}),
    }
    words |= dict(word.split("=", 1) for word in more)
    return Scenario.compose([f"{key}={value}" for key, value in words.items()])
