"""Whether the parts of ``payment`` go together: what each form needs beside it, and what it contradicts.

The forms themselves are in ``sim/payment/forms``; a scenario composes any mix that makes sense, without code.
"""

from collections.abc import Iterator, Sequence

from sim.engine.calendar import MONTHS_PER_YEAR
from sim.paths import conf_folder
from sim.payment.form import FORMS, forms_of
from sim.payment.metric_sets import FOLDER, MetricSetError, read_metric_set
from sim.payment.parties import ALL, LARGEST, SMALLEST
from sim.scenario.choices import PaymentChoice
from sim.schema import SERVICES

NONE: frozenset[str] = frozenset()


def faults_of_payment(payment: PaymentChoice, warm_up: int, unknown: frozenset[str] = NONE) -> Iterator[str]:
    """Yield a message for every way in which the parts of ``payment`` do not go together.

    ``unknown``: keys of ``payment``, or ``warm_up``, that have faults of their own: what depends on them is not judged.
    """
    if "contracts" not in unknown:
        yield from _faults_of_mix(payment.contracts)
        yield from _missing_companions(payment, unknown)
        yield from _faults_of_parties(payment, warm_up, unknown)
    if not unknown & {"contracts", "start", "starts", "warm_up"}:
        yield from _missing_baselines(payment, warm_up)
    if "metrics" not in unknown:
        yield from _faults_of_metrics(payment.metrics)


def notes_on_payment(payment: PaymentChoice, months: int) -> Iterator[str]:
    """Yield a remark for each part of ``payment`` that is fine and does nothing, or means more than it says."""
    if payment.contracts and min([payment.start, *payment.starts.values()]) >= months:
        yield f"payment.start={payment.start}: the contracts begin after the last month; nothing changes before"
    forms = forms_of(payment.contracts)
    if payment.clinics != ALL and payment.start < MONTHS_PER_YEAR:
        for form in (one for one in forms if one.looks_back):
            yield (
                f"payment.clinics: {form.name} pays by what members cost in the year before, and before month 0 that "
                f"is known of whole areas alone; payment.start={MONTHS_PER_YEAR} or later takes these clinics' own year"
            )
    if not forms and (payment.clinics != ALL or payment.members):
        yield "payment.clinics and payment.members: there are no contracts, so that they change nothing"
    covers = any(form.has_scope for form in forms)
    if payment.scope and not covers:
        yield "payment.scope: nothing in payment.contracts covers services, so that a scope changes nothing"
    late = [service for service, month in payment.scope.items() if month >= months]
    if late and covers:
        yield f"payment.scope: {', '.join(late)} would enter after the last month"
    for budget in (form for form in forms if form.pays_ccos):
        for form in (one for one in forms if one.beside_a_budget):
            yield (
                f"payment.contracts: with {budget.name}, {form.name} is between a CCO and its providers: "
                f"{form.beside_a_budget}"
            )


def _faults_of_mix(names: Sequence[str]) -> Iterator[str]:
    """Yield a message for each contract that lacks another, or contradicts it."""
    for name in names:
        for missing in (one for one in FORMS[name].needs if one not in names):
            yield f"payment.contracts: {name} needs {missing} beside it"
        for other in (one for one in FORMS[name].excludes if one in names):
            yield f"payment.contracts: {name} and {other} contradict each other, choose one"


def _faults_of_parties(payment: PaymentChoice, warm_up: int, unknown: frozenset[str]) -> Iterator[str]:
    """Yield a message for each contract that cannot hold for a part of the clinics, or for some kinds of members."""
    forms = forms_of(payment.contracts)
    by_clinic = [form.name for form in FORMS.values() if form.by_clinic]
    by_kind = [form.name for form in FORMS.values() if form.by_kind]
    whole = [form.name for form in forms if not form.by_clinic]
    if payment.clinics != ALL and "clinics" not in unknown and whole:
        yield (
            f"payment.clinics={payment.clinics}: {', '.join(whole)} cannot be with a part of the clinics; "
            f"these can: {', '.join(by_clinic)}"
        )
    whole = [form.name for form in forms if not form.by_kind]
    if payment.members and "members" not in unknown and whole:
        yield (
            f"payment.members=[{', '.join(payment.members)}]: {', '.join(whole)} cannot be for some kinds of members "
            f"alone; these can: {', '.join(by_kind)}"
        )
    if payment.clinics in (LARGEST, SMALLEST) and not unknown & {"clinics", "warm_up"} and warm_up == 0:
        yield f"payment.clinics={payment.clinics}: needs a warm_up of at least 1 month, to count the visits of clinics"


def _missing_companions(payment: PaymentChoice, unknown: frozenset[str]) -> Iterator[str]:
    """Yield a message for each contract that covers no service, or has nothing to judge by."""
    for name in payment.contracts:
        if FORMS[name].has_scope and not payment.scope and "scope" not in unknown:
            yield f"payment.scope=[]: {name} needs at least one service in scope, of {', '.join(SERVICES)}"
        if FORMS[name].judges and payment.metrics is None and "metrics" not in unknown:
            yield f"payment.metrics=null: {name} needs a metric set, a file of conf/metrics"


def _missing_baselines(payment: PaymentChoice, warm_up: int) -> Iterator[str]:
    """Yield a message for each contract that requires baseline months which this run does not simulate."""
    first = min([payment.start, *payment.starts.values()])
    for name in payment.contracts:
        if FORMS[name].looks_back and warm_up + first == 0:
            yield (
                f"payment.contracts={name}: needs warm_up or payment.start of at least 1 month, for what it pays is "
                "set from what members cost before"
            )


def _faults_of_metrics(name: str | None) -> Iterator[str]:
    if name is not None and (conf_folder() / FOLDER / f"{name}.yaml").exists():  # a missing file is said elsewhere
        try:
            read_metric_set(conf_folder(), name)
        except MetricSetError as error:
            yield from error.messages
