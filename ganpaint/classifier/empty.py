"""What the tab shows where there is no ablation yet."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from ganpaint.toolkit.paragraph import Paragraph
from ganpaint.toolkit.theme import GRID

_WIDE = 520
_NOTHING = (
    "Which classes need which units? An ablation study takes the units of a classifier's layer out "
    "and counts what it can no longer tell.\n\nStart one with “Ablation study…”, or open the "
    "folder of one that dissection ablate has made."
)


class EmptyPage(QWidget):
    """Says what to do, with the buttons that do it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.said = Paragraph(_NOTHING, _WIDE, self)
        self.start = QPushButton("Ablation study…", self)
        self.open = QPushButton("Open…", self)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.start)
        row.addWidget(self.open)
        row.addStretch(1)
        middle = QVBoxLayout(self)
        middle.addStretch(1)
        middle.addWidget(self.said, 0, Qt.AlignmentFlag.AlignHCenter)
        middle.addSpacing(2 * GRID)
        middle.addLayout(row)
        middle.addStretch(1)

    def tell(self, reading: bool) -> None:
        """Say what to do, or that an ablation is being read."""
        self.said.setText("Reading an ablation…" if reading else _NOTHING)
        for button in (self.start, self.open):
            button.setVisible(not reading)
