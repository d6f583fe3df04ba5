"""Why two lives part, in sentences for people who read no code; the names of code come last."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from sim import schema
from sim.engine.numbers import LARGEST_RATE
from sim.live.parted import Change, Draw, Parted

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
FEWEST, MOST_DIGITS = 3, 12  # digits of the numbers that a draw meets: as many as make the comparison come out right
CHANGE = "change in"  # how labels begin whose size tells a reader nothing
AMOUNTS = ("share", CHANGE)  # how labels begin of what is behind a share, which has its size already
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


def sentences(why: Parted, is_step: bool) -> list[str]:
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
        is_known = why.draw is not None and why.draw.kind == "share"
        said.append(f"{behind}: {'; '.join(_with_source(one, is_known) for one in why.behind)}.")
    return [*said, f"For readers of the code: {', '.join(dict.fromkeys(_names_of_code(why)))}."]


def _names_of_code(why: Parted) -> Iterator[str]:
    yield why.rule
    if why.draw is not None:
        yield f'decision "{why.draw.decision}"'
    yield from (one.source for one in why.behind if one.source.partition(".")[0] in ACTORS)


def _of_draw(one: Draw) -> str:
    of = f" ({_word(one.of)})" if one.of else ""
    at_stake = f"Chance decided {AT_STAKE.get(one.decision, one.decision)}{of}"
    return f"{at_stake}. {_rounded(one) if one.kind == 'share' else _below(one)}"


def _below(one: Draw) -> str:
    """A chance, or an expected number as the chance of so many or more: it happens where the draw is below it."""
    arms, outs = (one.a, one.b), [0.0 if out != out else out for out in (one.out_a, one.out_b)]
    most = max(outs)
    chances = [_at_least(most, size) if one.kind == "expected number" else size for size in arms]
    said = [HUNDRED * one.draw, *(HUNDRED * chance for chance in chances if chance == chance)]
    answers = [out == most for out, chance in zip(outs, chances, strict=True) if chance == chance]
    drawn, *known = _in_digits(said, lambda shown: [chance > shown[0] for chance in shown[1:]] == answers)
    met = [f"{size} in 100 in {arm}" for arm, size in zip(_arms(chances), known, strict=True)]
    if one.kind == "chance":
        what, made = "The chance", ["yes" if out == 1 else "no" for out in outs]
    else:
        numbers = ", ".join(f"{size:.3g} in {arm}" for arm, size in zip("AB", arms, strict=True) if size == size)
        what = f"The expected number was {numbers}, so the chance of {most:g} or more"
        made = [f"{out:g}" for out in outs]
    return (
        f"{what} was {', '.join(met)}{_nothing(chances)}. Both share one draw, {drawn} between 0 and 100 (it happens "
        f"where the number drawn is below the chance), which makes {made[0]} in A and {made[1]} in B."
    )


def _at_least(count: float, rate: float) -> float:
    """The chance of so many or more where this many are expected; NaN where nothing is."""
    rate = min(rate, LARGEST_RATE) if rate == rate else rate
    return 1.0 - sum(math.exp(-rate) * rate**n / math.factorial(n) for n in range(int(count)))


def _rounded(one: Draw) -> str:
    """A share of a few, rounded to a whole number by the draw."""
    shares, many, outs = (one.a, one.b), (one.many_a, one.many_b), (one.out_a, one.out_b)
    known = [i for i in range(2) if shares[i] == shares[i]]
    percents, expected = [HUNDRED * shares[i] for i in known], [many[i] * shares[i] for i in known]

    def holds(shown: list[float]) -> bool:
        drawn, *sizes = shown
        sums = [*sizes[len(known) :], *(many[i] * x / HUNDRED for i, x in zip(known, sizes, strict=False))]
        return [float(int(x + drawn)) for x in sums] == [outs[i] for i in known] * 2

    drawn, *sizes = _in_digits([one.draw, *percents, *expected], holds)
    noun = "visit" if "visit" in AT_STAKE.get(one.decision, one.decision) else "case"
    made = []
    for i, percent, size in zip(known, sizes, sizes[len(known) :], strict=False):
        of = f"{many[i]:g} {noun}{'s' if many[i] != 1 else ''}"
        made.append(f"In {'AB'[i]}, {percent}% of {of} is {size} expected, which makes {outs[i]:g}")
    return (
        f"A part of a {noun} cannot be: the number is the whole part of what is expected plus one draw, the same in A "
        f"and B, {drawn} between 0 and 1. {'. '.join(made)}{_nothing(shares)}."
    )


def _in_digits(values: list[float], holds: Callable[[list[float]], bool]) -> list[str]:
    """Write these with as few decimals as make what is said of them hold."""
    for digits in range(FEWEST, MOST_DIGITS):
        said = [f"{value:.{digits}f}" for value in values]
        shown = [float(one) for one in said]
        if holds(shown) and all(one or not value for one, value in zip(shown, values, strict=True)):
            break
    return [one.rstrip("0").rstrip(".") for one in said]


def _arms(sizes: Sequence[float]) -> list[str]:
    return [arm for arm, size in zip("AB", sizes, strict=True) if size == size]


def _nothing(sizes: Sequence[float]) -> str:
    return "".join(f"; in {arm} there was nothing to decide" for arm in "AB" if arm not in _arms(sizes))


def in_words(one: Change) -> str:
    """Return a number that differs, with its value in each arm."""
    label = _labeled(one)
    known = one.a == one.a
    return f"{label}: {_value(one, one.a)} in A, {_value(one, one.b)} in B" if known else f"{label}: another table"


def _labeled(one: Change) -> str:
    return LABELS.get(one.label, one.label) + (f", {_word(one.of)}" if one.of else "")


def _value(one: Change, value: float) -> str:
    if one.label in TRUTHS:
        return "yes" if value else "no"
    return f"{HUNDRED * value:.4g}%" if one.label.startswith("share") else f"{value:.4g}"


def _with_source(one: Change, is_known: bool) -> str:
    """A number behind a parting; ``is_known``: the draw has its size already, so the way it differs is enough."""
    who = ACTORS.get(one.source.partition(".")[0])
    source = f"decided by {who}" if who else one.source.replace("the scenario", "set by the two policies")
    said = in_words(one)
    if _labeled(one).startswith(AMOUNTS if is_known else CHANGE) and one.a == one.a:
        said = f"{_labeled(one)}: {'higher' if one.b > one.a else 'lower'} in B"
    return said + (f" ({source})" if source else "")


def _word(name: str) -> str:
    return name.replace("_", " ")


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
