"""Asks for a unit's pictures, maps and segmentations, and keeps the newest answer."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from dissection.errors import BadInputError
from dissection.results.dissection import Dissection
from dissection.vocabulary import Vocabulary
from ganpaint.rendering.queries import Question, Studio
from ganpaint.rendering.requests import to_image
from ganpaint.toolkit.concept_colors import color_of
from ganpaint.units.sample_thread import SampleQuestion

if TYPE_CHECKING:
    from dissection.measurement.sample_again import SampleAgain
    from dissection.measurement.unit_views import UnitViews

#: Width and height of a large exemplar.
VIEW_PX = 160
_YELLOW = np.array([255, 255, 0], np.uint8)
_DIMMED = 0.5
_TINT = 0.6
ViewMode = Literal["plain", "outline", "heat", "seen"]
#: What the screen calls the ways to show a unit on a picture.
MODES: dict[ViewMode, str] = {
    "plain": "Plain",
    "outline": "Outline",
    "heat": "Heat map",
    "seen": "Segmenter",
}
#: Peaks that differ by less are the same: a dissection may have been made in bfloat16.
_SAME = 0.05


@dataclass(frozen=True, eq=False)
class ViewsQuestion(Question):
    """A unit on some inputs; answers are (place, View), one for each input.

    Attributes:
        dissection: of the scene's model.
        layer: name.
        unit: number.
        rows: places in the sample.
    """

    dissection: Dissection
    layer: str
    unit: int
    rows: tuple[int, ...]

    def steps(self, studio: Studio) -> Iterator[object]:
        """One answer for each input."""
        from dissection.measurement.unit_views import view_unit

        told = self.dissection.provenance.get("segmenter")
        digest = str(told.get("digest", "")) if isinstance(told, Mapping) else ""
        for row in self.rows:
            generator = studio.generator(self.scene.model)
            segmenter = studio.segmenter_like(digest)
            asked = (self.dissection, self.layer, self.unit, [row], generator)
            made = view_unit(*asked, segmenter=segmenter, size=VIEW_PX)
            yield row, _view(made, segmenter.vocabulary)


@dataclass(frozen=True, eq=False)
class SampleViewsQuestion(SampleQuestion):
    """A unit of a classifier on some pictures; answers are (place, View), one for each.

    Attributes:
        layer: name.
        unit: number.
        rows: places in the sample.
    """

    layer: str
    unit: int
    rows: tuple[int, ...]

    def steps(self, sample: "SampleAgain") -> Iterator[object]:
        """One answer for each picture."""
        from dissection.measurement.unit_views import view_unit

        measured = self.dissection[self.layer]
        known = dict(
            zip(measured.exemplars[self.unit].tolist(), measured.peaks[self.unit], strict=False)
        )
        for row in self.rows:
            segmenter = sample.segmenter
            asked = (self.dissection, self.layer, self.unit, [row], sample.network.module)
            made = view_unit(*asked, segmenter=segmenter, size=VIEW_PX, source=sample.source)
            peak = float(made.peaks[0])
            if row in known and abs(peak - known[row]) > _SAME * abs(known[row]) + 1e-3:
                raise BadInputError(
                    f"The peak of unit {self.unit} on input {row} is {peak:.3g} and was "
                    f"{known[row]:.3g}: this is another picture than was dissected."
                )
            yield row, _view(made, segmenter.vocabulary)


@dataclass(frozen=True, eq=False)
class SamplePictureQuestion(SampleQuestion):
    """Which picture a place of a classifier's sample is; the answer is a ``SamplePicture``.

    Attributes:
        row: the place.
    """

    row: int

    def steps(self, sample: "SampleAgain") -> Iterator[object]:
        """One answer."""
        yield sample.picture_at(self.row)


def _view(made: "UnitViews", vocabulary: Vocabulary) -> "View":
    assert made.labels is not None, "there is a segmenter"
    unit = made.pictures[0], made.activations[0], float(made.peaks[0])
    return view_of(*unit, made.labels[0], vocabulary)


def view_of(
    picture: NDArray[np.uint8],
    activations: NDArray[np.float32],
    peak: float,
    labels: NDArray[np.int64] | None = None,
    vocabulary: Vocabulary | None = None,
) -> "View":
    """A unit on a picture, with what a segmenter sees there, or without; see ``View``."""
    if labels is None or vocabulary is None:
        nothing = np.zeros((0, *picture.shape[:2]), np.int64)
        return View(picture, activations, peak, nothing, {}, {}, ())
    found = {int(i): vocabulary[int(i)] for i in np.unique(labels) if i > 0}
    return View(
        picture,
        activations,
        peak,
        labels,
        {index: color_of(concept) for index, concept in found.items()},
        {index: concept.category for index, concept in found.items()},
        tuple(sorted({concept.name for concept in found.values()})),
    )


@dataclass(frozen=True, eq=False)
class View:
    """A unit on one input.

    Attributes:
        picture: uint8 (size, size, 3).
        activations: float32 (size, size).
        peak: the highest activation of the raw map.
        labels: int64 (K, size, size), what the segmenter sees; no channel where none looked.
        colors: of these labels.
        categories: of these labels.
        names: of the concepts that are seen.
    """

    picture: NDArray[np.uint8]
    activations: NDArray[np.float32]
    peak: float
    labels: NDArray[np.int64]
    colors: dict[int, tuple[int, int, int]]
    categories: dict[int, str]
    names: tuple[str, ...]

    @property
    def peak_place(self) -> tuple[float, float]:
        """Where the unit is most active: shares of width and of height, 0..1."""
        down, across = np.unravel_index(int(self.activations.argmax()), self.activations.shape)
        height, width = self.activations.shape
        return (float(across) + 0.5) / width, (float(down) + 0.5) / height

    def image(self, mode: ViewMode, level: float, peak: float, category: str) -> QImage:
        """The picture in one of ``MODES``.

        Args:
            mode: which.
            level: t_u, where the outline is.
            peak: the activation at the bright end of the heat map.
            category: of the concepts that the segmentation shows first.
        """
        if mode == "plain":
            return to_image(self.picture)
        region = self.activations > level
        match mode:
            case "heat":
                shown = self._heat(peak)
            case "seen":
                shown = self._seen(category)
            case _:
                shown = self.picture.copy()
                shown[~region] = (shown[~region] * _DIMMED).astype(np.uint8)
        if mode != "heat":
            shown[_edge(region)] = _YELLOW
        return to_image(shown)

    def _heat(self, peak: float) -> NDArray[np.uint8]:
        share = np.clip(self.activations / max(peak, 1e-6), 0, 1)[..., None]
        # Black, red, yellow, white over a pale picture: bright is active.
        ramp = np.clip(np.concatenate([3 * share, 3 * share - 1, 3 * share - 2], 2), 0, 1) * 255
        gray = self.picture.mean(2, keepdims=True).repeat(3, 2) * 0.55
        opacity = 0.15 + 0.75 * share
        mixed: NDArray[np.uint8] = (gray * (1 - opacity) + ramp * opacity).astype(np.uint8)
        return mixed

    def _seen(self, category: str) -> NDArray[np.uint8]:
        """Tinted by the category that is asked for, where it is seen; else by what is."""
        chosen = np.zeros(self.labels.shape[1:], np.int64)
        wanted = [i for i, name in self.categories.items() if name == category and i > 0]
        for channel in self.labels[::-1]:
            chosen = np.where(np.isin(channel, wanted) & (channel > 0), channel, chosen)
        for channel in self.labels:
            chosen = np.where((chosen == 0) & (channel > 0), channel, chosen)
        shown = self.picture.astype(np.float32)
        for label, color in self.colors.items():
            if label > 0:
                at = chosen == label
                shown[at] = shown[at] * (1 - _TINT) + np.array(color, np.float32) * _TINT
        return shown.astype(np.uint8)


def _edge(region: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels outside a region that touch it."""
    padded = np.pad(region, 1)
    tall = padded[:-2] | padded[1:-1] | padded[2:]
    grown: NDArray[np.bool_] = tall[:, :-2] | tall[:, 1:-1] | tall[:, 2:]
    return grown & ~region
