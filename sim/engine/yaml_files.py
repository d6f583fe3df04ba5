"""Reads YAML data files strictly: plain data only, no aliases, no tags, no key twice, nothing huge or deep.

PyYAML keeps the last of two equal keys without a word and expands aliases; both hide mistakes in tables of numbers. It
fails on a tag such as ``!!bool x`` without a useful message, and thousands of nested brackets end the process. A first
pass over the events, which needs no recursion, refuses both.
"""

import re
from pathlib import Path
from typing import Any

import yaml

DEEPEST = 32  # levels of lists and mappings; the deepest file that ships has seven
LARGEST_FILE = 8_000_000  # bytes; the largest data file that ships is a hundredth of this
FLOAT: Any = (
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?[0-9]+(?:\.[0-9]*)?[eE][-+]?[0-9]+$"),
    list("-+0123456789"),
)

OTHER_NUMBER = re.compile(r"[-+]?(?:0[0-9_]+|[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)")
"""What YAML 1.1 reads in base 8 (010) or in base 60 (1:30), and nobody means so."""

_FastLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


QUOTED = 'a text with a comma, a colon or a # must stand in quotes, as note: "yes, like this"'


class YamlError(ValueError):
    """A data file that cannot be read as plain data; the message names the file and the line."""

    @property
    def messages(self) -> list[str]:
        """The fault, as other errors list theirs."""
        return [str(self)]


class OtherNumberError(YamlError):
    """A number that YAML would read as another one."""


class _StrictLoader(_FastLoader):  # type: ignore[misc]
    """Plain data only; YAML 1.1 reads ``1e-3`` as text, this reads it as the number that was meant."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if node in self.constructed_objects:
            raise YamlError(f"line {node.start_mark.line + 1}: aliases (&, *) are not allowed in data files")
        return super().construct_object(node, deep=deep)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(mapping) != len(node.value):
            raise YamlError(f"line {node.start_mark.line + 1}: {_repeated_key(node)}")
        return mapping


_StrictLoader.add_implicit_resolver(*FLOAT)


def _repeated_key(node: yaml.MappingNode) -> str:
    seen: set[str] = set()
    for key, _ in node.value:
        if key.value in seen:
            return f"the key {key.value!r} is given twice"
        seen.add(key.value)
    return "merge keys (<<) are not allowed in data files"


def version_of(file: Path) -> tuple[int, int]:
    """Return when a file changed last, and its size: what was read from it holds as long as both do; 0 without it."""
    try:
        of_file = file.stat()
    except OSError:
        return 0, 0
    return of_file.st_mtime_ns, of_file.st_size


def read_yaml(path: Path) -> Any:
    """Return the plain data of a YAML file.

    Raises
    ------
    YamlError
        If the file is missing, too large, not YAML, or uses aliases, repeated keys or tags of objects.
    """
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise YamlError(f"{path.resolve()}: larger than {LARGEST_FILE} bytes")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise YamlError(f"{path}: cannot be read ({fault})") from None
    return parse_yaml(text, str(path.resolve()))


def parse_yaml(text: str, where: str) -> Any:
    """Return the plain data of a YAML text; ``where`` names it in messages."""
    try:
        _check_events(text)
        loader = _StrictLoader(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except YamlError as fault:
        raise type(fault)(f"{where}: {fault}") from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as fault:
        raise YamlError(f"{where}: not valid YAML ({_one_line(fault)}){_hint(text, fault)}") from None


def _check_events(text: str) -> None:
    """Refuse tags, deep nesting and numbers that would be read as others before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=_FastLoader):
        line = getattr(event.start_mark, "line", 0) + 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise YamlError(f"line {line}: nested more than {DEEPEST} deep")
        if getattr(event, "tag", None) is not None:
            raise YamlError(f"line {line}: tags (!, !!) are not allowed in data files")
        if isinstance(event, yaml.ScalarEvent) and event.implicit[0] and _is_other_number(event.value):
            what = "YAML reads a number that begins with 0, or has a colon in it, in base 8 or 60"
            raise OtherNumberError(f"line {line}: {event.value}: {what}; write it plainly, or put a text in quotes")


def _is_other_number(text: str) -> bool:
    """Whether YAML 1.1 takes a text for another number than everybody else does; 00 and 07 are what they seem."""
    if not OTHER_NUMBER.fullmatch(text):
        return False
    return ":" in text or bool(re.search("[89]", text)) or int(text.replace("_", ""), 8) != int(text.replace("_", ""))


def _hint(text: str, fault: BaseException) -> str:
    """Say what breaks most files, if the line at fault, or the one before it, may be broken so."""
    line = getattr(getattr(fault, "problem_mark", None), "line", None)
    near = " ".join(text.splitlines()[max(0, line - 1) : line + 1]) if line is not None else ""
    return f"; {QUOTED}" if "note:" in near else ""


def _one_line(fault: BaseException) -> str:
    return " ".join(str(fault).split())[:300]
