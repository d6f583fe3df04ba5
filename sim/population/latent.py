"""Latent health at the start: permanent, slow, crisis, emergency frailty, care seeking, the high-need class.

All are standard normal or declared classes; their loadings on outcomes are in the rules. They start at their stationary
distribution, so that persistence and regression to the mean are right from month 1.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, logit, ndtr, ndtri

from sim.engine.arrays import Floats
from sim.engine.parameters import Registry
from sim.population.luck import Decision, Luck
from sim.schema import LOG_GRID, Members

TABLE_POINTS = 4001
TABLE_REACH = 16.0  # the quantile table runs from logit -16 to 16
LEAST_LOG, MOST_LOG = -16.0, 8.0  # what the grid of ed_frailty holds


@dataclass(frozen=True)
class LatentTables:
    """Numbers from which latent health is drawn."""

    shift: Floats
    need_correlation: float
    mental_correlation: float
    cut: float
    crisis: float
    frequent: float
    frequent_core: float
    high_need_threshold: Floats
    high_need_slope: float
    logits: Floats
    log_gamma: Floats
    log_seeking: Floats

    @classmethod
    def read(cls, registry: Registry) -> "LatentTables":
        """Read the numbers; emergency frailty and care seeking become tables of quantiles."""
        shift = registry.get("population.permanent_shift")
        slope = float(registry.get("population.high_need_slope"))
        share = registry.get("population.high_need")
        logits = np.linspace(-TABLE_REACH, TABLE_REACH, TABLE_POINTS)
        shape = float(registry.get("population.ed_frailty_shape"))
        return cls(
            shift=shift,
            need_correlation=float(registry.get("population.need_health_correlation")),
            mental_correlation=float(registry.get("population.mental_need_correlation")),
            cut=float(registry.get("population.latent_cut")),
            crisis=float(registry.get("population.crisis_share")),
            frequent=float(registry.get("population.frequent_share")),
            frequent_core=float(registry.get("population.frequent_core")),
            high_need_threshold=ndtri(share) * np.sqrt(1 + slope**2) - slope * shift,
            high_need_slope=slope,
            logits=logits,
            log_gamma=_log_gamma_quantiles(shape, logits),
            log_seeking=_log_gamma_quantiles(float(registry.get("population.care_seeking_shape")), logits),
        )


def _log_gamma_quantiles(shape: float, logits: Floats) -> Floats:
    """Log of the quantiles of Gamma(shape, mean 1), on the grid's range."""
    quantiles = gammaincinv(shape, 1 / (1 + np.exp(-logits))) / shape
    return np.asarray(np.clip(np.log(np.maximum(quantiles, np.exp(LEAST_LOG))), LEAST_LOG, MOST_LOG))


def fill_latent(rows: Members, tables: LatentTables, need_frailty: Floats, luck: Luck) -> tuple[Floats, Floats]:
    """Write latent health; return permanent health and mental frailty (in sd), on which conditions depend."""
    group = rows["eligibility"]
    permanent = tables.shift[group] + _beside(need_frailty, tables.need_correlation, luck.normal(Decision.PERMANENT))
    permanent = np.clip(permanent, -tables.cut, tables.cut)
    slow = np.clip(luck.normal(Decision.SLOW), -tables.cut, tables.cut)
    mental = _beside(need_frailty, tables.mental_correlation, luck.normal(Decision.MENTAL))
    rows["permanent"] = np.rint(permanent * LOG_GRID)
    rows["slow"] = np.rint(slow * LOG_GRID)
    rows["mental"] = np.rint(np.clip(mental, -tables.cut, tables.cut) * LOG_GRID)
    rows["crisis"] = luck.happens(Decision.CRISIS, tables.crisis)
    frailty = np.interp(logit(luck.uniform(Decision.ED_FRAILTY)), tables.logits, tables.log_gamma)
    rows["ed_frailty"] = np.rint(frailty * LOG_GRID)
    seeking = np.interp(logit(luck.uniform(Decision.CARE_SEEKING)), tables.logits, tables.log_seeking)
    rows["care_seeking"] = np.rint(seeking * LOG_GRID)
    lot = luck.uniform(Decision.FREQUENT)  # a spell, or the lasting core of those users; takes effect from age 18
    rows["frequent"] = (lot < tables.frequent).astype(np.int8) + (lot < tables.frequent * tables.frequent_core)
    chance = ndtr(tables.high_need_threshold[group] + tables.high_need_slope * permanent)
    rows["high_need"] = luck.happens(Decision.HIGH_NEED, chance)
    return permanent, mental


def _beside(frailty: Floats, correlation: float, own: Floats) -> Floats:
    """A standard normal that is correlated with ``frailty``."""
    return np.asarray(correlation * frailty + np.sqrt(1 - correlation**2) * own)
