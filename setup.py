"""Say which folders a wheel carries. Everything else about the distribution is in pyproject.toml."""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["sim", "sim.*", "experiments", "experiments.*"]), "ccosim_conf"],
    package_dir={"ccosim_conf": "conf"},
    package_data={"ccosim_conf": ["**/*"], "experiments.page": ["static/*"]},
)
