"""Where the loading of the held-out pictures stands, and what to do next."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from ganpaint.toolkit.plain import breakable, plain
from ganpaint.toolkit.theme import GRID

#: Width of the bar at most.
_BAR_PX = 160


class LoadBar(QWidget):
    """One line: a sentence, a bar while it loads, and a button.

    It keeps its place while it is hidden, so that nothing moves under the pointer when it goes.

    Signals:
        pressed: the button for what to do next.
        canceled: the loading is to stop.
    """

    pressed = Signal()
    canceled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.said = plain(QLabel(self, wordWrap=True))
        self.said.setProperty("role", "muted")
        self.bar = QProgressBar(self)
        self.bar.setMaximumWidth(_BAR_PX)
        self.bar.setTextVisible(False)
        self.button = QPushButton(self)
        self.cancel = QPushButton("Cancel", self)
        for button in (self.button, self.cancel):  # they go when clicked, and the focus stays
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.said, 1)
        row.addWidget(self.bar)
        row.addWidget(self.cancel)
        row.addWidget(self.button)
        kept = self.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.setSizePolicy(kept)
        self.cancel.ensurePolished()
        self.setMaximumHeight(self.cancel.sizeHint().height())  # two lines move nothing either
        self.button.clicked.connect(self.pressed)
        self.cancel.clicked.connect(self._cancel)

    def ask(self, sentence: str, button: str) -> None:
        """Say what to do next."""
        self.said.setText(breakable(sentence))
        self.button.setText(button)
        self._show(loading=False, button=bool(button))

    def tell(self, stage: str, done: int, total: int) -> None:
        """Say where the loading stands."""
        some = f" {done:,} of {total:,}" if total else ""
        self.said.setText(f"{stage[:1].upper()}{stage[1:]}{some}…")
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.cancel.setEnabled(True)
        self._show(loading=True, button=False)

    def done(self, sentence: str) -> None:
        """It is loaded."""
        self.said.setText(sentence)
        self._show(loading=False, button=False)

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        self.said.setText("Stopping…")
        self.canceled.emit()

    def _show(self, loading: bool, button: bool) -> None:
        self.bar.setVisible(loading)
        self.cancel.setVisible(loading)
        self.button.setVisible(button)
