"""The worked example of the page on change over time runs, and its blocks are scenarios."""

import re
import shlex
from pathlib import Path

import numpy as np
import yaml

from sim import Scenario, compare
from sim.schema import PARENT

PAGE = (Path(__file__).resolve().parents[2] / "docs/how-to/change-a-policy-over-time.md").read_text(encoding="utf-8")
BLOCKS = [yaml.safe_load(re.sub("^    ", "", block, flags=re.MULTILINE))
          for block in re.findall(r"\n\n((?:    (?!ccosim).*\n)+)", PAGE)]  # fmt: skip
SMALL = ["population.sample=0.00014", "population.minimum_per_cco=5", "warm_up=12", "seeds=1", "threads=1"]


def test_the_fee_rises_for_two_years_and_no_longer():
    words = shlex.split(re.search(r"ccosim compare (.*arms\.usual.*)", PAGE).group(1))
    keys = {word.partition("=")[0] for word in SMALL}
    scenario = Scenario.compose([*(word for word in words if word.partition("=")[0] not in keys), *SMALL])
    assert [phase.month for phase in scenario.arm("rise").phases] == [12, 36]
    assert scenario.arm("rise").in_force(12).registry["payment.fee_ratio"].value.max() == 1.6
    short = [word.replace("2013-01", "2012-03").replace("2015-01", "2012-06") for word in words if "months" not in word]
    short = [word for word in short if word.partition("=")[0] not in keys and "providers" not in word]
    found = compare(Scenario.compose([*short, *SMALL, "months=6"]))
    paid = [found.results[arm, 0].spending.sum(axis=(1, 2, 3)) for arm in ("usual", "rise")]
    assert (np.flatnonzero(paid[0] != paid[1]) == [2, 3, 4]).all()


def test_the_blocks_are_scenarios():
    arms, levers, event = BLOCKS
    scenario = Scenario(**arms)
    assert [phase.month for phase in scenario.arm("change").phases] == [24, 36]
    points = Scenario(**levers).points
    assert [dict(point.labels)["begins"] for point in points] == ["early", "late"] * 2
    (entry,) = event["at"].values()
    assert Scenario(at={event["begins"]: entry}).in_force(12).registry.get("events.entrants")[PARENT] == 6
