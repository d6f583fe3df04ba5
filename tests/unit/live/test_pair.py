"""A pair gives, month by month, what `compare` gives at the end."""

import numpy as np
import pytest

from sim import Scenario, compare
from sim.live import FOUR, Pair
from sim.scenario import ScenarioError

SMALL = ("population=classroom", "population.sample=0.00014", "population.minimum_per_cco=5", "warm_up=12", "months=4",
         "threads=1")  # fmt: skip
B = ("payment=global_budget", "upstream=portfolio")


@pytest.fixture(scope="module")
def pair():
    with Pair(Scenario.compose(SMALL), Scenario.compose([*SMALL, *B]), seed=3) as one:
        one.run(until=2)
        one.halfway = one.numbers()
        one.run()
        yield one


def test_the_numbers_are_those_of_compare(pair):
    both = compare(Scenario.compose([*SMALL, "seeds=[3]", "arms.a=[]", f"arms.b=[{','.join(B)}]"]))
    for arm, result in zip("ab", pair.result(), strict=True):
        assert result.digest == both.results[arm, 3].digest
    for one in pair.numbers():
        assert one.a == both.results["a", 3].value(one.measure)
        assert one.difference == both.results["b", 3].value(one.measure) - one.a


def test_half_way_the_numbers_are_of_the_months_so_far(pair):
    with Pair(*(one.model_copy(update={"months": 4}) for one in pair.scenarios), seed=3) as again:
        again.run(until=2)
        assert [len(x) for x in again.series(FOUR[0])] == [2, 2]
        assert again.numbers() == pair.halfway
        assert again.result()[0].value("members") == pytest.approx(again.series("members")[0].mean())


def test_flows_are_the_books(pair):
    for rows, result in zip(pair.flows(), pair.result(), strict=True):
        months = result.counts[..., 0].sum(axis=0) @ result.weights
        assert sum(row.usd for row in rows) * months * 100 == pytest.approx(
            float(result.flows.sum(axis=(0, 2, 3)) @ result.weights)
        )
    paid = {(row.payer, row.payee): row.purpose for row in pair.flows()[1]}
    assert paid["state", "cco"] == "capitation"


def test_areas_add_up(pair):
    places = pair.by_area("ed_visits_per_1000_mm")
    assert [one.name for one in places] == list(pair.result()[0].areas)
    assert places[0].a == pair.result()[0].value("ed_visits_per_1000_mm", "area", places[0].name)
    assert all(one.thin == (one.members < 30) for one in places)


def test_what_differs_is_said_in_words(pair):
    said = "\n".join(pair.differences())
    assert "payment.name: fee_for_service in A, global_budget in B" in said
    assert "upstream.packages: none in A, navigation" in said


def test_other_people_are_refused(pair):
    longer = Scenario.compose([*SMALL[:-2], "months=6"])
    with pytest.raises(ScenarioError, match=r"months is 4 in A and 6 in B"):
        Pair(pair.scenarios[0], longer)


def test_series_are_monthly(pair):
    a, _ = pair.series("ed_visits_per_1000_mm")
    np.testing.assert_array_equal(a, pair.result()[0].monthly()[:, 0][:, _place("ed_visits_per_1000_mm")])


def test_a_notebook_shows_the_numbers_and_their_course(pair):
    shown = pair.show(("ed_visits_per_1000_mm",))
    (number,) = pair.numbers(("ed_visits_per_1000_mm",))
    html = shown._repr_html_()
    assert f"<td>{number.difference:+.4g}</td>" in html
    assert html.count("<svg") == 1
    assert "<script" not in html
    assert f"A {number.a:.6g}, B {number.b:.6g}" in repr(shown)


def test_an_arm_can_repeat_what_organizations_decided_in_the_other():
    words = [*B, "organizations=fixed"]
    with Pair(Scenario.compose(SMALL), Scenario.compose([*SMALL, *words]), seed=3) as fixed:
        fixed.run()
        a, b = (system.decisions for system in fixed.systems)
        for mine, theirs in zip(a.clinics, b.clinics, strict=True):
            assert (mine == theirs).all()
        both = compare(Scenario.compose([*SMALL, "seeds=[3]", "arms.a=[]", f"arms.b=[{','.join(words)}]"]))
        for arm, result in zip("ab", fixed.result(), strict=True):
            assert result.digest == both.results[arm, 3].digest


def _place(name):
    from sim.measures.measures import BY_NAME, MEASURES

    return MEASURES.index(BY_NAME[name])
