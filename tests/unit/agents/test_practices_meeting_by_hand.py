"""Practices where two rules meet, by hand: a fall of two kinds, a wait that loses visits, a loss without a contract."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from sim.agents.providers.capacity import Capacity, CapacityTerms
from sim.agents.providers.offer import induced_and_withheld
from sim.agents.providers.response import Decided, Market, Seen
from sim.agents.providers.responses import transformation
from sim.agents.providers.responses.allocation import allocate
from sim.agents.providers.responses.effort import Effort
from sim.agents.providers.responses.hospital import Observation
from sim.agents.providers.responses.savings_trend import Response
from sim.agents.providers.responses.selection import Intake, Participation
from sim.agents.providers.responses.transformation import Transformation
from sim.agents.providers.staffing import Staffing
from sim.agents.providers.waits import WaitCurve, solve_waits
from sim.agents.providers.workload import Workload
from sim.payment.incentives import no_incentives
from sim.payment.ledger import ACCOUNT_INDEX
from sim.schema import MEDICAID, METRICS, PAYERS, PRIMARY, QUALITY, READMISSIONS, SERVICES, UNCOMPENSATED, VOLUME
from tests.support import provider_views
from tests.support.few_numbers import Numbers
from tests.support.stand_in_system import REGISTRY, StandIn

pytestmark = pytest.mark.quick

((_, SECOND, *_),) = REGISTRY["events.clinics_closed"].labels


def market(**numbers):
    """Two areas, the first with one clinic and the second with two."""
    known = Numbers(**{"response_inertia": 1.0, "half_bonus": 0.02} | numbers)
    return Market(known, seed=3, areas=2, clinic_area=np.array([0, 1, 1]), rural=np.zeros(2))


def seen(month=6, passed=3, measured=True, **changes):
    fee = np.ones((2, len(SERVICES)))
    fee[:, PRIMARY] = changes.pop("primary_fee", 1.0)
    known = vars(no_incentives(2)) | {"fee": fee, "members": np.array([0.8, 0.5])} | changes
    return Seen(
        month=month, passed=passed, at_stake=lambda: type(no_incentives(2))(**known), months_under=np.array([20, 8.0]),
        mix=np.full((2, len(SERVICES)), 1 / len(SERVICES)), clinic_area=np.array([0, 1, 1]),
        clinic_size=np.array([1.0, 0.25, 0.75]), utilization=np.full(3, 0.9), usual_utilization=np.full(3, 0.9),
        measured=np.zeros((2, len(METRICS)), dtype=bool) | measured,
    )  # fmt: skip


def test_what_falls_in_both_ways_is_withheld_of_what_is_left():
    """Seven tenths are left; two tenths of the usual are induced: .7 / .8 of the needed, and nine tenths of these."""
    induced, withheld = induced_and_withheld(np.log([0.7, 0.9]), np.log([0.9, 0.9]), 0.2)
    assert induced == pytest.approx([-0.2, -0.1])
    assert withheld == pytest.approx([1 - 0.875 * 0.9, 0.1])


def test_a_wait_agrees_with_the_visits_that_it_loses_and_ends_at_the_cap():
    """Waits are 10 u / (1 - u) days and lose half-lives of patience: at .6 of capacity 15 days, at .9 90 days.

    With 6 days of backlog 21. At 20 times the capacity no wait short of the cap of 92 days brings asks down.
    """
    curve = WaitCurve(wait=10, at=0.5, cap=92, patience=30, highest=0.9)
    load = np.array([0.6 * np.exp(0.5), 0.6 * np.exp(0.7), 20.0])
    found = solve_waits(50 * load, np.full(3, 50.0), np.array([0.0, 6.0, 0.0]), curve)
    assert found.days == pytest.approx([15, 21, 92], abs=1e-4)
    assert found.lost == pytest.approx([1 - np.exp(-0.5), 1 - np.exp(-0.7), 1 - 0.9 / 20], abs=1e-6)
    assert found.utilization == pytest.approx([0.6, 0.6, 0.9], abs=1e-6)


def test_stays_become_observation_where_readmission_is_paid_for_and_not_where_another_measure_is():
    measured = np.zeros((2, len(METRICS)), dtype=bool)
    measured[0, READMISSIONS], measured[1, READMISSIONS - 1] = True, True
    answer, view, decided = Observation(market(observation=0.3)), seen(measured=measured, bonus=np.full(2, 0.05)), None
    answer.decide(view)
    decided = Decided(2, 3)
    answer.add(decided, view)
    assert decided.observation == pytest.approx([0.3 * 0.04 / 0.06, 0])


def test_a_clinic_that_lost_money_before_the_contract_does_not_leave_because_of_it():
    """Visits cost 1.2 of the fee; a fee of .95 makes the second area's clinics worse off, a higher one nobody."""
    answer = Participation(
        market(cost_spread=0.0, visit_cost=1.2, margin_floor=-0.05, exit_patience=2, exit=0.2, come_back=0.5)
    )
    answer.decide(seen(primary_fee=np.array([1.0, 0.95])))
    assert answer.now == pytest.approx([0, 3 * np.log(0.8), 3 * np.log(0.8)])
    assert answer.in_loss.tolist() == [0, 3, 3]


def a_system(response="none", **changes):
    """Three areas of four clinics each, under fee-for-service, past the warm-up."""
    return StandIn(contracts=(), response=response, **changes)


def test_homes_that_the_state_helps_reach_out_also_where_practices_answer_nothing():
    """Two months of help of a ramp of twelve; all clinics are of the lowest tier, so that all homes give the same."""
    model = a_system(practices__state_homes=1.0, practices__team_ramp=12).month_by_month(12 + 2)
    homes = model.providers.homes
    assert homes.since.tolist() == [2] * len(model.clinics)
    assert homes.most[0] > 0
    assert model.areas["proactive"] == pytest.approx(homes.care.proactive * homes.most[0] * 2 / 12)


def test_practices_have_booked_what_was_served_and_not_what_was_sought(monkeypatch):
    model, seen = a_system().month_by_month(3), []
    model.providers.set_capacity(model.asks, model.clinic_asks)
    monkeypatch.setattr(
        model.providers.capacity, "observe", lambda asks, booked, log_pay: seen.append((asks, booked)) or asks
    )
    model.last.sought[:], model.last.served[:] = 300, 200
    model.last.clinic_sought[:], model.last.clinic_served[:] = 80, 70
    model.providers.bill()
    ((asks, booked),) = seen
    clinics = len(model.clinics)
    assert (asks[:clinics] == 80).all()
    assert (asks[clinics:] == 300).all()
    assert (booked[:clinics] == 70).all()
    assert (booked[clinics:] == 200).all()


def test_each_provider_shows_the_numbers_of_its_own_row():
    """Clinics first, then specialists, behavioral and dental care of each area; nobody waits for a pharmacy."""
    model = a_system().month_by_month(3)
    capacity, clinics = model.providers.capacity, len(model.clinics)
    rows = np.arange(len(capacity.area), dtype=float)
    capacity.whole = rows
    found = {(one.kind, one.area, one.clinic): one.capacity for one in model.providers}
    assert [found["primary", c % 3, c] for c in range(clinics)] == list(range(clinics))
    for place, kind in enumerate(("specialist", "behavioral", "dental")):
        assert [found[kind, area, None] for area in range(3)] == [clinics + 3 * place + area for area in range(3)]
    assert found["pharmacy", 2, None] == found["hospital", 0, None] == float("inf")


def test_clinics_show_the_visits_that_are_open_this_month_in_whole_visits():
    model = a_system().month_by_month(3)
    here, clinics = model.providers, len(model.clinics)
    here.set_capacity(model.asks, model.clinic_asks)
    here.capacity.capacity = np.linspace(20.3, 40.9, len(here.capacity.area))
    here.clinic_open = np.arange(clinics) != 4
    here.decide()
    assert model.clinics["capacity"][4] == 1  # the fewest visits
    assert (model.clinics["capacity"] == np.rint(model.clinics["capacity"])).all()
    assert model.clinics["capacity"].tolist() == here.capacity.whole[:clinics].tolist()
    assert model.clinics["lost"] == pytest.approx(here.capacity.waits.lost[:clinics])
    assert (model.clinics["lost"] > 0).all()


def test_what_an_area_shows_of_waits_is_of_its_own_clinics():
    """Clinics of the first area have places 0, 3, 6 and 9, and are of one size; their waits are 0, 3, 6 and 9 days."""
    model = a_system("reduced_form").month_by_month(3)
    model.clinics["wait_days"] = np.arange(len(model.clinics))
    assert (model.providers.record()["practices.wait_days"] / 1e6).tolist() == [4.5, 5.5, 6.5]


def test_what_is_shown_of_a_clinician_is_the_months_cost_and_not_the_years():
    model = StandIn(contracts=("shared_savings",), response="effort")
    here = model.providers.participants
    here.panels, here.listed, here.first = np.array([1, 1, 0]), np.array([True, False]), np.array([False, True])
    here.cents, here.months = np.array([900, 700]), np.array([30, 20])
    here.month_cents, here.month_months = np.array([90, 50]), np.array([3, 2])
    shown = {name.split(".")[1]: values.tolist() for name, values in here.record().items()}
    assert shown == {"panels": [1, 1, 0], "listed": [1, 0], "first": [0, 1], "cents": [90, 50], "months": [3, 2]}


def test_members_outside_the_contracts_meet_prices_without_an_answer_to_these():
    model = a_system("reduced_form").month_by_month(3)
    here = model.providers
    here.decided.log_price[:] = np.log([[0.9], [0.8], [1.1]])
    here._write_prices(model.areas, here.decided)
    assert here.outside()["cco_price"] == pytest.approx(np.ones((3, len(SERVICES))))
    assert model.areas["cco_price"] == pytest.approx(np.array([[0.9], [0.8], [1.1]]) * np.ones(len(SERVICES)))


def test_what_clinics_withhold_counts_what_is_induced_of_primary_care():
    """A tenth of primary care is induced and three tenths of all else: of .9 nothing needed is lost, of .72 a fifth."""
    model = a_system().month_by_month(3)
    here = model.providers
    here.usual_induced = np.full(len(SERVICES), 0.3)
    here.usual_induced[PRIMARY] = 0.1
    here.decided.log_clinic_volume[:2] = np.log([0.9, 0.72])
    here._write_clinics()
    assert model.clinics["withheld"][:3] == pytest.approx([0, 0.2, 0])
    assert model.clinics["induced"][:3] == pytest.approx([-0.1, -0.1, 0])


def test_members_of_clinicians_who_take_part_are_counted_where_clinicians_choose():
    """Where nobody chooses all take part: also where savings follow a trend, whoever takes part."""
    model = StandIn(contracts=("shared_savings",), response="savings_trend")
    assert model.providers.participants is None
    assert model.providers.taking_part.tolist() == [1, 1, 1]
    model.providers.participants = SimpleNamespace(share=lambda: np.array([0.25, 0.5, 1.0]))
    assert model.providers.taking_part.tolist() == [0.25, 0.5, 1]


def test_clinics_close_by_the_event_of_their_own_area():
    model = a_system(**{f"events__clinics_closed__{SECOND}": 1.0})
    assert model.providers.clinic_open.tolist() == (model.clinics["area"] != 1).tolist()


def test_effort_of_specialists_moves_what_they_do_themselves():
    """Effort on volume is .2 and .4 higher in the two areas, on other work as ever; clinics do nothing else."""
    effort, view, decided = provider_views.answers()["effort"], provider_views.seen(), Decided(2, 4)
    effort.gaps["specialist"][:, VOLUME] = [0.2, 0.4]
    effort.add(decided, view)
    use = np.asarray(REGISTRY.get("effort.specialist_use"))[VOLUME]
    assert use.any()
    assert decided.log_volume == pytest.approx(np.outer([0.2, 0.4], use))
    assert not decided.log_clinic_volume.any()


def test_what_is_shown_of_effort_is_the_usual_and_what_a_contract_adds():
    """Clinics of a quarter and three quarters add .1 and .3, of two halves nothing."""
    effort, view = provider_views.answers()["effort"], provider_views.seen()
    effort.gaps["primary"][:, QUALITY] = [0.1, 0.3, 0, 0]
    usual = effort.usual[0][:, QUALITY]
    wanted = [0.25 * usual[0] + 0.75 * usual[1] + 0.25, (usual[2] + usual[3]) / 2]
    assert effort.record(view)["effort_quality"] == pytest.approx(wanted)
    assert effort.of_clinics[:, QUALITY] - usual == pytest.approx([0.1, 0.3, 0, 0])


def test_what_teams_cost_grows_with_what_programs_cost():
    """In month 24 two years of growth by .05; a quarter of the first area's primary care is in a team."""
    teams = Transformation(provider_views.market(upstream__cost_growth=0.05))
    teams.since[0] = 3
    cost = teams.cost * 1.05**2
    assert teams.record(provider_views.seen(month=24))["team_cost_pmpm"] == pytest.approx([0.25 * cost, 0])


def test_scarce_effort_is_divided_by_what_more_of_it_would_bring():
    """Ease of 1 and 2: .6 - x and 2 (.4 - x) fit .7 where x is .7 / 3; who has enough does all that is worth while."""
    found = allocate(np.array([[0.6, 0.4], [0.1, 0.1]]), np.array([1.0, 2.0]), 0.7)
    assert found == pytest.approx(np.array([[0.6 - 0.7 / 3, 0.8 - 1.4 / 3], [0.1, 0.2]]))


def test_a_quarter_has_the_chances_of_three_months_to_become_a_team(monkeypatch):
    teams, view = Transformation(provider_views.market()), provider_views.seen(capitated=0.9)
    monthly = teams.chance(np.full(4, 0.9), np.zeros(4))
    assert (monthly > 0.001).all()
    quarterly = 1 - (1 - monthly) ** 3
    drawn = quarterly + np.array([-1e-6, 1e-6, -1e-6, 1e-6])
    monkeypatch.setattr(transformation, "uniforms", lambda *_: drawn)
    teams.decide(view)
    assert teams.since.tolist() == [3, 0, 3, 0]


def test_a_clinics_luck_is_reduced_by_what_a_member_of_its_own_area_stands_for():
    """Two clinics each of two areas, usually asked for 100; in both areas one is asked for 120 and the other for 80.

    A member stands for one person in the first area, so that nothing is luck of a sample, and for 16 in the second.
    """
    asks = np.concatenate([[100.0, 100, 100, 100], np.full(6, 50.0)])
    capacity = Capacity(
        np.array([0, 0, 1, 1]), np.array([1.0, 16.0]), WaitCurve.of(REGISTRY), CapacityTerms.of(REGISTRY),
        Staffing.of(REGISTRY), 1,
    )  # fmt: skip
    capacity.set_from(asks)
    capacity.expected = np.concatenate([[120.0, 80, 120, 80], np.full(6, 50.0)])
    assert capacity._shrunk_asks()[:4] == pytest.approx([120, 80, 105, 95])


@pytest.mark.parametrize("response", ["none", "reduced_form"])
def test_homes_reach_out_to_members_outside_the_contracts_too(response):
    """Help is no answer to a contract: it is the same for all members, whatever practices answer to contracts."""
    model = a_system(response, practices__state_homes=1.0, practices__team_ramp=12).month_by_month(12 + 2)
    homes = model.providers.homes
    each = homes.care.proactive * homes.most[0] * 2 / 12
    assert each > 0
    model.providers.decided.no_bed[:] = 0.5
    model.providers._write_answers(model.areas, model.providers.decided)
    outside = model.providers.outside()
    assert outside["proactive"] == pytest.approx(each)
    assert model.areas["proactive"] == pytest.approx(each)
    assert (outside["no_bed"] == (0.5 if response == "none" else 0)).all()


def test_what_practices_see_is_each_areas_own():
    """Areas of 50, 80 and 20 members; the last began to use specialists alone when nothing else was counted."""
    model = a_system(members=np.array([50, 80, 20]).reshape(3, 1, 1)).month_by_month(3)
    here = model.providers
    here.mix[2] = 0
    here.mix[2, 1] = 400
    here.utilization, here.usual_utilization = np.linspace(0.5, 0.9, 12), np.linspace(0.4, 0.8, 12)
    view = here._see()
    assert view.mix.sum(axis=1) == pytest.approx(np.ones(3))
    assert view.mix[2, 1] == 1
    assert view.utilization.tolist() == here.utilization.tolist()
    assert view.usual_utilization.tolist() == here.usual_utilization.tolist()


def test_the_part_of_care_under_contracts_is_of_visits_and_not_of_clinics():
    """Of clinics with 10, 20, 30 and 40 visits that with 40 is outside: .6 is under contracts."""
    model = a_system().month_by_month(3)
    sizes = np.zeros(12)
    sizes[[0, 3, 6, 9]] = [10, 20, 30, 40]
    sizes[sizes == 0] = 5
    model.providers.set_capacity(model.asks, sizes)
    model.clinics["apart"] = np.arange(12) == 9
    assert model.providers._part_under() == pytest.approx([0.6, 1, 1])


def test_visits_that_other_contacts_replace_are_a_share():
    model = a_system().month_by_month(3)
    model.providers.decided.log_clinic_replaced[:3] = np.log([0.8, 0.5, 1.2])
    model.providers._write_clinics()
    assert model.clinics["replaced"][:4] == pytest.approx([0.2, 0.5, 0, 0])


def test_each_payer_pays_its_own_claims():
    """A cent for each cell of the first payer, two of the second, and so on."""
    model = a_system().month_by_month(3)
    model.ledger.close_month()
    for payer in range(len(PAYERS)):
        model.last.money[..., payer] = payer + 1
    model.providers.bill()
    cells = model.last.money[0, ..., 0].size
    for payer, name in enumerate(PAYERS):
        if payer not in (MEDICAID, UNCOMPENSATED):
            assert model.ledger.flows[1, ACCOUNT_INDEX[name]].sum() == cells * (payer + 1), name


def test_effort_reads_each_number_by_its_name():
    changes = {"effort__visit_cost": 0.55, "effort__coding_worth": 0.25}
    effort = Effort(provider_views.market(**changes), frozenset())
    assert [(one.cost, one.coding_worth) for one in effort.practices] == [(0.55, 0.25)] * 2


def test_a_fee_for_teams_is_of_the_members_of_the_area_under_the_contract(monkeypatch):
    """Six dollars for .8 and for .5 of the members."""
    teams, fees_seen = Transformation(provider_views.market()), []
    monkeypatch.setattr(teams, "chance", lambda kappa, fee: fees_seen.append(fee) or np.zeros(4))
    view = provider_views.seen(coordination_fee=6.0)
    incentives = replace(view.incentives, members=np.array([0.8, 0.5]))
    view = replace(view, at_stake=lambda: incentives)
    teams.decide(view)
    assert fees_seen[0] == pytest.approx([4.8, 4.8, 3.0, 3.0])


def test_whom_work_is_aimed_at_is_each_areas_own_group():
    model = a_system().month_by_month(3)
    for area, cco in enumerate(model.ccos):
        cco.measures.aimed_at = np.full(len(METRICS), area + 2)
    model.providers._write_answers(model.areas, model.providers.decided)
    assert model.areas["aimed_at"][:, 0].tolist() == [2, 3, 4]


def test_clinics_decide_on_teams_anew_each_quarter(monkeypatch):
    months = []
    monkeypatch.setattr(
        transformation, "uniforms", lambda seed, keys, month, decision: months.append(month) or keys * 1.0
    )
    teams = Transformation(provider_views.market())
    for month in (3, 6, 15):
        teams.decide(provider_views.seen(month=month))
    assert months == [3, 6, 15]


def test_clinics_leave_a_heavier_workload_from_the_first_month_of_a_contract_and_only_in_its_area():
    """The first area is in its first month under a contract, the second has none; all are a tenth busier than ever."""
    workload = Workload.of(REGISTRY)
    view = replace(provider_views.seen(utilization=0.946), months_under=np.array([1.0, 0.0]))
    more = workload.turnover(np.full(2, 1.1)) - workload.usual
    assert (more > 0).all()
    assert workload.excess(view) == pytest.approx([*more, 0, 0])


def test_crowding_closes_panels_where_a_contract_runs_and_nowhere_else():
    """All clinics are a tenth beyond what is full, and were not before; odds of being open are 4, e^-1 of that."""
    answer = Intake(
        market(accepted=0.8, intake_fee=2.0, intake_full_at=0.85, intake_crowding=10.0, intake_capitated=0.5)
    )
    view = replace(
        seen(), months_under=np.array([0.0, 3.0]), utilization=np.full(3, 0.95), usual_utilization=np.full(3, 0.85)
    )
    odds = 4 * np.exp(-1)
    assert answer.aim(view) == pytest.approx([0, *[np.log(odds / (1 + odds) / 0.8)] * 2])


def test_no_area_saves_more_than_the_most_however_strongly_it_answers():
    """A thousandth a month beyond a lag of two, of what is at risk; at most .05."""
    response = Response(slope=0.001, lag=2.0, ceiling=0.05, price_share=0.3, inertia=0.5, spread=0.0)
    saved = response.saving(np.array([12.0, 2.0, 500, 500]), np.full(4, 0.5), np.array([2.0, 2.0, 0.5, 2.0]))
    assert saved == pytest.approx([0.01, 0, 0.05, 0.05])
