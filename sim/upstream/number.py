"""A number in a package file: it carries its range, unit, kind and sources, as a parameter does."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from sim.engine.text import did_you_mean
from sim.engine.units import UNITS


class Part(BaseModel):
    """Any part of a package: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Number(Part):
    """One declared number: ``value`` in ``unit``, between ``low`` and ``high``, and where it comes from."""

    value: float
    low: float
    high: float
    unit: str
    kind: Literal["evidence", "policy", "calibrated", "assumption"]
    evidence: tuple[str, ...] = ()
    note: str = ""

    @model_validator(mode="after")
    def _is_within_its_range(self) -> "Number":
        if not self.low <= self.value <= self.high:
            raise ValueError(f"value {self.value:g} is not between low {self.low:g} and high {self.high:g}")
        return self

    @model_validator(mode="after")
    def _is_possible_in_its_unit(self) -> "Number":
        unit = UNITS.get(self.unit)
        if unit is None:
            raise ValueError(f"unknown unit {self.unit!r}{did_you_mean(self.unit, UNITS)}")
        # A half-life of 0 means "at once", which the unit of the registry cannot say.
        lowest = 0.0 if self.unit == "half-life months" else unit.low
        if self.low < lowest or self.high > unit.high:
            raise ValueError(f"{self.low:g} to {self.high:g} is outside what {self.unit!r} allows")
        return self

    @model_validator(mode="after")
    def _says_where_it_comes_from(self) -> "Number":
        if self.kind == "evidence" and not self.evidence:
            raise ValueError("kind is evidence, but no evidence id is given")
        return self


class Effect(Number):
    """Ratio of use with the package to use without it, need relief included (model.md 13).

    ``per`` says whose use the ratio describes: everybody who was ``offered`` the package, or those who ``engaged``
    (model.md 14). It is converted once, when packages are compiled.
    """

    per: Literal["engaged", "offered"] = "engaged"

    @model_validator(mode="after")
    def _is_a_positive_ratio(self) -> "Effect":
        if self.unit != "ratio" or self.low <= 0:
            raise ValueError("an effect is a ratio above 0")
        return self


def _in(*units: str) -> AfterValidator:
    def check(number: Number) -> Number:
        if number.unit not in units:
            raise ValueError(f"unit is {number.unit!r}, must be {' or '.join(units)}")
        return number

    return AfterValidator(check)


Share = Annotated[Number, _in("share")]
Ratio = Annotated[Number, _in("ratio")]
Months = Annotated[Number, _in("months")]
HalfLife = Annotated[Number, _in("half-life months")]
MonthlyChance = Annotated[Number, _in("probability per month")]
YearlyChance = Annotated[Number, _in("probability per year")]
Count = Annotated[Number, _in("count")]
Visits = Annotated[Number, _in("visits")]
Dollars = Annotated[Number, _in("USD")]
DollarsPerMonth = Annotated[Number, _in("USD per month")]
DollarsPMPM = Annotated[Number, _in("USD PMPM")]
