"""What all pages of the tab have in common: they fill themselves only while they are seen."""

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from ganpaint.classifier.charts.chart import Chart
from ganpaint.classifier.charts.frame import ChartFrame
from ganpaint.classifier.session import Session


class Page(QWidget):
    """A page.

    Args:
        session: what all pages share.
        parent: the tab's view.

    Attributes:
        takes_out: whether units are taken out on it, so that the slider stands above it.
    """

    takes_out = False

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.session = session
        self._stale = True
        session.study_changed.connect(self.refill)

    def fill(self) -> None:
        """Show what the session has."""
        raise NotImplementedError(f"{type(self).__name__} shows nothing")

    def refill(self) -> None:
        """Show it at once if the page is seen, or else when it is."""
        if self.isVisible():
            self._stale = False
            self.fill()
        else:
            self._stale = True

    def showEvent(self, event: QShowEvent) -> None:
        """Show what has changed meanwhile."""
        super().showEvent(event)
        if self._stale:
            self._stale = False
            self.fill()

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        for chart in self.findChildren(Chart):
            chart.retheme()
        self.refill()

    def adopt(self, frame: ChartFrame) -> None:
        """Pass on what a chart says, and where a click on it leads."""
        frame.said.connect(self.session.said)
        frame.failed.connect(self.session.failed)
        if isinstance(frame.chart, Chart):
            frame.chart.picked.connect(self.session.units_picked)
