"""Help: the table of shortcuts."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ganpaint.toolkit import shortcuts
from ganpaint.toolkit.theme import GRID

_Groups = dict[str, list[shortcuts.Shortcut]]
_COLUMNS = 2
_WORDS_LEAST = 160
_WIDEST = 1120
#: Of the window, at most.
_SHARE = 0.92


class ShortcutsDialog(QDialog):
    """Every key of the program by group, in columns that are about as long."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        table = QWidget(self)
        table.setObjectName("shortcuts")
        row = QHBoxLayout(table)
        row.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 3 * GRID)
        row.setSpacing(5 * GRID)
        for groups in _balanced(shortcuts.groups()):
            grid = QGridLayout()
            grid.setHorizontalSpacing(3 * GRID)
            grid.setVerticalSpacing(GRID // 2)
            grid.setColumnStretch(1, 1)
            for name, rows in groups.items():
                _fill(grid, name, rows, table)
            column = QVBoxLayout()
            column.addLayout(grid)
            column.addStretch(1)
            row.addLayout(column, 1)
        area = QScrollArea(self)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(table)
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(area)
        width = min(int(parent.width() * _SHARE), _WIDEST)
        height = table.heightForWidth(width - 2 * GRID)  # less a scroll bar
        self.resize(width, min(int(parent.height() * _SHARE), height))

    @property
    def text(self) -> str:
        """All that is said."""
        return "\n".join(label.text() for label in self.findChildren(QLabel))


def _balanced(groups: _Groups) -> list[_Groups]:
    """The groups in their order, cut where the columns become about as long."""
    length = sum(len(rows) + 2 for rows in groups.values()) / _COLUMNS
    columns: list[_Groups] = [{} for _ in range(_COLUMNS)]
    above = 0.0
    for name, rows in groups.items():
        half = above + (len(rows) + 2) / 2
        columns[min(int(half / length), _COLUMNS - 1)][name] = rows
        above += len(rows) + 2
    return columns


def _fill(grid: QGridLayout, heading: str, rows: list[shortcuts.Shortcut], parent: QWidget) -> None:
    """A heading and its rows below what the grid holds already."""
    below = grid.rowCount()
    title = QLabel(heading, parent)
    title.setProperty("role", "heading")
    title.setIndent(0)
    grid.addWidget(title, below, 0, 1, 2)
    for place, row in enumerate(rows, start=below + 1):
        keys = QLabel(" or ".join(_shown(key) for key in row.keys), parent)
        what = QLabel(row.hint or row.text.rstrip("…"), parent, wordWrap=True)
        what.setProperty("role", "muted")
        what.setMinimumWidth(_WORDS_LEAST)
        grid.addWidget(keys, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(what, place, 1)


def _shown(key: str) -> str:
    """The key in the notation of this platform; gestures are shown as they are written."""
    native = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
    return native or key
