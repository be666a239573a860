"""The wheel turns pages: what is on one, and could turn or change itself, waits until it is chosen.

Otherwise a page that is scrolled would stop wherever a table or a slider comes under the pointer.
"""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractScrollArea, QAbstractSpinBox, QScrollArea, QSlider, QWidget


def keep_wheel(area: QScrollArea) -> None:
    """Let the wheel turn a page, whatever of it is under the pointer and has not the focus.

    Args:
        area: scrolls the page, with all that will be on it.
    """
    page = area.viewport()
    for kind in (QAbstractScrollArea, QAbstractSpinBox, QSlider):
        for part in page.findChildren(kind):
            if part.window() is area.window():  # lists of combo boxes are windows
                _Wheel(part, area)


class _Wheel(QObject):
    """Event filter: gives the wheel of a part without focus to the page."""

    def __init__(self, part: QWidget, area: QScrollArea) -> None:
        super().__init__(part)
        self._part, self._area = part, area
        if part.focusPolicy() == Qt.FocusPolicy.WheelFocus:  # or it had the focus at once
            part.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        under = part.viewport() if isinstance(part, QAbstractScrollArea) else part
        under.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A page that fits has no use for the wheel."""
        if event.type() != QEvent.Type.Wheel or self._part.hasFocus():
            return False
        if self._area.verticalScrollBar().maximum() == 0:
            return False
        event.ignore()  # it goes on to what is around the part
        return True
