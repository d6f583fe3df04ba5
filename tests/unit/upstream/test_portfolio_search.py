"""The search: candidates fill the simplex, and nothing beaten is on the frontier."""

import numpy as np
import pytest

from experiments.portfolio_search import BAD_INPUT, candidates, main, on_frontier

pytestmark = pytest.mark.quick


def test_candidates_are_shares_of_a_budget():
    shares = candidates(40, 5)
    assert shares.shape == (40, 5)
    assert np.allclose(shares.sum(axis=1), 1)
    assert (shares >= 0).all()
    assert (shares[:5] == np.eye(5)).all()
    assert len(np.unique(shares.round(6), axis=0)) == 40
    assert np.abs(shares.mean(axis=0) - 0.2).max() < 0.05
    assert len(candidates(3, 5)) == 3


def test_the_frontier_by_hand():
    scores = np.array([[1.0, 1.0], [2.0, 0.0], [1.0, 0.0], [0.0, 3.0], [2.0, 0.0]])
    assert on_frontier(scores).tolist() == [True, True, False, True, True]


@pytest.mark.parametrize("words", [["candidates=none"], ["candidates=0"], ["upstream=chw"], ["monthz=3"]])
def test_bad_words_are_refused(words, capsys):
    assert main(words) == BAD_INPUT
    assert capsys.readouterr().err
