"""What is begun once a widget is seen, and not before: it would hold up what is to be seen."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

#: A widget that is never painted, in a window that is covered, is not waited for any longer.
LONGEST_MILLISECONDS = 500


class FirstPaint(QObject):
    """Calls something once, behind the first paint of a widget and all that is painted with it.

    Args:
        widget: owns it.
        then: called in the GUI thread; also where the widget has not been painted after a while.
    """

    def __init__(self, widget: QWidget, then: Callable[[], object]) -> None:
        super().__init__(widget)
        self._widget, self._then = widget, then
        self._late = QTimer(self, singleShot=True, interval=LONGEST_MILLISECONDS)
        self._late.timeout.connect(self._go)
        self._late.start()
        widget.installEventFilter(self)

    def forget(self) -> None:
        """Nothing is begun any more."""
        self._late.stop()
        self._widget.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt asks this before every event of the widget; those of its painting come in a row."""
        if event.type() == QEvent.Type.Paint:
            self._widget.removeEventFilter(self)
            self._late.start(0)
        return False

    def _go(self) -> None:
        self.forget()
        self._then()
