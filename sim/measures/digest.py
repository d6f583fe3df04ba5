"""The digest of a result: SHA-256 over its whole numbers in a canonical form, the same on every machine."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray


def digest(arrays: Mapping[str, NDArray[Any]]) -> str:
    """SHA-256 (hex) of named integer arrays: name, shape and little-endian 64-bit values, in the order of the names.

    Raises
    ------
    TypeError
        If an array does not hold whole numbers: a digest of rounded numbers would differ between machines.
    """
    sha = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        if array.dtype.kind not in "iub":
            raise TypeError(f"{name}: a digest takes whole numbers, not {array.dtype}")
        sha.update(f"{name}{list(array.shape)};".encode())
        sha.update(np.ascontiguousarray(array, dtype="<i8").tobytes())
    return sha.hexdigest()
