"""One person's month, watched: which rules ran, which draws met what, and what each rule left.

The month is that of ``sim/member/month.py``, interpreted for one member; its draws remember which decision they are of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.engine import draws, numbers
from sim.engine.interpreted import interpreted
from sim.live.kept import Given
from sim.member.decisions import LOWEST_CONDITION
from sim.member.month import MONTHS_IN_ROOM, live_chunk, make_scratch


class Met(NamedTuple):
    """What a draw met: a chance, expected number or share, what came of it, the draw, and of how many the share is."""

    size: float
    outcome: float
    draw: float
    of: float


class Luck(float):
    """A draw that remembers which decision it is of, and notes what it is compared with."""

    decision: int
    watch: Watch
    turned: bool

    @classmethod
    def of(cls, value: float, decision: int, watch: Watch, turned: bool = False) -> Luck:
        one = cls(value)
        one.decision, one.watch, one.turned = decision, watch, turned
        return one

    def _noted(self, chance: Any, answer: bool) -> bool:
        self.watch.note(self, "below", float(chance), float(float(self) < float(chance)))
        return answer

    def __lt__(self, other: Any) -> bool:
        return self._noted(other, float(self) < float(other))

    def __ge__(self, other: Any) -> bool:
        return self._noted(other, float(self) >= float(other))

    def __rsub__(self, other: Any) -> Luck:
        return Luck.of(float(other) - float(self), self.decision, self.watch, turned=True)

    __hash__ = float.__hash__


class Watch:
    """One person's month as it runs, rule by rule: which draws met what, and what each rule left."""

    def __init__(self, given: Given) -> None:
        self.rules: list[Callable[..., Any]] = []
        self.names: list[str] = []
        self.drawn: list[tuple[int, int, str, Met]] = []  # rule, decision, how the draw was used, what it met
        self.left: list[tuple[NDArray[Any], NDArray[Any]]] = []
        self._open = False
        self.member = given.member.copy()
        scratch, _ = make_scratch(len(given.areas), len(given.clinics))
        self._months = np.asarray(scratch[MONTHS_IN_ROOM])
        with np.errstate(all="ignore"):
            interpreted(live_chunk, self._instead)(self.member, 0, 1, *given[1:], scratch)
        self.event = self._months[:1].copy()

    def note(self, luck: Luck, kind: str, met: float, outcome: float, of: float = np.nan) -> None:
        self.drawn.append((len(self.rules) - 1, luck.decision, kind, Met(met, outcome, float(luck), of)))

    def of_rule(self, place: int) -> dict[int, list[tuple[str, Met]]]:
        """The decisions of one rule, by number: how the draw was used, and what it met."""
        found: dict[int, list[tuple[str, Met]]] = {}
        for rule, number, kind, met in self.drawn:
            if rule == place:
                found.setdefault(number, []).append((kind, met))
        return found

    def _instead(self, one: Callable[..., Any], plain: Callable[..., Any]) -> Callable[..., Any]:
        if one is draws.draws_in:
            return lambda room: _Room(np.asarray(room["block"][0]), self)
        if one is draws.draw:
            return lambda seed, key, month, number: self._draw(one, seed, key, month, number, 1)[0]
        if one is draws.draw_quad:
            return lambda seed, key, month, number: self._draw(draws.draw, seed, key, month, number, 4)
        if one in (numbers.poisson, numbers.part_of):
            return self._counting(one)
        if plain.__module__.startswith("sim.engine."):
            return one
        is_rule = plain.__module__.startswith("sim.member.") and plain.__module__ != "sim.member.month"
        return self._ruling(plain) if is_rule else plain

    def _draw(self, of: Any, seed: Any, key: Any, month: Any, number: int, count: int) -> tuple[Luck, ...]:
        return tuple(Luck.of(of(seed, key, month, number + i), number + i, self) for i in range(count))

    def _counting(self, count: Callable[..., Any]) -> Callable[..., Any]:
        place, what = (1, 0) if count is numbers.poisson else (2, 1)

        def call(*given: Any) -> Any:
            luck = given[place]
            plain = tuple(float(one) if i == place else one for i, one in enumerate(given))
            answer = count(*plain)
            if isinstance(luck, Luck):
                of = np.nan if count is numbers.poisson else float(given[0])
                self.note(luck, str(count.__name__), float(given[what]), float(answer), of)
            return answer

        return call

    def _ruling(self, rule: Callable[..., Any]) -> Callable[..., Any]:
        """A rule that says it runs, and keeps what it leaves; what it calls is part of it."""

        def call(*given: Any) -> Any:
            if self._open:
                return rule(*given)
            self._open = True
            self.rules.append(rule)
            self.names.append(f"{rule.__module__.rpartition('.')[2]}.{rule.__name__}")
            try:
                return rule(*given)
            finally:
                self._open = False
                self.left.append((np.array(self.member, subok=False), self._months[:1].copy()))

        return call


class _Room:
    """The draws of a block, of which one member is there."""

    def __init__(self, block: NDArray[Any], watch: Watch) -> None:
        self._block, self._watch = block, watch

    def __getitem__(self, place: tuple[int, int]) -> float:
        value = float(self._block[place])
        return value if place[0] >= LOWEST_CONDITION else Luck.of(value, int(place[0]), self._watch)
