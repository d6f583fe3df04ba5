"""Who the members are at the start, and who comes new: people, places, health, needs, clinics.

``build_population`` (build.py) reads like the contents of this folder.
"""

from sim.population.build import Population, build_population

__all__ = ["Population", "build_population"]
