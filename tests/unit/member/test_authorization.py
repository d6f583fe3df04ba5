"""What a CCO refuses before it is given, by hand: whose care, which part of it was needed, and what follows."""

import numpy as np
import pytest

from sim.member import authorization, care, offer, wellbeing
from sim.member.decisions import ADMISSION, ADMISSION_DAY, NEEDED, REFUSED, THROUGH_EMERGENCY
from sim.schema import ANCILLARY, INPATIENT, OFF_COVER, OUTPATIENT, PHARMACY, PRIMARY, SERVICES, SPECIALIST
from tests.support.by_hand import a_clinic, a_month, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick

SEED = np.uint64(3)
HALF = np.full(len(SERVICES), 0.5)
MEMBER = {"in_cco": 1}


def luck(**at):
    """Rules whose own draws are those given by decision, and late otherwise."""
    drawn = {int(name[1:]): value for name, value in at.items()}
    return {"draw": lambda _seed, _key, _month, number: drawn.get(int(number), 0.999)}


@pytest.mark.parametrize(
    ("who", "part"), [({"in_cco": 1}, 0.5), ({"in_cco": 0}, 0.0), ({"in_cco": 1, "status": OFF_COVER}, 0.0)]
)
def test_a_cco_refuses_care_of_its_members_on_cover_alone(who, part):
    rules = rules_of(authorization)
    assert rules.refused(someone(**who), an_area(refused=HALF), OUTPATIENT) == part


@pytest.mark.parametrize(
    ("service", "served", "refused", "needed", "given", "counted"),
    [
        (OUTPATIENT, 4, 0.0, 0.0, 2, (2, 0)),  # 4 x .5 are refused; 2 x .25 + 0 were needed: none
        (OUTPATIENT, 4, 0.0, 0.5, 2, (2, 1)),
        (ANCILLARY, 1, 0.49, 0.9, 1, (0, 0)),  # .5 + .49 is less than one
        (ANCILLARY, 1, 0.51, 0.74, 0, (1, 0)),
        (ANCILLARY, 1, 0.51, 0.76, 0, (1, 1)),
        (PHARMACY, 1, 0.51, 0.74, 1, (1, 0)),  # another drug is filled in its place
        (PHARMACY, 1, 0.51, 0.76, 0, (1, 1)),  # a missing fill
    ],
)
def test_what_is_refused_is_not_given_and_a_part_of_it_was_needed(service, served, refused, needed, given, counted):
    rules = rules_of(authorization, **luck(**{f"_{REFUSED + service}": refused, f"_{NEEDED + service}": needed}))
    t = a_month()
    t.served[service] = served
    rules.ask_approval(someone(**MEMBER), t, an_area(refused=HALF), service, SEED, numbers(authorization_needed=0.25))
    assert (t.served[service], t.refused_services, t.refused_needed) == (given, *counted)
    t.served[service] = served
    rules.ask_approval(someone(**MEMBER), t, an_area(refused=HALF), service, SEED, numbers(authorization_needed=0.25))
    assert (t.refused_services, t.refused_needed) == (2 * counted[0], 2 * counted[1])  # beside another service's


@pytest.mark.parametrize(
    ("part", "through", "stays"),
    [
        (0.2, 0.19, 0),
        (0.2, 0.21, 1),
        (0.9, 0.29, 0),  # three in ten stays are planned: no other can be refused
        (0.9, 0.31, 1),
        (0.0, 0.0, 1),
    ],
)
def test_only_planned_stays_are_refused(part, through, stays):
    rules = rules_of(care, **luck(**{f"_{THROUGH_EMERGENCY}": through}))
    t = a_month(rate=np.where(np.arange(len(SERVICES)) == INPATIENT, 0.2, 0.0))
    p = numbers(care_admission_cap=0.5, care_stays_through_emergency=0.7, care_readmission_adult=0)
    u = drawing({ADMISSION: 0.1, ADMISSION_DAY: 0.5})
    rules.stay_in_hospital(someone(**MEMBER), t, an_area(refused=np.full(len(SERVICES), part)), u, 0, SEED, p)
    assert (t.served[INPATIENT], t.refused_services) == (stays, 1 - stays)


def test_a_stay_that_is_refused_would_not_have_come_through_the_emergency_department():
    """With the same draw: nothing that the department sees is refused."""
    for through in (0.29, 0.31, 0.69, 0.71):
        rules = rules_of(care, **luck(**{f"_{THROUGH_EMERGENCY}": through}))
        seen = []
        for part in (0.0, 1.0):
            t = a_month(rate=np.where(np.arange(len(SERVICES)) == INPATIENT, 0.2, 0.0))
            p = numbers(care_admission_cap=0.5, care_stays_through_emergency=0.7, care_readmission_adult=0)
            u = drawing({ADMISSION: 0.1, ADMISSION_DAY: 0.5})
            who, here = someone(**MEMBER), an_area(refused=np.full(len(SERVICES), part))
            rules.stay_in_hospital(who, t, here, u, 0, SEED, p)
            rules.stays_through_emergency(who, t, SEED, p)
            seen.append(int(t.emergency_admitted))
        assert seen[0] == seen[1] == (through >= 0.3)


@pytest.mark.parametrize(
    ("needed", "induced", "withheld", "served"),
    [
        (0.0, 0, 0, 8),  # what is refused was of low value: two of ten visits that need did not ask for
        (1.0, 1, 4, 5),  # half of the eight that need asked for, and half of the two that it did not
    ],
)
def test_specialist_visits_that_are_refused(needed, induced, withheld, served):
    """Ten visits, of which need asked for eight; a half is refused."""
    rules = rules_of(offer, **luck())
    t = a_month(asked=np.where(np.arange(len(SERVICES)) == SPECIALIST, 10, 0))
    p = numbers(access_induced_share=0.2, authorization_needed=needed)
    u = drawing(default=0.999 if needed else 0.0)
    rules.offer_visits(someone(**MEMBER), t, an_area(refused=HALF, dental_benefit=1), a_clinic(), u, 0, SEED, p)
    assert (t.induced[SPECIALIST], t.withheld[SPECIALIST]) == (induced, withheld)
    assert t.unmet[SPECIALIST] == withheld
    assert t.served[SPECIALIST] == served
    assert not t.asked[PRIMARY]


def test_a_month_with_a_needed_service_refused_is_one_in_which_care_was_not_easy_to_get():
    rules = rules_of(wellbeing)
    p = numbers(wellbeing_satisfied=0.9, wellbeing_satisfied_after_loss=0.4)
    chances = [
        rules.satisfaction(someone(**MEMBER), a_month(refused_services=2, refused_needed=needed), an_area(), p)
        for needed in (0, 1)
    ]
    assert chances == [0.9, 0.4]


def test_members_in_whose_area_nothing_is_refused_draw_nothing():
    def drawn(*_):
        raise AssertionError

    rules = rules_of(authorization, draw=drawn)
    t = a_month(served=np.full(len(SERVICES), 3))
    for service in (OUTPATIENT, ANCILLARY, PHARMACY):
        rules.ask_approval(someone(**MEMBER), t, an_area(), service, SEED, numbers())
    assert not rules.is_stay_refused(someone(**MEMBER), t, an_area(), SEED, numbers())
    assert (t.served == 3).all()
