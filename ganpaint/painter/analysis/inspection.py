"""What the inspector looks at: a layer, a place in it, and the activations that are there.

The activations of a layer are asked for once for each picture, when the hand rests: right behind
the exact picture they cost a copy. Ranking the units of a place is done here, without torch.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QSize, Signal

from dissection.errors import DissectionError
from dissection.painting.boxes import Box
from dissection.painting.edits import Stroke
from dissection.painting.patches import Patch
from dissection.results.rarity import UnitActivations, firing
from ganpaint.painter.analysis.regions import box_between
from ganpaint.painter.document.document import Document
from ganpaint.painter.live_picture import LivePicture
from ganpaint.rendering.queries import Question, Studio
from ganpaint.rendering.scene import Scene

Features = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FeaturesQuestion(Question):
    """The output of a layer under the strokes on screen; the answer is float32 (C, h, w).

    Attributes:
        layer: the layer's name.
    """

    layer: str

    def steps(self, studio: Studio) -> Iterator[object]:
        """One answer."""
        yield studio.renderer(self.scene, self.latent).features(self.layer, self.edit)


class Inspection(QObject):
    """The layer and the place that the inspector is about.

    Attributes:
        box: cells of the layer; None before the first place is pointed at.
        pinned: whether the place stays while the mouse moves on.
        trouble: why there are no activations, a sentence; empty where that is not so.

    Signals:
        changed: layer, place or activations are others now.
    """

    changed = Signal()

    def __init__(
        self, document: Document, live: LivePicture, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._live = live
        self._layer: str | None = None
        self._watching = False
        self._features: Features | None = None
        self._of: tuple[Scene, tuple[Stroke, ...], str] | None = None
        self._ranked: tuple[tuple[str, Box, int], UnitActivations | None] | None = None
        self.box: Box | None = None
        self.pinned = False
        self.trouble = ""
        live.settled.connect(self._ask)
        live.answered.connect(self._take)
        live.question_failed.connect(self._take_failure)
        document.scene_changed.connect(self._forget)
        document.palette_changed.connect(self._follow_palette)

    @property
    def layer(self) -> str | None:
        """The layer's name: the chosen one, or else the brush's; None without a dissection."""
        layers = self._document.palette.layers
        if self._layer in layers:
            return self._layer
        found = self._document.in_hand
        in_hand = (name for name in found.brush.layers if name in layers) if found else ()
        return next(iter((*in_hand, *layers)), None)

    @property
    def grid(self) -> tuple[int, int] | None:
        """(h, w) of the layer."""
        return self._document.palette.grid(self.layer) if self.layer else None

    @property
    def features(self) -> Features | None:
        """The layer's activations, float32 (C, h, w), of this scene; None until they are known."""
        here = self._of and (self._of[0], self._of[2]) == (self._document.scene, self.layer)
        return self._features if here else None

    def watch(self, on: bool) -> None:
        """Keep up with the picture, or leave the render thread alone."""
        self._watching = on
        if on:
            if self._layer is None:
                self._layer = self.layer  # the brush may change; what one looks at does not
            self._ask()

    def choose_layer(self, name: str) -> None:
        """Look at another layer; a place that is pinned stays where it is in the picture."""
        before, self._layer = self.grid, name
        after = self.grid
        if self.box is not None and before and after and before != after:
            self.box = _regridded(self.box, before, after)
        self._ask()
        self.changed.emit()

    def point_at(self, position: QPointF, size: QSize) -> None:
        """Look at the cell under a picture position, unless another place is pinned."""
        if not self.pinned:
            self._look_at(position, position, size, pinned=False)

    def pin(self, first: QPointF, last: QPointF, size: QSize) -> None:
        """Look at the cells that a rectangle touches, and stay there.

        Args:
            first: one corner, picture pixels.
            last: the opposite corner; the same position for a single cell.
            size: of the picture.
        """
        self._look_at(first, last, size, pinned=True)

    def unpin(self) -> None:
        """Follow the mouse again."""
        if self.pinned:
            self.pinned = False
            self.changed.emit()

    def firing(self, k: int) -> UnitActivations | None:
        """The k units that fire most unusually at the place; None until that is known."""
        features, layer, dissection = self.features, self.layer, self._document.palette.dissection
        if features is None or layer is None or dissection is None or self.box is None:
            return None
        asked = (layer, self.box, k)
        if self._ranked is None or self._ranked[0] != asked:
            try:
                found = firing(dissection[layer], features, self.box, k)
            except DissectionError as error:
                self.trouble, found = str(error), None
            self._ranked = asked, found
        return self._ranked[1]

    def patch(self) -> Patch | None:
        """The activations of the pinned place, of all units; None until they are known.

        Raises:
            BadInputError: they are too large for a patch.
        """
        features, layer = self.features, self.layer
        if features is None or layer is None or self.box is None or not self.pinned:
            return None
        name = f"patch of seed {self._document.scene.name}"
        return Patch.taken(layer, features, self.box, name)

    def _look_at(self, first: QPointF, last: QPointF, size: QSize, pinned: bool) -> None:
        if self.grid is None or size.isEmpty():
            return
        box = box_between(first, last, size, self.grid)
        if (box, pinned) != (self.box, self.pinned):
            self.box, self.pinned = box, pinned
            self.changed.emit()

    def _ask(self) -> None:
        """Ask for the activations of the picture on screen, unless they are known."""
        layer = self.layer
        if not (self._watching and self._live.resting) or layer is None:
            return
        scene, edit = self._document.scene, self._document.edit
        if (scene, edit.strokes, layer) != self._of:
            latent = self._document.given_latent(scene)
            self._live.ask(FeaturesQuestion(scene, latent, edit, layer))

    def _take(self, question: Question, answer: object) -> None:
        if isinstance(question, FeaturesQuestion) and isinstance(answer, np.ndarray):
            self.trouble = ""
            self._features, self._ranked = answer, None
            self._of = (question.scene, question.edit.strokes, question.layer)
            self.changed.emit()

    def _take_failure(self, question: Question, sentence: str) -> None:
        if isinstance(question, FeaturesQuestion):
            self.trouble, self._features, self._of = sentence, None, None
            self.changed.emit()

    def _forget(self) -> None:
        """Another scene: the place stays, its activations are others."""
        self._live.withdraw(FeaturesQuestion)
        self._features, self._of, self.trouble = None, None, ""
        self.changed.emit()

    def _follow_palette(self) -> None:
        self.trouble = ""
        self._ranked = None
        if self._layer not in self._document.palette.layers:
            self._layer, self.box, self.pinned = None, None, False
        self._ask()
        self.changed.emit()


def _regridded(box: Box, before: tuple[int, int], after: tuple[int, int]) -> Box:
    """The cells of another grid that a box touches."""
    down, across = after[0] / before[0], after[1] / before[1]
    return Box(
        int(box.top * down),
        int(box.left * across),
        max(int(-(-box.bottom * down // 1)), int(box.top * down) + 1),
        max(int(-(-box.right * across // 1)), int(box.left * across) + 1),
    )
