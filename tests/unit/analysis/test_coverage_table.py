"""The table of coverage in the docs: every case is there, each share with its label, and one is found again."""

import re

import pytest

from experiments.methods.coverage import CASES, OUT, coverage, label

SETS = 300


def table():
    rows = re.findall(r"^\| (.+?) \| ([\d.]+)% \| (.+?) \|$", OUT.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: (float(share) / 100, said) for name, share, said in rows}


def test_every_case_is_in_the_table_with_the_label_of_its_share():
    shown = table()
    assert list(shown) == list(CASES)
    for share, said in shown.values():
        assert said == label(share)


@pytest.mark.parametrize("name", ["5 paired seeds, normal", "3 paired seeds, skewed"])
def test_what_the_table_says_is_found_again(name):
    """Three standard errors of 300 sets and of the table's 1,000."""
    share = table()[name][0]
    error = (share * (1 - share) * (1 / SETS + 1 / 1000)) ** 0.5
    assert coverage(CASES[name], SETS, seed=1) == pytest.approx(share, abs=3 * error)
