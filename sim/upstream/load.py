"""Read package files and report every fault of every file at once."""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from sim import schema
from sim.engine.parameter_files import evidence_ids
from sim.engine.parameters import Registry
from sim.engine.text import did_you_mean, shown
from sim.engine.yaml_files import QUOTED, YamlError, read_yaml, version_of
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
        hint = f"; {QUOTED}" if fault["input"] is None else ""
        return f"{where}: unknown key{did_you_mean(str(place[-1]), allowed)}; allowed: {', '.join(allowed)}{hint}"
    if fault["type"] == "invalid_key":
        return f"{where}: is no key, for YAML reads it as a number, a date or a truth value; {QUOTED}"
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
    """Return the keys allowed in the part of a package at ``place``; labels and tags are not parts."""
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


def package_names(conf: Path) -> tuple[str, ...]:
    """Return the names of all packages that ``conf/packages`` declares, in order of name."""
    return tuple(sorted(file.stem for file in (conf / "packages").glob("*.yaml")))


def load_packages(names: Sequence[str], conf: Path, numbers: Registry | None = None) -> tuple[Package, ...]:
    """Return the named packages, in the order given, which is that of the bits in the members' masks.

    Parameters
    ----------
    names, conf : the packages, and the folder that holds ``packages/``.
    numbers : a registry whose values replace those of the files (``parameters.packages.chw.cost.month=300``).

    Raises
    ------
    PackageError
        With every fault: unknown or repeated names, more than ``MAX_PACKAGES``, and all faults of the files.
    """
    faults = _faults_of_names(names, package_names(conf))
    known = evidence_ids(conf)
    packages = []
    for name in names:
        file = (conf / "packages" / f"{name}.yaml").resolve()  # of a user's own folder there is a link
        if name in package_names(conf):
            packages.append(_read(name, file, known, faults, numbers))
    if faults:
        raise PackageError(faults)
    return tuple(package for package in packages if package is not None)


def _faults_of_names(names: Sequence[str], valid: Sequence[str]) -> list[str]:
    faults = [
        f"upstream.packages: no package {name!r}{did_you_mean(name, valid)}; allowed: {', '.join(valid)}"
        for name in names
        if name not in valid
    ]
    faults += [f"upstream.packages: {name!r} is given twice" for name in sorted(set(names)) if names.count(name) > 1]
    if len(names) > schema.MAX_PACKAGES:
        faults.append(f"upstream.packages: {len(names)} packages, at most {schema.MAX_PACKAGES} fit")
    return faults


@cache
def _content(file: Path, _version: tuple[int, int]) -> Any:
    """Return the plain data of a package file, which nobody changes, until the file changes."""
    return read_yaml(file)


def _read(
    name: str, file: Path, known: frozenset[str] | None, faults: list[str], numbers: Registry | None
) -> Package | None:
    try:
        content = _content(file, version_of(file))
        if not isinstance(content, dict):
            faults.append(f"{file}: must map the fields of a package to their values")
            return None
        package = Package.model_validate({**_with_values(content, f"packages.{name}", numbers), "name": name})
    except YamlError as fault:
        faults.append(str(fault))
    except ValidationError as fault:
        faults.extend(messages_of(str(file), fault))
    else:
        faults.extend(f"{file}: {message}" for message in _unknown_evidence(package, known))
        return package
    return None


def _with_values(part: Any, path: str, numbers: Registry | None) -> Any:
    """Return a part of a package file with the registry's values instead of its own."""
    if numbers is None or not isinstance(part, dict):
        return part
    if "value" in part:
        return part | _used(numbers, path) if path in numbers else part
    return {key: _with_values(below, f"{path}.{key}", numbers) for key, below in part.items()}


def _used(numbers: Registry, path: str) -> dict[str, float]:
    """Return a number of a package as a run uses it, with its range: dollars are of month 0."""
    scale = numbers.conversion(numbers[path])
    value = numbers.get(path)
    return {"value": value * scale, **({} if scale == 1 else numbers.range_of(path, scale))}


def _unknown_evidence(package: Package, known: frozenset[str] | None) -> list[str]:
    if known is None:
        return []
    cited = [("evidence", source) for source in package.evidence]
    cited += [(path.split(".", 2)[2], source) for path, number in package.numbers() for source in number.evidence]
    return [
        f"{path}: no row {source!r} in evidence.csv{did_you_mean(source, known)}"
        for path, source in cited
        if source not in known
    ]
