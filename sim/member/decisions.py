"""The random decisions of a member's month, by number; a number is never used for another decision."""

import numpy as np

from sim.engine.decisions import QUAD, decision, declared, next_quad
from sim.schema import CONDITIONS, DENTAL, METRICS, NEEDS, SCHEDULED, SERVICES

# Below SEVERITY: drawn for every member in every month. A new one takes the next number.
COVER = decision("member: cover ends or returns", 0)
DEATH = decision("member: death", 1)
NEED = decision("member: each need begins or ends", 2, len(NEEDS))
HOMELESS_TYPE = decision("member: type of homelessness", 9)
SLOW_HEALTH = decision("member: slow health", 10)
CRISIS = decision("member: health crisis", 11)
CONDITION = decision("member: each condition begins, ends or changes", 12, len(CONDITIONS))
CONCEPTION = decision("member: conception", 24)
ATTACH = decision("member: usual clinic found or lost", 25)
ASK = decision("member: visits of each scheduled service asked for", 26, DENTAL + 1)
LOST = decision("member: asked visits of each scheduled service lost to waiting", 30, DENTAL + 1)
FILLS = decision("member: pharmacy fills", 34)
EMERGENCY_VISITS = decision("member: emergency visits", 35)
LEAK = decision("member: lost visits that turn up in the emergency department", 36)
ADMISSION = decision("member: admission", 37)
ADMISSION_DAY = decision("member: day of admission", 38)
READMISSION = decision("member: readmission", 39)
READMISSION_DELAY = decision("member: days until readmission", 40)
OUTPATIENT_VISITS = decision("member: outpatient visits", 41)
ANCILLARY_SERVICES = decision("member: ancillary services", 42)
AVOIDABLE = decision("member: avoidable emergency visits", 43)
AMBULATORY_SENSITIVE = decision("member: ambulatory care sensitive stay", 44)
PREVENTIVE = decision("member: preventive services", 45)
decision("retired: immunization and HbA1c testing, drawn on occasions since", 46)
SCREEN_NEEDS = decision("member: screening for needs", 47)
decision("retired: help accepted at a screening, a trait of the member since", 48)
SATISFIED = decision("member: care is easy to get", 49)
LENGTH_OF_STAY = decision("member: length of stay", 50)
WELL_VISITS = decision("member: well-child visits asked for", 51)

# Drawn only for members for whom the decision comes up, except those of DRAWN_FOR_ALL.
SEVERITY = decision("member: severity of each service used", 64, len(SERVICES))
SMOKING = decision("member: quits or starts smoking", 80)
UNFAIR = decision("member: a visit is felt as unfair", 81)
FREQUENT_SPELL = decision("member: a spell of frequent emergency use begins or ends", 82)
INDUCED = decision("member: usual visits that need did not ask for", 100, len(SCHEDULED))
MORE_INDUCED = decision("member: visits that practices bring about", 104, len(SCHEDULED))
WITHHELD = decision("member: asked visits withheld", 108, len(SCHEDULED))
INDUCED_LOST = decision("member: induced visits lost to waiting", 112, len(SCHEDULED))
REPLACED = decision("member: primary care visits met by another contact", 116)
LEAK_OF = decision("member: other lost visits that turn up in the emergency department", 120, len(SCHEDULED))
CAUSE = decision("member: causes of emergency visits", 124)
AVOIDED = decision("member: emergency visits that coordination avoids", 125)
THROUGH_EMERGENCY = decision("member: stays that begin in the emergency department", 126)
CAUSE_OF_STAY = decision("member: behavioral stays through the emergency department", 127)
SENT = decision("member: emergency visits that practices cause", 128)
SHORTENED = decision("member: days of a stay that a hospital saves", 130)
EMERGENCY_OF_PREGNANCY = decision("member: emergency visits of pregnancy", 129)
DENTAL_AVOIDED = decision("member: dental emergency visits that integrated oral care avoids", 131)
QUALITY_LANES = 4  # numbers of each measure: care given, care recorded, two that are free
QUALITY = decision("member: care of each quality measure given, recorded", 256, QUALITY_LANES * len(METRICS))
RECALL = decision("member: called in by a proactive team", 384)
REPEATED_TESTS = decision("member: repeated tests", 388)
CONFLICT = decision("member: conflicting treatments", 389)
ERROR = decision("member: medication errors", 390)
REFUSED = decision("member: services of each kind that the CCO refuses", 392, len(SERVICES))
NEEDED = decision("member: refused services of each kind that were needed", 401, len(SERVICES))

# Below SEVERITY, and what comes up so often that it is quicker to draw it for everybody: a rule reads ``u[number, j]``.
# A quad costs a third of one draw alone.
DRAWN_FOR_ALL = (
    *(number for number in declared() if number < SEVERITY),
    *range(SEVERITY, SEVERITY + len(SERVICES)),
    *(SMOKING, UNFAIR, FREQUENT_SPELL),
    *range(INDUCED, INDUCED + len(SCHEDULED)),
)
QUADS = np.array(sorted({number // QUAD for number in DRAWN_FOR_ALL}))
QUADS_OF_AWAY = np.array(sorted({DEATH // QUAD, CONCEPTION // QUAD}))  # of people who are away (away.py)
DECISIONS = QUAD * len(QUADS)
# Not draws: what is computed from a member's draws for whole blocks (month.py).
LOWEST_CONDITION = next_quad(max(DRAWN_FOR_ALL))
SMALL_NEEDS = LOWEST_CONDITION + 1
SMALL_NEEDS_IF_PRONE = LOWEST_CONDITION + 2
ROWS = LOWEST_CONDITION + 3
