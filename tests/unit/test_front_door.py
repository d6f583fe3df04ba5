"""Does `import sim` offer its public names, each only when asked for?"""

import subprocess
import sys

import pytest


def after(code):
    """What a fresh process prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_sim_imports_nothing_else():
    assert after("import sys, sim; print([m for m in sys.modules if m.startswith('sim.') or m == 'numpy'])") == "[]"


@pytest.mark.parametrize("before", ["", "import sim.runs.comparison; ", "from sim import simulate; "])
def test_compare_is_the_function_however_it_was_reached(before):
    assert (
        after(f"{before}from sim import compare; print(compare.__name__, compare.__module__)")
        == "compare sim.runs.comparison"
    )


def test_public_names_are_listed_and_there():
    names = ["Scenario", "begin", "compare", "load_start", "load_study", "save_start", "simulate"]
    there = "callable(getattr(sim, name)), name in sim.__all__, name in dir(sim)"
    assert after(f"import sim; print({{({there}) for name in {names}}})") == "{(True, True, True)}"


def test_the_version_is_the_installed_one():
    from importlib.metadata import version

    import sim

    assert sim.__version__ == version("ccosim")


def test_other_names_are_refused():
    import sim

    with pytest.raises(AttributeError, match="no attribute 'scenarios'"):
        sim.scenarios  # noqa: B018
