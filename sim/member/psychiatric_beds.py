"""Psychiatric stays where hospitals of the area have given up psychiatric beds.

Meaning: ``here.no_bed`` is the part of psychiatric stays that find a bed neither in the area nor elsewhere.
Equation: an ordinary stay that is not ambulatory care sensitive is psychiatric with the chance that divides stays
          through the emergency department (emergency.py), and by the same draw: it is psychiatric if the draw is above
          1 - chance, and finds no bed if it is above 1 - chance x no_bed. Who finds none has a need that is not met,
          counted as one behavioral visit asked for and withheld, and makes ``practices.no_bed_visits`` emergency visits
          (waiting there for a bed, or coming back) instead of the one by which the stay would have begun.
Evidence: o4_psy_beds_visits, o4_psy_boarding_los; the number of visits is an assumption, 0 in its range. Readmissions
          find a bed. Nobody's health is worse for the stay that did not take place.
"""

from sim.engine.compile import compiled
from sim.engine.draws import draw
from sim.member.decisions import CAUSE_OF_STAY
from sim.member.emergency import psychiatric_part
from sim.schema import BEHAVIORAL, BEHAVIORAL_CAUSE


@compiled
def finds_no_bed(m, t, here, seed, p):
    """Whether a stay that is not ambulatory care sensitive is psychiatric and finds no bed; what happens instead."""
    lacking = psychiatric_part(m, p) * here.no_bed
    above = draw(seed, m.key, p.month, CAUSE_OF_STAY) - (1.0 - lacking)
    if above < 0.0 or lacking == 0.0:
        return False
    t.asked[BEHAVIORAL] += 1
    t.withheld[BEHAVIORAL] += 1
    t.unmet[BEHAVIORAL] += 1
    t.causes[BEHAVIORAL_CAUSE] += int(p.practices_no_bed_visits + above / lacking)
    return True
