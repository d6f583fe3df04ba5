"""The verbs of the command line: what each does, in one line, with examples; said without any heavy import."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Flag:
    """An option of a verb that is not an override; ``takes`` names its value, if it has one."""

    name: str
    help: str
    takes: str = ""


@dataclass(frozen=True)
class Verb:
    """One verb, done by ``run`` of the module with its name: its help, what follows it, and examples."""

    name: str
    help: str
    takes: str
    examples: tuple[str, ...]
    flags: tuple[Flag, ...] = ()


OVERRIDES = "key=value"

VERBS = (
    Verb(
        "run",
        "run one scenario with every seed and report its measures",
        OVERRIDES,
        (
            "ccosim run population=classroom months=24",
            "ccosim run payment=global_budget population.sample=0.1 seeds=10 threads=2",
            "ccosim run parameters.needs.food_onset=0.03 study=more_hunger",
        ),
    ),
    Verb(
        "compare",
        "run every arm of an experiment on the same people with the same luck, and report differences",
        OVERRIDES,
        (
            "ccosim compare experiment=payment_by_upstream",
            "ccosim compare experiment=payment_by_upstream population=classroom months=24 seeds=20",
            "ccosim compare 'arms.claims=[payment=fee_for_service]' 'arms.budget=[payment=global_budget]'",
        ),
    ),
    Verb(
        "sweep",
        "run every arm of a study with every setting of its levers, every draw of its uncertainties and every seed",
        OVERRIDES,
        (
            "ccosim sweep experiment=growth_cap_and_rebasing population=classroom seeds=2 months=24",
            "ccosim sweep experiment=main_uncertainty threads=8",
            "ccosim sweep payment=global_budget 'levers.parameters.payment.growth_cap=[0.02,0.034,0.05]'",
            "ccosim sweep experiment=main_uncertainty compute=cluster compute.address=tcp://scheduler:8786",
        ),
    ),
    Verb(
        "sensitivity",
        "show what drives the outcome of a sweep, and what could flip its decision",
        "STUDY [results_root=DIR] [outcome=MEASURE] [arm=ARM] [parameters.economics.NAME=x]",
        (
            "ccosim sensitivity my_sweep",
            "ccosim sensitivity my_sweep outcome=pmpm_total arm=global_budget",
            "ccosim sensitivity my_sweep parameters.economics.willingness_to_pay=150000",
        ),
    ),
    Verb(
        "report",
        "write a study as one page that opens without a network, with figures and tables",
        "STUDY [stratum=NAME:LEVEL] [layout=slide] [results_root=DIR] [parameters.economics.NAME=x]",
        (
            "ccosim report payment_by_upstream-1a2b3c4d stratum=rurality:rural",
            "ccosim report payment_by_upstream-1a2b3c4d layout=slide",
            "ccosim report payment_by_upstream-1a2b3c4d stratum=age_band:0-4/5-17,rurality:rural",
            "ccosim report payment_by_upstream-1a2b3c4d",
            "ccosim report payment_by_upstream-1a2b3c4d parameters.economics.discount_outcomes=0",
        ),
    ),
    Verb(
        "dashboard",
        "show two policies side by side in a browser, live; or a finished study",
        "[--port N] [--study STUDY] [results_root=DIR]",
        (
            "ccosim dashboard",
            "ccosim dashboard --port 8700",
            "ccosim dashboard --study payment_by_upstream-1a2b3c4d",
            "ccosim dashboard --public two_policies.html",
        ),
        (
            Flag("--port", "port on 127.0.0.1; if it is taken, the next free one", "N"),
            Flag("--study", "show this finished study first", "STUDY"),
            Flag("--public", "no server: run a grid of policies and write the page over them as one file", "FILE"),
        ),
    ),
    Verb(
        "benchmark",
        "measure speed and memory on this machine, in some minutes; `oregon`: also of ten years of all of Oregon",
        f"[oregon] {OVERRIDES}",
        ("ccosim benchmark", "ccosim benchmark oregon", "ccosim benchmark payment=global_budget"),
    ),
    Verb(
        "contrast",
        "show apparent savings of one upstream package (before and after, or against others) beside its true savings",
        OVERRIDES,
        (
            "ccosim contrast",
            "ccosim contrast upstream=chw parameters.upstream.places_scale=10",
            "ccosim contrast upstream=sham population=oregon seeds=2",
        ),
    ),
    Verb(
        "trial",
        "run a randomized trial of one upstream package inside a world: what its estimators find, beside what is true",
        OVERRIDES,
        (
            "ccosim trial",
            "ccosim trial upstream=chw 'upstream.trial_eligible={min_ed_last_12m: 2}' seeds=5",
            "ccosim trial upstream=cash parameters.upstream.trial_recruits=6 population=oregon seeds=2",
        ),
    ),
    Verb(
        "portfolios",
        "search for divisions of a budget among packages that are unbeaten on cost, health and equity",
        f"[candidates=N] [rounds=N] {OVERRIDES}",
        (
            "ccosim portfolios population=classroom months=36 candidates=16 rounds=2 seeds=2",
            "ccosim portfolios population.sample=0.1 months=36 parameters.upstream.state_budget=4",
        ),
    ),
    Verb(
        "associations",
        "show associations of social needs, published and in the model, beside the causal effects in the rules",
        OVERRIDES,
        ("ccosim associations", "ccosim associations population.sample=0.2 seeds=2"),
    ),
    Verb(
        "validate",
        "re-run published evaluations inside the model and score each figure; the exit code is 1 if one is missed",
        OVERRIDES,
        ("ccosim validate", "ccosim validate population=classroom seeds=2"),
    ),
    Verb(
        "describe",
        "describe the model: the month in order, measures, members, the keys of a scenario, published experiments",
        "[month|measures|members|gallery|scenario [key=value]]",
        (
            "ccosim describe",
            "ccosim describe measures",
            "ccosim describe members",
            "ccosim describe gallery",
            "ccosim describe scenario",
        ),
    ),
    Verb(
        "parameters",
        "list every number with its unit, range, kind and source; find them by word or by measure",
        "[WORD|MEASURE] [key=value]",
        (
            "ccosim parameters",
            "ccosim parameters needs.food",
            "ccosim parameters emergency visits",
            "ccosim parameters inpatient_stays_per_1000_mm",
            "ccosim parameters assumption",
            "ccosim parameters --csv > parameters.csv",
            "ccosim parameters needs payment=global_budget",
        ),
        (Flag("--csv", "write a CSV table, one row for each number"),),
    ),
    Verb(
        "cite",
        "list the sources that a scenario's numbers come from, and count the assumptions; or show one source in full",
        f"[ID] {OVERRIDES}",
        (
            "ccosim cite",
            "ccosim cite camden_readmit_effect",
            "ccosim cite experiment=payment_by_upstream",
            "ccosim cite --csv > sources.csv",
        ),
        (Flag("--csv", "write a CSV table"),),
    ),
    Verb(
        "status",
        "show the progress of studies",
        "[STUDY] [results_root=DIR]",
        ("ccosim status", "ccosim status payment_by_upstream-1a2b3c4d"),
    ),
    Verb(
        "reproduce",
        "run a study again from its folder, and say whether it is identical or what differs first",
        "STUDY [results_root=DIR] [threads=N] [runs=N]",
        ("ccosim reproduce payment_by_upstream-1a2b3c4d", "ccosim reproduce path/to/a/study runs=20 threads=4"),
    ),
    Verb(
        "cache",
        "show what is kept on disk to be quick: compiled code, starts of runs, compositions; or clear it",
        "[clear]",
        ("ccosim cache", "ccosim cache clear"),
    ),
    Verb(
        "diff",
        "say what differs between two scenarios or two studies: settings, arms, numbers, results",
        "A B [results_root=DIR]",
        (
            "ccosim diff payment_by_upstream integration",
            "ccosim diff 'payment=oregon_2012' 'payment=oregon_2020 months=24'",
            "ccosim diff payment_by_upstream-1a2b3c4d payment_by_upstream-5e6f7a8b",
            "ccosim diff my_experiment.yaml experiment=payment_by_upstream",
        ),
    ),
    Verb(
        "completion",
        "print a script that completes verbs, groups, keys and parameters in the shell",
        "bash",
        ('eval "$(ccosim completion bash)"', "ccosim completion bash >> ~/.bash_completion"),
    ),
)
BY_NAME = {verb.name: verb for verb in VERBS}
