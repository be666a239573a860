"""Help: the table of shortcuts."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ganpaint import shortcuts
from ganpaint.theme import GRID

_LEFT = ("Paint", "Edit")


class ShortcutsDialog(QDialog):
    """Every key of the program by group, in two columns."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        groups = shortcuts.groups()
        columns = (
            [name for name in groups if name in _LEFT],
            [name for name in groups if name not in _LEFT],
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 3 * GRID)
        row.setSpacing(5 * GRID)
        for names in columns:
            column = QVBoxLayout()
            for name in names:
                column.addSpacing(GRID)
                heading = QLabel(f"<b>{name}</b>", self)
                column.addWidget(heading)
                column.addLayout(_table(groups[name], self))
            column.addStretch(1)
            row.addLayout(column)

    @property
    def text(self) -> str:
        """All that is said."""
        return "\n".join(label.text() for label in self.findChildren(QLabel))


def _table(rows: list[shortcuts.Shortcut], parent: QWidget) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(3 * GRID)
    grid.setVerticalSpacing(GRID // 2)
    grid.setColumnStretch(1, 1)
    for number, row in enumerate(rows):
        keys = QLabel(" or ".join(_shown(key) for key in row.keys), parent)
        keys.setMinimumWidth(136)
        what = QLabel(row.hint or row.text.rstrip("…"), parent)
        what.setProperty("role", "muted")
        grid.addWidget(keys, number, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(what, number, 1)
    return grid


def _shown(key: str) -> str:
    """The key in the notation of this platform; gestures are shown as they are written."""
    native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    return native or key
