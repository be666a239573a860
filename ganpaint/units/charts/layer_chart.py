"""Layers compared: units that match a concept, and distinct concepts, by category."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QWidget

from dissection.results.colors import category_color
from ganpaint.toolkit.plots import dress_plot, make_plot
from ganpaint.toolkit.theme import GRID, Theme
from ganpaint.units.charts.figures import LayerBar

if TYPE_CHECKING:
    import pyqtgraph


class LayerChart(QWidget):
    """Two plots beside each other: a line for each category over the layers."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._plots: list[pyqtgraph.PlotWidget] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2 * GRID)

    def show_layers(self, bars: list[LayerBar]) -> None:
        """Show the layers of a dissection."""
        import pyqtgraph

        if not self._plots:
            for name in ("matching units", "distinct concepts"):
                plot = make_plot(self._theme, self, name, "layer")
                self._plots.append(plot)
                self._row.addWidget(plot)
        ticks = [(float(place), bar.layer.rpartition(".")[2]) for place, bar in enumerate(bars)]
        for plot, counts in zip(
            self._plots, ([b.units for b in bars], [b.concepts for b in bars]), strict=True
        ):
            plot.clear()
            dress_plot(plot, self._theme)
            legend = plot.plotItem.legend or plot.addLegend(offset=(8, 8))
            legend.clear()
            legend.setLabelTextColor(QColor(self._theme.colors.text))
            names = [name for name in counts[0] if any(c[name] for c in counts)] if counts else []
            for name in names:
                color = self._theme.hue(category_color(name))
                values = [c[name] for c in counts]
                plot.plot(
                    list(range(len(bars))),
                    values,
                    pen=pyqtgraph.mkPen(color, width=2),
                    symbol="o",
                    symbolSize=7,
                    symbolBrush=color,
                    symbolPen=None,
                    name=name,
                )
            plot.getAxis("bottom").setTicks([ticks])
            most = max((c[n] for c in counts for n in names), default=1)
            plot.setYRange(0, 1.08 * most, padding=0)
            plot.setXRange(-0.5, len(bars) - 0.5, padding=0)

    @property
    def plots(self) -> "list[pyqtgraph.PlotWidget]":
        """Units and distinct concepts, for files."""
        return self._plots
