"""`ccosim compare ... | head` ends the talking, not the work."""

import subprocess
import sys

TALKATIVE = """
import sys
from experiments.terminal.pipe import Talk

console = Talk()
for _ in range(2000):
    console.print("x" * 70)
print("worked on", file=sys.stderr)
"""


def test_a_reader_who_leaves_does_not_end_the_work() -> None:
    with subprocess.Popen([sys.executable, "-c", TALKATIVE], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as talker:
        assert talker.stdout is not None
        assert talker.stderr is not None
        talker.stdout.readline()
        talker.stdout.close()
        said = talker.stderr.read().decode()
        assert talker.wait(timeout=60) == 0, said
    assert said.strip() == "worked on"
