"""Where the configuration lives: ``conf`` beside the packages in a checkout, ``ccosim_conf`` in an installed wheel."""

from functools import cache
from pathlib import Path

MARK = "config.yaml"


@cache
def conf_folder() -> Path:
    """Return the folder that holds ``config.yaml``, the groups, the parameters and the evidence.

    Raises
    ------
    FileNotFoundError
        If the installation is incomplete.
    """
    home = Path(__file__).resolve().parent.parent
    for folder in (home / "ccosim_conf", home / "conf"):
        if (folder / MARK).is_file():
            return folder
    raise FileNotFoundError(f"no {MARK} in {home}/conf or {home}/ccosim_conf: reinstall ccosim")
