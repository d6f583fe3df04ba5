"""One finished run as a file: a plain .npz of whole numbers with a header in JSON, checked when it is read."""

import io
import json
import zipfile
import zlib
from typing import Any

import numpy as np

from sim.measures.result import RunResult
from sim.study.atomic import sha256
from sim.study.errors import StudyError
from sim.study.reading import parse_json

FORMAT = 2
HEADER = "header"
WEIGHTS = "weights"
PLACES = "places."
FASTEST = 1  # of the levels of compression


def to_bytes(result: RunResult) -> bytes:
    """The run as the bytes of an .npz file."""
    header = {
        "format": FORMAT,
        "scenario_digest": result.scenario_digest,
        "seed": result.seed,
        "arm": result.arm,
        "draw": result.draw,
        "months": result.months,
        "areas": list(result.areas),
        "accounts": list(result.accounts),
        "purposes": list(result.purposes),
        "digest": result.digest,
        "seconds": dict(result.seconds),
    }
    header["checksum"] = _checksum(header, result.weights)
    arrays: dict[str, Any] = {**result.arrays(), WEIGHTS: result.weights}
    arrays[HEADER] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    return _npz(arrays)


def from_bytes(data: bytes, name: str) -> RunResult:
    """The run in the bytes of an .npz file.

    Raises
    ------
    StudyError
        If the file is truncated, changed, or of a later format.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        header = parse_json(arrays.pop(HEADER).tobytes().decode())
        weights = arrays.pop(WEIGHTS)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as fault:
        raise StudyError(f"{name} is not a whole run file ({fault})") from None
    if header.get("format") != FORMAT:
        raise StudyError(f"{name} is of format {header.get('format')}, this version reads format {FORMAT}")
    if header.pop("checksum", None) != _checksum(header, weights):
        raise StudyError(f"{name} has been changed since it was written: its header does not match its checksum")
    result = _result(header, weights, arrays, name)
    if result.recompute_digest() != result.digest:
        raise StudyError(f"{name} has been changed since it was written: its numbers do not match its digest")
    return result


def _result(header: dict[str, Any], weights: Any, arrays: dict[str, Any], name: str) -> RunResult:
    places = {key.removeprefix(PLACES): value for key, value in arrays.items() if key.startswith(PLACES)}
    plain = {key: value for key, value in arrays.items() if not key.startswith(PLACES)}
    try:
        words = {key: header[key] for key in ("scenario_digest", "seed", "arm", "draw", "months", "digest", "seconds")}
        words |= {key: tuple(header[key]) for key in ("areas", "accounts", "purposes")}
        return RunResult(**words, **plain, weights=weights, places=places)
    except (KeyError, TypeError) as fault:
        raise StudyError(f"{name} does not hold what a run holds ({fault})") from None


def _npz(arrays: dict[str, Any]) -> bytes:
    """The arrays as NumPy's own .npz, but packed lightly: five times as fast, for files a tenth larger."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=FASTEST) as file:
        for name, array in arrays.items():
            with file.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, allow_pickle=False)
    return buffer.getvalue()


def _checksum(header: dict[str, Any], weights: Any) -> str:
    return sha256(json.dumps(header, sort_keys=True).encode() + np.ascontiguousarray(weights, "<f8").tobytes())
