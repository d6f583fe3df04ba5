"""Part of the installation: compile the member's month now, so that no first run waits for it.

``python -m experiments.compile_ahead`` runs one month of a few members; the compiled code stays in the
user's cache folder.
"""

from sim import Scenario, simulate
from sim.engine.compile import compile_message
from sim.engine.compile_beside import compile_beside

FEW = ["population=classroom", "population.sample=0.02", "warm_up=1", "months=1", "threads=1"]
EVERYTHING = ["payment=global_budget", "upstream=portfolio", "providers=effort"]  # that a first run may need


def main() -> None:
    """Compile, unless it was done before."""
    if message := compile_message():
        print(message, flush=True)
        scenario = Scenario.compose([*FEW, *EVERYTHING])
        compile_beside(scenario.folder)
        simulate(scenario)


if __name__ == "__main__":
    main()
