"""Do the examples that read a study's files in other languages work?"""

import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from tests.support import analyzed_study

PAGE = Path(__file__).resolve().parents[2] / "docs/how-to/read-the-files.md"
R = shutil.which("Rscript")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return analyzed_study.comparison(tmp_path_factory.mktemp("files"))


def block(heading):
    """The indented lines below a heading."""
    text = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2]
    return re.sub(r"^    ", "", re.search(r"\n((?:    .*\n)+)", text).group(1), flags=re.MULTILINE)


def test_pandas(study):
    code = block("pandas").replace("results/mine", str(study))
    *lines, last = code.strip().splitlines()
    names = {}
    exec("\n".join(lines), names)  # noqa: S102, it is our own page
    found = eval(last, names)  # noqa: S307
    assert set(found.index) == {"a", "b"}
    assert (found > 0).all()


def test_sql(study):
    """DuckDB reads the file by its name; SQLite, which is always there, has it as a table."""
    query = block("DuckDB")
    duckdb = query.replace("results/mine", str(study))
    totals = pd.read_parquet(study / "totals.parquet").astype(
        dict.fromkeys(("arm", "level", "stratum", "measure"), str)
    )
    with sqlite3.connect(":memory:") as base:
        totals.to_sql("totals", base, index=False)
        rows = base.execute(query.replace("'results/mine/totals.parquet'", "totals")).fetchall()
    assert {arm for arm, _, _ in rows} == {"a", "b"}
    assert {level for _, level, _ in rows} >= {"urban", "rural"}
    try:
        import duckdb as engine
    except ImportError:
        return
    found = engine.sql(duckdb).fetchall()
    assert [row[:2] for row in found] == [row[:2] for row in rows]
    assert [row[2] for row in found] == pytest.approx([row[2] for row in rows])


def test_r(study):
    code = block("R")
    columns = set(pd.read_csv(study / "summary.csv").columns) | set(pd.read_parquet(study / "totals.parquet").columns)
    named = set(re.findall(r"(\w+) (?:==|!=)|\$(\w+)|value ~ (\w+)", code))
    assert {name for parts in named for name in parts if name} <= columns
    assert {"stratum", "level", "measure"} <= columns
    if R is None:
        pytest.skip("there is no Rscript here")
    with_arrow = subprocess.run([R, "-e", "library(arrow)"], capture_output=True, check=False).returncode == 0
    lines = code if with_arrow else code.partition("totals <- arrow")[0]  # CSV needs no package
    script = lines.replace("results/mine", str(study))
    found = subprocess.run([R, "-e", script], capture_output=True, text=True, check=True)
    head, *rows = found.stdout.strip().splitlines()[:2]
    assert head.split() == ["arm", "estimate", "low", "high"]
    summary = pd.read_csv(study / "summary.csv", keep_default_na=False).query(
        "stratum == 'rurality' and level == 'rural' and contrast != '' and measure == 'ed_visits_per_1000_mm'"
    )
    assert rows[0].split()[1] == "b"
    assert float(rows[0].split()[2]) == pytest.approx(float(summary["estimate"].item()), rel=1e-4)
