"""Perspectives: whose costs count. Each is a sum of amounts; what no amount holds is listed as not modeled.

A payer's cost is its net outlay. From the health care sector on, costs are what providers, programs and
administrators get, whoever pays: CCO margins, and what is withheld and not yet paid out, are transfers within the
sector and are taken out; care that nobody paid for is added.
"""

from dataclasses import dataclass

NOT_MODELED = (
    "patients' out-of-pocket payments",
    "patients' time and travel",
    "unpaid care by family and friends",
    "productivity and other consumption",
    "other sectors for people off cover, and sectors besides housing, food programs, justice and schools",
    "long-term services and supports",
)
"""Rows of the second panel's impact inventory for which the model has no amount."""


@dataclass(frozen=True)
class Perspective:
    """Signed amounts whose sum is the cost, and what the perspective means."""

    name: str
    label: str
    meaning: str
    amounts: tuple[tuple[str, int], ...]


_PAYERS = (("state", 1), ("federal", 1), ("medicare", 1), ("third_party", 1))
_SECTOR = (*_PAYERS, ("cco_margin", -1), ("held", -1), ("uncompensated", 1))

PERSPECTIVES: tuple[Perspective, ...] = (
    Perspective("state", "State", "the state's own money, after the federal share", (("state", 1),)),
    Perspective("federal", "Federal Medicaid", "the federal share of Medicaid", (("federal", 1),)),
    Perspective(
        "medicaid",
        "Medicaid as payer",
        "state and federal outlays; capitation counts as paid, with the CCOs' margin",
        (("state", 1), ("federal", 1)),
    ),
    Perspective(
        "health_sector",
        "Health care sector",
        "claims, administration and programs of all payers, and care that nobody paid for; without CCO margins",
        _SECTOR,
    ),
    Perspective(
        "societal",
        "Societal, as far as modeled",
        "the health care sector, program money from outside, and what needs and programs cost housing, food "
        "programs, justice and schools; see what is not modeled",
        (*_SECTOR, ("outside", 1), ("other_sectors", 1)),
    ),
)
BY_NAME = {perspective.name: perspective for perspective in PERSPECTIVES}
QALYS = (("qalys", 1), ("qalys_off_cover", 1))
"""Health of everybody in the model, on or off cover: a policy also changes who stays covered."""
