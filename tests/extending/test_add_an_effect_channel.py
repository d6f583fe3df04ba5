"""An effect channel, added as docs/how-to/add-an-effect-channel.md says: a field, a channel, the rule that reads it."""

from tests.extending.conftest import Tree

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
NUMBER = "attachment: {value: 0, low: 0, high: 4, unit: ratio, kind: assumption, note: For a test.}\n"
CHANCE = "elif t.asked[PRIMARY] > 0 and u[ATTACH, j] < "
PLAIN_RUN = ("upstream=chw", "parameters.access.detach=0", "months=4")


def test_a_package_acts_through_a_new_channel(tree: Tree, untouched: Tree) -> None:
    tree.add("sim/upstream/package.py", "    enrollment: Ratio | None", FIELD)
    tree.add("sim/upstream/channels.py", '    Channel(\n        "package_enrollment"', CHANNEL)
    tree.add("sim/member/access.py", "    if m.attached:\n        if u[ATTACH, j]", RULE)
    tree.add("sim/member/access.py", "p.access_attach * clinic.intake", "ratio * ")
    tree.add("sim/member/access.py", "from sim.schema import DENTAL, ", "from sim.schema import FRACTION_GRID\n")
    unused = tree.run("upstream=chw")
    assert unused == untouched.run("upstream=chw")  # where no package states it, a channel does nothing
    tree.add("conf/packages/chw.yaml", "lag: ", NUMBER)
    done = tree.python(TABLE)
    assert done.stdout.split() == ["0.0", "1.0"], done.stderr


TABLE = """
from pathlib import Path
from sim.axes import parameters_of
from sim.upstream.channels import compile_packages
from sim.upstream.load import load_packages

conf = Path("conf")
table = compile_packages(load_packages(["chw", "cash"], conf), parameters_of(conf))["package_attachment"]
print(*table[:2])
"""
