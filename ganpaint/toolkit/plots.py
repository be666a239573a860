"""Plots in the window's colors; pyqtgraph is loaded when the first one is shown."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from ganpaint.toolkit.theme import FIGURES_PX, Theme

if TYPE_CHECKING:
    import pyqtgraph


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
        axis.enableAutoSIPrefix(False)  # shares and points are told as they are
        axis.label.setFont(font)
