"""A finished study on the page: a folder from others breaks nothing, and a user's own members stay hidden."""

import json
import shutil

import pytest

from experiments.page.export import page_of
from experiments.page.finished import Finished
from sim.population.margins import MARGINS
from sim.scenario import ScenarioError
from sim.study.errors import INPUTS
from tests.support import analyzed_study

EVIL = "<!--<script>alert(1)</script>"


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return analyzed_study.comparison(tmp_path_factory.mktemp("finished"), title=EVIL)


def with_own_margins(path, folder):
    """A copy of a study of which an arm had margins of a user's own."""
    shutil.copytree(path, folder)
    (folder / INPUTS / MARGINS / "mine.csv").write_bytes(b"margin,of,level,share\n")
    return folder


def test_small_numbers_of_own_margins_are_not_shown(path, tmp_path):
    """Not the complete runs, which have every group and area: only tables in which small numbers are hidden."""
    shipped, own = Finished(path), Finished(with_own_margins(path, tmp_path / "own"))
    assert (shipped.reading.guarded, own.reading.guarded) == (False, True)
    whole, few = (one.shown("a", "b") for one in (shipped, own))
    assert {part.partition(":")[0] for part in whole["parts"]} >= {"map", "gaps", "gains", "trend"}
    assert few["parts"] == {}
    assert [(one["name"], one["gap"]) for one in few["numbers"]] == [
        (one["name"], pytest.approx(one["gap"])) for one in whole["numbers"]
    ]
    with pytest.raises(ScenarioError, match="by area"):
        own.map_of("unmet_need_share")


def test_a_title_that_is_a_script_stays_text(path):
    study = Finished(path)
    assert study.described()["title"] == EVIL
    text = page_of([{"label": "", **study.shown("a", "b"), "apart": [EVIL]}])
    data = text.partition('id="data">')[2].partition("</script>")[0]
    assert "<" not in data
    assert json.loads(data)["snapshots"][0]["apart"] == [EVIL]
