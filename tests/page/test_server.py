"""The server answers its own page alone, refuses what is not offered, and its numbers are those of `compare`."""

import json
import os
import signal
import subprocess
import sys
from time import monotonic, sleep

import pytest

from experiments.page.choices import as_file, asked_for, default, from_file, words_apart
from experiments.page.server import bound
from experiments.page.start import start_of
from experiments.page.tabs import MOST_TABS
from sim import compare
from sim.engine.compile import JIT
from sim.live import FOUR
from sim.scenario import ScenarioError
from tests.page.browser import Client

MONTHS = 2


def wanted(**changes):
    arms = {"a": {"payment": "fee_for_service", "upstream": "none", "providers": "passive"}, "b": {}}
    return {"months": MONTHS, "arms": arms, **changes}


@pytest.fixture(scope="module")
def finished(address):
    """A run of two months to its end: what was told at its start, and what was told last."""
    with Client(address) as client:
        assert client.listen() == 200
        told = client.plain("run", wanted())
        yield client, told, client.until("done")


@pytest.fixture(scope="module")
def compared():
    """The same from Python."""
    return compare(asked_for(wanted()).scenario())


def test_the_numbers_are_those_of_compare_to_the_last_digit(finished, compared):
    _, told, news = finished
    assert told["digest"] == asked_for(wanted()).scenario().digest()
    summary = compared.summary()
    whole = summary[(summary["stratum"] == "all") & (summary["level"] == "all")]
    assert [one["name"] for one in news["numbers"]] == list(FOUR)
    for one in news["numbers"]:
        rows = whole[whole["measure"] == one["name"]].set_index(["arm", "contrast"])
        assert one["a"] == rows.loc[("a", ""), "estimate"]
        assert one["b"] == rows.loc[("b", ""), "estimate"]
        gap = rows.loc[("b", "a")]
        assert (one["gap"], one["low"], one["high"]) == (gap["estimate"], gap["low"], gap["high"])


def test_the_pictures_the_page_as_a_file_and_the_brief_are_there(finished):
    client, _, news = finished
    assert {"gains", "flows:a", "flows:b", *(f"trend:{name}" for name in FOUR), f"map:{FOUR[0]}"} <= {*news["parts"]}
    page = client.ask("export")[1].decode()
    assert "<script src" not in page
    assert "http-equiv" in page
    assert news["numbers"][0]["texts"][0] in page
    brief = client.ask("brief.html")[1].decode()
    assert news["numbers"][0]["texts"][2] in brief
    assert client.ask("brief.pdf")[1].startswith(b"%PDF-")


def test_before_there_are_results_nothing_can_be_taken_along(address):
    with Client(address) as client:
        assert client.listen() == 200
        for path in ("export", "brief.html", "brief.pdf"):
            code, said = client.ask(path)
            assert code == 400
            assert json.loads(said) == {"faults": ["there are no results yet: wait for the first month"]}


@pytest.mark.skipif(not JIT, reason="nothing is compiled")
def test_the_page_says_when_a_run_waits_for_the_compiler_first(finished, address, tmp_path):
    def wait(of):
        with Client(of) as client:
            assert client.listen() == 200
            told = client.plain("run", wanted())
            return told["wait"], told["start"]

    assert wait(address) == (None, None)  # a run has ended there: its months come at once
    command = [sys.executable, "-m", "experiments.cli", "dashboard", "--port", "0"]
    nothing_compiled = {**os.environ, "CCOSIM_CACHE": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=nothing_compiled) as process:
        said, start = wait(process.stdout.readline().split()[1])
        process.kill()
    assert said == "Compiling the member's month for the first time (about 20 seconds, once on this machine) ..."
    assert start == start_of(asked_for(wanted()).scenario(), 1)


def test_costs_by_year_are_those_of_compare(finished, compared):
    part = finished[2]["parts"]["years"]
    frame = compared.years()
    for label, when, a, b, gap, low, high in part["table"]["rows"]:
        assert when == "Year 1 (2 months)"
        amount = {"State": "state", "Federal Medicaid": "federal"}[label]
        means = frame[frame["amount"] == amount].groupby("arm", observed=True)["value"].mean() / 1e6
        assert (a, b) == pytest.approx((means["a"], means["b"]))
        assert gap == pytest.approx(b - a)
        assert low < gap < high


def test_counties_are_shown_of_the_first_seed(finished):
    client, *_ = finished
    part = client.plain("map?measure=ed_visits_per_1000_mm&by=county")
    assert len(part["table"]["rows"]) == 36
    assert "first seed" in part["table"]["caption"]
    assert "not known by county" in client.plain("map?measure=pmpm_state&by=county")["note"]


def test_one_life_is_shown_in_both_arms(finished):
    client, *_ = finished
    people = client.plain("people?age=18-44&need=food")["people"]
    assert people
    part = client.plain(f"life?key={people[0]['key']}")
    assert "Arm A" in part["svg"]
    assert "Arm B" in part["svg"]
    assert "For readers of the code: " in part["note"]
    assert part["answer"][1].startswith("A synthetic person: ")
    assert "For readers of the code" not in part["answer"][1]
    assert part["answer"][1][:60] in client.ask("export")[1].decode()  # the life is in the page as one file
    first = client.plain("people?order=parted")["people"][0]
    assert "In month 0 the two lives part." in client.plain(f"life?key={first['key']}")["note"]
    assert client.ask("life?key=1")[0] == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_other_hosts_and_origins_are_refused(client, headers):
    assert client.ask("offered", headers=headers)[0] == 403


def test_every_answer_has_the_strict_headers(address):
    import http.client

    line = http.client.HTTPConnection(address.removeprefix("http://").strip("/"))
    line.request("GET", "/")
    answer = line.getresponse()
    answer.read()
    line.close()
    assert answer.getheader("content-security-policy").startswith("default-src 'none'; script-src 'self'")
    assert answer.getheader("x-content-type-options") == "nosniff"
    assert answer.getheader("server") is None


@pytest.mark.parametrize("path", ["static/server.py", "static/..%2fserver.py", "static/%2e%2e/choices.py", "sim"])
def test_only_the_page_is_served(client, path):
    assert client.ask(path)[0] == 404


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"arms": {"a": {"payment": "fee_for_servise"}}}, "nearest: fee_for_service"),
        ({"arms": {"a": {"payment": "../../etc/passwd"}}}, "no option"),
        ({"arms": {"b": {"parameters": {"needs.food_onset": 0.5}}}}, "no lever"),
        ({"arms": {"b": {"parameters": {"payment.growth_cup": 0.5}}}}, "nearest: payment.growth_cap"),
        ({"arms": {"b": {"parameters": {"payment.growth_cap": "1; import os"}}}}, "must be a number"),
        ({"arms": {"b": {"parameters": {"payment.growth_cap": 99.0}}}}, "payment.growth_cap"),
        ({"arms": {"b": {"changes": [{"month": 1, "key": "population.members", "value": "1"}]}}}, "cannot change"),
        ({"months": 100_000}, "must be a whole number, 1 to 120"),
        ({"size": "1000000"}, "no option"),
        ({"results_root": "elsewhere"}, "is not known"),
        ([], "must map"),
        (b"{", "no JSON"),
        (b"[" * 50_000, "no JSON"),
        (b" " * 70_000, "at most"),
    ],
)
def test_what_is_not_offered_is_refused_in_one_sentence(client, asked, said):
    assert client.listen() == 200
    assert said in client.faults("run", asked)


def test_how_providers_respond_is_called_an_assumption():
    said = [one for one in words_apart(default()) if one.startswith("Providers: ")]
    assert said == ["Providers: A Passive, B Effort. This is an assumption of the model, not a policy."]
    others = [one for one in words_apart(default()) if not one.startswith("Providers: ")]
    assert others
    assert not any("assumption" in one for one in others)


def test_a_saved_comparison_opens_with_the_same_digest(client):
    asked = wanted(seed=3, size="20000")
    asked["arms"]["b"] = {
        "parameters": {"payment.growth_cap": 0.02},
        "starts": {"payment": 1},
        "changes": [{"month": 1, "key": "payment", "value": "shared_savings"}],
    }
    text = client.plain("write", asked)["text"]
    again = asked_for(client.plain("read", {"text": text})["asked"])
    assert again.scenario().digest() == asked_for(asked).scenario().digest()


def test_a_file_that_the_page_cannot_show_is_refused():
    with pytest.raises(ScenarioError, match="arms must be two"):
        from_file("months: 12")
    with pytest.raises(ScenarioError, match="cannot be set on this page"):
        from_file(as_file(default()).replace("providers=passive", "warm_up=3"))


def test_a_tab_that_closes_ends_its_run(client):
    client.listen()
    client.plain("run", wanted(months=120))
    client.until("running")
    client.close()
    end = monotonic() + 30
    while client.ask("stop", {})[0] == 200 and monotonic() < end:
        sleep(0.2)
    assert "no longer connected" in client.faults("stop", {})


def test_a_ninth_tab_is_refused(address):
    clients = [Client(address) for _ in range(MOST_TABS + 1)]
    try:
        assert 429 in [one.listen() for one in clients]
    finally:
        for one in clients:
            one.close()


def test_a_port_that_is_taken_is_left_for_the_next():
    first = bound(18_600)
    second = bound(first.getsockname()[1])
    try:
        assert second.getsockname()[1] > first.getsockname()[1]
    finally:
        first.close()
        second.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--port", "http"], "must be a port"),
        (["--prot", "1"], "--port"),
        (["--study", "no_such_study"], "no_such_study"),
        (["somewhere"], "--study"),
    ],
)
def test_wrong_words_end_with_2_and_one_message(words, said, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "experiments.cli", "dashboard", *words, f"results_root={tmp_path}"],
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_the_page_says_so_where_nothing_can_be_kept():
    command = [sys.executable, "-m", "experiments.cli", "dashboard", "--port", "0"]
    nowhere = {**os.environ, "CCOSIM_CACHE": "/dev/null/x"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=nowhere) as server:
        server.stdout.readline()
        server.send_signal(signal.SIGTERM)
        _, said = server.communicate(timeout=60)
    assert "the cache folder cannot be written, set CCOSIM_CACHE to one that can" in said


@pytest.mark.parametrize("how", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM])
def test_a_signal_ends_the_server_as_it_ends_other_verbs(how):
    command = [sys.executable, "-m", "experiments.cli", "dashboard", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        server.stdout.readline()
        sleep(0.5)
        server.send_signal(how)
        _, said = server.communicate(timeout=60)
    assert server.returncode == 130
    assert "Traceback" not in said


def test_news_are_plain_json_without_numbers_that_are_none(finished):
    assert json.loads(json.dumps(finished[2], allow_nan=False))
