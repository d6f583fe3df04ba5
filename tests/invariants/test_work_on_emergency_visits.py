"""Does work of CCOs on emergency visits avoid visits of members, month by month, and nothing where there is none?"""

import numpy as np
import pytest

from sim.axes import MEANS
from sim.schema import COUNT_INDEX, EMERGENCY_VISITS
from tests.support.fingerprint import fingerprint
from tests.support.worlds import changed_decisions, lived

POOL = (
    "payment=global_budget",
    "payment.contracts=[global_budget,withhold,quality_pool]",
    "payment.metrics=oregon_2013",
)
NOBODY = ("governance=none", "capacity=unlimited", "providers=passive", "months=10")
VISITS = [COUNT_INDEX[name] for name in ("emergency_visits", "emergency_treatable")]
CLINIC_STAFF = MEANS.index("clinic_staff")


def at_work(model):
    """Every CCO's navigators are as far in effect as they can be; nobody pays them from now on."""
    for cco in model.ccos:
        cco.measures.in_effect[CLINIC_STAFF, EMERGENCY_VISITS] = 1.0


@pytest.fixture(scope="module")
def pair():
    """The same people and luck without work, and with work that ends when the first month begins."""
    strong = "parameters.measure_work.emergency_gain.clinic_staff=0.3"
    return [lived(*POOL, *NOBODY, strong, edit=edit) for edit in (None, at_work)]


def test_work_avoids_visits_in_every_area_and_brings_none(pair):
    without, with_it = (model.result().counts[..., VISITS].sum(axis=2) for model in pair)
    assert (with_it[0] <= without[0]).all()
    assert with_it.sum() < without.sum()
    assert changed_decisions(*pair) == {"areas.avoidable"}


def test_what_work_avoids_fades_by_its_half_life_when_nobody_pays_for_it(pair):
    gained = [-np.log(areas["avoidable"]) for areas in pair[1].decisions.areas]
    lag = pair[1].registry.get("measure_work.lag")[CLINIC_STAFF]
    assert gained[0] == pytest.approx(0.3)
    assert gained[6] == pytest.approx(0.3 * 2 ** (-6 / lag))


def test_a_pool_that_nobody_works_for_brings_no_visit_less():
    budget, pool = (lived(*contracts, *NOBODY) for contracts in (POOL[:1], POOL))
    assert changed_decisions(budget, pool) <= {"areas.cco_price"}
    assert np.array_equal(*(model.result().counts[..., VISITS] for model in (budget, pool)))


def test_without_a_budget_it_costs_nothing_and_does_nothing():
    gains = (f"parameters.measure_work.emergency_gain={gain}" for gain in (0.3, 0.0))
    strong, weak = (lived("governance=balanced", "months=4", gain) for gain in gains)
    assert fingerprint(strong) == fingerprint(weak)
