"""The page of one group: rural members only, children only, one CCO only."""

import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from experiments.cli import main
from sim.measures.measures import BY_NAME
from sim.schema import COUNT_INDEX, N_STRATA, STRATUM_SHAPE
from sim.study import load_study
from tests.support.analyzed_study import comparison
from tests.support.synthetic_runs import synthetic_run

MEMBERS = list(BY_NAME).index("members")


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return comparison(tmp_path_factory.mktemp("group"))


@pytest.fixture
def study(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "two")


def test_a_group_is_the_sum_of_its_cells():
    run = synthetic_run("fee_for_service", 0, 13)
    rural, area = {"rurality": ["rural"]}, run.areas[1]
    np.testing.assert_array_equal(run.of_group(rural)[0], run.totals()[run.rows.index(("rurality", "rural"))])
    children = {"age_band": ["0-4", "5-17"], "area": [area]}
    months = run.cells[1].reshape(*STRATUM_SHAPE, -1)[:, :, :, :2, :, COUNT_INDEX["member_months"]].sum()
    assert run.of_group(children)[0, MEMBERS] == pytest.approx(months * run.weights[1] / run.months)
    everybody = run.of_group({"age_band": ["0-4", "5-17", "18-44", "45-64", "65+"]})[0]
    assert everybody[MEMBERS] == pytest.approx(run.value("members"))
    assert len(run.cells[1]) == N_STRATA


def test_the_page_of_rural_members_says_what_the_summary_says(study, capsys):
    assert main(["report", str(study), "stratum=rurality:rural"]) == 0
    page = study / "report-rurality-rural.html"
    assert str(page) in capsys.readouterr().out
    table = pd.read_csv(study / "tables" / "rurality-rural.csv").fillna({"contrast": ""})
    table = table.set_index(["arm", "contrast", "measure"])
    known = load_study(study).summary()
    known = known[(known["stratum"] == "rurality") & (known["level"] == "rural")]
    known = known.set_index(["arm", "contrast", "measure"])
    assert set(table.index) == set(known.index)
    np.testing.assert_allclose(table["estimate"], known.loc[table.index, "estimate"])
    text = page.read_text(encoding="utf-8")
    assert "Rurality: rural" in text
    assert "Spending, inpatient claims" in text
    assert "Not known of this group" in text
    assert (study / "figures" / "rurality-rural-differences.pdf").is_file()


def test_children_of_one_cco_have_a_page(study):
    area = load_study(study).totals(stratum="area")["level"].iloc[0]
    assert main(["report", str(study), f"stratum=age_band:0-4/5-17,area:{area}"]) == 0
    assert any("0-4-5-17" in page.name for page in study.glob("report-*.html"))


def test_a_figure_can_be_a_slide(study, capsys):
    assert main(["report", str(study), "stratum=rurality:rural", "layout=slide"]) == 0
    assert "1 slides" in capsys.readouterr().out
    with Image.open(study / "figures" / "rurality-rural-differences-slide.png") as slide:
        assert slide.width / slide.height == pytest.approx(16 / 9, abs=0.01)
    assert not list(study.glob("report-*.html"))
    assert main(["report", str(study), "layout=slid"]) == 2
    assert "must be one of page, slide (nearest: slide)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("rurality:rurl", "level 'rurl' of rurality: must be one of urban, rural, frontier (nearest: rural)"),
        ("ruralty:rural", "nearest: rurality"),
        ("rural", "must be NAME:LEVEL, such as rurality:rural, age_band:0-4/5-17 or area:"),
    ],
)
def test_a_group_that_there_is_not_is_refused(finished, capsys, asked, said):
    assert main(["report", str(finished), f"stratum={asked}"]) == 2
    assert said in capsys.readouterr().err
