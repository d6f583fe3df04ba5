"""The shipped numbers and packages, and a maker of stand-ins."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from sim.axes import parameters_of
from sim.engine.parameters import Registry
from sim.upstream.load import load_packages, package_names
from tests.support.stand_in_places import PORTFOLIO, StandIn, people, scenario

CONF = Path(__file__).resolve().parents[3] / "conf"


@pytest.fixture(scope="session")
def conf_of_upstream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The numbers that upstream reads, and no others: a fault elsewhere is not its fault."""
    conf = tmp_path_factory.mktemp("conf")
    (conf / "parameters").mkdir()
    for file in ("economics", "levels", "needs", "spending", "upstream"):
        shutil.copy(CONF / "parameters" / f"{file}.yaml", conf / "parameters")
    return conf


@pytest.fixture(scope="session")
def registry(conf_of_upstream: Path) -> Registry:
    return parameters_of(conf_of_upstream)


@pytest.fixture(scope="session")
def packages() -> dict[str, Any]:
    return {name: load_packages([name], CONF)[0] for name in package_names(CONF)}


@pytest.fixture
def system(registry: Registry, packages: dict[str, Any]) -> Any:
    """Make a stand-in: ``system(n, names=..., start=..., funding=..., overrides=...)``."""

    def make(
        n: int = 4000, names: tuple[str, ...] = PORTFOLIO, overrides: dict[str, float] | None = None, **upstream: Any
    ) -> StandIn:
        members = upstream.pop("members", None)
        seed = upstream.pop("seed", 7)
        numbers = registry.override(overrides or {})
        chosen = tuple(packages[name] if isinstance(name, str) else name for name in names)
        people_here = people(n) if members is None else members
        return StandIn(people_here, scenario(**upstream), numbers, chosen, seed=seed)

    return make
