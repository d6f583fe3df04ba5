"""The calendar: a month is the step of the model."""

MONTHS_PER_YEAR = 12
