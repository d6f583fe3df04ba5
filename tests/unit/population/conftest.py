"""A 1-in-20 Oregon and a classroom, built once."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.axes import parameters_of
from sim.engine.parameters import Registry
from sim.population import Population, build_population

CONF = Path(__file__).resolve().parents[3] / "conf"


@dataclass(frozen=True)
class Choice:
    """A scenario's population."""

    members: int = 1_400_000
    sample: float = 0.05
    minimum_per_cco: int = 3000
    margins: str = "oregon"


CLASSROOM = Choice(sample=0.0035, minimum_per_cco=100)


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    return population_registry(tmp_path_factory.mktemp("conf"))


def population_registry(folder: Path) -> Registry:
    """The parameters of the population, and of the needs and the control that it starts with, checked with evidence."""
    (folder / "parameters").mkdir()
    for name in ("population", "needs", "health", "treatment", "equity"):
        shutil.copy(CONF / "parameters" / f"{name}.yaml", folder / "parameters")
    shutil.copytree(CONF / "evidence", folder / "evidence")
    return parameters_of(folder)


@pytest.fixture(scope="session")
def build(registry: Registry) -> Callable[..., Population]:
    def run(choice: Choice = CLASSROOM, seed: int = 1, registry: Registry = registry) -> Population:
        return build_population(choice, registry, seed, conf=CONF)

    return run


@pytest.fixture(scope="session")
def oregon(build: Callable[..., Population], seed: int) -> Population:
    return build(Choice(), seed)


@pytest.fixture(scope="session")
def classroom(build: Callable[..., Population], seed: int) -> Population:
    return build(CLASSROOM, seed)
