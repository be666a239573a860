"""A class's accuracy over the number of units that are taken out, in two orders (figure 2c)."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from dissection.results.colors import BLUE, ORANGE, VERMILION
from ganpaint.classifier.charts.chart import Chart, Row
from ganpaint.classifier.charts.marks import Marks, always, listed
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.classifier.tables.wording import percent, several
from ganpaint.toolkit.theme import Theme

if TYPE_CHECKING:
    import pyqtgraph

_WAYS = (("most important first", VERMILION), ("least important first", BLUE))


class CurveChart(Chart):
    """Two curves and a mark where the slider stands."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "accuracy, %", "units taken out", parent)
        self.values: NDArray[np.float64] = np.zeros((2, 0))
        self._order: tuple[int, ...] = ()
        self._mark: pyqtgraph.InfiniteLine | None = None

    def show_curve(self, study: AblationStudy, number: int, values: NDArray[np.float64]) -> None:
        """Show another curve.

        Args:
            study: that names units and classes.
            number: the class.
            values: (2, numbers): most and least important first, NaN where unknown.
        """
        import pyqtgraph

        self.values = values
        self._order = tuple(study.ablation.order[number].tolist())
        name = study.ablation.classes[number]
        plot = self.begin()
        for line, (way, color), order in zip(
            values, _WAYS, (self._order, self._order[::-1]), strict=True
        ):
            known = np.flatnonzero(np.isfinite(line))
            if not len(known):
                continue
            pen = pyqtgraph.mkPen(self.theme.hue(color), width=2)
            plot.plot(known.astype(float), 100 * line[known], pen=pen, name=way)

            tips = [
                f"{name} without {several(n, 'unit')}, {way}: {percent(float(line[n]))}"
                + (f"\nthe last one is {study.unit_name(order[n - 1])}" if n else "")
                for n in known.tolist()
            ]
            last = [order[n - 1 : n] if n else () for n in known.tolist()]
            places, heights = known.astype(np.float64), 100 * line[known]
            self.marks.append(Marks(places, heights, listed(tips), listed(last), always(number)))
        plot.plotItem.legend.setColumnCount(1)
        pen = pyqtgraph.mkPen(self.theme.hue(ORANGE), style=Qt.PenStyle.DashLine)
        self._mark = pyqtgraph.InfiniteLine(0, 90, pen=pen)
        plot.addItem(self._mark)
        plot.getAxis("left").setTicks([[(n, str(n)) for n in range(40, 101, 20)]])
        plot.setYRange(40, 140, padding=0)  # the two lines of the legend above
        plot.setXRange(0, max(values.shape[1] - 1, 1), padding=0.02)

    @property
    def complete(self) -> bool:
        """Whether all of it is known."""
        return bool(np.isfinite(self.values).all())

    def mark(self, number: int) -> None:
        """Show where the slider stands."""
        if self._mark is not None:
            self._mark.setValue(number)

    def rows(self) -> list[Row]:
        """Numbers of units, the accuracies, and the unit that each step takes out."""
        heads = ("units", "most_important_first", "unit", "least_important_first", "unit")
        found: list[Row] = [heads]
        for number, pair in enumerate(self.values.T):
            cells: list[object] = [number]
            for value, order in zip(pair, (self._order, self._order[::-1]), strict=True):
                cells.append("" if np.isnan(value) else f"{value:.6f}")
                cells.append(order[number - 1] if number else "")
            found.append(cells)
        return found
