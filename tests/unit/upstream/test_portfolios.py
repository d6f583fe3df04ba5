"""The search: candidates fill the simplex, it finds what is better, and nothing beaten is on the frontier."""

from types import SimpleNamespace

import numpy as np
import pytest

from experiments.cli import BAD_INPUT, main
from experiments.verbs import portfolios
from experiments.verbs.portfolios import (
    LEAST,
    OBJECTIVES,
    Search,
    candidates,
    divisions,
    on_frontier,
    searched,
)

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


def test_the_search_begins_where_the_first_candidates_are():
    first = candidates(12, 4)
    assert np.allclose(divisions(np.clip(np.exp(-first), LEAST, 1 - LEAST)), first, atol=1e-6)


def test_the_frontier_by_hand():
    scores = np.array([[1.0, 1.0], [2.0, 0.0], [1.0, 0.0], [0.0, 3.0], [2.0, 0.0]])
    assert on_frontier(scores).tolist() == [True, True, False, True, True]


def test_the_search_finds_better_divisions_than_it_begins_with(monkeypatch):
    """Cost is least at (.7, .2, .1), health best at (.1, .2, .7); with new seeds nothing moves."""

    def lived(words, scenario, shares):
        cost = ((shares - [0.7, 0.2, 0.1]) ** 2).sum(axis=1)
        health = -((shares - [0.1, 0.2, 0.7]) ** 2).sum(axis=1)
        values = zip(cost, health, np.zeros(len(shares)), strict=True)
        return [
            dict(zip("abc", row.tolist(), strict=True)) | dict(zip(OBJECTIVES, map(float, value), strict=True))
            for row, value in zip(shares, values, strict=True)
        ]

    monkeypatch.setattr(portfolios, "outcomes", lived)
    scenario = SimpleNamespace(upstream=SimpleNamespace(packages=("a", "b", "c")), seed_list=(0,))
    plain, better = (searched(Search([], scenario), 12, rounds) for rounds in (0, 12))
    assert len(plain) == 12
    assert better["pmpm_total"].min() < plain["pmpm_total"].min() / 3
    assert better["qalys_a_year"].max() > plain["qalys_a_year"].max() / 3
    assert (better["confirmed"] == better["on_frontier"]).all()
    assert set(better["asked_by"]) >= {"spread", "cost", "health", "all_three"}


@pytest.mark.parametrize(
    "words", [["candidates=none"], ["candidates=4"], ["rounds=-1"], ["upstream=chw"], ["monthz=3"]]
)
def test_bad_words_are_refused(words, capsys):
    assert main(["portfolios", *words]) == BAD_INPUT
    assert capsys.readouterr().err
