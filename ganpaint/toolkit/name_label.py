"""A line with names from files in it, in as much room as there is."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QStyleOption, QWidget

from dissection.errors import printable
from ganpaint.toolkit.plain import plain, plain_tip

#: Pixels that a long name asks for.
_WIDE = 320


class NameLabel(QLabel):
    """One line that ends in "…" where it is too long; its tool tip has all of it then.

    A name of hundreds of letters widens no panel, and pushes no button out of view.

    Args:
        parent: where it stands.
        least: pixels that a text which needs them gets at least.
    """

    def __init__(self, parent: QWidget, least: int = 0) -> None:
        super().__init__(parent)
        self._least = least
        plain(self)

    def setText(self, text: str) -> None:
        """Show another text."""
        super().setText(printable(text))
        self._tell_rest()

    @property
    def shown(self) -> str:
        """As much of the text as there is room for."""
        room = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    def sizeHint(self) -> QSize:
        """Its text, if that is not long."""
        usual = super().sizeHint()
        return QSize(min(usual.width(), _WIDE), usual.height())

    def minimumSizeHint(self) -> QSize:
        """A line, however narrow."""
        usual = super().minimumSizeHint()
        return QSize(min(usual.width(), self._least), usual.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt calls this."""
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawItemText(
            QPainter(self), self.contentsRect(), self.alignment().value, option.palette,
            self.isEnabled(), self.shown, self.foregroundRole(),
        )  # fmt: skip

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Qt calls this."""
        super().resizeEvent(event)
        self._tell_rest()

    def _tell_rest(self) -> None:
        self.setToolTip("" if self.shown == self.text() else plain_tip(self.text()))
