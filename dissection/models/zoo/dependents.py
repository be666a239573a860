"""Which files of weights need a model that is not here: overlays hold what differs from it alone.

Free of torch.
"""

from pathlib import Path

import safetensors

from dissection.errors import printable
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.overlay import base_of, find_base, is_overlay
from dissection.models.zoo.manifest import Entry
from dissection.models.zoo.shelf import file_place
from dissection.runtime.model_names import fetched_folder


def left_without(entry: Entry) -> list[Path]:
    """Overlays among the fetched models, and one's own there, whose base an entry was.

    Args:
        entry: that is not here any more.

    Returns:
        Files for which no other copy of the base is at hand, in alphabetical order.
    """
    names = {entry.name, *(file_place(entry, file).stem for file in entry.files)}
    return [
        path
        for path in sorted(fetched_folder().glob("*.safetensors"))
        if path.is_file() and _lacks(path, names)
    ]


def told_left_without(entry: Entry) -> str:
    """One sentence on the files of ``left_without``; empty where there are none."""
    files = [printable(path.name) for path in left_without(entry)]
    if not files:
        return ""
    holds, it = ("holds", "it is") if len(files) == 1 else ("hold", "they are")
    return (
        f"{', '.join(files)} {holds} only what differs from {entry.name}; fetch {entry.name} "
        f"again before {it} used."
    )


def _lacks(path: Path, names: set[str]) -> bool:
    try:
        with safetensors.safe_open(path, "np") as file:
            texts = dict(file.metadata() or {})
        if not is_overlay(texts):
            return False
        base = base_of(texts)
    except (OSError, safetensors.SafetensorError, WeightsFault):
        return False  # whatever it is, this base does not help it
    if base.name not in names:
        return False
    try:
        find_base(base, path.parent)
    except WeightsFault:
        return True
    return False
