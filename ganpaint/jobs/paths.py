"""A line for a path, with a button that asks for it."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from ganpaint.toolkit.file_dialogs import ask_file, ask_folder, ask_new_file
from ganpaint.toolkit.theme import GRID


def disk_of(path: Path) -> int:
    """The number of the disk on which a file or folder would be; 0 where that is not known."""
    there = path.absolute()
    while there != there.parent:
        try:
            return there.stat().st_dev
        except (OSError, ValueError):
            there = there.parent
    return 0


class PathLine(QWidget):
    """A path that can be typed or chosen.

    Args:
        title: of the dialog that asks, which begins in the folder that one with this title ended
            in, where no path is written.
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
        written = Path(self.path) if self.path else None
        begin = written.parent if written and written.is_absolute() else None
        chosen: Path | None
        if self._folder:
            chosen = ask_folder(self, self._title, self._title, written)
        elif self._saving:
            name = written.name if written else ""
            chosen, _ = ask_new_file(self, self._title, name, self._kinds, self._title, begin)
        else:
            chosen = ask_file(self, self._title, self._kinds, self._title, begin)
        if chosen is not None:
            self.path = str(chosen)
