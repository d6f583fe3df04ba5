"""Says what is wrong with a scenario: every fault at once, each with its key, its value and what is allowed."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from sim.engine.text import did_you_mean, shown


class ScenarioError(Exception):
    """One or more faults in what was asked for; ``messages`` lists them all."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = list(dict.fromkeys(messages))
        super().__init__("\n".join(self.messages))


UNQUOTED = "YAML reads words such as no and on, numbers and dates as such: quotes make text of them ('no')"
KINDS = ("int", "str", "float", "bool")


def messages_of(error: ValidationError, model: type[BaseModel], elsewhere: Callable[[str], str]) -> list[str]:
    """Return one message for each fault that pydantic found in ``model``.

    ``elsewhere`` says where a key that ``model`` has not is found, or is empty.
    """
    found: dict[str, str] = {}
    for fault in error.errors(include_url=False):
        steps = tuple(str(step) for step in fault["loc"])
        if steps[:1] == ("arms",) and steps[-1] == "[key]":
            continue  # the arm's own message says so
        if len(steps) > 1 and steps[-1] in KINDS:  # pydantic tells of each kind that a value is not
            steps = steps[:-1]
        found.setdefault(".".join(steps), _message(steps, dict(fault), model, elsewhere))
    return list(found.values())


def _message(
    steps: tuple[str, ...], fault: dict[str, Any], model: type[BaseModel], elsewhere: Callable[[str], str]
) -> str:
    key = ".".join(steps)
    if not steps:
        return str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] == "extra_forbidden":
        return f"{key}: no such key{elsewhere(key) or did_you_mean(key, keys_of(model))}"
    if fault["type"] == "missing":
        option = fault["input"].get("name") if isinstance(fault["input"], dict) else None
        return f"{key}: is missing{f' in {steps[0]}/{option}.yaml' if option else ''}"
    if fault["type"] == "invalid_key" and steps[-1] == "[key]":
        steps = steps[:-1]
    if fault["type"] == "invalid_key":
        return f"{'.'.join(steps)}: is no key; {UNQUOTED}"
    field = field_at(model, steps)
    said = str(fault["msg"]).removeprefix("Value error, ") if fault["type"] == "value_error" else ""
    must = said or (f"must be {allowed(field)}" if field is not None else str(fault["msg"]))
    if fault["type"] == "string_type" and isinstance(fault["input"], bool | int | float | date):
        must += f"; {UNQUOTED}"
    near = did_you_mean(str(fault["input"]), _words_of(field)) if not said and field is not None else ""
    return f"{key}={shown(fault['input'])}: {must}{near}"


def field_at(model: type[BaseModel], steps: Sequence[str]) -> FieldInfo | None:
    """Return the declaration of a dotted key, or of the list that an element of the key belongs to."""
    field = model.model_fields.get(steps[0])
    if field is None or len(steps) == 1:
        return field
    group = field.annotation
    if isinstance(group, type) and issubclass(group, BaseModel):
        return field_at(group, steps[1:])
    return field


def keys_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Yield every dotted key of a model."""
    for name, field in model.model_fields.items():
        yield prefix + name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from keys_of(field.annotation, f"{prefix}{name}.")


def allowed(field: FieldInfo) -> str:
    """Return in words what a key may be: from its declared words, its choices, or its bounds."""
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "allowed" in extra:
        return str(extra["allowed"])
    if words := _words_of(field):
        return "one of " + ", ".join(words)
    annotation: Any = field.annotation
    if annotation is str:
        return "text" + "".join(
            f" of at most {one.max_length} letters" for one in field.metadata if hasattr(one, "max_length")
        )
    kind = {int: "a whole number", float: "a number"}.get(annotation, "a valid value")
    return kind + _bounds(field)


def _words_of(field: FieldInfo) -> list[str]:
    """Return the words among which a key chooses; of another key none."""
    return [str(choice) for choice in get_args(field.annotation)] if get_origin(field.annotation) is Literal else []


def _bounds(field: FieldInfo) -> str:
    words = []
    for bound in field.metadata:
        match bound:
            case Ge():
                words.append(f"at least {bound.ge}")
            case Gt():
                words.append(f"above {bound.gt}")
            case Le():
                words.append(f"at most {bound.le}")
            case Lt():
                words.append(f"below {bound.lt}")
    return f", {' and '.join(words)}" if words else ""
