"""Published results by hand: when a board reads one, how far it believes it, and what it does then."""

import csv
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sim.agents.cco.actions import ACTION_INDEX, ACTIONS
from sim.agents.cco.board import Board
from sim.agents.cco.published import Published
from sim.engine.yaml_files import read_yaml
from sim.paths import conf_folder
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

N = len(ACTIONS)
CARE, RECORDS = ACTION_INDEX["care_management"], ACTION_INDEX["shared_records"]
NULL = {
    "ccos.published_saving.care_management": 0.0,
    "ccos.published_sd.care_management": 0.01,
    "ccos.published_year.care_management": 2012.5,
    "economics.price_year": 2011,
}


def a_board(weight, **changes):
    board = Board(REGISTRY.override({**NULL, **changes, "ccos.published_weight": weight}), StandIn().scenario)
    board.saving = np.zeros(N)
    board.saving[[CARE, RECORDS]] = 0.02, 0.01
    board.spread = np.zeros((N + 1, N + 1))
    board.spread[CARE, CARE], board.spread[RECORDS, RECORDS] = 0.0003, 0.0002
    board.spread[CARE, RECORDS] = board.spread[RECORDS, CARE] = -0.0001
    return board


@pytest.mark.parametrize(
    ("weight", "care", "records", "variance"),
    [
        (1.0, 0.005, 0.015, 0.000075),  # .0003 / (.0003 + .0001) = 3/4 of the way; records move by -1/3 of that
        (0.5, 0.008, 0.014, 0.00012),  # half heeded, the variance of a study counts double: 3/5
        (0.0, 0.02, 0.01, 0.0003),
    ],
)
def test_a_study_is_believed_by_its_precision_and_as_far_as_it_is_heeded(weight, care, records, variance):
    board = a_board(weight)
    board.read(18)
    assert_allclose(board.saving[[CARE, RECORDS]], (care, records), rtol=1e-9)
    assert board.spread[CARE, CARE] == pytest.approx(variance)
    assert board.base_luck == 0


def test_a_study_that_finds_a_saving_raises_the_belief():
    board = a_board(1.0, **{"ccos.published_saving.care_management": 0.06})
    board.read(18)
    assert board.saving[CARE] == pytest.approx(0.02 + 0.75 * 0.04)


def test_a_result_is_read_once_when_it_is_out_and_not_before():
    """Month 0 is January 2011: July 2012 is month 18."""
    board = a_board(1.0)
    for month, belief in ((15, 0.02), (17, 0.02), (18, 0.005), (21, 0.005), (60, 0.005)):
        now = a_board(1.0).published.out_by(month)[CARE]
        assert now == (month >= 18)
        board.read(month)
        assert board.saving[CARE] == pytest.approx(belief)
        assert board.has_read[CARE] == (month >= 18)


def test_what_was_out_before_the_start_is_read_at_the_first_decision():
    assert a_board(1.0, **{"economics.price_year": 2018}).published.out_by(3)[CARE]


def test_without_a_standard_error_nothing_is_published():
    published = Published.of(REGISTRY.override({"ccos.published_weight": 1.0}))
    assert not replace(published, sd=np.zeros(N)).out_by(10**4).any()
    out = {name for name, k in ACTION_INDEX.items() if published.out_by(10**4)[k]}
    assert out == {"at_risk", "care_management", "behavioral_integration", "shared_records"}


def test_boards_that_do_not_read_do_not_change_to_the_bit():
    """Not even where belief and study could not be farther apart."""
    board, before = a_board(0.0, **{"ccos.published_saving.care_management": 0.4}), a_board(0.0)
    board.read(600)
    assert not board.has_read.any()
    assert_array_equal(board.saving, before.saving)
    assert_array_equal(board.spread, before.spread)


def governed(weight, found, months=24):
    """Boards that want money, look at every action each quarter and take the best; a study is out in month 12."""
    study = {
        "ccos__published_year": dict.fromkeys(ACTIONS, 2019),
        "ccos__published_sd": {name: 0.001 * (name == "care_management") for name in ACTIONS},
        "ccos__published_saving": {name: found * (name == "care_management") for name in ACTIONS},
        "ccos__published_weight": weight,
    }
    sure = {"ccos__choice_spread": 0.0, "ccos__reconsider": 1.0, "ccos__health_value": 0, "ccos__community_weight": 0}
    sure |= {"ccos__believed_saving": {name: 0.05 * (name == "care_management") for name in ACTIONS}}
    return StandIn(levers=("care_management",), **sure, **study).month_by_month(12 + months)


def test_after_a_null_trial_boards_do_less_and_those_that_do_not_read_go_on():
    reads, blind, early = governed(1.0, 0.0), governed(0.0, 0.0), governed(1.0, 0.0, months=11)
    assert (early.actions["care_management"] == governed(0.0, 0.0, months=11).actions["care_management"]).all()
    assert (early.actions["care_management"] > 0).all()
    assert not reads.actions["care_management"].any()
    assert (blind.actions["care_management"] == 1).all()
    assert (governed(1.0, 0.1).actions["care_management"] == 1).all()


def test_no_published_result_is_a_target_of_validation_or_of_the_gallery():
    conf = conf_folder()
    cited = {row for name in ("saving", "sd", "year") for row in REGISTRY[f"ccos.published_{name}"].evidence}
    with (conf / "targets" / "validation.csv").open(encoding="utf-8") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        targets = {row for target in rows for row in target["study_id"].split()}
    for file in sorted((conf / "experiment" / "gallery").glob("*.yaml")):
        figures = read_yaml(file)["published"]["figures"]
        targets |= {figure["row"] for figure in figures.values()}
    assert {"camden_readm", "did_wa_total"} <= targets
    assert cited
    assert not cited & targets
    assert not cited & set(REGISTRY["ccos.believed_saving"].evidence)
