"""How the rows of a table are shared out among threads, by hand."""

import pytest

from sim.engine.blocks import pieces

pytestmark = pytest.mark.quick


def test_pieces_become_smaller_as_less_is_left():
    """For two threads a quarter of 1,000 rows, then of what is left, and 100 where that would be less."""
    assert pieces(1000, 2, 100) == [
        (0, 250),
        (250, 437),
        (437, 577),
        (577, 682),
        (682, 782),
        (782, 882),
        (882, 982),
        (982, 1000),
    ]
    assert pieces(1000, 4, 300) == [(0, 300), (300, 600), (600, 900), (900, 1000)]
    assert pieces(0, 2, 100) == []


@pytest.mark.parametrize(
    ("rows", "threads", "least"), [(1, 2, 1), (8193, 2, 2048), (20_000, 8, 997), (125_374, 3, 2048)]
)
def test_every_row_is_in_one_piece(rows, threads, least):
    found = pieces(rows, threads, least)
    assert [row for first, last in found for row in range(first, last)] == list(range(rows))
    assert all(last - first >= least for first, last in found[:-1])
