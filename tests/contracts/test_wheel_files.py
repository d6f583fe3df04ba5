"""Does a wheel carry every file that the program reads? Python files are found by themselves; others must be named."""

from pathlib import Path

import pytest
import setuptools

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def carried(monkeypatch):
    """The files that ``setup.py`` names, by path in the repository."""
    asked = {}
    monkeypatch.setattr(setuptools, "setup", lambda **given: asked.update(given))
    monkeypatch.chdir(ROOT)
    exec((ROOT / "setup.py").read_text(encoding="utf-8"), {})  # noqa: S102, it is our own file
    found = set()
    for package, patterns in asked["package_data"].items():
        folder = ROOT / asked["package_dir"].get(package, package.replace(".", "/"))
        assert package in asked["packages"]
        found |= {path for pattern in patterns for path in folder.glob(pattern) if path.is_file()}
    return found


def test_every_file_that_is_not_python_is_carried(carried):
    read = {
        path
        for folder in ("sim", "experiments", "conf")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert read - carried == set()
    names = {path.relative_to(ROOT).as_posix() for path in carried}
    assert {"experiments/page/static/index.html", "conf/shapes/oregon_counties.json", "conf/traces/month.json"} <= names
