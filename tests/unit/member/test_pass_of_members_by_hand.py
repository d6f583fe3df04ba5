"""A month in its order, and the pass of several members through it: where each of them is counted, and with what."""

import numpy as np
import pytest

from sim.engine.draws import uniforms
from sim.member import groups, month, practice, prepare
from sim.member.decisions import (
    ASK,
    CONDITION,
    CRISIS,
    DEATH,
    LOWEST_CONDITION,
    NEED,
    PREVENTIVE,
    SMALL_NEEDS,
    SMOKING,
)
from sim.member.month import (
    GAVE_BIRTH,
    IS_VACANT,
    make_scratch,
    make_sums,
    make_workspace,
    mothers_and_vacant_rows,
    tables_of,
)
from sim.schema import (
    AGED,
    AWAY,
    CHILD,
    CONDITIONS,
    COUNT_INDEX,
    DIABETES,
    DISABLED,
    EMERGENCY,
    ENROLLED,
    EXPANSION,
    FEMALE,
    FOOD,
    HYPERTENSION,
    MEMBER,
    METRICS,
    NEEDS,
    OF_PACKAGES,
    OFF_COVER,
    PARENT,
    PAYERS,
    PREGNANT_MONTHS,
    PRIMARY,
    RATE_AGED,
    RATE_CATEGORIES,
    RATE_CHILD_6_18,
    RATE_DISABLED,
    RATE_DUAL,
    RATE_EXPANSION_45_64,
    RATE_PARENT,
    SERVICES,
    STORED,
    STRATUM_SHAPE,
    VACANT,
)
from sim.start import quiet_areas
from tests.support.by_hand import a_clinic, a_month, an_area, drawing, numbers, rules_of, someone

pytestmark = pytest.mark.quick

N = len(SERVICES)
PASS = rules_of(month, draws_in=lambda room: room["block"][0])  # interpreted, draws are an array
SEED = 11
NO_NEED = np.zeros((len(NEEDS), N))


def one_month(who, draws=None, *, p=None, **here):
    t = a_month()
    usual = {LOWEST_CONDITION: 1e9, SMALL_NEEDS: 0.0}  # nothing begins
    PASS.live(who, t, an_area(**here), a_clinic(), drawing(usual | (draws or {}), 0.5), 0, SEED, p)
    return t


def test_what_begins_this_month_is_felt_in_this_months_use():
    """Food insecurity doubles emergency visits and a crisis triples them, both from the month in which they begin."""
    effect = NO_NEED.copy()
    effect[FOOD, EMERGENCY] = np.log(2)
    p = numbers(needs_build_up=1, needs_log_causal=effect, care_log_crisis=np.log(3), health_crisis_entry=0.01)
    begins = {NEED + FOOD: 1e-9, SMALL_NEEDS: float(1 << FOOD)}
    usual = one_month(someone(), p=p).rate[EMERGENCY]
    assert usual > 0
    assert one_month(someone(), begins, p=p).rate[EMERGENCY] == pytest.approx(2 * usual, rel=1e-3)
    assert one_month(someone(), {CRISIS: 1e-9}, p=p).rate[EMERGENCY] == pytest.approx(3 * usual, rel=1e-3)
    both = one_month(someone(), begins | {CRISIS: 1e-9}, p=p).rate[EMERGENCY]
    assert both == pytest.approx(6 * usual, rel=1e-3)


@pytest.mark.parametrize(("begins", "present"), [(True, 1 << DIABETES), (False, 0)])
def test_a_need_that_begins_raises_what_may_begin_in_the_same_month(begins, present):
    """Diabetes begins with .1, twice as often where a need is felt: at a draw of .15 for the hungry alone."""
    twice = np.zeros_like(numbers().need_log_onset)
    twice[DIABETES, FOOD] = np.log(2)
    p = numbers(
        needs_build_up=1, need_log_onset=twice, treatment_mean_need_onset=1, treatment_smoking_onset_ratio=1,
        health_onset=0.1, health_onset_loading=0, exposed_onset=4, health_onset_mental_loading=0,
    )  # fmt: skip
    draws = {LOWEST_CONDITION: 0.0, NEED + FOOD: 1e-9, SMALL_NEEDS: float(begins << FOOD)}
    who = someone()
    one_month(who, draws | {CONDITION + DIABETES: 0.15}, p=p)
    assert who.present == present


@pytest.mark.parametrize(("prevention", "smokes"), [(0.0, 0), (0.999, 1)])
def test_advice_at_this_months_visit_is_followed_this_month(prevention, smokes):
    """A tenth quits, five times as many after advice: at a draw of .3 those who were advised alone."""
    p = numbers(
        treatment_quit=0.1, treatment_quit_support=1, treatment_quit_advice_ratio=5, care_preventive_share=0.5,
        access_induced_share=0,
    )  # fmt: skip
    who = someone(smokes=1)
    t = one_month(who, {ASK + PRIMARY: 1e-4, PREVENTIVE: prevention, SMOKING: 0.3}, p=p)
    assert t.served[PRIMARY] > 0
    assert who.smokes == smokes


def test_a_month_adds_what_medicaid_paid_to_the_year():
    """Two visits of 100 dollars; the year had 5 dollars so far."""
    p = numbers(spending_price_by_age=100, severity_sigma=0, severity_log_level=0)
    who, t = someone(spend_year=500), a_month()
    t.served[PRIMARY] = 2
    money, cells = np.zeros((N, len(PAYERS)), int), np.zeros(len(COUNT_INDEX), int)
    quality = np.zeros((sum(STRATUM_SHAPE), len(METRICS), 3), int)
    PASS.settle(who, t, an_area(), a_clinic(), drawing(default=0.5), 0, SEED, p, money, cells, quality)
    assert money[PRIMARY].tolist() == [20_000, 0, 0, 0]
    assert who.spend_year == 20_500


PEOPLE = (  # area, open card or CCO, and where each of them belongs: category, stratum
    ({"area": 1, "in_cco": 1, "eligibility": PARENT, "race": 3}, RATE_PARENT, (3, 0, 0, 2, 0)),
    ({"area": 0, "in_cco": 0, "eligibility": EXPANSION, "age_months": 600}, RATE_EXPANSION_45_64, (0, 0, 0, 3, 0)),
    ({"area": 2, "in_cco": 1, "eligibility": CHILD, "age_months": 90, "language": 2}, RATE_CHILD_6_18, (0, 0, 2, 1, 0)),
    ({"area": 2, "in_cco": 0, "eligibility": DISABLED, "rurality": 2}, RATE_DISABLED, (0, 2, 0, 2, 1)),
    ({"area": 1, "in_cco": 1, "eligibility": AGED, "age_months": 900, "dual": 1}, RATE_DUAL, (0, 0, 0, 4, 0)),
    ({"area": 1, "in_cco": 0, "eligibility": AGED, "age_months": 900}, RATE_AGED, (0, 0, 0, 4, 0)),
    ({"area": 0, "in_cco": 1, "eligibility": PARENT, "status": OFF_COVER, "months_off": 3}, None, (0, 0, 0, 2, 0)),
    ({"area": 2, "in_cco": 1, "eligibility": PARENT, "status": AWAY}, None, (0, 0, 0, 2, 0)),
    ({"area": 0, "in_cco": 1, "eligibility": CHILD, "age_months": 0, "status": AWAY}, None, (0, 0, 0, 0, 0)),
)
SICK = {"present": 1 << DIABETES | 1 << HYPERTENSION, "diagnosed": 1 << DIABETES, "clinic": 1}


def table_of(people):
    """Rows of these members, each with a key of its own, and conditions that a register holds."""
    rows = np.zeros(len(people), MEMBER)
    for place, who in people.items() if isinstance(people, dict) else enumerate(people):
        rows[place] = someone(**(SICK | who | {"key": 1000 + PEOPLE_KEYS[id(who)]}))
    return rows.view(np.recarray)


PEOPLE_KEYS = {id(who): place for place, (who, *_) in enumerate(PEOPLE)}


def places():
    """Three areas of which the last has clinic 1, and two clinics."""
    areas, clinics = quiet_areas(3), np.zeros(2, row_of_clinic().dtype)
    clinics[:] = row_of_clinic()
    return areas, clinics.view(np.recarray)


def row_of_clinic():
    return np.array([a_clinic()])


def calm(**other):
    """Much care, nobody dies, and cover neither ends nor comes back."""
    still = {"life_table": 0, "enrollment_opioid_death": 0, "renewal_rule": 2, "enrollment_return_ratio": 0}
    return numbers(**still | {"month": 4, "month_of_year": 4, "care_log_base": 0.5} | other)


def passed(rows, p, scratch, sums):
    """Let rows pass; return what was counted, by name."""
    areas, clinics = places()
    PASS.live_chunk(rows, 0, len(rows), areas, clinics, np.array([p]).view(np.recarray), np.uint64(SEED), scratch)
    return dict(zip(("cells", "money", "rate_months", "sought", "served", "clinic_sought", "clinic_served",
                     "registers", "quality", "needs_off_cover"), sums, strict=True))  # fmt: skip


@pytest.mark.parametrize("number", range(len(PEOPLE)))
def test_each_member_is_counted_at_the_own_area_payer_group_clinic_and_stratum(number):
    who, category, stratum = PEOPLE[number]
    rows = table_of([who])
    found = passed(rows, calm(), *make_scratch(3, 2))
    area, in_cco, covered = who["area"], who["in_cco"], category is not None
    here = status_of(who) != AWAY
    cells = {(int(a), int(s)) for a, s, _ in np.argwhere(found["cells"])}
    assert cells == {(area, int(np.ravel_multi_index(stratum, STRATUM_SHAPE)))}
    counted = found["cells"].sum(axis=(0, 1))
    assert counted[COUNT_INDEX["member_months"]] == covered
    assert counted[COUNT_INDEX["off_cover_months"]] == (not covered)
    months = np.zeros((3, 2, len(RATE_CATEGORIES)), int)
    if covered:
        months[area, in_cco, category] = 1
    assert found["rate_months"].tolist() == months.tolist()
    assert found["money"].any() == here
    for a, c, k, *_ in np.argwhere(found["money"]):
        assert (a, c) == (area, in_cco)
        assert category in (None, k)
    registers = np.zeros((3, len(CONDITIONS), 3), int)
    if covered:
        registers[area, DIABETES], registers[area, HYPERTENSION] = (1, 1, 0), (1, 0, 0)
    assert (found["registers"][..., :1] == registers[..., :1]).all()
    assert found["served"].any(axis=1).tolist() == [here and a == area for a in range(3)]
    assert (found["clinic_served"] > 0).tolist() == [False, here]


def status_of(who):
    return who.get("status", ENROLLED)


def test_members_together_are_counted_as_each_alone_whatever_the_room_held_before():
    """Each pass begins with months that are full of other numbers, as those of the block before."""
    p, everybody = calm(), [who for who, *_ in PEOPLE]
    alone, after = [], []
    for who in everybody:
        rows = table_of([who])
        alone.append(passed(rows, p, *make_scratch(3, 2)))
        after.append(rows[0].tobytes())
    scratch, sums = make_scratch(3, 2)
    scratch[6][:] = 7  # the words of the months
    rows = table_of(everybody)
    together = passed(rows, p, scratch, sums)
    for name, found in together.items():
        assert np.array_equal(found, sum(one[name] for one in alone)), name
    assert [one.tobytes() for one in rows] == after


def test_a_death_away_is_counted_and_no_month_of_life():
    rows = table_of([PEOPLE[7][0]])
    found = passed(rows, calm(life_table=0.9, highest_death=1, mortality_ratio=1.2), *make_scratch(3, 2))
    counted = found["cells"].sum(axis=(0, 1))
    assert rows["status"].tolist() == [VACANT]
    assert [counted[COUNT_INDEX[name]] for name in ("deaths_off_cover", "off_cover_months")] == [1, 0]


def test_blocks_of_stored_rows_are_lifted_lived_and_put_back():
    """Five members in blocks of two; the third and the last have been served, in rows 2 and 1 of the other table."""
    in_twos = rules_of(month, draws_in=lambda room: room["block"][0], BLOCK=2)
    whole = table_of([PEOPLE[k][0] for k in (0, 1, 3, 5, 7)])
    whole["package"][[2, 4]] = whole["ever_package"][[2, 4]] = 1
    whole["package_months"][[2, 4], 0] = 5, 8
    stored, served = np.zeros(5, STORED), np.zeros(3, OF_PACKAGES)
    for name in set(STORED.names) - {"served"}:
        stored[name] = whole[name]
    stored["served"] = 0, 0, 2, 0, 1
    served["package_months"][:, 0] = 0, 8, 5
    areas, clinics = places()
    taken, _ = make_sums(3, 2)
    p = np.array([calm()]).view(np.recarray)
    in_twos.live_rows(tables_of(stored, served), 0, 5, areas, clinics, p, np.uint64(SEED), (*make_workspace(), *taken))
    passed(whole, calm(), *make_scratch(3, 2))
    for name in set(STORED.names) - {"served"}:
        assert stored[name].tolist() == whole[name].tolist(), name
    assert stored["served"].tolist() == [0, 0, 2, 0, 1]
    assert served["package_months"][:, 0].tolist() == [0, 8, 6]  # who is away is not served
    assert served["package_exposure"][2, 0] == whole["package_exposure"][2, 0] > 0


def test_a_need_begins_where_the_draw_is_below_the_chance_of_its_area_and_kind():
    """Food insecurity begins with .02, for those prone to it with .1; threefold in area 1, by half in area 2."""
    of_kind, times = np.array([0.02, 0.1]), np.array([1.0, 3.0, 0.5])
    onset = np.zeros_like(numbers().need_onset)
    onset[..., FOOD] = of_kind
    p = calm(
        need_onset=onset, need_highest_onset=of_kind[:, None] * (np.arange(len(NEEDS)) == FOOD), need_season=1,
        needs_age_ratio=1, needs_homeless_health_loading=0, needs_homeless_mental_loading=0,
    )  # fmt: skip
    rows = np.zeros(120, MEMBER).view(np.recarray)
    for i in range(len(rows)):
        rows[i] = someone(key=1 + i, area=i % 3, prone=(i // 3 % 2) << FOOD)
    areas, clinics = places()
    areas["need_onset"][:, FOOD] = areas["need_onset_highest"] = times
    scratch, _ = make_scratch(3, 2)
    PASS.live_chunk(rows, 0, len(rows), areas, clinics, np.array([p]).view(np.recarray), np.uint64(SEED), scratch)
    drawn = uniforms(SEED, rows["key"], 4, NEED + FOOD)
    chance = times[rows["area"]] * of_kind[rows["prone"] >> FOOD & 1]
    assert (rows["needs"] >> FOOD & 1).tolist() == (drawn < chance).astype(int).tolist()
    assert ((drawn < chance) & (rows["area"] == 1) & (drawn > of_kind.max())).any()  # one of threefold chance


@pytest.mark.parametrize(("apart", "lived"), [(0, [0, 3]), (1, [1, 2])])
def test_a_pass_takes_members_of_the_clinics_that_its_areas_are_for(apart, lived):
    areas, clinics = places()
    areas["apart"], clinics["apart"] = apart, (0, 1)
    rows = np.zeros(4, MEMBER).view(np.recarray)
    for i, clinic in enumerate((0, 1, 1, 0)):
        rows[i] = someone(key=1 + i, clinic=clinic)
    scratch, _ = make_scratch(3, 2)
    PASS.live_chunk(rows, 0, 4, areas, clinics, np.array([calm()]).view(np.recarray), np.uint64(SEED), scratch)
    assert np.flatnonzero(rows["age_months"] == 481).tolist() == lived


def test_a_pass_notes_who_has_given_birth_and_which_rows_are_vacant():
    """Rows 1 to 6 of seven, in blocks of two; who gave birth a month ago is noted no more."""
    in_twos = rules_of(month, draws_in=lambda room: room["block"][0], BLOCK=2)
    woman = {"sex": FEMALE, "age_months": 360}
    due, gave_birth = woman | {"pregnant": PREGNANT_MONTHS}, woman | {"postpartum": 1}
    people = [
        due,
        gave_birth,
        due,
        due | {"status": VACANT},
        due | {"status": AWAY},
        woman,
        due | {"status": OFF_COVER},
    ]
    stored = np.zeros(7, STORED)
    for place, who in enumerate(people):
        whole = someone(**({"key": place + 1} | who))
        for name in set(STORED.names) - {"served"}:
            stored[name][place] = whole[name]
    tables = tables_of(stored, np.zeros(1, OF_PACKAGES))
    tables[-1][:] = 7
    taken, _ = make_sums(3, 2)
    p = np.array([calm()]).view(np.recarray)
    in_twos.live_rows(tables, 1, 7, *places(), p, np.uint64(SEED), (*make_workspace(), *taken))
    assert tables[-1].tolist() == [7, 0, GAVE_BIRTH, IS_VACANT, GAVE_BIRTH, 0, GAVE_BIRTH]


def test_mothers_are_those_of_last_month(monkeypatch):
    """Who gave birth two months ago is no mother of a newborn any more; a vacant row has no mother in it."""
    monkeypatch.setattr(month, "note", PASS.note)
    rows = np.zeros(7, STORED).view(np.recarray)
    rows["status"] = [ENROLLED, VACANT, ENROLLED, OFF_COVER, AWAY, ENROLLED, VACANT]
    rows["postpartum"] = [2, 1, 1, 0, 1, 1, 0]
    mothers, vacant = mothers_and_vacant_rows(rows, None)
    assert mothers.tolist() == [2, 4, 5]
    assert vacant.tolist() == [1, 6]


def test_nobody_is_put_into_a_noted_row_that_was_filled_since():
    rows = np.zeros(4, STORED).view(np.recarray)
    rows["status"] = [ENROLLED, VACANT, ENROLLED, VACANT]
    notes = np.array([GAVE_BIRTH, IS_VACANT, IS_VACANT, IS_VACANT], np.int8)
    mothers, vacant = mothers_and_vacant_rows(rows, notes)
    assert (mothers.tolist(), vacant.tolist()) == ([0], [1, 3])


def test_rows_are_listed_by_their_own_stratum_and_category(monkeypatch):
    rules = rules_of(groups)
    monkeypatch.setattr(groups, "list_categories", rules.list_categories)
    rows = table_of([who for who, *_ in PEOPLE])
    cells = np.full(len(PEOPLE), -1)
    rules.list_cells(rows, np.array([3, 0, 2]), cells)
    shape = (3, *STRATUM_SHAPE)
    places_of = [int(np.ravel_multi_index((who["area"], *stratum), shape)) for who, _, stratum in PEOPLE]
    assert cells.tolist() == [places_of[0], -1, places_of[2], places_of[3], *[-1] * (len(PEOPLE) - 4)]
    known = [(place, kind) for place, (_, kind, _) in enumerate(PEOPLE) if kind is not None]
    assert [groups.rate_categories(rows)[place] for place, _ in known] == [kind for _, kind in known]


def test_a_rate_is_what_members_of_the_category_on_cover_are_expected_to_cost(monkeypatch):
    """Of 30 dollars for a child and 50 for an old person; a condition that is known adds a half, one child has it."""
    monkeypatch.setattr(prepare, "add_expected", rules_of(practice).add_expected)
    excess = np.zeros(len(CONDITIONS))
    excess[DIABETES] = 0.5
    p = np.array([numbers(expected_by_age=[20, 30, 40, 45, 50], expected_excess=excess)]).view(np.recarray)
    child = {"eligibility": CHILD, "age_months": 90}
    people = [
        someone(**child),
        someone(**child, present=1 << DIABETES, diagnosed=1 << DIABETES),
        someone(**child, present=1 << DIABETES),  # nobody knows
        someone(**child, present=1 << DIABETES, diagnosed=1 << DIABETES, status=OFF_COVER),
        someone(eligibility=AGED, age_months=900),
    ]
    rows = np.zeros(len(people), MEMBER)
    for place, who in enumerate(people):
        rows[place] = who
    prepare.expect_rates(p, rows.view(np.recarray))
    expected = np.ones(len(RATE_CATEGORIES))
    expected[RATE_CHILD_6_18], expected[RATE_AGED] = (30 + 45 + 30) / 3, 50
    assert p["expected_rate"][0] == pytest.approx(expected)


def test_who_is_away_lives_by_draws_of_their_own_and_in_the_pass_of_their_own_clinic():
    """Every other member is away, and the clinics of two in four are under a contract: a third of all die."""
    areas, clinics = places()
    areas["apart"], clinics["apart"] = 0, (0, 1)
    rows = np.zeros(40, MEMBER).view(np.recarray)
    for i in range(len(rows)):
        rows[i] = someone(key=900 - i, status=(ENROLLED, AWAY)[i % 2], clinic=i // 2 % 2)
    p = calm(
        life_table=0.3, highest_death=1, mortality_ratio=1, treatment_smoking_death_ratio=1,
        enrollment_off_cover_death_ratio=1,
    )  # fmt: skip
    scratch, _ = make_scratch(3, 2)
    PASS.live_chunk(rows, 0, 40, areas, clinics, np.array([p]).view(np.recarray), np.uint64(SEED), scratch)
    of_pass = np.arange(40) // 2 % 2 == 0
    dies = (uniforms(SEED, rows["key"], 4, DEATH) < 0.3) & of_pass
    assert (rows["status"] == VACANT).tolist() == dies.tolist()
    assert 0 < dies[1::2].sum() < 10
    assert (rows["age_months"] == 481).tolist() == of_pass.tolist()


def test_needs_quality_and_comings_are_counted_in_the_area_of_the_member():
    """Hungry people away in areas 2 and 1, and off cover in 1; two who came in December; one is judged, in area 2."""
    people = (
        {"area": 2, "status": AWAY, "needs": 1 << FOOD},
        {"area": 1, "status": AWAY, "needs": 1 << FOOD},
        {"area": 1, "status": OFF_COVER, "needs": 1 << FOOD},
        {"area": 1, "months_covered": 0},
        {"area": 2, "months_covered": 0},
        {"area": 2, "in_cco": 1},
    )
    rows = np.zeros(len(people), MEMBER)
    for place, who in enumerate(people):
        rows[place] = someone(key=50 + place, **who)
    p = calm(month_of_year=11, quality_judged=1, enrollment_return_early=0, need_onset=0, needs_exit=0)
    found = passed(rows.view(np.recarray), p, *make_scratch(3, 2))
    assert found["needs_off_cover"][:, FOOD].tolist() == [0, 2, 1]
    assert found["cells"].sum(axis=1)[:, COUNT_INDEX["entries"]].tolist() == [0, 1, 1]
    assert found["quality"][:, :, 0, 0].any(axis=1).tolist() == [False, False, True]
