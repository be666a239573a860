"""What is below the row of tabs while one of them shows: its widget, and what is said about it."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from ganpaint.toolkit.notice import Notice

#: Between what is said and the window's lower edge.
_BELOW = 8


class NoticeStrip(QWidget):
    """Room for sentences below a page, and none while nothing is said: they cover nothing.

    Attributes:
        notice: says them.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.notice = Notice(self, Qt.AlignmentFlag.AlignTop)
        self.notice.installEventFilter(self)
        self.setFixedHeight(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A sentence comes, changes or goes."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent, QEvent.Type.Resize):
            hidden = self.notice.isHidden()
            self.setFixedHeight(0 if hidden else self.notice.height() + _BELOW)
        return False


class _Whole(QVBoxLayout):
    """Holds a page, as high as it has to be: not as high as words that wrap would like it to be."""

    def hasHeightForWidth(self) -> bool:
        """Qt calls this."""
        return False


class _OwnRoom(QScrollArea):
    """A page in the room that there is; one that needs more scrolls, and nothing else does."""

    def __init__(self, page: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget(self)
        whole = _Whole(inner)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(page)
        self.setWidget(inner)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is room again, nothing stays scrolled away."""
        super().resizeEvent(event)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            if bar.maximum() == 0:
                bar.setValue(0)


class TabPage(QWidget):
    """A tab's widget, and below it what is said about it: other tabs do not show that.

    A page of tabs takes only the room that its own widget needs: on a screen that is smaller it
    scrolls by itself.

    Attributes:
        strip: sentences about this tab; said without a widget, too, while the tab is being made.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = NoticeStrip(self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.strip)

    def take(self, widget: QWidget) -> None:
        """Show the widget of the tab."""
        self._column.insertWidget(0, _OwnRoom(widget, self), 1)
