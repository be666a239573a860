"""What is wrong with a stored dissection, and its files checked against their SHA-256."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dissection.runtime.reading import read_ordinary

#: Bytes of one file that a manifest names, at most.
LARGEST_PART = 2 << 30


class Fault(Exception):  # noqa: N818 - half a sentence, which load_dissection completes
    """The first thing wrong with a stored dissection."""


def reference(stem: str, suffix: str, data: bytes) -> dict[str, Any]:
    """How a manifest names a file: its content is in the name, so that old and new stand apart."""
    digest = hashlib.sha256(data).hexdigest()
    return {"file": f"{stem}-{digest[:12]}.{suffix}", "sha256": digest}


def read_part(folder: Path, entry: Mapping[str, Any]) -> bytes:
    """The bytes of a file that a manifest names.

    Raises:
        Fault: it is missing, or not what was written.
    """
    path = folder / Path(str(entry["file"])).name
    try:
        data = read_ordinary(path, LARGEST_PART)
    except OSError as error:
        raise Fault(f"{path.name} is missing or cannot be read") from error
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise Fault(f"{path.name} is not the file that was written (its SHA-256 differs)")
    return data
