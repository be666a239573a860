"""The patch that was taken last: a clipboard of one, for this and other scenes of its network."""

import math

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QImage

from dissection.painting.edits import Mode, Stroke
from dissection.painting.patches import Patch, Stamp
from ganpaint.painter.analysis.regions import area_of
from ganpaint.painter.document.document import Document


class PatchClipboard(QObject):
    """Holds a patch and makes strokes of it.

    Attributes:
        patch: what is stamped; None until one was taken.
        picture: what the patch looked like where it was taken.
        model: the generator that it is of; empty until one was taken.

    Signals:
        changed: another patch was taken.
    """

    changed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._grid = (1, 1)
        self.model = ""
        self.patch: Patch | None = None
        self.picture = QImage()

    def take(self, patch: Patch, picture: QImage, grid: tuple[int, int]) -> None:
        """Hold another patch.

        Args:
            patch: of the scene on screen.
            picture: the part of the picture that its cells cover.
            grid: (h, w) of its layer.
        """
        self.patch, self.picture, self._grid = patch, picture, grid
        self.model = self._document.scene.model
        self.changed.emit()

    @property
    def refusal(self) -> str:
        """Why nothing can be stamped now, a sentence; empty where it can."""
        if self.patch is None:
            return "There is no patch yet: drag a rectangle with the inspector and take it."
        if self.model != self._document.scene.model:
            name = self.model.rpartition("/")[2]
            return f"The patch is of {name}; take one of the generator in use."
        return ""

    def place(self, position: QPointF, size: QSize) -> Stamp | None:
        """The patch put so that its middle is nearest to a picture position, aligned to cells."""
        if self.refusal or self.patch is None or size.isEmpty():
            return None
        height, width = self.patch.size
        row = math.floor(position.y() / size.height() * self._grid[0] - height / 2 + 0.5)
        column = math.floor(position.x() / size.width() * self._grid[1] - width / 2 + 0.5)
        return Stamp(self.patch, row, column)

    def area(self, stamp: Stamp, size: QSize) -> QRectF:
        """Where a stamp lies in the picture, in its pixels; may reach over the borders."""
        return area_of(stamp.box, size, self._grid)

    def stroke(self, stamp: Stamp, size: QSize) -> Stroke:
        """The stroke that puts a stamp down, as strongly as the brush in hand paints."""
        mask = stamp.mask(self._grid, (size.height(), size.width()))
        return Stroke(mask, None, Mode.DRAW, self._document.choice.strength, stamp=stamp)
