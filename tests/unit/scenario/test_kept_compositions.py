"""Compositions that are kept on disk: the same as those that Hydra makes, and made again when anything changes."""

import json

import pytest

from sim.paths import conf_folder
from sim.scenario import composition, kept_compositions
from sim.scenario.kept_compositions import kept_or_made

PLAIN = {"months": 12, "arms": {"b": ["payment=none"], "a": []}, "title": None, "share": 0.1}


@pytest.fixture
def conf(tmp_path, monkeypatch):
    monkeypatch.setenv("CCOSIM_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "conf"
    folder.mkdir()
    (folder / "config.yaml").write_text("months: 12\n")
    return folder


def asked(conf, *picked, plain=PLAIN):
    """What is returned, and whether it was made."""
    made = []
    found = kept_or_made(conf, sorted(conf.glob("*.yaml")), picked, lambda: made.append(1) or plain)
    return found, bool(made)


def test_what_was_made_is_read_with_its_keys_in_order(conf):
    assert asked(conf, "payment=none") == (PLAIN, True)
    found, made = asked(conf, "payment=none")
    assert (json.dumps(found), made) == (json.dumps(PLAIN), False)


def test_other_choices_and_files_are_made_again(conf):
    asked(conf, "payment=none")
    assert asked(conf, "payment=withhold")[1]
    (conf / "config.yaml").write_text("months: 24\n")
    assert asked(conf, "payment=none")[1]
    (conf / "other.yaml").write_text("")
    assert asked(conf, "payment=none")[1]
    assert not asked(conf, "payment=none")[1]


def test_a_damaged_file_is_made_again(conf):
    asked(conf)
    (file,) = kept_compositions.kept()
    file.write_text("{")
    assert asked(conf) == (PLAIN, True)
    assert asked(conf) == (PLAIN, False)


def test_what_json_would_change_is_not_kept(conf):
    for plain in ({1: 2}, {"a": float("nan")}, {"a": (1, 2)}, {"a": object()}):
        assert asked(conf, plain=plain)[1]
        assert asked(conf, plain=plain)[1]


def test_a_folder_that_cannot_be_written_changes_nothing(conf, monkeypatch):
    monkeypatch.setenv("CCOSIM_CACHE", "/dev/null/x")
    assert asked(conf) == asked(conf) == (PLAIN, True)


def test_a_file_that_cannot_be_read_changes_nothing(conf):
    (conf / "other.yaml").mkdir()
    assert asked(conf) == asked(conf) == (PLAIN, True)


def test_the_home_of_nobody_changes_nothing(conf, monkeypatch):
    monkeypatch.setenv("CCOSIM_CACHE", "~nobody-of-this-name/x")
    assert asked(conf) == asked(conf) == (PLAIN, True)


def test_they_are_few(conf, monkeypatch):
    monkeypatch.setattr(kept_compositions, "MOST", 2)
    for choice in "abc":
        asked(conf, choice)
    assert len(kept_compositions.kept()) == 1
    kept_compositions.clear()
    assert not kept_compositions.kept()


@pytest.mark.parametrize("choices", [{}, {"experiment": "payment_by_upstream"}, {"payment": "global_budget"}])
def test_a_scenario_is_read_as_hydra_composes_it(tmp_path, monkeypatch, choices):
    monkeypatch.setenv("CCOSIM_CACHE", str(tmp_path))
    composition._remembered.cache_clear()
    made = composition.composed(conf_folder(), choices)
    composition._remembered.cache_clear()
    monkeypatch.setattr(composition, "_by_hydra", None)
    assert json.dumps(composition.composed(conf_folder(), choices)) == json.dumps(made)
    composition._remembered.cache_clear()
