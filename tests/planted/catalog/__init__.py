"""The catalog of planted bugs: small changes of the kinds that developers make, and the tests that ought to notice.

One file for each folder of ``sim``, one for the files of ``sim`` itself and one for ``experiments``. A bug names the
file, the exact old text and the new one, the property that it breaks, and tests. One whose old text is no longer there
exactly once fails the runner: move it with the code, or put one of its kind in its place.
"""

from tests.planted.catalog import (
    agents,
    analysis,
    engine,
    experiments,
    live,
    measures,
    member,
    payment,
    pictures,
    population,
    runs,
    scenario,
    study,
    system,
    upstream,
)
from tests.planted.catalog.controls import CONTROLS

__all__ = ["CATALOG", "CONTROLS"]

CATALOG = (
    *agents.BUGS,
    *analysis.BUGS,
    *engine.BUGS,
    *experiments.BUGS,
    *live.BUGS,
    *measures.BUGS,
    *member.BUGS,
    *payment.BUGS,
    *pictures.BUGS,
    *population.BUGS,
    *runs.BUGS,
    *scenario.BUGS,
    *study.BUGS,
    *system.BUGS,
    *upstream.BUGS,
)
