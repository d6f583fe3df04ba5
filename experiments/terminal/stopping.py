"""When a study ends, and why it ended, in words."""

from collections.abc import Mapping
from typing import Any

from sim.measures.measures import BY_NAME
from sim.scenario import Scenario


def when_it_ends(scenario: Scenario) -> str:
    """What a study with a stopping rule will do."""
    stop = scenario.stop
    assert stop.outcome is not None
    return (
        f"More batches of {scenario.seeds} seeds follow, up to {stop.at_most} seeds, until every 95% interval of a "
        f"difference in {stop.outcome} is within ±{stop.half_width:g} {BY_NAME[stop.outcome].unit} twice running."
    )


def how_it_ended(manifest: Mapping[str, Any]) -> str:
    """Why a study stopped, after how many seeds, and how many more it needs; empty without a stopping rule."""
    found = manifest.get("stopped")
    if not found:
        return ""
    unit = BY_NAME[found["outcome"]].unit
    known = f"every 95% interval of a difference in {found['outcome']} is within"
    if found["enough"]:
        return (
            f"Stopped after {found['seeds']} seeds, at look {found['looks']}: {known} "
            f"±{found['widest']:.3g} {unit}, asked for: {found['wanted']:g}."
        )
    if found["widest"] is None:
        return f"Ended at {found['seeds']} seeds, the most allowed: some difference is not defined in every seed."
    more = (
        f"; about {found['needed']} seeds would be enough"
        if found["needed"] > found["seeds"]
        else ", but not at two looks in a row"
    )
    return (
        f"Ended at {found['seeds']} seeds, the most allowed: {known} ±{found['widest']:.3g} {unit}, "
        f"asked for: {found['wanted']:g}{more}."
    )
