"""Hospitals give up lines that cost more than they bring: inpatient psychiatry and births.

Meaning: share of each line that the hospitals of an area have given up, 0 to 1, (area, line).
Equation: what a stay of the line brings over the cost that ends with it: b today, b (1 - h) f now, h = part of the
          hospital's revenue that is fixed (as in hospital.py), f = paid fee of stays over the baseline's. What a line
          lacks today moves nobody, since hospitals have it all the same; only a new lack counts:
          lack = [max(0, 1 - b (1 - h) f) - max(0, 1 - b)] / min(1, b), 0 with today's pay, 1 where stays bring nothing.
          m = months with a lack; r = min(1, max(0, m - lag) / ramp): nothing is given up before the lag.
          aim = most lack r (rural + (1 - rural) urban): ``most`` is the line's ``<line>_given_up``, ``urban`` how far a
          line of urban hospitals is given up for the whole area, since others near by have it too.
          A line that was given up stays given up, also after the contract.
          Psychiatric stays: a part ``psychiatry_found`` of those whose bed was given up finds one in another area, the
          rest finds none (sim/member/psychiatric_beds.py). Births all go to another area's hospitals; prenatal and
          postpartum care is given a little less.
          What goes elsewhere, as part of what all stays bring that take place, is
          (q g found + n k) / (1 - q g (1 - found)): q and n are the parts of psychiatry and births in what stays bring,
          g and k what was given up of them. It is billed there (sim/payment/forms/hospital_global_budget.py).
Evidence: o4_ob_lost_rural, o4_ob_lost_urban (rural lines are given up more often, and few come back), o4_line_cross
          (psychiatry shrinks where a hospital loses what pays for it), o4_psy_transfer, o4_ob_fewer_prenatal,
          o4_ob_prenatal_stays. No study says that a fixed budget ends a line: sizes are assumptions with 0 in their
          range.
"""

import numpy as np

from sim.agents.providers.response import Decided, Gradual, Market, Seen
from sim.engine.arrays import Floats
from sim.schema import INPATIENT, POSTPARTUM_CARE, PRENATAL_CARE

LINES = ("psychiatry", "births")
PSYCHIATRY, BIRTHS = range(len(LINES))
MATERNITY = (PRENATAL_CARE, POSTPARTUM_CARE)


def lack(brings: float, left: Floats) -> Floats:
    """Return the part of a line's cost that stays do not cover any more, where ``left`` is left of today's pay."""
    today = max(0, 1 - brings)
    return np.asarray(np.maximum(np.maximum(1 - brings * left, 0) - today, 0) / (1 - today))


class ServiceLines(Gradual):
    """Share of each line that hospitals have given up, (area, ``LINES``)."""

    REMEMBERED = ("now", "months")

    def __init__(self, market: Market) -> None:
        get = market.registry.get
        super().__init__((market.areas, len(LINES)), get("providers.response_inertia"))
        self.months: Floats = np.zeros(market.areas)
        self.brings: float = get("practices.line_brings")
        self.most: Floats = np.array([get(f"practices.{line}_given_up") for line in LINES])
        self.part: Floats = np.array([get(f"practices.{line}_part") for line in LINES])
        self.found: float = get("practices.psychiatry_found")
        self.less_care: float = get("practices.births_care")
        self.place: Floats = market.rural + (1 - market.rural) * get("practices.line_urban")
        self.lag: float = get("practices.budget_lag")
        self.ramp: float = get("practices.budget_ramp")

    def lack(self, seen: Seen) -> Floats:
        """Return what the lines lack more than today, by area."""
        fixed = seen.incentives.hospital_budget * seen.incentives.members
        return lack(self.brings, (1 - fixed) * seen.incentives.fee[:, INPATIENT])

    def aim(self, seen: Seen) -> Floats:
        """Return what hospitals aim to have given up; never less than what they gave up before."""
        part = np.clip((self.months - self.lag) / self.ramp, 0, 1)
        return np.maximum((self.lack(seen) * part * self.place)[:, None] * self.most, self.now)

    def decide(self, seen: Seen) -> None:
        """Count the months in which lines lack pay, and move part of the way."""
        self.months = np.where(self.lack(seen) > 0, self.months + seen.passed, 0)
        super().decide(seen)

    @property
    def no_bed(self) -> Floats:
        """Part of psychiatric stays that find no bed anywhere."""
        return np.asarray(self.now[:, PSYCHIATRY] * (1 - self.found))

    @property
    def elsewhere(self) -> Floats:
        """Part of what stays bring, of those that take place, that other areas' hospitals earn."""
        gone = self.part * self.now
        away = gone[:, PSYCHIATRY] * self.found + gone[:, BIRTHS]
        return np.asarray(away / (1 - self.part[PSYCHIATRY] * self.no_bed))

    def add(self, decided: Decided, seen: Seen) -> None:
        """Some psychiatric stays find no bed; mothers who give birth elsewhere get a little less care around it."""
        decided.no_bed += self.no_bed
        decided.deliver[:, MATERNITY] += self.less_care * self.now[:, [BIRTHS]]

    def record(self, seen: Seen) -> dict[str, Floats]:
        """Share of each line that was given up."""
        return {f"{line}_given_up": self.now[:, place] for place, line in enumerate(LINES)}
