"""Finds parameters by what they are about: by words, and by a measure.

A word is looked for where words begin, in this order: name, labels of the table, unit, note, and what the sources
measured. A kind or a role (``assumption``, ``lever``) is looked for as such only. A measure is looked for by the words
of its label and of what it counts. That finds the parameters that speak of the same thing, not all that move it.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from experiments.analysis.sources import Evidence
from sim.engine.parameter_files import KINDS, ROLES
from sim.engine.parameters import Parameter
from sim.measures.measures import BY_NAME, MEASURES, Measure
from sim.measures.terms import Flow

FIELDS = ("name", "table", "unit", "note", "source")
OF_A_SOURCE = ("quantity", "population", "domain", "source")
OTHER_WORDS = {"ed": "emergency"}  # names of measures say ED
SAY_NOTHING = {
    "a", "after", "and", "any", "asked", "care", "cents", "claims", "cohort", "day", "days", "for", "get", "given",
    "go", "in", "index", "into", "is", "listed", "member", "members", "millionths", "month", "months", "need", "needs",
    "of", "off", "on", "paid", "share", "stay", "stays", "the", "to", "total", "used", "visit", "visits", "with",
}  # fmt: skip


@dataclass(frozen=True)
class Match:
    """A parameter, and where the words were found: ``name``, ``table: emergency``, ``source: an_id``."""

    parameter: Parameter
    where: tuple[str, ...]

    @property
    def rank(self) -> int:
        """The later of the fields in which words were found comes last."""
        return max((FIELDS.index(place.partition(":")[0]) for place in self.where if place), default=0)


def search(words: Sequence[str], parameters: Iterable[Parameter], evidence: Evidence) -> list[Match]:
    """Return the parameters that have every word somewhere, those with the words in their names first."""
    found = []
    for parameter in parameters:
        where = [_where(parameter, word.lower(), evidence) for word in words]
        if None not in where:
            found.append(Match(parameter, tuple(dict.fromkeys(place for place in where if place))))
    return sorted(found, key=lambda match: match.rank)


def related(measure: Measure, parameters: Iterable[Parameter], evidence: Evidence) -> list[Match]:
    """Return the parameters that have any of the words of a measure."""
    matches = [match for word in subject(measure) for match in search([word], parameters, evidence)]
    return sorted({match.parameter.name: match for match in reversed(matches)}.values(), key=lambda match: match.rank)


def measure_called(text: str) -> Measure | None:
    """Return the measure that has this name or this label."""
    named = (one for one in MEASURES if one.label.lower() == text.lower())
    return BY_NAME.get(text) or next(named, None)


def subject(measure: Measure) -> list[str]:
    """Return the words that say what a measure is about: those of its label and of what it counts, not of who pays."""
    counted = [str(term) for term in measure.numerator if not isinstance(term, Flow)]
    words = re.findall(r"[a-z0-9]+", " ".join([measure.label, *counted]).lower())
    plain = (re.sub(r"(?<!s)s$", "", OTHER_WORDS.get(word, word)) for word in words if word not in SAY_NOTHING)
    return [word for word in dict.fromkeys(plain) if len(word) > 2]


def _where(parameter: Parameter, word: str, evidence: Evidence) -> str | None:
    """Return the first field that has the word; nothing needs to be said of a kind or a role."""
    if word in (*KINDS, *ROLES):
        return "" if word in (parameter.kind, parameter.role) else None
    starts = re.compile(rf"(?<![a-z]){re.escape(word)}")
    return next((field for field, text in _texts(parameter, evidence) if starts.search(text.lower())), None)


def _texts(parameter: Parameter, evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield each field of a parameter, and its text."""
    yield "name", parameter.name
    for axis, labels in zip(parameter.axes, parameter.labels, strict=True):
        yield from ((f"table: {text}", text) for text in (axis, *labels))
    yield "unit", parameter.unit
    yield "note", parameter.note
    for one in parameter.evidence:
        row = evidence.get(one, {})
        yield f"source: {one}", " ".join([one, *(row.get(name, "") for name in OF_A_SOURCE)])
