"""The results folder: atomic, checksummed, resumable."""

from sim.study.errors import StudyError
from sim.study.folder import Study
from sim.study.opening import load_study, open_study

__all__ = ["Study", "StudyError", "load_study", "open_study"]
