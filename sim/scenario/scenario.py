"""The scenario: one frozen description of what is simulated, composed, checked and ready to run."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

from pydantic import ModelWrapValidatorHandler, model_validator

from sim.engine.text import shown
from sim.scenario.build import build_scenario
from sim.scenario.faults import ScenarioError
from sim.scenario.frozen_scenario import FrozenScenario
from sim.scenario.overrides import overrides_of, read_overrides
from sim.scenario.request import Request, Resolved


class Scenario(FrozenScenario):
    """What is simulated: which population, which policies, how many months, which seeds.

    ``Scenario.compose(["payment=global_budget", "months=24"])`` reads overrides as the command line does;
    ``Scenario(payment="global_budget", months=24)`` does the same from keywords. Both start from ``conf/config.yaml``,
    and raise `ScenarioError` with every fault at once. Read, in order: configuration < group options < experiment <
    command line < arm.
    """

    @classmethod
    def compose(cls, overrides: Sequence[str] = ()) -> Self:
        """Return the scenario of some overrides in Hydra's style, each ``key=value``.

        Raises
        ------
        ScenarioError
            With every fault found: key, value, what is allowed, nearest valid name.
        """
        faults: list[str] = []
        return cls.model_validate(Request(read_overrides(overrides, faults), faults))

    @model_validator(mode="wrap")
    @classmethod
    def _built(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Build the scenario from a request or from keywords; one that has been built stays as it is."""
        if isinstance(data, cls):
            return data
        if not isinstance(data, Mapping):
            raise ScenarioError([f"a scenario is made of key=value choices, not of {shown(data)}"])
        request = data if isinstance(data, Request) else Request(overrides_of(data), [])
        return build_scenario(cls, request, handler)

    @classmethod
    def resolved(cls, plain: Mapping[str, Any]) -> Self:
        """Return the scenario that ``described`` has written down: no file of ``conf`` but the parameters is read.

        Raises
        ------
        ScenarioError
            With every fault found.
        """
        return cls.model_validate(Resolved(plain))
