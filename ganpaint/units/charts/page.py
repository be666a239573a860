"""The page of charts: which one, and its export."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dissection.errors import DissectionError
from ganpaint.toolkit.chart_export import ask_path, write_drawing
from ganpaint.toolkit.page_stack import PageStack
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID, Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.charts.concept_chart import ConceptChart
from ganpaint.units.charts.figures import concept_bars, concept_csv, layer_bars, layer_csv
from ganpaint.units.charts.layer_chart import LayerChart
from ganpaint.units.charts.unit_map import UnitMap

CHARTS = {"concepts": "Concepts", "layers": "Layers compared", "map": "Map of the units"}


class ChartsPage(QWidget):
    """Three charts of the dissection that is browsed.

    Signals:
        concept_chosen(Concept): see its units in the grid.
        said(str): what was done.
        failed(str): what went wrong.
    """

    concept_chosen = Signal(object)
    said = Signal(str)
    failed = Signal(str)

    def __init__(self, browsed: Browsed, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._theme = theme
        self._chart = "concepts"
        self.concepts = ConceptChart(theme, self)
        self.layers = LayerChart(theme, self)
        self.map = UnitMap(browsed, theme, self)
        self.about = plain(QLabel(self, wordWrap=True))
        self.about.setProperty("role", "muted")
        around = QScrollArea(self)
        around.setWidgetResizable(True)
        around.setFrameShape(QScrollArea.Shape.NoFrame)
        around.setWidget(self.concepts)
        self._stack = PageStack(self)
        self._pages = {"concepts": around, "layers": self.layers, "map": self.map}
        self.buttons = QButtonGroup(self)
        head = QHBoxLayout()
        head.setSpacing(GRID // 2)
        for name, words in CHARTS.items():
            self._stack.addWidget(self._pages[name])
            button = QPushButton(words, self)
            button.setObjectName("chip")
            button.setCheckable(True)
            button.setChecked(name == self._chart)
            button.clicked.connect(lambda _=False, name=name: self.show_chart(name))
            self.buttons.addButton(button)
            head.addWidget(button)
        head.addStretch(1)
        export = QPushButton("Export…", self)
        export.setToolTip("Write this chart as PNG, SVG or CSV")
        export.clicked.connect(lambda: self.export())
        head.addWidget(export)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, 0, GRID, 0)
        column.addLayout(head)
        column.addWidget(self.about)
        column.addWidget(self._stack, 1)
        self.concepts.chosen.connect(self.concept_chosen)
        browsed.layer_changed.connect(self._refresh)

    @property
    def chart(self) -> str:
        """A key of ``CHARTS``."""
        return self._chart

    def show_chart(self, name: str) -> None:
        """Show another of the charts."""
        self._chart = name
        for button in self.buttons.buttons():
            button.setChecked(button.text() == CHARTS[name])
        self._stack.setCurrentWidget(self._pages[name])
        self.refill()

    def refill(self) -> None:
        """Draw the chart that shows; what cannot be seen is not drawn."""
        table, dissection = self._browsed.table, self._browsed.dissection
        if table is None or dissection is None:
            return
        match self._chart:
            case "concepts":
                bars = concept_bars(table)
                self.concepts.show_bars(bars)
                units = sum(bar.units for bar in bars)
                self.about.setText(
                    f"{table.name}: {units} of {len(table)} units match one of {len(bars)} "
                    "concepts (IoU above 0.04). A click on a bar shows its units."
                )
            case "layers":
                self.layers.show_layers(layer_bars(dissection))
                self.about.setText(
                    "Units that match a concept, and how many different concepts they match, by "
                    "category; the two are easily mixed up."
                )
            case "map":
                self.about.setText(self.map.show_units())

    def export(self, path: Path | None = None) -> None:
        """Write the chart that shows; None asks where."""
        table, dissection = self._browsed.table, self._browsed.dissection
        if table is None or dissection is None:
            return
        if path is None:
            name = f"{dissection.model}-{table.name}-{self._chart}.png"
            path = ask_path(self, "Export the chart", name)
        if path is None:
            return
        try:
            size, draw, csv = self._drawing()
            write_drawing(path, size, QColor(self._theme.colors.panel), draw, csv)
        except DissectionError as error:
            self.failed.emit(str(error))
        else:
            self.said.emit(f"The chart is in {path}.")

    def _drawing(self) -> tuple[QSize, Callable[[QPainter], None], str]:
        table, dissection = self._browsed.table, self._browsed.dissection
        assert table is not None, "export asks before"
        assert dissection is not None, "export asks before"
        if self._chart == "concepts":
            return self.concepts.size(), self.concepts.draw, concept_csv(self.concepts.bars)
        if self._chart == "map":
            plots, csv = self.map.plots, self.map.csv()
        else:
            plots, csv = self.layers.plots, layer_csv(layer_bars(dissection))

        def draw(painter: QPainter) -> None:
            for place, plot in enumerate(plots):
                wide = plot.width()
                area = QRectF(place * (wide + 16), 0, wide, plot.height())
                plot.render(painter, area, plot.viewport().rect())

        width = sum(plot.width() + 16 for plot in plots) - 16
        return QSize(max(width, 1), max((p.height() for p in plots), default=1)), draw, csv

    def _refresh(self) -> None:
        if self.isVisible():
            self.refill()
