"""The inspector's way onto the canvas: point at a cell, click to pin it, drag a rectangle."""

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from dissection.painting.boxes import Box
from dissection.painting.edits import Mode
from ganpaint.painter.analysis.inspection import Inspection
from ganpaint.painter.analysis.regions import area_of
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.canvas.pens import SHADOW, screen_pen
from ganpaint.painter.canvas.pointer import LaidItem
from ganpaint.toolkit.theme import Theme

_FILL = 0.12
_DASHES = [3.0, 3.0]


class RegionItem(LaidItem):
    """The cells that the inspector looks at: outlined, and dashed while they follow the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self._region = QRectF()
        self._color = QColor()
        self._pinned = False
        self.hide()

    @property
    def region(self) -> QRectF:
        """Picture pixels; empty while hidden."""
        return self._region if self.isVisible() else QRectF()

    def show_region(self, region: QRectF, color: QColor, pinned: bool) -> None:
        """Show another region, in picture pixels."""
        self._region, self._color, self._pinned = region, color, pinned
        self.show()
        self.update()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Qt calls this."""
        fill = QColor(self._color)
        fill.setAlphaF(_FILL)
        painter.setBrush(fill)
        for color, width in ((SHADOW, 4.0), (self._color, 2.0)):
            pen = screen_pen(painter, color, width)
            if not self._pinned:
                pen.setDashPattern([d * 2 / width for d in _DASHES])
            painter.setPen(pen)
            painter.drawRect(self._region)
            painter.setBrush(Qt.BrushStyle.NoBrush)


class InspectTool(QObject):
    """A ``Pointer``: what it points at is what the inspection is about.

    Attributes:
        region: the item that shows the place.

    Signals:
        used(bool): the inspector has the mouse, or has it no longer.
    """

    used = Signal(bool)
    cursor = Qt.CursorShape.CrossCursor

    def __init__(
        self, inspection: Inspection, canvas: Canvas, theme: Theme, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._inspection = inspection
        self._canvas = canvas
        self._theme = theme
        self._from: QPointF | None = None
        self.region = RegionItem()
        canvas.lay(self.region)
        inspection.changed.connect(self._show_region)
        canvas.pointer_changed.connect(self._follow_pointer)

    @property
    def on(self) -> bool:
        """Whether the mouse inspects now."""
        return self._canvas.pointer is self

    def switch(self, on: bool) -> None:
        """Give the mouse to the inspector, or back to the brush."""
        if on:
            self._canvas.use(self)
            self._canvas.setFocus()  # for Esc
        elif self.on:
            self._canvas.use(None)

    def press(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Begin a rectangle; a click is one of a single cell."""
        self._from = position
        self._inspection.pin(position, position, self._canvas.picture.size)

    def move(self, position: QPointF, down: bool) -> None:
        """Point at a cell, or carry the rectangle on."""
        size = self._canvas.picture.size
        if down and self._from is not None:
            self._inspection.pin(self._from, position, size)
        elif self._canvas.picture.boundingRect().contains(position):
            self._inspection.point_at(position, size)

    def release(self, position: QPointF) -> None:
        """The rectangle is done."""
        self._from = None

    def dismiss(self) -> None:
        """The brush, or another tool, has the mouse."""
        self._from = None

    def _follow_pointer(self) -> None:
        self._show_region()
        self.used.emit(self.on)

    def _show_region(self) -> None:
        """While it is of use: the tool is in hand, or the place is pinned and can be used."""
        box: Box | None = self._inspection.box
        grid = self._inspection.grid
        if box is None or grid is None or not self.on:
            self.region.hide()
            return
        area = area_of(box, self._canvas.picture.size, grid)
        color = self._theme.colors.mode(Mode.DRAW)
        self.region.show_region(area, color, self._inspection.pinned)
