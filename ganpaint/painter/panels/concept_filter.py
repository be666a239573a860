"""Which concepts the palette shows: those that a text names, of one category or of all."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QWidget

from ganpaint.painter.panels.concept_model import BRUSH_ROLE, FOLDED_ROLE
from ganpaint.toolkit.theme import GRID

#: So many concepts are found by eye, without a row of categories.
_MANY = 12
#: Things first; categories that are not named here come last, in the order of the concepts.
_ORDER = ("object", "part", "material", "color")


class ConceptFilter(QSortFilterProxyModel):
    """Rows whose label has the text in it, whatever its case, and whose category is the chosen.

    Without a text, near-duplicates are folded into one card.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._category = ""

    def choose(self, category: str) -> None:
        """Show one category; the empty name is all of them."""
        self._category = category
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:
        """Qt calls this."""
        index = self.sourceModel().index(row, 0, parent)
        fits = not self._category or index.data(BRUSH_ROLE).concept.category == self._category
        return fits and not self._is_folded(index) and super().filterAcceptsRow(row, parent)

    def _is_folded(self, index: QModelIndex) -> bool:
        """Whether another card that is shown stands for it; a text finds it by its own name."""
        leader = index.data(FOLDED_ROLE)
        if leader is None or self.filterRegularExpression().pattern():
            return False
        return not self._category or leader.category == self._category


class CategoryRow(QWidget):
    """One button for each category, of which one is down; there only where there is much to sort.

    Signals:
        chosen(str): a category, or the empty name for all.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GRID // 2)
        self._row.addStretch(1)
        self._shown: list[str] = []
        self.hide()

    @property
    def buttons(self) -> dict[str, QPushButton]:
        """The buttons by category; that of the empty name is for all."""
        made = [b for b in self._group.buttons() if isinstance(b, QPushButton)]
        return dict(zip(["", *self._shown], made, strict=False))

    def choose_all(self) -> None:
        """Show all categories."""
        everything = self.buttons.get("")
        if everything is not None and not everything.isChecked():
            everything.setChecked(True)
            self.chosen.emit("")

    def show_categories(self, categories: Sequence[str]) -> None:
        """Offer the categories of concepts, one entry for each concept."""
        names = sorted(dict.fromkeys(categories), key=_place)
        self.setVisible(len(names) > 1 and len(categories) > _MANY)
        if names == self._shown:
            return
        self._shown = names
        for old in self._group.buttons():
            self._group.removeButton(old)
            self._row.removeWidget(old)
            old.deleteLater()
        for place, name in enumerate(["", *names]):
            button = QPushButton(name.capitalize() or "All", self)
            button.setCheckable(True)
            button.setObjectName("chip")
            button.setAccessibleName(f"Concepts: {name or 'all'}")
            button.setChecked(not name)
            button.clicked.connect(lambda _on=False, name=name: self.chosen.emit(name))
            self._group.addButton(button)
            self._row.insertWidget(place, button)
        self.chosen.emit("")


def _place(category: str) -> int:
    return _ORDER.index(category) if category in _ORDER else len(_ORDER)
