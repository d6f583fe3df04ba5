"""The verbs of the command ``ccosim``, and what they print, draw and write."""

import sys
from pathlib import Path

if sys.argv[:1] == ["-m"] and not sys.flags.safe_path and Path(sys.path[0]) != Path(__file__).resolve().parents[1]:
    del sys.path[0]  # `python -m experiments.cli`: files of the working folder are not modules of this program
