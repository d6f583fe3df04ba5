"""Every package that ships is sound, and a bad one says all that is wrong with it."""

import shutil
from pathlib import Path

import pytest
import yaml

from sim.upstream.load import PackageError, load_packages, package_names

CONF = Path(__file__).resolve().parents[3] / "conf"

pytestmark = pytest.mark.quick


@pytest.fixture
def conf(tmp_path):
    shutil.copytree(CONF / "packages", tmp_path / "packages")
    (tmp_path / "evidence").mkdir()
    shutil.copy(CONF / "evidence" / "evidence.csv", tmp_path / "evidence")
    return tmp_path


def edited(conf, name, edit):
    """Change a package file; return what loading it says."""
    file = conf / "packages" / f"{name}.yaml"
    content = yaml.safe_load(file.read_text())
    edit(content)
    file.write_text(yaml.safe_dump(content))
    with pytest.raises(PackageError) as fault:
        load_packages([name], conf)
    return fault.value.messages


def test_all_that_ship_load(packages):
    assert {"navigation", "chw", "groceries", "rent_support", "supportive_housing"} <= set(packages)


def test_all_portfolios_name_packages_that_exist():
    for file in (CONF / "upstream").glob("*.yaml"):
        load_packages(yaml.safe_load(file.read_text())["packages"], CONF)


def test_every_number_is_listed_with_its_path(packages):
    listed = dict(packages["chw"].numbers())
    assert listed["packages.chw.cost.month"].unit == "USD per month"
    assert listed["packages.chw.effects.inpatient"].value == 0.80
    assert all(number.low <= number.value <= number.high for number in listed.values())


def test_packages_are_frozen(packages):
    with pytest.raises(ValueError, match="frozen"):
        packages["chw"].label = "other"


def test_all_faults_come_at_once(conf):
    def spoil(content):
        content["eligible"]["min_age_month"] = content["eligible"].pop("min_age_months")
        content["effects"]["emergncy"] = content["effects"].pop("emergency")
        content["cost"]["month"]["value"] = 10_000
        content["reach"]["engaged"]["evidence"] = ["cc_engagd"]
        del content["lag"]

    messages = "\n".join(edited(conf, "chw", spoil))
    assert "eligible.min_age_month: unknown key (nearest: min_age_months)" in messages
    assert "effects.emergncy: 'emergncy' is not known (nearest: emergency); allowed: primary, specialist" in messages
    assert "cost.month: value 10000 is not between low 200 and high 433.33" in messages
    assert "lag: is missing" in messages
    assert messages.count("chw.yaml") == 4


def test_evidence_must_exist(conf):
    def spoil(content):
        content["reach"]["engaged"]["evidence"] = ["cc_engagd"]

    (message,) = edited(conf, "chw", spoil)
    assert "reach.engaged: no row 'cc_engagd' in evidence.csv (nearest: cc_engaged)" in message


def test_a_number_called_evidence_needs_a_source(conf):
    (message,) = edited(conf, "chw", lambda content: content["reach"]["engaged"].update(evidence=[]))
    assert "reach.engaged: kind is evidence, but no evidence id is given" in message


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (
            lambda c: c["cost"]["month"].update(unit="USD per mnth"),
            "unknown unit 'USD per mnth' (nearest: USD per month)",
        ),
        (lambda c: c["cost"]["month"].update(unit="USD"), "unit is 'USD', must be USD per month"),
        (lambda c: c["reach"]["asked"].update(high=1.5), "is outside what 'share' allows"),
        (lambda c: c["places"].update(kind="rampp"), "'rampp' is not known (nearest: ramp); allowed: ramp, workforce"),
        (
            lambda c: c["places"].update(strat=1),
            "unknown key (nearest: start); allowed: cases, hiring, kind, pool, start",
        ),
        (lambda c: c["reach"]["asked"].update(value="many"), "(given: 'many')"),
        (lambda c: c["duration"].update(ends_with_need=True), "eligible names no need"),
        (lambda c: c["effects"]["primary"].update(low=0), "an effect is a ratio above 0"),
        (lambda c: c.update(effect=1), "effect: unknown key (nearest: effects)"),
    ],
)
def test_one_fault_says_what_is_allowed(conf, edit, says):
    (message,) = edited(conf, "chw", edit)
    assert says in message
    assert "\n" not in message


def test_unknown_and_repeated_names(conf):
    with pytest.raises(PackageError) as fault:
        load_packages(["navigatoin", "chw", "chw"], conf)
    assert fault.value.messages[0].startswith("upstream.packages: no package 'navigatoin' (nearest: navigation)")
    assert fault.value.messages[1] == "upstream.packages: 'chw' is given twice"


def test_a_file_that_is_no_mapping_or_no_yaml(conf):
    (conf / "packages" / "odd.yaml").write_text("[1, 2]")
    (conf / "packages" / "torn.yaml").write_text("label: [")
    with pytest.raises(PackageError) as fault:
        load_packages(["odd", "torn"], conf)
    assert len(fault.value.messages) == 2


def test_a_new_file_is_a_new_package(conf):
    shutil.copy(conf / "packages" / "groceries.yaml", conf / "packages" / "meals.yaml")
    assert "meals" in package_names(conf)
    assert load_packages(["meals"], conf)[0].name == "meals"


def test_a_file_that_changes_is_read_again(conf):
    """What was read is kept only while the files are as they were."""
    assert load_packages(["chw"], conf)[0].label != "other"
    assert any(
        "no row" in message for message in edited(conf, "chw", lambda content: content.update(evidence=["none"]))
    )
    with (conf / "evidence" / "evidence.csv").open("a") as table:
        table.write("none\n")
    assert load_packages(["chw"], conf)[0].evidence == ("none",)
