"""``ccosim sweep`` as a program of its own, with work that needs no model: ``stub_sweep.py WORK key=value ...``."""

import sys
from functools import partial

import experiments.verbs.sweep as verb
from experiments.cli import main
from sim.runs.study import run_sweep
from tests.support import stub_runs

if __name__ == "__main__":
    verb.run_sweep = partial(run_sweep, work=getattr(stub_runs, sys.argv[1]))
    sys.exit(main(["sweep", *sys.argv[2:]]))
