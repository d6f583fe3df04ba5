"""What the report shows of many arms, of marks that all differences carry, and of groups without anybody."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from experiments.figures.contact_sheet import contact_sheet
from experiments.report import equity, gains
from experiments.report.page import MOST_COLUMNS, Page
from experiments.report.reading import PAGE, SIGNS
from sim.paths import conf_folder
from tests.support.every_figure import arms_of, summary_of


class Blank(Page):
    """A page of a study that is only named."""

    def __init__(self, arms, seeds=3, kept=None):
        self.reading = SimpleNamespace(
            no_sample=False, arms=tuple(arms), seeds=seeds, samples=1, strategies=arms, settings=[""], models=[""]
        )
        self.outputs = SimpleNamespace(tables={})
        self.body = []
        self.kept = kept or {}

    @property
    def text(self):
        return "\n".join(self.body)


@pytest.mark.parametrize("number", [2, 9, 10, 20])
def test_every_arm_is_shown_in_blocks_that_a_screen_holds(number):
    arms = [f"arm_{i}" for i in range(number)]
    page = Blank(arms)
    page.by_arm("Sizes", {"x": "X, USD"}, arms, {("x", arm): arm.upper() for arm in arms}, "A note.")
    assert all(arm.upper() in page.text for arm in arms)
    for block in page.body:
        assert block.count('scope="col"') - 1 <= MOST_COLUMNS
        assert "ARM_0" in block  # the baseline beside each block
    assert page.text.count("A note.") == 1


def test_groups_without_anybody_are_left_out_of_tables_and_named():
    page = Blank(arms_of(2))
    equity._groups(page, summary_of(arms_of(2), empty=("frontier",)), "rurality")
    assert "Left out, because nobody is in them: Frontier." in page.text
    assert page.text.count("Frontier") == 1
    assert "nan" not in page.text
    assert set(page.outputs.tables["groups_rurality"]["level"]) == {"urban", "rural"}


def test_reach_and_supply_are_shown(monkeypatch):
    steps = [("b", "meals", "race", level, step, 10.0 * n, np.nan)
             for level in ("white", "black") for n, step in enumerate(reversed(gains.STEPS), 1)]  # fmt: skip
    reach = pd.DataFrame(steps, columns=["arm", "package", "stratum", "level", "step", "person_months", "share"])
    supply = pd.DataFrame({"arm": "b", "package": "meals", "month": [0, 1], "places": [4.0, 6.0], "served": [3.0, 5.0],
                           "queue": [0.0, 2.0], "usd": [1e6, 2e6], "bound_by": ["budget", "budget"]})  # fmt: skip
    page = Blank(["a", "b"])
    monkeypatch.setattr(gains, "_kept", lambda page, name: {"reach": reach, "supply": supply}.get(name))
    gains._reach(page)
    gains._supply(page)
    assert ">120<" in page.text  # eligible: 60 of each level
    assert ">17<" in page.text  # % served of eligible
    assert "too little money" in page.text
    assert ">3.0<" in page.text  # million USD


def test_signs_of_the_report_are_those_of_the_page():
    page = (conf_folder().parent / PAGE).read_text(encoding="utf-8")
    heads = [sign.split("**")[1] for sign in SIGNS]
    assert [head for head in heads if f"**{head}" not in page] == []
    readme = (conf_folder().parent / "README.md").read_text(encoding="utf-8")
    assert PAGE in readme


def test_a_contact_sheet_holds_every_figure(tmp_path):
    from PIL import Image

    (tmp_path / "figures").mkdir()
    for name, color in (("one", "#FF0000"), ("two", "#00FF00")):
        Image.new("RGB", (2100, 900), color).save(tmp_path / "figures" / f"{name}.png")
    colors = {color for _, color in contact_sheet(tmp_path).getcolors(10**6)}
    assert {(255, 0, 0), (0, 255, 0)} <= colors
    with pytest.raises(SystemExit, match="no PNG"):
        contact_sheet(tmp_path / "figures")
