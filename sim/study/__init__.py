"""The results folder: atomic, checksummed, resumable."""

from sim.study.errors import StudyError
from sim.study.folder import Study, default_name, load_study, open_study

__all__ = ["Study", "StudyError", "default_name", "load_study", "open_study"]
