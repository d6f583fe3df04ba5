"""Bad input: exit code 2, one message that names the key and what is allowed, no traceback, nothing written."""

import os
import time

import pytest

from experiments.cli import BAD_INPUT, main

LONG = "x" * 20_000_000
DEEP = "[" * 3000

BAD = [
    # Names.
    (["months"], ["months", "key=value"]),
    (["=3"], ["key=value"]),
    (["month=3"], ["month=3", "nearest: months"]),
    (["Months=3"], ["Months", "nearest: months"]),
    (["paymnt=fee_for_service"], ["paymnt", "nearest: payment"]),
    (["sample=0.1"], ["sample", "population.sample"]),
    (["population.smple=0.1"], ["nearest: population.sample"]),
    (["payment.contracts.x=1"], ["payment.contracts.x", "no such key"]),
    (["payment.name=x"], ["payment.name", "no such key"]),
    (["payment.parameters.x=1"], ["payment.parameters.x", "no such key"]),
    (["zzzzqqqq=1"], ["zzzzqqqq", "describe scenario"]),
    (["__class__=1"], ["__class__", "no such key"]),
    (["model_config=1"], ["model_config", "no such key"]),
    (["_registry=1"], ["_registry", "no such key"]),
    # Options and files that are missing.
    (["payment=globl_budget"], ["payment=globl_budget", "fee_for_service, global_budget", "nearest: global_budget"]),
    (["payment="], ["payment", "must be one of"]),
    (["payment=null"], ["payment", "must be one of"]),
    (["payment=[fee_for_service,global_budget]"], ["payment", "must be one of"]),
    (["population=../population/oregon"], ["population=../population/oregon", "must be one of"]),
    (["population=/etc/passwd"], ["population", "must be one of"]),
    (["population=oregon.yaml"], ["population", "nearest: oregon"]),
    (["population=margins/oregon"], ["population", "must be one of"]),
    (["experiment=payment_by_upstrem"], ["experiment", "nearest: payment_by_upstream"]),
    (["experiment=0"], ["one of administration_share", "perverse/..., portfolio_return"]),
    (["experiment=perverse/mirag"], ["one of perverse/better_off_first, ", "nearest: perverse/mirage"]),
    (["population.margins=nowhere"], ["population.margins='nowhere'", "no such file", "oregon"]),
    (["population.margins=../../secret"], ["population.margins", "no such file"]),
    (["upstream.packages=[navigatio]"], ["upstream.packages", "nearest: navigation"]),
    (["upstream.packages=[navigation,navigation]"], ["upstream.packages", "twice"]),
    (["upstream.packages=navigation"], ["upstream.packages"]),
    (["payment.scope=[primry]"], ["payment.scope", "nearest: primary"]),
    (["payment.scope=[1]"], ["payment.scope"]),
    # Levers: each refusal names the key as it was typed.
    (["levers.months=cluster"], ["levers.months: must be a list of values"]),
    (["levers.needs.food_onset=[2]"], ["levers.needs.food_onset: "]),
    # Types.
    (["months=many"], ["months='many'", "whole number"]),
    (["months=2.5"], ["months=2.5", "whole number"]),
    (["months=true"], ["months=True", "whole number"]),
    (["months='12'"], ["months='12'", "whole number"]),
    (["months=[12]"], ["months=[12]", "whole number"]),
    (["months={a: 1}"], ["months", "whole number"]),
    (["months="], ["months", "whole number"]),
    (["months=2020-01-01"], ["months", "whole number"]),
    (["population.sample=half"], ["population.sample='half'", "a number"]),
    (["population.sample=[0.1]"], ["population.sample", "a number"]),
    (["population.sample=true"], ["population.sample", "a number"]),
    (["organizations=alive"], ["organizations='alive'", "live, fixed"]),
    (["capacity=1"], ["capacity=1", "limited, unlimited"]),
    (["arms=3"], ["arms=3"]),
    (["arms=[a,b]"], ["arms"]),
    (["results_root=5"], ["results_root=5", "path"]),
    (["results_root=''"], ["results_root", "path"]),
    # Ranges.
    (["months=-1"], ["months=-1", "at least 1"]),
    (["months=0"], ["months=0", "at least 1"]),
    (["months=1201"], ["months=1201", "at most 1200"]),
    ([f"months={10**40}"], ["months", "at most 1200"]),
    (["warm_up=-3"], ["warm_up=-3", "at least 0"]),
    (["warm_up=0"], ["warm_up=0", "at least 1", "capacity=unlimited"]),
    (["warm_up=0", "payment=global_budget"], ["payment.contracts=global_budget", "payment.start", "at least 1 month"]),
    (["population.sample=0"], ["population.sample=0", "above 0 and at most 1"]),
    (["population.sample=1.01"], ["population.sample=1.01", "at most 1"]),
    (["population.sample=-0.1"], ["population.sample=-0.1", "above 0"]),
    (["population.sample=.nan"], ["population.sample=nan", "above 0"]),
    (["population.sample=.inf"], ["population.sample=inf", "at most 1"]),
    (["population.members=1000000000"], ["population.members=1000000000", "at most"]),
    (["population.members=0"], ["population.members=0", "at least"]),
    (["threads=0"], ["threads=0", "at least 1"]),
    (["threads=65"], ["threads=65", "at most 64"]),
    (["payment.start=-1"], ["payment.start=-1", "at least 0"]),
    # Seeds.
    (["seeds=[]"], ["seeds=[]", "a number of seeds"]),
    (["seeds=0"], ["seeds=0", "a number of seeds"]),
    (["seeds=-1"], ["seeds=-1"]),
    (["seeds=[1,1]"], ["seeds=[1, 1]", "different"]),
    (["seeds=[-1]"], ["seeds=[-1]"]),
    (["seeds=[1.5]"], ["seeds=[1.5]"]),
    (["seeds=[true]"], ["seeds=[True]"]),
    (["seeds=1000000000"], ["seeds=1000000000"]),
    ([f"seeds=[{2**64}]"], ["seeds"]),
    (["seeds=1,2"], ["seeds='1,2'"]),
    # Twice.
    (["months=3", "months=4"], ["months: given twice", "months=3", "months=4"]),
    (["payment=fee_for_service", "payment=fee_for_service"], ["payment: given twice"]),
    (["parameters.needs.food_onset=0.02"] * 2, ["parameters.needs.food_onset: given twice"]),
    # Parameters.
    (["parameters.needs.fod_onset=0.02"], ["parameters.needs.fod_onset", "nearest: needs.food_onset"]),
    (["parameters.food_onset=0.02"], ["parameters.food_onset", "nearest: needs.food_onset"]),
    (["parameters=3"], ["parameters=3", "no such key"]),
    (["parameters.=3"], ["no such parameter"]),
    (["parameters.needs.food_onset=9"], ["parameters.needs.food_onset=9", "declared range", "per member-month"]),
    (["parameters.needs.food_onset=-1"], ["parameters.needs.food_onset=-1", "declared range"]),
    (["parameters.needs.food_onset=lots"], ["must be a number, is 'lots'"]),
    (["parameters.needs.food_onset=.nan"], ["must be finite"]),
    (["parameters.needs.food_onset=1e999"], ["must be finite"]),
    (["parameters.needs.food_onset=[0.02]"], ["must be a number"]),
    (["parameters.needs.food_onset=0.02,0.03"], ["must be a number"]),
    (["parameters.needs.food_onset.primary=0.02"], ["is one number"]),
    (["parameters.needs.exit.fod=0.1"], ["no label 'fod'", "food"]),
    # Names of folders.
    (["study=../escape"], ["study='../escape'", "bare name"]),
    (["study=.."], ["study='..'", "bare name"]),
    (["study=a/b"], ["study='a/b'", "bare name"]),
    (["study=a b"], ["study='a b'", "bare name"]),
    ([f"study={'a' * 65}"], ["study", "bare name"]),
    (["study=''"], ["study", "bare name"]),
    (["study=naïve"], ["study", "bare name"]),
    # Code, secrets and Hydra's own settings.
    (["title=${oc.env:HOME}"], ["title", "interpolations"]),
    (["study=${oc.env:HOME}"], ["study", "interpolations"]),
    (["results_root=${hydra:runtime.cwd}"], ["results_root", "interpolations"]),
    (["payment._target_=os.system"], ["_target_"]),
    (["title={_target_: os.system}"], ["_target_"]),
    (["hydra.searchpath=[/tmp]"], ["hydra.searchpath", "Hydra's own settings"]),
    (["hydra/launcher=joblib"], ["hydra/launcher", "Hydra's own settings"]),
    (["hydra.run.dir=/tmp/x"], ["Hydra's own settings"]),
    (["+months=3"], ["cannot be added"]),
    (["++months=3"], ["cannot be added"]),
    (["~payment"], ["key=value"]),
    (["~payment=fee_for_service"], ["cannot be added"]),
    (["payment@x=fee_for_service"], ["cannot be added"]),
    (["title=!!python/object/apply:os.system ['touch canary']"], ["title", "cannot be read"]),
    (["title=!!python/name:os.system"], ["title", "cannot be read"]),
    (["title={a: &a [1], b: *a}"], ["title", "cannot be read"]),
    (["title=["], ["title", "cannot be read"]),
    ([f"title={DEEP}"], ["title"]),
    ([f"title={LONG}"], ["title", "4000 characters"]),
    ([f"{LONG}=1"], ["4000 characters"]),
    (["title=a\nb"], ["control characters"]),
    (["title=a\x00b"], ["control characters"]),
    (["title=\x1b[31m"], ["control characters"]),
    (["title=" + "y" * 300], ["title"]),
    # Arms.
    (["arms.a=[payment=fee_for_service]", "baseline=b"], ["baseline='b'", "must be an arm", "a"]),
    (["baseline=b"], ["baseline='b'", "no arms"]),
    (["arms.a=[paymnt=x]"], ["arm a: paymnt", "nearest: payment"]),
    (["arms.a=[months=3]"], ["arm a: months", "cannot differ between the arms"]),
    (["arms.a=[seeds=3]"], ["arm a: seeds", "cannot differ"]),
    (["arms.a=['arms.b=[]']"], ["arm a: arms.b", "cannot differ"]),
    (["arms.a=[payment=fee_for_service]", "payment=global_budget"], ["arm a: payment", "choose one"]),
    (["arms.a=[payment=fee_for_service, payment=global_budget]"], ["arm a: payment: given twice"]),
    (["arms.a=[parameters.needs.food_onset=9]"], ["arm a: parameters.needs.food_onset=9"]),
    (["arms.a=[hydra.run.dir=x]"], ["arm a: hydra.run.dir"]),
    (["arms.../x=[payment=fee_for_service]"], ["arm ../x: the name of an arm"]),
    (["arms.a=payment"], ["arm a: must be a list"]),
    (["arms.a=[3]"], ["arm a: 3"]),
    (["arms={a: {b: 1}}"], ["arm a"]),
    (["arms.a=[payment=fee_for_service]"], ["arms", "ccosim compare"]),
]


@pytest.fixture
def empty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET", "do not show")
    return tmp_path


@pytest.mark.parametrize(("overrides", "words"), BAD, ids=lambda value: str(value)[:60])
def test_bad_input_is_refused(overrides, words, empty, capsys):
    began = time.process_time()
    code = main(["run", *overrides])
    said = capsys.readouterr()
    assert code == BAD_INPUT
    assert said.out == ""
    assert "Traceback" not in said.err
    for word in words:
        assert word in said.err
    assert len(said.err) < 5000
    assert list(empty.iterdir()) == []
    assert time.process_time() - began < 5


def test_there_are_enough_of_them():
    assert len(BAD) >= 60


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rn"], "no such verb"),
        (["descibe"], "nearest: describe"),
        (["describe", "memers"], "nearest: members"),
        (["describe", "month", "members"], "must be one of"),
        (["parameters", "needs.fod_onset"], "nearest: needs.food_onset"),
        (["parameters", "--cvs"], "'--cvs': no such flag, must be one of --help, --csv (nearest: --csv)"),
        (["run", "--loud"], "'--loud': no such flag, must be one of --help (nearest: --help)"),
        (["--verbose"], "must be one of --help, --version (nearest: --version)"),
        (["benchmark", "oregn"], "nearest: oregon"),
        (["status", "result_root=x"], "nearest: results_root"),
        (["cite", "paymnt=x"], "nearest: payment"),
        (["status", "nothing"], "no such study"),
        (["status", "../.."], "no such study"),
        (["status", "a=b"], "must be one of results_root"),
        (["status", "a", "b"], "must be the name of one study"),
        (["reproduce"], "one study"),
        (["reproduce", "nothing"], "no such study"),
        (["reproduce", "x", "threads=0"], "threads=0: must be a whole number"),
        (["reproduce", "x", "run=3"], "must be one of results_root, threads, runs"),
        (["sweep", "outcomes=[pmpm_totl]"], "nearest: pmpm_total"),
        (["sweep", "uncertainties=[needs.fod_onset]"], "nearest: needs.food_onset"),
        (["sweep", "levers.monts=[1]"], "nearest: months"),
        (["sweep", "uncertainties=all", "design.kind=sobol"], "power of 2"),
        (["completion"], "must be one of bash"),
        (["completion", "bsh"], "nearest: bash"),
        (["compare", "months=-1"], "months=-1"),
        (["benchmark", "months=-1"], "months=-1"),
    ],
    ids=str,
)
def test_other_verbs_refuse_too(words, said, empty, capsys):
    code = main(words)
    error = capsys.readouterr().err
    assert code == BAD_INPUT
    assert said in error
    assert "Traceback" not in error
    assert list(empty.iterdir()) == []


def test_every_fault_is_listed(empty, capsys):
    assert main(["run", "months=-1", "seeds=[]", "paymnt=x", "parameters.needs.fod_onset=1", "study=../x"]) == BAD_INPUT
    error = capsys.readouterr().err
    assert "5 faults, nothing was run" in error
    assert len(error.splitlines()) == 6


def test_no_value_of_the_environment_is_shown(empty, capsys):
    main(["run", "title=${oc.env:SECRET}", "study=${env:SECRET}"])
    said = capsys.readouterr()
    assert os.environ["SECRET"] not in said.out + said.err


UNKNOWN = [
    "payment=wrongname",
    "providers=xyz",
    "governance=q",
    "compute=slurm",
    "upstream=nothing",
    "population=idaho",
    "experiment=wrongname",
    "experiment=perverse/zzz",
    "upstream.packages=[zzz]",
    "population.margins=zzz",
    "payment.metrics=zzz",
    "payment.contracts=[zzz]",
    "payment.scope=[zzz]",
    "payment.starts={zzz: 3}",
    "providers.without=[zzz]",
    "providers.response=zzz",
    "population.renewal=yearly",
    "upstream.targeting=zzz",
    "governance.levers=[zzz]",
    "parameters.needs.zzz=1",
    "parameters.access.leak_to_emergency.zzz=0.1",
    "zzz=1",
]


@pytest.mark.parametrize("word", UNKNOWN)
def test_every_unknown_name_gets_the_nearest_valid_one(word, empty, capsys):
    """However far it is from all of them."""
    assert main(["run", word]) == 2
    said = capsys.readouterr().err
    assert word.partition("=")[0].removesuffix(".zzz") in said
    assert "(nearest: " in said
    assert "must be" in said or "no such" in said
