"""How often the unit takes which activation, with its level."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from dissection.results.rarity import rarity
from ganpaint.toolkit.plain import plain_tip
from ganpaint.toolkit.plots import dress_plot, make_plot
from ganpaint.toolkit.theme import Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.section import UnitSection

if TYPE_CHECKING:
    import pyqtgraph

    from dissection.results.layer_dissection import LayerDissection


#: What a level is, and why more cells than positions are above it.
LEVEL = (
    "The unit counts as on where its activation is above this level (the papers' t_u): "
    "outlines, IoU and brushes use it. It is the activation that a chosen share of all positions "
    "of the sample exceeds, with the unit's maps enlarged to the grid on which concepts are "
    "measured. Enlarging goes smoothly from cell to cell, so that a cell that is high alone is a "
    "small peak there: of the cells themselves, which are counted below, more lie above the level."
)


def told_level(layer: "LayerDissection", unit: int) -> str:
    """A unit's level, and what shares of positions and of cells lie above it, in a sentence.

    Args:
        layer: with histograms.
        unit: one that changes.
    """
    levels = layer.activation_threshold
    level = f"Level {float(levels[unit]):.3g}"
    name = layer.threshold_names[0] if layer.threshold_names else ""
    try:
        share = 1 - float(name.removeprefix("raw-"))
    except ValueError:  # another program's definition
        return f"{level}."
    histogram = layer.histogram
    of_cells = ""
    # Where the level is the lowest value of all, the histogram does not tell how many are it.
    if histogram is not None and levels[unit] > histogram.lowest[unit]:
        of_cells = f"{float(rarity(layer, levels)[unit]):.1%} of the unit's cells"
    if name.startswith("raw-"):
        return f"{level}: {of_cells or f'at most {share:.3g}'} lie above it."
    most = f"{level}: {100 * share:.3g}% of all positions of its enlarged maps lie above it"
    return f"{most}, and {of_cells}." if of_cells else f"{most} at most."


class HistogramSection(UnitSection):
    """Counts of cells, on a scale of powers of ten, and the level as a line."""

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
        dead = float(histogram.highest[unit]) <= float(histogram.lowest[unit])
        self.say(
            "This unit never changes: it is dead on the sample."
            if dead
            else told_level(table.layer, unit)
        )
        self.said.setToolTip("" if dead else plain_tip(LEVEL))
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
            label="level",
            labelOpts={"position": 0.9, "color": QColor(colors.draw_text)},
        )
        self._plot.addItem(line)
        self._plot.setXRange(float(edges[0]), float(edges[-1]), padding=0.02)
