"""The month taken apart, step by step, is the month: the table of `ccosim benchmark stages` times what a run does."""

import ast
from itertools import count

import numpy as np
import pytest

from experiments.benchmarks.stages import AWAY, Stages, called, source_of
from sim.member import month
from sim.schema import WHOLE_MEMBER
from tests.support.by_hand import rules_of
from tests.support.worlds import EVERYTHING, system

PEOPLE = 60


@pytest.fixture(scope="module")
def model():
    return system(*EVERYTHING)


def simulated(run, model, *more):
    """Sums and members after a month of some people, by rules in plain Python."""
    rows = np.asarray(model.members).view(WHOLE_MEMBER)[:: len(model.members) // PEOPLE].copy()
    rows = rows.view(model.members.dtype).view(np.recarray)
    scratch, sums = month.make_scratch(len(model.areas), len(model.clinics))
    run(rows, 0, len(rows), model.areas, model.clinics, model.params, np.uint64(7), scratch, *more)
    assert sums[0].any()
    return [array.tobytes() for array in (*sums, rows)]


def test_the_steps_one_by_one_give_the_month_and_each_is_timed(model):
    plain = rules_of(month, draws_in=lambda room: room["block"][0])
    stages = Stages()
    spent = np.zeros(len(stages.names), np.int64)
    clock = count()
    staged = stages.made_with({**vars(month), **vars(plain), "draws_in": lambda room: room["block"][0],
                               "cycles": lambda: next(clock)})  # fmt: skip
    assert simulated(staged, model, spent) == simulated(plain.live_chunk, model)
    assert (spent > 0).all(), "every stage was entered"


@pytest.mark.quick
def test_every_rule_of_the_month_is_a_stage():
    names = Stages().names
    rules = [called(statement) for statement in source_of(month.live).body if isinstance(statement, ast.Expr)]
    assert [name for name in names if name in rules] == [name for name in rules if name]
    assert {AWAY, "fill_block", "spend", "count_register", "end_of_month"} <= set(names)
