"""Plots in the window's colors; pyqtgraph is loaded when the first one is shown."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QWidget

from dissection.vocabulary import readable_name
from ganpaint.toolkit.plain import as_markup
from ganpaint.toolkit.theme import FIGURES_PX, Theme

if TYPE_CHECKING:
    import pyqtgraph

#: Points of a title.
_TITLE = 10
#: Pixels: how long a line is in a legend.
LINE_PX = 44


def make_plot(theme: Theme, parent: QWidget, left: str, bottom: str) -> "pyqtgraph.PlotWidget":
    """An empty plot without a menu that the wheel does not move."""
    import pyqtgraph

    pyqtgraph.setConfigOptions(antialias=True)
    plot = pyqtgraph.PlotWidget(parent)
    plot.setMenuEnabled(False)
    plot.hideButtons()
    plot.setMouseEnabled(False, False)
    plot.setLabel("left", left)
    plot.setLabel("bottom", bottom)
    dress_plot(plot, theme)
    return plot


def keep_tips(plot: "pyqtgraph.PlotWidget") -> None:
    """Leave a tip that is shown of a mark where it is while the pointer rests.

    For plots that tell tips themselves: the scene would show that of its items, which is empty.
    """
    plot.viewport().installEventFilter(_NoTips(plot))


class _NoTips(QObject):
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt calls this."""
        return event.type() == QEvent.Type.ToolTip


def line_sample() -> "type[pyqtgraph.ItemSample]":
    """What shows a line in a legend: so long that dashes are seen beside the mark on it."""
    import pyqtgraph

    class LineSample(pyqtgraph.ItemSample):  # type: ignore[misc, unused-ignore]
        """pyqtgraph's own is as long as one dash and the mark that covers the next."""

        def __init__(self, item: Any) -> None:
            super().__init__(item)
            self.setFixedWidth(LINE_PX)

        def boundingRect(self) -> QRectF:
            """Qt calls this."""
            return QRectF(0, 0, LINE_PX, 20)

        def paint(self, painter: QPainter, *_: Any) -> None:
            """The line, and its mark in the middle; Qt calls this."""
            opts = self.item.opts
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(pyqtgraph.mkPen(opts["pen"]))
            painter.drawLine(0, 10, LINE_PX, 10)
            if opts.get("symbol") is not None:
                painter.translate(LINE_PX / 2, 10)
                pyqtgraph.graphicsItems.ScatterPlotItem.drawSymbol(
                    painter, opts["symbol"], opts["symbolSize"],
                    pyqtgraph.mkPen(opts["symbolPen"]), pyqtgraph.mkBrush(opts["symbolBrush"]),
                )  # fmt: skip

    return LineSample


def title_plot(plot: "pyqtgraph.PlotWidget", title: str, theme: Theme) -> None:
    """Give a plot a title, of which as much is shown as there is room for."""
    _Title(plot, title, theme)


class _Title(QObject):
    """pyqtgraph makes a plot as wide as its title, and what is behind the edge is not seen."""

    def __init__(self, plot: "pyqtgraph.PlotWidget", title: str, theme: Theme) -> None:
        super().__init__(plot)
        self._plot, self._theme, self._title = plot, theme, readable_name(title)
        plot.getPlotItem().getViewBox().sigResized.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        font = QFont(self._plot.font())
        font.setPointSize(_TITLE)
        right, room = Qt.TextElideMode.ElideRight, self._plot.getPlotItem().getViewBox().width()
        shown = QFontMetrics(font).elidedText(self._title, right, int(room))
        self._plot.setTitle(as_markup(shown), color=self._theme.colors.text, size=f"{_TITLE}pt")
        self._plot.getPlotItem().titleLabel.setMinimumWidth(1)


def dress_plot(plot: "pyqtgraph.PlotWidget", theme: Theme) -> None:
    """Give a plot the colors of the theme in force."""
    colors = theme.colors
    plot.setBackground(QColor(colors.panel))
    font = plot.font()
    font.setPixelSize(FIGURES_PX)
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        axis.setPen(QColor(colors.border))
        axis.setTextPen(QColor(colors.muted))
        axis.setStyle(tickFont=font)
        # Shares and points are told as they are. The prefix is looked for once more as it is
        # forbidden, and what is found stays, so that a share of 0.3 would read 300.
        if hasattr(axis, "setSIPrefixEnableRanges"):  # since 0.14
            axis.setSIPrefixEnableRanges(())
        axis.enableAutoSIPrefix(False)
        axis.label.setFont(font)
