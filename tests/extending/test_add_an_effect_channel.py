"""An effect channel, added as docs/how-to/add-an-effect-channel.md says: a field, a channel, the rule that reads it."""

from tests.support.copied_tree import Run, Tree

FIELD = """    attachment: Ratio | None = None  # of the chance that a usual clinic is found
"""
CHANNEL = """    Channel(
        "package_attachment",
        (),
        1.0,
        "the chance that a usual clinic is found, x 1 + exposure x (ratio - 1)",
        lambda package, settings: _scaled(package.attachment, settings),
    ),
"""
RULE = """    ratio = 1.0
    for k in range(p.n_packages):
        ratio *= 1.0 + (p.package_attachment[k] - 1.0) * m.package_exposure[k] / FRACTION_GRID
"""
NUMBER = "attachment: {value: 0.25, low: 0.1, high: 1, unit: ratio, kind: assumption, note: For a test.}\n"
PROOF = """
from pathlib import Path
import numpy as np
from sim.axes import parameters_of
from sim.member.access import keep_or_find_clinic
from sim.member.decisions import ROWS
from sim.member.prepare import prepare
from sim.schema import AREA, CLINIC, FRACTION_GRID, MEMBER, MONTH
from sim.upstream.channels import compile_packages
from sim.upstream.load import load_packages

conf = Path("conf")
registry = parameters_of(conf)
p = prepare(registry, conf, compile_packages(load_packages(["chw", "cash"], conf), registry), 2, 0)[0]
for k in range(2):  # fully exposed to one of the two packages
    m, t, here, clinic = (np.zeros(1, kind).view(np.recarray)[0] for kind in (MEMBER, MONTH, AREA, CLINIC))
    m.package_exposure[k], t.asked[0], clinic.intake = FRACTION_GRID, 1, 1
    keep_or_find_clinic(m, t, here, clinic, np.full((ROWS, 1), p.access_attach / 2), 0, p)
    print(m.attached)
"""


def test_a_package_acts_through_a_new_channel(tree: Tree, untouched: Run) -> None:
    tree.add("sim/upstream/package.py", "    enrollment: Ratio | None", FIELD)
    tree.add("sim/upstream/channels.py", '    Channel(\n        "package_enrollment"', CHANNEL)
    tree.add("sim/member/access.py", "    return p.access_attach * clinic.intake", RULE)
    tree.add("sim/member/access.py", "p.access_attach * clinic.intake", "ratio * ")
    tree.add("sim/member/access.py", "from sim.schema import ENROLLED, ", "from sim.schema import FRACTION_GRID\n")
    assert tree.run("upstream=chw")["counts"] == untouched("upstream=chw")["counts"]  # no package states it yet
    tree.add("conf/packages/chw.yaml", "lag: ", NUMBER)
    done = tree.python(PROOF)
    assert done.stdout.split() == ["0", "1"], (
        done.stderr
    )  # the clinic is found less often with chw, as before with cash
