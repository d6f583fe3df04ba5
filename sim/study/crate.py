"""An RO-Crate beside the results: what is in the folder, what made it, from what, in terms that other programs know.

The form is RO-Crate 1.1 with the Process Run Crate profile: one ``CreateAction`` whose instrument is ccosim, whose
objects are the scenarios, and whose results are the tables.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

NAME = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
CRATE = "https://w3id.org/ro/crate/1.1"
PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
INPUTS = ("study.yaml", "scenarios.json", "draws.csv")
FORMATS = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".npz": "application/zip",
    ".yaml": "application/yaml",
    ".txt": "text/plain",
    ".png": "image/png",
    ".pdf": "application/pdf",
    ".html": "text/html",
}
ABOUT = {
    "study.yaml": "The scenario of the study, complete",
    "scenarios.json": "Every arm at every setting of the levers, complete; what `ccosim reproduce` runs",
    "draws.csv": "What each draw sets",
    "results.parquet": "Measures by month: arm, seed, draw, month, level, stratum, measure, value",
    "totals.parquet": "Measures over each run: arm, seed, draw, level, stratum, measure, value",
    "years.parquet": "Dollars, life years and QALYs of the state by year",
    "runs.parquet": "Every run: its id, digest, member-months, seconds and, if it failed, why",
    "summary.csv": "Means and paired differences with 95% intervals",
    "differences.csv": "The same for reading, with the seeds still needed",
}
LICENSE = "For the authors of this study to choose; ccosim itself, which made it, is under Apache-2.0."


def crate(manifest: Mapping[str, Any], title: str, name: str, files: Iterable[str], finished: str) -> dict[str, Any]:
    """Return the metadata of a study folder.

    Parameters
    ----------
    manifest
        The study's manifest.
    title, name
        Of the study; of its folder.
    files
        Paths inside the folder.
    finished
        When, as the manifest writes times.
    """
    parts = sorted(files)
    tool = {"@id": f"#ccosim-{manifest['ccosim_version']}"}
    root = {
        "@id": "./",
        "@type": "Dataset",
        "name": title or name,
        "description": f"A study made with ccosim: {len(manifest['seed_list'])} seeds, {manifest['draws']} draws, "
        f"{manifest['member_months']} sampled member-months; scenario digest {manifest['scenario_digest']}.",
        "datePublished": finished,
        "license": LICENSE,
        "conformsTo": {"@id": PROFILE},
        "hasPart": _ids(parts),
        "mentions": {"@id": "#run"},
    }
    action = {
        "@id": "#run",
        "@type": "CreateAction",
        "name": f"ccosim {manifest['kind']} {name}",
        "instrument": tool,
        "object": _ids(part for part in parts if part in INPUTS),
        "result": _ids(part for part in parts if part not in INPUTS),
        "startTime": manifest["started"],
        "endTime": finished,
        "actionStatus": {"@id": "http://schema.org/CompletedActionStatus"},
    }
    software = {
        **tool,
        "@type": "SoftwareApplication",
        "name": "ccosim",
        "version": manifest["ccosim_version"],
        "softwareVersion": manifest["git_commit"] or manifest["ccosim_version"],
        "softwareRequirements": f"Python {manifest['python']}; {_packages(manifest['packages'])}",
        "license": "https://spdx.org/licenses/Apache-2.0",
    }
    descriptor = {
        "@id": NAME,
        "@type": "CreativeWork",
        "conformsTo": {"@id": CRATE},
        "about": {"@id": "./"},
    }
    profile = {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"}
    return {"@context": CONTEXT, "@graph": [descriptor, root, profile, software, action, *map(_file, parts)]}


def _ids(parts: Iterable[str]) -> list[dict[str, str]]:
    return [{"@id": part} for part in parts]


def _file(part: str) -> dict[str, Any]:
    kind = FORMATS.get(Path(part).suffix)
    about = {"description": ABOUT[part]} if part in ABOUT else {}
    return {"@id": part, "@type": "File", "name": part, **about, **({"encodingFormat": kind} if kind else {})}


def _packages(packages: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {version}" for name, version in packages.items() if version)
