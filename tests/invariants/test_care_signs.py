"""What stinting and an ended benefit do in a whole state: signs, each shown to fail with the bug that it should find.

Arms share their people and their luck. Hand-made worlds: tests/unit/member/test_offer.py and test_emergency.py.
"""

import numpy as np

from sim.agents.providers.responses.stinting import Stinting
from tests.invariants.test_providers_answer import BUDGET, put_at_stake
from tests.support.worlds import lived

STINTING_ALONE = (
    *BUDGET,
    "months=12",
    "providers=reduced_form",
    "providers.only=[stinting]",
    "parameters.providers.response_inertia=0.5",
)


def under_capitation(monkeypatch, kappa):
    put_at_stake(monkeypatch, capitated=kappa)
    return lived(*STINTING_ALONE).result()


def wrong_signs(usual, stinting):
    """What withholding should have done to the state's members and has not."""
    first, second = ({name: one.value(name) for name in NAMES} for one in (usual, stinting))
    change = {name: second[name] - first[name] for name in NAMES}
    signs = {
        "unmet need rises": change["unmet_primary_share"] > 0.03,
        "satisfaction falls": change["satisfied_share"] < 0,
        "treatable emergency visits rise": change["ed_treatable_per_1000_mm"] > 0,
        "visits are withheld": second["primary_withheld_per_1000_mm"] > 0,
        "fewer visits are served": change["primary_care_visits_per_1000_mm"] < 0,
    }
    return [what for what, holds in signs.items() if not holds]


NAMES = (
    "unmet_primary_share",
    "satisfied_share",
    "ed_treatable_per_1000_mm",
    "primary_withheld_per_1000_mm",
    "primary_care_visits_per_1000_mm",
)


def test_stinting_raises_unmet_need_lowers_satisfaction_and_moves_visits_to_emergency_care(monkeypatch):
    usual = under_capitation(monkeypatch, 0.0)
    assert wrong_signs(usual, under_capitation(monkeypatch, 1.0)) == []

    def volume_falls(self, decided, seen):
        decided.log_clinic_volume += self.now[seen.clinic_area, 0]

    monkeypatch.setattr(Stinting, "add", volume_falls)  # as it was: volume falls, and nobody's need is unmet
    wrong = wrong_signs(usual, under_capitation(monkeypatch, 1.0))
    assert {"unmet need rises", "satisfaction falls"} <= set(wrong)


def test_an_ended_dental_benefit_raises_dental_emergency_visits_and_saves_dental_claims():
    covered, ended = (
        lived("months=12", f"parameters.payment.adult_dental_benefit={part}").result() for part in (1.0, 0.0)
    )
    first, second = (
        {name: one.value(name) for name in ("ed_dental_per_1000_mm", "pmpm_dental", "dental_visits_per_1000_mm")}
        for one in (covered, ended)
    )
    assert 1.2 < second["ed_dental_per_1000_mm"] / first["ed_dental_per_1000_mm"] < 3
    assert second["pmpm_dental"] < first["pmpm_dental"]
    assert second["dental_visits_per_1000_mm"] < first["dental_visits_per_1000_mm"]
    adults = np.asarray(covered.value("dental_visits_per_1000_mm", "age_band", "45-64"))
    assert ended.value("dental_visits_per_1000_mm", "age_band", "45-64") < 0.6 * adults
