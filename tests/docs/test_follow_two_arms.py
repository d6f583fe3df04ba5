"""Does the example that follows two arms work as it is printed?"""

import re
from pathlib import Path

from sim.live import Pair

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/follow-two-arms.md"


def test_the_page_runs_from_its_first_line_to_its_last(capsys):
    code = "".join(re.findall(r"^    (.*\n)", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    smaller = 'common = {"population": "classroom", "months": 7, "warm_up": 6, "population.sample": 0.0005}'
    shorter = re.sub(r"^common = .*$", smaller, code, flags=re.MULTILINE)
    assert shorter != code
    names = {}
    exec(shorter, names)  # noqa: S102, it is our own page
    with names["pair"] as pair:
        assert isinstance(pair, Pair)
        assert pair.month == 6
        assert f"In month {names['apart'][0].month} the two lives part." in capsys.readouterr().out
        assert names["why"].month == names["apart"][0].month
