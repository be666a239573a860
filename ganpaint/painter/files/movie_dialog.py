"""How a movie is to look."""

from dataclasses import replace

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from dissection.painting.movie import (
    FASTEST,
    FORMATS,
    LARGEST_SIDE,
    MovieSettings,
    movie_note,
    seconds_of,
)
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.theme import GRID, Theme

_NAMES = {
    ".gif": "GIF, plays anywhere",
    ".mp4": "MP4, smaller and with all colors",
    ".webm": "WebM, for web pages",
}
_LARGEST_OFFERED = 1024
_WIDTH = 50 * GRID  # the longest format is read whole


class MovieDialog(QDialog):
    """Asks for format, size and pace of a movie, and says how long it becomes.

    Args:
        settings: as they were last time.
        strokes: how many the movie shows.
        size: width of the picture, px.
        theme: the one in force.
        parent: the window.
    """

    def __init__(
        self, settings: MovieSettings, strokes: int, size: int, theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export movie")
        self.setMinimumWidth(_WIDTH)
        self._strokes = strokes
        self._given = settings
        self.format = Combo(theme, self)
        for suffix in FORMATS:
            self.format.addItem(_NAMES[suffix], suffix)
        self.side = Combo(theme, self)
        for side in _sides(size):
            self.side.addItem(f"{side} × {side} px", side)
        self.side.setCurrentIndex(max(0, self.side.findData(settings.side_of(size))))
        self.fps = QSpinBox(self, minimum=1, maximum=FASTEST, value=settings.fps)
        self.fps.setSuffix(" a second")
        self.pace = _seconds(self, settings.stroke_seconds)
        self.hold = _seconds(self, settings.hold_seconds)
        self.length = QLabel(self)
        self.length.setProperty("role", "muted")
        self.note = QLabel(self)
        self.note.setProperty("role", "muted")
        self.note.setWordWrap(True)
        self.note.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.export = self.buttons.addButton("Export…", QDialogButtonBox.ButtonRole.AcceptRole)
        self.export.setDefault(True)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.setSpacing(GRID)
        for name, field in (
            ("Format", self.format),
            ("Size", self.side),
            ("Pictures", self.fps),
            ("Each stroke takes", self.pace),
            ("First and last stay", self.hold),
        ):
            form.addRow(name, field)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(2 * GRID)
        column.addLayout(form)
        column.addWidget(self.length)
        column.addWidget(self.note)
        column.addWidget(self.buttons)
        for spin in (self.fps, self.pace, self.hold):
            spin.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)  # the style sheet gives them none
            spin.valueChanged.connect(self._show_length)
        self.format.currentIndexChanged.connect(self._show_note)
        self._show_length()
        self._show_note()

    @property
    def settings(self) -> MovieSettings:
        """What was chosen."""
        return replace(
            self._given,
            fps=self.fps.value(),
            side=self.side.currentData(),
            stroke_seconds=self.pace.value(),
            hold_seconds=self.hold.value(),
        )

    @property
    def suffix(self) -> str:
        """One of ``FORMATS``."""
        return str(self.format.currentData())

    def _show_note(self) -> None:
        note = movie_note(self.suffix)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.adjustSize()

    def _show_length(self) -> None:
        seconds = seconds_of(self._strokes, self.settings)
        many = f"{self._strokes} stroke{'s' * (self._strokes > 1)}"
        self.length.setText(f"{many}, {seconds:.1f} seconds")


def _sides(size: int) -> list[int]:
    """Sizes on offer: the picture's own, twice that and so on, up to 1024 px; all even."""
    sides = (size * 2**doubled for doubled in range(7))
    offered = [side + side % 2 for side in sides if 16 <= side <= _LARGEST_OFFERED]
    return offered or [min(size, LARGEST_SIDE)]


def _seconds(parent: QWidget, value: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox(parent, minimum=0, maximum=60, singleStep=0.25, value=value)
    box.setDecimals(2)
    box.setSuffix(" s")
    return box
