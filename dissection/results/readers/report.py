"""``report.json``: of each unit of one layer the best concept and its IoU.

The file tells neither the layer nor the quantile; the name of its folder does, where it is as it
was: ``<model>-<dataset>-<segmenter>[-<layer>][-<1000 times the quantile>][-t<thumbnail size>]``.
"""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np

from dissection.results.dissection import Dissection
from dissection.results.layer_dissection import LayerDissection
from dissection.results.readers.fields import (
    Wrong,
    as_iou,
    entry,
    number,
    records,
    require_cells,
    require_place,
    text,
)
from dissection.vocabulary import NOTHING, Concept, Vocabulary

#: What a layer is called whose name is not told.
UNNAMED = "unnamed"


def read_report(content: Any, path: Path) -> Dissection:
    """The dissection that a ``report.json`` tells of.

    Its layer has no levels, exemplars and counts; the size of its maps is not known. ``iou`` is NaN
    but for each unit's best concept, whose category is that of nothing, "-", where it is not told.

    Raises:
        Wrong: it is not what its writer writes.
    """
    title = text(entry(content, "header", "the file"), "name", "the header")
    units = records(content, "units", "the file")
    if not units:
        raise Wrong("it has no units")
    best = [_best(unit, place) for place, unit in enumerate(units)]
    # In order of first appearance: the file does not tell the segmenter's own numbers.
    vocabulary = Vocabulary(dict.fromkeys(concept for concept, _ in best if concept != NOTHING))
    require_cells(len(vocabulary) * len(units), "its table of concepts and units")
    iou = np.full((len(vocabulary), len(units)), np.nan, np.float32)
    iou[0] = 0.0
    for place, (concept, value) in enumerate(best):
        if concept != NOTHING:
            iou[vocabulary.id(concept), place] = value
    name, quantile = _told_by_folder(path, title)
    layer = LayerDissection(
        name,
        (len(units), 0, 0),
        (),
        np.empty((0, len(units)), np.float32),
        None,
        np.empty((len(units), 0), np.int64),
        np.empty((len(units), 0), np.float32),
        known_iou=iou,
    )
    provenance: dict[str, Any] = {"format": "report.json", "file": path.name, "title": title}
    if quantile is not None:
        provenance["levels"] = {"quantile": quantile}
    return Dissection(title, vocabulary, {name: layer}, provenance)


def _best(unit: Any, place: int) -> tuple[Concept, float]:
    where = f"unit {place}"
    require_place(unit, place, where)
    # Readers do without the category, and so do some writers.
    label, category = text(unit, "label", where), unit.get("cat", NOTHING.category)
    if isinstance(category, list) and len(category) == 2:
        category = category[1]  # one writer gives the pair of both
    if not isinstance(category, str):
        raise Wrong(f"'cat' of {where} is no category")
    value = as_iou(number(unit, "iou", where), f"'iou' of {where}")
    # The writer's order puts NaN first, so that a dead unit has a label; it means nothing.
    if math.isnan(value) or label == NOTHING.name:
        return NOTHING, 0.0
    return Concept(label, category), value


def _told_by_folder(path: Path, title: str) -> tuple[str, float | None]:
    """Layer and quantile from the name of the folder: 0.99 for "-10", 0.995 for nothing."""
    folder = path.resolve().parent.name
    prefix = title.replace(" ", "-")
    if not folder.startswith(f"{prefix}-"):
        return UNNAMED, None
    rest = re.sub(r"-t\d+$", "", folder.removeprefix(prefix))
    match = re.fullmatch(r"(?:-(.+?))??(?:-(\d+))?", rest)
    if match is None or not rest:
        return UNNAMED, None
    share = int(match[2]) / 1000 if match[2] else 0.005
    return match[1] or UNNAMED, round(1 - share, 6) if share < 1 else None
