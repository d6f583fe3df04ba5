"""Does a policy that begins, changes or ends in a run leave everything else as it was, to the bit?"""

from functools import lru_cache

import numpy as np
import pytest

from sim import HealthSystem, Scenario, compare, simulate
from sim.payment.ledger import ACCOUNTS
from tests.support.worlds import beginning, by_key, system

SIZE = (
    *("population=classroom", "population.sample=0.0004", "population.minimum_per_cco=20"),
    *("warm_up=12", "months=9", "threads=1", "seeds=1"),
)
KEPT = ("counts", "flows", "paid", "spending", "registers")
BEFORE, ACT = 6, "providers=effort"
OREGON = ("payment=oregon_2012", ACT)
CHANGES = {
    "metric set": (OREGON, "at.6.payment.metrics=oregon_2020"),
    "fee that rises and falls": (
        (ACT,),
        'at.6=["payment.contracts=[fee_schedule]", parameters.payment.fee_ratio.primary=1.6, until=8]',
    ),
    "budget of CCOs": ((ACT,), "at.6.payment=oregon_2020"),
    "packages": ((ACT, "upstream=chw"), "at.6=[upstream=portfolio, until=8]"),
}
EVERYTHING = (
    ACT,
    *("at.2=[payment=oregon_2012]", "at.4.upstream.packages=[chw]", "at.6.upstream.packages=[chw, groceries]"),
    "at.3=[parameters.payment.growth_cap=0.0, ramp=2]",
    "at.5=[population.renewal=public_health_emergency, until=8]",
)


def ready(*overrides):
    return system(*overrides, start=beginning(size=SIZE), size=SIZE)


@lru_cache(maxsize=8)
def run(*overrides):
    with ready(*overrides) as model:
        model.run()
    return model


def months(model, first, last):
    result = model.result()
    return [getattr(result, name)[first:last] for name in KEPT]


def alike(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize(("base", "change"), CHANGES.values(), ids=CHANGES)
def test_the_months_before_a_change_are_the_same_to_the_bit_and_those_after_are_not(base, change):
    usual, changed = run(*base), run(*base, change)
    assert alike(months(usual, 0, BEFORE), months(changed, 0, BEFORE))
    assert not alike(months(usual, BEFORE, None), months(changed, BEFORE, None))
    assert np.array_equal(changed.ledger.balances.sum(axis=1), np.zeros(len(changed.areas)))


def test_a_change_that_changes_nothing_leaves_the_whole_run_as_it_was():
    same = (
        "at.5.population.renewal=annual",
        "at.7.parameters.payment.growth_cap=0.034",
        "at.6.upstream.targeting=lottery",
    )
    assert run(*OREGON, *same).result().digest == run(*OREGON).result().digest


@pytest.mark.parametrize(
    ("begins", "by_its_start"),
    [
        ("at.6.payment=global_budget_quality_pool", ("payment=global_budget_quality_pool", "payment.start=6")),
        ("at.6.upstream=portfolio", ("upstream=portfolio", "upstream.start=6")),
    ],
)
def test_what_begins_through_the_timeline_is_what_begins_by_its_start(begins, by_its_start):
    assert run(ACT, begins).result().digest == run(ACT, *by_its_start).result().digest


def test_a_policy_that_has_ended_leaves_the_same_people_with_the_same_luck():
    """A benefit that nobody needs changes nobody: births, deaths, needs, conditions; people without it are the same."""
    usual, past = run(ACT), run(ACT, "at.2=[parameters.payment.adult_dental_benefit=0.5, until=5]")
    first, second = by_key(usual), by_key(past)
    for name in ("key", "age_months", "status", "needs", "present", "race", "pregnant"):
        assert np.array_equal(first[name], second[name])


def test_programs_that_end_give_up_their_slots_and_their_effect_fades():
    model = ready(ACT, "at.2=[upstream=groceries, until=5]")
    served, exposed = [], []
    while model.running:
        model.step()
        served.append(int((np.asarray(model.members["package"]) & 1).sum()))
        exposed.append(int(model.whole_members()["package_exposure"][:, 0].astype(np.int64).sum()))
    assert (served[1], served[5:]) == (0, [0] * 4)
    assert served[4] > 0
    assert exposed[4] > exposed[7] > 0


def test_a_budget_that_ends_leaves_no_money_with_ccos_and_no_actions():
    model = ready(ACT, "at.0=[payment=oregon_2020, until=12]", "months=14")
    flows = model.run().flows[:, :, ACCOUNTS.index("state"), ACCOUNTS.index("cco")].sum(axis=1)
    assert flows[:12].all()
    assert not flows[12:].any()
    assert not np.array(model.actions.tolist()).any()
    assert not any(cco.upstream_budget for cco in model.ccos)


def test_stopped_before_and_resumed_after_any_change():
    model, saved = ready(*EVERYTHING), []
    while model.running:
        saved.append(model.save())
        model.step()
    whole = model.result().digest
    for month in (2, 5):
        again = ready(*EVERYTHING)
        again.restore(saved[month])
        assert again.run().digest == whole
    again.restore(saved[3])
    assert again.run().digest == whole
    assert run(*EVERYTHING, "threads=3").result().digest == whole


def test_arms_that_share_a_past_are_simulated_once_and_branch(monkeypatch):
    done, step = [], HealthSystem.step

    def counted(self):
        done.append(self.month)
        step(self)

    arms = {"a": [], "b": ["at.3.payment=oregon_2012"]}
    arms["c"] = [*arms["b"], "at.6.payment.metrics=oregon_2020"]
    words = [f"arms.{arm}=[{', '.join(own)}]" for arm, own in arms.items()]
    scenario = Scenario.compose([*(word for word in SIZE if "threads" not in word), ACT, "threads=2", *words])
    with monkeypatch.context() as watched:
        watched.setattr(HealthSystem, "step", counted)
        found = compare(scenario)
    assert sum(month >= 0 for month in done) == 9 + 6 + 3
    for arm in ("a", "c"):
        alone = simulate(scenario.arm(arm))
        assert found.results[arm, 0].digest == alone.digest
        assert found.results[arm, 0].scenario_digest == alone.scenario_digest
