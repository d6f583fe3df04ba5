"""What goes before what in a scenario, what all arms share, and what decides the digest of a run: by hand."""

import os

import pytest

from sim.scenario import Scenario, ScenarioError, digests
from sim.scenario.choices import ProvidersChoice
from sim.scenario.contrasts import interaction, weights_of
from sim.scenario.events import read_event
from sim.scenario.overrides import flat

pytestmark = pytest.mark.quick

FEE, SHARE = "parameters.payment.fee_ratio", "parameters.payment.withhold_share"


def composed(*overrides):
    return Scenario.compose(["population=classroom", *overrides])


def fees(scenario):
    """Of primary and of dental care, which stand first and fourth."""
    table = scenario.registry.get("payment.fee_ratio")
    return [float(table[0]), float(table[3])]


# --- what goes before what


def test_what_is_given_later_goes_before_what_was_given_of_a_table_or_a_part_of_it():
    part_last = composed(f"{FEE}=0.9", f"{FEE}.dental=1.1")
    assert fees(part_last) == [0.9, 1.1]
    assert fees(composed(f"{FEE}.dental=1.1", f"{FEE}=0.9")) == [0.9, 0.9]
    then_all = composed(f"{FEE}=0.9", f"{FEE}.dental=1.1", f"at.12=[{FEE}=0.8, until=20]")
    assert [fees(then_all.in_force(month)) for month in (11, 12, 20)] == [[0.9, 1.1], [0.8, 0.8], [0.9, 1.1]]


def test_numbers_of_the_scenario_go_before_those_of_options_and_all_options_have_theirs():
    """The payment of 2012 withholds .03; the world of 2014 has numbers of its own as well."""
    both = composed("payment=oregon_2012", "upstream=meals")
    assert (both.registry.get("payment.withhold_share"), both.registry.get("payment.cap_give")) == (0.03, 0.5)
    assert composed("payment=oregon_2012", f"{SHARE}=0.05").registry.get("payment.withhold_share") == 0.05
    assert composed(f"{SHARE}=0.05", "payment=oregon_2012").registry.get("payment.withhold_share") == 0.05
    led = composed("payment=oregon_2012", "governance=hospital_led")
    assert led.registry.get("payment.withhold_share") == 0.03
    assert led.registry.overridden() != both.registry.overridden()


def test_a_population_that_is_chosen_beside_an_experiment_has_its_own_size():
    """The experiment simulates at least 1,000 members in each area; a classroom is as small as ever."""
    usual, small = Scenario.compose(["experiment=validation_lists"]), Scenario(population="classroom")
    assert usual.population.minimum_per_cco == 1000
    found = Scenario.compose(["experiment=validation_lists", "population=classroom"]).population
    for key in ("members", "sample", "minimum_per_cco"):
        assert getattr(found, key) == getattr(small.population, key), key
    asked = Scenario.compose(["experiment=validation_lists", "population=classroom", "population.minimum_per_cco=150"])
    assert asked.population.minimum_per_cco == 150


def test_the_baseline_is_the_first_arm_unless_another_is_named():
    arms = ("arms.new=[upstream=chw]", "arms.usual=[]", "arms.other=[upstream=meals]")
    assert composed(*arms).baseline == "new"
    assert composed(*arms, "baseline=usual").baseline == "usual"


def test_an_arm_has_what_all_arms_share_and_its_own_and_none_of_the_study():
    of_study = ("levers={parameters.payment.growth_cap: [0.02, 0.03]}", "uncertainties=[needs.food_onset]")
    arms = ("arms.a=[]", f"arms.b=['{FEE}.dental=1.1', upstream=chw]")
    found = composed("months=30", f"{FEE}=0.9", *arms, *of_study)
    for name, numbers in (("a", [0.9, 0.9]), ("b", [0.9, 1.1])):
        arm = found.arm(name)
        assert (arm.months, fees(arm), arm.is_designed, arm.arms) == (30, numbers, False, {})


@pytest.mark.parametrize(
    "text",
    [
        *("population.members=5000", "population.minimum_per_cco=150", "population.margins=oregon_2014"),
        *("population.year=2012", "population.events=[recession]", "warm_up=7", "seeds=3", "stop.outcome=pmpm_total"),
        *("stop.half_width=3", "stop.at_most=9", "design.kind=grid", "design.draws=4", "design.seed=5", "keep=months"),
        *("outcomes=[deaths]", "baseline=a", "conf=/nowhere", "threads=2", "compute.workers=2", "structures=[x]"),
    ],
)
def test_arms_share_what_makes_their_runs_comparable(text):
    with pytest.raises(ScenarioError) as refused:
        composed("arms.a=[]", f"arms.b=['{text}']")
    assert refused.value.messages == [
        f"arm b: {text.partition('=')[0]}: cannot differ between the arms of a comparison, set it outside the arms"
    ]


def test_a_key_of_an_entry_is_set_beside_its_others():
    found = composed("at.24=[payment=oregon_2020, until=48]", "at.24.payment.metrics=soon_met")
    assert found.in_force(24).payment.metrics == "soon_met"
    assert found.in_force(24).payment.contracts == composed("payment=oregon_2020").payment.contracts
    assert [one.month for one in found.phases] == [24, 48]


def test_a_run_has_the_seed_that_is_asked_for_and_0_is_one():
    found = composed("seeds=[3, 5]", "threads=2")
    assert (found.seed_of(None), found.seed_of(0), found.seed_of(8)) == (3, 0, 8)
    assert (found.threads_of(None), found.threads_of(5)) == (2, 5)


# --- events


def test_months_of_an_event_are_counted_from_its_beginning():
    """The recession lasts 36 months: begun in month 5 it ends in 41, and in a run of 30 months it does not end."""
    long, short = composed("events={recession: 5}"), composed("months=30", "events={recession: 5}")
    assert [one.month for one in long.phases] == [5, 41]
    assert [one.month for one in short.phases] == [5]
    assert read_event(long.folder, "recession").begins == 12


def test_what_an_event_sets_later_ends_in_a_month_of_the_event_too():
    """Entries 0 to 3, 3 to 12 and 12 to 24 of the pandemic, begun in month 6: visits are as before from month 30."""
    found = composed("months=60", "events={pandemic_2020: 6}")
    primary = [found.in_force(month).registry.get("events.visits").T[0][0] for month in (5, 6, 9, 17, 18, 29, 30)]
    assert [one.month for one in found.phases] == [6, 9, 18, 30]
    assert primary == [1.0, 0.6, 0.85, 0.85, 0.95, 0.95, 1.0]


def test_events_of_the_scenario_stand_in_the_place_of_those_of_the_world():
    world = ("population=oregon_2014", "months=48")
    assert [one.month for one in Scenario.compose([*world, "events={clinic_closure: 7}"]).phases] == [7]
    assert Scenario.compose([*world, "events=[]"]).phases == ()


def test_an_event_file_that_has_changed_is_read_again(tmp_path):
    (tmp_path / "event").mkdir()
    file = tmp_path / "event" / "storm.yaml"
    for month, changed in ((3, 1), (7, 2)):
        file.write_text(f"title: A storm\nbegins: {month}\nat: {{}}\n", encoding="utf-8")
        os.utime(file, ns=(changed, changed))
        assert read_event(tmp_path, "storm").begins == month


def test_an_entry_and_an_event_may_set_different_numbers_in_one_month():
    found = composed("events={clinic_closure: 7}", f"at.7.{FEE}=0.8")
    assert [one.month for one in found.phases] == [7]
    assert fees(found.in_force(7)) == [0.8, 0.8]
    assert found.in_force(7).registry.get("events.clinics_closed").max() == 0.34


# --- answers of providers


@pytest.mark.parametrize(
    ("only", "without", "on"),
    [
        ((), ("coding",), {"inducement", "hiring"}),
        (("coding", "hiring"), (), {"coding", "hiring"}),
        (("coding", "hiring"), ("coding",), {"hiring"}),
    ],
)
def test_answers_are_switched_off_by_either_list(only, without, on):
    found = ProvidersChoice(name="x", response="effort", only=only, without=without).off
    assert {name for name in ("inducement", "coding", "hiring") if name not in found} == on


# --- sums of arms


def test_an_arm_that_stands_twice_in_a_sum_has_both_weights():
    assert weights_of("a + 0.5 * b - c - 0.5 * a") == {"a": 0.5, "b": 0.5, "c": -1.0}


def test_the_interaction_is_against_the_baseline_wherever_it_stands():
    arms = {"both": ("x=1", "y=1"), "one": ("x=1",), "none": (), "other": ("y=1",)}
    assert interaction(arms, "none") == {"interaction": "both - one - other + none"}
    assert interaction(arms, "both") == {"interaction": "none - one - other + both"}
    study = composed(
        "arms.both=[upstream=chw, payment=global_budget]", "arms.programs=[upstream=chw]",
        "arms.neither=[]", "arms.budget=[payment=global_budget]", "baseline=neither",
    )  # fmt: skip
    assert study.sums == {"interaction": {"both": 1, "programs": -1, "budget": -1, "neither": 1}}
    assert interaction({"a": (), "b": ("x=1",), "c": ("x=1", "y=1"), "d": ("y=1", "x=1", "z=1")}, "a") == {}


# --- digests


def test_the_digest_of_a_package_is_of_what_a_run_reads(tmp_path):
    """Notes do not count, nor ranges, which only check what is set; of a ratio these do, as programs differ in it."""
    folder = tmp_path / "packages"
    folder.mkdir()

    def digest(value, low, note="x", unit="share"):
        file = folder / f"p{len(list(folder.iterdir()))}.yaml"
        file.write_text(f"cost: {{value: {value}, unit: {unit}, low: {low}, high: 0.9, note: {note}}}\n")
        return digests.file_digest(file)

    assert digest(0.5, 0.1) == digest(0.5, 0.2, note="y")
    assert digest(0.5, 0.1) != digest(0.6, 0.1)
    assert digest(0.5, 0.1, unit="ratio") != digest(0.5, 0.2, unit="ratio")
    assert digest(0.5, 0.1, unit="ratio") == digest(0.5, 0.1, note="y", unit="ratio")
    assert digests.file_digest(folder / "nowhere.yaml") == ""


def test_all_files_that_a_run_reads_are_among_its_inputs():
    found = digests.files_of_a_run("mine", ["chw", "meals"], ["set", "set"], ["storm"])
    assert set(found) == {
        *("evidence/cco_enrollment.csv", "evidence/cco_service_areas.csv", "evidence/life_table.csv"),
        *("evidence/oregon_counties.csv", "population/margins/mine.csv", "packages/chw.yaml", "packages/meals.yaml"),
        *("metrics/set.yaml", "event/storm.yaml"),
    }
    assert len(found) == 9


def test_the_digest_of_data_is_of_every_file_and_what_is_in_it(tmp_path):
    names = ("evidence/a.csv", "packages/b.yaml", "population/margins/c.csv", "metrics/d.yaml")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    seen = {digests.data_digest(tmp_path)}
    for number, name in enumerate(names, 2):
        (tmp_path / name).write_text("23"[: number % 2 + 1])
        seen.add(digests.data_digest(tmp_path))
    (tmp_path / names[0]).rename(tmp_path / "evidence/z.csv")
    seen.add(digests.data_digest(tmp_path))
    assert len(seen) == len(names) + 2


def test_the_digest_of_a_result_is_of_the_code_of_all_packages_of_the_model(tmp_path, monkeypatch):
    for name in ("scenario/digests.py", "member/rule.py"):
        (tmp_path / "sim" / name).parent.mkdir(parents=True)
        (tmp_path / "sim" / name).write_text("a = 1\n")
    monkeypatch.setattr(digests, "__file__", str(tmp_path / "sim/scenario/digests.py"))
    before = digests.digest_of({"months": 3})
    assert before == digests.digest_of({"months": 3}) != digests.digest_of({"months": 4})
    (tmp_path / "sim/member/rule.py").write_text("a = 1000\n")
    assert digests.digest_of({"months": 3}) != before


def test_dotted_paths_keep_every_level():
    assert flat({"payment": {"fee_ratio": {"dental": 2, "primary": 3}}, "a.b": 1}) == {
        "payment.fee_ratio.dental": 2, "payment.fee_ratio.primary": 3, "a.b": 1,
    }  # fmt: skip
