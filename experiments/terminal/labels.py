"""Labels of measures and counts in running text."""

from sim.measures.measures import BY_NAME

MONEY = "pmpm_"
NAMES = ("Medicare",)
LEVELS_IN_WORDS = {
    "aian": "American Indian, Alaska Native",
    "asian": "Asian",
    "nhpi": "Native Hawaiian, Pacific Islander",
    "black": "Black",
    "hispanic": "Hispanic",
    "white": "White",
    "multiple_other": "Multiple, other",
    "all": "All members",
    "no": "Not disabled",
    "yes": "Disabled (eligibility)",
}


def counted(number: int, what: str) -> str:
    """A number and what is counted, in the singular or the plural: ``1 run``, ``2 runs``."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def spoken(measure: str) -> str:
    """What a measure is called where no group stands above it: ``Total spending``, ``Spending, state``."""
    label = BY_NAME[measure].label
    if not measure.startswith(MONEY):
        return label
    return "Total spending" if measure == f"{MONEY}total" else f"Spending, {inside(label)}"


def inside(label: str) -> str:
    """A label inside a sentence: QALYs and names stay as they are."""
    return label if label[1:2].isupper() or label in NAMES else label[:1].lower() + label[1:]
