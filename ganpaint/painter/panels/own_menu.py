"""What can be done to a brush of one's own on its card: rename, delete, keep."""

from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListView, QMenu

from dissection.errors import DissectionError
from dissection.vocabulary import Concept
from ganpaint.painter.document.user_brushes import UserBrushes
from ganpaint.painter.panels.concept_model import BRUSH_ROLE
from ganpaint.toolkit.notice import Notice

_LINE = 32


class OwnMenu(QObject):
    """A menu on the cards, and the keys F2 and Delete.

    Attributes:
        line: where a name is written anew; None while none is.

    Args:
        own: what is renamed and deleted.
        cards: the list of the palette.
        message: where sentences go.

    Signals:
        asked(Concept, QPoint): the menu of a measured brush is wanted at a place of the screen.
        units_wanted(Concept): the units of a brush are to be shown.
    """

    asked = Signal(object, QPoint)
    units_wanted = Signal(object)

    def __init__(self, own: UserBrushes, cards: QListView, message: Notice) -> None:
        super().__init__(cards)
        self._own = own
        self._cards = cards
        self._message = message
        self.line: QLineEdit | None = None
        cards.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        cards.customContextMenuRequested.connect(self._open_menu)
        cards.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """F2 and Delete on a card of one's own, Esc while its name is written."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        if watched is self.line:
            if event.key() == Qt.Key.Key_Escape:
                self._leave_line()
                return True
        else:
            concept = self._concept(self._cards.currentIndex())
            does = {Qt.Key.Key_F2: self.ask_name, Qt.Key.Key_Delete: self.delete}
            do = does.get(Qt.Key(event.key()))
            if concept is not None and do is not None:
                do(concept)
                return True
        return False

    def menu(self, concept: Concept) -> QMenu:
        """The menu of a brush of one's own."""
        menu = QMenu(self._cards)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if not self._own.is_kept(concept):
            menu.addAction("Keep this brush").triggered.connect(lambda: self._keep(concept))
        menu.addAction("Show its units").triggered.connect(lambda: self.units_wanted.emit(concept))
        menu.addAction("Rename…\tF2").triggered.connect(lambda: self.ask_name(concept))
        menu.addAction("Delete\tDel").triggered.connect(lambda: self.delete(concept))
        return menu

    def ask_name(self, concept: Concept) -> None:
        """Let the name on the card be written anew: Return or a click elsewhere takes it."""
        index = self._index(concept)
        if index is None:
            return
        self._leave_line()
        self._cards.setCurrentIndex(index)
        self._cards.scrollTo(index)
        card = self._cards.visualRect(index)
        self.line = line = QLineEdit(concept.name, self._cards.viewport())
        line.setObjectName("name")
        line.setGeometry(card.left(), card.bottom() - _LINE - 2, card.width(), _LINE)
        line.setAccessibleName("Name of the brush")
        line.installEventFilter(self)
        line.editingFinished.connect(lambda: self._rename(concept, line))
        line.selectAll()
        line.show()
        line.setFocus()

    def delete(self, concept: Concept) -> None:
        """Take the brush away, with a way back."""
        try:
            back = self._own.delete(concept)
        except DissectionError as error:
            self._message.say(str(error), "error")
            return
        self._message.say(f"Deleted the brush {concept}.", "info", "Bring back", back, passing=True)

    def _rename(self, concept: Concept, line: QLineEdit) -> None:
        if line is not self.line:
            return  # Return takes the focus away too, and that ends the editing again
        self._leave_line()
        try:
            self._own.rename(concept, line.text())
        except DissectionError as error:
            self._message.say(str(error), "error", "Rename…", partial(self.ask_name, concept))

    def _leave_line(self) -> None:
        line, self.line = self.line, None
        if line is not None:
            line.hide()
            line.deleteLater()
            self._cards.setFocus()

    def _keep(self, concept: Concept) -> None:
        self._own.keep(concept)
        self._message.say(f"Kept the brush {concept}.", passing=True)

    def _open_menu(self, place: QPoint) -> None:
        concept = self._concept(self._cards.indexAt(place))
        index = self._cards.indexAt(place)
        at = self._cards.viewport().mapToGlobal(place)
        if concept is not None:
            self.menu(concept).popup(at)
        elif index.isValid():
            self.asked.emit(index.data(BRUSH_ROLE).concept, at)

    def _concept(self, index: QModelIndex) -> Concept | None:
        """The concept of a card, if it is one's own."""
        brush = index.data(BRUSH_ROLE) if index.isValid() else None
        found = self._own.find(brush.concept) if brush is not None else None
        return found.concept if found else None

    def _index(self, concept: Concept) -> QModelIndex | None:
        """The card of a brush of one's own; None while a search or a category hides it."""
        model = self._cards.model()
        rows = (model.index(row, 0) for row in range(model.rowCount()))
        return next((i for i in rows if i.data(BRUSH_ROLE).concept == concept), None)
