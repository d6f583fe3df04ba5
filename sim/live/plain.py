"""Why two lives part, in sentences for people who read no code; the names of code come last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sim import schema

if TYPE_CHECKING:
    from sim.live.parting import Change, Draw, Parting

AT_STAKE = {
    "cover ends or returns": "whether cover ends or comes back",
    "death": "whether the member dies",
    "each need begins or ends": "whether a social need begins or ends",
    "type of homelessness": "which kind of homelessness it is",
    "health crisis": "whether a health crisis begins or ends",
    "each condition begins, ends or changes": "whether a condition begins, ends or changes",
    "conception": "whether a pregnancy begins",
    "usual clinic found or lost": "whether the member finds or loses a usual clinic",
    "visits of each scheduled service asked for": "how many visits the member asks for",
    "asked visits of each scheduled service lost to waiting": "whether a visit is given up because the wait is long",
    "induced visits lost to waiting": "whether a visit that providers suggested is given up because the wait is long",
    "pharmacy fills": "how many prescriptions the member fills",
    "emergency visits": "how many emergency visits the member has",
    "lost visits that turn up in the emergency department": "whether a lost visit becomes an emergency visit",
    "other lost visits that turn up in the emergency department": "whether a lost visit becomes an emergency visit",
    "admission": "whether the member is admitted to a hospital",
    "readmission": "whether the member is admitted again",
    "outpatient visits": "how many outpatient visits the member has",
    "ancillary services": "how many tests and other ancillary services the member has",
    "screening for needs": "whether a visit includes a screening for social needs",
    "well-child visits asked for": "how many well-child visits are asked for",
    "quits or starts smoking": "whether the member quits or starts smoking",
    "usual visits that need did not ask for": "whether a usual visit is one that providers suggested, beyond need",
    "visits that practices bring about": "whether providers suggest a further visit",
    "asked visits withheld": "whether a visit that the member asks for is not offered",
    "primary care visits met by another contact": "whether another contact, such as a call, takes the place of a visit",
    "emergency visits that coordination avoids": "whether coordination of care avoids an emergency visit",
    "emergency visits that practices cause": "whether what practices do causes an emergency visit",
    "called in by a proactive team": "whether a team calls the member in",
}  # by decision; others have names that say as much
ASKED = {"chance": "The chance", "expected number": "The expected number", "share": "The share of such visits"}
WAYS = {
    "chance": "it happens where the number drawn is below the chance",
    "expected number": "the lower the number drawn, the more",
    "share": "the higher the number drawn, the more",
}
LABELS = {
    "upstream packages that serve the member": "served by a program",
    "on offer": "this program is offered",
    "visits, fills and stays that took place": "care that took place",
    "asked visits that are not offered": "visits that are not offered",
    "asked visits withheld or lost": "visits not offered or given up",
    "visits that providers bring about": "visits that providers suggest",
    "share of asks that is not offered": "share of visits asked for that is not offered",
    "share of asks lost to waiting (primary: see CLINIC)": "share of visits given up because the wait is long",
    "share of asked visits lost to waiting": "share of visits given up because the wait is long",
    "share of asks met by another contact": "share of visits that another contact replaces",
    "induced visits beyond the usual, per usual visit": "change in visits that providers suggest, per usual visit",
    "log of volume of services without appointment": "change in services that need no appointment (log)",
}  # where the label of the column is short for those who know the model
TRUTHS = {"on offer"} | {
    one.label for one in schema.MEMBER_FIELDS if one.unit == "flag" or one.unit.startswith("bit")
}  # columns that say yes or no
ACTORS = {"Agency": "the state", "CCO": "the CCO", "Providers": "providers", "Community": "the community",
          "Slots": "programs", "HealthSystem": "the model"}  # fmt: skip
HUNDRED = 100.0


def sentences(why: Parting, is_step: bool) -> list[str]:
    """Return what parted two lives; ``is_step``: a step of organizations did, not a rule of the member's month."""
    said = [f"In month {why.month} the two lives part. {_upper('; '.join(map(in_words, why.changes)))}."]
    actor = ACTORS.get(why.rule.partition(".")[0], "organizations")
    if why.draw is not None:
        said.append(_of_draw(why.draw))
    elif is_step:
        said.append(f"Chance did not decide this: {actor} treat this member differently in A and B.")
    else:
        said.append("Chance did not decide this: it follows from what differed before.")
    if why.behind:
        behind = "Behind it" if why.draw is None else "Why this could differ"
        said.append(f"{behind}: {'; '.join(map(_with_source, why.behind))}.")
    return [*said, f"For readers of the code: {', '.join(dict.fromkeys(_names_of_code(why)))}."]


def _names_of_code(why: Parting) -> Iterator[str]:
    yield why.rule
    if why.draw is not None:
        yield f'decision "{why.draw.decision}"'
    yield from (one.source for one in why.behind if one.source.partition(".")[0] in ACTORS)


def _of_draw(one: Draw) -> str:
    of = f" ({_word(one.of)})" if one.of else ""
    at_stake = f"Chance decided {AT_STAKE.get(one.decision, one.decision)}{of}"
    arms = (("A", one.a), ("B", one.b))
    met = ", ".join(f"{_size(one.kind, value)} in {arm}" for arm, value in arms if value == value)
    met += "".join(f"; in {arm} there was nothing to decide" for arm, value in arms if value != value)
    drawn = f"{one.draw:.5g}" if one.kind == "expected number" else f"{HUNDRED * one.draw:.5g} between 0 and 100"
    outs = [_outcome(one.kind, out) for out in (one.out_a, one.out_b)]
    return (
        f"{at_stake}. {ASKED[one.kind]} was {met}. Both share one draw, {drawn} ({WAYS[one.kind]}), which makes "
        f"{outs[0]} in A and {outs[1]} in B."
    )


def _size(kind: str, value: float) -> str:
    return f"{value:.5g}" if kind == "expected number" else f"{HUNDRED * value:.5g} in 100"


def _outcome(kind: str, value: float) -> str:
    return ("yes" if value == 1 else "no") if kind == "chance" else f"{0.0 if value != value else value:.4g}"


def in_words(one: Change) -> str:
    """Return a number that differs, with its value in each arm."""
    label = LABELS.get(one.label, one.label) + (f", {_word(one.of)}" if one.of else "")
    known = one.a == one.a
    return f"{label}: {_value(one, one.a)} in A, {_value(one, one.b)} in B" if known else f"{label}: another table"


def _value(one: Change, value: float) -> str:
    if one.label in TRUTHS:
        return "yes" if value else "no"
    return f"{HUNDRED * value:.4g}%" if one.label.startswith("share") else f"{value:.4g}"


def _with_source(one: Change) -> str:
    who = ACTORS.get(one.source.partition(".")[0])
    source = f"decided by {who}" if who else one.source.replace("the scenario", "set by the two policies")
    return in_words(one) + (f" ({source})" if source else "")


def _word(name: str) -> str:
    return name.replace("_", " ")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
