"""Part of the installation: compile the member's month now, so that no first run waits for it.

``python -m experiments.ready`` lives one month of a few members; what is compiled stays in the user's cache folder.
"""

from sim import Scenario, simulate
from sim.engine.compile import compile_message

FEW = ["population=classroom", "population.sample=0.02", "upstream=portfolio", "warm_up=1", "months=1", "threads=1"]


def main() -> None:
    """Compile, unless it was done before."""
    if message := compile_message():
        print(message, flush=True)
        simulate(Scenario.compose(FEW))


if __name__ == "__main__":
    main()
