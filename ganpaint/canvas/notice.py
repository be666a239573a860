"""Sentences over the canvas: a hint, an error with one button, something that was done."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

_MARGIN = 16
_SECONDS = 4


class Notice(QFrame):
    """One line (wrapped if need be) that stays centred at an edge of its parent.

    Attributes:
        button: the one button; hidden where a sentence needs none.
    """

    def __init__(self, parent: QWidget, edge: Qt.AlignmentFlag) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._edge = edge
        self._over = parent
        self._label = QLabel(self)
        self.button = QPushButton(self)
        self.button.clicked.connect(self._press)
        self._do: Callable[[], None] | None = None
        row = QHBoxLayout(self)
        self._row = row
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(16)
        row.addWidget(self._label, 1)
        row.addWidget(self.button)
        self._timer = QTimer(self, singleShot=True, interval=_SECONDS * 1000)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What is said; empty while hidden."""
        return self._label.text() if not self.isHidden() else ""

    def say(
        self,
        text: str,
        kind: str = "info",
        button: str = "",
        do: Callable[[], None] | None = None,
        passing: bool = False,
    ) -> None:
        """Show a sentence.

        Args:
            text: the sentence.
            kind: ``info`` or ``error``.
            button: text of the one button; empty for none.
            do: what the button does, besides hiding the notice.
            passing: go away by itself after some seconds.
        """
        self._label.setText(text)
        self.button.setText(button)
        self.button.setVisible(bool(button))
        self._do = do
        self.setProperty("kind", kind)
        self.style().polish(self)
        # One can paint through a sentence that has no button.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not button)
        self._timer.stop()
        if passing:
            self._timer.start()
        self.show()
        self._place()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the place when the parent is resized."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return False

    def _press(self) -> None:
        self.hide()
        if self._do is not None:
            self._do()

    def _place(self) -> None:
        parent = self._over
        room = parent.width() - 2 * _MARGIN
        self._label.setWordWrap(False)
        self._label.setMinimumWidth(0)
        if self.sizeHint().width() > room:
            buttons = self.button.sizeHint().width() + 16 if not self.button.isHidden() else 0
            self._label.setWordWrap(True)
            self._label.setMinimumWidth(max(120, room - buttons - 32))
        self._row.activate()
        self.adjustSize()
        x = (parent.width() - self.width()) // 2
        if self._edge == Qt.AlignmentFlag.AlignTop:
            y = _MARGIN
        elif self._edge == Qt.AlignmentFlag.AlignBottom:
            y = parent.height() - self.height() - _MARGIN
        else:
            y = (parent.height() - self.height()) // 2
        self.move(x, y)
