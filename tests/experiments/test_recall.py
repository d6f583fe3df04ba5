"""What members remember, by hand; and that a month lived again is the month that was lived."""

from types import SimpleNamespace

import numpy as np

from experiments.analysis import recall
from experiments.analysis.recall import Recall, repeat_month, without_effect
from sim import schema
from tests.support.worlds import system

FOOD, TRANSPORT, HOMELESS = 1, 1 << schema.TRANSPORT, 1 << schema.HOMELESSNESS


def played(months, monkeypatch, first=1, kept_away=()):
    """What is remembered after months that are each a dict of columns of two members; January is month 1 of 12."""
    members = np.zeros(2, schema.MEMBER)
    members["key"], members["status"] = (1, 2), schema.ENROLLED
    model = SimpleNamespace(members=members, month=first - 1)
    model.whole_members = lambda: np.array(model.members)
    monkeypatch.setattr(recall, "without_effect", lambda params, need: None)
    monkeypatch.setattr(Recall, "_kept_away", lambda self, rows: np.isin(rows, kept_away))
    model.params = None
    told = Recall(model)
    for columns in months:
        told.before()
        model.members = model.members.copy()
        for name, values in columns.items():
            model.members[name] = values
        model.month += 1
        told.after()
    return {kind: told.needs(kind).tolist() for kind in recall.KINDS}


def test_needs_of_the_year_of_last_december_and_ever(monkeypatch):
    months = [{"needs": (FOOD, 0)}] * 11 + [{"needs": (0, TRANSPORT)}, {"needs": (0, 0)}]
    told = played(months, monkeypatch)
    assert told["now"] == [0, 0]
    assert told["year"] == [0, 0]  # it is January
    assert told["before"] == [0, TRANSPORT]
    assert told["ever"] == [FOOD, TRANSPORT]
    assert played(months[:-1], monkeypatch)["year"] == [FOOD, TRANSPORT]


def test_seen_is_in_a_month_with_the_need(monkeypatch):
    home, visit = {"needs": (0, 0)}, {"needs": (HOMELESS, HOMELESS), "primary_year": (1, 0)}
    told = played([home, visit, home], monkeypatch)
    assert told["seen"] == told["known"] == [HOMELESS, 0]
    told = played([{**home, "primary_year": (1, 1)}, {"needs": (HOMELESS, 0)}], monkeypatch)
    assert told["seen"] == [0, 0]  # the visit was before the home was lost
    told = played([visit, {**visit, "primary_year": (0, 1)}], monkeypatch, first=12)
    assert told["seen"] == [0, HOMELESS]  # a new year, and its counters begin at zero
    assert told["known"] == [HOMELESS, HOMELESS]


def test_delayed_are_those_whom_transport_keeps_away(monkeypatch):
    felt = {"needs": (TRANSPORT, TRANSPORT), "felt_needs": (TRANSPORT, TRANSPORT)}
    told = played([felt, felt], monkeypatch, kept_away=(1,))
    assert told["delayed"] == [0, TRANSPORT]
    assert played([{"needs": (TRANSPORT, TRANSPORT)}] * 2, monkeypatch, kept_away=(1,))["delayed"] == [0, 0]


def test_another_member_in_the_row_remembers_nothing(monkeypatch):
    told = played([{"needs": (FOOD, FOOD)}, {"key": (1, 3), "needs": (0, 0)}], monkeypatch)
    assert told["ever"] == [FOOD, 0]


def test_a_month_lived_again_is_the_month_that_was_lived():
    model = system("months=4")
    model.step()  # in the first month the cohort to follow is marked
    for _ in range(3):
        before = model.whole_members()
        model.step()
        now = model.whole_members()
        rows = np.flatnonzero((before["status"] == schema.ENROLLED) & (before["key"] == now["key"][: len(before)]))
        after, asked = repeat_month(model, before[rows], model.params)
        assert all((after[name] == now[rows][name]).all() for name in now.dtype.names)
        needed = sum(model.last.counts[:, schema.COUNT_INDEX[f"{s}_asked"]].sum() for s in schema.SERVICES[:4])
        stayed = now["status"][rows] == schema.ENROLLED  # what others asked for is not counted
        assert needed >= asked[stayed].sum() > 0
    _, wanted = repeat_month(model, before[rows], without_effect(model.params, schema.TRANSPORT))
    felt = recall.felt(before[rows]) | recall.felt(now[rows])
    assert (wanted >= asked).all()
    assert 0 < (wanted > asked)[felt].mean() < 0.3
    assert (wanted == asked)[~felt].all()
    model.close()
