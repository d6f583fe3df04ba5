"""A finished study on the page, and pages without a server, as files in a real browser."""

import json
import math

import pytest

from experiments.page import public
from experiments.page.export import page_of
from experiments.page.finished import Finished
from experiments.page.public import grid, write_public
from experiments.terminal.tables import FEWEST_DRAWS
from sim.scenario import ScenarioError
from tests.page.test_browser import AXE, chromium, pytestmark  # noqa: F401 - a fixture, and when to skip
from tests.support import analyzed_study

LARGEST = 6e6  # bytes of the public page


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
    with pytest.raises(ScenarioError, match="choose it as arm A"):
        sweep.shown(b, a)


def test_a_study_as_a_file_opens_without_a_request(finished, chromium, tmp_path):  # noqa: F811
    path = tmp_path / "study.html"
    path.write_text(page_of([{"label": "", **finished.shown("a", "b")}]), encoding="utf-8")
    page, said = opened(chromium, path)
    shown = float(page.get_attribute("[data-number='pmpm_resources:gap']", "value"))
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
