"""The strip of scenes: one row of thumbnails, made when they come into sight."""

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from ganpaint.painter.document.document import Document
from ganpaint.painter.panels.scene_model import SCENE_ROLE, SceneModel
from ganpaint.painter.panels.scene_tile import TILE, SceneTile
from ganpaint.rendering.scene import Scene
from ganpaint.toolkit.list_view import TileView
from ganpaint.toolkit.theme import Theme

_TAKES_PART = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.ShiftModifier
    | Qt.KeyboardModifier.MetaModifier
)


class SceneStrip(TileView):
    """A click goes to a scene; with Ctrl or Shift it chooses scenes to apply strokes to.

    Signals:
        chosen_changed: other scenes are chosen.
        scrolled: other scenes are in sight.
        asked(Scene, QPoint): the menu of a scene is wanted at a place of the screen.
    """

    chosen_changed = Signal()
    scrolled = Signal()
    asked = Signal(object, QPoint)

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.scenes = SceneModel(document, self)
        self.setModel(self.scenes)
        self.setItemDelegate(SceneTile(theme, self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(TILE.height() + 2)  # the frame of the style sheet
        self.setAccessibleName("Scenes")
        self.clicked.connect(self._go)
        self.activated.connect(self._go)
        self._modifiers = Qt.KeyboardModifier.NoModifier
        self.selectionModel().selectionChanged.connect(self.chosen_changed)
        self.horizontalScrollBar().valueChanged.connect(self.scrolled)
        self.scenes.looks_changed.connect(self.viewport().update)
        document.scene_changed.connect(self.show_scene)
        document.strokes_changed.connect(self._follow_row)
        self.show_scene()

    @property
    def chosen(self) -> list[Scene]:
        """The scenes that are chosen, in order, without the tile of the one on screen.

        A blend that is on its way has no tile yet and stands on that of its first scene.
        """
        here = self.scenes.row_of(self._document.scene)
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [self.scenes.scene_at(row) for row in rows if row != here]

    def show_scene(self) -> None:
        """Make the scene on screen the current one and bring it into sight."""
        index = self.scenes.index(self.scenes.row_of(self._document.scene), 0)
        if index != self.currentIndex():
            self.setCurrentIndex(index)
        self.scrollTo(index, QListView.ScrollHint.PositionAtCenter)

    def step(self, by: int) -> None:
        """Go along the strip from the scene on screen."""
        row = self.scenes.row_of(self._document.scene) + by
        self._document.visit(self.scenes.scene_at(min(max(row, 0), self.scenes.rowCount() - 1)))

    def step_painted(self, by: int) -> None:
        """Go to the next scene with strokes of its own, to the right (1) or to the left (-1)."""
        here = self.scenes.row_of(self._document.scene)
        painted = self._document.painted_scenes(self._document.scene.model)
        rows = sorted(self.scenes.row_of(s) for s in painted)
        beyond = [row for row in rows if row > here] if by > 0 else [r for r in rows if r < here]
        if beyond:
            self._document.visit(self.scenes.scene_at(beyond[0] if by > 0 else beyond[-1]))

    def missing(self) -> list[Scene]:
        """The scenes in sight that have no thumbnail, nearest to the one on screen first."""
        here = self.scenes.row_of(self._document.scene)
        rows = (row for row in self._in_sight() if not self.scenes.has_thumbnail(row))
        return [self.scenes.scene_at(row) for row in sorted(rows, key=lambda row: abs(row - here))]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The scene on screen stays in sight."""
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex(), QListView.ScrollHint.PositionAtCenter)
        self.scrolled.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember what was held: Ctrl and Shift choose without going there."""
        self._modifiers = event.modifiers()
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel goes along the strip."""
        delta = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (delta.y() or delta.x()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from scene to scene; with Shift they choose, with Ctrl they only look."""
        before = self.currentIndex()
        super().keyPressEvent(event)
        if self.currentIndex() != before and not event.modifiers() & _TAKES_PART:
            self._document.visit(self.currentIndex().data(SCENE_ROLE))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the scene under the mouse, or of the current one."""
        by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if by_mouse else self.currentIndex()
        if index.isValid():
            at = event.globalPos()
            if not by_mouse:
                at = self.viewport().mapToGlobal(self.visualRect(index).center())
            self.asked.emit(index.data(SCENE_ROLE), at)

    def _in_sight(self) -> range:
        area = self.viewport().rect()
        first = self.indexAt(QPoint(0, area.center().y()))
        last = self.indexAt(QPoint(area.right(), area.center().y()))
        if not first.isValid():
            return range(0)
        end = last.row() if last.isValid() else self.scenes.rowCount() - 1
        return range(first.row(), end + 1)

    def _go(self, index: QModelIndex) -> None:
        if not self._modifiers & _TAKES_PART:
            self._document.visit(index.data(SCENE_ROLE))

    def _follow_row(self) -> None:
        row = self.scenes.row_of(self._document.scene)
        if row != self.currentIndex().row():
            self.show_scene()
