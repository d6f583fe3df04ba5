"""Reads the files of a study's folder, which may come from others: each fault is one sentence that names the file."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from sim.engine.yaml_files import FLOAT
from sim.study.atomic import read_plain
from sim.study.errors import StudyError

DEEPEST = 32  # levels of lists and mappings; the deepest file that a study writes has nine
NO_MAPPING = "it must map keys to values"
LARGEST = 500_000_000  # bytes of a file that is read at once
BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z)|[\[\]{}]', re.DOTALL)  # those in strings do not count


@contextmanager
def blaming(path: Path, instead: str = "cannot be read") -> Iterator[None]:
    """Turn any fault in a file's content into a ``StudyError`` that names the file."""
    try:
        yield
    except StudyError:
        raise
    except FileNotFoundError:
        raise StudyError(f"{path} is missing") from None
    except OSError as fault:
        raise StudyError(f"{path} {instead}: {fault.strerror or fault}") from None
    except KeyError as fault:
        raise StudyError(f"{path} {instead}: it holds no {fault}") from None
    except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError, RuntimeError) as fault:
        raise StudyError(f"{path} {instead}: {' '.join(str(fault).split())[:300]}") from None


def read_json(path: Path) -> dict[str, Any]:
    """Return the mapping that a JSON file of a study holds.

    Raises
    ------
    StudyError
        If the file is missing, no JSON, nested too deep, or holds anything else.
    """
    with blaming(path, "is damaged"):
        return parse_json(read_plain(path, LARGEST).decode())


def parse_json(text: str) -> dict[str, Any]:
    """Return the mapping that a JSON text holds.

    Raises
    ------
    ValueError
        If it holds none, or nests too deep for those who read it.
    """
    depth = 0
    for found in BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > DEEPEST:
            raise ValueError(f"nested more than {DEEPEST} deep")
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError(NO_MAPPING)
    return found


def check_kinds(found: Any, kinds: Mapping[str, Any], *, all_of_them: bool) -> None:
    """Check that a mapping has its keys, and each value its kind.

    Raises
    ------
    KeyError, ValueError
        With the first that is missing or of another kind.
    """
    if not isinstance(found, dict):
        raise ValueError(NO_MAPPING)
    for key, kind in kinds.items():
        if key not in found:
            if all_of_them:
                raise KeyError(key)
        elif not isinstance(found[key], kind) or (isinstance(found[key], bool) and kind in (int, float)):
            raise ValueError(f"{key} is of another kind than a study writes")


class _PlainDumper(yaml.SafeDumper):
    """Writes what ``parse_yaml`` reads: no aliases, and quotes around text that it would take for a number."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_PlainDumper.add_implicit_resolver(*FLOAT)


def as_yaml(plain: Mapping[str, Any]) -> str:
    """Return plain data as the YAML text of a study."""
    return str(yaml.dump(dict(plain), Dumper=_PlainDumper, sort_keys=False, allow_unicode=True))
