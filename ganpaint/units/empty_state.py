"""What stands where there is nothing to show: what to do next."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from ganpaint.toolkit.paragraph import Paragraph
from ganpaint.toolkit.theme import GRID

_WIDEST = 420


class EmptyState(QWidget):
    """A sentence on what to do next, and the button that does it.

    Attributes:
        text: the sentence.
        button: what can always be done.
        other: what is better where it can be done; hidden where it cannot.

    Signals:
        pressed: what can always be done is to be done.
    """

    pressed = Signal()

    def __init__(self, text: str, button: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._next = text
        self.text = Paragraph(text, _WIDEST, self)
        self.text.setProperty("role", "muted")
        self.button = QPushButton(button, self)
        self.button.clicked.connect(self.pressed)
        self.other = QPushButton(self)
        self.other.hide()
        column = QVBoxLayout(self)
        column.setSpacing(2 * GRID)
        column.addStretch(1)
        column.addWidget(self.text, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.other, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)

    def wait_for(self, what: str) -> None:
        """Say what is awaited in the place of what to do; empty when it has come, or will not."""
        self.text.setText(what or self._next)
        self.button.setVisible(not what)
