"""Changes that are no bugs of the catalog: they show that the runner tells what is caught from what is not."""

from tests.planted.bug import bug
from tests.planted.catalog.tests import USE

CONTROLS = (
    bug(
        "control: a comment",
        "sim/member/wellbeing.py",
        '    """Each further need counts less."""\n',
        '    """Each further need counts less than the one before."""\n',
        "nothing: it must survive",
        f"{USE}::test_needs_take_from_quality_of_life_each_further_one_less",
    ),
    bug(
        "control: a module that does not load",
        "sim/member/wellbeing.py",
        "MILLIONTHS_PER_MONTH = 1e6 / 12.0\n",
        "MILLIONTHS_PER_MONTH = 1e6 / nothing\n",
        "everything: it must not count as caught on merit",
        f"{USE}::test_needs_take_from_quality_of_life_each_further_one_less",
    ),
)
