"""Where the configuration is: ``conf`` beside the packages in a checkout, ``ccosim_conf`` in an installed wheel.

And what a path that a user gives means.
"""

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


class PathError(ValueError):
    """A path that a user gave and that leads nowhere."""


def user_path(text: str | Path) -> Path:
    """Return the path that a user gave, with ``~`` as the home folder.

    Raises
    ------
    PathError
        If it begins with the home folder of nobody.
    """
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise PathError(f"{str(text)!r:.60} begins with the home folder of a user who is not known here") from None
