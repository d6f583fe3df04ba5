"""What was published about a change that a scenario imitates: source, period, estimator, figures, and what is left."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sim.engine.text import did_you_mean, shown

PUBLISHED_IN_WORDS = "null, or a mapping with period, estimator, cannot, figures (experiment=gallery/... are examples)"
COMPARED = Literal["difference", "percent", "points", "ratio", "odds"]


def _as_years(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class Figure(BaseModel):
    """One published figure, and what the model compares with it."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    row: str  # of conf/evidence/evidence.csv, which has the value, its interval and the source
    measure: str  # a measure, a figure of `ccosim validate`, or what practices do (practices.NAME)
    arm: str
    against: str | None = None  # an arm; of people who are followed: twins, like, before. Default: the baseline, twins
    compared: COMPARED = "difference"
    years: Annotated[tuple[int, ...], BeforeValidator(_as_years)] = ()  # of the run, from 0; none: all of it
    value: float | None = None  # where the row is in another unit
    low: float | None = None
    high: float | None = None
    unit: str = ""
    derived: str = ""  # how such a value follows from the row


class Published(BaseModel):
    """One line each, and the figures by what they are called."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    period: str = Field(max_length=200)
    estimator: str = Field(max_length=300)
    cannot: str = Field(max_length=400)
    figures: dict[str, Figure]


def faults_of_published(plain: Mapping[str, Any]) -> Iterator[str]:
    """Yield a message for each figure of an arm that there is not."""
    published, arms = plain.get("published"), plain.get("arms")
    figures = published.get("figures") if isinstance(published, Mapping) else None
    if not isinstance(figures, Mapping) or not isinstance(arms, Mapping):
        return
    for name, figure in figures.items():
        arm = figure.get("arm") if isinstance(figure, Mapping) else None
        if isinstance(arm, str) and arm not in arms:
            yield f"published.figures.{name}: {shown(arm)} is no arm{did_you_mean(arm, map(str, arms))}"
