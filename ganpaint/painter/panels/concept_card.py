"""One card of the palette: picture, key, name and a thin bar for IoU."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from dissection.results.brushes import MeasuredBrush
from dissection.results.rarity import OWN_CATEGORY
from ganpaint.painter.panels.concept_model import ALSO_ROLE, BRUSH_ROLE, NUMBER_ROLE
from ganpaint.toolkit.theme import CORNER, FIGURES_PX, Theme

PICTURE_PX = 72
CARD = QSize(PICTURE_PX + 12, PICTURE_PX + 42)
_DIMMED = 0.4
#: An IoU at which the bar is full; good units of a generator reach about half.
_FULL_IOU = 0.6


class ConceptCard(QStyledItemDelegate):
    """Paints cards; the chosen one has a ring in the draw color, weak ones are dimmed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Every card has one size."""
        return CARD

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Qt calls this."""
        brush: MeasuredBrush = index.data(BRUSH_ROLE)
        colors = self._theme.colors
        state = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        card = option.rect.adjusted(1, 1, -1, -1)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        if chosen or hovered:
            painter.setPen(QPen(QColor(colors.draw), 2) if chosen else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.raised))
            painter.drawRoundedRect(QRectF(card).adjusted(1, 1, -1, -1), CORNER, CORNER)
        painter.setOpacity(_DIMMED if brush.weak else 1.0)
        picture = QRect(card.left() + 5, card.top() + 5, PICTURE_PX, PICTURE_PX)
        _draw_picture(painter, index.data(Qt.ItemDataRole.DecorationRole), picture)
        number = index.data(NUMBER_ROLE)
        if number is not None:
            _draw_key(painter, str(number), picture)
        if brush.order == OWN_CATEGORY:
            _draw_plate(painter, OWN_CATEGORY, picture)
        elif also := index.data(ALSO_ROLE):
            _draw_plate(painter, f"+{len(also)}", picture)
        name = QRect(picture.left(), picture.bottom() + 3, picture.width(), 18)
        # Text keeps its contrast: only the picture and the bar are dimmed.
        painter.setOpacity(1.0)
        painter.setPen(QColor(colors.muted if brush.weak else colors.text))
        label = index.data(Qt.ItemDataRole.DisplayRole)
        text = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideRight, name.width())
        painter.drawText(name, Qt.AlignmentFlag.AlignCenter, text)
        painter.setOpacity(_DIMMED if brush.weak else 1.0)
        self._draw_bar(painter, QRect(picture.left(), name.bottom() + 4, picture.width(), 3), brush)
        painter.restore()

    def _draw_bar(self, painter: QPainter, area: QRect, brush: MeasuredBrush) -> None:
        colors = self._theme.colors
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colors.border))
        painter.drawRoundedRect(area, 1.5, 1.5)
        share = min(brush.iou / _FULL_IOU, 1.0)
        painter.setBrush(QColor(colors.draw))
        painter.drawRoundedRect(
            QRectF(area.left(), area.top(), area.width() * share, area.height()), 1.5, 1.5
        )


def _draw_picture(painter: QPainter, pixmap: QPixmap, area: QRect) -> None:
    painter.save()
    path = QPainterPath()
    path.addRoundedRect(QRectF(area), CORNER - 2, CORNER - 2)
    painter.setClipPath(path)
    painter.drawPixmap(area, pixmap)
    painter.restore()


def _draw_key(painter: QPainter, key: str, picture: QRect) -> None:
    """The number key, on a dark plate that any picture leaves readable."""
    plate = QRect(picture.left() + 4, picture.top() + 4, 16, 16)
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 160))
    painter.drawRoundedRect(plate, 4, 4)
    font = painter.font()
    font.setPixelSize(FIGURES_PX)
    painter.setFont(font)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, key)
    painter.restore()


def _draw_plate(painter: QPainter, text: str, picture: QRect) -> None:
    """A word at the picture's lower edge: whose brush it is, or how many it stands for besides."""
    painter.save()
    font = painter.font()
    font.setPixelSize(FIGURES_PX)
    painter.setFont(font)
    width = painter.fontMetrics().horizontalAdvance(text) + 10
    plate = QRect(picture.right() - width - 3, picture.bottom() - 19, width, 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 160))
    painter.drawRoundedRect(plate, 4, 4)
    painter.setPen(QColor("#ffffff"))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()
