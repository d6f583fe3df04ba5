"""The members at the start and those who enroll later: people, places, health, needs, clinics."""

from sim.population.build import Population, build_population

__all__ = ["Population", "build_population"]
