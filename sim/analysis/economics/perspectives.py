"""Perspectives: whose costs count. Each is a sum of amounts; what no amount holds is listed as not modeled.

The main one is resources: what is used up, whoever pays and at whatever price it is paid. A payer's cost is its net
outlay, in which money that rates, fees and margins only move counts as well. Both books hold every dollar once:

    resources + what CCOs keep + what is held back + what providers get beyond the care = payments of all payers
"""

from dataclasses import dataclass

NOT_MODELED = (
    "patients' out-of-pocket payments",
    "patients' time and travel",
    "unpaid care by family and friends",
    "productivity and other consumption",
    "sectors besides housing, food programs, justice and schools",
    "long-term services and supports",
)
"""Rows of the second panel's impact inventory for which the model has no amount."""

Parts = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Perspective:
    """Signed amounts whose sum is the cost, and what the perspective means."""

    name: str
    label: str
    meaning: str
    amounts: Parts


def _sum(*names: str) -> Parts:
    return tuple((name, 1) for name in names)


MAIN = "resources"
RESOURCES = _sum("care_used", "care_off_cover", "administration", "programs", "care_programs", "teams")
"""What is used up: care at today's prices, on cover and off, with what no one paid for; overhead; programs; teams."""
PAYMENTS = _sum("state", "federal", "medicare", "third_party", "outside", "other_insurance")
"""What all payers pay, net of what they receive."""
TRANSFERS = _sum("cco_kept", "held", "providers")
"""What payments hold beyond resources: it is received, not used up."""

PERSPECTIVES: tuple[Perspective, ...] = (
    Perspective(
        MAIN,
        "Resources used (main)",
        "care at today's prices whatever is paid for it, on cover and off, uncompensated care, administration, "
        "programs, and providers' own costs of teams; rates, fees and margins are transfers",
        RESOURCES,
    ),
    Perspective(
        "societal",
        "Societal, as far as modeled",
        "resources used, and what needs and programs cost housing, food programs, justice and schools; see what is "
        "not modeled",
        (*RESOURCES, ("other_sectors", 1)),
    ),
    Perspective("state", "State", "the state's own money, after the federal share", _sum("state")),
    Perspective("federal", "Federal Medicaid", "the federal share of Medicaid", _sum("federal")),
    Perspective(
        "medicaid",
        "Medicaid as payer",
        "state and federal outlays; capitation counts as paid, with the CCOs' margin",
        _sum("state", "federal"),
    ),
    Perspective("payers", "All payers", "what all payers pay, grants and other insurance included", PAYMENTS),
)
BY_NAME = {perspective.name: perspective for perspective in PERSPECTIVES}
QALYS = (("qalys", 1), ("qalys_off_cover", 1))
"""Health of everybody in the model, on or off cover: a policy also changes who stays covered."""
