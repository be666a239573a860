"""The history: every stroke of the scene with its mask, concept and mode; any can be deleted."""

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QLabel,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from dissection.edits import Stroke
from ganpaint.canvas.mask_item import tinted
from ganpaint.document import Document
from ganpaint.panels.history_model import STROKE_ROLE, HistoryModel, concept_name
from ganpaint.panels.list_view import TileView
from ganpaint.theme import CORNER, FIGURES_PX, GRID, Theme

_ROW = 48
_THUMBNAIL = 36
_CROSS = 20


class HistoryPanel(QWidget):
    """Shows the finished strokes.

    Signals:
        pointed(Stroke or None): the row under the mouse.
    """

    pointed = Signal(object)

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.rows = _Rows(self)
        self.rows.setModel(HistoryModel(document, self))
        row = _StrokeRow(theme, self.rows)
        row.delete.connect(document.delete_stroke)
        self.rows.setItemDelegate(row)
        self.rows.setAccessibleName("Strokes")
        self.rows.delete.connect(document.delete_stroke)
        self.rows.entered.connect(lambda index: self.pointed.emit(index.data(STROKE_ROLE)))
        self.rows.left.connect(lambda: self.pointed.emit(None))
        self._empty = QLabel("Your strokes on this scene appear here.", self, wordWrap=True)
        self._empty.setProperty("role", "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(GRID, GRID, GRID, GRID)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._stack)
        document.strokes_changed.connect(self._show_strokes)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Room for a thumbnail and a word."""
        return QSize(208, 400)

    def _show_strokes(self) -> None:
        self.pointed.emit(None)
        self._stack.setCurrentIndex(1 if self._document.strokes else 0)


class _Rows(TileView):
    """The list; tells when the mouse leaves it and which stroke Delete means."""

    delete = Signal(object)
    left = Signal()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().leaveEvent(event)
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and index.isValid():
            self.delete.emit(index.data(STROKE_ROLE))
            return
        super().keyPressEvent(event)


class _StrokeRow(QStyledItemDelegate):
    """Paints a row; its cross deletes the stroke."""

    delete = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        return QSize(_THUMBNAIL, _ROW)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        stroke: Stroke = index.data(STROKE_ROLE)
        colours = self._theme.colours
        row = option.rect.adjusted(GRID, 2, -GRID, -2)
        state = option.state
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if hovered or chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(row, CORNER, CORNER)
        thumbnail = QRect(row.left() + 4, row.top() + 4, _THUMBNAIL, _THUMBNAIL)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(QColor(colours.canvas))
        painter.drawRoundedRect(thumbnail, 4, 4)
        painter.drawImage(
            thumbnail.adjusted(1, 1, -1, -1), tinted(stroke.mask, colours.mode(stroke.mode))
        )
        left = thumbnail.right() + 2 * GRID
        width = _cross(row).left() - left - 4
        name = painter.fontMetrics().elidedText(
            concept_name(stroke), Qt.TextElideMode.ElideRight, width
        )
        painter.setPen(QColor(colours.text))
        painter.drawText(QRect(left, row.top() + 4, width, 20), _MIDDLE, name)
        font = painter.font()
        font.setPixelSize(FIGURES_PX)
        painter.setFont(font)
        painter.setPen(colours.mode_text(stroke.mode))
        strength = "" if stroke.strength == 1 else f"  {stroke.strength:.0%}"
        painter.drawText(
            QRect(left, row.top() + 22, width, 18), _MIDDLE, f"{stroke.mode}{strength}"
        )
        if hovered or chosen:
            painter.setPen(QPen(QColor(colours.muted), 1.5))
            cross = QRectF(_cross(row)).adjusted(6, 6, -6, -6)
            painter.drawLine(cross.topLeft(), cross.bottomRight())
            painter.drawLine(cross.topRight(), cross.bottomLeft())
        painter.restore()

    def editorEvent(  # noqa: N802 - Qt's name
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        if event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent):
            row = option.rect.adjusted(GRID, 2, -GRID, -2)
            if _cross(row).contains(event.position().toPoint()):
                self.delete.emit(index.data(STROKE_ROLE))
                return True
        return False


_MIDDLE = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


def _cross(row: QRect) -> QRect:
    """Where the cross of a row is."""
    top = row.top() + (row.height() - _CROSS) // 2
    return QRect(row.right() - _CROSS - 4, top, _CROSS, _CROSS)
