"""The palette of concepts: a search line, categories and cards."""

from itertools import pairwise

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from dissection.vocabulary import Concept
from ganpaint.painter.document.document import Document
from ganpaint.painter.panels.concept_card import CARD, ConceptCard
from ganpaint.painter.panels.concept_filter import CategoryRow, ConceptFilter
from ganpaint.painter.panels.concept_model import BRUSH_ROLE, ConceptModel
from ganpaint.toolkit.list_view import TileView
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID, Theme

_COLUMNS = 3
_CHORD = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class ConceptsPanel(QWidget):
    """Shows the document's palette and chooses the concept to paint with.

    Signals:
        left: Esc was pressed in an empty search: the keys belong to the canvas again.
    """

    left = Signal()

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
        self._chosen = document.choice.concept
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._narrow)
        self.categories.chosen.connect(self._narrow_to)
        self.search.returnPressed.connect(self._take_first)
        self.cards.clicked.connect(self._choose)
        self.cards.activated.connect(self._choose)
        selection = self.cards.selectionModel()
        selection.currentChanged.connect(self._follow_keys)
        document.palette_changed.connect(self._show_palette)
        document.brush_changed.connect(self._follow_brush)
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
        if self.cards.selectionModel().hasSelection():  # among other cards it has another place
            self.cards.scrollTo(self.cards.currentIndex())

    def _narrow_to(self, category: str) -> None:
        self._filter.choose(category)
        self._narrow(self.search.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the search: Esc clears it, then leaves it; Down goes to the cards.

        While a stroke is being painted Esc is the stroke's, wherever the focus is.
        """
        if watched is not self.search or not isinstance(event, QKeyEvent):
            return False
        key = event.key()
        if event.type() == QEvent.Type.ShortcutOverride and key == Qt.Key.Key_Down:
            event.accept()
            return True
        if event.type() != QEvent.Type.KeyPress or event.modifiers() & _CHORD:
            return False
        if key == Qt.Key.Key_Escape and self._document.live is None:
            if self.search.text():
                self.search.clear()
            else:
                self.left.emit()
            return True
        if key == Qt.Key.Key_Down:
            self._go_to_cards()
            return True
        return False

    def _go_to_cards(self) -> None:
        """The chosen card, or the first that is shown; arrows go on from there."""
        if self._filter.rowCount():
            self.cards.setFocus(Qt.FocusReason.TabFocusReason)
            if not self.cards.currentIndex().isValid():
                self.cards.setCurrentIndex(self._filter.index(0, 0))
            self.cards.scrollTo(self.cards.currentIndex())

    def _take_first(self) -> None:
        if self._filter.rowCount():
            self._choose(self._filter.index(0, 0))
            self.search.clear()
            self.cards.setFocus()
            self.cards.scrollTo(self.cards.currentIndex())

    def _follow_brush(self) -> None:
        """A filter that hides a brush that was just chosen is dropped."""
        concept, before = self._document.choice.concept, self._chosen
        self._chosen = concept
        if concept is not None and concept != before and not self._card_of(concept).isValid():
            self.search.clear()
            self.categories.choose_all()
        self._show_choice()

    def _choose(self, index: QModelIndex) -> None:
        self._document.choose_concept(index.data(BRUSH_ROLE).concept)

    def _follow_keys(self, current: QModelIndex) -> None:
        if current.isValid() and self.cards.hasFocus():
            self._choose(current)

    def _show_choice(self) -> None:
        index = self._card_of(self._document.choice.concept)
        if not index.isValid():
            self.cards.selectionModel().clear()
        elif index != self.cards.currentIndex() or not self.cards.selectionModel().hasSelection():
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.cards.selectionModel().setCurrentIndex(index, flag)
            self.cards.scrollTo(index)

    def _card_of(self, concept: Concept | None) -> QModelIndex:
        """Its own card, or the one that stands for it; none where a filter hides both."""
        index = self._index_of(concept)
        if index.isValid():
            return index
        return self._index_of(self._document.palette.standing_for(concept))

    def _index_of(self, concept: Concept | None) -> QModelIndex:
        row = self._model.row_of(concept)
        return self._filter.mapFromSource(self._model.index(row, 0))


class _EmptyState(QWidget):
    """What to do where there is no dissection: a sentence, and the command to copy."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._text = plain(QLabel(self, wordWrap=True))
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
