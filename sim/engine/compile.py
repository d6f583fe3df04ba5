"""Compile a rule, or leave it as plain Python.

``compiled`` is Numba's ``njit`` without the GIL. With ``NUMBA_DISABLE_JIT=1`` in the environment it returns the
function unchanged, so that the same source runs one member at a time in a debugger.

Numba's own cache does not notice that a function in *another* file changed. Compiled code is therefore kept in a user
cache folder named by a hash of every source that compiled code comes from, and of the Numba, NumPy and Python versions.
"""

import hashlib
import os
import platform
import re
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar, cast

import numba
import numpy as np

Rule = TypeVar("Rule", bound=Callable[..., object])

JIT = not numba.config.DISABLE_JIT
COMPILES = "from sim.engine.compile import compiled"
IMPORTED = re.compile(r"^\s*from (sim[\w.]*) import \(?\s*(\w+)", re.MULTILINE)
COMPILED_LAST = "live_chunk"  # the pass over all rows, which calls every rule


def compiled_sources() -> list[Path]:
    """Every file of the package that imports the compiler, and all that these import: constants are compiled in."""
    package = Path(__file__).resolve().parents[1]
    seen: set[Path] = set()
    ahead = [path for path in package.rglob("*.py") if COMPILES in path.read_text("utf-8")]
    while ahead:
        path = ahead.pop()
        if path not in seen:
            seen.add(path)
            ahead += [f for found in IMPORTED.findall(path.read_text("utf-8")) for f in _files(package, *found)]
    return sorted(seen)


def _files(package: Path, module: str, name: str) -> list[Path]:
    """The file behind ``from sim.<module> import <name>``: the module, or the name if that is a module."""
    place = package.joinpath(*module.split(".")[1:])
    return [path for path in (place.with_suffix(".py"), place / f"{name}.py") if path.is_file()]


@lru_cache(maxsize=1)
def source_digest() -> str:
    """Hash of the sources of compiled code: an edit of any of them gives another name."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in compiled_sources():
        digest.update(str(path.relative_to(package)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cache_folder() -> Path:
    """Folder of compiled code that belongs to exactly these sources and versions."""
    root = os.environ.get("CCOSIM_CACHE") or os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    versions = (source_digest(), numba.__version__, np.__version__, platform.python_version(), platform.machine())
    name = hashlib.sha256(" ".join(versions).encode()).hexdigest()[:16]
    return Path(root) / "ccosim" / f"compiled-{name}"


def is_warm() -> bool:
    """Whether code compiled for these sources is already on disk, up to the part that is compiled last."""
    folder = cache_folder()
    return folder.is_dir() and any(folder.rglob(f"*.{COMPILED_LAST}-*.nbc"))


numba.config.CACHE_DIR = str(cache_folder())
# Rules are short branches and loops of nine: vectorized, with their checks and leftovers, they take a third longer.
numba.config.LOOP_VECTORIZE = 0


def compiled(rule: Rule) -> Rule:
    """Compile ``rule`` (cached on disk, GIL released), unless the JIT is off."""
    if not JIT:
        return rule
    return cast(Rule, numba.njit(rule, nogil=True, cache=True, error_model="numpy", no_cfunc_wrapper=True))


def compiled_loop(signature: str) -> Callable[[Rule], Rule]:
    """Compile a long plain loop over the members of a block, at once and vectorized, for arguments of ``signature``."""

    def decorate(loop: Rule) -> Rule:
        if not JIT:
            return loop
        numba.config.LOOP_VECTORIZE = 1
        try:
            return cast(Rule, numba.njit(signature, nogil=True, cache=True, error_model="numpy")(loop))
        finally:
            numba.config.LOOP_VECTORIZE = 0

    return decorate


def compile_message() -> str | None:
    """What to tell a user who is about to wait for the compiler, or None."""
    if not JIT or is_warm():
        return None
    return f"Compiling the member's month for the first time (about half a minute; kept in {cache_folder()}) ..."


def versions() -> dict[str, str]:
    """Versions that a result depends on."""
    return {"python": sys.version.split()[0], "numpy": np.__version__, "numba": numba.__version__}
