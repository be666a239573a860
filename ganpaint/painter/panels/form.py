"""Rows of a name and a control, for what can be chosen of a brush or of a stroke."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from dissection.painting.edits import CellRule
from ganpaint.painter.document.palette import LARGEST_BOOST, ORDERS, Palette
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.labeled_slider import LabeledSlider
from ganpaint.toolkit.theme import GRID, Theme

_LABEL = 56
_ROW = 24
_RULES = {CellRule.TOUCH: "All touched", CellRule.COVERAGE: "Share covered"}
_LEVELS = {"0.99": "Top 1 %", "0.995": "Top 0.5 %", "raw-0.99": "Top 1 %, raw"}


class Form(QFrame):
    """Controls that a brush and a painted stroke share: level, boost, cells, layer, order.

    Signals:
        picked(str, object): the person chose a value of a field of ``Style``.
    """

    picked = Signal(str, object)

    def __init__(self, theme: Theme, whose: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._whose = whose
        self.level = self.combo(
            "level",
            "The activation that drawing forces units to: the one that they exceed at this share "
            "of positions, of upsampled or of raw activations",
        )
        self.boost = self.knob(
            "boost", "Raise the level, up to three times the units' own", "× 3.0", times
        )
        self.rule = self.combo(
            "rule",
            "Which cells of the feature map a mask means: all that it touches, whole, or each "
            "by the share that it covers",
            name="Cells",
        )
        for rule, text in _RULES.items():
            self.rule.addItem(text, rule)
        self.layer = self.combo("layers", "Where the units are taken from", name="Layer")
        self.order = self.combo("order", "How the concept's units are ranked")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(2 * GRID, GRID, 2 * GRID, 2 * GRID)
        self.column.setSpacing(GRID)

    def row(self, name: str, widget: QWidget) -> None:
        """Put a named control below the others."""
        label = QLabel(name, self)
        label.setProperty("role", "muted")
        label.setFixedWidth(_LABEL)
        label.setBuddy(widget)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(label)
        row.addWidget(widget, 1)
        self.column.addLayout(row)

    def combo(self, field: str, tip: str, name: str = "") -> Combo:
        """A list for a field; ``picked`` tells what is chosen in it."""
        made = Combo(self._theme, self)
        made.setToolTip(tip)
        made.setAccessibleName(f"{name or field.capitalize()} of {self._whose}")
        made.activated.connect(lambda at: self._pick(field, made.itemData(at)))
        return made

    def knob(self, field: str, tip: str, widest: str, show: Any = str) -> LabeledSlider:
        """A slider as wide as the form."""
        made = LabeledSlider(field.capitalize(), tip, widest, show, self)
        made.fill(_LABEL)
        made.setMinimumHeight(_ROW)
        return made

    def fill(self, palette: Palette) -> None:
        """Offer the levels, layers and orders of a palette."""
        self.level.clear()
        for level in palette.threshold_names:
            self.level.addItem(_LEVELS.get(level, level), level)
        self.layer.clear()
        self.layer.addItem("Measured best", ())
        for layer in palette.layers:
            _, height, width = palette.shape(layer)
            self.layer.addItem(f"{layer} · {height}×{width}", (layer,))
        self.order.clear()
        for order in palette.orders:
            self.order.addItem(ORDERS[order], order)

    def show_boost(self, boost: float) -> None:
        """Show what levels are multiplied by."""
        self.boost.set_value(round(boost * 10), 10, round(10 * max(LARGEST_BOOST, boost)))

    def _pick(self, field: str, value: Any) -> None:
        # Qt keeps the text of a word and makes a list of a tuple.
        if field == "rule":
            value = CellRule(value)
        elif field == "layers":
            value = tuple(value)
        self.picked.emit(field, value)


def show_entry(combo: Combo, value: Any, otherwise: str) -> None:
    """Show an entry; the text ``otherwise`` for one that is not on offer."""
    places = (at for at in range(combo.count()) if _same(combo.itemData(at), value))
    combo.setPlaceholderText(otherwise)
    combo.setCurrentIndex(next(places, -1))


def _same(data: Any, value: Any) -> bool:
    return bool(tuple(data) == value if isinstance(value, tuple) else data == value)


def percent(value: int) -> str:
    """Hundredths as text."""
    return f"{value} %"


def times(value: int) -> str:
    """Tenths as a factor."""
    return f"× {value / 10:.1f}"
