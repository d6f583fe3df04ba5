"""Compile a rule, or leave it as plain Python.

``compiled`` is Numba's ``njit`` without the GIL. With ``NUMBA_DISABLE_JIT=1`` in the environment it returns the
function unchanged, so that the same source runs one member at a time in a debugger.

Numba's own cache does not notice that a function in *another* file changed. Compiled code is therefore kept in a user
cache folder named by a hash of every source that compiled code comes from, and of the Numba, NumPy and Python versions.
Where that folder cannot be written, Numba would fall back to files beside the sources, which ignore such changes: a
private temporary folder takes its place, for this process and the workers that it starts.
"""

import atexit
import hashlib
import os
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numba import types
from numba.core.compiler_lock import global_compiler_lock
from numba.np import arrayobj

from sim.engine.compile_known import asked_once
from sim.engine.compile_rules import CompilerOfRules
from sim.engine.kept_folder import kept_folder, one_at_a_time

Rule = TypeVar("Rule", bound=Callable[..., object])

IMPORT = re.compile(r"(?m)^[ \t]*(?:from[ \t]+(\S+)[ \t]+import[ \t]+(\([^)]*\)|[^\n]*)|import[ \t]+([^\n]*))")
WORD = re.compile(r"[\w.]+")
JIT = not numba.config.DISABLE_JIT
COMPILES = "from sim.engine.compile import compiled"
COMPILED_FOLDER = "compiled-"  # how the names of folders of compiled code begin
COMPILED_LAST = "live_rows"  # the pass over all rows, which calls every rule


def compiled_sources() -> list[Path]:
    """Every file of the package that imports the compiler, and all that these import: constants are compiled in."""
    package = Path(__file__).resolve().parents[1]
    seen: set[Path] = set()
    ahead = [path for path in package.rglob("*.py") if COMPILES in path.read_text("utf-8")]
    while ahead:
        path = ahead.pop()
        if path not in seen:
            seen.add(path)
            ahead += _imported(package, path.read_text("utf-8"))
    return sorted(seen)


def _imported(package: Path, source: str) -> Iterator[Path]:
    """Files of the package that a source imports, in whatever form: modules, and names that may be modules.

    A line of text that looks like an import counts as one: a file too many does no harm, and a parser takes longer than
    all the rest of the start.
    """
    for origin, names, plain in IMPORT.findall(source):
        modules = [origin, *(f"{origin}.{name}" for name in WORD.findall(names)), *WORD.findall(plain)]
        for module in modules:
            root, *steps = module.split(".")
            path = package.joinpath(*steps).with_suffix(".py")
            if root == package.name and path.is_file():
                yield path


@lru_cache(maxsize=1)
def source_digest() -> str:
    """Hash of the sources of compiled code: an edit of any of them gives another name."""
    package = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for path in compiled_sources():
        digest.update(str(path.relative_to(package)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def cache_root() -> Path:
    """Folder that holds what ccosim keeps from one day to the next."""
    return cache_folder().parent


@lru_cache(maxsize=1)
def cache_folder() -> Path:
    """Folder of compiled code that belongs to exactly these sources and versions, and can be written."""
    versions = (source_digest(), numba.__version__, np.__version__, platform.python_version(), platform.machine())
    name = hashlib.sha256(" ".join(versions).encode()).hexdigest()[:16]
    root = kept_folder()
    if root is None or not _can_write(root / f"{COMPILED_FOLDER}{name}"):
        root = _private_folder()
    return root / f"{COMPILED_FOLDER}{name}"


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _private_folder() -> Path:
    """Make a folder that only this user reads, name it to the workers to come, and remove it at the end."""
    private = tempfile.mkdtemp(prefix="ccosim-")
    os.environ["CCOSIM_CACHE"], os.environ["CCOSIM_STARTS"] = private, "0"  # what ends with the process saves nothing
    atexit.register(shutil.rmtree, private, ignore_errors=True)
    return Path(private) / "ccosim"


def is_warm() -> bool:
    """Whether code compiled for these sources is already on disk, up to the part that is compiled last."""
    folder = cache_folder()
    return folder.is_dir() and any(folder.rglob(f"*.{COMPILED_LAST}-*.nbc"))


KEPT = os.environ.get("CCOSIM_CACHE")
if JIT:
    numba.config.CACHE_DIR = str(cache_folder())
IS_TEMPORARY = os.environ.get("CCOSIM_CACHE") != KEPT
# Rules are short branches and loops of nine: vectorized, with their checks and leftovers, they take longer. Unrolled,
# some of them are put together to vectors without checks, since arguments do not overlap.
numba.config.LOOP_VECTORIZE = 0
numba.config.SLP_VECTORIZE = 1
# Numba writes out every field of its records whenever one of its steps begins. The name says the same, and is kept.
types.Record.__repr__ = types.Type.__repr__


def compiled(rule: Rule) -> Rule:
    """Compile ``rule`` (cached on disk, GIL released), unless the JIT is off.

    Three promises make it quick. A rule makes no arrays, so nothing counts their uses. No argument shares memory with
    another, so what was read stays in registers. No index is negative, so none is counted from the end. For the last
    two see tests/unit/engine/test_what_the_compiler_is_told.py.
    """
    return _compiled(rule, counts_uses=False, apart=True)


def compiled_in_place(rule: Rule) -> Rule:
    """Compile a rule into the one place, or the few, from which it is called: no call saves and loads registers.

    For rules of every member's month. One that seldom comes up would only make the code around it longer.
    """
    return _compiled(rule, counts_uses=False, apart=True, in_place=True)


def compiled_sharing(loop: Rule) -> Rule:
    """Compile a function that sees the same memory in two ways, or gives back what it was given."""
    return _compiled(loop, counts_uses=False)


def compiled_with_arrays(loop: Rule) -> Rule:
    """Compile a function that makes arrays of its own, or gives one back where it is called with whole columns."""
    return _compiled(loop, counts_uses=True)


def _compiled(rule: Rule, counts_uses: bool, apart: bool = False, in_place: bool = False) -> Rule:
    """Compile a rule in two forms: for Python, and for the rules that call it.

    Of two hundred rules Python calls a dozen. What rules call needs no entry for Python and no machine code of its own
    (``compile_rules.py``); it has a folder of its own on disk, so that Python never finds it there.
    """
    if not JIT:
        return rule
    options = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True, "_nrt": counts_uses}
    made = _dispatcher(rule, apart, cache=True, **options)

    @cache
    def for_rules() -> Any:
        numba.config.CACHE_DIR = str(cache_folder() / "for_rules")
        own = {"no_cpython_wrapper": True, "forceinline": in_place, "pipeline_class": CompilerOfRules}
        try:
            return _dispatcher(rule, apart, cache=True, **own, **options)
        finally:
            numba.config.CACHE_DIR = str(cache_folder())

    def for_any_integer(args: Iterable[types.Type], kws: dict[str, types.Type]) -> Any:
        """Numba would compile a rule again for each constant, and each size of integer, with which another calls it."""
        widest = {name: _widest(one) for name, one in kws.items()}
        return for_rules().get_call_template([_widest(one) for one in args], widest)

    made.get_call_template = for_any_integer
    made.get_overload = lambda signature: for_rules().get_overload(signature)
    return cast(Rule, made)


def _dispatcher(rule: Rule, apart: bool, **options: Any) -> Any:
    """Numba's compiler of one rule: no index is negative and, if ``apart``, no argument overlaps another."""
    made = numba.njit(rule, **options)
    if apart:
        made._compiler._customize_flags = _arguments_apart
    compile_usually = made.compile

    def compile_from_zero(signature: Any) -> Any:
        with indexes_from_zero(), asked_once():
            return compile_usually(signature)

    made.compile = compile_from_zero
    keep = made._cache.save_overload

    def keep_alone(signature: Any, code: Any) -> None:
        """Numba reads an index, numbers the new file and writes both: another process may do so at the same time."""
        with one_at_a_time(cache_folder()):
            keep(signature, code)

    made._cache.save_overload = keep_alone
    return made


def _arguments_apart(flags: Any) -> Any:
    """Let the compiler take for granted that no argument overlaps what another points to and is written."""
    flags.noalias = True
    return flags


@contextmanager
def indexes_from_zero() -> Iterator[None]:
    """Compile ``table[i]`` for an ``i`` that is never negative, as no index of a rule is.

    Otherwise each index is compared with 0, and counted from the end if it is below: a twentieth of a month's time.
    Only what is compiled inside is concerned, no function of a user.
    """
    with global_compiler_lock:
        usual = arrayobj.fix_integer_index
        arrayobj.fix_integer_index = _as_it_is
        try:
            yield
        finally:
            arrayobj.fix_integer_index = usual


def _as_it_is(context: Any, builder: Any, kind: types.Type, index: Any, size: Any) -> Any:
    """Return the index as one of the machine's, not counted from the end."""
    return context.cast(builder, index, kind, types.intp)


def _widest(kind: types.Type) -> types.Type:
    """Return the type as which an argument is taken: whole numbers of at most 32 bits are the same in 64."""
    kind = types.unliteral(kind)
    return types.int64 if isinstance(kind, types.Integer) and kind.bitwidth < types.int64.bitwidth else kind


def compiled_loop(signature: str) -> Callable[[Rule], Rule]:
    """Compile a long plain loop over the members of a block, vectorized, for arguments of ``signature``.

    Nothing checks that what it is called with is of these types: every caller knows them.
    It is compiled when it is first called, which it seldom is where all is compiled: it is part of the month.
    """

    def decorate(loop: Rule) -> Rule:
        if not JIT:
            return loop
        made = numba.njit(loop, nogil=True, cache=True, error_model="numpy")
        compile_usually = made.compile

        def compile_as_told(_: Any) -> Any:
            with global_compiler_lock:  # no other thread may compile by this setting, or change it
                numba.config.LOOP_VECTORIZE = 1
                try:
                    return compile_usually(signature)
                finally:
                    numba.config.LOOP_VECTORIZE = 0

        made.compile = compile_as_told
        return cast(Rule, made)

    return decorate


def compile_message(names_folder: bool = True) -> str | None:
    """What to tell a user who is about to wait for the compiler, or None."""
    if not JIT or is_warm():
        return None
    if IS_TEMPORARY:
        why = "the cache folder cannot be written, set CCOSIM_CACHE to one that can"
        return f"Compiling the member's month (about 20 seconds, at every start: {why}) ..."
    kept = f"; kept in {cache_folder()}" if names_folder else ", once on this machine"
    return f"Compiling the member's month for the first time (about 20 seconds{kept}) ..."


def versions() -> dict[str, str]:
    """Versions that a result depends on."""
    return {"python": sys.version.split()[0], "numpy": np.__version__, "numba": numba.__version__}
