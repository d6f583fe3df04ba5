"""Figures of trials that follow their participants from before enrollment: V5, and N2 to N6."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

from rich.console import Console

from experiments.validation import figure_store
from experiments.validation.targets import DRAWS, Target, Verdict, if_enough, over_draws, over_seeds
from experiments.validation.trial_runs import Asked, Found, draws_of, seed_figures
from sim.measures.trial import LIKE, SHAM, TWINS
from sim.measures.trial_figures import OF_TRENDS
from sim.scenario import Scenario


def verdicts(aims: Sequence[Target], scenario: Scenario, folder: Path) -> list[Verdict]:
    """Return the verdicts on figures of trials; simulate only the trials that the folder does not hold."""
    asked = list(dict.fromkeys(one for aim in aims for one in asked_by(aim)))
    found = figure_store.read(folder, scenario)
    say = Console(stderr=True, highlight=False)
    for number, seed in enumerate(scenario.seed_list, 1):
        still = figure_store.missing(found, asked, scenario, seed)
        if not still:
            continue
        worlds = 1 + sum(len(draws_of(scenario, arm, seed)) for arm in {one.arm for one in still})
        say.print(f"People followed, seed {number} of {len(scenario.seed_list)}: {worlds} worlds", soft_wrap=True)
        again = {(one.arm, one.figure, one.against) for one in still}
        found = [one for one in found if one.seed != seed or (one.arm, one.figure, one.against) not in again]
        found += seed_figures(scenario, seed, still)
        figure_store.write(folder, scenario, found)
    return [verdict(aim, [one for one in found if one.seed in scenario.seed_list]) for aim in aims]


def asked_by(aim: Target) -> list[Asked]:
    """Return the figures that a target needs: its own, and of trends what a comparison group sees, truth and sham."""
    against = (LIKE, TWINS, SHAM) if aim.figure in OF_TRENDS else (aim.against,)
    return [Asked(aim.arm, aim.figure, one) for one in against]


def verdict(aim: Target, found: Sequence[Found]) -> Verdict:
    """Return the verdict on one target, from the figures of all arms."""
    mine = [one for one in found if (one.arm, one.figure) == (aim.arm, aim.figure)]
    seen = [one for one in mine if one.against == aim.against]
    if aim.rule == DRAWS:
        judged = over_draws(aim, [one.value for one in seen])
    else:
        judged = over_seeds(aim, list(by_seed(seen).values()))
    people = sum({one.seed: one.people for one in seen}.values())
    if aim.figure in OF_TRENDS:
        judged = _beside(judged, mine)
    return if_enough(replace(judged, people=people))


def _beside(judged: Verdict, found: Sequence[Found]) -> Verdict:
    """Add what a comparison group sees, what is true, and what the group sees of a sham."""
    seen, true, sham = (
        over_seeds(judged.target, list(by_seed([one for one in found if one.against == which]).values()))
        for which in (LIKE, TWINS, SHAM)
    )
    return replace(judged, seen=seen.figure, true=true.figure, sham=sham.figure, sham_low=sham.low, sham_high=sham.high)


def by_seed(found: Sequence[Found]) -> dict[int, float]:
    """Return the mean of each seed: over its programs, where it has several."""
    seeds = dict.fromkeys(one.seed for one in found)
    return {seed: fmean(one.value for one in found if one.seed == seed) for seed in seeds}
