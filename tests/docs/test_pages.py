"""Is the documentation true? Links lead somewhere, files exist, and every command shown is understood."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

from experiments.cli import DONE, main
from sim.scenario import Scenario, ScenarioError

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", *(str(p.relative_to(ROOT)) for p in sorted((ROOT / "docs").rglob("*.md")))]
INVENTED = ("mine", "1a2b3c4d")  # names that the reader makes
SAYS_NOTHING_ELSE = ("describe", "parameters", "cite")


def text(page):
    return (ROOT / page).read_text(encoding="utf-8")


def commands(page):
    """Words of each `ccosim ...` that stands in an indented line, up to two spaces and a remark, or in backticks."""
    lines = re.findall(r"^ {4,}(?:\S+/)?ccosim (.+?)(?: {2,}.*| *#.*)?$", text(page), re.MULTILINE)
    shown = [*lines, *re.findall(r"`ccosim ([a-z][^`]*)`", text(page))]
    return [shlex.split(words) for words in shown if not any(name in words for name in INVENTED)]


COMMANDS = list({tuple(words): (page, words) for page in PAGES for words in commands(page)}.values())


def understood(words):
    verb, *rest = words
    if verb in SAYS_NOTHING_ELSE:
        assert main(words) == DONE
    elif verb in ("run", "compare", "benchmark"):
        Scenario.compose([word for word in rest if word != "oregon"])
    else:
        assert main([verb, "--help"]) == DONE


@pytest.mark.parametrize(("page", "words"), COMMANDS, ids=lambda value: str(value)[:80])
def test_commands_are_understood(page, words, capsys):
    understood(words)


def test_commands_are_found():
    assert len(COMMANDS) > 30
    assert {words[0] for _, words in COMMANDS} >= {"run", "compare", "describe", "parameters", "cite", "status"}


def test_a_planted_mistake_is_not_understood():
    with pytest.raises(ScenarioError):
        understood(["run", "monthz=3"])
    assert main(["describe", "weather"]) != DONE


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    here = (ROOT / page).parent
    links = [link for link in re.findall(r"\]\(([^)#]+)", text(page)) if "://" not in link]
    assert [link for link in links if not (here / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_exist(page):
    named = re.findall(r"`((?:sim|conf|tests|experiments|docs)/[\w/.-]*)`", text(page))
    assert [name for name in named if not any(x in name for x in INVENTED) and not (ROOT / name).exists()] == []


def test_the_experiment_of_the_page_is_one(tmp_path):
    page = text("docs/how-to/write-an-experiment.md")
    block = re.search(r"\n((?:    .*\n)+)", page).group(1)
    written = yaml.safe_load(block)
    assert block.startswith("    # @package _global_")
    arms = [
        f"arms.{name}={yaml.safe_dump(arm, default_flow_style=True).strip()}" for name, arm in written["arms"].items()
    ]
    assert Scenario.compose([*arms, f"baseline={written['baseline']}"]).baseline == "usual"


def test_versions_agree():
    version = tomllib.loads(text("pyproject.toml"))["project"]["version"]
    citation = yaml.safe_load(text("CITATION.cff"))
    assert citation["version"] == version
    assert f"## [{version}]" in text("CHANGELOG.md")
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["cff-version"] == "1.2.0"
    assert all("name" in author or "family-names" in author for author in citation["authors"])
