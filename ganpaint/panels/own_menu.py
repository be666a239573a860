"""What can be done to a brush of one's own on its card: rename, delete, keep."""

from functools import partial

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QInputDialog, QLineEdit, QListView, QMenu

from dissection.errors import DissectionError
from dissection.vocabulary import Concept
from ganpaint.canvas.notice import Notice
from ganpaint.own_brushes import OwnBrushes
from ganpaint.panels.concept_model import BRUSH_ROLE


class OwnMenu(QObject):
    """A menu on the cards, and the keys F2 and Delete.

    Args:
        own: what is renamed and deleted.
        cards: the list of the palette.
        message: where sentences go.
    """

    def __init__(self, own: OwnBrushes, cards: QListView, message: Notice) -> None:
        super().__init__(cards)
        self._own = own
        self._cards = cards
        self._message = message
        self.dialog: QInputDialog | None = None
        cards.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        cards.customContextMenuRequested.connect(self._open_menu)
        cards.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """F2 and Delete on a card of one's own; Qt asks this first."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
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
        menu.addAction("Rename…\tF2").triggered.connect(lambda: self.ask_name(concept))
        menu.addAction("Delete\tDel").triggered.connect(lambda: self.delete(concept))
        return menu

    def ask_name(self, concept: Concept) -> None:
        """Ask for another name; painting can wait, nothing else does."""
        self.dialog = dialog = QInputDialog(self._cards)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("Rename the brush")
        dialog.setLabelText("Name")
        dialog.setTextValue(concept.name)
        dialog.textValueSelected.connect(lambda name: self._rename(concept, name))
        dialog.finished.connect(self._forget_dialog)
        dialog.open()
        line = dialog.findChild(QLineEdit)
        if isinstance(line, QLineEdit):
            line.selectAll()

    def delete(self, concept: Concept) -> None:
        """Take the brush away, with a way back."""
        try:
            back = self._own.delete(concept)
        except DissectionError as error:
            self._message.say(str(error), "error", "Close")
            return
        self._message.say(f"Deleted the brush {concept}.", "info", "Bring back", back)

    def _rename(self, concept: Concept, name: str) -> None:
        try:
            self._own.rename(concept, name)
        except DissectionError as error:
            self._message.say(str(error), "error", "Rename…", partial(self.ask_name, concept))

    def _keep(self, concept: Concept) -> None:
        self._own.keep(concept)
        self._message.say(f"Kept the brush {concept}.", passing=True)

    def _forget_dialog(self) -> None:
        self.dialog = None

    def _open_menu(self, place: QPoint) -> None:
        concept = self._concept(self._cards.indexAt(place))
        if concept is not None:
            self.menu(concept).popup(self._cards.viewport().mapToGlobal(place))

    def _concept(self, index: QModelIndex) -> Concept | None:
        """The concept of a card, if it is one's own."""
        brush = index.data(BRUSH_ROLE) if index.isValid() else None
        found = self._own.find(brush.concept) if brush is not None else None
        return found.concept if found else None
