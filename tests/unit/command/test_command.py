"""Does the command line answer: help, lists, completion, without waiting for the model to load?"""

import csv
import io
import shutil
import subprocess
import sys

import pytest

from experiments.cli import BAD_INPUT, DONE, main
from experiments.terminal.columns import safe_cell
from experiments.verbs.catalog import VERBS
from sim.scenario import Scenario

HEAVY = ("mesa", "numba", "pandas", "hydra", "omegaconf", "matplotlib", "rich", "scipy")


def imported_by(*words):
    """Which heavy libraries a fresh process has loaded at the end of a command."""
    code = (
        "import sys; from experiments.cli import main; code = main(sys.argv[1:]);"
        f"print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr); sys.exit(code)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True)
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "words", [["completion", "bash"], ["--help"], ["run", "--help"], ["describe", "members"]], ids=str
)
def test_nothing_heavy_is_imported_to_answer_quickly(words):
    assert imported_by(*words) == "[]"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_has_help_with_examples(verb, capsys):
    assert main([verb.name, "--help"]) == DONE
    said = capsys.readouterr().out
    assert "examples:" in said
    assert all(example in said for example in verb.examples)


def test_without_a_verb_there_is_help(capsys):
    assert main([]) == DONE
    said = capsys.readouterr().out
    assert all(verb.name in said for verb in VERBS)


def test_the_version(capsys):
    assert main(["--version"]) == DONE
    assert capsys.readouterr().out.startswith("ccosim ")


def test_parameters_are_listed_filtered_and_overridden(capsys):
    assert main(["parameters", "needs.food_onset", "parameters.needs.food_onset=0.023"]) == DONE
    said = capsys.readouterr().out
    assert "0.023 (set) per member-month" in said
    assert "needs.housing_onset" not in said


def test_parameters_as_csv_have_a_row_for_every_number(capsys):
    assert main(["parameters", "--csv"]) == DONE
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    registry = Scenario.compose().registry
    assert {path for one in registry for path, _ in one.cells()} == {row["name"] for row in rows}
    assert any(row["name"].startswith("packages.navigation.") for row in rows)
    assert all(float(row["low"]) <= float(row["value"]) <= float(row["high"]) for row in rows)
    assert all(row["unit"] and row["kind"] and row["role"] for row in rows)


def found_by(capsys, *words):
    assert main(["parameters", *words]) == DONE
    return capsys.readouterr().out


def test_parameters_are_found_by_what_they_say_and_by_what_their_sources_measured(capsys):
    said = found_by(capsys, "pent-up", "demand")  # in a note
    assert "access.entry_boost" in said
    assert "note" in said
    said = found_by(capsys, "hotspotting")  # in the title of a paper
    assert "quality.care_management_ratio" in said
    assert "source: camden_readmit_effect" in said
    assert "needs.food_onset" not in said


def test_a_kind_is_no_word_of_a_note(capsys):
    assumed = [one for one in Scenario.compose().registry if one.kind == "assumption"]
    assert f"{len(assumed)} of" in found_by(capsys, "assumption")


@pytest.mark.parametrize("words", [("inpatient_stays_per_1000_mm",), ("Inpatient", "stays")], ids=str)
def test_parameters_are_found_by_a_measure(words, capsys):
    said = found_by(capsys, *words)
    assert "table: inpatient" in said  # such as the price of a stay
    assert "levels.price" in said
    assert "needs.food_onset " not in said
    assert "mention inpatient. Others can" in said


def test_a_measure_that_counts_everything_finds_nothing(capsys):
    assert main(["parameters", "pmpm_total"]) == BAD_INPUT
    assert "name a service or a need" in capsys.readouterr().err


def test_cite_shows_every_field_of_one_source(capsys):
    assert main(["cite", "camden_readmit_effect", "--csv"]) == DONE
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert main(["cite", "camden_readmit_effect"]) == DONE
    said = capsys.readouterr().out
    assert row["quantity"] in said
    assert row["url"] in said
    assert all(name in said for name in row)
    assert "quality.care_management_ratio" in said


def test_cite_offers_the_nearest_id(capsys):
    assert main(["cite", "camden_readmit_efect"]) == BAD_INPUT
    assert "nearest: camden_readmit_effect" in capsys.readouterr().err


def test_cite_names_every_source_once(capsys):
    assert main(["cite", "--csv"]) == DONE
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    ids = [row["evidence"] for row in rows]
    assert len(ids) == len(set(ids)) > 10
    assert all(row["source"] for row in rows)


def test_cite_names_the_sources_of_packages_only_where_they_are_offered(capsys):
    main(["cite", "--csv"])
    without = capsys.readouterr().out
    main(["cite", "--csv", "upstream=navigation"])
    assert "packages.navigation." in capsys.readouterr().out
    assert "packages.navigation." not in without


def test_cite_counts_assumptions(capsys):
    assert main(["cite"]) == DONE
    assert "are assumptions" in capsys.readouterr().out


def test_status_of_an_empty_folder(capsys, tmp_path):
    assert main(["status", f"results_root={tmp_path}"]) == DONE
    assert "no studies" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("cell", "safe"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("-0.5", "-0.5"), ("+x", "'+x"), ("a", "a")]
)
def test_no_cell_is_a_formula(cell, safe):
    assert safe_cell(cell) == safe


BASH = shutil.which("bash")
TRY = """
{script}
compopt() {{ :; }}
COMP_LINE="{line}"; COMP_POINT=${{#COMP_LINE}}; spaced="${{COMP_LINE//=/ = }}"; COMP_WORDS=($spaced)
[[ "$COMP_LINE" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _ccosim; echo "${{COMPREPLY[*]}}"
"""


@pytest.mark.skipif(BASH is None, reason="no bash here")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ccosim ", ["run", "compare", "completion"]),
        ("ccosim des", ["describe"]),
        ("ccosim describe m", ["month", "measures", "members"]),
        ("ccosim run pay", ["payment=", "payment.contracts="]),
        ("ccosim run payment=", ["fee_for_service", "global_budget"]),
        ("ccosim run payment=g", ["global_budget"]),
        ("ccosim compare experiment=pay", ["payment_by_upstream"]),
        ("ccosim run organizations=", ["live", "fixed"]),
        ("ccosim run parameters.needs.food_onset", ["parameters.needs.food_onset="]),
    ],
)
def test_bash_completes(line, words, capsys):
    assert main(["completion", "bash"]) == DONE
    script = TRY.format(script=capsys.readouterr().out, line=line)
    done = subprocess.run([BASH, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert set(words) <= set(done.stdout.split())
