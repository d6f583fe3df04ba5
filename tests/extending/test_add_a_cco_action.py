"""An action of CCOs, added as docs/how-to/add-a-cco-action.md says: its row, its numbers, a rule, the boards."""

import json

import numpy as np

from tests.support.copied_tree import SMALL, Tree

ROW = """    Action(
        "nurse_line",
        "part of members who can call a nurse at any hour",
        Payment("primary", "care_management"),
        serves=("chronic_disease",),
        members_meet="members who can call a nurse at any hour",
    ),
"""
TABLES = {
    "most": 1.0,
    "cost": 2.5,
    "believed_saving": 0.1,
    "belief_sd": 0.01,
    "published_saving": 0,
    "published_sd": 0,
    "published_year": 2018,
    "believed_lag": 0,
    "believed_qalys": 0,
    "believed_pool": 0,
    "hospital_part": 0.5,
}
COST = 100 * TABLES["cost"]  # cents
RATIO = """nurse_line_ratio: {value: 0.01, unit: rate ratio, low: 0.01, high: 1, kind: assumption, role: uncertainty,
  evidence: [], note: "Emergency visits of those who can call a nurse."}
"""
LOG = """        "quality_log_nurse_line": np.log(f["quality_nurse_line_ratio"]),
"""
RULE = """    if here.nurse_line > 0.0 and m.in_cco:
        t.rate[EMERGENCY] += p.quality_log_nurse_line * here.nurse_line
"""
SHORT = ("warm_up=0", "months=3", "seeds=1", "threads=1")
EAGER = ("decide_every=1", "reconsider=1", "choice_spread=0", "step=1", "opening_reserve=0.5", "reserve_minimum=0")
GOVERNED = (
    *("payment=global_budget", "governance=margin_only", "payment.start=1"),
    *(f"parameters.ccos.{choice}" for choice in EAGER),
)
PROOF = """
import json, sys
import numpy as np
from sim import HealthSystem, Scenario
from sim.payment.fee_for_service import IN_CCO
from sim.payment.ledger import PURPOSES
from sim.schema import COUNTS

def with_actions(levers):
    model = HealthSystem(Scenario.compose([*json.loads(sys.argv[1]), f"governance.levers=[{levers}]"]))
    shares, members = [], []
    while model.month < model.scenario.months:
        model.step()  # a month whose books do not balance is refused
        shares.append(model.actions["nurse_line"].tolist())
        members.append(model.last.rate_months[:, IN_CCO].sum(axis=1).tolist())
    paid = model.recorder.state()["paid"][..., PURPOSES.index("care_management")].tolist()
    visits = model.result().counts[..., COUNTS.index("emergency_visits")].reshape(len(shares), -1).sum(axis=1).tolist()
    left = model.ledger.balances.sum(axis=1).tolist()
    return {"shares": shares, "members": members, "paid": paid, "visits": visits, "left": left}

print(json.dumps([with_actions("nurse_line"), with_actions("")]))
"""


def declare(tree: Tree, row: str = ROW) -> None:
    tree.add("sim/cco_actions.py", "\n)\n", "\n" + row.rstrip())


DUTIES = {"duty_floor": 0, "duty_first": 0, "duty_by": 0}
SERVICES = (
    "primary",
    "specialist",
    "behavioral",
    "dental",
    "pharmacy",
    "emergency",
    "inpatient",
    "outpatient",
    "ancillary",
)
FALLS = "    nurse_line: {" + ", ".join(f"{name}: {int(name == 'emergency')}" for name in SERVICES) + "}\n"


def give_numbers(tree: Tree) -> None:
    into_tables(tree, "payment", DUTIES)
    tree.add("conf/parameters/ccos.yaml", "    pass_through: {primary", FALLS)
    into_tables(tree, "ccos", TABLES)


def into_tables(tree: Tree, name: str, tables: dict[str, float]) -> None:
    file = tree.path / f"conf/parameters/{name}.yaml"
    text = file.read_text(encoding="utf-8")
    for table, value in tables.items():
        opening = f"\n{table}:\n  axes: [lever]\n  value: {{"
        assert opening in text, f"conf/parameters/{name}.yaml has no table {table}: say so in the how-to"
        text = text.replace(opening, f"{opening}nurse_line: {value}, ")
    file.write_text(text, encoding="utf-8")


def test_a_board_moves_a_new_action_and_members_meet_it(tree: Tree) -> None:
    declare(tree)
    give_numbers(tree)
    tree.add("conf/parameters/quality.yaml", "care_management_ratio:", RATIO)
    tree.add("sim/member/quality_tables.py", '        "quality_log_care_management"', LOG)
    tree.add("sim/member/communication.py", "    if here.care_management > 0.0", RULE)
    tree.add("conf/governance/margin_only.yaml", "parameters:", "  - nurse_line\n")
    done = tree.python(PROOF, json.dumps([*SMALL, *SHORT, *GOVERNED]))
    assert done.returncode == 0, done.stderr
    governed, nobody = json.loads(done.stdout)
    shares, members = np.array(governed["shares"]), np.array(governed["members"])
    assert not shares[:2].any()  # nothing before the budget, and nothing when it opens
    assert (shares[2:] > 0).all()  # every board believes that it saves more than it costs
    assert governed["paid"] == np.rint(COST * shares * members).tolist()
    assert not np.any(nobody["paid"])
    assert governed["visits"][:2] == nobody["visits"][:2]
    assert governed["visits"][2] < nobody["visits"][2] / 2
    assert not np.any(governed["left"])


def test_numbers_that_are_missing_are_named(tree: Tree) -> None:
    declare(tree)
    done = tree.python("from sim import Scenario; Scenario.compose([])")
    assert all(f"ccos.{table} value: label 'nurse_line' is missing" in done.stderr for table in TABLES), done.stderr


def test_a_row_that_names_what_does_not_exist_is_refused(tree: Tree) -> None:
    declare(tree, ROW.replace('"primary"', '"primry"'))
    said = tree.python("import sim.agents.cco.actions").stderr
    assert "CCO action 'nurse_line': there is no account 'primry' (nearest: primary)" in said
