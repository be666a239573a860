"""Keys that work while they are held: C compares, Space pans; never while text is typed."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

_TEXT = (QLineEdit, QAbstractSpinBox, QPlainTextEdit, QTextEdit)


class HeldKeys(QObject):
    """Watches the keys of the window that a canvas is in, while the canvas shows.

    Args:
        canvas: Space pans while the mouse or the focus is on it. Elsewhere it does what the widget
            with the focus makes of it, also if the mouse was left lying over the picture when the
            keyboard took the focus on.

    Signals:
        compare(bool): C is down, or up again.
        space(bool): Space is down over the canvas, or up again.
        other(bool): Ctrl is down, or up again.
    """

    compare = Signal(bool)
    space = Signal(bool)
    other = Signal(bool)

    def __init__(self, canvas: QAbstractScrollArea) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._viewport = canvas.viewport()
        self._pointed = False  # the mouse moved over the canvas since the focus went elsewhere
        self._down: set[Qt.Key] = set()
        application = QApplication.instance()
        assert isinstance(application, QApplication), "widgets exist only within an application"
        application.installEventFilter(self)
        application.focusChanged.connect(self._forget_pointer)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt shows every event of the application here first."""
        kind = event.type()
        if kind == QEvent.Type.WindowDeactivate and watched is self._canvas.window():
            for key in tuple(self._down):
                self._set(key, False)
        elif kind in (QEvent.Type.MouseMove, QEvent.Type.Leave):
            if watched is self._viewport:
                self._pointed = kind == QEvent.Type.MouseMove
        elif isinstance(event, QKeyEvent) and self._of_window(watched):
            if kind == QEvent.Type.KeyPress:
                return self._press(event)
            if kind == QEvent.Type.KeyRelease:
                return self._release(event)
        return False

    def _forget_pointer(self, left: QWidget | None, taken: QWidget | None) -> None:
        if taken is not None:
            self._pointed = False

    def _of_window(self, watched: QObject) -> bool:
        return isinstance(watched, QWidget) and watched.window() is self._canvas.window()

    def _press(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Control:
            self._set(key, True)
            return False
        if key in self._down:
            return True  # the key repeats while it is held
        if event.modifiers() or event.isAutoRepeat() or typing() or not self._canvas.isVisible():
            return False
        over = self._pointed or self._canvas.hasFocus()
        if key == Qt.Key.Key_C or (key == Qt.Key.Key_Space and over):
            self._set(key, True)
            return True
        return False

    def _release(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key not in self._down:
            return False
        if not event.isAutoRepeat():
            self._set(key, False)
        return key != Qt.Key.Key_Control

    def _set(self, key: Qt.Key, down: bool) -> None:
        self._down.add(key) if down else self._down.discard(key)
        signals = {
            Qt.Key.Key_C: self.compare,
            Qt.Key.Key_Space: self.space,
            Qt.Key.Key_Control: self.other,
        }
        signals[key].emit(down)


def typing() -> bool:
    """Whether letters go into a text field now."""
    return isinstance(QApplication.focusWidget(), _TEXT)
