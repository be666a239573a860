"""A plot with its title, what it shows in a sentence, and its export."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dissection.errors import DissectionError
from ganpaint.classifier.charts.chart import Row
from ganpaint.toolkit.chart_export import ask_path, write_drawing
from ganpaint.toolkit.csv_text import as_csv
from ganpaint.toolkit.name_label import NameLabel
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID, Theme

#: Room of a title that needs it.
_TITLE_PX = 100


class Drawn(Protocol):
    """Whatever is drawn and has numbers behind it."""

    def draw(self, painter: QPainter) -> None:
        """For files."""
        ...

    def rows(self) -> list[Row]:
        """The numbers, with a row of heads."""
        ...


class ChartFrame(QWidget):
    """A widget that is ``Drawn``, with what belongs to it.

    Args:
        title: above it.
        chart: the widget.
        name: makes the name of its files, such as "suburb-sets".
        theme: the one in force.
        parent: where it stands.

    Attributes:
        head: the line of the title, for more buttons.

    Signals:
        said(str): a file was written.
        failed(str): one sentence on why not.
    """

    said = Signal(str)
    failed = Signal(str)

    def __init__(
        self, title: str, chart: QWidget, name: Callable[[], str], theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self.chart, self._name, self._theme = chart, name, theme
        self.title = NameLabel(self, _TITLE_PX)
        self.title.setText(title)
        self.title.setProperty("role", "title")
        self.about = plain(QLabel(self, wordWrap=True))
        self.about.setProperty("role", "muted")
        self.about.hide()
        self.button = QPushButton("Export…", self)
        self.button.setObjectName("chip")
        self.button.setToolTip("Write this plot as PNG or SVG, or its numbers as CSV")
        self.head = QHBoxLayout()
        self.head.setSpacing(GRID)
        self.head.addWidget(self.title, 1)
        self.head.addWidget(self.button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addLayout(self.head)
        column.addWidget(self.about)
        column.addWidget(chart, 1)
        self.button.clicked.connect(lambda: self.export())

    def tell(self, sentence: str) -> None:
        """What the plot shows."""
        self.about.setText(sentence)
        self.about.setVisible(bool(sentence))

    def export(self, path: Path | None = None) -> None:
        """Write the plot as PNG, SVG or CSV; None asks where."""
        if path is None:
            path = ask_path(self, "Export the plot", f"{self._name()}.png")
        if path is None:
            return
        drawn: Drawn = self.chart  # type: ignore[assignment]
        color = QColor(self._theme.colors.panel)
        try:
            write_drawing(path, self.chart.size(), color, drawn.draw, as_csv(drawn.rows()))
        except DissectionError as error:
            self.failed.emit(str(error))
        else:
            self.said.emit(f"The plot is in {path}.")
