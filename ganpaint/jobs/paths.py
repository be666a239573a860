"""A line for a path, with a button that asks for it."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from ganpaint.toolkit.theme import GRID


class PathLine(QWidget):
    """A path that can be typed or chosen.

    Args:
        title: of the dialog that asks.
        folder: whether a folder is asked for, not a file.
        kinds: of files, as Qt writes them.
        saving: whether the file need not be there.
        parent: the form.

    Signals:
        changed: another path.
    """

    changed = Signal()

    def __init__(
        self,
        title: str,
        folder: bool = True,
        kinds: str = "",
        saving: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._title, self._folder, self._kinds, self._saving = title, folder, kinds, saving
        self.line = QLineEdit(self)
        self.button = QPushButton("Browse…", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        row.addWidget(self.line, 1)
        row.addWidget(self.button)
        self.line.textChanged.connect(lambda: self.changed.emit())
        self.button.clicked.connect(self._ask)
        self.setFocusProxy(self.line)

    @property
    def path(self) -> str:
        """What is written there; empty for nothing."""
        return self.line.text().strip()

    @path.setter
    def path(self, path: str) -> None:
        self.line.setText(path)

    def _ask(self) -> None:
        if self._folder:
            chosen = QFileDialog.getExistingDirectory(self, self._title, self.path)
        elif self._saving:
            chosen, _ = QFileDialog.getSaveFileName(self, self._title, self.path, self._kinds)
        else:
            chosen, _ = QFileDialog.getOpenFileName(self, self._title, self.path, self._kinds)
        if chosen:
            self.path = chosen
