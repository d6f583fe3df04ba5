"""Each answer of providers goes off by its name, and a name that a response does not have switches nothing."""

import pytest

from sim.scenario import Scenario
from sim.scenario.choices import ANSWERS, ANSWERS_OF
from tests.support.stand_in_system import StandIn

pytestmark = pytest.mark.quick


def at_work(response, *without, only=()):
    """Which answers there are, and which parts of them work."""
    providers = StandIn(contracts=("shared_risk",), response=response, without=without, only=only).providers
    effort, inducement = (providers.answers.get(name) for name in ("effort", "inducement"))
    lists = providers.participants
    return (
        tuple(providers.answers),
        None if effort is None else effort.works.tolist(),
        None if inducement is None else inducement.favor,
        None if lists is None else (lists.prunes, lists.retreats),
    )


@pytest.mark.parametrize("response", ANSWERS_OF)
def test_a_name_switches_an_answer_off_if_the_response_has_it(response):
    switched = {name for name in ANSWERS if at_work(response, name) != at_work(response)}
    assert switched == set(ANSWERS_OF[response])


def notes(response, *without):
    return Scenario.compose([f"providers={response}", f"providers.without=[{','.join(without)}]"]).notes


def test_names_that_switch_nothing_are_said_in_one_note():
    assert notes("effort", *ANSWERS) == (
        "providers.without: providers.response=effort has no favor, stinting, shifting, preventive, shared_risk",
    )
    assert notes("reduced_form", "restraint", "pruning") == (
        "providers.without: providers.response=reduced_form has no restraint",
    )
    assert notes("effort", "stinting", "shifting") == (
        "providers.without: providers.response=effort has none of these answers, nothing is switched off",
    )
    assert ["nothing is switched off" in note for note in notes("savings_trend", *ANSWERS)] == [True]
    assert ["nobody answers" in note for note in notes("passive", "selection")] == [True]
    for response in ("effort", "reduced_form"):
        assert notes(response, *ANSWERS_OF[response]) == notes(response) == ()


def test_arms_share_a_note():
    arms = ["arms.one=[providers=reduced_form]", "arms.two=[providers=reduced_form]", "arms.three=[providers=effort]"]
    (note,) = Scenario.compose([*arms, "providers.without=[restraint]"]).notes
    assert note.startswith("arms one, two: providers.without")


def test_a_passive_arm_beside_others_needs_no_remark():
    arms = ["arms.one=[providers=passive]", "arms.two=[providers=effort]"]
    assert Scenario.compose([*arms, "providers.without=[selection]"]).notes == ()
    (note,) = Scenario.compose(["providers=passive", "providers.without=[selection]"]).notes
    assert "nobody answers" in note


def test_only_some_answers_are_given():
    given = at_work("reduced_form", *(set(ANSWERS) - {"pruning", "stinting"}))
    assert at_work("reduced_form", only=("stinting", "pruning")) == given
    assert at_work("reduced_form", "pruning", only=("stinting", "pruning")) == at_work(
        "reduced_form", *(set(ANSWERS) - {"stinting"})
    )
    assert at_work("reduced_form", only=("stinting",))[0] == ("stinting",)


def test_an_answer_that_the_response_does_not_have_is_said_of_only_too():
    (note,) = Scenario.compose(["providers=effort", "providers.only=[stinting]"]).notes
    assert note == "providers.only: providers.response=effort has none of these answers, nobody answers"
    (note,) = Scenario.compose(["providers=reduced_form", "providers.only=[stinting,restraint]"]).notes
    assert note == "providers.only: providers.response=reduced_form has no restraint"
