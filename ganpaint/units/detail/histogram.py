"""How often the unit takes which activation, with its level."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from ganpaint.toolkit.plots import dress_plot, make_plot
from ganpaint.toolkit.theme import Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.section import UnitSection

if TYPE_CHECKING:
    import pyqtgraph


class HistogramSection(UnitSection):
    """Counts of cells, on a scale of powers of ten, and the level t_u as a line."""

    def __init__(self, browsed: Browsed, theme: Theme, parent: QWidget) -> None:
        super().__init__("Activations", parent)
        self._browsed = browsed
        self._theme = theme
        self._plot: pyqtgraph.PlotWidget | None = None

    def show_unit(self) -> None:
        """Show the unit that is looked at."""
        table, unit = self._browsed.table, self._browsed.unit
        histogram = table.layer.histogram if table is not None else None
        if self._plot is not None:
            self._plot.setVisible(histogram is not None)
        if table is None or unit is None or histogram is None:
            self.say("Not measured: the file that this was read from holds no histograms.")
            return
        import pyqtgraph

        if self._plot is None:
            self._plot = make_plot(self._theme, self, "cells", "activation")
            self._plot.setFixedHeight(140)
            self.body.addWidget(self._plot)
        counts, edges = histogram.bins[unit], histogram.edges(unit)
        level = float(table.layer.activation_threshold[unit])
        below = int(counts[np.arange(len(counts)) < np.searchsorted(edges[1:], level)].sum())
        share = 1 - below / max(int(counts.sum()), 1)
        dead = float(histogram.highest[unit]) <= float(histogram.lowest[unit])
        self.say(
            "This unit never changes: it is dead on the sample."
            if dead
            else f"t_u = {level:.3g}; about {share:.1%} of the cells lie above it."
        )
        colors = self._theme.colors
        self._plot.clear()
        dress_plot(self._plot, self._theme)
        if dead:
            return
        self._plot.addItem(
            pyqtgraph.BarGraphItem(
                x0=edges[:-1],
                x1=edges[1:],
                height=np.log10(counts + 1),
                brush=QColor(colors.muted),
                pen=None,
            )
        )
        ticks = [(float(power), f"{10**power:,}") for power in range(0, 9, 2)]
        self._plot.getAxis("left").setTicks([ticks])
        line = pyqtgraph.InfiniteLine(
            level,
            pen=pyqtgraph.mkPen(QColor(colors.draw), width=2),
            label="t_u",
            labelOpts={"position": 0.9, "color": QColor(colors.draw_text)},
        )
        self._plot.addItem(line)
        self._plot.setXRange(float(edges[0]), float(edges[-1]), padding=0.02)
