"""Who smokes at the start, or will from the age of 18; the risk of a smoker is full."""

import numpy as np

from sim.population.attachment import ADULT_MONTHS
from sim.population.luck import SMOKES, Luck
from sim.schema import FRACTION_GRID, Members


def fill_smoking(rows: Members, share: float, luck: Luck) -> None:
    """Write smoking, independent of health: what disease and death owe to it is in the ratios of the month."""
    rows["smokes"] = luck.happens(SMOKES, share)
    rows["smoking_risk"] = np.where(rows["smokes"] & (rows["age_months"] >= ADULT_MONTHS), FRACTION_GRID, 0)
