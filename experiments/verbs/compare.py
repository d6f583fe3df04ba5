"""The verb ``compare``: every arm of an experiment on the same people with the same luck."""

from collections.abc import Sequence

from experiments.output.session import note_what_does_nothing, run_study
from sim.scenario import Scenario, ScenarioError


def run(words: Sequence[str]) -> int:
    """Compare the arms of a scenario and print the study folder on the last line."""
    scenario = Scenario.compose(words)
    if len(scenario.arms) < 2:
        raise ScenarioError(
            [
                f"arms: there {'is one' if scenario.arms else 'are none'}, a comparison needs at least two: "
                "give experiment=NAME, for example experiment=payment_by_upstream, or "
                "'arms.NAME=[key=value, ...]' for each arm"
            ]
        )
    note_what_does_nothing(scenario, words)
    return run_study(scenario)
