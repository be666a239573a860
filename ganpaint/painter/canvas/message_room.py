"""The room below the view of the picture in which sentences stand, so that they hide none of it."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from ganpaint.toolkit.notice import Notice

#: Sentences take no more of the canvas than this share, and than these px: four lines.
_SHARE, _MOST = 0.5, 96
#: Between sentences, and around them.
_GAP = 8
_CHANGED = (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide)


class MessageRoom(QObject):
    """Makes the view lower while sentences need more than the strip that is always there.

    While a mouse button is down nothing moves: sentences then show as much as the strip holds.

    Args:
        over: the canvas, at whose lower edge they stand.
        notices: from the lowest, which gives way where there is no room for all, to the highest.
        lower: called with the px at the lower edge that are not the view's.
        held: whether a mouse button is down on the canvas.
    """

    def __init__(
        self,
        over: QWidget,
        notices: Sequence[Notice],
        lower: Callable[[int], object],
        held: Callable[[], bool],
    ) -> None:
        super().__init__(over)
        self._over = over
        self._notices = tuple(notices)
        self._lower = lower
        self._held = held
        self._room = 0
        self._arranging = False
        over.installEventFilter(self)
        for notice in self._notices:
            notice.installEventFilter(self)
        self.arrange()

    def arrange(self) -> None:
        """Give each sentence what there is for it, and the view the rest."""
        if self._arranging:
            return
        self._arranging = True
        most = self._room
        if not self._held():
            most = max(self._least, min(round(_SHARE * self._over.height()), _MOST))
        lowest, *others = self._notices
        lowest.tucked = False
        left = self._fill(most - _GAP, self._notices)
        if left < 0 and any(not notice.isHidden() for notice in others):
            lowest.tucked = True
            left = self._fill(most - _GAP, others)
            lowest.place()
        if not self._held():
            needed = max(self._least, most - left)
            if needed != self._room:
                self._room = needed
                self._lower(needed)
        self._arranging = False

    @property
    def _least(self) -> int:
        """Px that are kept free always: no picture moves for a sentence of a line and a button."""
        return max(notice.line_height for notice in self._notices) + 2 * _GAP

    def _fill(self, room: int, notices: Sequence[Notice]) -> int:
        """Place sentences from below; the px of a room that are left, or lack if below 0."""
        for notice in notices:
            if not notice.isHidden():
                notice.tallest = max(room, 1)
                notice.place()
                room -= notice.height() + _GAP
        return room

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A sentence comes, changes or goes; or the canvas gets another size."""
        if event.type() in _CHANGED:
            self.arrange()
        return False
