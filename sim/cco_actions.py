"""What a CCO can do. Everything else about an action follows from its row here or is checked against it.

Derived: the columns of ``areas`` that members meet (``sim/schema.py``), the labels of tables (``sim/axes.py``) and what
a board may change (``sim/agents/cco/actions.py``). Checked: ``tests/unit/agents/test_actions.py``.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Payment:
    """Whom a CCO pays for an action, and the purpose in the ledger."""

    payee: str
    purpose: str


@dataclass(frozen=True)
class Action:
    """What a CCO can do, as a share between 0 and 1.

    Attributes
    ----------
    name, meaning : as ``governance.levers`` and the tables of ``conf/parameters/ccos.yaml`` name it, and share of what.
    paid : how its cost (``ccos.cost``) is paid; None for contracts, which cost what they pay, and for upstream
        programs, which are paid by slot.
    administrative : its cost is no service to members: a medical loss ratio does not count it.
    serves : the local priorities that it serves (``PRIORITIES`` in ``sim/agents/cco/governance.py``).
    members_meet : label of the column of ``areas``, called like the action, that members' rules read; empty if none.
    carried_by : the service whose clinicians carry it out; only an organization that is paid for this service can.
    incentives : what of providers' incentives it enters, fields of ``sim.payment.incentives.Incentives``.
    """

    name: str
    meaning: str
    paid: Payment | None = None
    administrative: bool = False
    serves: tuple[str, ...] = ()
    members_meet: str = ""
    carried_by: str = "primary"
    incentives: tuple[str, ...] = ()


CCO_ACTIONS = (
    Action(
        "pass_through",
        "part of the CCO's own incentive that reaches clinicians (phi)",
        incentives=("at_risk", "coded"),
    ),
    Action("capitated", "part of primary care revenue that is paid per member (kappa)", incentives=("capitated",)),
    Action("at_risk", "part of the total cost for which clinicians share the risk (rho)", incentives=("at_risk",)),
    Action("quality_bonus", "part of the quality pool that is paid on to clinicians", incentives=("bonus",)),
    Action(
        "care_management",
        "part of the high-risk members for whom there is a care manager",
        Payment("primary", "care_management"),
        serves=("chronic_disease",),
        members_meet="high-risk members of the CCO with a care manager",
    ),
    Action(
        "behavioral_integration",
        "part of primary care with behavioral health in the clinic",
        Payment("primary", "care_management"),
        serves=("behavioral",),
        members_meet="primary care with behavioral health inside",
        carried_by="behavioral",
    ),
    Action(
        "oral_integration",
        "part of members whose oral health is cared for with the rest",
        Payment("dental", "care_management"),
        serves=("oral",),
        members_meet="members whose oral health is cared for with the rest",
        carried_by="dental",
    ),
    Action(
        "shared_records",
        "part of the network that shares its records",
        Payment("outside", "care_management"),
        members_meet="records that all who treat a member can see",
    ),
    Action(
        "closed_loops",
        "part of discharges, emergency visits and positive screens that somebody follows up",
        Payment("primary", "care_management"),
        members_meet="follow-up after discharges, emergency visits, screens",
    ),
    Action(
        "interpreters",
        "part of visits with an interpreter where one is needed",
        Payment("outside", "care_management"),
        serves=("language",),
        members_meet="visits with an interpreter where one is needed",
    ),
    Action(
        "utilization_management",
        "part of billed value that is denied beyond the baseline, before care is given or after",
        Payment("outside", "administration"),
        administrative=True,
        incentives=("fee",),
    ),
    Action(
        "upstream",
        "part of revenue that goes upstream",
        serves=("food", "housing", "health_workers"),
    ),
    Action(
        "measure_work",
        "part of the work on quality measures that a CCO could do",
        Payment("primary", "care_management"),
    ),
    Action(
        "concordance",
        "clinicians who share members' group or language, as a part of those whom a CCO could recruit",
        Payment("primary", "care_management"),
        members_meet="clinicians who share members' group or language, of those whom a CCO could recruit",
    ),
)
