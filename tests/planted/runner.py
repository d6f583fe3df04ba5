"""Plants one bug at a time in a copy of the tree, and runs the tests that ought to notice it.

    python -m tests.planted.runner                 the whole catalog, and the controls (`make planted`)
    python -m tests.planted.runner NAME ...        some of it
    python -m tests.planted.runner --six 17        six cheap ones, others for each number

Rules are interpreted, so that nothing waits for the compiler. The libraries are loaded once, before the model; each
bug gets a fork of that process, which loads the model from the copy. A bug is caught on merit when an assertion fails,
or the ledger refuses its books: a module that no longer loads, or a rule that raises, says nothing about a property.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from tests.planted.bug import Planted
from tests.planted.catalog import CATALOG, CONTROLS

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {"NUMBA_DISABLE_JIT": "1", "COLUMNS": "120", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
FOLDERS, FILES = ("sim", "conf", "experiments", "tests", "docs"), ("pyproject.toml",)
LIBRARIES = ("hydra", "hypothesis", "mesa", "numba", "pandas", "pyarrow", "pydantic", "pytest", "scipy.special", "yaml")
OURS = ("sim", "experiments", "tests")
ON_MERIT = ("AssertionError", "Failed", "LedgerError")  # the last is the books' own: they are checked each month
CAUGHT, NOT_ON_MERIT, SURVIVED, MISPLACED = "caught", "not on merit", "survived", "misplaced"
SIX = 6


@dataclass(frozen=True)
class Report:
    """What became of one planted bug: by which test it was caught, and in how many seconds."""

    name: str
    verdict: str
    by: str = ""
    seconds: float = 0.0


class Watcher:
    """A plugin that notes the first test that fails, and by which kind of fault."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def pytest_exception_interact(self, node: Any, call: Any, report: Any) -> None:
        fault = call.excinfo.value
        while isinstance(fault, BaseExceptionGroup):  # several examples of one property failed
            fault = fault.exceptions[0]
        kind = type(fault).__name__
        self.found = self.found or {"by": node.nodeid, "kind": kind, "when": getattr(report, "when", "collect")}


def misplaced(bug: Planted, root: Path = ROOT) -> str:
    """Return what keeps a bug from being planted, or nothing: each old text must be there exactly once."""
    text = (root / bug.file).read_text(encoding="utf-8")
    for old, new in bug.changes:
        if text.count(old) != 1:
            return f"{bug.name}: {bug.file} has {text.count(old)} times {old!r}"
        text = text.replace(old, new)
    return ""


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of the tree, whose files are links: a changed file is written anew."""
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        copy = Path(folder)
        for name in FOLDERS:
            shutil.copytree(ROOT / name, copy / name, copy_function=_link)
        for name in FILES:
            _link(ROOT / name, copy / name)
        yield copy


def _link(source: str | Path, target: str | Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


@contextmanager
def planted(bug: Planted, copy: Path) -> Iterator[None]:
    """The copy with the bug in it."""
    file, text = copy / bug.file, (ROOT / bug.file).read_text(encoding="utf-8")
    for old, new in bug.changes:
        text = text.replace(old, new)
    file.unlink()
    file.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        file.unlink()
        _link(ROOT / bug.file, file)


def try_tests(copy: Path, tests: Iterable[str]) -> dict[str, str]:
    """Run tests against the copy in a fork; return the first that failed, or nothing."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _in_child(copy, list(tests), writing)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    found: dict[str, str] = json.loads(said) if said else {"by": "the process ended", "kind": "Crash", "when": "run"}
    return found


def _in_child(copy: Path, tests: list[str], writing: int) -> None:
    import pytest

    code, watcher = 1, Watcher()
    try:
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123, a device
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        os.chdir(copy)
        for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
            del sys.modules[name]
        sys.path[:] = [str(copy), *(place for place in sys.path if place not in ("", str(ROOT)))]
        sys.dont_write_bytecode = True
        code = pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--tb=no", "--rootdir", str(copy), *tests], [watcher])
        found = watcher.found
        if code and not found:
            found = {"by": f"pytest ended with {code!s}", "kind": "Crash", "when": "collect"}
        os.write(writing, json.dumps(found).encode())
    except BaseException as fault:
        os.write(writing, json.dumps({"by": repr(fault), "kind": "Crash", "when": "collect"}).encode())
    finally:
        os._exit(int(code))


def judged(bug: Planted, copy: Path) -> Report:
    """Plant a bug, run its tests, and say what became of it."""
    began = perf_counter()
    if why := misplaced(bug):
        return Report(bug.name, MISPLACED, why)
    with planted(bug, copy):
        found = try_tests(copy, bug.tests)
    seconds = perf_counter() - began
    if not found:
        return Report(bug.name, SURVIVED, "", seconds)
    on_merit = found["when"] == "call" and found["kind"] in ON_MERIT
    if on_merit:
        return Report(bug.name, CAUGHT, found["by"], seconds)
    return Report(bug.name, NOT_ON_MERIT, f"{found['by']} ({found['kind']})", seconds)


def run(bugs: Iterable[Planted]) -> list[Report]:
    """Judge bugs one after the other; the tests that caught some must pass where nothing is planted."""
    chosen = list(bugs)
    for name in LIBRARIES:
        __import__(name)
    with copied() as copy:
        reports = []
        for bug in chosen:
            reports.append(judged(bug, copy))
            one = reports[-1]
            print(f"{one.verdict:12s} {one.seconds:6.1f} s  {one.name}  {one.by}", flush=True)
        caught = dict.fromkeys(one.by for one in reports if one.verdict == CAUGHT)
        if caught and (found := try_tests(copy, caught)):
            raise SystemExit(f"{found['by']} fails where nothing is planted ({found['kind']})")
    return reports


def six(number: int) -> list[Planted]:
    """Return six cheap bugs, others for each number until all have had their turn."""
    cheap = [bug for bug in CATALOG if bug.cheap]
    return [cheap[(SIX * number + place) % len(cheap)] for place in range(SIX)]


def main(words: list[str] | None = None) -> int:
    """Return 0 if all were caught on merit, and the controls were not."""
    os.environ.update(SETTINGS)  # before Numba is loaded; not on import, where tests would inherit them
    parser = argparse.ArgumentParser(prog="planted")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--six", type=int)
    chosen = parser.parse_args(words)
    known = {bug.name: bug for bug in (*CATALOG, *CONTROLS)}
    if unknown := sorted(set(chosen.names) - set(known)):
        parser.error(f"unknown: {unknown}")
    bugs = [known[name] for name in chosen.names] or ([*CATALOG, *CONTROLS] if chosen.six is None else six(chosen.six))
    reports = run(bugs)
    of_controls = {bug.name for bug in CONTROLS}
    wrong = [one for one in reports if (one.verdict == CAUGHT) == (one.name in of_controls)]
    counted = [one for one in reports if one.name not in of_controls]
    caught = sum(one.verdict == CAUGHT for one in counted)
    print(
        f"{caught} of {len(counted)} caught on merit; {len(wrong)} to look at: {', '.join(one.name for one in wrong)}"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
