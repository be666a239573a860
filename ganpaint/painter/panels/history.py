"""The history: every stroke of the scene can be switched off, moved, deleted and changed."""

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QImage, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QLabel, QStackedLayout, QVBoxLayout, QWidget

from dissection.painting.masks import Mask
from ganpaint.painter.document.document import Document
from ganpaint.painter.panels.history_model import PAINTED_ROLE, HistoryModel
from ganpaint.painter.panels.stroke_menu import StrokeMenu
from ganpaint.painter.panels.stroke_panel import StrokePanel
from ganpaint.painter.panels.stroke_row import StrokeRow
from ganpaint.toolkit.list_view import TileView
from ganpaint.toolkit.theme import GRID, Theme

EMPTY = (
    "Nothing is painted on this scene yet. Choose a concept on the left and paint on the picture; "
    "every stroke is listed here, and can be changed later."
)


class HistoryPanel(QWidget):
    """Shows the finished strokes, and below them what can be changed of the chosen one.

    Signals:
        pointed(Stroke or None): the row under the mouse.
    """

    pointed = Signal(object)

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._chosen: Mask | None = None
        self.strokes = HistoryModel(document, self)
        self.rows = _Rows(self)
        self.rows.setModel(self.strokes)
        self._row = row = StrokeRow(theme, self.rows)
        self.rows.setItemDelegate(row)
        self.rows.setAccessibleName("Strokes")
        self.panel = StrokePanel(document, theme, self)
        self.panel.hide()
        row.delete.connect(document.delete_stroke)
        row.toggle.connect(document.toggle_stroke)
        self.rows.delete.connect(self._delete)
        self.rows.toggle.connect(document.toggle_stroke)
        self.rows.shift.connect(self.strokes.move)
        self.menu = StrokeMenu(document, self.rows, self.follow, self)
        self.rows.entered.connect(self._point)
        self.rows.left.connect(lambda: self.pointed.emit(None))
        self.rows.selectionModel().currentChanged.connect(self._choose)
        self.rows.released.connect(self._show_chosen)
        self._empty = QLabel(EMPTY, self, wordWrap=True)
        self._empty.setProperty("role", "muted")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(GRID, GRID, GRID, GRID)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._stack, 1)
        column.addWidget(self.panel)
        document.strokes_changed.connect(self._show_strokes)
        document.palette_changed.connect(self._show_chosen)

    def show_picture(self, picture: QImage | None) -> None:
        """Show the masks of strokes on another picture."""
        self._row.picture = QImage() if picture is None else picture
        self.rows.viewport().update()

    def follow(self, mask: Mask) -> None:
        """The chosen stroke is about to have another mask."""
        self._chosen = mask

    def minimumSizeHint(self) -> QSize:
        """As wide as what opens below when a stroke is chosen, so that nothing of it is cut off."""
        least = super().minimumSizeHint()
        return QSize(max(least.width(), self.panel.minimumSizeHint().width()), least.height())

    def sizeHint(self) -> QSize:
        """Room for a thumbnail and a word, and for a slider below."""
        return QSize(max(232, self.minimumSizeHint().width()), 400)

    def _point(self, index: QModelIndex) -> None:
        self.pointed.emit(index.data(PAINTED_ROLE).stroke)

    def _choose(self, current: QModelIndex) -> None:
        painted = current.data(PAINTED_ROLE) if current.isValid() else None
        self._chosen = painted.stroke.mask if painted else None
        if not self.rows.held:  # what opens below would cover the row that is pressed
            self._show_chosen()

    def _delete(self, row: int) -> None:
        painted = self.strokes.painted_at(row)
        if painted is not None:
            self._document.delete_stroke(painted)
            left = self.strokes.rowCount()
            if left:  # the next one can be deleted, too
                self.rows.setCurrentIndex(self.strokes.index(min(row, left - 1), 0))

    def _show_strokes(self) -> None:
        self.pointed.emit(None)
        self._stack.setCurrentIndex(1 if self._document.history else 0)
        row = self.strokes.row_of(self._chosen)
        if row < 0:
            self._chosen = None
        elif row != self.rows.currentIndex().row():
            self.rows.setCurrentIndex(self.strokes.index(row, 0))
        self._show_chosen()

    def _show_chosen(self) -> None:
        row = self.strokes.row_of(self._chosen)
        painted = self.strokes.painted_at(row) if self._chosen is not None else None
        self.panel.show_stroke(painted)
        self.panel.setVisible(painted is not None)


class _Rows(TileView):
    """The list; tells when the mouse leaves it and which stroke a key means.

    Signals:
        delete(int): Delete was pressed on a row.
        toggle(Painted): Space was pressed.
        shift(Painted, int): Alt+Up or Alt+Down was pressed.
        left: the mouse left the list.
    """

    delete = Signal(int)
    toggle = Signal(object)
    shift = Signal(object, int)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setDragDropOverwriteMode(False)
        self.setDropIndicatorShown(True)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.left.emit()  # a key brought another panel before this one

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        key, alt = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        if index.isValid():
            painted = index.data(PAINTED_ROLE)
            if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
                self.delete.emit(index.row())
                return
            if key == Qt.Key.Key_Space:
                self.toggle.emit(painted)
                return
            if alt and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
                self.shift.emit(painted, 1 if key == Qt.Key.Key_Up else -1)
                return
        super().keyPressEvent(event)
