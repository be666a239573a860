"""Help: the table of shortcuts."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ganpaint import shortcuts
from ganpaint.theme import GRID

_LEFT = ("Paint", "Edit", "History")


class ShortcutsDialog(QDialog):
    """Every key of the program by group, in two columns."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        groups = shortcuts.groups()
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 3 * GRID)
        row.setSpacing(5 * GRID)
        for left in (True, False):
            grid = QGridLayout()
            grid.setHorizontalSpacing(3 * GRID)
            grid.setVerticalSpacing(GRID // 2)
            for name, rows in groups.items():
                if (name in _LEFT) == left:
                    _fill(grid, name, rows, self)
            column = QVBoxLayout()
            column.addLayout(grid)
            column.addStretch(1)
            row.addLayout(column)

    @property
    def text(self) -> str:
        """All that is said."""
        return "\n".join(label.text() for label in self.findChildren(QLabel))


def _fill(grid: QGridLayout, heading: str, rows: list[shortcuts.Shortcut], parent: QWidget) -> None:
    """A heading and its rows below what the grid holds already."""
    below = grid.rowCount()
    title = QLabel(heading, parent)
    title.setProperty("role", "heading")
    title.setIndent(0)
    grid.addWidget(title, below, 0, 1, 2)
    for place, row in enumerate(rows, start=below + 1):
        keys = QLabel(" or ".join(_shown(key) for key in row.keys), parent)
        what = QLabel(row.hint or row.text.rstrip("…"), parent)
        what.setProperty("role", "muted")
        grid.addWidget(keys, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(what, place, 1)


def _shown(key: str) -> str:
    """The key in the notation of this platform; gestures are shown as they are written."""
    native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    return native or key
