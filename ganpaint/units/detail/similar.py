"""The units that are most similar to the one that is looked at, of its layer and of others."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from dissection.vocabulary import NOTHING
from ganpaint.toolkit.theme import Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.section import UnitSection


class SimilarSection(UnitSection):
    """Links to similar units, with labels and correlations."""

    def __init__(self, browsed: Browsed, theme: Theme, parent: QWidget) -> None:
        super().__init__("Similar units", parent)
        self._browsed = browsed
        self._theme = theme
        self.own = self._list()
        self.others = self._list()

    def _list(self) -> QLabel:
        label = QLabel(self, wordWrap=True)
        label.setTextFormat(Qt.TextFormat.RichText)
        label.linkActivated.connect(self._go)
        self.body.addWidget(label)
        return label

    def show_unit(self) -> None:
        """Show what is similar to the unit that is looked at."""
        table, unit = self._browsed.table, self._browsed.unit
        if table is None or unit is None:
            return
        similar = table.similar(unit)
        for label in (self.own, self.others):
            label.setVisible(similar is not None)
        if similar is None:
            self.say("Not measured in this dissection.")
            return
        self.say("By the correlation of activations over the sample, on 8 × 8 cells.")
        here = [row for row in similar if row[0] == table.name]
        others = [row for row in similar if row[0] != table.name]
        self.own.setText(self._links(here))
        self.others.setText(self._links(others))
        self.others.setVisible(bool(others))

    def _links(self, rows: list[tuple[str, int, float]]) -> str:
        dissection = self._browsed.dissection
        assert dissection is not None, "there is a unit"
        color = self._theme.colors.draw_text
        found = []
        for layer, unit, r in rows:
            measured = dissection[layer]
            concept = measured.vocabulary[int(measured.labels[unit])]
            name = "no label" if concept == NOTHING else escape(concept.name)
            style = f"color:{color};text-decoration:none"
            said = f"{escape(layer)}&nbsp;/&nbsp;{unit}"  # which stays on one line
            link = f'<a href="{escape(layer)}/{unit}" style="{style}">{said}</a>'
            found.append(f"{link}&nbsp;{name}&nbsp;{r:.2f}")
        return " &nbsp; ".join(found)

    def _go(self, address: str) -> None:
        self._browsed.go_to(address)
