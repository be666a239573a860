"""The unit as a detector of its label: peaks in pictures with the concept and without."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from ganpaint.toolkit.plots import dress_plot, make_plot
from ganpaint.toolkit.theme import Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.section import UnitSection

if TYPE_CHECKING:
    import pyqtgraph

_DASHED = Qt.PenStyle.DashLine


class DetectorSection(UnitSection):
    """Two rows of dots with their densities, the threshold and the balanced accuracy."""

    def __init__(self, browsed: Browsed, theme: Theme, parent: QWidget) -> None:
        super().__init__("Detector", parent)
        self._browsed = browsed
        self._theme = theme
        self._plot: pyqtgraph.PlotWidget | None = None

    def show_unit(self) -> None:
        """Show the unit that is looked at."""
        table, unit = self._browsed.table, self._browsed.unit
        if self._plot is not None:
            self._plot.hide()
        if table is None or unit is None:
            return
        detectors = table.layer.detectors
        if detectors is None:
            self.say("Not measured: the file that this was read from tells nothing of detectors.")
            return
        found = detectors[unit]
        if found is None:
            self.say(str(detectors.why_undefined(unit)))
            return
        concept = table.rows[unit].label.name
        self.say(
            f"Peaks above {found.detector_threshold:.3g} tell the {found.shown} pictures with "
            f"{concept} from the {found.absent} without: balanced accuracy {found.accuracy:.1%} "
            f"(at best {found.best_accuracy:.1%}, above {found.best_threshold:.3g})."
        )
        samples = table.peak_samples(unit)
        if samples is not None:
            self._draw(samples, found.detector_threshold, concept)

    def _draw(self, samples: tuple[np.ndarray, np.ndarray], threshold: float, name: str) -> None:
        import pyqtgraph

        if self._plot is None:
            self._plot = make_plot(self._theme, self, "", "peak activation")
            self._plot.setFixedHeight(150)
            self.body.addWidget(self._plot)
        colors = self._theme.colors
        self._plot.clear()
        dress_plot(self._plot, self._theme)
        self._plot.show()
        jitter = np.random.default_rng(0)
        rows = (
            (1.0, samples[0], colors.draw, "with"),
            (0.0, samples[1], colors.muted, "without"),
        )
        for height, peaks, color, _ in rows:
            shade = QColor(color)
            shade.setAlpha(70)
            at, density = _density(peaks)
            self._plot.addItem(
                pyqtgraph.PlotCurveItem(
                    at,
                    height + 0.08 + 0.6 * density,
                    fillLevel=height + 0.08,
                    brush=shade,
                    pen=None,
                )
            )
            dots = QColor(color)
            dots.setAlpha(190)
            self._plot.addItem(
                pyqtgraph.ScatterPlotItem(
                    peaks,
                    height - 0.02 - 0.2 * jitter.random(len(peaks)),
                    size=4,
                    brush=dots,
                    pen=None,
                )
            )
        self._plot.addItem(
            pyqtgraph.InfiniteLine(
                threshold, pen=pyqtgraph.mkPen(QColor(colors.text), width=1.5, style=_DASHED)
            )
        )
        self._plot.getAxis("left").setTicks([[(1.0, f"with {name}"), (0.0, "without")]])
        self._plot.setYRange(-0.25, 1.75, padding=0)


def _density(peaks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A smooth density of some values, its highest place 1."""
    low, high = float(peaks.min()), float(peaks.max())
    width = max(1.06 * float(peaks.std()) * len(peaks) ** -0.2, (high - low) / 50, 1e-6)
    at = np.linspace(low - 2 * width, high + 2 * width, 120)
    density = np.exp(-0.5 * ((at[:, None] - peaks[None]) / width) ** 2).sum(1)
    return at, density / density.max()
