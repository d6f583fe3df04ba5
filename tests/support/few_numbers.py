"""A registry of a few numbers, for rules that read no others."""

from typing import Any

import numpy as np


class Numbers:
    """A registry of a few numbers by the last part of their names."""

    def __init__(self, **values: Any) -> None:
        self.values = values

    def get(self, name: str) -> Any:
        """Return a number as the parameters give it."""
        return np.asarray(self.values[name.split(".")[1]], float)[()]

    monthly = dollars = get
