"""``ccosim run``: one scenario, every seed, its measures, its study folder."""

from collections.abc import Sequence

from sim.scenario import Scenario, ScenarioError


def run(words: Sequence[str]) -> int:
    """Run one scenario with every seed, print its measures, and print the study folder on the last line."""
    scenario = Scenario.compose(words)
    if scenario.arms:
        names = ", ".join(scenario.arms)
        raise ScenarioError([f"arms: this scenario has arms ({names}); use `ccosim compare`, or add arms={{}}"])
    from experiments.output.session import note_what_does_nothing, run_study

    note_what_does_nothing(scenario, words)
    return run_study(scenario)
