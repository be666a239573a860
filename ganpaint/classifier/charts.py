"""Two charts of a class: sets of units taken out (figure 2b), and the curve over their number (2c).

Bau et al. 2020; pyqtgraph is loaded when the first one is shown.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from ganpaint.classifier.class_table import percent
from ganpaint.classifier.colors import BLUE, GRAY, ORANGE, VERMILION
from ganpaint.classifier.studies import SetBar
from ganpaint.toolkit.plots import dress_plot, make_plot
from ganpaint.toolkit.theme import Theme

if TYPE_CHECKING:
    import pyqtgraph

_WIDTH = 0.36


class Chart(QWidget):
    """A plot that is made when it is first filled.

    Args:
        theme: whose colors it takes.
        bottom: what its lower axis is.
        parent: where it stands.
    """

    def __init__(self, theme: Theme, bottom: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._bottom = theme, bottom
        self._plot: pyqtgraph.PlotWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.setMinimumHeight(220)

    @property
    def plot(self) -> "pyqtgraph.PlotWidget":
        """The plot, made when it is first wanted."""
        if self._plot is None:
            self._plot = make_plot(self._theme, self, "accuracy, %", self._bottom)
            legend = self._plot.addLegend(offset=(-8, 2), labelTextSize="8pt", colCount=2)
            legend.setLabelTextColor(QColor(self._theme.colors.text))
            self._plot.showGrid(y=True, alpha=0.15)
            self._plot.getAxis("left").setTicks([[(n, str(n)) for n in range(40, 101, 20)]])
            self._column.addWidget(self._plot)
        return self._plot

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        if self._plot is not None:
            dress_plot(self._plot, self._theme)
            self._plot.plotItem.legend.setLabelTextColor(QColor(self._theme.colors.text))

    def draw(self, painter: QPainter) -> None:
        """The plot, for files."""
        self.plot.render(painter)

    def rows(self) -> list[Sequence[object]]:
        """The numbers, with a row of heads."""
        raise NotImplementedError


class SetChart(Chart):
    """Bars of the whole network and of sets, beside random sets of equal size."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "", parent)
        self.bars: list[SetBar] = []

    def show_bars(self, bars: list[SetBar]) -> None:
        """Show another class."""
        import pyqtgraph

        self.bars = bars
        plot = self.plot
        plot.clear()
        plot.plotItem.legend.clear()
        own = [(n, b.own) for n, b in enumerate(bars) if np.isfinite(b.own)]
        drawn = [(n, b) for n, b in enumerate(bars) if b.control is not None]
        for name, color, shift, values in (
            ("own units", BLUE, -_WIDTH / 2, own),
            ("random units", GRAY, _WIDTH / 2, [(n, b.control) for n, b in drawn]),
        ):
            if not values:
                continue
            xs = [n + (shift if bars[n].control is not None else 0.0) for n, _ in values]
            heights = [100 * float(value or 0.0) for _, value in values]
            bar = pyqtgraph.BarGraphItem(
                x=xs, height=heights, width=_WIDTH, brush=color, pen=None, name=name
            )
            plot.addItem(bar)
            for x, height in zip(xs, heights, strict=True):
                text = pyqtgraph.TextItem(
                    f"{height:.0f}", color=self._theme.colors.text, anchor=(0.5, 1.0)
                )
                text.setPos(x, height)
                plot.addItem(text)
        if drawn:
            spreads = [b.spread or (0.0, 0.0) for _, b in drawn]
            middle = np.array([100 * float(b.control or 0.0) for _, b in drawn])
            low, high = (100 * np.array([spread[k] for spread in spreads]) for k in (0, 1))
            plot.addItem(
                pyqtgraph.ErrorBarItem(
                    x=np.array([n + _WIDTH / 2 for n, _ in drawn]),
                    y=middle,
                    top=high - middle,
                    bottom=middle - low,
                    beam=0.1,
                    pen=pyqtgraph.mkPen(self._theme.colors.muted),
                )
            )
        chance = pyqtgraph.InfiniteLine(
            50, 0, pen=pyqtgraph.mkPen(self._theme.colors.muted, style=_dashes())
        )
        plot.addItem(chance)
        plot.getAxis("bottom").setTicks([[(n, bar.name) for n, bar in enumerate(bars)]])
        plot.setYRange(40, 125, padding=0)
        plot.setXRange(-0.6, max(len(bars) - 0.4, 0.6), padding=0)
        said = [
            f"{bar.name}: {percent(bar.own)}"
            + (f" (random: {percent(bar.control)})" if bar.control is not None else "")
            for bar in bars
        ]
        self.setToolTip("\n".join(said) + "\nDashed: chance")

    def rows(self) -> list[Sequence[object]]:
        """Sets and their accuracies."""
        heads = ("set", "accuracy", "random_mean", "random_lowest", "random_highest")
        found: list[Sequence[object]] = [heads]
        for bar in self.bars:
            control = "" if bar.control is None else f"{bar.control:.6f}"
            spread = ("", "") if bar.spread is None else [f"{s:.6f}" for s in bar.spread]
            found.append((bar.name, f"{bar.own:.6f}", control, *spread))
        return found


class CurveChart(Chart):
    """A class's accuracy over the number of units that are taken out, in two orders."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "units taken out", parent)
        self.values: NDArray[np.float64] = np.zeros((2, 0))
        self._mark: pyqtgraph.InfiniteLine | None = None

    def show_curve(self, values: NDArray[np.float64]) -> None:
        """Show another curve, (2, numbers): most and least important first, NaN where unknown."""
        import pyqtgraph

        self.values = values
        plot = self.plot
        plot.clear()
        plot.plotItem.legend.clear()
        for line, name, color in zip(
            values,
            ("most important", "least important"),
            (VERMILION, BLUE),
            strict=True,
        ):
            known = np.flatnonzero(np.isfinite(line))
            if len(known):
                pen = pyqtgraph.mkPen(color, width=2)
                plot.plot(known.astype(float), 100 * line[known], pen=pen, name=name)
        self._mark = pyqtgraph.InfiniteLine(0, 90, pen=pyqtgraph.mkPen(ORANGE, style=_dashes()))
        plot.addItem(self._mark)
        plot.setYRange(40, 125, padding=0)
        plot.setXRange(0, max(values.shape[1] - 1, 1), padding=0.02)

    def mark(self, number: int) -> None:
        """Show where the slider stands."""
        if self._mark is not None:
            self._mark.setValue(number)

    def rows(self) -> list[Sequence[object]]:
        """Numbers of units and the accuracies."""
        found: list[Sequence[object]] = [("units", "most_important_first", "least_important_first")]
        for number, pair in enumerate(self.values.T):
            found.append((number, *("" if np.isnan(v) else f"{v:.6f}" for v in pair)))
        return found


def _dashes() -> object:
    from PySide6.QtCore import Qt

    return Qt.PenStyle.DashLine
