"""A plot whose marks have tool tips and lead to units; made when it is first filled."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from ganpaint.classifier.charts.marks import Marks
from ganpaint.toolkit.plain import plain_tip
from ganpaint.toolkit.plots import dress_plot, keep_tips, make_plot
from ganpaint.toolkit.theme import GRID, Theme

if TYPE_CHECKING:
    import pyqtgraph

Row = Sequence[object]


class Chart(QWidget):
    """A plot.

    Args:
        theme: whose colors it takes.
        left: what its left axis is.
        bottom: what its lower axis is.
        parent: where it stands.

    Attributes:
        marks: what it shows, for tool tips and clicks.

    Signals:
        picked(object, object): a mark was clicked: its units, and its class or None.
    """

    picked = Signal(object, object)

    def __init__(self, theme: Theme, left: str, bottom: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme, self._left, self._bottom = theme, left, bottom
        self._plot: pyqtgraph.PlotWidget | None = None
        self.marks: list[Marks] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.setMinimumHeight(180)

    @property
    def plot(self) -> "pyqtgraph.PlotWidget":
        """The plot, made when it is first wanted."""
        if self._plot is None:
            self._plot = make_plot(self.theme, self, self._left, self._bottom)
            keep_tips(self._plot)
            legend = self._plot.addLegend(
                offset=(-8, 2), labelTextSize="8pt", colCount=3, horSpacing=GRID
            )
            # Of the whole, not of what is within the axes: in a narrow chart it lies over theirs.
            legend.setParentItem(self._plot.plotItem)
            legend.setZValue(10)
            legend.setLabelTextColor(QColor(self.theme.colors.text))
            self._plot.showGrid(y=True, alpha=0.15)
            self._plot.viewport().installEventFilter(self)
            self._column.addWidget(self._plot)
        return self._plot

    def begin(self) -> "pyqtgraph.PlotWidget":
        """The plot with nothing in it."""
        plot = self.plot
        plot.clear()
        plot.plotItem.legend.clear()
        self.marks = []
        return plot

    def dots(
        self, marks: Marks, color: str, size: int = 8, name: str = "", alpha: int = 230
    ) -> None:
        """Draw marks as dots."""
        import pyqtgraph

        brush = self.theme.hue(color)
        brush.setAlpha(alpha)
        self.plot.addItem(
            pyqtgraph.ScatterPlotItem(
                x=marks.x, y=marks.y, size=size, brush=brush, pen=None, name=name or None
            )
        )
        self.marks.append(marks)

    def line(self, at: float, upright: bool = False) -> None:
        """A dashed line across the plot, such as chance."""
        import pyqtgraph

        pen = pyqtgraph.mkPen(self.theme.colors.muted, style=Qt.PenStyle.DashLine)
        self.plot.addItem(pyqtgraph.InfiniteLine(at, 90 if upright else 0, pen=pen))

    def whiskers(self, xs: Sequence[float], lows: Sequence[float], highs: Sequence[float]) -> None:
        """Ranges above and below."""
        import numpy as np
        import pyqtgraph

        low, high = np.asarray(lows, float), np.asarray(highs, float)
        self.plot.addItem(
            pyqtgraph.ErrorBarItem(
                x=np.asarray(xs, float), y=(low + high) / 2, height=high - low, beam=0.1,
                pen=pyqtgraph.mkPen(self.theme.colors.muted),
            )
        )  # fmt: skip

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        if self._plot is not None:
            dress_plot(self._plot, self.theme)
            self._plot.plotItem.legend.setLabelTextColor(QColor(self.theme.colors.text))

    def draw(self, painter: QPainter) -> None:
        """The plot, for files."""
        self.plot.render(painter)

    def rows(self) -> list[Row]:
        """The numbers, with a row of heads."""
        raise NotImplementedError(f"{type(self).__name__} does not tell its numbers")

    # The cursor -----------------------------------------------------------------------------------

    def mark_at(self, point: QPointF) -> tuple[Marks, int] | None:
        """What is at a place of the plot's widget, topmost first."""
        box = self.plot.plotItem.vb
        scene = self.plot.mapToScene(point.toPoint())
        if not box.sceneBoundingRect().contains(scene):
            return None
        at, pixel = box.mapSceneToView(scene), box.viewPixelSize()
        for marks in reversed(self.marks):
            found = marks.at(at.x(), at.y(), pixel)
            if found is not None:
                return marks, found
        return None

    def place_of(self, marks: Marks, mark: int) -> QPointF:
        """Where a mark is in the plot's widget."""
        at = QPointF(float(marks.x[mark]), float(marks.y[mark]))
        scene = self.plot.plotItem.vb.mapViewToScene(at)
        return QPointF(self.plot.mapFromScene(scene))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Names what is under the cursor, and leads to it."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            return True  # told at once, when the mouse moves
        if isinstance(event, QMouseEvent):
            found = self.mark_at(event.position())
            if event.type() == QEvent.Type.MouseMove:
                self._tell(found, event)
            released = event.type() == QEvent.Type.MouseButtonRelease
            if released and found is not None and event.button() == Qt.MouseButton.LeftButton:
                marks, mark = found
                self.picked.emit(tuple(marks.units(mark)), marks.number(mark))
        return super().eventFilter(watched, event)

    def _tell(self, found: tuple[Marks, int] | None, event: QMouseEvent) -> None:
        if found is None:
            self.plot.unsetCursor()
            QToolTip.hideText()
            return
        marks, mark = found
        leads = marks.units(mark) or marks.number(mark) is not None
        shape = Qt.CursorShape.PointingHandCursor if leads else Qt.CursorShape.ArrowCursor
        self.plot.setCursor(shape)
        QToolTip.showText(event.globalPosition().toPoint(), plain_tip(marks.tip(mark)), self)
