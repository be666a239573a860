"""Pictures of concepts: the thing itself, outlined, cut from pictures that drive its units most."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from dissection.data.images import to_bytes
from dissection.data.sources import Latents
from dissection.errors import StoreError
from dissection.measurement.sampling import Job
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.segmenters.base import Segmenter
from dissection.results.dissection import PICTURE_SIZE, Dissection
from dissection.runtime.progress import Meter, Report
from dissection.vocabulary import Concept, Vocabulary

#: Units whose exemplars are looked through for a concept's picture.
_UNITS = 4
#: A crop is this many times as wide as the thing, within limits, as shares of the picture.
_MARGIN = 1.3
_NARROWEST, _WIDEST = 1 / 4, 0.6
#: A thing of this share of the picture fills the narrowest crop well.
_CLEAR = _NARROWEST**2 / 2
#: What fills more than this of the picture is a ground, not a thing: less of it is clearer.
_GROUND = 0.45
#: The line around the thing, and the darker one that sets it off from any ground: RGB.
_LINE, _CASING = (255, 255, 255), (16, 18, 22)


def concept_pictures(
    job: Job, dissection: Dissection, labels: NDArray[np.integer]
) -> dict[Concept, NDArray[np.uint8]]:
    """A crop for each concept that any unit overlaps with: the thing fills it, and is outlined.

    Of the exemplars of the concept's best units, the one that shows the concept most clearly is
    taken, and cut to its largest connected part.

    Args:
        job: what to run.
        dissection: IoU and exemplars.
        labels: integers (N, K, grid, grid), the concept maps of the sample.

    Returns:
        uint8 (96, 96, 3) each.
    """
    rows = _candidates(dissection)
    wanted = _chosen(rows, lambda row: labels[row], dissection.vocabulary)
    meter = Meter(job.report, "taking pictures of concepts", len(wanted))
    pictures = {}
    for concept, (row, part) in wanted.items():
        pictures[concept] = _cut_out(_render(job, row), part)
        meter.step()
    return pictures


def retake_pictures(
    dissection: Dissection,
    generator: ProgressiveGenerator,
    segmenter: Segmenter,
    report: Report | None = None,
) -> Dissection:
    """A stored dissection of a generator with the pictures of its concepts taken anew.

    Args:
        dissection: of this generator, of a sample of standard latents.
        generator: makes the pictures again, on the device that it is on.
        segmenter: the one of the dissection.
        report: told of every picture; stops with ``Stopped`` by returning False.

    Raises:
        StoreError: the dissection does not tell its sample.
        Stopped: the report asked for it.
    """
    try:
        told = dissection.provenance["sample"]
        source = Latents.of_seed(int(told["size"]), generator.depth, int(told["seed"]))
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(
            f"The dissection of {dissection.model} does not tell its sample; dissect anew."
        ) from error
    device = next(generator.parameters()).device
    rows = _candidates(dissection)
    needed = sorted({row for some in rows.values() for row in some})
    taken: dict[int, tuple[NDArray[np.uint8], NDArray[np.integer]]] = {}
    meter = Meter(report, "taking pictures of concepts", len(needed))
    with torch.no_grad():
        for row in needed:
            images = generator(source.inputs([row]).to(device))
            taken[row] = to_bytes(images)[0], segmenter.segment(images)[0].cpu().numpy()
            meter.step()
    wanted = _chosen(rows, lambda row: taken[row][1], dissection.vocabulary)
    pictures = {c: _cut_out(taken[row][0], part) for c, (row, part) in wanted.items()}
    return replace(dissection, pictures={**dissection.pictures, **pictures})


def _candidates(dissection: Dissection) -> dict[int, list[int]]:
    """For each concept's index, the places in the sample to look for it at."""
    found = {i: _exemplars(dissection, i) for i in range(1, len(dissection.vocabulary))}
    return {index: rows for index, rows in found.items() if rows}


def _chosen(
    rows: dict[int, list[int]],
    maps: Callable[[int], NDArray[np.integer]],
    vocabulary: Vocabulary,
) -> dict[Concept, tuple[int, NDArray[np.bool_]]]:
    """The clearest place of each concept, and the largest part of the concept there."""
    found = {}
    for index, places in rows.items():
        parts = {row: _largest_part(_mask(maps(row), index)) for row in places}
        best = max(parts, key=lambda row: _clarity(parts[row]))
        if parts[best].any():
            found[vocabulary[index]] = best, parts[best]
    return found


def _exemplars(dissection: Dissection, concept: int) -> list[int]:
    """Places in the sample: the exemplars of the concept's best units, best unit first."""
    units = [
        (float(layer.iou[concept, unit]), name, int(unit))
        for name, layer in dissection.items()
        for unit in np.argsort(-layer.iou[concept], kind="stable")[:_UNITS]
        if layer.iou[concept, unit] > 0
    ]
    units.sort(key=lambda entry: -entry[0])
    rows = [row for _, name, u in units[:_UNITS] for row in dissection[name].exemplars[u].tolist()]
    return list(dict.fromkeys(rows))


def _mask(maps: NDArray[np.integer], concept: int) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = (np.asarray(maps) == concept).any(0)
    return mask


def _largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The largest connected part of a mask; nothing where the mask is empty."""
    count, labels, figures, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return np.zeros_like(mask)
    largest: NDArray[np.bool_] = labels == 1 + int(figures[1:, cv2.CC_STAT_AREA].argmax())
    return largest


def _clarity(part: NDArray[np.bool_]) -> float:
    """How well a crop shows a part: 1 from what fills the narrowest crop to half of a picture."""
    share = float(part.mean())
    return min(share / _CLEAR, 1.0) - max(share - _GROUND, 0.0)


def _window(part: NDArray[np.bool_]) -> tuple[float, float, float]:
    """(top, left, side) of a square around a part, as shares of the picture."""
    height, width = part.shape
    ys, xs = np.nonzero(part)
    top, bottom = ys.min() / height, (ys.max() + 1) / height
    left, right = xs.min() / width, (xs.max() + 1) / width
    side = float(np.clip(_MARGIN * max(bottom - top, right - left), _NARROWEST, _WIDEST))
    if side < _WIDEST:
        y, x = (top + bottom) / 2, (left + right) / 2
    else:  # there is room for some of it: the median pixel stands in the thick of it
        y, x = (np.median(ys) + 0.5) / height, (np.median(xs) + 0.5) / width
    place = np.clip([y - side / 2, x - side / 2], 0, 1 - side)
    return float(place[0]), float(place[1]), side


@torch.no_grad()
def _render(job: Job, row: int) -> NDArray[np.uint8]:
    inputs = job.inputs([row])
    images = job.outputs(inputs) if job.source.generates else inputs
    picture: NDArray[np.uint8] = to_bytes(images)[0]
    return picture


def _cut_out(picture: NDArray[np.uint8], part: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The crop of a picture around a part of a concept, with a line around it."""
    window = _window(part)
    crop = _crop(picture, window, Image.Resampling.LANCZOS)
    inside = _crop(part.astype(np.uint8) * 255, window, Image.Resampling.BILINEAR) >= 128
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    line = cv2.dilate(inside.astype(np.uint8), disc)
    casing = cv2.dilate(line, disc)
    crop[(casing > 0) & (line == 0)] = _CASING
    crop[(line > 0) & ~inside] = _LINE
    return crop


def _crop(
    picture: NDArray[np.uint8], window: tuple[float, float, float], how: Image.Resampling
) -> NDArray[np.uint8]:
    """A square of a picture, uint8 (h, w) or (h, w, 3), as (96, 96) or (96, 96, 3)."""
    top, left, side = window
    height, width = picture.shape[:2]
    box = (left * width, top * height, (left + side) * width, (top + side) * height)
    image = Image.fromarray(picture).resize((PICTURE_SIZE, PICTURE_SIZE), how, box=box)
    return np.asarray(image, np.uint8).copy()
