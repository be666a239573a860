"""What stands where there is nothing to show: what to do next."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID


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
        self.text = plain(QLabel(text, self, wordWrap=True))
        self.text.setProperty("role", "muted")
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.text.setMaximumWidth(420)
        self.button = QPushButton(button, self)
        self.button.clicked.connect(self.pressed)
        self.other = QPushButton(self)
        self.other.hide()
        column = QVBoxLayout(self)
        column.setSpacing(2 * GRID)
        column.addStretch(1)
        column.addWidget(self.text)  # as wide as it may be, or its second line would be hidden
        column.addWidget(self.other, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
