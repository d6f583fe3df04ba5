"""Integration and communication: levers at 0 change nothing to the bit; at 1 they do what they say, and only that."""

import numpy as np
import pytest

from sim.member.communication import lessened
from sim.schema import LANGUAGES, METRICS
from tests.support.worlds import changed, changed_counts, lived, who_changed

FREE = ("capacity=unlimited", "months=12")
MONEY = {f"{name}_cents" for name in ("medicaid", "medicare", "third_party", "uncompensated", "cohort", "listed")}
EXTREMES = (
    "parameters.quality.loop=3",
    "parameters.quality.loop_readmission_ratio=0.6",
    "parameters.quality.loop_emergency_ratio=0.75",
    "parameters.quality.loop_control.depression=0.3",
    "parameters.quality.duplicate_ratio=0.33",
    "parameters.quality.conflict_ratio=0.3",
    "parameters.quality.error_ratio=0.4",
    "parameters.quality.find=0.8",
    "parameters.quality.control=0.5",
    "parameters.quality.recall=0.4",
    "parameters.quality.behavioral_integration_ratio.emergency=0.75",
    "parameters.quality.oral_integration_emergency_ratio=0.5",
)


@pytest.fixture(scope="module")
def siloed():
    return lived(*FREE)


def pulled(*levers, strength=1.0):
    """The same world in which every CCO has decided these levers."""

    def pull(model):
        for lever in levers:
            model.actions[lever] = strength

    return lived(*FREE, edit=pull)


def total(model, name):
    from sim.schema import COUNT_INDEX

    return int(model.result().counts[..., COUNT_INDEX[name]].sum())


def rate(model, metric, outcome=1):
    counts = model.quality.counts(0)[:, :7, METRICS.index(metric)].sum(axis=(0, 1))
    return counts[outcome] / counts[0]


def test_a_lever_at_0_is_exactly_1():
    assert lessened(0.37, 0.0) == 1.0
    assert lessened(0.37, 1.0) == pytest.approx(0.37)


def test_levers_at_0_change_nothing_to_the_bit(siloed):
    assert lived(*FREE, *EXTREMES).result().digest == siloed.result().digest


def test_shared_records_spare_tests_conflicts_errors_and_the_harm_that_these_do(siloed):
    shared = pulled("shared_records")
    seen = {"ancillary_visits", "duplicate_tests", "conflicting_treatments", "medication_errors"}
    assert seen < changed_counts(siloed, shared)
    assert total(shared, "inpatient_visits") < total(siloed, "inpatient_visits"), "errors and conflicts harm"
    assert all(total(shared, name) < total(siloed, name) for name in seen)
    spared = total(siloed, "ancillary_visits") - total(shared, "ancillary_visits")
    fewer = total(siloed, "duplicate_tests") - total(shared, "duplicate_tests")
    assert fewer == pytest.approx(spared, rel=0.15), "what is spared is what was repeated"


def test_closed_loops_raise_follow_up_and_lower_readmission(siloed):
    closed = pulled("closed_loops")
    for metric in ("follow_up_after_stay", "follow_up_after_emergency", "depression_follow_up"):
        assert rate(closed, metric) > rate(siloed, metric)
    assert total(closed, "readmissions") < total(siloed, "readmissions")
    assert total(closed, "inpatient_visits") < total(siloed, "inpatient_visits")


def test_interpreters_change_only_those_who_need_one(siloed):
    understood = pulled("interpreters")
    assert rate(understood, "language_access") > 0.99 > rate(siloed, "language_access")
    touched = who_changed(siloed, understood)
    assert len(touched) > 0
    assert set(touched["language"]) == set(range(1, len(LANGUAGES)))


def test_behavior_in_the_clinic_changes_only_members_with_known_mental_illness_or_substance_use(siloed):
    joined = pulled("behavioral_integration")
    touched = who_changed(siloed, joined)
    assert total(joined, "emergency_visits") < total(siloed, "emergency_visits")
    known = np.isin(touched["key"], siloed.members["key"][siloed.members["diagnosed"] & 0b001110000000 > 0])
    assert known.mean() > 0.9, "the others got well on the way and lost the diagnosis, or found one"


def test_half_a_lever_does_less(siloed):
    half, full = pulled("shared_records", strength=0.5), pulled("shared_records")
    assert total(siloed, "duplicate_tests") > total(half, "duplicate_tests") > total(full, "duplicate_tests")
    assert set(changed(siloed, half)) <= set(changed(siloed, full)) | {"spend_year"}
