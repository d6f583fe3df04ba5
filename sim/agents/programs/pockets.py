"""Other pockets: what needs and programs cost sectors outside Medicaid; it is recorded beside the ledger.

    cents of a pocket = months with each need, on cover and off, x what it costs the sector a month
                        + members served by each package x what the sector pays while it serves

The sectors are housing, food programs, justice and schools. No money moves in the ledger.
"""

from collections.abc import Sequence

import numpy as np

from sim.engine.arrays import Cents, Ints
from sim.engine.parameters import Registry
from sim.schema import COUNT_INDEX, NEEDS, POCKETS
from sim.upstream.package import Package

FIRST_NEED = COUNT_INDEX[f"{NEEDS[0]}_need_months"]
OF_NEEDS = slice(FIRST_NEED, FIRST_NEED + len(NEEDS))


class Pockets:
    """What other sectors pay, by area.

    Parameters
    ----------
    registry : what each need costs each sector.
    packages : in the order of their bits.
    """

    def __init__(self, registry: Registry, packages: Sequence[Package]) -> None:
        self.price = 1.0  # of what programs cost, against the first year
        self.of_needs = np.rint(np.asarray(registry.dollars("upstream.pocket_per_need")) * 100).astype(np.int64)
        self.of_packages = np.zeros((len(packages), len(POCKETS)), np.int64)
        for k, package in enumerate(packages):
            for pocket, dollars in package.pockets.items():
                self.of_packages[k, POCKETS.index(pocket)] = round(dollars.value * 100)

    def cents(self, served: Ints, counts: Ints, needs_off_cover: Ints) -> Cents:
        """Return this month's cents, ``[area, pocket]``, of sampled members.

        Parameters
        ----------
        served : members served, ``[area, package]``.
        counts : the month's counts, ``[area, count]``, whose needs are of people on cover.
        needs_off_cover : people off cover with each need, ``[area, need]``.
        """
        need_months = counts[:, OF_NEEDS] + needs_off_cover
        cents = served @ self.of_packages + need_months @ self.of_needs
        return np.asarray(np.rint(cents * self.price), dtype=np.int64)
