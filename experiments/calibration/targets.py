"""Tables of targets in ``conf/targets``."""

import csv
from collections.abc import Mapping
from pathlib import Path

from sim.paths import conf_folder


def read_targets(name: str = "calibration") -> list[Mapping[str, str]]:
    """Rows of a table in ``conf/targets``; lines that begin with # are comments."""
    return read_table(conf_folder() / "targets" / f"{name}.csv")


def read_table(path: Path) -> list[Mapping[str, str]]:
    """Rows of a CSV file with comment lines."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))
