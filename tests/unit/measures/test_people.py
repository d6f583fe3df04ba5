"""A notebook can read the members: one row each, words for codes, a column for each bit and place."""

import numpy as np

from sim import schema
from sim.measures.people import people_frame

AREAS = tuple(f"Area {i}" for i in range(16))


def test_codes_become_words_and_bits_columns() -> None:
    table = np.zeros(3, dtype=schema.MEMBER)
    table["status"] = (schema.ENROLLED, schema.VACANT, schema.OFF_COVER)
    table["race"][2], table["area"][2] = schema.BLACK, 4
    table["present"][0] = 1 << schema.ASTHMA
    table["exposure"][0, schema.FOOD] = 77
    people = people_frame(table, AREAS)
    assert people.index.tolist() == [0, 2]
    assert people["status"].tolist() == ["enrolled", "off_cover"]
    assert (people.loc[2, "race"], people.loc[2, "area"]) == ("black", "Area 4")
    assert people["present.asthma"].tolist() == [True, False]
    assert not people["present.diabetes"].any()
    assert people.loc[0, "exposure.food"] == 77


def test_every_column_of_a_member_is_there() -> None:
    people = people_frame(np.ones(1, dtype=schema.MEMBER), AREAS)
    found = {name.split(".")[0] for name in people.columns}
    assert found == {field.name for field in schema.MEMBER_FIELDS}
