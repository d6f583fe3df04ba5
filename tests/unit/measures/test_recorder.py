"""The recorder keeps what reports need: against a reference that keeps everything."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.measures import BY_NAME, MEASURES, Recorder
from sim.measures.digest import digest
from sim.measures.strata import LEVELS, margins
from sim.schema import (
    CONDITIONS,
    COUNT_INDEX,
    COUNTS,
    METRICS,
    N_LEVELS,
    N_STRATA,
    OUTCOMES,
    PAYERS,
    RATE_CATEGORIES,
    SERVICES,
)

AREAS = ("North", "South")
ACCOUNTS = ("federal", "state", "hospital")
WEIGHTS = np.array([20.0, 5.0])
MONTHS = 14


def month(rng):
    shape = (len(AREAS), 2, len(RATE_CATEGORIES), len(SERVICES), len(PAYERS))
    cells = rng.integers(0, 50, size=(len(AREAS), N_STRATA, len(COUNTS)))
    outputs = SimpleNamespace(
        cells=cells,
        counts=cells.sum(axis=1),
        money=rng.integers(0, 9_000, size=shape),
        registers=rng.integers(0, 99, size=(len(AREAS), len(CONDITIONS), 3)),
        quality=rng.integers(0, 99, size=(len(AREAS), N_LEVELS, len(METRICS), len(OUTCOMES))),
    )
    return outputs, rng.integers(0, 10_000, size=(len(AREAS), len(ACCOUNTS), len(ACCOUNTS)))


@pytest.fixture
def lived(seed):
    rng = np.random.default_rng(seed)
    return [month(rng) for _ in range(MONTHS)]


def new():
    return Recorder(MONTHS, AREAS, WEIGHTS, ACCOUNTS, seed=3, arm="budget", scenario_digest="abc")


def record(recorder, lived, start=0):
    for i, (outputs, flows) in enumerate(lived[start:], start):
        recorder.record(i, outputs, flows, {"served": np.full((2, 3), i)})
    return recorder


def test_totals_are_the_weighted_sums_of_all_months(lived):
    result = record(new(), lived).result()
    cells = np.stack([outputs.cells for outputs, _ in lived])
    weighted = (cells.sum(axis=(0, 2)) * WEIGHTS[:, None]).sum(axis=0)
    visits, members = weighted[COUNT_INDEX["emergency_visits"]], weighted[COUNT_INDEX["member_months"]]
    assert result.value("ed_visits_per_1000_mm") == pytest.approx(1000 * visits / members, rel=1e-12)
    assert result.value("members") == pytest.approx(members / MONTHS, rel=1e-12)
    assert result.member_months == cells[..., COUNT_INDEX["member_months"]].sum()


def test_a_stratums_value_is_that_of_its_margin(lived):
    result = record(new(), lived).result()
    whole = sum(outputs.cells for outputs, _ in lived)
    black = (margins(whole) * WEIGHTS[:, None, None]).sum(axis=0)[LEVELS.index(("race", "black"))]
    expected = black[COUNT_INDEX["medicaid_cents"]] / black[COUNT_INDEX["member_months"]] / 100
    assert result.value("pmpm_medicaid", "race", "black") == pytest.approx(expected, rel=1e-12)
    assert np.array_equal(result.cells, whole)


def test_money_of_the_ledger(lived):
    result = record(new(), lived).result()
    flows = (sum(flows for _, flows in lived) * WEIGHTS[:, None, None]).sum(axis=0)
    members = (result.counts[..., 0].sum(axis=0) * WEIGHTS).sum()
    net = flows[1].sum() - flows[:, 1].sum()
    assert result.value("pmpm_state") == pytest.approx(net / members / 100, rel=1e-9)
    assert np.isnan(result.value("pmpm_state", "race", "black"))


def test_years_are_calendar_years_of_the_run(lived):
    result = record(new(), lived).result()
    assert len(result.yearly) == 2
    first = margins(sum(outputs.cells for outputs, _ in lived[:12]))
    assert np.array_equal(result.yearly[0], first)
    members = MEASURES.index(BY_NAME["members"])
    last_two = margins(sum(outputs.cells for outputs, _ in lived[12:])) * WEIGHTS[:, None, None]
    expected = last_two.sum(axis=0)[0, COUNT_INDEX["member_months"]] / 2
    assert result.by_year()[1, 0, members] == pytest.approx(expected)


def test_a_year_of_the_state_is_of_everybody(lived):
    result = record(new(), lived).result()
    weighted = (result.counts[12:].sum(axis=0) * WEIGHTS[:, None]).sum(axis=0)
    visits, months = weighted[COUNT_INDEX["emergency_visits"]], weighted[COUNT_INDEX["member_months"]]
    second = result.of_year(1)
    assert second[MEASURES.index(BY_NAME["ed_visits_per_1000_mm"])] == pytest.approx(1000 * visits / months)
    assert second[MEASURES.index(BY_NAME["members"])] == pytest.approx(months / 2)


def test_quality_by_hand_in_two_areas_and_two_years(lived):
    """Each month: of ten in North, who stand for 20 people each, 4 on record; of ten in South, for 5 each, 8.

    So (4 x 20 + 8 x 5) / (10 x 25) = .48 are on record, and (6 x 20 + 9 x 5) / 250 = .66 were given care.
    """
    white, well = LEVELS.index(("race", "white")), METRICS.index("well_child")
    for outputs, _ in lived:
        outputs.quality[:] = 0
        outputs.quality[:, white, well] = [(10, 6, 4), (10, 9, 8)]
    result = record(new(), lived).result()
    assert result.quality[:, :, white, well].tolist() == [[[120, 72, 48], [120, 108, 96]], [[20, 12, 8], [20, 18, 16]]]
    assert result.value("quality_well_child") == pytest.approx(0.48)
    assert result.value("quality_well_child_given") == pytest.approx(0.66)
    assert result.value("quality_well_child", "area", "South") == pytest.approx(0.8)
    assert result.value("quality_well_child", "race", "white") == pytest.approx(0.48)
    assert result.by_year()[1, white, MEASURES.index(BY_NAME["quality_well_child"])] == pytest.approx(0.48)
    assert result.of_year(1)[MEASURES.index(BY_NAME["quality_well_child"])] == pytest.approx(0.48)


def test_quality_of_a_year_is_that_of_the_year_alone(lived):
    """Of ten a month 4 are on record in the first year, and 7 in the two months of the second: 62 of 140 in all."""
    white, well = LEVELS.index(("race", "white")), METRICS.index("well_child")
    for when, (outputs, _) in enumerate(lived):
        outputs.quality[:] = 0
        outputs.quality[:, white, well] = (10, 9, 4 if when < 12 else 7)
    result, measure = record(new(), lived).result(), MEASURES.index(BY_NAME["quality_well_child"])
    assert [result.of_year(year)[measure] for year in (0, 1)] == pytest.approx([0.4, 0.7])
    assert result.by_year()[:, white, measure] == pytest.approx([0.4, 0.7])
    assert result.value("quality_well_child") == pytest.approx(62 / 140)


def test_the_last_year_is_the_last_twelve_months_weighted(lived):
    result = record(new(), lived).result()
    visits, members = (
        sum(outputs.cells.sum(axis=1)[:, COUNT_INDEX[name]] @ WEIGHTS for outputs, _ in lived[2:])
        for name in ("emergency_visits", "member_months")
    )
    found = dict(zip([measure.name for measure in MEASURES], result.last_year()[0], strict=True))
    assert found["ed_visits_per_1000_mm"] == pytest.approx(1000 * visits / members)
    assert found["members"] == pytest.approx(members / 12)


def test_the_frame_is_tidy_and_complete(lived):
    frame = record(new(), lived).result().frame()
    assert list(frame.columns) == ["arm", "seed", "draw", "month", "level", "stratum", "measure", "value"]
    assert not frame.duplicated(["month", "level", "stratum", "measure"]).any()
    everybody = frame[(frame["stratum"] == "all") & (frame["measure"] == "ed_visits_per_1000_mm")]
    assert everybody["month"].tolist() == list(range(MONTHS))
    by_area = frame[(frame["stratum"] == "area") & (frame["measure"] == "pmpm_state")]
    assert len(by_area) == MONTHS * len(AREAS)
    by_race = frame[(frame["stratum"] == "race") & (frame["level"] == "white") & (frame["measure"] == "pmpm_medicaid")]
    assert by_race["month"].tolist() == [0, 12]
    assert frame["value"].notna().all()
    assert set(frame["arm"]) == {"budget"}
    assert set(frame["seed"]) == {3}


def test_months_must_come_in_order(lived):
    recorder = new()
    record(recorder, lived[:2])
    outputs, flows = lived[2]
    with pytest.raises(ValueError, match="month 2 of 14 is due"):
        recorder.record(3, outputs, flows)
    with pytest.raises(ValueError, match="month 2 of 14 is due"):
        recorder.record(1, outputs, flows)


@pytest.mark.parametrize("stop", [0, 1, 11, 12, 13])
def test_stopping_and_going_on_changes_nothing(lived, stop):
    whole = record(new(), lived)
    before = record(new(), lived[:stop])
    after = new()
    after.restore({name: array.copy() for name, array in before.state().items()})
    record(after, lived, start=stop)
    assert after.digest() == whole.digest()
    assert after.result().digest == whole.result().digest


@pytest.mark.parametrize("now", [1, 5, 12, 13])
def test_a_result_of_the_months_so_far_stays_as_it_is(lived, now):
    """The year that goes on is in it, without its later months, and those change nothing of it."""
    recorder = record(new(), lived[:now])
    result = recorder.result()
    kept = {name: np.array(getattr(result, name)) for name in ("counts", "yearly", "cells", "flows", "quality", "paid")}
    assert np.array_equal(result.cells, sum(outputs.cells for outputs, _ in lived[:now]))
    last = sum(outputs.cells for outputs, _ in lived[12 if now > 12 else 0 : now])
    assert np.array_equal(result.yearly[-1], margins(last))
    assert len(result.yearly) == (2 if now > 12 else 1)
    record(recorder, lived, start=now)
    assert all(np.array_equal(getattr(result, name), values) for name, values in kept.items())
    assert result.recompute_digest() == result.digest
    assert np.array_equal(recorder.result().cells, sum(outputs.cells for outputs, _ in lived))


def test_the_digest_sees_one_cent_and_no_clock(lived):
    result = record(new(), lived).result({"months": 1.0})
    assert record(new(), lived).result({"months": 2.0}).digest == result.digest
    lived[5][1][1, 2, 0] += 1
    assert record(new(), lived).result().digest != result.digest


@pytest.mark.quick
def test_the_digest_does_not_depend_on_order_or_byte_order():
    a, b = np.arange(6).reshape(2, 3), np.arange(4)
    assert digest({"a": a, "b": b}) == digest({"b": b.astype(">i8"), "a": np.asfortranarray(a.astype("<i4"))})
    assert digest({"a": a}) != digest({"a": a.reshape(3, 2)})
    with pytest.raises(TypeError, match="whole numbers"):
        digest({"a": np.ones(2)})
