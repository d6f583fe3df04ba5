"""Other pockets: what needs and programs cost sectors that are no part of Medicaid, beside the ledger.

    cents of a pocket = member-months with each need x what it costs the sector a month
                        + members served by each package x what the sector pays while it serves

Housing, food programs, justice and schools. No money moves: the ledger's sum is Medicaid's, and stays zero. Only
people on cover are counted.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.schema import COUNT_INDEX, NEEDS, POCKETS
from sim.upstream.package import Package

Whole = NDArray[np.int64]

FIRST_NEED = COUNT_INDEX[f"{NEEDS[0]}_need_months"]
OF_NEEDS = slice(FIRST_NEED, FIRST_NEED + len(NEEDS))


class Pockets:
    """What other sectors pay, by area.

    Parameters
    ----------
    model : has ``registry`` and ``last``.
    packages : in the order of their bits.
    """

    def __init__(self, model: Any, packages: Sequence[Package]) -> None:
        self.model = model
        self.of_needs = np.rint(np.asarray(model.registry.get("upstream.pocket_per_need")) * 100).astype(np.int64)
        self.of_packages = np.zeros((len(packages), len(POCKETS)), np.int64)
        for k, package in enumerate(packages):
            for pocket, dollars in package.pockets.items():
                self.of_packages[k, POCKETS.index(pocket)] = round(dollars.value * 100)

    def cents(self, served: Whole) -> Whole:
        """Return this month's cents, ``[area, pocket]``, of sampled members.

        Parameters
        ----------
        served : members served, ``[area, package]``.
        """
        paid = served @ self.of_packages
        if self.model.last is not None:
            paid = paid + self.model.last.cells[:, :, OF_NEEDS].sum(axis=1) @ self.of_needs
        return np.asarray(paid, dtype=np.int64)
