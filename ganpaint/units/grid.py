"""The grid of units: a list of tiles that scrolls through a whole layer."""

from pathlib import Path

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QFocusEvent, QResizeEvent
from PySide6.QtWidgets import QListView, QWidget

from dissection.data.image_files import SUFFIXES
from ganpaint.toolkit.list_view import TileView
from ganpaint.toolkit.theme import Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.grid_model import ROW_ROLE, UnitModel
from ganpaint.units.unit_tile import TILE, UnitTile, tile_size


class UnitGrid(TileView):
    """Shows the model's units; the current one is the one that is looked at.

    Several can be selected, for brushes and lists.

    Signals:
        menu_wanted(QPoint): the context menu was asked for, at a place of the screen.
        picture_dropped(Path): a picture was dropped.
    """

    menu_wanted = Signal(object)
    picture_dropped = Signal(object)

    def __init__(
        self, browsed: Browsed, model: UnitModel, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._model = model
        self._entering = False
        self._clicking = False
        self._pressed: QPersistentModelIndex | None = None
        self.setModel(model)
        self.setItemDelegate(UnitTile(theme, self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setGridSize(TILE)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Qt leaves room for a bar that may come; then a column fewer fits than the tiles count on.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setAccessibleName("Units")
        self.setAcceptDrops(True)
        self.viewport().setAcceptDrops(True)  # which a list of tiles that stay does not, by itself
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(
            lambda at: self.menu_wanted.emit(self.viewport().mapToGlobal(at))
        )
        self.verticalScrollBar().setSingleStep(TILE.height() // 3)
        self.selectionModel().currentChanged.connect(self._look_at)
        self.clicked.connect(self._look_at)
        self.released.connect(self._look_at_pressed)
        browsed.unit_changed.connect(self.show_current)

    def chosen(self) -> list[int]:
        """The units that are selected, in the order of the grid."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [self._model.units[row] for row in rows if row < len(self._model.units)]

    def show_current(self) -> None:
        """Have the unit that is looked at selected and in view."""
        row = self._model.row_of(self._browsed.unit)
        selection = self.selectionModel()
        if row < 0:
            selection.clear()
            return
        index = self._model.index(row, 0)
        by_mouse = self.held or self._clicking  # Qt has selected: Ctrl and Shift come to something
        if not by_mouse and (index != self.currentIndex() or not selection.isSelected(index)):
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            selection.setCurrentIndex(index, flag)
        self.scrollTo(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tiles fill the width; the unit that is looked at stays in view."""
        self.setGridSize(tile_size(self.viewport().width() - 2))
        super().resizeEvent(event)
        if self._browsed.unit is not None:
            QTimer.singleShot(0, self, self._keep_in_view)  # when all tiles have their places

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A picture is taken; anything else is for the window."""
        if _picture(event) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """As above."""
        if _picture(event) is not None:
            event.acceptProposedAction()
        else:
            event.ignore()

    def dropEvent(self, event: QDropEvent) -> None:
        """See what fires on a picture."""
        path = _picture(event)
        if path is not None:
            event.acceptProposedAction()
            self.picture_dropped.emit(path)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Qt makes the first tile the current one; that is no choice of the user's."""
        self._entering = True
        super().focusInEvent(event)
        self._entering = False
        if self._browsed.unit is None:
            self.selectionModel().clearSelection()

    def _keep_in_view(self) -> None:
        row = self._model.row_of(self._browsed.unit)
        if row >= 0:
            self.scrollTo(self._model.index(row, 0))

    def _look_at(self, index: QModelIndex) -> None:
        """Show a unit; one that is pressed when the button is up again.

        Its page takes room, so columns go: another tile would come under a mouse that is down.
        """
        if index.isValid() and self.hasFocus() and not self._entering:
            if self.held:
                self._pressed = QPersistentModelIndex(index)
            else:
                self._browsed.choose_unit(index.data(ROW_ROLE).unit)

    def _look_at_pressed(self) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is not None and pressed.isValid():
            self._clicking = True
            self._browsed.choose_unit(pressed.data(ROW_ROLE).unit)
            self._clicking = False


def _picture(event: QDropEvent) -> Path | None:
    """The one picture that a drag carries."""
    urls = event.mimeData().urls()
    path = Path(urls[0].toLocalFile()) if len(urls) == 1 else Path()
    return path if path.suffix.lower() in SUFFIXES else None
