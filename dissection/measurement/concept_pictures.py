"""Pictures of concepts: crops of generated scenes around the region that drives a unit hardest."""

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from dissection.data.images import to_bytes
from dissection.measurement.sampling import Job
from dissection.results.dissection import PICTURE_SIZE, Dissection
from dissection.runtime.progress import Meter
from dissection.vocabulary import Concept

#: Units whose exemplars are looked through for a concept's picture.
_UNITS = 4
#: A crop is this many times as wide as the concept, within limits, as shares of the picture.
_MARGIN = 1.5
_NARROWEST, _WIDEST = 9 / 16, 3 / 4


def concept_pictures(
    job: Job, dissection: Dissection, labels: NDArray[np.integer]
) -> dict[Concept, NDArray[np.uint8]]:
    """A crop for each concept that any unit overlaps with.

    Of the exemplars of the concept's best units, the one that shows most of the concept (up to
    what fills a crop) is taken, around the middle of the concept's largest part.

    Args:
        job: what to run.
        dissection: IoU and exemplars.
        labels: integers (N, K, grid, grid), the concept maps of the sample.

    Returns:
        uint8 (96, 96, 3) each.
    """
    chosen: dict[Concept, tuple[int, tuple[float, float, float]]] = {}
    for index, concept in enumerate(dissection.vocabulary):
        rows = _exemplars(dissection, index)
        if index and len(rows):
            best = max(rows, key=lambda row: _shown(labels[row], index))
            if _shown(labels[best], index) > 0:
                chosen[concept] = best, _window(_mask(labels[best], index))
    pictures = {}
    meter = Meter(job.report, "taking pictures of concepts", len(chosen))
    for concept, (row, window) in chosen.items():
        pictures[concept] = _crop(_render(job, row), window)
        meter.step()
    return pictures


def _exemplars(dissection: Dissection, concept: int) -> list[int]:
    """Places in the sample: the exemplars of the concept's best units, best unit first."""
    units = [
        (float(part.iou[concept, unit]), name, int(unit))
        for name, part in dissection.items()
        for unit in np.argsort(-part.iou[concept], kind="stable")[:_UNITS]
        if part.iou[concept, unit] > 0
    ]
    units.sort(key=lambda entry: -entry[0])
    rows = [row for _, name, u in units[:_UNITS] for row in dissection[name].exemplars[u].tolist()]
    return list(dict.fromkeys(rows))


def _mask(maps: NDArray[np.integer], concept: int) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = (np.asarray(maps) == concept).any(0)
    return mask


def _shown(maps: NDArray[np.integer], concept: int) -> float:
    """How much of a crop the concept can fill, 0..1."""
    share = float(_mask(maps, concept).mean())
    return min(share / (_NARROWEST**2 / 2), 1.0)


def _window(mask: NDArray[np.bool_]) -> tuple[float, float, float]:
    """(top, left, side) of a square around a concept, as shares of the picture."""
    height, width = mask.shape
    ys, xs = np.nonzero(mask)
    # The median pixel stands in the thick of the concept, not between two parts of it.
    y, x = (np.median(ys) + 0.5) / height, (np.median(xs) + 0.5) / width
    low, high = np.percentile(ys / height, [5, 95])
    left, right = np.percentile(xs / width, [5, 95])
    side = float(np.clip(_MARGIN * max(high - low, right - left), _NARROWEST, _WIDEST))
    top = float(np.clip(y - side / 2, 0, 1 - side))
    return top, float(np.clip(x - side / 2, 0, 1 - side)), side


@torch.no_grad()
def _render(job: Job, row: int) -> NDArray[np.uint8]:
    inputs = job.inputs([row])
    images = job.outputs(inputs) if job.source.generates else inputs
    picture: NDArray[np.uint8] = to_bytes(images)[0]
    return picture


def _crop(picture: NDArray[np.uint8], window: tuple[float, float, float]) -> NDArray[np.uint8]:
    top, left, side = window
    height, width = picture.shape[:2]
    box = (left * width, top * height, (left + side) * width, (top + side) * height)
    size = (PICTURE_SIZE, PICTURE_SIZE)
    image = Image.fromarray(picture).resize(size, Image.Resampling.LANCZOS, box=box)
    return np.asarray(image, np.uint8).copy()
