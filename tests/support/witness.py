"""A witness of a month: counts people and cents on its own, from table and claims, and says what does not add up.

Nothing here asks the ledger or the recorder whether they are content; both are compared with what was seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.analysis.economics.perspectives import PAYMENTS, RESOURCES, TRANSFERS
from sim.measures.amounts import AMOUNTS
from sim.measures.terms import total
from sim.model import HealthSystem
from sim.payment.fee_for_service import IN_CCO
from sim.payment.ledger import ACCOUNT_INDEX, PAYEES, PROVIDERS, PURPOSES
from sim.schema import (
    AWAY,
    COUNT_INDEX,
    ENROLLED,
    MEDICAID,
    MEMBER_FIELDS,
    OFF_COVER,
    PAYERS,
    UNCOMPENSATED,
    VACANT,
)
from sim.upstream.budget import FUNDED

Ints = NDArray[np.int64]
OPEN_CARD = 1 - IN_CCO
CASH = ("medicaid_cents", "medicare_cents", "third_party_cents", "uncompensated_cents")
TO_PROVIDERS = (
    "coordination_fee",
    "primary_capitation",
    "hospital_budget",
    "performance_bonus",
    "quality_bonus",
    "shared_savings",
)
"""Purposes for which contracts pay providers, claims aside."""

FROM_PROVIDERS = ("shared_losses",)
"""Purposes for which providers pay back."""

ROWS = [ACCOUNT_INDEX[name] for name in PROVIDERS]


@dataclass(frozen=True)
class Before:
    """What the witness notes down before the month."""

    rows: NDArray[Any]
    balances: Ints


def note(model: HealthSystem) -> Before:
    """Look at everything before the month is lived."""
    return Before(living(model), model.ledger.balances.copy())


def living(model: HealthSystem) -> NDArray[Any]:
    """The living, sorted by key."""
    table = model.whole_members()
    table = table[table["status"] != VACANT]
    return table[np.argsort(table["key"])]


def step(model: HealthSystem) -> list[str]:
    """Live one month and return what does not add up."""
    before = note(model)
    model.step()
    checks = (heads, keys, columns, visits, books, claims, payers, programs, perspectives, persons)
    return [f"month {model.month - 1}: {fault}" for check in checks for fault in check(before, model)]


def live(model: HealthSystem) -> list[str]:
    """Live all months and return what does not add up."""
    faults = [fault for _ in range(model.month, model.scenario.months) for fault in step(model)]
    model.close()
    return faults


def heads(before: Before, model: HealthSystem) -> Iterator[str]:
    """Members in + out = change, in every area; so for people off cover."""
    count = counts(model)
    came = count["entries"] + count["births"] + count["returns"]
    went = count["exits"] + count["deaths"]
    after = living(model)
    yield from differ("members", heads_of(before.rows, ENROLLED) + came - went, heads_of(after, ENROLLED))
    yield from differ("member-months", count["member_months"], heads_of(after, ENROLLED))
    yield from differ("rate months", model.last.rate_months.sum(axis=(1, 2)), count["member_months"])
    off = heads_of(before.rows, OFF_COVER) + heads_of(before.rows, AWAY) + count["exits"] - count["returns"]
    off += count["births_off_cover"] - count["deaths_off_cover"]
    yield from differ("people off cover", off, count["off_cover_months"])
    yield from differ("off cover and away", off, heads_of(after, OFF_COVER) + heads_of(after, AWAY))


def keys(before: Before, model: HealthSystem) -> Iterator[str]:
    """Each key is one person; who is new was let in; who is gone died."""
    after = living(model)
    if len(np.unique(after["key"])) < len(after):
        yield "two members have the same key"
    count = counts(model)
    dead = int((count["deaths"] + count["deaths_off_cover"]).sum())
    came = int((count["entries"] + count["births"] + count["births_off_cover"]).sum())
    if len(before.rows) + came - dead != len(after):
        yield f"{len(before.rows)} people, {came} came, {dead} died: not {len(after)}"
    new = after[~np.isin(after["key"], before.rows["key"])]
    month, rates = model.month - 1, model.registry.monthly("events.entrants")
    expected = model.population.newcomers(month)["key"]
    if rates.any():
        of_event = model.population.entrants(month, rates, model.registry.get("events.entrants_in"))
        expected = np.append(expected, of_event["key"])
    mothers = before.rows[before.rows["postpartum"] == 1]
    children = model.population.newborns(mothers, month)["key"]
    if not np.isin(new["key"], np.concatenate([expected, children])).all():
        yield "somebody is here who neither enrolled nor was born"


def columns(before: Before, model: HealthSystem) -> Iterator[str]:
    """Every column stays in its declared range."""
    after = living(model)
    for field in MEMBER_FIELDS:
        values = after[field.name]
        if len(values) and (values.min() < field.low or values.max() > field.high):
            yield f"{field.name} runs from {values.min()} to {values.max()}, declared {field.low} to {field.high}"


def visits(before: Before, model: HealthSystem) -> Iterator[str]:
    """Served is at most asked; clinics add up to their areas; nobody gives more than they can."""
    seen, capacity = model.last, model.providers.capacity
    if (seen.served > seen.sought).any() or (seen.clinic_served > seen.clinic_sought).any():
        yield "more was served than asked"
    for all_of, clinics in ((seen.sought, seen.clinic_sought), (seen.served, seen.clinic_served)):
        by_area = np.bincount(model.clinics["area"], clinics, len(all_of))
        yield from differ("primary care of clinics", by_area.astype(np.int64), all_of[:, 0])
    if capacity.known and (model.providers.given > capacity.whole + 1e-9).any():
        yield "a practice gave more than it can"


def books(before: Before, model: HealthSystem) -> Iterator[str]:
    """The ledger: no cent is made or lost, and balances move by what was paid."""
    change, flows = model.ledger.balances - before.balances, flows_of(model)
    yield from differ("sum over accounts", change.sum(axis=1), np.zeros(len(change), np.int64))
    yield from differ("balances", change, flows.sum(axis=1) - flows.sum(axis=2))
    if (flows < 0).any():
        yield "a payment is negative"


def claims(before: Before, model: HealthSystem) -> Iterator[str]:
    """Providers receive what they billed, what contracts add, and no other money; cells tell the same."""
    money, flows, paid = model.last.money, flows_of(model), paid_of(model)
    billed = money[..., :UNCOMPENSATED].sum(axis=(1, 2, 3, 4)) - not_billed(model).sum(axis=(1, 2))
    yield from differ("claims billed", paid["claims"], billed)
    outside = flows[:, :, ACCOUNT_INDEX["outside"]].sum(axis=1)
    programs = paid["care_management"] + paid["administration"] + paid["dividends"] - outside
    added = sum((paid[purpose] for purpose in TO_PROVIDERS), start=programs)
    yield from differ("providers' receipts", flows.sum(axis=1)[:, ROWS].sum(axis=1), billed + added)
    by_payer = money.sum(axis=(1, 2, 3))
    count = counts(model)
    for payer, name in enumerate(CASH):
        yield from differ(name, by_payer[:, payer], count[name])


def payers(before: Before, model: HealthSystem) -> Iterator[str]:
    """Each claim has one payer, by contract."""
    money, flows, state = model.last.money, flows_of(model), model.agency
    by_budget = state.calendar.budget(model.month - 1)
    inside = state.calendar.inside(model.month - 1)
    medicaid, paid = money[..., MEDICAID].sum(axis=2), paid_of(model)
    budget = medicaid[:, IN_CCO] * inside
    by_cco, by_state = budget @ PAYEES, (medicaid.sum(axis=1) - budget) @ PAYEES
    plain = sum((paid[purpose] for purpose in (*TO_PROVIDERS, "care_management")), start=not_billed(model).sum((1, 2)))
    only = plain == 0  # areas where claims are all that providers are paid
    yield from differ("claims paid by CCOs", paid_to_providers(flows, "cco")[only], by_cco[only])
    yield from differ("claims paid by the state", paid_to_providers(flows, "state")[only], by_state[only])
    for payer in range(MEDICAID + 1, len(PAYERS)):
        theirs = money[..., payer].sum(axis=(1, 2)) @ PAYEES * (payer != UNCOMPENSATED)
        yield from differ(f"claims paid by {PAYERS[payer]}", paid_to_providers(flows, PAYERS[payer]), theirs)
    if flows[~by_budget, ACCOUNT_INDEX["state"], ACCOUNT_INDEX["cco"]].any():
        yield "capitation was paid without a budget"


def programs(before: Before, model: HealthSystem) -> Iterator[str]:
    """Communities receive what their programs cost, from whoever funds them."""
    flows = flows_of(model)
    community = flows[:, :, ACCOUNT_INDEX["community"]]
    yield from differ("program costs", community.sum(axis=1), model.slots.costs_cents())
    if model.scenario.upstream.funding not in FUNDED:
        funder = community[:, ACCOUNT_INDEX[model.scenario.upstream.funding]]
        yield from differ("program funding", funder, community.sum(axis=1))


def perspectives(before: Before, model: HealthSystem) -> Iterator[str]:
    """Each dollar is in one place: what payers pay is used up, or kept by CCOs and providers."""
    month, whole = model.month - 1, model.result()
    sums = whole._sums(slice(month, month + 1), months=1, add_months=True)
    cents = {one.name: total(one.terms, sums) for one in AMOUNTS}
    paid, used, kept = (sum(sign * cents[name] for name, sign in parts) for parts in (PAYMENTS, RESOURCES, TRANSFERS))
    off = np.abs(paid - used - kept).max()
    if off >= 0.5:  # whole cents; less is the rounding of sums
        yield f"payments, resources and transfers: off by {off} cents"


def persons(before: Before, model: HealthSystem) -> Iterator[str]:
    """Medicaid's cents are the cents spent on members, one by one (January begins the year again)."""
    after = living(model)
    spent = by_area(after, after["spend_year"])
    if (model.month - 1) % 12:
        alive = before.rows[np.isin(before.rows["key"], after["key"])]
        spent = spent - by_area(alive, alive["spend_year"])
    yield from differ("cents of members", spent, model.last.money[..., MEDICAID].sum(axis=(1, 2, 3)))


def counts(model: HealthSystem) -> dict[str, Ints]:
    """The month's counts by area."""
    counts = model.last.counts
    return {name: counts[:, i] for name, i in COUNT_INDEX.items()}


def flows_of(model: HealthSystem) -> Ints:
    """The flows of the month as they were recorded."""
    recorded: Ints = model.recorder.state()["flows"][model.month - 1]
    return recorded


def paid_of(model: HealthSystem) -> dict[str, Ints]:
    """The cents of the month by purpose, as they were recorded."""
    recorded: Ints = model.recorder.state()["paid"][model.month - 1]
    return {purpose: recorded[:, i] for i, purpose in enumerate(PURPOSES)}


def not_billed(model: HealthSystem) -> Ints:
    """Claims of CCO members that fixed payments have paid for, (area, rate category, service)."""
    model.month -= 1
    share = model.agency.prepaid
    model.month += 1
    return np.rint(model.last.money[:, IN_CCO, :, :, MEDICAID] * share[:, None, :]).astype(np.int64)


def paid_to_providers(flows: Ints, payer: str) -> Ints:
    paid: Ints = flows[:, ACCOUNT_INDEX[payer]][:, ROWS]
    return paid


def heads_of(rows: NDArray[Any], status: int) -> Ints:
    return np.bincount(rows["area"][rows["status"] == status], minlength=16).astype(np.int64)


def by_area(rows: NDArray[Any], cents: Ints) -> Ints:
    """Add up whole cents exactly (``bincount`` would add them as floats)."""
    total = np.zeros(16, np.int64)
    np.add.at(total, rows["area"], cents)
    return total


def differ(what: str, one: Ints, other: Ints) -> Iterator[str]:
    """Say where two tables that should agree do not, beginning with the area."""
    if not np.array_equal(one, other):
        areas = np.unique(np.nonzero(one != other)[0]).tolist()
        off = int(np.abs(np.asarray(one) - other).sum())
        yield f"{what}: off by {off} in areas {areas}"
