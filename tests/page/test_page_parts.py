"""What the page is told of runs: sums over years, how far an answer goes, and marks where there is one seed."""

import pytest

from experiments.page.parts import Runs, map_of, map_part, numbers, told, years
from experiments.page.sentences import Place
from sim.measures.measures import BY_NAME
from sim.pictures.maps import MINUS, PLUS, UNSURE
from tests.support.synthetic_runs import synthetic_run

MONTHS = 26


def runs_of(seeds, months=MONTHS):
    pairs = [tuple(synthetic_run(arm, seed, months, members=2000) for arm in ("fee_for_service", "global_budget"))
             for seed in seeds]  # fmt: skip
    return Runs(tuple(seeds), pairs, months)


@pytest.fixture(scope="module")
def three():
    return runs_of((1, 2, 3))


def test_what_payers_pay_is_also_summed_over_whole_years(three):
    rows = {(row[0], row[1]): row[2:] for row in years(three)["table"]["rows"]}
    for payer in ("State", "Federal Medicaid"):
        a, b, gap, low, high = rows[payer, "Years 1 to 2"]
        for place, value in enumerate((a, b, gap)):
            assert value == pytest.approx(sum(rows[payer, f"Year {year}"][place] for year in (1, 2)))
        assert low < gap < high
        assert (payer, "Year 3 (2 months)") in rows
    assert not any(year.startswith("Years") for _, year in
                   {(row[0], row[1]) for row in years(runs_of((1,), 14))["table"]["rows"]})  # fmt: skip


def test_a_card_says_of_which_months_it_is_the_mean(three):
    assert {one["months"] for one in numbers(Runs(three.seeds, three.pairs, 60))} == {MONTHS}
    assert [one["name"] for one in numbers(three) if "off cover" in one["about"]] == ["qalys_a_year"]


def signs(svg):
    return {sign for sign in (PLUS, MINUS, UNSURE) if f">{sign}</text>" in svg}


def test_one_seed_is_too_early_to_tell_on_every_place_of_a_map(three):
    """One seed has no interval: no place may have the sign that says luck alone could not explain it."""
    assert signs(map_of(runs_of((1,)), "pmpm_resources")["svg"]) <= {UNSURE}
    nan = float("nan")
    places = [Place("Lane", 1.0, 3.0, 2.0, nan, nan, 50, False), Place("Baker", 1.0, 0.0, -1.0, nan, nan, 50, False)]
    part = map_part(BY_NAME["ed_visits_per_1000_mm"], places, "county, first seed", "")
    assert signs(part["svg"]) == {UNSURE}
    assert "too early to tell" in part["svg"]
    known = map_part(BY_NAME["ed_visits_per_1000_mm"], [places[0]._replace(low=1.0, high=3.0)], "county", "")
    assert signs(known["svg"]) == {PLUS}


def test_an_answer_says_what_it_is_of_while_more_is_to_come(three):
    part = Runs(three.seeds, three.pairs, 60)
    for runs, of, said in [
        (three, 8, "(Months 1 to 26, 3 of 8 seeds so far.)"),
        (part, 3, "(Months 1 to 26, 3 of 3 seeds so far.)"),
    ]:
        assert all(answer.endswith(said) for _, answer in told(runs, of=of)["answers"])
    for of in (0, 3):
        assert not any("so far" in answer for _, answer in told(three, of=of)["answers"])
