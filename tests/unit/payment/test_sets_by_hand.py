"""A metric set read back, what a month holds of CCO members, and books of two areas: each place has its own number."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.payment.fee_for_service import IN_CCO
from sim.payment.ledger import PROVIDERS, Ledger, LedgerError
from sim.payment.metric_sets import FOREVER, MetricSetError, read_metric_set
from sim.payment.month import Month
from sim.schema import METRICS, PAYERS, RATE_CATEGORIES, SERVICES

pytestmark = pytest.mark.quick

FIRST, SECOND, THIRD = METRICS[:3]
SET = f"""
gap: 0.1
medical_home: 0.6
steps: [[0.5, 0.25], [0.75, 1.0], [0.0, 0.0]]
challenge: [{SECOND}]
measures:
  {FIRST}: {{benchmark: 0.9, floor: 0.03, ratchet: 0.01, from: 2, until: 4}}
  {SECOND}: {{benchmark: 0.2, floor: 0.05, ratchet: 0.02, lower: true, until: 3}}
"""


def read(folder, text):
    (folder / "metrics").mkdir()
    (folder / "metrics" / "mine.yaml").write_text(text, encoding="utf-8")
    return read_metric_set(folder, "mine")


def test_a_set_is_what_its_file_says(tmp_path):
    found = read(tmp_path, SET)
    assert (found.gap, found.medical_home) == (0.1, 0.6)
    assert found.steps == ((0.75, 1.0), (0.5, 0.25), (0.0, 0.0))  # most measures met first
    assert found.benchmark[:2].tolist() == [0.9, 0.2]
    assert np.isnan(found.benchmark[2:]).all()
    assert found.floor[:3].tolist() == [0.03, 0.05, 0]
    assert found.ratchet[:3].tolist() == [0.01, 0.02, 0]
    assert found.lower[:3].tolist() == [False, True, False]
    assert found.challenge.nonzero()[0].tolist() == [1]
    assert (found.first[:3].tolist(), found.last[:3].tolist()) == ([2, 0, FOREVER], [4, 3, FOREVER])
    counted = [found.counted(year)[:3].tolist() for year in range(6)]
    both, one, other, none = [True, True, False], [True, False, False], [False, True, False], [False] * 3
    assert counted == [other, other, both, both, one, none]


@pytest.mark.parametrize("years", ["from: 2, until: 2", "from: 0, until: 0", "floor: 0, ratchet: 1"])
def test_a_measure_of_one_year_and_shares_at_their_ends_may_be(tmp_path, years):
    faults = []
    try:
        read(tmp_path, SET.replace("from: 2, until: 4", years).replace("floor: 0.03, ratchet: 0.01, floor", "floor"))
    except MetricSetError as refused:
        faults = refused.messages
    assert not faults


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("from: 2", "from: 5", "until=4: must be at least from=5"),
        ("from: 2", "from: -1", "from=-1: must be a year"),
        ("until: 4", f"until: {FOREVER}", "must be a year"),
        ("[0.75, 1.0]", "[0.75, 0.2]", "must not pay less"),
        ("[0.75, 1.0]", "[0.5, 1.0]", "met twice"),
        ("[0.75, 1.0]", "[0.75, 1.01]", "each from 0 to 1"),
        ("gap: 0.1", "gap: -0.01", "gap=-0.01: must be a number from 0 to 1"),
    ],
)
def test_a_set_that_cannot_be_is_refused(tmp_path, old, new, said):
    with pytest.raises(MetricSetError, match=said):
        read(tmp_path, SET.replace(old, new))


def own(*shape):
    return np.arange(np.prod(shape)).reshape(shape)


def test_a_month_is_of_members_of_ccos_and_of_what_medicaid_paid():
    categories, services, payers = len(RATE_CATEGORIES), len(SERVICES), len(PAYERS)
    last = SimpleNamespace(rate_months=own(2, 2, categories), money=own(2, 2, categories, services, payers))
    month = SimpleNamespace(last=last)
    medicaid = PAYERS.index("medicaid")
    assert IN_CCO == 1
    assert Month.months(month).tolist() == last.rate_months[:, 1].tolist()
    assert Month.claims(month).tolist() == last.money[:, 1, :, :, medicaid].tolist()


def test_a_service_is_paid_by_who_has_it_inside_a_budget():
    paid = []
    month = SimpleNamespace(
        payer=SimpleNamespace(pay=lambda *words: paid.append(words)),
        inside=np.array([[True, False], [True, True], [False, True]]), budget=np.array([True, True, False]),
    )  # fmt: skip
    Month.pay_for(month, 1, "hospital", "cents", "claims")
    ((payee, cents, by_cco, purpose),) = paid
    assert (payee, cents, by_cco.tolist(), purpose) == ("hospital", "cents", [False, True, True], "claims")


def test_kinds_of_providers_bear_risk_by_the_weights_of_their_services():
    """Primary care 2, each of the three services of hospitals 1, laboratories 3: 2 and 6 of 8."""
    weights = {"primary": 2, "emergency": 1, "inpatient": 1, "outpatient": 1, "ancillary": 3}
    bearers = np.array([weights.get(service, 0) for service in SERVICES], float)
    found = Month.split(SimpleNamespace(registry=SimpleNamespace(get=lambda name: bearers)))
    split = dict(zip(PROVIDERS, found.tolist(), strict=True))
    assert split == {"primary": 0.25, "hospital": 0.75} | dict.fromkeys(set(PROVIDERS) - {"primary", "hospital"}, 0.0)


def test_a_purpose_booked_in_another_area_is_found():
    ledger = Ledger(2)
    ledger.transfer(0, "state", "cco", 5, "capitation")
    ledger.purposes[1] += ledger.purposes[0]
    ledger.purposes[0] = 0
    with pytest.raises(LedgerError, match="purposes"):
        ledger.close_month()
