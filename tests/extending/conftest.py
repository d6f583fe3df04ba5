"""The copy of the model to which each test here adds something, and the model as it is."""

import shutil
from functools import cache
from pathlib import Path

import pytest

from tests.support.copied_tree import ROOT, Run, Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    for folder in ("sim", "conf"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    return Tree(tmp_path)


@pytest.fixture(scope="session")
def untouched() -> Run:
    """Return what the model as it is comes to: each choice is run once, whoever asks."""
    return cache(Tree(ROOT).run)
