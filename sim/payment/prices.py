"""Prices: what one event costs, against the first month of the run.

Meaning: a ratio by month; use is stationary, so that this is the growth of cost per member before any cap.
Equation: price_index(m) = ((1 + price) * (1 + intensity)) ** (m / 12)
Evidence: model.md 11; phc_deflator (price), trend_without (both together, 5.4% a year).
"""

from sim.engine.calendar import MONTHS_PER_YEAR


def program_index(month: int, growth: float) -> float:
    """Return what programs cost in ``month`` against the first year of the run; prices rise once a year."""
    return float((1 + growth) ** (max(month, 0) // MONTHS_PER_YEAR))


def price_index(month: int, price_growth: float, intensity_growth: float) -> float:
    """Return the price and intensity of an event in ``month`` against month 0; growth is per year."""
    return float(((1 + price_growth) * (1 + intensity_growth)) ** (month / MONTHS_PER_YEAR))
