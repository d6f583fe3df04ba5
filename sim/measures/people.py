"""Members as a data frame: one row for each person, codes as words, one column for each bit and array element."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import Frame
from sim.schema import MEMBER_FIELDS, VACANT, Field


def people_frame(members: NDArray[Any], areas: tuple[str, ...]) -> Frame:
    """Return a data frame of the people in the table, without vacant rows.

    Parameters
    ----------
    members : table of ``sim.schema.MEMBER``.
    areas : names of the CCO areas.

    Returns
    -------
    DataFrame
        Indexed by the row of the table. ``race``, ``status`` and the like are categories; ``present.diabetes`` and the
        like are true or false; ``exposure.food`` and the like are numbers.
    """
    import pandas as pd

    table = members.view(np.ndarray)
    rows = np.flatnonzero(table["status"] != VACANT)
    columns: dict[str, Any] = {}
    for field in MEMBER_FIELDS:
        columns |= _columns(field, table[field.name][rows])
    columns["area"] = pd.Categorical.from_codes(columns["area"], list(areas))
    return pd.DataFrame(columns, index=pd.Index(rows, name="row"))


def _columns(field: Field, values: NDArray[Any]) -> dict[str, Any]:
    import pandas as pd

    if field.shape:
        names = field.levels or tuple(str(i) for i in range(field.shape[0]))
        return {f"{field.name}.{name}": values[:, i] for i, name in enumerate(names)}
    if field.unit.startswith("bit"):
        return {f"{field.name}.{name}": (values >> bit & 1).astype(bool) for bit, name in enumerate(field.levels)} or {
            field.name: values
        }
    if field.levels:
        return {field.name: pd.Categorical.from_codes(values, list(field.levels))}
    return {field.name: values}
