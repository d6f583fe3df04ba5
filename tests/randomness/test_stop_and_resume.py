"""Does a run that stopped after any month, and went on from a file, end as if it had never stopped?"""

import io

import numpy as np
import pytest

from tests.support.fingerprint import fingerprint
from tests.support.walked import differences
from tests.support.worlds import EVERYTHING, SMALL, UNTOUCHED, beginning, changed_decisions, lived, system

YEAR = 12
SIZE = (
    *SMALL[1:],
    "population=classroom",
    "population.sample=0.0004",
    "population.minimum_per_cco=20",
    f"months={YEAR}",
)
"""Some 700 members: what a snapshot forgets is forgotten whatever their number."""
PARTS = ("agency", "providers", "slots", "funds", "ccos", "communities", "ledger", "quality", "recorder", "decisions")
TABLES = ("members", "areas", "clinics", "actions", "month", "running")
POLICIES = {
    "none": (),
    "everything": EVERYTHING,
    "estimated answers": (*EVERYTHING, "providers=reduced_form"),
    "savings trend": (*EVERYTHING, "providers=savings_trend", "parameters.reduced_form.trend_lag=0"),
    "cco pays, from month 5": (*EVERYTHING, "upstream.funding=cco", "payment.start=5", "upstream.start=3"),
    "nobody waits": (*EVERYTHING, "capacity=unlimited"),
    "lists of participants": ("payment=shared_risk", "payment.start=2", "providers=reduced_form"),
    "oregon's ccos": ("payment=oregon_2020", "providers=effort"),
}


def on_paper(model):
    """What the system saves, as the bytes of a file without pickled objects."""
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **model.save())
    return file.getvalue()


def from_paper(model, saved):
    with np.load(io.BytesIO(saved), allow_pickle=False) as arrays:
        model.restore({name: arrays[name] for name in arrays.files})
    return model


def ready(policy, start=None, decisions=None):
    return system(*policy, start=start or beginning(size=SIZE), decisions=decisions, size=SIZE)


SCRATCH = ("._counts.cells", "._counts._at_steps", "._counts._people")


def state_of(model):
    return {name: getattr(model, name) for name in (*PARTS, *TABLES)}


def differs(one, other):
    """Paths that differ, but for scratch: what a month counts with is made anew before it is read."""
    return [path for path in differences(state_of(one), state_of(other)) if not path.endswith(SCRATCH)]


STOPS = (1, 5, YEAR - 1)
BY_DEFAULT = ("everything", "estimated answers", "lists of participants", "oregon's ccos")
EVERY_POLICY = [
    pytest.param(policy, id=name, marks=[] if name in BY_DEFAULT else [pytest.mark.slow])
    for name, policy in POLICIES.items()
]


@pytest.mark.parametrize("policy", EVERY_POLICY)
def test_stopping_at_any_month_changes_nothing(policy):
    """A run that is resumed before a month ends it in the state of the unbroken one, whatever is in the objects.

    The month after the start, a quarter's decisions, and the end of a contract year and of a calendar year.
    """
    whole = ready(policy)
    for month in range(YEAR):
        if month not in STOPS:
            whole.step()
            continue
        resumed = from_paper(ready(policy), on_paper(whole))
        whole.step()
        resumed.step()
        assert differs(whole, resumed) == []
        resumed.close()
    assert fingerprint(whole) == fingerprint(resumed)


def test_replayed_decisions_may_stop_too():
    policy = (*EVERYTHING, *UNTOUCHED)
    decisions = lived(size=SIZE).decisions
    model = ready(policy, decisions=decisions)
    for _ in range(YEAR // 2):
        model.step()
    saved = on_paper(model)
    assert fingerprint(from_paper(ready(policy, decisions=decisions), saved)) == fingerprint(model)


@pytest.fixture(scope="module")
def never_saved():
    model = ready(EVERYTHING)
    return model, fingerprint(model)


@pytest.mark.slow
def test_a_run_that_stops_every_month_is_the_same(never_saved):
    model = ready(EVERYTHING)
    for _ in range(YEAR):
        model.step()
        model = from_paper(ready(EVERYTHING), on_paper(model))
    assert fingerprint(model) == never_saved[1]


def test_stopping_across_years_keeps_rates_and_reserves():
    """Rebasing and the yearly settlement read what a year has left behind."""
    policy = (*EVERYTHING, "upstream.funding=cco", "months=26")
    model, papers = ready(policy), {}
    for month in range(26):
        if month in (12, 13, 23, 25):
            papers[month] = on_paper(model)
        model.step()
    usual = fingerprint(model)
    for paper in papers.values():
        assert fingerprint(from_paper(ready(policy), paper)) == usual


def test_what_is_saved_is_a_copy(never_saved):
    """A system that goes on does not change what it has saved, nor does saving change how it goes on."""
    model = ready(EVERYTHING)
    model.step()
    saved = model.save()
    before = {name: np.array(array) for name, array in saved.items()}
    assert fingerprint(model) == never_saved[1]
    assert changed_decisions(never_saved[0], model) == set()
    changed = {
        name for name, array in saved.items() if not np.array_equal(array, before[name], array.dtype.kind == "f")
    }
    assert changed == set()


FORGOTTEN = (
    "members",
    "providers/answers.effort.gaps.primary",
    "providers/answers.intake.now",
    "providers/capacity.expected",
    "agency/rates.table",
    "actions",
    "agency/experience.cents",
    "slots/members_at_start",
    "last/rate_months",
    "recorder/year_cells",
)


FORGETFUL = (*EVERYTHING, "upstream.funding=cco", "months=14")
"""Past a December, where what is kept of the year is settled."""


@pytest.fixture(scope="module")
def before_a_december():
    """What a run saves in its eleventh month, and how it ends."""
    model = ready(FORGETFUL)
    for _ in range(10):
        model.step()
    saved = {name: np.array(array) for name, array in model.save().items()}
    return saved, fingerprint(model)


def test_nothing_forgotten_is_no_difference(before_a_december):
    saved, usual = before_a_december
    model = ready(FORGETFUL)
    model.restore(saved)
    assert fingerprint(model) == usual


EACH = [pytest.param(one, marks=[pytest.mark.slow] if i % 3 else []) for i, one in enumerate(FORGOTTEN)]


@pytest.mark.parametrize("forgotten", EACH)
def test_planted_something_forgotten_is_found(forgotten, before_a_december):
    """One array at a time is set to nothing where it was saved."""
    saved, usual = before_a_december
    model = ready(FORGETFUL)
    model.restore({**saved, forgotten: np.zeros_like(saved[forgotten])})
    assert fingerprint(model) != usual
