"""Do the declarations hold: does every file of `conf` parse, compose and say where its numbers come from?"""

import itertools

import pytest
import yaml

from sim.axes import AXES, parameters_of
from sim.engine.parameter_files import KINDS, evidence_ids
from sim.engine.yaml_files import read_yaml
from sim.paths import conf_folder
from sim.scenario import Scenario
from sim.scenario.composition import composed
from sim.scenario.declared import with_values
from sim.scenario.overrides import EXPERIMENT, GROUPS, options
from sim.schema import MAX_PACKAGES

CONF = conf_folder()
FILES = sorted(CONF.rglob("*.yaml"))
REGISTRY = parameters_of(CONF)
ANALYZED = "economics."  # read when a study is analyzed, not by its runs
CHOICES = [f"{group}={option}" for group in GROUPS for option in options(CONF, group)]
GROUPS_THAT_MEET = ("payment", "providers")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CONF)))
def test_every_file_parses_strictly(path):
    read_yaml(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CONF)))
def test_no_file_names_code_or_reads_the_environment(path):
    text = path.read_text(encoding="utf-8")
    assert "_target_" not in text
    assert "${" not in text
    data = yaml.safe_load(text)
    assert not isinstance(data, dict) or "hydra" not in data


@pytest.mark.parametrize("choice", CHOICES)
def test_every_option_composes(choice):
    scenario = Scenario.compose([choice])
    group, _, option = choice.partition("=")
    assert getattr(scenario, group).name == option


def test_every_pair_of_payment_and_providers_composes():
    """The groups whose numbers may meet: a form of payment may set what providers answer to."""
    blocks = {
        group: [composed(CONF, {group: one})[group] for one in options(CONF, group)] for group in GROUPS_THAT_MEET
    }
    for chosen in itertools.product(*blocks.values()):
        faults = []
        with_values(dict(zip(blocks, chosen, strict=True)), CONF, faults)
        assert faults == []


ELSEWHERE = ("perverse/", "gallery/")


@pytest.mark.parametrize("name", [name for name in options(CONF, EXPERIMENT) if not name.startswith(ELSEWHERE)])
def test_every_arm_of_every_experiment_composes(name):
    """Those of perverse effects and of the gallery are composed, and run, by their own tests."""
    scenario = Scenario.compose([f"experiment={name}"])
    assert scenario.experiment == name
    assert len({scenario.arm(arm).run_id(0) for arm in scenario.arms}) == len(scenario.arms)


@pytest.mark.parametrize("group", GROUPS)
def test_every_group_has_an_option(group):
    assert options(CONF, group)


@pytest.mark.parametrize("parameter", REGISTRY, ids=lambda parameter: parameter.name)
def test_every_parameter_says_where_it_comes_from(parameter):
    assert parameter.kind in KINDS
    if parameter.kind == "evidence":
        assert parameter.evidence
    if parameter.kind == "assumption" and parameter.role == "uncertainty":
        assert (parameter.low < parameter.high).all() or parameter.axes, "an assumption needs a range"


def test_a_number_without_a_source_says_why():
    silent = [one.name for one in REGISTRY if one.kind in ("assumption", "policy") and not (one.note or one.evidence)]
    assert silent == []


def test_evidence_has_no_id_twice():
    import csv

    with (CONF / "evidence" / "evidence.csv").open(encoding="utf-8", newline="") as lines:
        ids = [row["id"] for row in csv.DictReader(lines)]
    assert len(ids) == len(set(ids))
    assert set(ids) <= (evidence_ids(CONF) or set())


def test_axes_have_different_labels():
    for axis, labels in AXES.items():
        assert len(set(labels)) == len(labels), axis
        assert not any("." in label for label in labels), "a dot would end the label in a path"


def test_every_parameter_can_be_overridden_with_its_own_value():
    values = {path: float(one.value.flat[place]) for one in REGISTRY for path, place in one.cells()}
    assert REGISTRY.override(values).names() == REGISTRY.names()


def test_every_parameter_is_read_by_a_run_that_uses_everything(monkeypatch):
    from sim.engine.parameters import Registry
    from sim.model import HealthSystem
    from sim.payment.form import FORMS
    from tests.support.stand_in_system import StandIn

    read, real = set(), Registry.array

    def array(registry, name):
        read.add(name)
        return real(registry, name)

    monkeypatch.setattr(Registry, "array", array)
    for excluded in (("shared_savings", "pay_for_performance"), ("shared_risk", "quality_pool")):
        forms = tuple(name for name in FORMS if name not in excluded)
        StandIn(contracts=forms, levers=("quality_bonus",)).month_by_month(12 + 12)
    everything = ["payment=global_budget", "payment.contracts=[global_budget,shared_risk]", "upstream=portfolio"]
    small = ["population=classroom", "months=1", "warm_up=1", "parameters.upstream.program_spread=1"]
    names, start = options(CONF, "packages"), None
    parts = [names[i : i + MAX_PACKAGES] for i in range(0, len(names), MAX_PACKAGES)]
    first, rest = itertools.product(options(CONF, "providers"), parts[:1]), [("effort", part) for part in parts[1:]]
    for response, some in [*first, *rest]:
        packages = f"upstream.packages=[{','.join(some)}]"
        trial = f"upstream.trial={some[0]}"
        scenario = Scenario.compose([*everything, packages, trial, f"providers={response}", *small])
        system = HealthSystem(scenario, 0, population=start)
        start = start or system.snapshot()
        system.run()
        system.close()
    assert {name for name in set(REGISTRY.names()) - read if not name.startswith(ANALYZED)} == set()


def test_every_parameter_of_the_analysis_is_read_by_it():
    from sim.analysis.economics.terms import Terms

    registry = REGISTRY.fresh()
    Terms.of(registry)
    assert set(registry.read()) == {name for name in REGISTRY.names() if name.startswith(ANALYZED)}
