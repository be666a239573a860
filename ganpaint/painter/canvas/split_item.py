"""The picture before the strokes on the left of a line that can be dragged."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from ganpaint.painter.canvas.pens import SHADOW, screen_pen
from ganpaint.painter.canvas.picture_item import PictureItem
from ganpaint.painter.canvas.pointer import LaidItem

#: In screen pixels: the round grip, and how close to the line a press takes hold of it.
_GRIP = 14.0
_NEAR = 5.0
_LINE = QColor("#ffffff")
_ARROW = QColor("#1b1f24")


class SplitItem(LaidItem):
    """The line and its grip; hidden unless the split is shown.

    Attributes:
        before: the picture on the left, an item of its own: overlays lie between the two.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before = PictureItem()
        self._share = 0.5
        self._scale = 1.0
        self.hide_split()

    @property
    def x_of_line(self) -> float:
        """Where the line is, picture pixels."""
        return self.area.left() + self._share * self.area.width()

    def show_split(self, before: QImage, share: float) -> None:
        """Show the picture before, RGB888, up to a share of the width."""
        self.before.set_image(before)
        self._share = share
        self.before.clip = QRectF(self.area.topLeft(), QPointF(self.x_of_line, self.area.bottom()))
        for item in (self, self.before):
            item.show()
            item.update()

    def hide_split(self) -> None:
        """Show the picture after alone."""
        self.hide()
        self.before.hide()

    def set_scale(self, scale: float, fitted: bool) -> None:
        """Take how many screen pixels a picture pixel has, and whether the picture is fitted."""
        if scale != self._scale:
            self.prepareGeometryChange()
            self._scale = scale
        self.before.fitted = fitted

    def near(self, position: QPointF) -> bool:
        """Whether a press at a position, in picture pixels, takes hold of the line."""
        if not self.isVisible() or not self.area.top() <= position.y() <= self.area.bottom():
            return False
        across = abs(position.x() - self.x_of_line) * self._scale
        down = abs(position.y() - self.area.center().y()) * self._scale
        return across <= _NEAR or across * across + down * down <= _GRIP * _GRIP

    def boundingRect(self) -> QRectF:
        """The picture's area, and the grip where it stands out at an edge."""
        margin = (_GRIP + 2) / self._scale
        return self.area.adjusted(-margin, 0, margin, 0)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Qt calls this."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = self.x_of_line
        for color, width in ((SHADOW, 4.0), (_LINE, 2.0)):
            painter.setPen(screen_pen(painter, color, width))
            painter.drawLine(QPointF(x, self.area.top()), QPointF(x, self.area.bottom()))
        painter.translate(x, self.area.center().y())
        painter.scale(1 / self._scale, 1 / self._scale)
        painter.setPen(QPen(SHADOW, 1))
        painter.setBrush(_LINE)
        painter.drawEllipse(QPointF(), _GRIP, _GRIP)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_ARROW)
        for side in (-1, 1):
            tip = QPointF(8.0 * side, 0)
            back = QPointF(3.5 * side, 4.5)
            painter.drawPolygon(QPolygonF([tip, back, QPointF(back.x(), -back.y())]))
