"""The random decisions of a member's month: one number each, forever (a new one goes at the end)."""

COVER = 0
DEATH = 1
NEED = 2  # .. 8, one for each need
HOMELESS_TYPE = 9
SLOW_HEALTH = 10
CRISIS = 11
CONDITION = 12  # .. 23, one for each condition
CONCEPTION = 24
ATTACH = 25
ASK_PRIMARY = 26
ASK_SPECIALIST = 27
ASK_BEHAVIORAL = 28
ASK_DENTAL = 29
LOST_PRIMARY = 30
LOST_SPECIALIST = 31
LOST_BEHAVIORAL = 32
LOST_DENTAL = 33
FILLS = 34
EMERGENCY_VISITS = 35
LEAK = 36
ADMISSION = 37
ADMISSION_DAY = 38
READMISSION = 39
READMISSION_DELAY = 40
OUTPATIENT_VISITS = 41
ANCILLARY_SERVICES = 42
AVOIDABLE = 43
AMBULATORY_SENSITIVE = 44
PREVENTIVE = 45
# 46 was immunization and HbA1c testing, now drawn on occasions (QUALITY): never used again
SCREEN_NEEDS = 47
# 48 was a yes to help at a screening, now a trait of the member (sim/upstream/reach.py): never used again
SATISFIED = 49
LENGTH_OF_STAY = 50
WELL_VISITS = 51

DECISIONS = 52  # a multiple of four: Philox gives four numbers at a time
# No draws: the smallest of a member's draws for conditions and for needs, found for whole blocks.
LOWEST_CONDITION = DECISIONS
LOWEST_NEED = DECISIONS + 1
ROWS = DECISIONS + 2
QUALITY = 256  # + four times a measure: care given, and care recorded; drawn only on occasions
RECALL = 384  # of a member who did not come, by a proactive team
REPEATED_TESTS, CONFLICT, ERROR = 388, 389, 390  # drawn only where several clinicians treat a member
SEVERITY = 64  # + service: drawn only for the services that were used
