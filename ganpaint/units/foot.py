"""Below the grid: how many units are shown, and what else could be."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QWidget

from dissection.results.interpretable import INTERPRETABLE
from ganpaint.toolkit.plain import in_menu, plain, plain_tip, shortened
from ganpaint.units.unit_table import UnitFilter, UnitTable


class Foot(QWidget):
    """Counts, and offers.

    Attributes:
        elsewhere: leads to units of other layers that match.
        more: shows the units that match the concept under another label.
        measure: has measured what a dissection lacks.
        export: writes what is shown.

    Signals:
        layer_wanted(str): the units of another layer are to be shown.
    """

    layer_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._count = plain(QLabel(self))
        self._count.setProperty("role", "muted")
        self._count.setWordWrap(True)  # it may say much, and the window is to fit the screen
        self._counted = ""
        self.elsewhere = self._chip("", "Units of other layers that match, too")
        self.elsewhere.hide()
        self.elsewhere.clicked.connect(self._open_layers)
        self.menu: QMenu | None = None
        self._layers: dict[str, int] = {}
        self.more = self._chip("", "")
        self.measure = self._chip(
            "Measure what is missing…",
            "Similar units, precision-recall areas, exemplars from further down, counterexamples "
            "and clarity: this dissection was made before they were measured",
        )
        self.export = self._chip("Export…", "Write the units that are shown as PNG, SVG or CSV")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._count, 1)
        row.addWidget(self.elsewhere)
        row.addWidget(self.more)
        row.addWidget(self.measure)
        row.addWidget(self.export)

    def show_units(
        self,
        table: UnitTable,
        units: Sequence[int],
        chosen: UnitFilter,
        reason: str,
        lacks: bool,
    ) -> None:
        """Say what is shown.

        Args:
            table: of the layer.
            units: that are shown.
            chosen: what they were filtered by.
            reason: why they have no pictures; empty where they have.
            lacks: whether there is more to measure, and something to measure it with.
        """
        matching = sum(table.rows[unit].matches for unit in units)
        of = f" of {len(table)}" if len(units) < len(table) else ""
        self._counted = (
            f"{len(units)}{of} units of {table.name}, {matching} match their label "
            f"(IoU above {INTERPRETABLE})"
        )
        if table.doubt:
            self._counted += f".  Chance made most of them: {table.doubt}"
        if reason:
            self._counted += f".  {reason}"
        self._count.setText(self._counted)
        self._count.setToolTip(plain_tip(self._counted))
        self.measure.setVisible(lacks)
        self._offer_more(table, chosen)

    def show_elsewhere(self, counts: Mapping[str, int]) -> None:
        """Offer the units of other layers.

        Args:
            counts: how many match, by layer.
        """
        self._layers = dict(counts)
        self.elsewhere.setText(in_menu(told_elsewhere(counts)))
        self.elsewhere.setVisible(bool(counts))

    def tell(self, sentence: str) -> None:
        """Say what takes its time, beside the counts; empty when it is over."""
        self._count.setText(f"{self._counted}.  {sentence}" if sentence else self._counted)

    def _open_layers(self) -> None:
        """Go to the other layer, or say which there are."""
        if len(self._layers) == 1:
            self.layer_wanted.emit(next(iter(self._layers)))
            return
        self.menu = QMenu(self)
        self.menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for layer, count in self._layers.items():
            entry = self.menu.addAction(in_menu(f"{layer}  ({count})"))
            entry.triggered.connect(partial(self._want, layer))
        self.menu.popup(self.elsewhere.mapToGlobal(self.elsewhere.rect().topLeft()))

    def _want(self, layer: str, _: bool = False) -> None:
        self.layer_wanted.emit(layer)

    def _offer_more(self, table: UnitTable, chosen: UnitFilter) -> None:
        """A concept's units are those that are labeled with it; others overlap with it, too."""
        concept, others = chosen.concept, 0
        if concept is not None and chosen.least <= 0:
            found = table.shown(replace(chosen, least=INTERPRETABLE), "unit")
            others = sum(table.rows[unit].label != concept for unit in found)
            what = "units match it" if others > 1 else "unit matches it"
            self.more.setText(f"{others} more {what}, under another label")
            self.more.setToolTip(
                f"Show all units whose IoU with {concept.name} is at least {INTERPRETABLE}"
            )
        self.more.setVisible(others > 0)

    def _chip(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName("chip")
        button.setToolTip(tip)
        return button


def told_elsewhere(counts: Mapping[str, int]) -> str:
    """How many units of other layers match, such as "3 in layer5" or "12 in other layers"."""
    total = sum(counts.values())
    where = shortened(next(iter(counts))) if len(counts) == 1 else "other layers"
    return f"{total} in {where}"
