"""The brush ring: drawn at true size, white within black, filled in the color of the mode."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from ganpaint.painter.canvas.pens import screen_pen

_FILL = 0.15
_BLACK, _WHITE = QColor("#000000"), QColor("#ffffff")
_MARGIN_PX = 4.0


class RingItem(QGraphicsItem):
    """Follows the cursor; one unit of the scene is a pixel of the picture."""

    def __init__(self) -> None:
        super().__init__()
        self._radius = 1.0
        self._margin = 1.0
        self._color = QColor()
        self.hide()

    @property
    def radius(self) -> float:
        """In picture pixels."""
        return self._radius

    @property
    def color(self) -> QColor:
        """That of the mode in which a stroke would begin."""
        return self._color

    def place(self, position: QPointF, radius: float, color: QColor, scale: float) -> None:
        """Draw the ring around a position.

        Args:
            position: in picture pixels.
            radius: in picture pixels.
            color: of the mode.
            scale: screen pixels for each picture pixel, for lines that keep their width.
        """
        margin = _MARGIN_PX / scale
        if (radius, margin) != (self._radius, self._margin):
            self.prepareGeometryChange()
            self._radius, self._margin = radius, margin
        self._color = color
        self.setPos(position)
        self.update()

    def boundingRect(self) -> QRectF:
        """The ring and the width of its lines."""
        reach = self._radius + self._margin
        return QRectF(-reach, -reach, 2 * reach, 2 * reach)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Qt calls this."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        # White within black is seen on any ground; the fill says the mode.
        fill = QColor(self._color)
        fill.setAlphaF(_FILL)
        painter.setBrush(fill)
        for color, width in ((_BLACK, 3.5), (_WHITE, 1.5)):
            painter.setPen(screen_pen(painter, color, width))
            painter.drawEllipse(QPointF(), self._radius, self._radius)
            painter.setBrush(QColor(0, 0, 0, 0))
