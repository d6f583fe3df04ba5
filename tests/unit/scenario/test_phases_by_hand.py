"""When contracts, services and programs of a changing scenario begin, worked out by hand: no start in month 0."""

import pytest

from sim.scenario import Scenario, ScenarioError

pytestmark = pytest.mark.quick

YAMHILL, JACKSON, UMPQUA = "Yamhill Community Care", "Jackson Care Connect", "Umpqua Health Alliance"
BUDGET = ("payment=global_budget", "payment.start=6")
SHARING = "payment.contracts=[global_budget, shared_risk]"


def composed(*overrides):
    return Scenario.compose(["population=classroom", *overrides])


def phase(month, *overrides):
    """The scenario that is in force in a month of a run of five years; nothing of it is refused."""
    try:
        return composed(*overrides).in_force(month)
    except ScenarioError as refused:
        pytest.fail(str(refused))


@pytest.mark.parametrize(
    ("overrides", "month", "start"),
    [
        ([*BUDGET, "at.18.payment.contracts=[global_budget, growth_test]"], 18, 6),  # beside a contract that goes on
        ([*BUDGET, f"at.18.{SHARING}"], 18, 6),  # CCOs are paid already: providers join their years
        (["payment=care_coordination_fee", "payment.start=3", "at.15.payment=shared_savings"], 15, 15),  # a benchmark
        (["payment=care_coordination_fee", "payment.start=3", "at.20.payment=hospital_global_budget"], 20, 3),
        (["payment=shared_savings", "payment.start=6", "at.30.payment=global_budget"], 30, 30),  # a payment of CCOs
        ([*BUDGET, "at.18.payment=fee_for_service", "at.33.payment=global_budget"], 33, 33),  # after months without
        (["payment.start=20", "at.8.payment.contracts=[care_coordination_fee]"], 8, 20),  # its own start comes later
        (["at.8.payment.contracts=[care_coordination_fee]", "at.11.payment.contracts=[fee_schedule]"], 11, 8),
    ],
)
def test_contracts_begin_anew_or_go_on(overrides, month, start):
    assert phase(month, *overrides).payment.start == start


def test_areas_that_began_in_another_month_keep_it_and_new_ones_begin_with_their_phase():
    areas = f"payment.areas=[{YAMHILL}, {JACKSON}]"
    more = f"at.21.payment.areas=[{YAMHILL}, {JACKSON}, {UMPQUA}]"
    given = [*BUDGET, f"payment.starts={{{YAMHILL}: 9}}", areas, more]
    assert phase(20, *given).payment.starts == {YAMHILL: 9}
    assert (phase(21, *given).payment.start, phase(21, *given).payment.starts) == (6, {YAMHILL: 9, UMPQUA: 21})
    later = phase(30, *given, "at.30.parameters.payment.growth_cap=0.02")
    assert later.payment.starts == {YAMHILL: 9, UMPQUA: 21}
    with pytest.raises(ScenarioError, match=rf"cannot end in single areas \({JACKSON}\)"):
        composed(*given[:-1], f"at.21.payment.areas=[{YAMHILL}]")


def test_an_area_begins_no_earlier_than_the_contracts_of_its_phase():
    """Of contracts that begin in month 12: an area in month 18, and one that would have begun in month 6."""
    begun = phase(12, f"at.12=[payment=global_budget, 'payment.starts={{{YAMHILL}: 18, {JACKSON}: 6}}']").payment
    assert (begun.start, begun.starts) == (12, {YAMHILL: 18, JACKSON: 12})


def test_an_area_that_has_begun_cannot_be_moved():
    with pytest.raises(ScenarioError, match="the contracts have begun already, in month 6"):
        composed(*BUDGET, f"payment.starts={{{YAMHILL}: 9}}", f"at.18.payment.starts={{{YAMHILL}: 24}}")


def test_a_service_is_inside_since_its_contracts_began_and_not_since_others_did():
    """Shared savings of month 6 covered primary care; the budget of month 30 covers it since month 30."""
    savings = ("payment=shared_savings", "payment.start=6")
    begun = phase(30, *savings, "at.30.payment=global_budget").payment
    assert set(begun.scope.values()) == {30}
    beside = phase(21, *BUDGET, "payment.scope={primary: 0, dental: 40}", "at.21.payment.scope=[primary, dental]")
    assert beside.payment.scope == {"primary": 0, "dental": 21}


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ([*BUDGET, f"payment.starts={{{YAMHILL}: 9}}", "at.18.payment=fee_for_service"], "month 9 (nearest: 9 or 21)"),
        ([*BUDGET, "at.20.payment=fee_for_service"], "global_budget cannot begin or end within a contract year"),
        ([*BUDGET, f"at.20.{SHARING}"], "shared_risk cannot begin or end within a contract year"),
    ],
)
def test_what_is_settled_by_the_year_begins_and_ends_between_the_years_of_every_area(overrides, said):
    with pytest.raises(ScenarioError) as refused:
        composed(*overrides)
    (message,) = refused.value.messages
    assert said in message


def test_what_is_not_settled_by_the_year_begins_within_one():
    given = [*BUDGET, "at.20.payment.contracts=[global_budget, growth_test, care_coordination_fee]"]
    assert phase(20, *given).payment.start == 6


UPSTREAM = ("upstream.packages=[chw, meals]", "upstream.start=3", "upstream.starts={meals: 9}")


@pytest.mark.parametrize(
    ("at", "month", "start", "starts"),
    [
        (["at.12.upstream.packages=[chw, meals, cash]"], 12, 3, {"meals": 9, "cash": 12}),
        (["at.12.upstream.packages=[cash, meals]"], 12, 3, {"cash": 12, "meals": 9}),  # chw goes, others stay dated
        (["at.5=['upstream.packages=[cash]', until=7]"], 7, 5, {"chw": 7, "meals": 9}),  # after months without
        (["at.5=['upstream.packages=[cash]', until=20]"], 20, 5, {"chw": 20, "meals": 20}),
        (["at.12.upstream.packages=[chw, meals, cash]", "at.20.upstream.funding=cco"], 20, 3, {"meals": 9, "cash": 12}),
    ],
)
def test_a_program_is_on_offer_since_it_came(at, month, start, starts):
    found = phase(month, *UPSTREAM, *at).upstream
    began = {name: found.starts.get(name, found.start) for name in found.packages}
    assert began == {name: starts.get(name, start) for name in found.packages}


def cap(scenario):
    return round(scenario.registry.get("payment.growth_cap"), 6)


def fee(scenario):
    return round(float(scenario.registry.get("payment.fee_ratio")[0]), 6)


CAP, FEE = "parameters.payment.growth_cap", "parameters.payment.fee_ratio.primary"


def test_a_number_moves_from_what_an_earlier_entry_left():
    """The cap is .02 from month 2; from month 12 it moves to 0 in four steps of .005, and from 20 it is .02 again."""
    at = (f"at.2.{CAP}=0.02", f"at.12=[{CAP}=0.0, ramp=4, until=20]")
    found = [cap(phase(month, *at)) for month in (1, 2, 11, 12, 13, 14, 15, 19, 20)]
    assert found == [0.034, 0.02, 0.02, 0.015, 0.01, 0.005, 0.0, 0.0, 0.02]


def test_two_numbers_move_at_once_each_by_its_own_steps():
    """The fee from 1 to 1.4 in two steps, the cap from .034 to 0 in four, a month later."""
    at = (f"at.12=[{FEE}=1.4, ramp=2]", f"at.13=[{CAP}=0.0, ramp=4]")
    steps = [(fee(phase(month, *at)), cap(phase(month, *at))) for month in range(11, 18)]
    assert steps == [
        (1.0, 0.034), (1.2, 0.034), (1.4, 0.0255), (1.4, 0.017), (1.4, 0.0085), (1.4, 0.0), (1.4, 0.0),
    ]  # fmt: skip
    both = [phase(month, f"at.12=[{FEE}=1.4, {CAP}=0.0, ramp=4]") for month in (12, 14)]
    assert [(fee(one), cap(one)) for one in both] == [(1.1, 0.0255), (1.3, 0.0085)]


def test_two_cells_of_a_table_move_at_once_each_by_its_own_steps():
    """Primary care from 1 to 1.4 in four steps, and a month later dental care from 1 to .6: others stay at 1."""
    dental = FEE.replace("primary", "dental")

    def fees(scenario):
        table = scenario.registry["payment.fee_ratio"]
        cells = {path.rpartition(".")[2]: round(float(table.value.flat[i]), 6) for path, i in table.cells()}
        return [cells[name] for name in ("primary", "dental", "pharmacy")]

    at = (f"at.12=[{FEE}=1.4, ramp=4]", f"at.13=[{dental}=0.6, ramp=4]")
    steps = [fees(phase(month, *at)) for month in range(11, 18)]
    assert steps == [
        [1, 1, 1], [1.1, 1, 1], [1.2, 0.9, 1], [1.3, 0.8, 1], [1.4, 0.7, 1], [1.4, 0.6, 1], [1.4, 0.6, 1],
    ]  # fmt: skip


def test_entries_hold_in_the_order_of_their_months_however_they_are_written():
    later_first = f"at={{24: [{CAP}=0.03], 12: [{CAP}=0.02]}}"
    assert [cap(phase(month, later_first)) for month in (11, 12, 23, 24, 59)] == [0.034, 0.02, 0.02, 0.03, 0.03]


def test_an_entry_may_begin_in_the_month_in_which_another_ends():
    at = (f"at.12=[{CAP}=0.02, until=24]", f"at.24=[{CAP}=0.03, until=30]")
    assert [cap(phase(month, *at)) for month in (12, 23, 24, 29, 30)] == [0.02, 0.02, 0.03, 0.03, 0.034]
    with pytest.raises(ScenarioError, match="at work until 24"):
        composed(at[0], f"at.23=[{CAP}=0.03]")


def test_a_number_cannot_move_for_longer_than_its_entry_holds():
    with pytest.raises(ScenarioError, match="must be a whole number of months, 1 to 6"):
        composed(f"at.24=[{CAP}=0.0, ramp=7, until=30]")
    assert cap(phase(29, f"at.24=[{CAP}=0.0, ramp=6, until=30]")) == 0.0


def test_what_an_option_sets_changes_in_the_run_as_well():
    found = composed("at.24.payment=oregon_2012")
    assert {"payment.withhold_share", "payment.cap_give", "payment.cap_phase"} <= found.changing
    assert (found.registry.get("payment.cap_phase"), found.in_force(24).registry.get("payment.cap_phase")) != (2.0, 2.0)
    assert found.in_force(24).registry.get("payment.cap_phase") == 2.0


def test_what_is_on_offer_and_with_whom_contracts_are_is_asked_of_the_whole_run():
    before = ("payment=shared_savings", "upstream=meals")
    found = composed(*before, "at.12.payment.clinics=largest", "at.20.upstream.packages=[chw, meals]")
    assert [one.month for one in found.phases] == [12, 20]
    assert [found.in_force(month).payment.clinics for month in (11, 12, 25)] == ["all", "largest", "largest"]
    assert found.divides_clinics
    assert found.packages_ever == ("meals", "chw")
    assert not composed(*before).divides_clinics
    assert found.past(12) == composed(*before).past(12)
