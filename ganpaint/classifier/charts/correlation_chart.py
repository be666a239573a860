"""Importance against the correlation of unit and class, all pairs of both (figure S4h)."""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from dissection.interventions.ablation.relations import Pairs
from dissection.results.colors import BLUE, ORANGE
from ganpaint.classifier.charts.chart import Chart, Row
from ganpaint.classifier.charts.marks import Marks, listed
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.classifier.tables.wording import points
from ganpaint.toolkit.theme import Theme


class CorrelationChart(Chart):
    """A dot for each pair; the most important units of each class stand out."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "accuracy lost, points", "correlation of unit and class", parent)
        self._names: tuple[str, ...] = ()
        self.pairs: Pairs | None = None

    def show_pairs(self, study: AblationStudy, pairs: Pairs, number: int) -> None:
        """Show other pairs.

        Args:
            study: that names units and classes.
            pairs: to show.
            number: how many units of a class stand out.
        """
        self.pairs, self._names = pairs, study.ablation.classes
        self.begin()
        for name, color, alpha, size, chosen in (
            ("others", ORANGE, 90, 4, ~pairs.top),
            (f"{number} most important of a class", BLUE, 230, 7, pairs.top),
        ):
            places = np.flatnonzero(chosen)

            marks = Marks(
                pairs.correlation[places],
                100 * pairs.importance[places],
                partial(self._tip, study, pairs, places),
                listed([(unit,) for unit in pairs.units[places].tolist()]),
                listed(pairs.classes[places].tolist()),
            )
            self.dots(marks, color, size, name, alpha)
        self.line(0)
        self.line(0, upright=True)
        self.plot.setXRange(-1, 1, padding=0.02)
        if len(pairs.importance):
            low, high = 100 * float(pairs.importance.min()), 100 * float(pairs.importance.max())
            self.plot.setYRange(low, high + 0.15 * max(high - low, 1), padding=0.03)

    def _tip(self, study: AblationStudy, pairs: Pairs, places: NDArray[np.int64], mark: int) -> str:
        pair = int(places[mark])
        unit, of = int(pairs.units[pair]), self._names[int(pairs.classes[pair])]
        lost = points(float(pairs.importance[pair])).removeprefix("+")
        return (
            f"{study.unit_name(unit)}\n{of}: {lost} points lost without it, correlation "
            f"{pairs.correlation[pair]:+.2f}"
        )

    def rows(self) -> list[Row]:
        """A row for each pair."""
        found: list[Row] = [("class", "unit", "importance", "correlation", "most_important")]
        if self.pairs is not None:
            pairs = self.pairs
            names = [self._names[k] for k in pairs.classes]
            found += zip(
                names, pairs.units.tolist(), [f"{v:.6f}" for v in pairs.importance],
                [f"{v:.4f}" for v in pairs.correlation], pairs.top.astype(int).tolist(),
                strict=True,
            )  # fmt: skip
        return found
