"""A finished study on the page, and pages without a server, as files in a real browser."""

import json
import math

import numpy as np
import pytest

from experiments.page import public
from experiments.page.export import page_of
from experiments.page.finished import Finished
from experiments.page.parts import column_of
from experiments.page.public import grid, write_public
from experiments.terminal.tables import FEWEST_DRAWS
from sim.live import FOUR
from sim.scenario import ScenarioError
from sim.study import Study
from tests.page.test_browser import AXE, chromium, pytestmark  # noqa: F401 - a fixture, and when to skip
from tests.support import analyzed_study
from tests.support.synthetic_runs import synthetic_run

LARGEST = 8e6  # bytes of the public page


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return Finished(analyzed_study.comparison(tmp_path_factory.mktemp("studies")))


def opened(browser, path, width=1280):
    """Open a file, and return the page and what it said or asked."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.on("request", lambda request: said.append(request.url) if request.url != path.as_uri() else None)
    page.goto(path.as_uri())
    page.wait_for_selector("#numbers article")
    return page, said


def nothing_is_inaccessible(page):
    page.evaluate("() => { document.querySelectorAll('details').forEach(one => { one.open = true; }); }")
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run().then(one => one.violations.map(v => [v.id, v.nodes[0].html]))")
    assert found == [], json.dumps(found)[:2000]


def test_a_study_shows_the_numbers_of_its_summary_and_a_band(finished):
    news = finished.shown("a", "b")
    summary = finished.reading.study.summary()
    whole = summary[(summary["stratum"] == "all") & (summary["level"] == "all") & (summary["contrast"] == "a")]
    for one in news["numbers"]:
        (row,) = whole[(whole["measure"] == one["name"]) & (whole["arm"] == "b")].itertuples()
        assert (one["gap"], one["low"], one["high"]) == (row.estimate, row.low, row.high)
    assert news["parts"]["trend:pmpm_resources"]["svg"].count("<polygon") == 2
    assert news["parts"]["difference:pmpm_resources"]["svg"].count("<polygon") == 1
    assert news["status"]["state"] == "study"
    assert not news["lives"]
    with pytest.raises(ScenarioError, match="no such arm"):
        finished.shown("a", "c")


def test_a_sweep_shows_its_numbers_with_the_range_of_its_draws(tmp_path, monkeypatch):
    sweep = Finished(analyzed_study.sweep(tmp_path, monkeypatch, f"design.draws={FEWEST_DRAWS}"))
    a, b = (one["name"] for one in sweep.described()["arms"])
    news = sweep.shown(a, b)
    number = next(one for one in news["numbers"] if one["name"] == "ed_visits_per_1000_mm")
    assert math.isfinite(number["low"])
    assert number["low"] < number["gap"] < number["high"]
    assert "draws" in news["limits"][0]
    assert f"mean; band: 95% of {FEWEST_DRAWS} draws" in news["parts"]["trend:ed_visits_per_1000_mm"]["svg"]
    for kind, bands in (("trend", 2), ("difference", 1)):
        assert news["parts"][f"{kind}:ed_visits_per_1000_mm"]["svg"].count("<polygon") == bands
    table = news["parts"]["trend:ed_visits_per_1000_mm"]["table"]
    last = dict(zip(table["columns"], table["rows"][-1], strict=True))
    assert last["Month"] == 23
    assert (last["B - A"], last["B - A, low"], last["B - A, high"]) == pytest.approx(
        (number["gap"], number["low"], number["high"])  # each month is as the whole run here
    )
    with pytest.raises(ScenarioError, match="choose it as arm A"):
        sweep.shown(b, a)


def test_few_draws_have_no_band_and_an_earlier_study_no_course(tmp_path, monkeypatch):
    path = analyzed_study.sweep(tmp_path, monkeypatch, "design.draws=3")
    few = Finished(path).shown("a", "b")["parts"]["trend:ed_visits_per_1000_mm"]
    assert "too few for a band" in few["svg"]
    assert "<polygon" not in few["svg"]
    monkeypatch.setattr(Study, "courses", lambda self, wanted: {})  # as runs of an earlier version
    assert Finished(path).shown("a", "b")["parts"] == {}


def test_the_band_of_a_sweep_is_in_its_page_as_one_file(chromium, tmp_path, monkeypatch):  # noqa: F811
    sweep = Finished(analyzed_study.sweep(tmp_path, monkeypatch, f"design.draws={FEWEST_DRAWS}"))
    path = tmp_path / "sweep.html"
    path.write_text(page_of([{"label": "", **sweep.shown("a", "b")}]), encoding="utf-8")
    page, said = opened(chromium, path)
    assert page.locator("#trends polygon").count() == 2 * len(FOUR)
    nothing_is_inaccessible(page)
    page.close()
    assert said == []


def test_the_course_that_is_kept_is_that_of_the_months():
    result = synthetic_run("fee_for_service", 1, 5, members=2000)
    np.testing.assert_array_equal(result.courses(), result.monthly()[:, 0, [column_of(name) for name in FOUR]])


def test_a_study_as_a_file_opens_without_a_request(finished, chromium, tmp_path):  # noqa: F811
    path = tmp_path / "study.html"
    path.write_text(page_of([{"label": "", **finished.shown("a", "b")}]), encoding="utf-8")
    page, said = opened(chromium, path)
    shown = float(page.get_attribute("[data-number='pmpm_resources:gap']", "value"))
    months = finished.reading.months
    assert page.inner_text("#numbers .of >> nth=0") == f"B minus A, mean of months 1 to {months}"
    assert "off cover" in page.inner_text("#numbers .about")
    assert "coordinated care organization" in page.inner_text(".foot")
    assert shown == finished.shown("a", "b")["numbers"][0]["gap"]
    nothing_is_inaccessible(page)
    page.close()
    assert said == []


def test_the_public_page_gives_a_choice_without_a_server(chromium, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.setattr(public, "SEEDS", 2)
    everything = list(grid())
    chosen = [one for one in everything if one["payment"] in ("fee_for_service", "global_budget")
              and one["upstream"] == "portfolio" and one["providers"] == "effort"]  # fmt: skip
    path = tmp_path / "public.html"
    size = write_public(path, lambda line: None, chosen, months=2)
    assert size == path.stat().st_size
    assert size / len(chosen) * len(everything) < LARGEST
    for width in (1280, 390):
        page, said = opened(chromium, path, width)
        before = page.get_attribute("[data-number='pmpm_resources:gap']", "value")
        page.locator("details#scenario").evaluate("one => { one.open = true; }")
        page.select_option("#choice-0", "Fee for service")
        assert page.get_attribute("[data-number='pmpm_resources:gap']", "value") != before
        nothing_is_inaccessible(page)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        page.close()
        assert said == []
