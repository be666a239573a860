"""All classes, each with some of its units taken out (figures 2d, S4a, S4b)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from dissection.results.colors import ORANGE
from ganpaint.classifier.charts.chart import Chart, Row
from ganpaint.classifier.charts.marks import Marks, listed
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.classifier.tables.wording import percent, points
from ganpaint.toolkit.plain import shortened
from ganpaint.toolkit.theme import Theme

#: Pixels of height that the name of a class takes.
_LINE = 13
#: Letters of a class's name beside the axis.
_LETTERS = 16


@dataclass(frozen=True, eq=False)
class ClassSeries:
    """One figure of every class.

    Attributes:
        name: what is left of the network.
        color: of its dots.
        values: float64 (K,), balanced accuracies, 0..1.
        units: of each class, those that were taken out, or kept.
    """

    name: str
    color: str
    values: NDArray[np.float64]
    units: Sequence[Sequence[int]]


class ClassChart(Chart):
    """A line for each class, in alphabetical order, with a dot for each series."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "", "accuracy of the class, %", parent)
        self._names: tuple[str, ...] = ()
        self._order: list[int] = []
        self._place: dict[int, int] = {}
        self.series: list[ClassSeries] = []
        self._changes = False

    def show_series(
        self, study: AblationStudy, series: list[ClassSeries], chosen: int, changes: bool
    ) -> None:
        """Show all classes.

        Args:
            study: that names units and classes.
            series: to show; the first is that of the whole network.
            chosen: the class that a line marks.
            changes: draw what the others change of the first one, not what they are.
        """
        self._names, self.series = study.ablation.classes, series
        self._changes = changes
        self._order = sorted(range(len(self._names)), key=lambda k: self._names[k].casefold())
        self._place = {k: len(self._order) - 1 - n for n, k in enumerate(self._order)}
        plot = self.begin()
        plot.setLabel("bottom", "change of accuracy, points" if changes else self._bottom)
        ys = np.array([self._place[k] for k in self._order], float)
        first = series[0].values
        for each in series[1:] if changes else series:
            xs = 100 * (each.values - first if changes else each.values)[self._order]

            marks = Marks(
                xs,
                ys,
                partial(self._tip, study, each),
                listed([each.units[k] for k in self._order]),
                listed(self._order),
            )
            self.dots(marks, each.color, 7, each.name)
        self.line(0 if changes else 50, upright=True)
        self.choose(chosen)
        plot.setYRange(-1, len(self._names) + 1 + len(self._names) // 20, padding=0)
        self._label()

    def _tip(self, study: AblationStudy, each: ClassSeries, mark: int) -> str:
        number, first = self._order[mark], self.series[0]
        said = f"{self._names[number]}, {each.name}: {percent(each.values[number])}"
        if each is not first:
            said += f" ({points(each.values[number] - first.values[number])} points)"
        units = each.units[number]
        return f"{said}\n{study.named(units)}" if len(units) else said

    def choose(self, number: int) -> None:
        """Mark a class."""
        import pyqtgraph

        if number in self._place:
            pen = pyqtgraph.mkPen(self.theme.hue(ORANGE), width=1)
            self.plot.addItem(pyqtgraph.InfiniteLine(self._place[number], 0, pen=pen))

    def _label(self) -> None:
        """Names of as many classes as there is room for."""
        if not self._order:
            return
        every = max(1, -(-len(self._order) * _LINE // max(self.height() - 60, 1)))
        ticks = [
            (self._place[k], shortened(self._names[k], _LETTERS)) for k in self._order[::every]
        ]
        self.plot.getAxis("left").setTicks([ticks])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names where there is room for them."""
        super().resizeEvent(event)
        self._label()

    def rows(self) -> list[Row]:
        """A row for each class."""
        heads = ["class", *(each.name for each in self.series)]
        found: list[Row] = [heads]
        for k in self._order:
            values = [each.values[k] for each in self.series]
            found.append((self._names[k], *("" if np.isnan(v) else f"{v:.6f}" for v in values)))
        return found
