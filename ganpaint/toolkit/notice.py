"""Sentences over the canvas: a hint, an error with one button, something that was done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPushButton,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid

from dissection.errors import printable
from ganpaint.toolkit.plain import plain

_MARGIN = 16
#: From the lower edge: sentences stand below the picture.
_BELOW = 8
#: From the upper edge.
_TOP = 0
_PLACED = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
_GAP = 12
#: Between the frame and what is said.
_ACROSS, _DOWN = 16, 8
#: The same where there is one line in a row of other things.
_SLIM_ACROSS, _SLIM_DOWN = 8, 0
_ENDLESS = 1 << 20
#: Of the text, px, with buttons beside it; else they stand below it.
_NARROWEST = 160
_SECONDS = 4
#: What has a button stays until it can be read and pressed.
_SECONDS_TO_PRESS = 10
#: An error that nothing can be done about here goes, too, but later.
_SECONDS_TO_READ = 30


@dataclass(frozen=True)
class _Said:
    """One sentence, as ``Notice.say`` takes it."""

    text: str
    kind: Literal["info", "error"]
    button: str
    do: Callable[[], None] | None
    passing: bool
    needed: bool
    about: str

    @property
    def is_remedy(self) -> bool:
        """Whether the button is what helps, and stays until it is pressed."""
        return self.do is not None and not self.passing

    @property
    def stays(self) -> bool:
        """Whether it stays, or stays long, so that it has a cross."""
        return not self.passing and (bool(self.button) or self.kind == "error")


class Notice(QFrame):
    """One line (wrapped if need be) that stays centered at an edge of its parent.

    A remedy, which has a button that helps, is not lost to what is said later: an error without one
    waits until it is gone, and behind what soon passes it is there again. What is about the same
    thing takes its place, though: once a file is saved nothing says that it could not be.

    What goes by itself does so some time after it came into sight, and the keyboard's focus stays
    where it was.

    Args:
        parent: lies under it.
        edge: where it stays.
        above: another one at the same edge, on which it stands while that is shown.
        slim: it has one line and no room to spare: it stands in a row of other things.

    Attributes:
        tallest: its height at most, px; of what takes more the beginning is shown, and *More*
            shows all of it. 0 has no bound.
        tucked: out of sight for a while, below its parent's lower edge: others need the room.
        button: the one button; hidden where a sentence needs none.
        more: shows the whole text; hidden where it is there already.
        cross: puts away what stays, or stays long; hidden where a sentence soon goes, or must stay.
    """

    def __init__(
        self,
        parent: QWidget,
        edge: Qt.AlignmentFlag,
        above: "Notice | None" = None,
        slim: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        self._edge = edge
        self._above = above
        if above is not None:
            above.installEventFilter(self)
        self._over = parent
        self._margin = 1 if slim else _MARGIN  # of a frame
        self._across, self._down = (_SLIM_ACROSS, _SLIM_DOWN) if slim else (_ACROSS, _DOWN)
        self._slim = slim
        self.tallest = int(slim)
        self.tucked = False
        self._text = ""
        self._label = plain(QLabel(self))
        self.more = QPushButton("More", self)
        self.more.setToolTip("Show all of this")
        self.more.clicked.connect(self._show_all)
        self.button = QPushButton(self)
        self.button.clicked.connect(self._press)
        for button in (self.more, self.button):  # a click leaves the focus where it is
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.cross = QToolButton(self)
        self.cross.setText("\N{MULTIPLICATION SIGN}")
        self.cross.setToolTip("Put this away (Esc)")
        self.cross.setAccessibleName("Put this away")
        self.cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cross.clicked.connect(self._go)
        self._said: _Said | None = None
        self._again: _Said | None = None
        self._later: _Said | None = None
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(self._across, self._down, self._across, self._down)
        self._row.setSpacing(_GAP)
        self._buttons = QWidget(self)
        buttons = QHBoxLayout(self._buttons)
        buttons.setContentsMargins(0, 0, 0, 0)
        buttons.setSpacing(_GAP)
        for part in (self.more, self.button, self.cross):
            buttons.addWidget(part)
        self._row.addWidget(self._label, 1)
        self._row.addWidget(self._buttons)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._go)
        self._seconds = 0
        self._had_focus: QWidget | None = None
        application = QApplication.instance()
        assert isinstance(application, QApplication), "widgets live in an application"
        application.focusChanged.connect(self._note_focus)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What is said; empty while hidden."""
        return self._text if not self.isHidden() else ""

    @property
    def line_height(self) -> int:
        """Its height with one line and a button, px."""
        buttons = (self.more, self.button, self.cross)
        line = self._label.fontMetrics().height()
        return max(line, *(button.sizeHint().height() for button in buttons)) + self._around

    @property
    def _around(self) -> int:
        """Px above and below what is said, together."""
        return 2 * (self._down + self.frameWidth())

    @property
    def shown(self) -> str:
        """What of it is to be seen: all, or the beginning."""
        return self._label.text() if not self.isHidden() else ""

    def say(
        self,
        text: str,
        kind: Literal["info", "error"] = "info",
        button: str = "",
        do: Callable[[], None] | None = None,
        passing: bool = False,
        needed: bool = False,
        about: str = "",
    ) -> None:
        """Show a sentence. What asks for something to be done stays; everything else goes.

        Args:
            text: the sentence.
            kind: ``info`` or ``error``.
            button: text of the one button; empty for none.
            do: what the button does, besides hiding the notice.
            passing: go away by itself after some seconds.
            needed: the button is the only way on, so that this cannot be put away.
            about: what it is about, such as ``open``: what was said about that is over.
        """
        new = _Said(text, kind, button, do, passing, needed, about)
        self._forget(about)
        now = None if self.isHidden() else self._said
        if now is not None and about and now.about == about:
            now = None
        if now is not None and now.is_remedy:
            if new.kind == "error" and not new.is_remedy and not new.passing:
                self._later = new
                return
            if not new.is_remedy or now.needed:
                self._again = now
        self._show_said(new)

    def settle(self, about: str) -> None:
        """Something went well that needs no words: what was said about it is over."""
        self._forget(about)
        if not self.isHidden() and self._said is not None and self._said.about == about:
            self._go()

    def _forget(self, about: str) -> None:
        """What waits and is about this is said no more."""
        if about and self._again is not None and self._again.about == about:
            self._again = None
        if about and self._later is not None and self._later.about == about:
            self._later = None

    def hide(self) -> None:
        """Say nothing any more, nor what waits."""
        self._again = self._later = None
        self._timer.stop()
        self._seconds = 0
        self._return_focus()
        super().hide()

    def _go(self) -> None:
        """What is said goes by itself, or is put away: what was there before is there again."""
        following = self._again or self._later
        if following is None:
            self.hide()
            return
        if following is self._later:
            self._later = None
        self._again = None
        self._show_said(following)

    def _show_said(self, said: _Said) -> None:
        self._return_focus()
        self._said = said
        self._text = printable(said.text, kept="\n")
        self.button.setText(said.button)
        self.button.setVisible(bool(said.button))
        self.cross.setVisible((said.stays or bool(said.button)) and not said.needed)
        self.setProperty("kind", said.kind)
        self.style().polish(self)
        self._timer.stop()
        self._seconds = 0
        if said.passing:
            self._seconds = _SECONDS_TO_PRESS if said.button else _SECONDS
        elif said.stays and said.do is None and not said.needed:
            self._seconds = _SECONDS_TO_READ
        self.show()
        self._count()
        self.place()
        self.raise_()

    def put_away(self) -> None:
        """Hide what has a cross."""
        if not self.cross.isHidden():
            self._go()

    @property
    def goes(self) -> bool:
        """Whether this is about to go by itself, once it is in sight."""
        return self._seconds > 0

    def _count(self) -> None:
        """The time of what goes by itself passes while it can be read."""
        if self._seconds and self.isVisible() and not self._timer.isActive():
            self._timer.start(self._seconds * 1000)

    def showEvent(self, event: QShowEvent) -> None:
        """It came into sight, perhaps with what is around it."""
        super().showEvent(event)
        self._count()

    def hideEvent(self, event: QHideEvent) -> None:
        """It went out of sight, perhaps with what is around it."""
        super().hideEvent(event)
        self._timer.stop()

    def _note_focus(self, before: QWidget | None, now: QWidget | None) -> None:
        """Remember what had the focus when a button here takes it."""
        if now is None or not self.isAncestorOf(now):
            return
        if before is None or not self.isAncestorOf(before):
            self._had_focus = before

    def _return_focus(self) -> None:
        """A button that goes with the focus gives it back, or Qt would take what comes next."""
        now = QApplication.focusWidget()
        if now is None or not self.isAncestorOf(now):
            return
        before = self._had_focus
        now.clearFocus()
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the place when the parent is resized."""
        if event.type() in _PLACED and self.isVisible():
            self.place()
        return False

    def _press(self) -> None:
        said = self._said
        self._go()
        if said is not None and said.do is not None:
            said.do()

    def _show_all(self) -> None:
        box = QMessageBox(self.window())
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self._text)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()

    def _write(self) -> None:
        """Lay the text out in the room that there is, as much of it as the height allows."""
        parts: list[QWidget] = [p for p in (self.button, self.cross) if not p.isHidden()]
        across, high = self._area(parts)
        metrics, shown = self._label.fontMetrics(), self._text
        if _height(metrics, shown, across) > high:
            parts.append(self.more)
            across, high = self._area(parts)
            shown = _beginning(metrics, shown, across, high)
        self.more.setVisible(shown != self._text)
        self._buttons.setVisible(bool(parts))
        self._label.setText(shown)
        self._label.setWordWrap(bool(across))
        self._label.setMinimumWidth(across)
        self._label.setFixedHeight(_height(metrics, shown, across))
        # One can paint through a sentence that has no button.
        has_button = self._said is not None and (bool(self._said.button) or self._said.stays)
        through = not has_button and shown == self._text
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents, through)

    def _area(self, parts: Sequence[QWidget]) -> tuple[int, int]:
        """Width and height that there are for the text beside some buttons, or above them.

        The width is 0 where the text need not wrap.
        """
        metrics = self._label.fontMetrics()
        room = self._over.width() - 2 * self._margin - 2 * self._across
        buttons = sum(part.sizeHint().width() + _GAP for part in parts)
        high = self.tallest - self._around if self.tallest else _ENDLESS
        whole = metrics.boundingRect(QRect(0, 0, _ENDLESS, _ENDLESS), 0, self._text)
        across = 0 if whole.width() + buttons <= room else max(room - buttons, 1)
        is_below = bool(parts) and 0 < across < _NARROWEST and not self._slim
        if is_below:
            across = max(room, 1)
            high -= max(part.sizeHint().height() for part in parts) + _GAP // 2
        way = QBoxLayout.Direction
        self._row.setDirection(way.TopToBottom if is_below else way.LeftToRight)
        self._row.setSpacing(_GAP // 2 if is_below else _GAP)
        return across, max(high, _height(metrics, "…", 0))  # one line is always there

    def place(self) -> None:
        """Take the size of the content, and the place at the edge."""
        parent = self._over
        self._write()
        self._row.activate()
        self.adjustSize()
        x = (parent.width() - self.width()) // 2
        if self._edge == Qt.AlignmentFlag.AlignTop:
            y = _TOP
        elif self._edge == Qt.AlignmentFlag.AlignBottom:
            y = parent.height() - self.height() - _BELOW
            if self._above is not None and not self._above.isHidden():
                y = self._above.y() - self.height() - _BELOW
        else:
            y = (parent.height() - self.height()) // 2
        self.move(x, parent.height() if self.tucked else y)


def _height(metrics: QFontMetrics, text: str, across: int) -> int:
    """Of a text in lines of this width, px; 0 does not wrap it."""
    flags = int(Qt.TextFlag.TextWordWrap) if across else 0
    return metrics.boundingRect(QRect(0, 0, across or _ENDLESS, _ENDLESS), flags, text).height()


def _beginning(metrics: QFontMetrics, text: str, across: int, high: int) -> str:
    """As much of a text as fits, and an ellipsis."""
    fit, over = 0, len(text)
    while over - fit > 1:
        middle = (fit + over) // 2
        if _height(metrics, f"{text[:middle]}…", across) <= high:
            fit = middle
        else:
            over = middle
    return f"{text[:fit].rstrip()}…"
