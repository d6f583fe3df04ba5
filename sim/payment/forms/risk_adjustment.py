"""Risk adjustment: capitation follows the diagnoses of a CCO's members, within the state's total.

Meaning: relative risk by area; 1 is the state's average.
Equation: score[a] = 1 + sum over conditions of weight * diagnosed per member; raw = score / statewide score;
          relative risk = 1 + strength * (raw[now] / raw[base] - 1), scaled so that the state pays what it would have.
Rates are already set from each area's own cost (credibility): what counts is how risk moved since, so that coding more
of what is there earns money, and is taken back from everybody by the scaling (E10: gains are relative).
Evidence: payment.md E10; rate_categories; the weights are assumptions.
"""

from collections.abc import Mapping

import numpy as np

from sim.engine.arrays import Cents, Floats
from sim.payment.form import Form
from sim.payment.month import Month


def risk_score(diagnosed: Cents, members: Cents, weights: Floats) -> Floats:
    """Return the score of each area from its ``diagnosed[area, condition]`` members."""
    per_member = np.divide(diagnosed, members[:, None], out=np.zeros(diagnosed.shape), where=members[:, None] > 0)
    return np.asarray(1 + per_member @ weights)


def relative_risk(score: Floats, base: Floats, revenue: Floats, strength: float) -> Floats:
    """Return the factor of each area's rates; ``revenue`` (full size) is what the state pays at a factor of 1."""
    moved = 1 + strength * (score / base - 1)
    total = float(revenue @ moved)
    return np.asarray(moved * (float(revenue.sum()) / total if total else 1.0))


def stakes(month: Month) -> Mapping[str, Floats]:
    """Scores pay the CCO, which passes a part through to clinicians."""
    strength = month.under(month.registry.get("payment.risk_adjustment"))
    return {"risk_adjusted": strength, "coded": strength * month.actions["pass_through"]}


FORM = Form(
    "risk_adjustment",
    "capitation follows diagnoses",
    needs=("global_budget",),
    adjusts_risk=True,
    stakes=stakes,
)
