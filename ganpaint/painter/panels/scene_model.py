"""The scenes on offer: those sought, those of the gallery, all by number, and what was blended."""

from collections import OrderedDict
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QImage, QPixmap

from ganpaint.painter.canvas.picture_item import resample
from ganpaint.painter.document.document import LAST_SEED, Document
from ganpaint.painter.document.galleries import gallery_seeds, richest_seeds
from ganpaint.rendering.scene import Scene

THUMBNAIL_PX = 56
#: Pictures of so many scenes are kept; of others they are made again when they come into sight.
_KEPT = 400
SCENE_ROLE = Qt.ItemDataRole.UserRole
PAINTED_ROLE = Qt.ItemDataRole.UserRole + 1
HERE_ROLE = Qt.ItemDataRole.UserRole + 2
AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class SceneModel(QAbstractListModel):
    """Scenes of one model with their thumbnails.

    A blend has a row of its own, behind that of its first scene, once something is painted on it.

    Signals:
        looks_changed: tiles look other than before. Views are told by this and not by
            ``dataChanged``, at which a list lays all its ten thousand items out again.
    """

    looks_changed = Signal()

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._model = ""
        self._first: tuple[int, ...] = ()
        self._sought = ""
        self._scenes: list[Scene] = []
        self._rows: dict[Scene, int] = {}
        self._blends: list[Scene] = []
        self._thumbnails: OrderedDict[Scene, QPixmap] = OrderedDict()
        self.visit()
        document.scene_changed.connect(self.visit)
        document.palette_changed.connect(self.visit)  # with a dissection comes its gallery
        document.strokes_changed.connect(self._mark)
        document.elsewhere_changed.connect(self._forget_one)
        document.loaded.connect(self._forget)

    def visit(self) -> None:
        """Take the scene on screen in; another model, or gallery, starts a new strip."""
        scene = self._document.scene
        first = self._first_seeds(scene.model)
        if scene.model != self._model or first != self._first:
            self.beginResetModel()
            if scene.model != self._model:
                self._thumbnails.clear()
            self._model, self._first = scene.model, first
            shown = set(first)
            rest = (seed for seed in range(LAST_SEED + 1) if seed not in shown)
            self._scenes = [Scene(scene.model, seed) for seed in (*first, *rest)]
            self._number()
            self.endResetModel()
        self._take_in()
        self.looks_changed.emit()

    @property
    def sought(self) -> str:
        """The concept whose richest scenes come first; "" for none."""
        return self._sought

    def seek(self, concept: str) -> None:
        """Put the scenes that show most of a concept first; "" the gallery again."""
        self._sought = concept
        self.visit()

    def row_of(self, scene: Scene) -> int:
        """The row of a scene; that of its first scene for a blend that has none."""
        return self._rows.get(scene, self._rows[scene.base])

    def scene_at(self, row: int) -> Scene:
        """The scene of a row."""
        return self._scenes[row]

    def has_thumbnail(self, row: int) -> bool:
        """Whether the picture of a row is here."""
        return self._scenes[row] in self._thumbnails

    def thumbnail(self, scene: Scene) -> QPixmap | None:
        """The picture of a scene, if it is here."""
        return self._thumbnails.get(scene)

    def take(self, scene: Scene, image: QImage) -> None:
        """Show a picture, RGB888, as the thumbnail of a scene."""
        if scene not in self._rows:
            return
        side = 2 * THUMBNAIL_PX  # sharp on screens of double density too
        self._thumbnails[scene] = QPixmap.fromImage(resample(image, QSize(side, side)))
        self._thumbnails.move_to_end(scene)
        if len(self._thumbnails) > _KEPT:
            self._thumbnails.popitem(last=False)
        self.looks_changed.emit()

    def rowCount(self, parent: AnyIndex = _ROOT) -> int:
        """Qt calls this."""
        return 0 if parent.isValid() else len(self._scenes)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt calls this."""
        if not index.isValid():
            return None
        scene = self._scenes[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return f"Scene {scene.name}"
            case Qt.ItemDataRole.DecorationRole:
                return self._thumbnails.get(scene)
            case Qt.ItemDataRole.ToolTipRole:
                painted = ", with your strokes" if self.data(index, PAINTED_ROLE) else ""
                return f"Scene of seed {scene.name}{painted}"
            case Qt.ItemDataRole.UserRole:
                return scene
        if role == PAINTED_ROLE:
            return bool(self._document.edit_of(scene))
        if role == HERE_ROLE:
            return index.row() == self.row_of(self._document.scene)
        return None

    def _first_seeds(self, model: str) -> tuple[int, ...]:
        """What comes before all by number; nothing is sought any more where nothing is found."""
        folder = self._document.dissection_folder
        sought = richest_seeds(model, folder, self._sought) if self._sought else ()
        if not sought:
            self._sought = ""
        return tuple(dict.fromkeys((*sought, *gallery_seeds(model, folder))))

    def _take_in(self) -> None:
        """Rows for scenes beyond those on offer and for blends painted on; no other blends."""
        scene = self._document.scene
        painted = self._document.painted_scenes(self._model)
        for gone in [blend for blend in self._blends if blend not in painted]:
            row = self._rows[gone]
            self.beginRemoveRows(_ROOT, row, row)
            del self._scenes[row]
            self._thumbnails.pop(gone, None)
            self._number()
            self.endRemoveRows()
        for new in (scene.base, *(s.base for s in painted), *painted):
            if new not in self._rows:
                row = self._place(new)
                self.beginInsertRows(_ROOT, row, row)
                self._scenes.insert(row, new)
                self._number()
                self.endInsertRows()

    def _place(self, scene: Scene) -> int:
        """Where the row of a scene goes: a blend behind its first scene, others by number."""
        if scene.blend:
            row = self._rows[scene.base] + 1
            while row < len(self._scenes) and self._scenes[row].blend is not None:
                row += 1
            return row
        low = len(self._first)
        return low + sum(s.seed < scene.seed for s in self._scenes[low:])

    def _number(self) -> None:
        self._rows = {scene: row for row, scene in enumerate(self._scenes)}
        self._blends = [scene for scene in self._scenes if scene.blend]

    def _forget(self) -> None:
        """Other strokes: other scenes on offer, and other thumbnails."""
        self._model = ""

    def _forget_one(self, scene: Scene) -> None:
        """Other strokes on a scene that is not on screen: its picture is made again."""
        self._thumbnails.pop(scene, None)
        self._mark()

    def _mark(self) -> None:
        self._take_in()
        self.looks_changed.emit()
