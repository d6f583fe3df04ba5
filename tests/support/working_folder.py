"""Starts Python as a user does, in some folder; and a folder whose files carry the names of modules."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TRAPS = ("sim", "experiments", "numpy", "numba", "random", "yaml", "pandas", "socket", "signal", "pickle", "tempfile")


def stub_sweep():
    """The program that sweeps without a model."""
    return str(ROOT / "tests" / "support" / "stub_sweep.py")


def program(words, folder, **variables):
    """A Python started there, with the packages of this checkout."""
    places = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(places), **variables}
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, *words], cwd=folder, env=env, text=True, stdout=pipe, stderr=pipe)


def lay_traps(folder):
    """Fill a folder with files that leave a mark when they are imported, and end whoever imports them."""
    folder.mkdir()
    for name in TRAPS:
        text = f"open({str(folder / name)!r} + '.imported', 'w').close()\nraise SystemExit(9)\n"
        (folder / f"{name}.py").write_text(text)
    return folder


def sprung(folder):
    return sorted(file.name for file in folder.glob("*.imported"))
