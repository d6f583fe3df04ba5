"""A payment form: one object that says what the form pays, puts at stake and settles, and which services it covers.

Each form has a file in ``sim/payment/forms``, with its arithmetic, its rules and its ``Form``; ``register`` makes it
known to scenarios, the state and the books. A rule reads a ``Month`` and moves money through ``month.payer``. Forms may
share a rule: whatever the mix, it is applied once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from sim.engine.arrays import Cents, Floats
from sim.engine.parameters import Registry
from sim.payment.ledger import add_purposes
from sim.payment.month import Month

T = TypeVar("T")
Rule: TypeAlias = Callable[[Month], None]
ExitRule: TypeAlias = Callable[[Month, int], None]


@dataclass(frozen=True, eq=False)
class Form:
    """What a payment form is.

    Attributes
    ----------
    name, meaning : as ``payment.contracts`` names it, and what it is in words.
    needs, excludes : forms that it needs beside it, or contradicts.
    purposes : what its payments are for, lines of the ledger.
    quality_pay : those of them that reward quality; no cost of care against which savings are shared.
    has_scope : it covers the services of ``payment.scope``, and a CCO or providers answer for their total cost.
    looks_back : what it pays is set from what members cost before.
    judges : it needs a metric set.
    pays_ccos : CCOs are paid for the services in scope, and pay for them.
    shares_savings, shares_losses : providers take part in deviations from a benchmark of total cost.
    adjusts_risk : capitation follows diagnoses.
    by_clinic, by_kind : it can hold for a part of the clinics, or for some kinds of members.
    beside_a_budget : what it means where CCOs are paid too, for those who compose both.
    withholds : share of capitation that is kept back.
    fees : Medicaid's fees against today's by service, and the share of billed value that is denied.
    prepays : share of claims that its fixed payments have paid for and that are not billed, (area, service).
    stakes : what it puts at stake for providers, by field of ``Incentives``; forms add up.
    monthly, in_december, after_year : rules of each month, of each December, and of the months in which the contract
        year of some areas ends.
    last : rules of a month once everything else in it is settled.
    on_exit : rules for an area whose CCO gives it up.
    records : what of a month is kept beside the books; what it leaves out keeps its last value.
    """

    name: str
    meaning: str
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    quality_pay: tuple[str, ...] = ()
    has_scope: bool = False
    looks_back: bool = False
    judges: bool = False
    pays_ccos: bool = False
    shares_savings: bool = False
    shares_losses: bool = False
    adjusts_risk: bool = False
    by_clinic: bool = False
    by_kind: bool = False
    beside_a_budget: str = ""
    withholds: Callable[[Registry], float] | None = None
    fees: Callable[[Registry], tuple[Floats, float]] | None = None
    prepays: Callable[[Month], Floats] | None = None
    stakes: Callable[[Month], Mapping[str, Floats]] | None = None
    monthly: tuple[Rule, ...] = ()
    in_december: tuple[Rule, ...] = ()
    after_year: tuple[Rule, ...] = ()
    last: tuple[Rule, ...] = ()
    on_exit: tuple[ExitRule, ...] = ()
    records: Callable[[Month], Mapping[str, Cents]] | None = None


FORMS: dict[str, Form] = {}
"""All registered forms by name, in the order in which they settle."""


def register(form: Form) -> Form:
    """Make a form known: scenarios may name it, and the books have lines for its payments.

    Raises
    ------
    ValueError
        If its name is taken.
    """
    if form.name in FORMS:
        raise ValueError(f"there is a payment form {form.name!r} already")
    FORMS[form.name] = form
    add_purposes(form.purposes)
    return form


def forms_of(names: Iterable[str]) -> tuple[Form, ...]:
    """Return the named forms, in the order in which they settle."""
    chosen = frozenset(names)
    return tuple(form for name, form in FORMS.items() if name in chosen)


def once(rules: Iterable[T]) -> tuple[T, ...]:
    """Return each rule once, in order, also one that several forms share."""
    return tuple(dict.fromkeys(rules))
