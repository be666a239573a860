"""The user's own name and note for the unit, and the lists that it is on."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QWidget

from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.section import UnitSection
from ganpaint.units.notes import Notes

_WAIT_MILLISECONDS = 600


class NoteSection(UnitSection):
    """What is written is kept when the typing rests, and at once when another unit is shown.

    Signals:
        lists_wanted(QWidget): the menu of lists is to be opened at a button.
    """

    lists_wanted = Signal(object)

    def __init__(self, browsed: Browsed, notes: Notes, parent: QWidget) -> None:
        super().__init__("Your notes", parent)
        self._browsed = browsed
        self._notes = notes
        self._about: tuple[str, int] | None = None
        self.name = QLineEdit(self)
        self.name.setPlaceholderText("Your own name for this unit")
        self.name.setMaxLength(80)
        self.note = QPlainTextEdit(self)
        self.note.setPlaceholderText("Notes; they stand beside the measured label")
        self.note.setFixedHeight(64)
        self.note.setTabChangesFocus(True)
        self.lists = QPushButton("Add to list…", self)
        self.body.addWidget(self.name)
        self.body.addWidget(self.note)
        self.body.addWidget(self.lists, 0, Qt.AlignmentFlag.AlignLeft)
        self._rest = QTimer(self, singleShot=True, interval=_WAIT_MILLISECONDS)
        self._rest.timeout.connect(self.keep)
        self.name.textEdited.connect(lambda _: self._rest.start())
        self.name.editingFinished.connect(self.keep)
        self.note.textChanged.connect(self._typed)
        self.lists.clicked.connect(lambda: self.lists_wanted.emit(self.lists))
        self._filling = False
        notes.changed.connect(self._show_lists)
        browsed.leaving.connect(self._leave)

    def show_unit(self) -> None:
        """Show what was written of the unit that is looked at."""
        self.keep()
        browsed = self._browsed
        self._about = (browsed.layer, browsed.unit) if browsed.unit is not None else None
        if self._about is None:
            return
        self._filling = True
        self.name.setText(self._notes.name_of(*self._about))
        self.note.setPlainText(self._notes.note_of(*self._about))
        self._filling = False
        self._show_lists()

    def keep(self) -> None:
        """Write down what was typed."""
        self._rest.stop()
        if self._about is not None:
            self._notes.write(*self._about, self.name.text(), self.note.toPlainText())

    def _leave(self) -> None:
        """Another dissection comes: what was typed is of this one."""
        self.keep()
        self._about = None

    def _typed(self) -> None:
        if not self._filling:
            self._rest.start()

    def _show_lists(self) -> None:
        if self._about is None:
            return
        on = [name for name, places in self._notes.lists.items() if self._about in places]
        self.say(f"On the list{'s' if len(on) > 1 else ''} {', '.join(on)}." if on else "")
