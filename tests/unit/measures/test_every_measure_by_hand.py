"""What each measure and amount adds up, by the names of what is counted and paid: every number is another number."""

import numpy as np
import pytest

from sim.measures.amounts import AMOUNT_NAMES, add_up
from sim.measures.measures import BY_NAME
from sim.measures.terms import Sums
from sim.payment.ledger import ACCOUNT_INDEX, ACCOUNTS, PURPOSES
from sim.schema import COUNT_INDEX, COUNTS, METRICS, OUTCOMES

pytestmark = pytest.mark.quick

RNG = np.random.default_rng(5)
COUNTED = RNG.permutation(np.arange(1_000, 1_000 + 7 * len(COUNTS), 7)).astype(float)
PAID = RNG.permutation(np.arange(100, 100 + 3 * len(ACCOUNTS) ** 2, 3)).reshape(len(ACCOUNTS), -1).astype(float)
FOR = RNG.permutation(np.arange(501, 501 + 11 * len(PURPOSES), 11)).astype(float)
JUDGED = (
    RNG.permutation(np.arange(40, 40 + 5 * len(METRICS) * len(OUTCOMES), 5)).reshape(len(METRICS), -1).astype(float)
)
TEAMS, POCKETS, MONTHS = 777.0, (31.0, 47.0), 7
SUMS = Sums(
    COUNTED, MONTHS, flows=PAID, accounts=ACCOUNTS, paid=FOR, purposes=PURPOSES, quality=JUDGED,
    teams=np.float64(TEAMS), pockets=np.array(POCKETS),
)  # fmt: skip
MEMBER_MONTHS = COUNTED[COUNT_INDEX["member_months"]]


def n(*names):
    """What was counted, all together."""
    return sum(COUNTED[COUNT_INDEX[name]] for name in names)


def from_to(payer, payee):
    return PAID[ACCOUNT_INDEX[payer], ACCOUNT_INDEX[payee]]


def spent(account):
    return PAID[ACCOUNT_INDEX[account]].sum()


def got(account):
    return PAID[:, ACCOUNT_INDEX[account]].sum()


def paid_for(*names):
    return sum(FOR[PURPOSES.index(name)] for name in names)


A_THOUSAND_MONTHS = {  # measure: what is counted in 1,000 member-months
    "ed_visits": "emergency_visits", "avoidable_ed_visits": "avoidable_ed_visits", "ed_injury": "emergency_injury",
    "ed_treatable": "emergency_treatable", "ed_sensitive": "emergency_sensitive",
    "ed_behavioral": "emergency_behavioral", "ed_dental": "emergency_dental", "ed_pregnancy": "emergency_pregnancy",
    "ed_admitted": "emergency_admitted", "inpatient_stays": "inpatient_visits",
    "ambulatory_sensitive_stays": "ambulatory_sensitive_stays", "inpatient_days": "inpatient_days",
    "primary_care_visits": "primary_visits", "specialist_visits": "specialist_visits",
    "behavioral_visits": "behavioral_visits", "dental_visits": "dental_visits", "pharmacy_fills": "pharmacy_visits",
    "outpatient_visits": "outpatient_visits", "duplicate_tests": "duplicate_tests",
    "conflicting_treatments": "conflicting_treatments", "medication_errors": "medication_errors",
    "preventive_visits": "preventive_visits", "refused_services": "refused_services",
    "refused_needed": "refused_needed", "primary_replaced": "primary_replaced", "exits": "exits",
    "returns": "returns", "births": "births", "primary_needed": "primary_asked", "dental_needed": "dental_asked",
    "specialist_induced": "specialist_induced", "behavioral_induced": "behavioral_induced",
    "primary_withheld": "primary_withheld", "dental_withheld": "dental_withheld",
}  # fmt: skip


def test_rates_of_a_thousand_member_months():
    found = {name: BY_NAME[f"{name}_per_1000_mm"].value(SUMS) for name in A_THOUSAND_MONTHS}
    assert found == pytest.approx({name: 1000 * n(of) / MEMBER_MONTHS for name, of in A_THOUSAND_MONTHS.items()})
    lost = n("specialist_unmet") - n("specialist_withheld")  # what a practice does not offer is lost to no wait
    assert BY_NAME["specialist_lost_per_1000_mm"].value(SUMS) == pytest.approx(1000 * lost / MEMBER_MONTHS)


def test_shares_of_what_they_are_shares_of():
    four = ("primary", "specialist", "behavioral", "dental")
    by_hand = {
        "readmission_30d": n("readmissions") / n("index_stays"),
        "unmet_need_share": n(*(f"{one}_unmet" for one in four)) / n(*(f"{one}_asked" for one in four)),
        "unmet_primary_share": n("primary_unmet") / n("primary_asked"),
        "attached_share": n("attached_months") / MEMBER_MONTHS,
        "satisfied_share": n("satisfied_months") / MEMBER_MONTHS,
        "needs_any_share": n("any_need_months") / MEMBER_MONTHS,
        "needs_known_share": n("known_need_months") / n("any_need_months"),
        "needs_met_share": n("served_months") / n("any_need_months"),
        "housing_need_share": n("housing_need_months") / MEMBER_MONTHS,
        "homelessness_need_share": n("homelessness_need_months") / MEMBER_MONTHS,
        "quality_pool_share": paid_for("quality_pool", "challenge_pool") / from_to("state", "held"),
    }
    assert {name: BY_NAME[name].value(SUMS) for name in by_hand} == pytest.approx(by_hand)


def test_life_and_death():
    both = n("qaly_millionths", "qaly_millionths_off_cover")
    everybody = n("member_months", "off_cover_months")
    by_hand = {
        "qalys_per_1000_my": 1000 * n("qaly_millionths") / 1e6 / (MEMBER_MONTHS / 12),
        "qalys_per_1000_py": 1000 * both / 1e6 / (everybody / 12),
        "qalys_a_year": both / 1e6 / (MONTHS / 12),
        "people": everybody / MONTHS,
        "members": MEMBER_MONTHS / MONTHS,
        "deaths_per_1000_my": 1000 * n("deaths") / (MEMBER_MONTHS / 12),
        "cohort_qalys_per_1000": 1000 * n("cohort_qaly_millionths") / 1e6 / n("cohort_members"),
        "cohort_deaths_per_1000": 1000 * n("cohort_deaths") / n("cohort_members"),
        "cohort_cost_per_member": n("cohort_cents") / 100 / n("cohort_members"),
    }
    assert {name: BY_NAME[name].value(SUMS) for name in by_hand} == pytest.approx(by_hand)


def outlays():
    """Four payers less what each received, and what outside funders give; no CCO and no provider is a payer."""
    payers = ("state", "federal", "medicare", "third_party")
    return sum(spent(payer) - got(payer) for payer in payers) + from_to("outside", "community")


def resources():
    return n("listed_cents", "listed_cents_off_cover") + paid_for("administration", "care_management") + got(
        "community"
    ) + TEAMS  # fmt: skip


def cents():
    """Cents by the names of measures of money."""
    others_pay = n("listed_cents_off_cover") - n("uncompensated_cents")
    to_reserve, from_reserve = from_to("cco", "cco_reserve"), from_to("cco_reserve", "cco")
    kinds = ("primary", "specialist", "behavioral", "dental", "pharmacy", "hospital", "outside")
    providers = sum(got(kind) - spent(kind) for kind in kinds) + from_to("outside", "community")
    used = n("listed_cents", "uncompensated_cents") + paid_for("administration", "care_management", "dividends") + TEAMS
    return {
        "total": outlays(),
        "state": spent("state") - got("state"),
        "federal": spent("federal") - got("federal"),
        "medicare": n("medicare_cents"),
        "third_party": n("third_party_cents"),
        "other_insurance": others_pay,
        "uncompensated": n("uncompensated_cents"),
        "outside": from_to("outside", "community"),
        "cco": spent("cco") - to_reserve,
        "capitation": from_to("state", "cco") + from_to("held", "cco"),
        "administration": paid_for("administration"),
        "upstream": got("community"),
        "flexible_services": paid_for("flexible_services"),
        "community_benefit": paid_for("community_benefit"),
        "waiver_benefits": paid_for("waiver_benefits"),
        "reinvestment": paid_for("reinvestment"),
        "grants": paid_for("grants"),
        "cco_margin": got("cco") - from_reserve - (spent("cco") - to_reserve),
        "cco_kept": got("cco") - spent("cco") + got("cco_reserve") - spent("cco_reserve") + paid_for("dividends"),
        "medicaid": n("medicaid_cents"),
        "medical": n("medicaid_cents", "medicare_cents", "third_party_cents"),
        "care_used": n("listed_cents"),
        "care_off_cover": n("listed_cents_off_cover"),
        "teams": TEAMS,
        "resources": resources(),
        "dental": n("dental_cents"),
        "inpatient": n("inpatient_cents"),
        "paid_primary": got("primary") - spent("primary"),
        "paid_hospital": got("hospital") - spent("hospital"),
        "bonuses": paid_for("coordination_fee", "quality_bonus", "performance_bonus", "shared_savings")
        - paid_for("shared_losses"),
        "fixed_payments": paid_for("primary_capitation", "hospital_budget"),
        "care_programs": paid_for("care_management"),
        "quality_pool": paid_for("quality_pool", "challenge_pool"),
        "held": got("held") - spent("held"),
        "reserves": got("cco_reserve") - spent("cco_reserve"),
        "growth_penalty": paid_for("growth_test"),
        "transfer": outlays() + others_pay - resources(),
        "beyond_care": providers - used,
    }


def test_dollars_of_a_member_month():
    found = {name: BY_NAME[f"pmpm_{name}"].value(SUMS) for name in cents()}
    assert found == pytest.approx({name: amount / 100 / MEMBER_MONTHS for name, amount in cents().items()})
    capitation = from_to("state", "cco") + from_to("held", "cco")
    assert BY_NAME["cco_margin_share"].value(SUMS) == pytest.approx(cents()["cco_margin"] / capitation)


def test_amounts_of_a_year():
    """Medicare and third parties are net payers of the ledger here; other sectors are outside of it."""
    same = ("state", "federal", "outside", "other_insurance", "uncompensated", "cco_margin", "cco_kept", "held",
            "medical", "care_used", "care_off_cover", "administration", "care_programs", "teams")  # fmt: skip
    by_hand = {name: cents()[name] / 100 for name in same} | {
        "medicare": (spent("medicare") - got("medicare")) / 100,
        "third_party": (spent("third_party") - got("third_party")) / 100,
        "providers": cents()["beyond_care"] / 100,
        "programs": got("community") / 100,
        "other_sectors": sum(POCKETS) / 100,
        "member_years": MEMBER_MONTHS / 12,
        "person_years": n("member_months", "off_cover_months") / 12,
        "first_members": n("cohort_members"),
        "qalys": n("qaly_millionths") / 1e6,
        "qalys_off_cover": n("qaly_millionths_off_cover") / 1e6,
        "deaths": n("deaths", "deaths_off_cover"),
    }
    assert dict(zip(AMOUNT_NAMES, add_up(SUMS), strict=True)) == pytest.approx(by_hand)


def test_quality_is_over_its_own_denominator():
    """Emergency visits are of 1,000 member-months, all others shares; ``given`` is beside what is recorded."""
    people, given, recorded = (dict(zip(METRICS, JUDGED[:, k], strict=True)) for k in range(3))
    for metric in METRICS:
        per = 1000 if metric == "emergency_visits" else 1
        found = [BY_NAME[f"quality_{metric}{which}"].value(SUMS) for which in ("", "_given")]
        by_hand = [per * recorded[metric] / people[metric], per * given[metric] / people[metric]]
        assert found == pytest.approx(by_hand), metric
    hidden = given["readmission"] - recorded["readmission"]
    assert BY_NAME["called_observation"].value(SUMS) == pytest.approx(hidden / people["readmission"])
