"""What differs between two scenarios or two studies: settings, what changes when, arms, numbers, results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import split
from shutil import copy2
from tempfile import TemporaryDirectory
from typing import Any

from experiments.terminal.arguments import MANIFEST, find_study
from experiments.terminal.tables import in_words
from sim.engine.parameters import Parameter, Registry
from sim.engine.text import printable
from sim.engine.yaml_files import LARGEST_FILE
from sim.measures.side_by_side import read_table
from sim.own_folder import ConfError, of_folder, own_folder
from sim.paths import conf_folder, user_path
from sim.scenario import Scenario, ScenarioError
from sim.scenario.declared import with_values
from sim.scenario.digests import file_digest
from sim.scenario.overrides import EXPERIMENT, options
from sim.study import Study, load_study
from sim.study.errors import INPUTS

NONE = "-"
CELLS = 4  # cells of a table that are listed one by one
OF_A_NAME = ("title", "experiment", "study", "results_root", "threads", "conf", "labels")  # change no result
OF_CODE = ("ccosim_version", "git_commit", "git_dirty", "data_digest", "python")
COPIED = f"{EXPERIMENT}/that_file.yaml"
APART = ("at", "arms", "parameters")


@dataclass(frozen=True)
class Side:
    """One of the two: what it is called, its plain scenario, its numbers, the files it reads, and its study if any."""

    name: str
    plain: Mapping[str, Any]
    registry: Registry
    files: Mapping[str, str]
    study: Study | None = None


@dataclass(frozen=True)
class Row:
    """Something that differs: what, on either side, and what it means."""

    what: str
    one: str
    other: str
    about: str = ""


def side_of(word: str, results: Path) -> Side:
    """Return what a word names: a study, a file of an experiment, an experiment, or overrides in quotes.

    Raises
    ------
    ScenarioError, StudyError
        If it is none of them, or cannot be read; with every fault.
    """
    path = user_path(word)
    if word and "=" not in word and (path.suffix in (".yaml", ".yml") or path.is_file()):
        return _of_scenario(word, _of_file(path))
    if not word or "=" in word:
        return _of_scenario(word or "the default scenario", Scenario.compose(split(word)))
    if word in options(conf_folder(), EXPERIMENT) and not (results / word / MANIFEST).is_file():
        return _of_scenario(word, Scenario.compose([f"{EXPERIMENT}={word}"]))
    try:
        study = load_study(find_study(results, word))
    except ScenarioError as fault:
        more = f"and no experiment; overrides stand in quotes: '{EXPERIMENT}=NAME months=24'"
        raise ScenarioError([f"{fault.messages[0]}, {more}"]) from None
    return _of_study(study)


def _of_scenario(name: str, scenario: Scenario) -> Side:
    files = {file: file_digest(scenario.folder / file) for arm in _arms(scenario) for file in arm.files()}
    return Side(name, scenario.described(), scenario.registry, files)


def _arms(scenario: Scenario) -> list[Scenario]:
    return [scenario, *(scenario.arm(name) for name in scenario.arms)]


def _of_file(path: Path) -> Scenario:
    """Return the scenario of a file that stands anywhere, beside the folder of the user's own that is in use."""
    if not path.is_file() or path.stat().st_size > LARGEST_FILE:
        raise ScenarioError([f"{path}: is no file of an experiment, or larger than {LARGEST_FILE} bytes"])
    with TemporaryDirectory(prefix="ccosim-") as folder:
        here, top = of_folder(conf_folder()), Path(folder)
        for name, file in {**(here.own if here else {}), COPIED: path}.items():
            (top / name).parent.mkdir(parents=True, exist_ok=True)
            copy2(file, top / name)
        try:
            with own_folder(folder):
                return Scenario.compose([f"{EXPERIMENT}={Path(COPIED).stem}"])
        except (ConfError, ScenarioError) as fault:
            places = (str(top.resolve() / COPIED), f"conf={folder}: {COPIED}", f"{EXPERIMENT}={Path(COPIED).stem}")
            raise ScenarioError([_elsewhere(one, places, str(path)) for one in fault.messages]) from None


def _elsewhere(message: str, places: Sequence[str], path: str) -> str:
    for place in places:
        message = message.replace(place, path)
    return message


def _of_study(study: Study) -> Side:
    plain, faults = study.scenario(), list[str]()
    with study.configuration() as conf:
        registry = with_values(plain, conf, faults)
    if faults:
        raise ScenarioError([f"{study.path}: {fault}" for fault in faults])
    inputs = study.path / INPUTS
    files = {one.relative_to(inputs).as_posix(): file_digest(one) for one in inputs.rglob("*") if one.is_file()}
    return Side(study.path.name, plain, registry, files, study)


def settings(one: Side, other: Side) -> list[Row]:
    """Return the settings that differ, those that change no result last."""
    flat = [dict(_flat({k: v for k, v in side.plain.items() if k not in APART})) for side in (one, other)]
    keys = [key for key in {**flat[0], **flat[1]} if _is_setting(key)]
    rows = [Row(key, *(flat_side.get(key, NONE) for flat_side in flat)) for key in keys]
    rows = [row for row in rows if row.one != row.other]
    return sorted(rows, key=lambda row: row.what.split(".")[0] in OF_A_NAME)


def _is_setting(key: str) -> bool:
    return ".parameters." not in key and not key.endswith(".parameters")  # numbers have rows of their own


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        path = f"{prefix}{key}"
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{path}.")
        else:
            yield path.removesuffix(".name"), _text(value)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value)) or "none"
    return "none" if value is None or value == {} else printable(str(value), 100)


def timeline(one: Side, other: Side) -> list[Row]:
    """Return what begins, changes or ends during the run on one side alone, or otherwise."""
    found = [{str(when): entry for when, entry in (side.plain.get("at") or {}).items()} for side in (one, other)]
    whens = sorted({*found[0], *found[1]}, key=lambda when: (len(when), when))
    rows = [(when, *(_entry(side.get(when)) for side in found)) for when in whens]
    return [Row(f"from {when}", first, second) for when, first, second in rows if first != second]


def _entry(entry: Any) -> str:
    if isinstance(entry, Mapping):
        return ", ".join(f"{key}={_text(value)}" for key, value in entry.items()) or NONE
    return NONE if entry is None else _text(entry)


def arms(one: Side, other: Side) -> list[Row]:
    """Return the arms that one side alone has, and of the others the overrides that differ."""
    sides = [{str(name): tuple(map(str, own)) for name, own in (side.plain.get("arms") or {}).items()}
             for side in (one, other)]  # fmt: skip
    rows = []
    for name in {**sides[0], **sides[1]}:
        first, second = (side.get(name) for side in sides)
        if first is None or second is None:
            rows.append(Row(name, *("no such arm" if own is None else _text(own) for own in (first, second))))
        elif set(first) != set(second):
            alone = ([text for text in first if text not in second], [text for text in second if text not in first])
            rows.append(Row(name, *(_text(own) if own else NONE for own in alone)))
    return rows


def numbers(one: Side, other: Side) -> list[Row]:
    """Return the parameters that differ outside the arms, with unit and what each is."""
    rows: list[Row] = []
    for name in dict.fromkeys((*one.registry.names(), *other.registry.names())):
        if name not in one.registry or name not in other.registry:
            has = ["declared" if name in side.registry else NONE for side in (one, other)]
            rows.append(Row(name, *has))
        else:
            rows += _cells(one.registry[name], other.registry[name])
    return rows


def _cells(one: Parameter, other: Parameter) -> list[Row]:
    if one.value.shape != other.value.shape:
        return [Row(one.name, f"{one.value.size} cells", f"{other.value.size} cells")]
    pairs = [(path, float(one.value.flat[i]), float(other.value.flat[i])) for path, i in one.cells()]
    unlike = [(path, first, second) for path, first, second in pairs if first != second]
    about = f"{one.unit}; {one.note.split('. ')[0]}" if one.note else one.unit
    if len(unlike) <= CELLS:
        return [Row(path, f"{first:g}", f"{second:g}", about) for path, first, second in unlike]
    values = [cell[1:] for cell in unlike]
    ends = [(min(cell[i] for cell in values), max(cell[i] for cell in values)) for i in (0, 1)]
    on_one, on_other = (f"{low:g} to {high:g}" for low, high in ends)
    return [Row(one.name, on_one, on_other, f"{len(unlike)} of {len(pairs)} cells; {about}")]


def files(one: Side, other: Side) -> list[Row]:
    """Return the data files that both read and that differ in content."""
    both = [name for name in one.files if name in other.files]
    return [Row(name, *(side.files[name][:8] for side in (one, other))) for name in both
            if one.files[name] != other.files[name]]  # fmt: skip


def origins(one: Study, other: Study) -> list[Row]:
    """Return in what the makings of two studies differ: code, data, seeds, and whether their results are equal."""
    sides = (one, other)
    rows = [Row(key, *(_text(side.manifest.get(key)) for side in sides)) for key in OF_CODE]
    rows.append(Row("seeds", *(_text(side.manifest.get("seed_list")) for side in sides)))
    rows.append(Row("runs", *(f"{side.progress()[0]} of {side.progress()[1]}, {side.status}" for side in sides)))
    rows.append(Row("results", *(_text(side.manifest.get("result_digest"))[:16] for side in sides)))
    return [row for row in rows if row.one != row.other]


def results(one: Study, other: Study, measures: Sequence[str]) -> list[Row]:
    """Return measures side by side, arm by arm: means, and differences from the baseline where both have the same."""
    tables, bases = [], []
    for study in (one, other):
        base = str(study.scenario().get("baseline") or "run")
        summary = study.summary(finished=False)
        if len(summary) and "point" in summary:  # of a sweep with levers, the first setting
            summary = summary[summary["point"].fillna("") == summary["point"].fillna("").iloc[0]]
        table = read_table(summary, base, measures)
        tables.append({(row.measure, row.arm): row for row in table.itertuples()})
        bases.append(base)
    rows = []
    for key, first in tables[0].items():
        second = tables[1].get(key)
        if second is not None:
            head = f"{first.label}, {first.unit}"
            rows.append(Row(f"{in_words(key[1])}: {head}", *(_interval(row, "value") for row in (first, second))))
            if bases[0] == bases[1] != key[1]:
                less = [_interval(row, "") for row in (first, second)]
                rows.append(Row(f"{in_words(key[1])} less {in_words(bases[0])}", *less))
    return rows


def _interval(row: Any, which: str) -> str:
    value = row.value if which else row.difference
    low, high = (row.value_low, row.value_high) if which else (row.low, row.high)
    return f"{value:,.4g}" + ("" if low != low else f" ({low:,.4g} to {high:,.4g})")
