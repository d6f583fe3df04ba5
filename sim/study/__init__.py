"""The results folder: files are written whole and checksummed, and a stopped study can be resumed."""

from sim.study.errors import StudyError
from sim.study.folder import Study
from sim.study.opening import load_study, open_study

__all__ = ["Study", "StudyError", "load_study", "open_study"]
