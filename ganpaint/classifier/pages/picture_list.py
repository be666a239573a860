"""The held-out pictures of a class, to choose one of."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QListView, QWidget

from ganpaint.classifier.tables.images import scaled
from ganpaint.toolkit.headed_table import Index

_SIDE = 56
_ROOT = QModelIndex()


class PictureModel(QAbstractListModel):
    """Pictures by their places; those that were not asked for yet are gray.

    Signals:
        wanted(object): places whose pictures are to be shown.
    """

    wanted = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.places: list[int] = []
        self._tips: dict[int, str] = {}
        self._pictures: dict[int, QPixmap] = {}

    def show_places(self, places: Sequence[int], tips: dict[int, str]) -> None:
        """Show others."""
        self.beginResetModel()
        self.places, self._tips = list(places), tips
        self.endResetModel()
        missing = [place for place in self.places if place not in self._pictures]
        if missing:
            self.wanted.emit(tuple(missing))

    @property
    def complete(self) -> bool:
        """Whether all that are listed are there."""
        return all(place in self._pictures for place in self.places)

    def forget(self) -> None:
        """Other pictures are held out."""
        self._pictures.clear()
        self.show_places((), {})

    def add(self, place: int, image: QImage) -> None:
        """A picture that was wanted."""
        self._pictures[place] = scaled(image, _SIDE)
        if place in self.places:
            index = self.index(self.places.index(place), 0)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Qt calls this."""
        return 0 if parent.isValid() else len(self.places)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One picture."""
        place = self.places[index.row()]
        if role == Qt.ItemDataRole.DecorationRole:
            found = self._pictures.get(place)
            if found is None:
                found = QPixmap(_SIDE, _SIDE)
                found.fill(Qt.GlobalColor.transparent)
            return found
        return self._tips.get(place) if role == Qt.ItemDataRole.ToolTipRole else None


class PictureList(QListView):
    """The pictures.

    Signals:
        chosen(int): one was, by its place.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pictures = PictureModel(self)
        self.setModel(self.pictures)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(_SIDE, _SIDE))
        self.setGridSize(QSize(_SIDE + 6, _SIDE + 6))
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.selectionModel().currentChanged.connect(self._choose)

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(self.pictures.places[index.row()])
