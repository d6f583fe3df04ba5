"""Lets Hydra compose ``conf/config.yaml`` with the chosen option of each group.

Hydra sees nothing but names of files that exist: values are set afterwards, on plain data. It is imported when it is
first needed, and a composition is remembered until a file changes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import lru_cache
from itertools import chain, takewhile
from pathlib import Path
from threading import Lock
from typing import Any

from sim.engine.text import shown
from sim.engine.yaml_files import YamlError, read_yaml
from sim.scenario.faults import UNQUOTED, ScenarioError
from sim.scenario.kept_compositions import kept_or_made
from sim.scenario.overrides import EXPERIMENT, GROUPS

# Hydra's launchers, sweepers, logging and folders: nothing here uses them, and they take a third of the time.
UNUSED = tuple(
    f"~hydra/{part}" for part in ("launcher", "sweeper", "job_logging", "hydra_logging", "help", "hydra_help", "output")
)

HEADER = re.compile(r"\s*#\s*@")  # Hydra looks in such lines at the top alone, and not behind a note
HYDRA_READS = 512  # letters
PACKAGE = re.compile(r"\s*#\s*@package\s+(\S*)")  # where Hydra puts the keys of a file
ANYWHERE = "_global_"

_one_at_a_time = Lock()  # Hydra keeps global state


def composed(conf: Path, choices: Mapping[str, str | None]) -> dict[str, Any]:
    """Return the composed configuration as plain data, with the name of each chosen option in ``<group>.name``.

    Parameters
    ----------
    conf
        The configuration folder.
    choices
        From group, or ``experiment``, to the option; the others keep the defaults of the configuration.

    Raises
    ------
    ScenarioError
        If a file cannot be read or composed, or names code or an interpolation.
    """
    picked = tuple(f"{group}={option or 'null'}" for group, option in sorted(choices.items()))
    with _one_at_a_time:
        plain: dict[str, Any] = deepcopy(_remembered(conf, picked, _last_change(conf)))
    faults = list(_forbidden(plain))
    if faults:
        raise ScenarioError(faults)
    return plain


def _last_change(conf: Path) -> tuple[int, ...]:
    """Return when each file that Hydra may read was last changed."""
    return tuple(file.stat().st_mtime_ns for file in _files(conf))


def _files(conf: Path) -> list[Path]:
    """Return the files that Hydra may read."""
    groups = (sorted((conf / group).rglob("*.yaml")) for group in (*GROUPS, EXPERIMENT))
    return [conf / "config.yaml", *chain.from_iterable(groups)]


@lru_cache(maxsize=512)
def _remembered(conf: Path, picked: Sequence[str], _last_change: tuple[int, ...]) -> Any:
    """Return what is in memory, on disk, or composed now."""
    _check_files(conf, picked)
    return kept_or_made(conf, _files(conf), picked, lambda: _by_hydra(conf, picked))


def _by_hydra(conf: Path, picked: Sequence[str]) -> dict[str, Any]:
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    try:
        with initialize_config_dir(version_base="1.3", config_dir=str(conf)):
            config = compose("config", overrides=[*picked, *UNUSED], return_hydra_config=True)
    except (HydraException, OmegaConfBaseException, YAMLError, OSError, ValueError, TypeError, AttributeError) as fault:
        said = " ".join(str(fault).split())[:300]
        raise ScenarioError([f"{' '.join(picked)}: cannot be composed from {conf} ({said})"]) from None
    chosen = dict(config.hydra.runtime.choices)
    searched = list(config.hydra.searchpath or ())
    if searched:
        raise ScenarioError([f"hydra.searchpath={searched}: other folders cannot be searched for configurations"])
    ours = [str(key) for key in config if key != "hydra"]
    plain: Any = OmegaConf.to_container(OmegaConf.masked_copy(config, ours), resolve=False)
    for group in GROUPS:
        block = plain.get(group) or {}
        plain[group] = {**block, "name": chosen.get(group)} if isinstance(block, dict) else block
    plain[EXPERIMENT] = chosen.get(EXPERIMENT)
    return dict(plain)


def _check_files(conf: Path, picked: Sequence[str]) -> None:
    """Read what Hydra will read as strictly as any data file: it would expand aliases and take its own settings."""
    faults: list[str] = []
    files = [conf / "config.yaml", *(file for group in GROUPS for file in sorted((conf / group).glob("*.yaml")))]
    experiments = [conf / EXPERIMENT / f"{option}.yaml" for key, _, option in map(_split, picked) if key == EXPERIMENT]
    for file in [*files, *experiments]:
        if file.is_file():
            faults += _known_faults(file, file.stat().st_mtime_ns) or _faults_of_package(file, file in experiments)
            if file in experiments and not faults:
                faults += _faults_of_kind(file, conf)
    if faults:
        raise ScenarioError(faults)


def _faults_of_package(file: Path, is_experiment: bool) -> Iterator[str]:
    """Yield a message if the keys of a file would go where nobody reads them."""
    text = file.read_text("utf-8")
    top = takewhile(lambda line: not line.strip() or HEADER.match(line), text[:HYDRA_READS].splitlines())
    named = [found[1] for line in top if (found := PACKAGE.match(line))]
    if is_experiment and named != [ANYWHERE] and read_yaml(file):
        mark = (
            " (a byte order mark stands before it: save the file as plain UTF-8)" if text.startswith("\ufeff") else ""
        )
        yield f"{file.resolve()}: the first line must be `# @package {ANYWHERE}`{mark}: without it the keys set nothing"
    elif not is_experiment and any(place not in (file.parent.name, ANYWHERE) for place in named):
        yield f"{file.resolve()}: leave out `# @package {named[0]}`: keys of this file are of {file.parent.name}"


def _faults_of_kind(file: Path, conf: Path) -> Iterator[str]:
    """Yield a message for each list where a mapping is: Hydra would not name the key."""
    usual, given = (read_yaml(one) or {} for one in (conf / "config.yaml", file))
    for key, value in given.items():
        if isinstance(usual.get(key), dict) and value is not None and not isinstance(value, dict):
            yield f"{file.resolve()}: {key}: must be a mapping, is {shown(value)}"


def _split(choice: str) -> tuple[str, str, str]:
    return choice.partition("=")


@lru_cache(maxsize=1024)
def _known_faults(file: Path, changed: int) -> tuple[str, ...]:
    return tuple(_faults_of_file(file))


def _faults_of_file(file: Path) -> Iterator[str]:
    try:
        data = read_yaml(file)
    except YamlError as fault:
        yield from fault.messages
        return
    file = file.resolve()  # of a user's own folder there is a link
    if data is not None and not isinstance(data, dict):
        yield f"{file}: must map keys to values"
        return
    for key in data or {}:
        if not isinstance(key, str):
            yield f"{file}: {shown(key)}: is no key; {UNQUOTED}"
        elif key.startswith("hydra"):
            yield f"{file}: {key[:60]}: Hydra's own settings cannot be changed"
    yield from _faults_of_defaults(file, (data or {}).get("defaults") or [])
    yield from (f"{file}: {fault}" for fault in _forbidden(data or {}))


def _faults_of_defaults(file: Path, defaults: Any) -> Iterator[str]:
    if not isinstance(defaults, list):
        yield f"{file}: defaults: must be a list of options"
        return
    for chosen in defaults:
        if "hydra" in str(chosen):
            yield f"{file}: defaults: Hydra's own settings cannot be changed"
        if ".." in re.split(r"[/' ]", str(chosen)):
            yield f"{file}: defaults: {str(chosen)[:60]} leads out of the folder"
        for group, option in chosen.items() if isinstance(chosen, dict) else ():
            if isinstance(option, list | dict):  # Hydra takes a list, and then no option has a name
                yield f"{file}: defaults: {str(group)[:60]}: must be one option, is {str(option)[:60]}"


def _forbidden(tree: Any, path: str = "") -> Iterator[str]:
    """Yield a message for every key that names code and every text that would be interpolated."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            inner = f"{path}.{key}" if path else str(key)
            if str(key).startswith("_") and str(key).endswith("_"):
                yield f"{inner}: is not allowed, a scenario never names code"
            yield from _forbidden(value, inner)
    elif isinstance(tree, list):
        for value in tree:
            yield from _forbidden(value, path)
    elif isinstance(tree, str) and "${" in tree:
        yield f"{path}: interpolations (${{...}}) are not allowed"
