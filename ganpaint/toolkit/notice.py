"""Sentences over the canvas: a hint, an error with one button, something that was done."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from dissection.errors import printable
from ganpaint.toolkit.plain import plain

_MARGIN = 16
#: From the lower edge: sentences stand below the picture.
_BELOW = 8
_PLACED = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
_GAP = 12
_SECONDS = 4
#: What has a button stays until it can be read and pressed.
_SECONDS_TO_PRESS = 10
#: An error that nothing can be done about here goes, too, but later.
_SECONDS_TO_READ = 30


class Notice(QFrame):
    """One line (wrapped if need be) that stays centered at an edge of its parent.

    Args:
        parent: lies under it.
        edge: where it stays.
        above: another one at the same edge, on which it stands while that is shown.

    Attributes:
        button: the one button; hidden where a sentence needs none.
        cross: puts away what stays, or stays long; hidden where a sentence soon goes, or must stay.
    """

    def __init__(
        self, parent: QWidget, edge: Qt.AlignmentFlag, above: "Notice | None" = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._edge = edge
        self._above = above
        if above is not None:
            above.installEventFilter(self)
        self._over = parent
        self._label = plain(QLabel(self))
        self.button = QPushButton(self)
        self.button.clicked.connect(self._press)
        self.cross = QToolButton(self)
        self.cross.setText("\N{MULTIPLICATION SIGN}")
        self.cross.setToolTip("Put this away (Esc)")
        self.cross.setAccessibleName("Put this away")
        self.cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cross.clicked.connect(self.hide)
        self._do: Callable[[], None] | None = None
        row = QHBoxLayout(self)
        self._row = row
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(_GAP)
        row.addWidget(self._label, 1)
        row.addWidget(self.button)
        row.addWidget(self.cross)
        self._timer = QTimer(self, singleShot=True)
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
        kind: Literal["info", "error"] = "info",
        button: str = "",
        do: Callable[[], None] | None = None,
        passing: bool = False,
        needed: bool = False,
    ) -> None:
        """Show a sentence. What asks for something to be done stays; everything else goes.

        Args:
            text: the sentence.
            kind: ``info`` or ``error``.
            button: text of the one button; empty for none.
            do: what the button does, besides hiding the notice.
            passing: go away by itself after some seconds.
            needed: the button is the only way on, so that this cannot be put away.
        """
        self._label.setText(printable(text, kept="\n"))
        self.button.setText(button)
        self.button.setVisible(bool(button))
        stays = not passing and (bool(button) or kind == "error")
        self.cross.setVisible(stays and not needed)
        self._do = do
        self.setProperty("kind", kind)
        self.style().polish(self)
        # One can paint through a sentence that has no button.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, not (button or stays))
        self._timer.stop()
        if passing:
            self._timer.start((_SECONDS_TO_PRESS if button else _SECONDS) * 1000)
        elif stays and do is None and not needed:
            self._timer.start(_SECONDS_TO_READ * 1000)
        self.show()
        self._place()
        self.raise_()

    def put_away(self) -> None:
        """Hide what has a cross."""
        if not self.cross.isHidden():
            self.hide()

    @property
    def goes(self) -> bool:
        """Whether this is about to go by itself."""
        return self._timer.isActive()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the place when the parent is resized."""
        if event.type() in _PLACED and self.isVisible():
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
            parts = [part for part in (self.button, self.cross) if not part.isHidden()]
            buttons = sum(part.sizeHint().width() + _GAP for part in parts)
            self._label.setWordWrap(True)
            self._label.setMinimumWidth(max(120, room - buttons - 32))
        self._row.activate()
        self.adjustSize()
        x = (parent.width() - self.width()) // 2
        if self._edge == Qt.AlignmentFlag.AlignTop:
            y = _MARGIN
        elif self._edge == Qt.AlignmentFlag.AlignBottom:
            y = parent.height() - self.height() - _BELOW
            if self._above is not None and not self._above.isHidden():
                y = self._above.y() - self.height() - _BELOW
        else:
            y = (parent.height() - self.height()) // 2
        self.move(x, y)
