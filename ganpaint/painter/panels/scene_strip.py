"""The strip of scenes: one row of thumbnails, made when they come into sight."""

from PySide6.QtCore import QPoint, Qt, Signal
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
        self._pressed: tuple[Scene, QPoint] | None = None
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
        # Where a tile is costs a layout of ten thousand: it is asked for once they are seen.
        if self.isVisible() and not self.viewport().rect().contains(self.visualRect(index)):
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
        """A plain press only remembers its scene; with Ctrl or Shift it chooses."""
        self._pressed = None
        plain = not event.modifiers() & _TAKES_PART
        if plain and event.button() == Qt.MouseButton.LeftButton:
            index = self.indexAt(event.position().toPoint())
            if index.isValid():
                self._pressed = index.data(SCENE_ROLE), event.position().toPoint()
            event.accept()
        elif event.button() == Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """A plain press that is dragged away was not meant."""
        if self._pressed is not None:
            way = event.position().toPoint() - self._pressed[1]
            if way.manhattanLength() > TILE.width() // 2:
                self._pressed = None
        if not event.buttons() or event.modifiers() & _TAKES_PART:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go to the scene that was pressed, wherever its tile is by now."""
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            super().mouseReleaseEvent(event)
        elif event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.selectionModel().clearSelection()
            self._document.visit(pressed[0])
            self.setCurrentIndex(self.scenes.index(self.scenes.row_of(self._document.scene), 0))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second press of two is none: the first went there."""
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel goes along the strip."""
        delta = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (delta.y() or delta.x()))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go from scene to scene; with Shift they choose, with Ctrl they only look."""
        before = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            if before.isValid():
                self._document.visit(before.data(SCENE_ROLE))
            return
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

    def _follow_row(self) -> None:
        row = self.scenes.row_of(self._document.scene)
        if row != self.currentIndex().row():
            self.show_scene()
