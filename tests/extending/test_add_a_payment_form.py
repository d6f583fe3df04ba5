"""A payment form is added by what ``docs/how-to/add-a-payment-form.md`` lists, and by nothing else."""

import shutil

import numpy as np
import pytest

from sim.paths import conf_folder, shipped_folder
from sim.payment.fee_for_service import IN_CCO
from sim.payment.form import FORMS, Form, register
from sim.payment.ledger import ACCOUNT_INDEX, PURPOSE_INDEX, PURPOSES
from sim.scenario import Scenario, ScenarioError
from sim.schema import BEHAVIORAL
from tests.support.worlds import TINY, lived

NAME, FEE = "behavioral_home", 7.25

PARAMETER = f"""
behavioral_home_fee: {{value: {FEE}, unit: USD PMPM, price_year: 2018, index: none, low: 0, high: 50, kind: assumption,
  role: lever, evidence: [], note: "Paid to behavioral health for each CCO member."}}
"""
OPTION = f"""
contracts: [{NAME}]
start: 0
scope: []
parameters: {{}}
"""


def pay(month):
    """Behavioral health is paid a fee for each CCO member, from the CCO or the state, whichever pays for its care."""
    cents = 100 * month.registry.get("payment.behavioral_home_fee") * month.months() * month.runs[:, None]
    month.pay_for(BEHAVIORAL, "behavioral", np.rint(cents).astype(np.int64), NAME)


HOME = Form(
    NAME, "behavioral health is paid for each member", excludes=("shared_risk",), purposes=(NAME,), monthly=(pay,)
)


@pytest.fixture
def conf(tmp_path, monkeypatch):
    """A copy of ``conf`` with the form's parameter and its option of ``payment``."""
    copy = tmp_path / "conf"
    shutil.copytree(conf_folder(), copy)
    with (copy / "parameters" / "payment.yaml").open("a", encoding="utf-8") as file:
        file.write(PARAMETER)
    (copy / "payment" / f"{NAME}.yaml").write_text(OPTION, encoding="utf-8")
    monkeypatch.setattr("sim.paths.__file__", str(tmp_path / "sim" / "paths.py"))
    shipped_folder.cache_clear()
    yield copy
    monkeypatch.undo()
    shipped_folder.cache_clear()


@pytest.fixture
def form(conf):
    """The form, registered for one test."""
    yield register(HOME)
    del FORMS[NAME], PURPOSE_INDEX[NAME]
    PURPOSES.remove(NAME)


def paid(model, payer):
    return model.result().arrays()["flows"].sum(axis=0)[:, ACCOUNT_INDEX[payer], ACCOUNT_INDEX["behavioral"]]


def test_a_new_form_moves_money_and_the_books_balance(form):
    model = lived(f"payment={NAME}", "months=3", size=TINY)  # a month whose books do not balance is refused
    claims = lived("payment=fee_for_service", "months=3", size=TINY)
    fees = model.recorder.state()["paid"][:, :, PURPOSES.index(NAME)]
    assert fees[-1].tolist() == np.rint(100 * FEE * model.last.rate_months[:, IN_CCO]).sum(axis=1).tolist()
    assert (paid(model, "state") - paid(claims, "state")).tolist() == fees.sum(axis=0).tolist()
    assert not paid(model, "cco").any()
    assert (
        model.result().counts.tolist() == claims.result().counts.tolist()
    )  # nothing is at stake: no provider responds


def test_a_new_form_is_paid_by_ccos_under_a_budget(form):
    budget = ["payment=global_budget", "months=2", f"payment.contracts=[global_budget,{NAME}]"]
    model, plain = lived(*budget, size=TINY), lived(*budget[:2], size=TINY)
    assert (paid(model, "cco") > paid(plain, "cco")).all()
    assert paid(model, "state").tolist() == paid(plain, "state").tolist()


def test_a_new_form_is_checked_like_the_others(form):
    with pytest.raises(ScenarioError, match=f"{NAME} and shared_risk contradict each other"):
        Scenario.compose(["payment=shared_risk", f"payment.contracts=[shared_risk,{NAME}]"])
    assert Scenario.compose([f"payment={NAME}", "parameters.payment.behavioral_home_fee=3"])
    with pytest.raises(ValueError, match="already"):
        register(HOME)


def test_without_registration_a_form_is_not_known(conf):
    with pytest.raises(ScenarioError, match="is not a contract"):
        Scenario.compose([f"payment={NAME}"])
