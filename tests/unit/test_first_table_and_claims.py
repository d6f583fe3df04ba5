"""The first table of a paper, and the claims of followed people."""

import io
import time
from dataclasses import replace

import numpy as np
import pytest

from experiments.output.first_table import as_docx, as_latex, first_table, without_small_numbers
from experiments.terminal.tables import in_words
from sim import claims
from sim.runs import claims as module
from sim.runs.claims import _Followed
from sim.runs.comparison import compare
from sim.scenario import ScenarioError
from sim.schema import PAYERS
from tests.support.synthetic_runs import FakeScenario, FakeSystem
from tests.support.worlds import TINY, beginning, scenario

PAID_BY_MEDICAID = PAYERS[0]


@pytest.fixture(scope="module")
def comparison():
    made = FakeScenario(months=14, seed_list=(0, 1))
    return compare(made, build=FakeSystem, populations=lambda scenario, seed: seed)


def test_the_first_table_has_every_arm_and_every_group(comparison):
    table = first_table(comparison)
    arms = table[table["of"] == "arm"]
    assert set(arms["level"]) == set(comparison.arms)
    races = arms[arms["characteristic"].str.startswith("Race:") & (arms["level"] == "fee_for_service")]
    assert races["value"].sum() == pytest.approx(100)
    own = comparison.results["fee_for_service", 0], comparison.results["fee_for_service", 1]
    members = arms[(arms["characteristic"] == "Members") & (arms["level"] == "fee_for_service")]["value"].item()
    assert members == pytest.approx(np.mean([(run.counts[0, :, 0] * run.weights).sum() for run in own]))
    assert {"race", "rurality", "language", "age_band", "disability"} <= set(table["of"])
    assert table["value"].notna().all()


def test_it_is_latex_too(comparison):
    text = as_latex(first_table(comparison)).decode()
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 6
    assert "Fee for service" in text
    assert r"\%" in text
    assert not any(line.count("&") == 0 for line in text.splitlines() if line.endswith(r"\\"))


def test_it_is_a_document_too(comparison):
    docx = pytest.importorskip("docx")
    parts = docx.Document(io.BytesIO(as_docx(first_table(comparison)))).tables
    assert len(parts) == 6
    assert [cell.text for cell in parts[0].rows[0].cells][1:] == [in_words(arm) for arm in comparison.arms]
    assert parts[0].rows[1].cells[0].text == "Members, people"


def test_the_document_is_the_same_at_another_time(comparison, monkeypatch):
    pytest.importorskip("docx")
    table = first_table(comparison)
    monkeypatch.setattr(time, "localtime", lambda *_: time.struct_time((2030, 1, 2, 3, 4, 6, 2, 2, 0)))
    later = as_docx(table)
    monkeypatch.undo()
    assert as_docx(table) == later


def test_small_groups_of_own_margins_cannot_be_seen_or_worked_out(comparison):
    table = first_table(comparison)
    is_one = (table["characteristic"] == "Members") & (table["of"] == "rurality")
    levels = list(table[is_one]["level"])
    table.loc[is_one, "value"] = np.array([5.0, 400.0, 9000.0][: len(levels)])
    hidden = without_small_numbers(table)
    shown = hidden[is_one].set_index("level")["value"]
    assert shown.isna().tolist() == [True, True, False][: len(levels)]  # one alone would follow from the sum
    shares = hidden[hidden["characteristic"].str.startswith("Rurality:") & (hidden["of"] == "arm")]
    gone = shares[shares["value"].isna()]["characteristic"].str.lower()
    assert {name.partition(": ")[2] for name in gone} == set(levels[:2])
    assert not (shown.dropna() < 11).any()
    whole = first_table(comparison)
    assert whole["value"].notna().all()
    few = whole["unit"] == "%"
    whole.loc[few, "value"] = 0.0001  # of all members of the state, fewer than 11
    assert without_small_numbers(whole)["value"][few].isna().all()
    assert first_table(replace(comparison, guarded=True)).equals(without_small_numbers(first_table(comparison)))


def test_claims_of_own_margins_are_refused(monkeypatch):
    monkeypatch.setattr("sim.runs.claims.has_own_margins", lambda _: True)
    with pytest.raises(ScenarioError, match=r"population\.margins=oregon: claims are of single people"):
        claims(scenario(size=TINY), 0, people=5)


def test_claims_are_what_members_cost_to_the_cent(monkeypatch):
    words = ("months=3", "payment=global_budget", "upstream=portfolio")
    start = beginning(0, size=TINY)
    monkeypatch.setattr(module, "begin", lambda *_: start.copy())
    seen = {}

    def look(self):
        seen.update(dict(zip(self.members["key"].tolist(), self.members["spend_year"].tolist(), strict=True)))
        return close(self)

    close = _Followed.close
    monkeypatch.setattr(_Followed, "close", look)
    before = dict(
        zip(start.population.members["key"].tolist(), start.population.members["spend_year"].tolist(), strict=True)
    )
    table = claims(scenario(*words, size=TINY), 0, people=60)
    paid = table[table["payer"] == PAID_BY_MEDICAID].groupby("person")["paid_usd"].sum()
    followed = set(table["person"])
    assert 30 < len(followed) <= 60
    reset = start.month % 12 == 0  # a new year begins with month 0
    for person in followed & seen.keys():
        own = seen[person] - (0 if reset else before[person])
        assert round(100 * paid.get(person, 0.0)) == own
    assert set(table["month"]) == {0, 1, 2}
    assert (table["paid_usd"] > 0).all()
