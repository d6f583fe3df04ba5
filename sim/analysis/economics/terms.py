"""The terms of an economic analysis: discount rates, price year, what a QALY is worth, aversion to inequality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.engine.parameters import Registry


@dataclass(frozen=True)
class Terms:
    """Declared in ``conf/parameters/economics.yaml``; rates are per year, money is in dollars of ``price_year``."""

    discount_costs: float = 0.03
    discount_outcomes: float = 0.03
    price_year: int = 2018
    general_inflation: float = 0.023
    willingness_to_pay: float = 100_000.0
    inequality_aversion: float = 1.0

    @classmethod
    def of(cls, registry: Registry) -> Terms:
        """Read the terms from the registry of parameters."""
        values = {name: registry.get(f"economics.{name}") for name in cls.__dataclass_fields__}
        return cls(**values | {"price_year": int(values["price_year"])})
