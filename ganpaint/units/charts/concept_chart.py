"""The concepts of a layer, by category; a click on a bar filters the grid."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from dissection.results.colors import READ, category_color
from ganpaint.toolkit.theme import FIGURES_PX, Theme
from ganpaint.units.charts.figures import ConceptBar

_BAR, _GAP, _LABELS, _HEAD, _LEFT = 18, 4, 96, 26, 36
#: Bars get wider where there is room, up to this.
_WIDEST = 44


class ConceptChart(QWidget):
    """Bars of units for each concept, one color for each category.

    Signals:
        chosen(Concept): its bar was clicked.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.bars: list[ConceptBar] = []
        self.setMouseTracking(True)
        self.setMinimumHeight(260)

    def show_bars(self, bars: list[ConceptBar]) -> None:
        """Show other bars."""
        self.bars = bars
        self.setMinimumWidth(self.sizeHint().width())
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as all bars."""
        return QSize(_LEFT + len(self.bars) * (_BAR + _GAP) + 16, 340)

    @property
    def _slot(self) -> float:
        """From one bar to the next."""
        room = (self.width() - _LEFT - 16) / max(len(self.bars), 1)
        return min(max(room, _BAR + _GAP), _WIDEST)

    def bar_area(self, place: int) -> QRectF:
        """Where a bar stands."""
        most = max((bar.units for bar in self.bars), default=1)
        room = self.height() - _LABELS - _HEAD
        tall = max(room * self.bars[place].units / most, 1.0)
        slot, top = self._slot, self.height() - _LABELS - tall
        return QRectF(_LEFT + place * slot, top, slot - _GAP, tall)

    def draw(self, painter: QPainter) -> None:
        """Everything, for the screen and for files."""
        colors = self._theme.colors
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(FIGURES_PX)
        painter.setFont(font)
        floor = self.height() - _LABELS
        most = max((bar.units for bar in self.bars), default=1)
        step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 200, 500, 10**6) if most / s <= 5)
        for value in range(0, most + 1, step):
            y = floor - (floor - _HEAD) * value / most
            painter.setPen(QColor(colors.border))
            painter.drawLine(QPointF(_LEFT, y), QPointF(self.width(), y))
            painter.setPen(QColor(colors.muted))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(0, y - 8, _LEFT - 6, 16), right, str(value))
        last, x = "", 0.0
        for place, bar in enumerate(self.bars):
            area = self.bar_area(place)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.hue(category_color(bar.concept.category)))
            painter.drawRoundedRect(area, 2, 2)
            painter.setPen(QColor(colors.text))
            painter.save()
            painter.translate(area.center().x() - 4, floor + 6)
            painter.rotate(90)
            name = painter.fontMetrics().elidedText(
                bar.concept.name, Qt.TextElideMode.ElideRight, _LABELS - 10
            )
            painter.drawText(QPointF(0, 0), name)
            painter.restore()
            if bar.concept.category != last and area.left() >= x:
                last = bar.concept.category
                painter.setPen(self._theme.hue(category_color(last), READ))
                count = sum(b.units for b in self.bars if b.concept.category == last)
                said = f"{last}  {count}"
                painter.drawText(QPointF(area.left(), 14), said)
                x = area.left() + painter.fontMetrics().horizontalAdvance(said) + 8

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt calls this."""
        self.draw(QPainter(self))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what is under the mouse."""
        place = self._at(event.position())
        if place is None:
            QToolTip.hideText()
            self.unsetCursor()
            return
        bar = self.bars[place]
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        said = (
            f"{bar.concept.name} ({bar.concept.category}): {bar.units} units, IoU to {bar.iou:.3f}"
        )
        QToolTip.showText(event.globalPosition().toPoint(), said, self)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a concept."""
        place = self._at(event.position())
        if place is not None:
            self.chosen.emit(self.bars[place].concept)

    def _at(self, position: QPointF) -> int | None:
        place = int((position.x() - _LEFT) // self._slot)
        inside = position.x() >= _LEFT and 0 <= place < len(self.bars)
        return place if inside and position.y() > _HEAD else None
