"""The picture tinted by what the segmenter sees in it, and the legend of the tints."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from dissection.models.segmenters.segmentation import Segmentation
from dissection.vocabulary import Concept
from ganpaint.painter.analysis.segmentation_view import SegmentationView
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.canvas.comparison import View
from ganpaint.painter.canvas.pointer import LaidItem
from ganpaint.painter.document.document import Document
from ganpaint.toolkit.concept_colors import color_of
from ganpaint.toolkit.overlay_panel import TEXT, OverlayPanel
from ganpaint.toolkit.theme import GRID

_INSIDE, _OUTLINE = 150, 245
#: These are filled, the first of them that a pixel shows; parts are drawn as outlines upon them.
_FILLED = ("object", "scene", "texture", "color", "material")
_ROW = 18
_GAP = 16
_SWATCH = 12
#: Concepts with a smaller share are tinted but not listed: they would be most of the list.
_LEAST_SHARE = 0.001


@dataclass(frozen=True)
class Entry:
    """One line of the legend.

    Attributes:
        concept: what is tinted.
        name: what it is called.
        share: of the picture's pixels that show it, 0..1.
        outlined: it is a part, and drawn as an outline.
    """

    concept: Concept
    name: str
    share: float
    outlined: bool


class TintItem(LaidItem):
    """The tints over the picture."""

    def __init__(self) -> None:
        super().__init__()
        self._image = QImage()
        self.hide()

    def show_segmentation(self, segmentation: Segmentation) -> None:
        """Tint by a concept map."""
        self._image = tinted(segmentation)
        self.show()
        self.update()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Qt calls this."""
        painter.drawImage(self.area, self._image)


class Legend(OverlayPanel):
    """Which tint is which concept, and how much of the picture it has, in rows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self.entries: tuple[Entry, ...] = ()

    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        """Show other entries."""
        self.entries = entries
        self.setVisible(bool(entries))
        self.place()

    def wanted(self) -> QSize:
        """As many rows as it takes."""
        places = self._places()
        width = max((place.right() for place in places), default=0)
        height = max((place.bottom() for place in places), default=0)
        return QSize(round(width), round(height))

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Swatch, name and share of each."""
        for entry, place in zip(self.entries, self._places(), strict=True):
            row = place.translated(area.topLeft())
            swatch = QRectF(row.left(), row.center().y() - _SWATCH / 2, _SWATCH, _SWATCH)
            color = QColor(*color_of(entry.concept))
            painter.setPen(QPen(color, 2) if entry.outlined else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if entry.outlined else color)
            inner = swatch.adjusted(1, 1, -1, -1) if entry.outlined else swatch
            painter.drawRoundedRect(inner, 3, 3)
            painter.setPen(TEXT)
            words = row.adjusted(_SWATCH + GRID / 2, 0, 0, 0)
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, _words(entry))

    def _places(self) -> list[QRectF]:
        """Where each entry goes, from the plate's inner corner."""
        metrics, room = self.fontMetrics(), self.room - 2 * GRID
        widths = [metrics.horizontalAdvance(_words(e)) + _SWATCH + GRID // 2 for e in self.entries]
        places, left, top = [], 0, 0
        for width in widths:
            if left and left + width > room:
                left, top = 0, top + _ROW
            places.append(QRectF(left, top, width, _ROW))
            left += width + _GAP
        return places


def _words(entry: Entry) -> str:
    return f"{entry.name} {entry.share:.1%}".replace("%", " %")


class Tint(QObject):
    """Keeps tints and legend true to what is seen.

    Attributes:
        item: over the picture.
        legend: over the canvas.
        on: whether they are wanted.
    """

    def __init__(
        self,
        document: Document,
        segmentation_view: SegmentationView,
        canvas: Canvas,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._segmentation_view = segmentation_view
        self._canvas = canvas
        self.on = False
        self.item = TintItem()
        self.legend = Legend(canvas)
        self.legend.stand_in(canvas.legends)
        canvas.lay(self.item)
        segmentation_view.changed.connect(self._refresh)
        canvas.comparison.changed.connect(self._refresh)
        document.palette_changed.connect(self._refresh)

    def switch(self, on: bool) -> None:
        """Tint the picture, or show it as it is."""
        self.on = on
        if on:
            self._segmentation_view.look()
        self._refresh()

    def _refresh(self) -> None:
        segmentation, comparison = self._segmentation_view.segmentation, self._canvas.comparison
        other = comparison.held or comparison.view == View.DIFFERENCE
        if not self.on or segmentation is None or other:
            self.item.hide()
            self.legend.show_entries(())
            return
        self.item.show_segmentation(segmentation)
        self.legend.show_entries(self._entries(segmentation))

    def _entries(self, segmentation: Segmentation) -> tuple[Entry, ...]:
        label = self._document.palette.label
        drawn = {
            *np.unique(segmentation.flat(*_FILLED)).tolist(),
            *np.unique(segmentation.flat("part")).tolist(),
        }
        return tuple(
            Entry(c, label(c), segmentation.area_share(c), c.category == "part")
            for c in sorted(segmentation.pixels, key=lambda c: c.category == "part")
            if segmentation.vocabulary.id(c) in drawn and segmentation.area_share(c) >= _LEAST_SHARE
        )


def tinted(segmentation: Segmentation) -> QImage:
    """The colors of a concept map, RGBA8888: objects filled, parts outlined, nothing clear."""
    filled, parts = segmentation.flat(*_FILLED), segmentation.flat("part")
    pixels = np.concatenate(
        [_colors(segmentation, filled), np.full((*filled.shape, 1), _INSIDE)], -1
    )
    pixels[filled == 0] = 0
    outline = _borders(parts) & (parts > 0)
    pixels[outline, :3] = _colors(segmentation, parts)[outline]
    pixels[outline, 3] = _OUTLINE
    height, width = filled.shape
    data = np.ascontiguousarray(pixels, np.uint8).data
    return QImage(data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def _colors(segmentation: Segmentation, labels: NDArray[np.int16]) -> NDArray[np.uint8]:
    table = np.zeros((len(segmentation.vocabulary), 3), np.uint8)
    for index in np.unique(labels).tolist():
        table[index] = color_of(segmentation.vocabulary[index])
    colors: NDArray[np.uint8] = table[labels]
    return colors


def _borders(labels: NDArray[np.int16]) -> NDArray[np.bool_]:
    """Pixels with another value on one of their four sides."""
    around = np.pad(labels, 1, mode="edge")
    sides = (around[:-2, 1:-1], around[2:, 1:-1], around[1:-1, :-2], around[1:-1, 2:])
    borders: NDArray[np.bool_] = np.any([side != labels for side in sides], axis=0)
    return borders
