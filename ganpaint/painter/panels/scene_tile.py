"""How a scene appears in the strip."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from ganpaint.painter.panels.scene_model import (
    HERE_ROLE,
    PAINTED_ROLE,
    SCENE_ROLE,
    THUMBNAIL_PX,
    AnyIndex,
)
from ganpaint.toolkit.theme import FIGURES_PX, Colors, Theme

TILE = QSize(THUMBNAIL_PX + 8, THUMBNAIL_PX + 8)
_SHADE = QColor(0, 0, 0, 160)


class SceneTile(QStyledItemDelegate):
    """Paints a scene: its picture, its name, a dot if it is painted on.

    A ring in the draw color is around the one on screen, a quieter one with a tick around those
    that are chosen for strokes to be applied to.
    """

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Qt calls this."""
        return TILE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Qt calls this."""
        colors = self._theme.colors
        area = QRectF(option.rect.left() + 4, option.rect.top() + 4, THUMBNAIL_PX, THUMBNAIL_PX)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        path = QPainterPath()
        path.addRoundedRect(area, 4, 4)
        painter.fillPath(path, QColor(colors.raised))
        pixmap: QPixmap | None = index.data(Qt.ItemDataRole.DecorationRole)
        if pixmap is not None:
            painter.setClipPath(path)
            painter.drawPixmap(area.toRect(), pixmap)
            painter.setClipping(False)
        scene = index.data(SCENE_ROLE)
        self._label(painter, area, str(scene.seed), scene.blend and f"{scene.blend.toward}")
        if index.data(PAINTED_ROLE):
            painter.setPen(QPen(_SHADE, 1))
            painter.setBrush(QColor(colors.draw))
            painter.drawEllipse(QRectF(area.right() - 11, area.top() + 3, 8, 8))
        self._ring(painter, area, option.state, bool(index.data(HERE_ROLE)), colors)
        painter.restore()

    def _ring(
        self,
        painter: QPainter,
        area: QRectF,
        state: QStyle.StateFlag,
        here: bool,
        colors: Colors,
    ) -> None:
        chosen = bool(state & QStyle.StateFlag.State_Selected) and not here
        if here or chosen or state & QStyle.StateFlag.State_MouseOver:
            color = colors.draw if here else colors.text if chosen else colors.muted
            painter.setPen(QPen(QColor(color), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(-2, -2, 2, 2), 6, 6)
        if chosen:
            plate = QRectF(area.left() + 3, area.top() + 3, 14, 14)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_SHADE)
            painter.drawRoundedRect(plate, 3, 3)
            painter.setPen(QPen(QColor("#ffffff"), 1.6))
            x, y = plate.left(), plate.top()
            tick = QPainterPath()
            tick.moveTo(x + 3, y + 7)
            tick.lineTo(x + 6, y + 10)
            tick.lineTo(x + 11, y + 4)
            painter.drawPath(tick)

    def _label(self, painter: QPainter, area: QRectF, seed: str, toward: str | None) -> None:
        text = f"{seed}-{toward}" if toward else seed
        font = painter.font()
        font.setPixelSize(FIGURES_PX - 1)
        painter.setFont(font)
        width = min(painter.fontMetrics().horizontalAdvance(text) + 8, THUMBNAIL_PX - 6)
        plate = QRect(int(area.left()) + 3, int(area.bottom()) - 17, width, 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_SHADE)
        painter.drawRoundedRect(plate, 3, 3)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
