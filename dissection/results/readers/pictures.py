"""Pictures of units that lie beside a published result file: one strip of exemplars for each."""

import re
from pathlib import Path

from dissection.results.dissection import Dissection


def published_strip(dissection: Dissection, path: Path, layer: str, unit: int) -> Path | None:
    """The file with a unit's exemplars side by side, where its writer has put it.

    ``image/unit<N>.jpg`` beside a ``report.json``, ``<layer>/image/<N>-top.jpg`` beside a
    ``dissect.json``.

    Args:
        dissection: as read from the file.
        path: the result file, or its folder.
        layer: name.
        unit: number.

    Returns:
        None where there is no such file.
    """
    folder = path.parent if path.is_file() else path
    kind = str(dissection.provenance.get("format", ""))
    if kind == "report.json":
        found = folder / "image" / f"unit{unit}.jpg"
    elif kind.startswith("gandissect"):
        # The writer's own rule for the folder of a layer.
        plain = re.sub(r"[^A-Za-z0-9 ._-]", "", layer)
        found = folder / plain / "image" / f"{unit}-top.jpg"
        if not found.is_file():  # a file of one layer lies in that layer's folder
            found = folder / "image" / f"{unit}-top.jpg"
    else:
        return None
    return found if found.is_file() else None
