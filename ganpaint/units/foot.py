"""Below the grid: how many units are shown, and what else could be."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from dissection.results.interpretable import INTERPRETABLE
from ganpaint.toolkit.plain import plain, plain_tip
from ganpaint.units.unit_table import UnitFilter, UnitTable


class Foot(QWidget):
    """Counts, and offers.

    Attributes:
        more: shows the units that match the concept under another label.
        measure: has measured what a dissection lacks.
        export: writes what is shown.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._count = plain(QLabel(self))
        self._count.setProperty("role", "muted")
        self._count.setWordWrap(True)  # it may say much, and the window is to fit the screen
        self._counted = ""
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

    def tell(self, sentence: str) -> None:
        """Say what takes its time, beside the counts; empty when it is over."""
        self._count.setText(f"{self._counted}.  {sentence}" if sentence else self._counted)

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
