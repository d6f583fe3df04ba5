"""The files of a study's folder, and what names in it may be."""

import re

from sim.study.errors import StudyError

NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
MANIFEST, SCENARIO, SCENARIOS, RUNS, RESULTS, YEARS, TOTALS, DRAWS, SUMMARY, DIFFERENCES, PROGRESS, LOG, SUMS, LOCK = (
    "manifest.json",
    "study.yaml",
    "scenarios.json",
    "runs.parquet",
    "results.parquet",
    "years.parquet",
    "totals.parquet",
    "draws.csv",
    "summary.csv",
    "differences.csv",
    "progress.json",
    "log.txt",
    "SHA256SUMS",
    ".lock",
)
QUALITY, CONTRASTS, LAST_YEAR = "quality.csv", "contrasts.csv", "last_year.csv"


def checked(name: str, what: str) -> str:
    """Return a name that may stand in a path.

    Raises
    ------
    StudyError
        If it may not.
    """
    if not NAME.fullmatch(name) or name in {".", ".."}:
        raise StudyError(f"{what}={name!r}: a name has 1 to 64 of the characters A-Z a-z 0-9 . _ -")
    return name
