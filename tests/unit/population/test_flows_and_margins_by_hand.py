"""What a margin must add to from both sides, and what people who lost cover keep, by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.population import conditions, flow, joint, social_needs
from sim.population.ages import AGE_LEVELS, GROUP_ELIGIBILITY, GROUPS
from sim.population.luck import PRESENT, Luck
from sim.population.margins import Margin, MarginsError, read_margins
from sim.schema import (
    CHILD,
    CONDITIONS,
    DIABETES,
    ELIGIBILITIES,
    ENROLLED,
    HEART_DISEASE,
    HEART_FAILURE,
    HISPANIC,
    HOUSING,
    OFF_COVER,
    RACES,
    STORED,
)
from tests.support.few_numbers import Numbers

pytestmark = pytest.mark.quick


def margins(folder, shares, within="all"):
    lines = [f"eligibility,{within},{level},{share}" for level, share in zip(ELIGIBILITIES, shares, strict=True)]
    file = folder / "some.csv"
    file.write_text("margin,within,level,share\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(("first", "said"), [(0.4, ""), (0.45, "1.0500"), (0.35, "0.9500"), (0.399, "")])
def test_shares_that_add_to_less_than_one_are_refused_like_those_that_add_to_more(tmp_path, first, said):
    """A thousandth is rounding; shares are then scaled to 1."""
    file = margins(tmp_path, [first, 0.3, 0.15, 0.1, 0.05])
    if said:
        with pytest.raises(MarginsError, match=f"eligibility within all adds to {said}, must add to 1"):
            read_margins(file, ("north",))
    else:
        (margin,) = read_margins(file, ("north",))
        assert margin.shares == pytest.approx(np.array([first, 0.3, 0.15, 0.1, 0.05]) / (first + 0.6))


def test_the_name_of_a_margin_is_no_group_of_people(tmp_path):
    with pytest.raises(MarginsError, match="nobody is within 'area'"):
        read_margins(margins(tmp_path, [0.4, 0.3, 0.15, 0.1, 0.05], within="area"), ("north",))


def test_people_who_lost_cover_come_back_to_the_kind_of_cover_that_they_had():
    rows = np.zeros(4, STORED)
    rows["status"], rows["in_cco"], rows["dual"], rows["attached"] = ENROLLED, [1, 0, 1, 0], [0, 1, 1, 0], [1, 1, 0, 0]
    flow.OffCover(0.2, np.ones(1), np.array([1.0])).fill(rows, Luck(1, np.arange(4, dtype=np.uint64)))
    assert rows["status"].tolist() == [OFF_COVER] * 4
    assert rows["in_cco"].tolist() == [1, 0, 1, 0]
    assert rows["dual"].tolist() == [0, 1, 1, 0]
    assert rows["attached"].tolist() == [1, 1, 0, 0]


def test_the_margin_of_eligibility_is_needed(tmp_path):
    file = tmp_path / "some.csv"
    file.write_text("margin,within,level,share\nsex,all,female,0.5\nsex,all,male,0.5\n", encoding="utf-8")
    with pytest.raises(MarginsError, match="margin eligibility within all is missing"):
        read_margins(file, ("north",))


def test_members_of_places_come_last_and_are_met_exactly(monkeypatch):
    """Three places with 20, 30 and 50 members; what is raked last is met exactly."""
    geography = SimpleNamespace(places=tuple(SimpleNamespace(members=members) for members in (20.0, 30.0, 50.0)))
    targets = []
    monkeypatch.setattr(joint, "_seed", lambda *_: np.ones((len(GROUPS), 1, 1, 3, 2)))
    monkeypatch.setattr(joint, "rake", lambda seed, given: targets.extend(given) or seed)
    margin = Margin("sex", "all", np.array([0.4, 0.6]))
    joint.build_joint(geography, (margin, Margin("area", "all", np.array([1.0]))), None)
    assert [target.shares.tolist() for target in targets] == [[0.4, 0.6], [0.2, 0.3, 0.5]]


def test_what_is_diagnosed_and_what_is_controlled_are_declared_apart():
    each = len(CONDITIONS)
    numbers = Numbers(
        prevalence=np.full((5, each), 0.1), health_slope=np.full(each, 2.0), mental_slope=np.full(each, 3.0),
        diagnosed_share=np.full(each, 0.6), controlled_share=np.full(each, 0.7),
        control_mental_loading=np.full(each, 0.5), newcomer_diagnosed=0.8, opioid_early_months=7,
    )  # fmt: skip
    latent = SimpleNamespace(need_correlation=0.6, mental_correlation=0.5, shift=np.zeros(5))
    tables = conditions.ConditionTables.read(numbers, latent, np.full((120, 5), 1 / 600))
    found = [getattr(tables, name)[0] for name in ("health_slope", "mental_slope", "diagnosed", "controlled")]
    assert found == [2, 3, 0.6, 0.7]


class Draws:
    """The same draw for every member: a normal one by decision, and uniform ones that are always early."""

    def __init__(self, normals):
        self.normals = normals

    def normal(self, decision):
        return np.broadcast_to(np.asarray(self.normals.get(decision, 99.0)), 2)

    def happens(self, decision, chance):
        return np.broadcast_to(np.asarray(decision not in self.normals and np.max(chance) > 0.5), 2)


def condition_tables(threshold, diagnosed):
    each = len(CONDITIONS)
    return conditions.ConditionTables(
        threshold=threshold, health_slope=np.zeros(each), mental_slope=np.zeros(each), diagnosed=diagnosed,
        controlled=np.full(each, 0.75), control_mental=np.zeros(each), newcomer_diagnosed=1.0, opioid_months=7.0,
    )  # fmt: skip


def test_conditions_go_by_the_year_of_age_up_to_the_oldest():
    """Half of those of 80 have diabetes, nobody of 64."""
    threshold = np.full((120, len(CONDITIONS)), -9.0)
    threshold[80, DIABETES] = 0.0
    rows = np.zeros(2, STORED)
    rows["age_months"] = [12 * 80 + 3, 12 * 64 + 3]
    tables = condition_tables(threshold, np.zeros(len(CONDITIONS)))
    conditions.fill_conditions(
        rows, tables, np.zeros(2), np.zeros(2), Draws({PRESENT + DIABETES: -1.0}), newcomer=False
    )
    assert (rows["present"] >> DIABETES & 1).tolist() == [1, 0]


def test_who_has_a_severe_condition_that_nobody_found_is_not_diagnosed_with_the_milder_one():
    """Both are there by one draw; the chance that any condition is found is nothing."""
    rows = np.zeros(2, STORED)
    tables = condition_tables(np.zeros((120, len(CONDITIONS))), np.zeros(len(CONDITIONS)))
    draws = Draws({PRESENT + HEART_DISEASE: -1.0})
    conditions.fill_conditions(rows, tables, np.zeros(2), np.zeros(2), draws, newcomer=False)
    assert rows["present"].tolist() == [1 << HEART_FAILURE | 1 << HEART_DISEASE] * 2
    assert rows["diagnosed"].tolist() == [0, 0]


def test_only_hispanic_members_have_other_odds_of_unstable_housing():
    ratio = np.linspace(1.0, 1.6, len(RACES))
    odds = social_needs.odds_of_needs(
        Numbers(race_onset_ratio=ratio, rural_ratio=1, hispanic_housing_ratio=3, rural_transport_ratio=1)
    )
    assert odds[:, 0, HOUSING] == pytest.approx(ratio * np.where(np.arange(len(RACES)) == HISPANIC, 3, 1))


def flow_numbers(**other):
    usual = {
        "exit_rate": 0.1, "relative_exit": np.ones(5), "ever_return": 0.75, "death_rate": np.zeros(5),
        "births": 0.003, "leave_at_19": 0.5, "leave_at_65": 0.5,
    }  # fmt: skip
    found = Numbers(**usual | other)
    found.monthly = found.get
    return found


def test_newcomers_of_a_group_are_counted_per_member_of_it():
    """One thousandth of all members in each month of age of children, and none of other kinds; .025 leave for good.

    Births bring .003 where .001 grow out of the youngest group and .0015 leave: it needs nobody, and .0005 too many
    come. The other groups of children need .025 a member, less what the youngest has too many: .0037 of .0042.
    """
    months = np.array([AGE_LEVELS[group.age].months for group in GROUPS])
    children = GROUP_ELIGIBILITY == CHILD
    found = flow.newcomer_profile(np.where(children, months / 1000, 0.0), flow_numbers())
    assert found[children] == pytest.approx([0, *[0.025 * 37 / 42] * 4])
    assert not found[~children].any()


def test_a_fault_names_the_line_of_the_file(tmp_path):
    file = margins(tmp_path, [0.4, 0.3, 0.15, "many", 0.05])
    with pytest.raises(MarginsError, match=r"some.csv line 5: share must be a number from 0 to 1, is 'many'"):
        read_margins(file, ("north",))


def test_a_mark_of_byte_order_and_empty_rows_of_a_spreadsheet_do_no_harm(tmp_path):
    file = margins(tmp_path, [0.4, 0.3, 0.15, 0.1, 0.05])
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes() + b",,,\n")
    try:
        (margin,) = read_margins(file, ("north",))
    except MarginsError as fault:
        pytest.fail(str(fault))
    assert margin.shares == pytest.approx([0.4, 0.3, 0.15, 0.1, 0.05])


def test_how_many_live_in_cities_counts_people_and_not_places():
    """Half of 100 and none of 300, and 200 at the frontier: 50, 350 and 200 of 600."""
    geography = SimpleNamespace(
        places=tuple(SimpleNamespace(members=members) for members in (100.0, 300.0, 200.0)),
        county_of_place=np.array([1, 0, 2]), urban=np.array([0.0, 0.5, 0.0]), frontier=np.array([False, False, True]),
    )  # fmt: skip
    found = joint.shares_met(Margin("rurality", "all", np.ones(3) / 3), None, geography)
    assert found == pytest.approx(np.array([50, 350, 200]) / 600)


def test_newcomers_of_each_area_are_drawn_apart(monkeypatch):
    drawn = []
    monkeypatch.setattr(flow, "poisson_by_inversion", lambda uniform, mean: drawn.append((uniform, mean)))
    arrivals = SimpleNamespace(_seed=7, _cells=(None,) * 3, _expected=np.array([4.0, 5.0, 6.0]))
    for month in (3, 4):
        flow.Arrivals._count(arrivals, month)
    uniforms = np.concatenate([uniform for uniform, _ in drawn])
    assert len(np.unique(uniforms)) == 6
    assert drawn[0][1].tolist() == [4, 5, 6]
