"""Turns what pydantic finds wrong with a package file into messages that a reader can act on."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from sim.engine.text import did_you_mean, shown
from sim.upstream.package import Package


class PackageError(ValueError):
    """One or more faults in package files; ``messages`` lists them all."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = list(messages)
        super().__init__("\n".join(self.messages))


def messages_of(file: str, faults: ValidationError) -> list[str]:
    """Return one message for each fault: file, key, what is wrong, what is allowed, the nearest valid name."""
    return [f"{file}: {_message(fault)}" for fault in faults.errors(include_url=False)]


def _message(fault: Any) -> str:
    place = [step for step in fault["loc"] if step != "[key]"]
    where = ".".join(str(step) for step in place)
    if fault["type"] == "extra_forbidden":
        allowed = _keys_allowed(place[:-1])
        return f"{where}: unknown key{did_you_mean(str(place[-1]), allowed)}; allowed: {', '.join(allowed)}"
    if fault["type"] == "missing":
        return f"{where}: is missing"
    if fault["type"] in ("literal_error", "union_tag_invalid"):
        return f"{where}: {_not_in_vocabulary(fault)}"
    text = str(fault["msg"]).removeprefix("Value error, ")
    given = "" if isinstance(fault["input"], dict | BaseModel) else f" (given: {shown(fault['input'])})"
    return f"{where}: {text}{given}" if where else f"{text}{given}"


def _not_in_vocabulary(fault: Any) -> str:
    context = fault["ctx"]
    words = context.get("expected") or context["expected_tags"]
    valid = [word.strip(" '") for word in str(words).replace(" or ", ", ").split(",")]
    given = context.get("tag", fault["input"])
    return f"{shown(given)} is not known{did_you_mean(str(given), valid)}; allowed: {', '.join(valid)}"


def _keys_allowed(place: Sequence[str | int]) -> list[str]:
    """Return the keys of the part of a package at ``place``; steps that are labels or tags lead nowhere new."""
    parts: list[type[BaseModel]] = [Package]
    for step in place:
        deeper = [kind for part in parts if step in part.model_fields for kind in _parts_in(part, str(step))]
        tagged = [part for part in parts if "kind" in part.model_fields and step in _labels(part)]
        parts = deeper or tagged or parts
    return sorted({name for part in parts for name in part.model_fields} - {"name"})


def _parts_in(part: type[BaseModel], field: str) -> Iterator[type[BaseModel]]:
    yield from _unwrapped(part.model_fields[field].annotation)


def _unwrapped(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _unwrapped(inner)


def _labels(part: type[BaseModel]) -> tuple[Any, ...]:
    return get_args(part.model_fields["kind"].annotation)
