"""``ccosim sweep`` as a program of its own, with work that needs no model: ``stub_sweep.py WORK key=value ...``.

It has no guard against being imported again: workers do not need the main script.
"""

import multiprocessing
import os
import sys
from functools import partial

import experiments.verbs.sweep as verb
import sim.runs.crews as crews
from experiments.cli import main
from sim.runs.study import run_sweep
from tests.support import stub_runs

WORDS = ["population=classroom", "months=3", "warm_up=1", "seeds=2", "arms.a=[upstream=none]", "arms.b=[upstream=chw]"]

if multiprocessing.parent_process() is not None:
    raise SystemExit("a worker imported the main script")
if os.environ.get("CCOSIM_TEST_START") == "spawn":
    crews.get_all_start_methods = lambda: ["spawn"]
verb.run_sweep = partial(run_sweep, work=getattr(stub_runs, sys.argv[1]))
sys.exit(main(["sweep", *WORDS, "uncertainties=[upstream.help_wanted]", *sys.argv[2:]]))
