"""``dissect.json`` of gandissect: levels, exemplars, best concepts, and the IoU with some more.

Its levels come from raw maps, not upsampled ones, or maximize the information quality ratio of the
unit and its concept. Counts of a unit are taken in images that have the concept's category, so they
are no tally of ours, and are left out.
"""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.results.dissection import Dissection
from dissection.results.layer_dissection import LayerDissection
from dissection.results.readers.fields import (
    Wrong,
    as_iou,
    as_number,
    entry,
    number,
    records,
    require_cells,
    require_place,
    text,
)
from dissection.vocabulary import NOTHING, Concept, Vocabulary, readable_name

_SUFFIX = "-iou"
#: Of a quarter of an object: top, left, bottom, right.
_QUARTER = re.compile(r"-[tlbr]$")


def read_gandissect(content: Any, path: Path) -> Dissection:
    """The dissection that a ``dissect.json`` tells of.

    ``iou`` is known for each unit's best concept, and for all units where the file ranks them by a
    concept; it is NaN elsewhere.

    Raises:
        Wrong: it is not what its writer writes.
    """
    layers = records(content, "layers", "the file")
    if not layers:
        raise Wrong("it has no layers")
    vocabulary = _vocabulary(layers)
    count = sum(len(records(layer, "units", f"layer {n}")) for n, layer in enumerate(layers))
    require_cells(len(vocabulary) * count, "its table of concepts and units")
    level_name = _level_name(content.get("quantile_threshold"))
    measured: dict[str, LayerDissection] = {}
    for place, layer in enumerate(layers):
        name = text(layer, "layer", f"layer {place}")
        if name in measured:
            raise Wrong(f"it has the layer {name} twice")
        measured[name] = _layer(name, layer, vocabulary, level_name)
    title = content.get("netname")
    provenance: dict[str, Any] = {"format": "gandissect dissect.json", "file": path.name}
    for key in ("settings", "quantile_threshold", "iou_threshold", "iqr_threshold"):
        if key in content:
            provenance[key] = content[key]
    model = title if isinstance(title, str) and title else path.resolve().parent.name
    return Dissection(model, vocabulary, measured, provenance)


def _level_name(threshold: Any) -> str:
    if isinstance(threshold, int | float) and 0 < threshold < 1:
        return f"raw-{1 - threshold:g}"
    return str(threshold) if isinstance(threshold, str) and threshold else "unknown"


def _vocabulary(layers: list[Any]) -> Vocabulary:
    """All concepts that the file names, in the segmenter's order as far as that is told."""
    numbers: dict[Concept, float] = {}
    ranked: list[str] = []
    for place, layer in enumerate(layers):
        for unit in records(layer, "units", f"layer {place}"):
            if isinstance(unit, dict) and "iou_label" in unit:
                concept, labelnum = _label(unit, f"a unit of layer {place}")
                if concept != NOTHING:
                    numbers[concept] = min(labelnum, numbers.get(concept, math.inf))
        ranked += [name for name, _ in _iou_rankings(layer, f"layer {place}")]
    concepts = sorted(numbers, key=lambda concept: numbers[concept])
    names = {concept.name for concept in concepts}
    for name in dict.fromkeys(ranked):
        if name not in names:
            # Only objects are cut in quarters, and rankings name the whole instead.
            quartered = any(_QUARTER.sub("", other) == name != other for other in names)
            concepts.append(Concept(name, "object" if quartered else NOTHING.category))
    return Vocabulary(concepts)


def _label(unit: Any, where: str) -> tuple[Concept, float]:
    name, category = text(unit, "iou_label", where), text(unit, "iou_cat", where)
    labelnum = number(unit, "iou_labelnum", where)
    return (NOTHING, 0.0) if name == NOTHING.name else (Concept(name, category), labelnum)


def _iou_rankings(layer: Any, where: str) -> list[tuple[str, list[Any]]]:
    """The rankings by the IoU with one concept: its name, and a score of each unit."""
    found = []
    for ranking in records(layer, "rankings", where) if "rankings" in layer else []:
        name = text(ranking, "name", f"a ranking of {where}")
        if name.endswith(_SUFFIX) and ranking.get("metric", "iou") == "iou":
            told = ranking.get("concept")
            whole = told if isinstance(told, str) and told else name.removesuffix(_SUFFIX)
            concept = readable_name(whole)  # as the vocabulary has it
            if concept != NOTHING.name:
                found.append((concept, records(ranking, "score", f"the ranking {name}")))
    return found


def _layer(name: str, layer: Any, vocabulary: Vocabulary, level_name: str) -> LayerDissection:
    units = records(layer, "units", name)
    if not units:
        raise Wrong(f"{name} has no units")
    for place, unit in enumerate(units):
        require_place(unit, place, f"unit {place} of {name}")
    levels = [number(unit, "level", f"unit {place} of {name}") for place, unit in enumerate(units)]
    exemplars, peaks = _top(units, name)
    return LayerDissection(
        name,
        (len(units), 0, 0),
        (level_name,),
        np.array([levels], np.float32),
        None,
        exemplars,
        peaks,
        known_iou=_known_iou(units, layer, name, vocabulary),
    )


def _top(units: list[Any], name: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Images with the highest peaks, as many as every unit has."""
    top = [records(unit, "top", f"unit {place} of {name}") for place, unit in enumerate(units)]
    count = min(len(images) for images in top)
    exemplars = np.empty((len(units), count), np.int64)
    peaks = np.empty((len(units), count), np.float32)
    for place, images in enumerate(top):
        where = f"an image of unit {place} of {name}"
        for rank, image in enumerate(images[:count]):
            number_ = entry(image, "imgnum", where)
            if not isinstance(number_, int) or not 0 <= number_ < 2**63:
                raise Wrong(f"'imgnum' of {where} is no number of an image")
            exemplars[place, rank] = number_
            peaks[place, rank] = number(image, "maxact", where)
    return exemplars, peaks


def _known_iou(
    units: list[Any], layer: Any, name: str, vocabulary: Vocabulary
) -> NDArray[np.float32]:
    iou = np.full((len(vocabulary), len(units)), np.nan, np.float32)
    iou[0] = 0.0
    for concept, scores in _iou_rankings(layer, name):
        what = f"the ranking {concept}{_SUFFIX} of {name}"
        if len(scores) != len(units):
            raise Wrong(f"{what} has {len(scores)} scores for {len(units)} units")
        # Where a name stands in several categories, the published code means the first.
        index = next(i for i, known in enumerate(vocabulary) if known.name == concept)
        iou[index] = [as_iou(-as_number(score, what), what) for score in scores]
    for place, unit in enumerate(units):
        if "iou_label" in unit:
            where = f"unit {place} of {name}"
            best, _ = _label(unit, where)
            value = as_iou(number(unit, "iou", where), f"'iou' of {where}")
            if best != NOTHING:
                iou[vocabulary.id(best), place] = value
    return iou
