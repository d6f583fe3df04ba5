"""The page in a real browser: started, changed, run, saved, opened; by keyboard; accessible; no other host is asked."""

import json
import os
import shutil
from pathlib import Path

import pytest

from experiments.page.choices import default, from_file
from experiments.page.start import start_of
from tests.page.browser import Client

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is in requirements-dev.lock only")
CHROMIUM = os.environ.get("CCOSIM_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium: install Debian's, or name one in CCOSIM_CHROMIUM"
)
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text(encoding="utf-8")
STATE = "state => document.body.dataset.state === state"
PATIENCE = 300_000  # milliseconds
MONTHS = 2


@pytest.fixture(scope="module")
def chromium():
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, address):
    """A page that has begun, and what it said to its console and asked of which host."""
    page = chromium.new_page(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page.said, page.hosts = [], set()
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda fault: page.said.append(str(fault)))
    page.on("request", lambda request: page.hosts.add(request.url.split("/")[2]))
    page.goto(address)
    page.wait_for_selector("#trends svg", timeout=PATIENCE)
    yield page
    page.close()
    assert page.said == []
    assert page.hosts == {address.removeprefix("http://").strip("/")}


def finish(page, months=MONTHS):
    """Set the months, and wait until all seeds are done."""
    before = page.get_attribute("body", "data-run")
    page.fill("#months", str(months))
    page.press("#months", "Tab")
    page.wait_for_function("old => document.body.dataset.run !== old", arg=before, timeout=PATIENCE)
    page.wait_for_function(STATE, arg="done", timeout=PATIENCE)


def test_start_change_run_read_save_and_open(page, tmp_path):
    slider = page.locator("input[type=range]").first
    name = slider.get_attribute("id").removeprefix("s-")
    slider.evaluate("one => { one.value = (Number(one.min) + Number(one.max)) / 2; }")
    slider.dispatch_event("change")
    finish(page)
    digest = page.inner_text("#digest")
    shown = float(page.get_attribute("[data-number='pmpm_resources:gap']", "value"))
    with page.expect_download() as saved:
        page.click("#write")
    text = Path(saved.value.path()).read_text(encoding="utf-8")
    asked = from_file(text)
    assert name in asked.arms[1].parameters
    assert asked.scenario().digest() == digest
    with Client(page.url) as client:
        client.listen()
        client.plain("run", asked.plain())
        numbers = {one["name"]: one for one in client.until("done")["numbers"]}
    assert numbers["pmpm_resources"]["gap"] == shown

    changed = tmp_path / "policies.yaml"
    changed.write_text(text, encoding="utf-8")
    page.reload()
    page.wait_for_selector("#trends svg", timeout=PATIENCE)
    page.set_input_files("#open", str(changed))
    page.wait_for_function("digest => document.getElementById('digest')?.textContent === digest", arg=digest)


def test_after_a_change_former_results_are_marked_until_the_first_new_ones(page):
    """At once, also before the server answers; a mark that never goes away would be wrong too."""
    page.evaluate("""() => {
        const control = document.querySelector("#b-upstream");
        window.cards = document.querySelector("#numbers").firstChild;
        control.value = "none";
        control.dispatchEvent(new Event("change"));
    }""")
    marked = page.evaluate("""() => [document.querySelector("#main").getAttribute("aria-busy"),
        document.querySelector("#former").hidden, document.querySelector("#status").textContent]""")
    assert marked == ["true", False, "Computing ..."]
    with page.expect_download() as saved:  # what stands there can still be saved when the server has begun another run
        page.wait_for_function("""() => {
            if (document.querySelector("#said").textContent !== "The run began.") return false;
            [...document.querySelectorAll("#gains button")].find((one) => one.textContent === "CSV").click();
            return true;
        }""")
    assert len(Path(saved.value.path()).read_text(encoding="utf-8").splitlines()) > 2
    seen = page.wait_for_function("""() => document.querySelector("#former").hidden
        && [document.querySelector("#main").hasAttribute("aria-busy"), window.cards.isConnected,
            document.querySelector("#apart").textContent.includes("Upstream")]""", timeout=PATIENCE)  # fmt: skip
    assert seen.json_value() == [False, False, False]  # the cards that stand there are new, of the new policies


def test_the_start_stands_in_place_of_results_until_there_are_some(page):
    """The server shows it where nothing is compiled; here answers that say so stand for its own."""
    shown = """() => ["#start-section", "#trends"].map((one) => document.querySelector(one).checkVisibility())"""
    assert page.locator("#start figure").count() == 0  # what is compiled has none
    waits = {"wait": "Compiling ...", "start": start_of(default().scenario(), 1)}
    page.route("**/run?*", lambda route: route.fulfill(json={"run": -1, **waits}))
    page.click("#run")
    page.wait_for_selector("#start figure svg", timeout=PATIENCE)
    assert page.evaluate(shown) == [True, False]
    assert page.locator("#start figure").count() == 2
    assert "people on cover" in page.text_content("#start-text")
    page.unroute("**/run?*")
    page.route("**/run?*", lambda route: answer_with(route, **waits))
    finish(page)
    assert page.evaluate(shown) == [False, True]
    page.unroute("**/run?*")


def answer_with(route, **more):
    answer = route.fetch()
    route.fulfill(response=answer, json={**answer.json(), **more})


def test_a_wrong_file_is_said_in_one_sentence(page, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("arms: {a: [payment=nonsense], b: [months=3]}\n", encoding="utf-8")
    page.set_input_files("#open", str(wrong))
    page.wait_for_selector("#fault:not([hidden])")
    assert "cannot be set on this page" in page.inner_text("#fault")
    page.said.clear()  # the browser itself tells its console of an answer 400


def test_the_keyboard_alone_starts_a_run(page):
    before = page.get_attribute("body", "data-run")
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.id") == "b-payment":
            break
    page.keyboard.press("ArrowDown")
    page.wait_for_function("old => document.body.dataset.run !== old", arg=before, timeout=PATIENCE)
    assert page.evaluate("() => document.querySelector('#b-payment').value") != "global_budget"


@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.slow), 390])
def test_nothing_is_inaccessible_and_nothing_runs_over(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.evaluate("() => { document.querySelectorAll('details').forEach(one => { one.open = true; }); }")
    page.click("#stop")
    page.evaluate(AXE)
    found = page.evaluate("() => axe.run().then(one => one.violations.map(v => [v.id, v.nodes[0].html]))")
    assert found == [], json.dumps(found)[:2000]
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_two_tabs_run_apart(page, chromium, address):
    other = chromium.new_page()
    other.goto(address)
    other.wait_for_selector("#trends svg", timeout=PATIENCE)
    other.select_option("#b-upstream", "none")
    other.wait_for_function("() => !document.getElementById('apart').textContent.includes('Upstream')")
    assert "Upstream" in page.inner_text("#apart")
    other.close()


def test_the_page_as_one_file_opens_without_a_server(page, chromium, tmp_path):
    page.click("#stop")
    page.wait_for_function("() => ['stopped', 'done'].includes(document.body.dataset.state)")
    with page.expect_download() as saved:
        page.click("text=This page as one file")
    path = tmp_path / "page.html"
    saved.value.save_as(path)
    still = chromium.new_page()
    said = []
    still.on("console", lambda message: said.append(message.text))
    still.on("pageerror", lambda fault: said.append(str(fault)))
    still.goto(path.as_uri())
    still.wait_for_selector("#trends svg")
    assert still.inner_text("#numbers .gap >> nth=0") == page.inner_text("#numbers .gap >> nth=0")
    still.close()
    assert said == []


@pytest.mark.slow
def test_a_thousand_moves_of_a_slider_do_not_grow_the_server(page, server):
    def megabytes():
        status = (Path("/proc") / str(server[0]) / "status").read_text()
        return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1000

    def move(times):
        for turn in range(times):
            page.evaluate(
                "turn => { const one = document.querySelector('input[type=range]');"
                "one.value = Number(one.min) + (turn % 50) / 50 * (one.max - one.min);"
                "one.dispatchEvent(new Event('change')); }", turn,
            )  # fmt: skip
            page.wait_for_timeout(150)

    finish(page)  # then the people of all seeds are kept
    found = {}
    for until in (100, 400, 700, 1000):
        move(until - max(found, default=0))
        found[until] = megabytes()
    print("memory in MB after so many moves:", found)
    assert max(found.values()) < found[100] + 100
