"""One study from beginning to end: open its folder, run what is missing, write tables and figures, print the table."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rich.console import Console

from experiments.analysis.shown_once import shown_once
from experiments.output import participants
from experiments.output.behavior import behavior
from experiments.output.drawn_beside import Draw, drawing
from experiments.output.first_table import as_docx, as_latex, first_table
from experiments.output.gains import of_ccos, print_gains, triple_aim, who_gains
from experiments.output.upstream_tables import upstream_tables
from experiments.terminal.contrasts import print_contrasts
from experiments.terminal.points import USUAL
from experiments.terminal.process import Interrupted
from experiments.terminal.progress import Watch, say_compiling
from experiments.terminal.tables import call_arms, print_table
from sim.engine.calendar import MONTHS_PER_YEAR
from sim.measures.measures import MEASURES
from sim.measures.side_by_side import read_table
from sim.measures.strata import ALL
from sim.measures.tables import quality_table
from sim.runs import summary as summaries
from sim.runs.comparison import Comparison, compare
from sim.runs.inputs import check_inputs, check_outcomes, notes_of
from sim.runs.plan import comparison_of, has_own_margins
from sim.runs.study import described_design, open_comparison, write_tables
from sim.scenario.arms import ONLY_ARM
from sim.study import Study
from sim.study.files import CONTRASTS, DIFFERENCES, LAST_YEAR, QUALITY, RESULTS, SUMMARY
from sim.study.tables import parquet, write_csv

if TYPE_CHECKING:
    from sim.scenario import Scenario

GAINS = "who_gains"
WHERE = {f"{GAINS}.csv": "who gains", "ccos.csv": "each CCO", QUALITY: "quality measures by year"}
"""Tables that the closing lines name where they were written, and what they hold."""
DONE = 0
NO_RESPONSE = (
    "payment changes and providers do not respond to it (providers=passive is the default): what providers do is no "
    "finding of this study; providers=effort, reduced_form or savings_trend respond"
)
GUARDED = (
    "The margins are your own: tables leave out numbers of 1 to 10 people and those from which they would follow, and "
    "tables of what happened to groups (quality, equity, supply, reach, participants, sharing) are not written."
)
ONLY_A_SWEEP = "Levers, uncertainties and stop are left out here: `ccosim sweep` follows them."


def note_what_does_nothing(scenario: Scenario, words: Sequence[str]) -> None:
    """Say on standard error what a scenario asks for that this verb, or its providers, do not do."""
    notes = [ONLY_A_SWEEP] if scenario.is_designed or scenario.stop.outcome else []
    notes += [GUARDED] if has_own_margins(scenario) else []
    notes += [f"Note: {NO_RESPONSE}."] if pays_the_passive(scenario, words) else []
    for note in notes:
        Console(stderr=True, highlight=False).print(note, soft_wrap=True)


def pays_the_passive(scenario: Scenario, words: Sequence[str]) -> bool:
    """Return whether a payment is changed and no provider can respond, though nobody asked for that."""
    if any(word.startswith("providers") for word in [*words, *chain.from_iterable(scenario.arms.values())]):
        return False
    arms = [scenario.arm(name) for name in scenario.arms] or [scenario]
    return all(arm.providers.response == "none" for arm in arms) and any(arm.payment.contracts for arm in arms)


def run_study(scenario: Scenario) -> int:
    """Run a study (of a single arm, if the scenario has none), or what is left of it; print its folder last."""
    check_outcomes(scenario)
    call_arms(scenario.labels)
    if not (Path(scenario.results_root) / scenario.study_name).exists():
        check_inputs(scenario)
    study = open_comparison(scenario)
    say = Console(stderr=True, highlight=False)
    if study.is_done:
        say.print(f"Finished before: {study.path} holds this scenario, nothing is computed again.", soft_wrap=True)
        gains, last = (_if_there(study, f"{name}.csv") for name in (GAINS, "last_year"))
        _show(study, study.summary(), scenario, gains, last)
        return _ended(study)
    return _run(study, scenario, say)


def _run(study: Study, scenario: Scenario, say: Console) -> int:
    try:
        with study.at_work(), drawing(scenario.threads, scenario.labels) as draw:
            comparison, seconds = _simulated(study, scenario, say)
            summary = comparison.summary()
            gains = who_gains(comparison) if len(comparison.arms) > 1 else None  # one arm has nobody to gain against
            last = comparison.last_year() if longer_than_a_year(scenario) else None
            say.print("Writing tables and figures ...")
            _write(study, scenario, comparison, summary, gains, last, draw)
            study.close(*study.runs_digest(), seconds)
    except KeyboardInterrupt:
        raise Interrupted(*study.progress(), study.path) from None
    _show(study, summary, scenario, gains, last)
    return _ended(study)


def _if_there(study: Study, name: str) -> Any:
    return study.table(name.removesuffix(".csv")) if (study.path / name).is_file() else None


def longer_than_a_year(scenario: Scenario) -> bool:
    """Return whether a mean over the run can hide what its last year is like."""
    return scenario.months > MONTHS_PER_YEAR


def _simulated(study: Study, scenario: Scenario, say: Console) -> tuple[Comparison, dict[str, float]]:
    """All runs, and the wall time by phase."""
    arms, seeds = len(scenario.arms) or 1, len(scenario.seed_list)
    what = f"{arms} arm{'s' * (arms > 1)} x {seeds} seed{'s' * (seeds > 1)} x {scenario.months} months"
    say.print(f"{what}, on {scenario.threads} thread{'s' * (scenario.threads > 1)}, into {study.path}", soft_wrap=True)
    for note in notes_of(scenario):
        say.print(f"Note: {note}.", soft_wrap=True)
    plan, shards = comparison_of(scenario), study.shards()
    done, asked = sum(run.id in shards for run in plan.runs), len(plan)
    if done:
        say.print(f"{done} of {asked} runs were done before.")
    left = len({run.id for run in plan.runs if run.id not in shards})  # equal runs are simulated once
    say_compiling(say, scenario.folder)  # before the import, which compiles too
    began = perf_counter()
    _import_model()
    seconds = {"import": perf_counter() - began}
    began = perf_counter()
    with _compiling() as compiling, Watch(say, left, scenario.months) as watch:
        comparison = compare(scenario, progress=watch.month_done, store=study)
    spent = perf_counter() - began
    return comparison, seconds | _by_phase(comparison, spent, sum(compiling))


def _import_model() -> None:
    """Import the heavy libraries, once; all that they make stays, and the garbage collector need never look at it."""
    if "sim.model" in sys.modules:  # a program that runs a second study: what the first left behind must be let go
        return
    collects = gc.isenabled()
    gc.disable()
    try:
        import sim.model  # noqa: F401

        gc.freeze()
    finally:
        if collects:
            gc.enable()


def _by_phase(comparison: Comparison, spent: float, compiling: float) -> dict[str, float]:
    """Share the wall time of the runs between phases as the threads' own time was shared."""
    compiling = min(compiling, spent)
    own = {"population": -compiling, "months": 0.0}
    for run in comparison.results.values():
        for phase in own:
            own[phase] += run.seconds.get(phase, 0.0)
    own["population"] = max(0.0, own["population"])
    whole = sum(own.values()) or 1.0
    return {"compile": compiling} | {phase: (spent - compiling) * time / whole for phase, time in own.items()}


def _write(
    study: Study, scenario: Scenario, comparison: Comparison, summary: Any, gains: Any, last: Any, draw: Draw
) -> None:
    """Write tables and figures."""
    results, plan = comparison.frame(), comparison_of(scenario)
    sampled = sum(run.member_months for run in comparison.results.values())
    about = {
        "baseline": comparison.baseline,
        "seeds": len(comparison.seeds),
        "sampled": round(sampled / (len(plan) * scenario.months)),
        "months": scenario.months,
        "version": str(study.manifest["ccosim_version"]),
        "digest": str(study.manifest["scenario_digest"]),
        "title": scenario.title,
        "arms": comparison.arms,
    }
    drawn = draw(summary, results[results["stratum"] == ALL], about)
    study.write_scenarios(described_design(plan))
    write_tables(study, plan, study.shards(), {})
    study.write(RESULTS, parquet(results))
    answers = {} if comparison.guarded else participants.tables(comparison)
    done = behavior(comparison)
    tables = {
        SUMMARY: summary,
        DIFFERENCES: read_table(summary, comparison.baseline, [measure.name for measure in MEASURES]),
        **({} if comparison.guarded else {QUALITY: quality_table(comparison.results.values())}),
        "ccos.csv": of_ccos(summary),
        "triple_aim.csv": triple_aim(summary),
        **({} if gains is None else {f"{GAINS}.csv": gains}),
        **({"behavior.csv": done} if len(done) else {}),
        **({} if last is None else {LAST_YEAR: last}),
        **({CONTRASTS: comparison.contrasts(scenario.sums)} if scenario.sums else {}),
        **{f"{name}.csv": table for name, table in answers.items()},
        **({} if comparison.guarded else upstream_tables(scenario, comparison)),
    }
    if comparison.guarded:
        study.log(GUARDED)
    for name, table in tables.items():
        study.write(name, write_csv(table))
    paper = first_table(comparison)
    study.write("first_table.csv", write_csv(paper))
    study.write("first_table.tex", as_latex(paper))
    if document := as_docx(paper):
        study.write("first_table.docx", document)
    own = _answers(comparison, answers, about) if answers else {}
    for name, data in (drawn() | own).items():
        study.add_figure(name, data)


def _answers(comparison: Comparison, tables: dict[str, Any], about: dict[str, Any]) -> dict[str, bytes]:
    """Figures that are drawn from complete runs, which no other process has."""
    from experiments.figures import About, draw_answers

    return draw_answers(tables, participants.lists_by_arm(comparison), About(**about))


def _show(study: Study, summary: Any, scenario: Scenario, gains: Any, last: Any) -> None:
    """Print the table, its last year, contrasts and who gains, at once."""
    console = Console(highlight=False)
    title = scenario.title or study.path.name
    baseline = scenario.baseline or next(iter(scenario.arms), ONLY_ARM)
    summary, notes = shown_once(summary, baseline)
    print_table(console, summary, baseline, outcomes=scenario.outcomes, title=title, months=scenario.months)
    if last is not None:
        title = f"Last year, months {scenario.months - MONTHS_PER_YEAR + 1} to {scenario.months}"
        names = tuple(dict.fromkeys((*USUAL, *scenario.outcomes)))
        here = last[last["arm"].isin(set(summary["arm"]))]
        print_table(console, here, baseline, sections={title: names})
    if scenario.sums:
        plan = comparison_of(scenario)
        print_contrasts(
            console, summaries.contrasts(plan, study.shards(), scenario.sums), scenario.sums, scenario.outcomes
        )
    for note in notes:
        console.print(note, soft_wrap=True)
    if gains is not None:
        gains = gains[gains["arm"].isin(set(summary["arm"]))]
        print_gains(console, gains, baseline)


def _ended(study: Study) -> int:
    """Say where everything is; the folder is the last line of standard output."""
    if (study.path / "behavior.csv").is_file():
        print(f"What practices, hospitals and CCOs did, month by month: {study.path}/behavior.csv")
    print(f"By race and ethnicity, rurality, language, age, disability and area: {study.path}/summary.csv")
    there = [f"{what} ({name})" for name, what in WHERE.items() if (study.path / name).is_file()]
    if there:
        print(f"Beside it: {', '.join(there)}")
    print(study.path)
    return DONE


@contextmanager
def _compiling() -> Iterator[list[float]]:
    """Seconds that the compiler takes, as they come."""
    from numba.core import event

    seconds: list[float] = []
    with event.install_timer("numba:compile", seconds.append):
        yield seconds
