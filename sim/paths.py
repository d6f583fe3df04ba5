"""Where `conf/` is: beside `sim/` in a checkout, or carried by the wheel as `ccosim_conf/` beside the installed `sim/`."""

from pathlib import Path


def conf_dir() -> Path:
    """Folder that holds what can be chosen: `config.yaml`, the groups, `parameters/`, `evidence/`.

    Returns
    -------
    Path
        `<site-packages>/ccosim_conf` in an installed wheel, `<checkout>/conf` otherwise.

    Raises
    ------
    FileNotFoundError
        If neither is there: the installation is broken.
    """
    beside = Path(__file__).resolve().parent.parent
    for name in ("ccosim_conf", "conf"):
        if (beside / name).is_dir():
            return beside / name
    raise FileNotFoundError(f"no conf/ or ccosim_conf/ beside {beside / 'sim'}: the installation of ccosim is not whole")
