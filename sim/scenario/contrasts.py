"""Contrasts of a study: sums of arms with weights that add up to 0, as ``both - budget - programs + neither``."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from sim.engine.text import did_you_mean, shown

CONTRASTS_IN_WORDS = "a mapping from names to sums of arms, as in `extra: both - budget - programs + neither`"
INTERACTION = "interaction"


def weights_of(text: str) -> dict[str, float]:
    """Return the weight of each arm in a sum such as ``0.5 * a + 0.5 * b - c``.

    Raises
    ------
    ValueError
        If it cannot be read as a sum with spaces around each sign.
    """
    found: dict[str, float] = {}
    tokens = text.split()
    signs = tokens if tokens[:1] in (["+"], ["-"]) else ["+", *tokens]
    while signs:
        sign, *rest = signs
        number, signs = (float(rest[0]), rest[2:]) if rest[1:2] == ["*"] else (1.0, rest)
        if sign not in ("+", "-") or not signs or not math.isfinite(number):
            raise ValueError("a sum has a + or - with spaces around it before each arm")
        arm, *signs = signs
        found[arm] = found.get(arm, 0.0) + (number if sign == "+" else -number)
    return found


def faults_of_contrasts(plain: Mapping[str, Any]) -> Iterable[str]:
    """Yield what is wrong with the contrasts, and with the labels of arms, of a composed scenario."""
    arms = plain.get("arms")
    known = [str(name) for name in arms] if isinstance(arms, Mapping) else []
    for key in ("contrasts", "labels"):
        entries = plain.get(key) or {}
        if not isinstance(entries, Mapping):
            continue  # the type check says so
        if key == "labels" and len(set(map(str, entries.values()))) < len(entries):
            yield "labels: two arms cannot be called the same"
        for name, text in entries.items():
            given = f"{key}.{name}={shown(text)}"
            if key == "labels" and name not in known:
                yield f"{given}: no arm has this name{did_you_mean(str(name), known)}"
            elif key == "contrasts" and isinstance(text, str):
                yield from (f"{given}: {fault}" for fault in _faults_of_sum(text, known))


def _faults_of_sum(text: str, arms: list[str]) -> Iterable[str]:
    try:
        weights = weights_of(text)
    except ValueError:
        yield f"must be {CONTRASTS_IN_WORDS}"
        return
    for arm in weights:
        if arm not in arms:
            yield f"{shown(arm)} is no arm, must be among {', '.join(arms) or '(no arms)'}{did_you_mean(arm, arms)}"
    if not weights or abs(sum(weights.values())) > 1e-9:
        yield "the weights of the arms must add up to 0: what all arms share must cancel out"


def interaction(arms: Mapping[str, Iterable[str]], baseline: str) -> dict[str, str]:
    """Return the contrast that four arms have which are a two by two: one way to differ, another way, and both."""
    own = {name: frozenset(words) for name, words in arms.items()}
    others = [name for name in own if name != baseline]
    if baseline not in own or len(others) != 3:
        return {}
    for both in others:
        one, other = (name for name in others if name != both)
        first, second = own[baseline] ^ own[one], own[baseline] ^ own[other]
        if first and second and not first & second and own[baseline] ^ own[both] == first | second:
            return {INTERACTION: f"{both} - {one} - {other} + {baseline}"}
    return {}
