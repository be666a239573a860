"""A map of the units of a layer: those that are active together lie together."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dissection.results.colors import category_color
from dissection.vocabulary import NOTHING
from ganpaint.toolkit.csv_text import as_csv
from ganpaint.toolkit.plots import dress_plot, make_plot
from ganpaint.toolkit.theme import Theme
from ganpaint.units.browsed import Browsed

if TYPE_CHECKING:
    import pyqtgraph

_HOW = (
    "Units that are active at the same places lie together: their distance is sqrt(2 - 2 r), r the "
    "correlation of their activations on 8 × 8 cells, laid out in two dimensions by classical "
    "multidimensional scaling. Colors are categories, faint dots match no concept; point at a dot "
    "for its label, click it to open the unit."
)
_MISSING = (
    "Not measured: this dissection was made before units were correlated. Measure what is missing "
    "with Measure…, below the grid."
)


class UnitMap(QWidget):
    """Dots, one for each unit; a click opens it."""

    def __init__(self, browsed: Browsed, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._theme = theme
        self._plot: pyqtgraph.PlotWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    @property
    def plots(self) -> "list[pyqtgraph.PlotWidget]":
        """The map, for files; empty before it was shown."""
        return [self._plot] if self._plot is not None else []

    def show_units(self) -> str:
        """Draw the layer; returns what is to be said of it."""
        table = self._browsed.table
        places = table.map_places if table is not None else None
        if self._plot is not None:
            self._plot.setVisible(places is not None)
        if table is None or places is None:
            return _MISSING
        import pyqtgraph

        if self._plot is None:
            self._plot = make_plot(self._theme, self, "", "")
            for side in ("left", "bottom"):
                self._plot.hideAxis(side)
            self._plot.setMouseEnabled(True, True)
            self._plot.setAspectLocked(True)
            self._column.addWidget(self._plot)
        self._plot.clear()
        dress_plot(self._plot, self._theme)
        spots = []
        for row, (x, y) in zip(table.rows, places.tolist(), strict=True):
            color = self._theme.hue(category_color(row.label.category))
            color.setAlpha(230 if row.matches else 70)
            spots.append(
                {"pos": (x, y), "data": row.unit, "brush": color, "pen": None,
                 "size": 11 if row.matches else 8}
            )  # fmt: skip

        def tip(x: float, y: float, data: int) -> str:
            row = table.rows[data]
            label = "no label" if row.label == NOTHING else row.label.name
            return f"unit {data}: {label}, IoU {row.iou:.3f}"

        dots = pyqtgraph.ScatterPlotItem(
            spots, hoverable=True, tip=tip, hoverPen=pyqtgraph.mkPen(self._theme.colors.text)
        )
        dots.sigClicked.connect(self._open)
        dots.setCursor(Qt.CursorShape.PointingHandCursor)
        self._plot.addItem(dots)
        # Once the plot has its size: the range keeps the proportions.
        QTimer.singleShot(0, self, self._fit)
        return _HOW

    def _fit(self) -> None:
        if self._plot is not None:
            self._plot.autoRange(padding=0.05)

    def csv(self) -> str:
        """The places of the units as CSV."""
        table = self._browsed.table
        places = table.map_places if table is not None else None
        rows: list[tuple[object, ...]] = [("unit", "label", "category", "iou", "x", "y")]
        if table is not None and places is not None:
            rows += [
                (r.unit, r.label.name, r.label.category, f"{r.iou:.6f}", f"{x:.4f}", f"{y:.4f}")
                for r, (x, y) in zip(table.rows, places.tolist(), strict=True)
            ]
        return as_csv(rows)

    def _open(self, _: object, spots: "list[pyqtgraph.SpotItem]", *__: object) -> None:
        if len(spots):
            self._browsed.choose_unit(int(spots[0].data()))
