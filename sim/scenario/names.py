"""Checks the names in overrides, before anything is composed: keys, options of groups, and what belongs to a study."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from sim.engine.parameters import Registry
from sim.engine.text import did_you_mean, nearest
from sim.scenario.declared import declared_parameters, in_parameters
from sim.scenario.overrides import AT, EXPERIMENT, GROUPS, PARAMETERS, STUDY_PREFIXES, Override, options


def checked(
    overrides: Iterable[Override], conf: Path, keys: Sequence[str], faults: list[str], forbidden: Sequence[str] = ()
) -> list[Override]:
    """Return the overrides whose names are valid; the others go to ``faults`` with the nearest valid name."""
    good = []
    for override in overrides:
        fault = _fault_of_name(override, conf, keys, forbidden)
        if fault:
            faults.append(fault)
        else:
            good.append(override)
    return good


def _fault_of_name(override: Override, conf: Path, keys: Sequence[str], forbidden: Sequence[str]) -> str | None:
    key = override.key
    if key in forbidden or (forbidden and key.startswith(STUDY_PREFIXES)):
        return f"{key}: cannot differ between the arms of a comparison, set it outside the arms"
    if override.is_choice:
        return _fault_of_option(override, conf)
    if key.startswith((PARAMETERS, AT, *STUDY_PREFIXES)) or key in keys:
        return None
    return f"{override.text}: no such key{_suggestion(key, [*GROUPS, EXPERIMENT, *keys], declared_parameters(conf))}"


def _fault_of_option(override: Override, conf: Path) -> str | None:
    if override.value is None and override.key == EXPERIMENT:
        return None
    valid = options(conf, override.key)
    if isinstance(override.value, str) and override.value in valid:
        return None
    near, listed = did_you_mean(str(override.value), valid), _listed(override.value, valid)
    if "," in str(override.value):
        return (
            f"{override.key}={override.value}: one option at a time, must be one of {listed}; "
            f"`ccosim compare 'arms.NAME=[{override.key}=...]'` with an arm for each compares them"
        )
    return f"{override.key}={override.value}: no such option, must be one of {listed or '(none yet)'}{near}"


def _listed(value: object, valid: Sequence[str]) -> str:
    """Return the options in words: those of a folder only if the value names it, else as ``folder/...``."""
    folder = str(value).rpartition("/")[0]
    here = [one for one in valid if folder and one.startswith(f"{folder}/")]
    return ", ".join(here or dict.fromkeys(f"{one.partition('/')[0]}/..." if "/" in one else one for one in valid))


def _suggestion(key: str, valid: Sequence[str], registry: Registry) -> str:
    """Return the nearest keys; a bare last part (``sample``) leads to the whole key, or to a parameter."""
    same_end = [one for one in valid if one.rpartition(".")[2] == key]
    if not same_end and (meant := in_parameters(key, registry)):
        return meant
    return f" (nearest: {', '.join(same_end or nearest(key, valid))}), see `ccosim describe scenario`"
