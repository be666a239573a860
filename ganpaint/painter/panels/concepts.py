"""The palette of concepts: a search line, categories and cards."""

from itertools import pairwise

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from ganpaint.painter.document.document import Document
from ganpaint.painter.panels.concept_card import CARD, ConceptCard
from ganpaint.painter.panels.concept_filter import CategoryRow, ConceptFilter
from ganpaint.painter.panels.concept_model import BRUSH_ROLE, ConceptModel
from ganpaint.toolkit.list_view import TileView
from ganpaint.toolkit.theme import GRID, Theme

_COLUMNS = 3


class ConceptsPanel(QWidget):
    """Shows the document's palette and chooses the concept to paint with."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self.search = QLineEdit(self, placeholderText="Search concepts", clearButtonEnabled=True)
        self._model = ConceptModel(document, self)
        self._filter = ConceptFilter(self)
        self._filter.setSourceModel(self._model)
        self.categories = CategoryRow(self)
        self.cards = TileView(self)
        self.cards.setModel(self._filter)
        self.cards.setItemDelegate(ConceptCard(theme, self.cards))
        self.cards.setViewMode(QListView.ViewMode.IconMode)
        self.cards.setMovement(QListView.Movement.Static)
        self.cards.setResizeMode(QListView.ResizeMode.Adjust)
        self.cards.setGridSize(CARD)
        self.cards.setAccessibleName("Concepts")
        self._empty = _EmptyState(self)
        self._nothing = QLabel(
            "No concept matches. Clear the search, or choose All.", self, wordWrap=True
        )
        self._nothing.setProperty("role", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
        self._stack = QStackedLayout()
        for page in (self.cards, self._empty, self._nothing):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, 0, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self.search)
        column.addWidget(self.categories)
        column.addLayout(self._stack, 1)
        self.search.textChanged.connect(self._narrow)
        self.categories.chosen.connect(self._narrow_to)
        self.search.returnPressed.connect(self._take_first)
        self.cards.clicked.connect(self._choose)
        self.cards.activated.connect(self._choose)
        selection = self.cards.selectionModel()
        selection.currentChanged.connect(self._follow_keys)
        document.palette_changed.connect(self._show_palette)
        document.brush_changed.connect(self._show_choice)
        self._show_palette()

    @property
    def shown_reason(self) -> str:
        """Why there are no concepts; empty where there are."""
        return self._empty.reason if self._stack.currentWidget() is self._empty else ""

    @property
    def copy_command(self) -> QPushButton:
        """The button that copies the command to make a dissection with."""
        return self._empty.copy

    def sizeHint(self) -> QSize:
        """Three cards and a scroll bar."""
        return QSize(_COLUMNS * CARD.width() + 2 * GRID + 14, 400)

    def _show_palette(self) -> None:
        palette = self._document.palette
        self.search.setVisible(bool(palette.brushes))
        self.categories.show_categories([b.concept.category for b in palette.brushes])
        visited = (self.search, *self.categories.buttons.values(), self.cards)
        for one, other in pairwise(visited):
            self.setTabOrder(one, other)
        self._empty.show_reason(palette.reason)
        self._narrow(self.search.text())
        self._show_choice()

    def _narrow(self, text: str) -> None:
        self._filter.setFilterFixedString(text.strip())
        if not self._document.palette.brushes:
            self._stack.setCurrentWidget(self._empty)
        else:
            found = self._filter.rowCount() > 0
            self._stack.setCurrentWidget(self.cards if found else self._nothing)
        self._show_choice()

    def _narrow_to(self, category: str) -> None:
        self._filter.choose(category)
        self._narrow(self.search.text())

    def _take_first(self) -> None:
        if self._filter.rowCount():
            self._choose(self._filter.index(0, 0))
            self.search.clear()
            self.cards.setFocus()

    def _choose(self, index: QModelIndex) -> None:
        self._document.choose_concept(index.data(BRUSH_ROLE).concept)

    def _follow_keys(self, current: QModelIndex) -> None:
        if current.isValid() and self.cards.hasFocus():
            self._choose(current)

    def _show_choice(self) -> None:
        row = self._model.row_of(self._document.choice.concept)
        index = self._filter.mapFromSource(self._model.index(row, 0))
        if not index.isValid():
            self.cards.selectionModel().clear()
        elif index != self.cards.currentIndex() or not self.cards.selectionModel().hasSelection():
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.cards.selectionModel().setCurrentIndex(index, flag)
            self.cards.scrollTo(index)


class _EmptyState(QWidget):
    """What to do where there is no dissection: a sentence, and the command to copy."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = QLabel(self, wordWrap=True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.copy = QPushButton("Copy the command", self)
        self.copy.clicked.connect(self._copy_command)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, 2 * GRID, GRID, GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(self._text)
        column.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    @property
    def reason(self) -> str:
        return self._text.text()

    def show_reason(self, reason: str) -> None:
        self._text.setText(reason)
        self.copy.setVisible(bool(self._command()))

    def _command(self) -> str:
        lines = self._text.text().splitlines()
        return next((line for line in lines if line.startswith("dissection ")), "")

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self._command())
