"""With which clinics contracts are, by hand."""

import numpy as np
import pytest

from sim.payment.parties import clinics_under

AREA = np.array([0, 0, 1, 1, 1])
PLACE = np.array([0.7, 0.2, 0.9, 0.1, 0.5])


@pytest.mark.parametrize(
    ("share", "luck", "under"),
    [
        (0.0, [0.99, 0.99], [0, 0, 0, 0, 0]),
        (1.0, [0.01, 0.01], [1, 1, 1, 1, 1]),
        (0.5, [0.4, 0.4], [0, 1, 0, 1, 0]),  # floor(1 + .4) = 1, floor(1.5 + .4) = 1
        (0.5, [0.4, 0.6], [0, 1, 0, 1, 1]),  # floor(1.5 + .6) = 2: the lowest two places
    ],
)
def test_a_share_of_the_clinics_of_each_area_by_hand(share, luck, under):
    assert clinics_under(AREA, PLACE, share, np.array(luck)).tolist() == [bool(one) for one in under]


def test_over_many_areas_the_share_is_right_and_grows_by_clinics_that_join():
    area = np.repeat(np.arange(3000), 3)
    rng = np.random.default_rng(5)
    place, luck = rng.random(len(area)), rng.random(3000)
    some, more = (clinics_under(area, place, share, luck) for share in (0.4, 0.6))
    assert some.mean() == pytest.approx(0.4, abs=0.01)
    assert (more | ~some).all()
