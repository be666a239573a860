"""The strip of scenes: a thumbnail of every standard scene on offer and of every one visited."""

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QImage,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ganpaint.canvas.picture_item import resample
from ganpaint.document import Document, Scene
from ganpaint.panels.list_view import TileView
from ganpaint.theme import FIGURES_PX, Theme

#: Scenes on offer before any other was visited.
OFFERED = 24
THUMBNAIL_PX = 56
_TILE = QSize(THUMBNAIL_PX + 8, THUMBNAIL_PX + 8)
SEED_ROLE = Qt.ItemDataRole.UserRole
EDITED_ROLE = Qt.ItemDataRole.UserRole + 1
_AnyIndex = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class SceneModel(QAbstractListModel):
    """Seeds in ascending order with their thumbnails."""

    def __init__(self, document: Document, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._model = ""
        self._seeds: list[int] = []
        self._thumbnails: dict[int, QPixmap] = {}
        self.visit()
        document.scene_changed.connect(self.visit)
        document.strokes_changed.connect(self._mark)
        document.loaded.connect(self._forget)

    def visit(self) -> None:
        """Take the scene on screen in; another model starts a new strip."""
        scene = self._document.scene
        if scene.model != self._model:
            self.beginResetModel()
            self._model = scene.model
            painted = self._document.seeds_painted(scene.model)
            self._seeds = sorted({*range(OFFERED), *painted, scene.seed})
            self._thumbnails = {}
            self.endResetModel()
        elif scene.seed not in self._seeds:
            row = sum(seed < scene.seed for seed in self._seeds)
            self.beginInsertRows(QModelIndex(), row, row)
            self._seeds.insert(row, scene.seed)
            self.endInsertRows()

    def row_of(self, seed: int) -> int:
        """The row of a seed that is in the strip."""
        return self._seeds.index(seed)

    def missing(self) -> list[Scene]:
        """The scenes that have no thumbnail yet, nearest to the one on screen first."""
        here = self._document.scene.seed
        without = (seed for seed in self._seeds if seed not in self._thumbnails)
        return [Scene(self._model, seed) for seed in sorted(without, key=lambda s: abs(s - here))]

    def take(self, scene: Scene, image: QImage) -> None:
        """Show a picture, RGB888, as the thumbnail of a scene."""
        if scene.model == self._model and scene.seed in self._seeds:
            side = 2 * THUMBNAIL_PX  # sharp on screens of double density too
            self._thumbnails[scene.seed] = QPixmap.fromImage(resample(image, QSize(side, side)))
            index = self.index(self.row_of(scene.seed), 0)
            self.dataChanged.emit(index, index)

    def rowCount(self, parent: _AnyIndex = _ROOT) -> int:
        """Qt calls this."""
        return 0 if parent.isValid() else len(self._seeds)

    def data(self, index: _AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Qt calls this."""
        if not index.isValid():
            return None
        seed = self._seeds[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return f"Scene {seed}"
            case Qt.ItemDataRole.DecorationRole:
                return self._thumbnails.get(seed)
            case Qt.ItemDataRole.ToolTipRole:
                edited = ", with your strokes" if self.data(index, EDITED_ROLE) else ""
                return f"Scene of seed {seed}{edited}"
            case Qt.ItemDataRole.UserRole:
                return seed
        if role == EDITED_ROLE:
            return bool(self._document.edit_of(Scene(self._model, seed)))
        return None

    def _forget(self) -> None:
        """Other strokes: other scenes on offer, and other thumbnails."""
        self._model = ""

    def _mark(self) -> None:
        self.dataChanged.emit(self.index(0, 0), self.index(len(self._seeds) - 1, 0))


class SceneStrip(TileView):
    """One row of thumbnails; a click goes there."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.scenes = SceneModel(document, self)
        self.setModel(self.scenes)
        self.setItemDelegate(_Thumbnail(theme, self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(_TILE.height())
        self.setAccessibleName("Scenes")
        self.clicked.connect(self._go)
        self.activated.connect(self._go)
        self.selectionModel().currentChanged.connect(self._follow_keys)
        document.scene_changed.connect(self.show_scene)
        self.show_scene()

    def show_scene(self) -> None:
        """Mark the scene on screen and bring it into sight."""
        index = self.scenes.index(self.scenes.row_of(self._document.scene.seed), 0)
        if index != self.currentIndex():
            self.setCurrentIndex(index)
        self.scrollTo(index, QListView.ScrollHint.PositionAtCenter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The scene on screen stays in sight."""
        super().resizeEvent(event)
        self.scrollTo(self.currentIndex(), QListView.ScrollHint.PositionAtCenter)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel goes along the strip."""
        delta = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (delta.y() or delta.x()))
        event.accept()

    def _go(self, index: QModelIndex) -> None:
        self._document.go_to(index.data(SEED_ROLE))

    def _follow_keys(self, current: QModelIndex) -> None:
        if current.isValid() and self.hasFocus():
            self._go(current)


class _Thumbnail(QStyledItemDelegate):
    """Paints a scene: its picture, its seed, a dot if it is edited, a ring if it is on screen."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: _AnyIndex) -> QSize:
        return _TILE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _AnyIndex) -> None:
        colours = self._theme.colours
        tile = option.rect
        state = option.state
        area = QRectF(tile.left() + 4, tile.top() + 4, THUMBNAIL_PX, THUMBNAIL_PX)
        painter.save()
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        path = QPainterPath()
        path.addRoundedRect(area, 4, 4)
        painter.fillPath(path, QColor(colours.raised))
        pixmap: QPixmap | None = index.data(Qt.ItemDataRole.DecorationRole)
        if pixmap is not None:
            painter.setClipPath(path)
            painter.drawPixmap(area.toRect(), pixmap)
            painter.setClipping(False)
        self._label(painter, area, str(index.data(SEED_ROLE)))
        if index.data(EDITED_ROLE):
            painter.setPen(QPen(QColor(0, 0, 0, 160), 1))
            painter.setBrush(QColor(colours.draw))
            painter.drawEllipse(QRectF(area.right() - 11, area.top() + 3, 8, 8))
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(QPen(QColor(colours.draw if chosen else colours.muted), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area.adjusted(-2, -2, 2, 2), 6, 6)
        painter.restore()

    def _label(self, painter: QPainter, area: QRectF, seed: str) -> None:
        font = painter.font()
        font.setPixelSize(FIGURES_PX - 1)
        painter.setFont(font)
        width = painter.fontMetrics().horizontalAdvance(seed) + 8
        plate = QRect(int(area.left()) + 3, int(area.bottom()) - 17, width, 14)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(0, 0, 0, 160))
        painter.drawRoundedRect(plate, 3, 3)
        painter.setPen(QColor("#ffffff"))
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, seed)
