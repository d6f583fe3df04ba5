"""Are starts on disk taken again, and are damaged, linked and too many files answered, with the same results?"""

import logging
import os
from itertools import pairwise

import pytest

from experiments.cli import main
from sim import HealthSystem, begin, compare, simulate
from sim.member.prepare import FILES
from sim.runs import kept_starts
from sim.runs.kept_starts import clear, kept, start_of
from sim.start import BY_POLICY, is_by_policy, origin_of
from tests.support.worlds import EVERYTHING, TINY, scenario

SIZE = (*TINY, "months=2", "warm_up=2")
USUAL, REFORM = scenario(size=SIZE), scenario(*EVERYTHING, size=SIZE)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(kept_starts.SETTING, "50")
    monkeypatch.setattr(kept_starts, "cache_root", lambda: tmp_path)
    monkeypatch.setattr(kept_starts, "WORTH_KEEPING", 0)
    kept_starts._say.cache_clear()
    return tmp_path / kept_starts.FOLDER


@pytest.fixture
def begun(monkeypatch):
    """The seeds of which a start had to be made."""
    seeds = []

    def counted(scenario, seed):
        seeds.append(seed)
        return begin(scenario, seed)

    monkeypatch.setattr(kept_starts, "begin", counted)
    return seeds


def test_a_start_is_made_once_and_gives_the_same(begun):
    fresh = HealthSystem(REFORM, 1).run()
    assert simulate(REFORM, 1) == fresh
    assert simulate(REFORM, 1) == fresh
    both = compare(scenario("arms.a=[]", "arms.b=[payment=global_budget]", "seeds=[1]", size=SIZE))
    assert both.results["a", 1].digest == HealthSystem(USUAL, 1).run().digest
    assert begun == [1]
    assert len(kept()) == 1


def test_arms_with_other_numbers_of_contracts_share_a_start_and_are_what_they_are_alone(begun):
    words = ("payment=care_coordination_fee", "providers=effort")
    alone = {arm: (*words, f"parameters.payment.coordination_fee={fee}") for arm, fee in (("low", 2), ("high", 9))}
    arms = [f"arms.{arm}=[{','.join(own)}]" for arm, own in alone.items()]
    both = compare(scenario("seeds=[1]", *arms, size=SIZE))
    for arm, own in alone.items():
        assert both.results[arm, 1].digest == HealthSystem(scenario(*own, size=SIZE), 1).run().digest
    assert both.results["low", 1].digest != both.results["high", 1].digest
    assert begun == [1]


def test_what_decides_about_people_makes_another_start_and_policy_does_not(begun):
    start_of(USUAL, 1)
    start_of(scenario("payment=shared_savings", "parameters.payment.sharing_minimum=0.03", size=SIZE), 1)
    assert begun == [1]
    others = ["warm_up=3", "capacity=unlimited", "parameters.needs.food_onset=0.02", "parameters.payment.load=0.2"]
    for other in others:
        start_of(scenario(other, size=SIZE), 1)
    start_of(USUAL, 2)
    assert len(begun) == len(others) + 2


def test_a_start_made_by_other_code_or_data_is_not_taken(begun, monkeypatch):
    start_of(USUAL, 1)
    monkeypatch.setattr("sim.scenario.digests.code_digest", lambda: "other code")
    start_of(USUAL, 1)
    monkeypatch.setattr("sim.study.starts.data_digest", lambda conf: "other data")
    start_of(USUAL, 1)
    monkeypatch.setattr(kept_starts, "JIT", not kept_starts.JIT)
    start_of(USUAL, 1)
    assert begun == [1] * 4


@pytest.mark.parametrize("harm", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: data[:-900] * 2])
def test_a_damaged_file_is_said_once_and_made_again(harm, begun, caplog):
    caplog.set_level(logging.WARNING, "ccosim")
    expected = simulate(USUAL, 1)
    (file,) = kept()
    for _ in range(2):
        file.write_bytes(harm(file.read_bytes()))
        assert simulate(USUAL, 1) == expected
    assert simulate(USUAL, 1) == expected
    assert begun == [1] * 3
    assert [file.name in text and "the start is made again" in text for text in caplog.messages] == [True] * len(
        set(caplog.messages)
    )


def test_a_changed_value_is_noticed(begun, folder):
    other = scenario("parameters.needs.food_onset=0.02", size=SIZE)
    start_of(USUAL, 1), start_of(other, 1)
    one, two = (folder / f"{kept_starts._key(each, 1)}{kept_starts.SUFFIX}" for each in (USUAL, other))
    one.write_bytes(two.read_bytes())  # a start, whole, of something else
    assert simulate(USUAL, 1) == HealthSystem(USUAL, 1).run()
    assert len(begun) == 3


def test_links_are_not_followed(begun, folder, tmp_path, caplog):
    start_of(USUAL, 1)
    (file,) = kept()
    elsewhere = file.rename(tmp_path / "elsewhere.npz")
    file.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    start_of(USUAL, 1)
    assert begun == [1, 1]
    assert not file.is_symlink()
    assert elsewhere.read_bytes() == before
    folder.rename(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    start_of(USUAL, 1)
    assert begun == [1, 1, 1]
    assert (kept(), clear()) == ([], 0)
    assert len(list((tmp_path / "moved").glob("*.npz"))) == 1
    assert "starts are not kept" in caplog.text


def test_those_used_longest_ago_make_room(monkeypatch, folder):
    for seed in (1, 2):
        start_of(USUAL, seed)
    size = max(file.stat().st_size for file in kept())
    for age, seed in ((200, 1), (100, 2)):
        os.utime(folder / f"{kept_starts._key(USUAL, seed)}.npz", (age, age))
    start_of(USUAL, 1)  # used again
    monkeypatch.setattr(kept_starts, "limit", lambda: int(2.5 * size))
    start_of(USUAL, 3)
    assert [file.stem for file in kept()] == [kept_starts._key(USUAL, seed) for seed in (1, 3)]
    assert all(one.stat().st_mtime <= other.stat().st_mtime for one, other in pairwise(kept()))
    monkeypatch.setattr(kept_starts, "limit", lambda: size // 2)
    start_of(USUAL, 4)
    assert len(kept()) == 2  # larger than all that may be kept


def test_what_is_made_quickly_is_not_kept(monkeypatch, begun):
    monkeypatch.setattr(kept_starts, "WORTH_KEEPING", 1000)
    start_of(USUAL, 1)
    start_of(USUAL, 1)
    assert (begun, kept()) == ([1, 1], [])


def test_where_nothing_can_be_written_runs_go_on(monkeypatch, tmp_path, caplog):
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    monkeypatch.setattr(kept_starts, "cache_root", lambda: tmp_path / "file")
    assert simulate(USUAL, 1) == HealthSystem(USUAL, 1).run()
    assert "starts are not kept" in caplog.text
    monkeypatch.setenv(kept_starts.SETTING, "0")
    caplog.clear()
    simulate(USUAL, 1)
    assert caplog.text == ""


def test_the_verb_shows_and_clears(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("experiments.verbs.cache.cache_root", lambda: tmp_path)
    old, mine = tmp_path / "compiled-old", tmp_path / "compiled-mine"
    for code in (old, mine):
        code.mkdir()
    monkeypatch.setattr("experiments.verbs.cache.cache_folder", lambda: mine)
    start_of(USUAL, 1)
    assert main(["cache"]) == 0
    assert "starts of runs (at most 50 MB) 1 0." in " ".join(capsys.readouterr().out.split())
    assert main(["cache", "clear"]) == 0
    assert (kept(), old.exists(), mine.exists()) == ([], False, True)
    assert main(["cache", "clean"]) == 2
    assert "must be clear, or nothing (nearest: clear)" in capsys.readouterr().err


MADE_READY = ("ccos", "upstream")


@pytest.mark.parametrize("providers", ["passive", "effort", "reduced_form", "savings_trend"])
def test_no_number_of_policy_is_read_before_policy(providers):
    """`MADE_READY` are read when organizations are made, and touch nobody: `test_policies_without_effect`."""
    one = scenario("payment=oregon_2012", f"providers={providers}", "warm_up=13", size=SIZE)
    one._registry = one.registry.fresh()
    begin(one, 1)
    read = {name for name in one.registry.read() if is_by_policy(name)}
    assert {name for name in read if name.split(".")[0] not in MADE_READY} == set()
    assert {name.split(".")[0] for name in map(str, BY_POLICY)}.isdisjoint(FILES)
    assert "payment.load" in origin_of(one).rest
