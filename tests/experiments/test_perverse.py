"""Does each perverse effect appear in its experiment, and vanish when its cause is switched off?

Each case names the experiment in `conf/experiment/perverse/`, what to look at, and two paired differences: arm less
reference with the cause on, and with it off. `seen` is what the first must satisfy, `gone` the second.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pytest

from experiments.verbs.contrast import one_seed
from sim.engine.arrays import Floats
from sim.measures.measures import BY_NAME
from sim.measures.participation import by_first_list, lists_of, naive, still_listed
from sim.measures.quality import in_all
from sim.measures.result import POCKETS as POCKET_CENTS
from sim.measures.result import RunResult
from sim.measures.strata import LEVELS, MEMBERS, PRIMARY_VISITS, material_needs
from sim.model import begin
from sim.paths import conf_folder
from sim.runs.comparison import Comparison, compare
from sim.scenario import Scenario
from sim.scenario.overrides import options
from sim.schema import (
    AIAN,
    COUNT_INDEX,
    EMERGENCY,
    ENROLLED,
    INPATIENT,
    MATERIAL,
    MEDICAID,
    METRICS,
    OUTPATIENT,
    POCKETS,
    WHITE,
)

Look = Callable[[RunResult], float]
Judge = Callable[[float], bool]
OF_ALL, GIVEN, RECORDED = 0, 1, 2
SIDES = (("savings", 1), ("losses", -1))
EXTREMES = 5  # areas at either end of a ranking


def exactly_none(difference):
    return difference == 0


def at_least(least):
    return lambda difference: difference >= least


def at_most(most):
    return lambda difference: difference <= most


def between(low, high):
    return lambda difference: low <= difference <= high


def practices(name: str, unless_answered: float = 0.0) -> Look:
    """What practices did in the last month, on average over areas; or what holds where nobody answers."""
    nobody = np.full((1, 1), unless_answered * 1e6)
    return lambda run: float(np.mean(run.places.get(f"practices.{name}", nobody)[-1])) / 1e6


def lever(name: str) -> Look:
    """Where CCOs hold a lever in the last month, on average over areas; 0 where nobody decides."""
    return lambda run: float(np.mean(run.places.get(f"levers.{name}", np.zeros((1, 1)))[-1])) / 1e6


def of_another_sector(name: str) -> Look:
    """Cents that a sector outside Medicaid paid."""
    return lambda run: float((run.places[POCKET_CENTS][..., POCKETS.index(name)] @ run.weights).sum())


def best_off_over_worst_off(run: RunResult) -> float:
    """Primary care visits of members prone to no material need, over those of members prone to two and more."""
    december = run.months // 12 * 12 - 1
    visits, people = (run.weights @ run.places[name][december] for name in (PRIMARY_VISITS, MEMBERS))
    return float(visits[0] / people[0] / (visits[2:].sum() / people[2:].sum()))


@lru_cache(maxsize=1)
def prone_by_race() -> tuple[Floats, Floats]:
    """How many material needs American Indian and Alaska Native members are prone to, and white ones, as shares."""
    people = begin(Scenario.compose(["population=oregon", "population.sample=0.02", "warm_up=1", "threads=1"]), 0)
    members = np.asarray(people.population.members)
    members = members[members["status"] == ENROLLED]
    prone = material_needs(members["prone"])
    counts = [np.bincount(prone[members["race"] == race], minlength=len(MATERIAL) + 1) for race in (AIAN, WHITE)]
    return counts[0] / counts[0].sum(), counts[1] / counts[1].sum()


def exposed_over_white(run: RunResult) -> float:
    """Primary care visits of American Indian and Alaska Native members, who have most needs, over those of white ones.

    At the visits that members with as many needs get in this run, whatever their race, for no practice reads it: the
    few members of one race in a sample differ by more than what is looked for.
    """
    december = run.months // 12 * 12 - 1
    visits, people = (run.weights @ run.places[name][december] for name in (PRIMARY_VISITS, MEMBERS))
    aian, white = prone_by_race()
    return float((aian @ (visits / people)) / (white @ (visits / people)))


def still_takes_part(run: RunResult) -> float:
    """Part of the first list that takes part in the last month; all where nobody chooses."""
    lists = lists_of(run)
    return 1.0 if lists is None else float(still_listed(lists)[-1])


def kept_of_losses(run: RunResult) -> float:
    """Cents of savings shared, less those of losses."""
    return paid("shared_savings")(run) - paid("shared_losses")(run)


def small_less_large(run: RunResult) -> float:
    """Mean deviation of what was shared, in percent of claims, from its mean: the smaller areas less the larger."""
    cents = sum(sign * run.paid[..., run.purposes.index(f"shared_{name}")] for name, sign in SIDES)
    part = 100 * cents.sum(axis=0) / run.spending.sum(axis=(0, 2))[:, 0]
    deviation = np.abs(part - part.mean())
    by_size = np.argsort(run.counts[..., 0].sum(axis=0) * run.weights)
    return float(deviation[by_size[:8]].mean() - deviation[by_size[8:]].mean())


def paid(purpose: str) -> Look:
    """Cents that moved for a purpose."""
    return lambda run: float(run.paid[..., run.purposes.index(purpose)].sum())


def rate(metric: str, counted: int, year: int = -1) -> Look:
    """Rate of a quality measure in a year, the last one if none is named, as given or as recorded."""

    def look(run):
        counts = in_all(run.quality[year])[..., METRICS.index(metric), :].reshape(-1, 3).sum(axis=0)
        return float(counts[counted] / counts[OF_ALL])

    return look


def since_it_was_withdrawn(run: RunResult) -> float:
    """Change of the recorded rate of depression screening from the second year to the last."""
    return rate("depression_screening", RECORDED)(run) - rate("depression_screening", RECORDED, year=1)(run)


def harder_less_easier(run: RunResult) -> float:
    """Bonuses over claims: the areas whose members are hardest to reach less those whose members are easiest."""
    months = run.yearly[..., COUNT_INDEX["member_months"]].sum(axis=0)
    english, urban = (months[:, LEVELS.index(level)] for level in (("language", "english"), ("rurality", "urban")))
    easy = (2 * english + urban) / run.counts[..., COUNT_INDEX["member_months"]].sum(axis=0)  # as log odds: .8 and .4
    earned = [run.value("pmpm_bonuses", "area", a) / run.value("pmpm_medicaid", "area", a) for a in run.areas]
    by_ease = np.array(earned)[np.argsort(easy)]
    return float(by_ease[:EXTREMES].mean() - by_ease[-EXTREMES:].mean())


def price_of_a_stay(run: RunResult) -> float:
    """Cents of hospitals' fixed budget for each stay, in the last half-year."""
    stays = run.counts[-6:, :, COUNT_INDEX["inpatient_visits"]].sum()
    return float(run.paid[-6:, :, run.purposes.index("hospital_budget")].sum() / stays)


def cost_of_a_stay(run: RunResult) -> float:
    """Mean cents of a stay at the prices of claims, in the last half-year."""
    return float(run.spending[-6:, :, INPATIENT].sum() / run.counts[-6:, :, COUNT_INDEX["inpatient_visits"]].sum())


def price_of_hospital_care(run: RunResult) -> float:
    """What a unit of hospital care brings against its old price, in the last half-year; 1 by claims.

    Areas weigh by their care: in one with hardly a stay a budget buys next to nothing, at any price.
    """
    price = run.places.get("payment.hospital_price", np.full((6, 1), 1e6))[-6:] / 1e6
    care = run.spending[-6:][:, :, [EMERGENCY, INPATIENT, OUTPATIENT], MEDICAID].sum(axis=2)
    return float((price * care).sum() / care.sum())


def more_known_in_english(run: RunResult) -> float:
    """Share of needs that are known, of members who prefer English less of those who prefer Spanish."""
    english, spanish = (run.value("needs_known_share", "language", level) for level in ("english", "spanish"))
    return float(english - spanish)


def attached(disabled: str) -> Look:
    """Share of members with a usual clinic: of those with a disability (yes), or without (no)."""
    return lambda run: float(run.value("attached_share", "disability", disabled))


def disabled_less_others(run: RunResult) -> float:
    """Share with a usual clinic: members with a disability less those without."""
    return attached("yes")(run) - attached("no")(run)


@dataclass(frozen=True)
class Case:
    """One effect: experiment, what to look at, (arm, reference) with the cause on and off, and what each must be."""

    experiment: str
    look: str | Look
    on: tuple[str, str]
    seen: Judge
    off: tuple[str, str]
    gone: Judge = exactly_none
    relative: bool = False


def share(experiment, look, on, seen, off, gone=exactly_none):
    """A case whose differences are shares of the reference."""
    return Case(experiment, look, on, seen, off, gone, relative=True)


UNANSWERED = ("per_member_unanswered", "visits")
VISITS, EMERGENCIES = "primary_care_visits_per_1000_mm", "ed_visits_per_1000_mm"
OUTPATIENT_VISITS, STAYS = "outpatient_visits_per_1000_mm", "inpatient_stays_per_1000_mm"

CASES = {
    "1 fees that rise bring volume": share(
        "fee_volume", OUTPATIENT_VISITS, ("fee_rise", "today"), at_least(0.05), ("fee_rise_unanswered", "today")
    ),
    "1 and no health": share(
        "fee_volume",
        "qalys_per_1000_my",
        ("fee_rise", "today"),
        between(-0.001, 0.001),
        ("fee_rise_unanswered", "today"),
    ),
    "1 the better off get more of it": share(
        "better_off_first",
        best_off_over_worst_off,
        ("fee_rise", "today"),
        at_least(0.04),
        ("fee_rise_alike", "today"),
        between(-0.04, 0.04),
    ),
    "2 volume makes up for cut fees": share(
        "volume_offset",
        "specialist_visits_per_1000_mm",
        ("target_income", "today"),
        at_least(0.02),
        ("cut_unanswered", "today"),
    ),
    "2 without a target it does not": share(
        "volume_offset",
        "specialist_visits_per_1000_mm",
        ("target_income", "no_target"),
        at_least(0.02),
        ("no_target", "today"),
        at_most(0),
    ),
    "2 practices in loss leave": Case(
        "fee_cut",
        practices("participation", unless_answered=1),
        ("cut", "today"),
        at_most(-0.02),
        ("cut_unanswered", "today"),
    ),
    "2 denials are as good as a cut": Case(
        "fee_cut",
        "attached_share",
        ("cut_as_denied", "today"),
        at_most(-0.002),
        ("cut_as_denied", "denied"),
        between(-1e-6, 1e-6),
    ),
    "2 cut fees close panels": share(
        "fee_cut", "attached_share", ("cut", "today"), at_most(-0.005), ("cut_unanswered", "today")
    ),
    "2 and so do denied claims": share(
        "fee_cut", "attached_share", ("denied", "today"), at_most(-0.002), ("denied_unanswered", "today")
    ),
    "3 paid per member: fewer visits": share(
        "capitation_dumping", VISITS, ("per_member", "visits"), at_most(-0.01), UNANSWERED
    ),
    "3 more emergencies": share(
        "capitation_dumping", EMERGENCIES, ("per_member", "visits"), at_least(0.01), UNANSWERED
    ),
    "3 nothing per member, nothing shifted": share(
        "capitation_dumping", EMERGENCIES, ("per_member", "per_visit"), at_least(0.01), ("per_visit", "visits")
    ),
    "3 fewer new members": Case(
        "capitation_dumping",
        practices("intake", unless_answered=1),
        ("per_member", "visits"),
        at_most(-0.1),
        UNANSWERED,
    ),
    "3 less care after hours": Case(
        "capitation_dumping",
        practices("after_hours", unless_answered=1),
        ("per_member", "visits"),
        at_most(-0.1),
        UNANSWERED,
    ),
    "3 more visits to specialists": share(
        "capitation_dumping",
        "specialist_visits_per_1000_mm",
        ("per_member", "visits"),
        at_least(0.005),
        UNANSWERED,
    ),
    "3 fewer sick members": Case(
        "sick_not_taken",
        attached("yes"),
        ("blind", "blind_takes_all"),
        at_most(-0.003),
        ("adjusted", "adjusted_takes_all"),
    ),
    "3 fewer of them than of others": Case(
        "sick_not_taken",
        disabled_less_others,
        ("blind", "blind_takes_all"),
        at_most(-0.0005),
        ("adjusted", "adjusted_takes_all"),
    ),
    "4 who does not pay gets less": share(
        "risk_selection", VISITS, ("blind", "blind_unanswered"), at_most(-0.005), ("adjusted", "adjusted_unanswered")
    ),
    "4 and care moves to the better off": share(
        "risk_selection",
        best_off_over_worst_off,
        ("blind", "blind_unanswered"),
        at_least(0.005),
        ("adjusted", "adjusted_unanswered"),
    ),
    "4 and gaps between races widen": share(
        "risk_selection",
        exposed_over_white,
        ("blind", "blind_unanswered"),
        at_most(-0.0005),
        ("adjusted", "adjusted_unanswered"),
    ),
    "5 diagnoses that pay": Case(
        "upcoding", practices("coding"), ("adjusted", "blind"), at_least(0.02), ("blind_coding", "blind")
    ),
    "5 rates that rise on paper": Case(
        "written_down",
        rate("depression_screening", RECORDED),
        ("adjusted", "blind"),
        at_least(0.01),
        ("blind", "blind_unanswered"),
    ),
    "5 while nothing more is given": Case(
        "written_down",
        rate("depression_screening", GIVEN),
        ("adjusted", "blind"),
        exactly_none,
        ("blind", "blind_unanswered"),
    ),
    "6 what is paid for is done": Case(
        "measured_only",
        rate("depression_screening", GIVEN),
        ("bonus", "claims"),
        at_least(0.001),
        ("bonus_unanswered", "claims"),
    ),
    "6 and written down": Case(
        "measured_only",
        rate("depression_screening", RECORDED),
        ("bonus", "claims"),
        at_least(0.002),
        ("bonus_unanswered", "claims"),
    ),
    "6 and what is not slips": Case(
        "measured_only",
        rate("well_child", GIVEN),
        ("bonus", "claims"),
        at_most(-0.001),
        ("bonus_unanswered", "claims"),
    ),
    "6 effort stops where the pool is safe": Case(
        "safe_pool",
        practices("effort_quality"),
        ("safe", "safe_unseen"),
        at_most(-0.015),
        ("unsafe", "unsafe_unseen"),
        at_least(-0.005),  # a CCO or two win the pool there as well
    ),
    "6 what a bonus brought is lost when it ends": Case(
        "withdrawn",
        since_it_was_withdrawn,
        ("withdrawn", "claims"),
        at_most(-0.005),
        ("withdrawn_lasting", "claims"),
        at_least(-0.001),
    ),
    "6 and stays where it does not end": Case(
        "withdrawn",
        rate("depression_screening", RECORDED),
        ("withdrawn", "kept"),
        at_most(-0.01),
        ("kept", "claims"),
        at_least(0.01),
    ),
    "6 fewer readmissions are counted": Case(
        "reclassified", "quality_readmission", ("bonus", "claims"), at_most(-0.01), ("bonus_unanswered", "claims")
    ),
    "6 for stays are called observation": Case(
        "reclassified", "called_observation", ("bonus", "claims"), at_least(0.01), ("bonus_unanswered", "claims")
    ),
    "6 while as many come back": Case(
        "reclassified", "readmission_30d", ("bonus", "claims"), exactly_none, ("bonus_unanswered", "claims")
    ),
    "6 a benchmark pays less who cares for those harder to reach": Case(
        "harder_to_reach",
        harder_less_easier,
        ("by_benchmark", "by_benchmark_alike"),
        at_most(-0.004),
        ("by_improvement", "by_improvement_alike"),
        at_least(-0.002),
    ),
    "7 savings lower rates": Case(
        "premium_slide",
        "pmpm_capitation",
        ("saving_rebased", "idle_rebased"),
        at_most(-0.3),
        ("saving_kept", "idle_kept"),
    ),
    "7 Medicare gains by what a CCO pays for": Case(
        "wrong_pocket", "pmpm_medicare", ("invests", "nothing"), at_most(-0.1), ("invests_in_vain", "nothing")
    ),
    "7 justice gains by homes that a CCO pays for": share(
        "wrong_pocket",
        of_another_sector("justice"),
        ("houses", "nothing"),
        at_most(-0.01),
        ("houses_in_vain", "nothing"),
    ),
    "7 and so do schools": share(
        "wrong_pocket",
        of_another_sector("schools"),
        ("houses", "nothing"),
        at_most(-0.0005),
        ("houses_in_vain", "nothing"),
    ),
    "7 who looks one year ahead begins nothing slow": Case(
        "short_horizon", lever("upstream"), ("near", "far"), at_most(-0.02), ("near_at_once", "far")
    ),
    "7 nor does who expects members to leave": Case(
        "short_horizon", lever("upstream"), ("far_leaving", "far"), at_most(-0.02), ("near_at_once", "far")
    ),
    "7 and members get less help": Case(
        "short_horizon", "needs_met_share", ("near", "far"), at_most(-0.001), ("near_at_once", "far")
    ),
    "8 luck is paid for": Case(
        "chance_savings", paid("shared_savings"), ("one_sided", "claims"), at_least(1), ("beyond_luck", "claims")
    ),
    "8 one side leaks": Case(
        "chance_savings", kept_of_losses, ("one_sided", "two_sided"), at_least(1), ("beyond_luck", "claims")
    ),
    "8 the small win or lose most": Case(
        "chance_savings", small_less_large, ("two_sided", "claims"), at_least(0.01), ("beyond_luck", "claims")
    ),
    "8 losses drive participants out": Case(
        "retreat",
        still_takes_part,
        ("losses_from_year_three", "claims"),
        at_most(-0.2),
        ("savings_alone", "claims"),
    ),
    "9 fewer stays, dearer": share(
        "hospital_budget",
        price_of_a_stay,
        ("budget", "budget_unanswered"),
        at_least(0.02),
        ("budget_not_fewer", "budget_unanswered"),
    ),
    "9 and so is all hospital care": Case(
        "hospital_budget",
        price_of_hospital_care,
        ("budget", "budget_unanswered"),
        at_least(0.005),
        ("budget_not_fewer", "budget_unanswered"),
    ),
    "9 stays": share("hospital_budget", STAYS, ("budget", "claims"), at_most(-0.01), ("budget_unanswered", "claims")),
    "9 the easy ones are turned away": share(
        "hospital_budget",
        cost_of_a_stay,
        ("budget", "budget_unanswered"),
        at_least(0.01),
        ("budget_not_fewer", "claims"),
    ),
    "9 practices leave where a budget may not grow": Case(
        "tight_budget",
        practices("participation"),
        ("tight", "with_the_trend"),
        at_most(-0.02),
        ("tight_staying", "with_the_trend"),
    ),
    "9 waits lengthen": Case(
        "tight_budget",
        practices("wait_days"),
        ("tight", "with_the_trend"),
        at_least(1),
        ("tight_staying", "with_the_trend"),
    ),
    "9 and visits are lost": Case(
        "tight_budget",
        "unmet_primary_share",
        ("tight", "with_the_trend"),
        at_least(0.005),
        ("tight_staying", "with_the_trend"),
    ),
    "10 dearer than claims": share(
        "capitation_costs_more",
        "pmpm_total",
        ("loaded", "fee_for_service"),
        at_least(0.08),
        ("lean", "fee_for_service"),
        at_most(0.02),
    ),
    "11 a fee saves care": Case(
        "fees_and_savings", "pmpm_medical", ("fee", "no_fee"), at_most(-0.05), ("fee_unanswered", "claims")
    ),
    "11 and costs more than it saves": Case(
        "fees_and_savings", "pmpm_total", ("fee", "no_fee"), at_least(1), ("no_fee", "claims")
    ),
    "12 the best connected are asked first": Case(
        "bridge_to_nowhere",
        more_known_in_english,
        ("for_who_comes", "for_all_alike"),
        at_least(0.01),
        ("for_all_alike", "nothing"),
        between(-0.06, 0.06),  # three standard errors: whose needs are found is luck
    ),
    "12 needs that are found and not met": Case(
        "bridge_to_nowhere", "needs_met_share", ("for_who_comes", "no_places"), at_least(0.02), ("no_places", "nothing")
    ),
    "13 teams turned to where it pays": Case(
        "squeezed_out",
        practices("team_share"),
        ("per_member_may_turn", "visits_may_turn"),
        at_least(0.3),
        ("per_member", "visits"),
    ),
    "13 or where a fee pays for them": Case(
        "squeezed_out",
        practices("team_share"),
        ("fee_may_turn", "visits_may_turn"),
        at_least(0.2),
        ("no_fee_may_turn", "visits"),
    ),
    "13 and what they do": share(
        "squeezed_out",
        EMERGENCIES,
        ("per_member_may_turn", "visits_may_turn"),
        at_most(-0.002),
        ("per_member", "visits"),
    ),
    "13 nobody brings behavioral health into the clinic": Case(
        "unpaid",
        lever("behavioral_integration"),
        ("visits", "budget"),
        at_most(-0.5),
        ("visits", "budget_worth_nothing"),
    ),
    "13 nor keeps members out of the emergency department by it": share(
        "unpaid",
        EMERGENCIES,
        ("visits", "budget"),
        at_least(0.02),
        ("visits_and_waiver", "budget_worth_nothing"),
        between(-0.005, 0.005),
    ),
    "13 nor pays navigators": Case(
        "unpaid",
        "needs_met_share",
        ("visits", "budget"),
        at_most(-0.004),
        ("visits_and_waiver", "budget"),
        at_least(0),
    ),
    "14 a bonus crowds out": Case(
        "crowd_out",
        practices("effort_restraint"),
        ("scarce_bonus", "scarce"),
        at_most(-0.01),
        ("plenty_bonus", "plenty"),
        between(-0.001, 0.001),
    ),
    "15 who keeps savings changes nobody": Case(
        "governance_capture", "pmpm_medical", ("shared", "passive"), at_most(-0.5), ("captured", "passive")
    ),
}


SMALLER = {  # where an effect shows in fewer people, months or seeds than its experiment has
    "better_off_first": ("months=12",),
    "bridge_to_nowhere": ("seeds=1",),
    "capitation_costs_more": ("months=6",),
    "crowd_out": ("months=12",),
    "fees_and_savings": ("seeds=1", "months=12"),
    "measured_only": ("months=12",),
    "premium_slide": ("months=18",),
    "pruning": ("population.sample=0.012", "months=36"),
    "reclassified": ("months=12",),
    "retreat": ("population.sample=0.001", "months=38"),  # the third contract year begins in month 36
    "risk_selection": ("population.sample=0.01", "population.minimum_per_cco=100"),
    "safe_pool": ("months=18",),
    "short_horizon": ("months=12",),
    "sick_not_taken": ("months=9",),
    "squeezed_out": ("months=9",),
    "upcoding": ("months=12",),
    "volume_offset": ("months=12",),
    "written_down": ("months=12",),
    "wrong_pocket": ("population.sample=0.004", "months=12"),
}


@lru_cache(maxsize=len(CASES))
def lived(experiment: str, smaller: bool) -> Comparison:
    scenario = Scenario.compose(
        [f"experiment=perverse/{experiment}", *(SMALLER.get(experiment, ()) if smaller else ())]
    )
    assert len({scenario.arm(arm).run_id(0) for arm in scenario.arms}) == len(scenario.arms)
    return compare(scenario)


def seen_in(look: str | Look, run: RunResult) -> float:
    return float(run.value(look)) if isinstance(look, str) else look(run)


def difference(case: Case, arms: tuple[str, str], smaller: bool = True) -> float:
    """Mean paired difference between two arms, as a share of the reference if the case says so."""
    runs = lived(case.experiment, smaller)
    pairs = [[seen_in(case.look, runs.results[arm, seed]) for arm in arms] for seed in runs.seeds]
    gap = sum(one - other for one, other in pairs)
    return gap / sum(other for _, other in pairs) if case.relative else gap / len(pairs)


LARGE = {  # take three quarters of the time, and show in nothing smaller; what notices a fault of their rules instead
    "chance_savings": "tests/unit/payment/test_forms.py",
    "fee_cut": "tests/unit/agents/test_practices.py",
    "governance_capture": "tests/unit/agents/test_savings_trend.py",
    "harder_to_reach": "tests/unit/payment/test_quality_pool.py",
    "hospital_budget": "tests/unit/agents/test_practices.py",
    "premium_slide": "tests/unit/agents/test_years_by_hand.py",
    "pruning": "tests/unit/agents/test_participants.py",
    "retreat": "tests/unit/agents/test_participants.py",
    "risk_selection": "tests/invariants/test_providers_answer.py",
    "tight_budget": "tests/unit/agents/test_practices.py",
    "unpaid": "tests/unit/agents/test_boards.py",
    "withdrawn": "tests/unit/agents/test_contract_answers.py",
}


def by_default():
    for name, case in CASES.items():
        yield pytest.param(case, id=name, marks=[pytest.mark.slow] if case.experiment in LARGE else [])


@pytest.mark.parametrize("case", list(by_default()))
def test_the_effect_appears_and_vanishes_with_its_cause(case):
    assert case.seen(difference(case, case.on))
    assert case.gone(difference(case, case.off))


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.experiment in SMALLER])
def test_the_effect_appears_at_the_size_of_its_experiment(name):
    case = CASES[name]
    assert case.seen(difference(case, case.on, smaller=False))
    assert case.gone(difference(case, case.off, smaller=False))


@pytest.mark.parametrize(
    ("arm", "judge"),
    [
        ("chosen_at_their_worst", at_most(-0.25)),
        pytest.param("chosen_for_a_need", between(-0.1, 0.1), marks=pytest.mark.slow),
    ],
)
def test_11_a_program_without_effect_seems_to_help_those_chosen_at_their_worst(arm, judge):
    figures = one_seed(Scenario.compose(["experiment=perverse/mirage"]).arm(arm), 0).figures
    stays = next(value for name, value in figures.items() if name.startswith("Any stay in half a year"))
    assert stays.paired == 0
    assert judge(stays.before_after)


@pytest.mark.slow
def test_2_a_cut_that_nobody_answers_saves_no_care():
    runs = lived("fee_cut", True)
    cut, today = (runs.results[arm, runs.seeds[0]] for arm in ("cut_unanswered", "today"))
    assert cut.value("pmpm_care_used") == today.value("pmpm_care_used")
    assert cut.value("pmpm_medical") < today.value("pmpm_medical")


@pytest.mark.slow
def test_4_who_prunes_dear_clinicians_seems_to_save_and_is_paid():
    runs = lived("pruning", True)
    for seed in runs.seeds:
        pruned, kept = (runs.results[arm, seed] for arm in ("pruned", "nobody_leaves"))
        assert pruned.value("pmpm_medical") == kept.value("pmpm_medical")  # nobody's care has changed
        lists, of_all = lists_of(pruned), lists_of(kept)
        assert by_first_list(lists) == by_first_list(of_all)
        assert by_first_list(of_all) == pytest.approx(naive(of_all))  # summed in another order
        assert naive(lists) < naive(of_all) - 5
        assert paid("shared_savings")(pruned) > paid("shared_savings")(kept)


@pytest.mark.slow
def test_9_a_hospital_budget_brings_nothing_for_two_to_three_years():
    runs = lived("hospital_budget", True)
    for seed in runs.seeds:
        claims, soon, later = (
            runs.results[arm, seed].counts[..., COUNT_INDEX["inpatient_visits"]].sum(axis=1)
            for arm in ("claims", "budget", "budget_later")
        )
        assert (soon[:24] == claims[:24]).all()
        assert soon[24:].sum() < claims[24:].sum()
        assert (later == claims).all()


def test_what_a_slow_experiment_shows_is_tested_by_default_where_its_rule_is():
    assert [file for file in LARGE.values() if not (conf_folder().parent / file).is_file()] == []


def test_every_experiment_has_its_test():
    perverse = {
        name.removeprefix("perverse/") for name in options(conf_folder(), "experiment") if name.startswith("perverse/")
    }
    assert {case.experiment for case in CASES.values()} == perverse - {"mirage", "pruning"}


def test_what_is_looked_at_is_reported():
    assert {case.look for case in CASES.values() if isinstance(case.look, str)} <= set(BY_NAME)
