"""The rest of the brush in hand, below its button: layer, order, level, boost, cells."""

from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from dissection.painting.edits import CellRule, Mode
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.palette import ORDER_WORDS, BrushChoice, Palette
from ganpaint.painter.panels.form import Form, percent, show_entry
from ganpaint.toolkit.plain import as_markup
from ganpaint.toolkit.theme import GRID, Theme

_WIDTH = 320
#: What a brush is like until somebody changes it; units and order are then the measured ones.
AS_MEASURED: dict[str, Any] = {
    "units": None,
    "order": "best",
    "layer": None,
    "level": "",
    "boost": None,
    "rule": CellRule.TOUCH,
    "strength": 1.0,
}

#: Units of a brush in the paper, its layer, and the level of its units.
PAPER_UNITS, PAPER_LAYER, PAPER_LEVEL = 20, "layer4", "0.99"


def as_in_the_paper(palette: Palette, choice: BrushChoice) -> dict[str, Any]:
    """How Bau et al. 2020 paint a concept: changes of a choice, none where it cannot be done.

    20 units of one layer by IoU, at the top 1 % level. The layer is layer4, or where that was not
    dissected the one with the unit that matches the concept best. A brush of one's own has units
    and a layer already.
    """
    concept, dissection = choice.concept, palette.dissection
    if dissection is None or concept is None or concept not in dissection.vocabulary:
        return {}
    index = dissection.vocabulary.id(concept)
    best = max(palette.layers, key=lambda name: float(dissection[name].iou[index].max()))
    level = PAPER_LEVEL if PAPER_LEVEL in palette.threshold_names[1:] else ""
    return AS_MEASURED | {
        "units": PAPER_UNITS,
        "order": "iou",
        "boost": 1.0,
        "layer": PAPER_LAYER if PAPER_LAYER in palette.layers else best,
        "level": level,
    }


class BrushPanel(Form):
    """Shows the document's brush choice and changes it; a click elsewhere closes it."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "the brush", parent)
        self.setObjectName("brush")
        self.setWindowFlags(Qt.WindowType.Popup)
        self.setFixedWidth(_WIDTH)
        self._document = document
        self.said = QLabel(self, wordWrap=True)
        self.said.setProperty("role", "muted")
        self.column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        self.units = self.knob("units", "How many of the concept's units a stroke changes", "64")
        self.strength = self.knob(
            "strength", "How far a stroke takes its units to their level", "100 %", percent
        )
        self.column.addWidget(self.said)
        self.column.addWidget(self.units)
        self.column.addWidget(self.strength)
        self.row("Layer", self.layer)
        self.row("Order", self.order)
        self.row("Level", self.level)
        self.column.addWidget(self.boost)
        self.row("Cells", self.rule)
        self.reset = QPushButton("As measured best", self)
        self.reset.setToolTip(
            "Take the layer, order, number of units and level that measured best, at full strength"
        )
        self.reset.clicked.connect(lambda: document.choose(**AS_MEASURED))
        self.paper = QPushButton("As in the paper", self)
        self.paper.setToolTip(
            f"Take {PAPER_UNITS} units of one layer by IoU, forced to the level of their top 1 %, "
            "as Bau et al. 2020 paint"
        )
        self.paper.clicked.connect(self._take_paper)
        presets = QHBoxLayout()
        presets.setSpacing(GRID)
        presets.addWidget(self.paper)
        presets.addWidget(self.reset)
        self.column.addLayout(presets)
        self.picked.connect(self._choose)
        self.units.moved.connect(lambda value: document.choose(units=value))
        self.strength.moved.connect(lambda value: document.choose(strength=value / 100))
        self.boost.moved.connect(lambda value: document.choose(boost=value / 10))
        document.palette_changed.connect(self._fill)
        document.brush_changed.connect(self._show_choice)
        self._fill()

    def open_below(self, button: QWidget) -> None:
        """Show it below a button, within the window."""
        self.adjustSize()
        at = button.mapToGlobal(QPoint(0, button.height() + GRID // 2))
        window = button.window()
        right = window.mapToGlobal(QPoint(window.width(), 0)).x() - self.width() - GRID
        self.move(min(at.x(), right), at.y())
        self.show()
        self.layer.setFocus(Qt.FocusReason.PopupFocusReason)

    def _take_paper(self) -> None:
        self._document.choose(**as_in_the_paper(self._document.palette, self._document.choice))

    def _fill(self) -> None:
        self.fill(self._document.palette)
        self._show_choice()

    def _choose(self, field: str, value: Any) -> None:
        if field == "layers":
            self._document.choose(layer=value[0] if value else None, units=None)
        elif field == "order":
            self._document.choose(order=value, units=None)
        elif field == "level":
            first = next(iter(self._document.palette.threshold_names), "")
            self._document.choose(level="" if value == first else value)
        else:
            self._document.choose(**{field: value})

    def _show_choice(self) -> None:
        choice, in_hand = self._document.choice, self._document.in_hand
        palette = self._document.palette
        levels, best = palette.threshold_names, palette.best(choice.concept)
        self.layer.setItemText(0, f"Best: {best.layer}" if best else "Measured best")
        self.order.setItemText(0, f"Best: {ORDER_WORDS[best.order]}" if best else "Measured best")
        show_entry(self.layer, (choice.layer,) if choice.layer else (), "")
        show_entry(self.order, choice.order, "")
        show_entry(self.level, choice.level or next(iter(levels), ""), "none")
        show_entry(self.rule, choice.rule, "")
        self.show_boost(in_hand.choice.boost if in_hand else 1.0)
        self.strength.set_value(round(choice.strength * 100), 5, 100)
        units = in_hand.units if in_hand else 0
        self.units.set_value(units, min(1, units), max(units, palette.most_units(choice)))
        changed = any(getattr(choice, field) != usual for field, usual in AS_MEASURED.items())
        self.reset.setEnabled(changed)
        paper = as_in_the_paper(palette, choice)
        differs = any(getattr(choice, field) != value for field, value in paper.items())
        self.paper.setEnabled(bool(paper) and differs)
        for part in (self.units, self.layer, self.order):
            part.setEnabled(in_hand is not None and choice.mode != Mode.RESTORE)
        for part in (self.level, self.boost):  # erasing takes units to zero, whatever the level
            part.setEnabled(in_hand is not None and choice.mode == Mode.DRAW)
        self.said.setText(self._describe())

    def _describe(self) -> str:
        in_hand, palette = self._document.in_hand, self._document.palette
        if in_hand is None:
            return "There is no brush in hand."
        parts = []
        for name, layer_units in in_hand.brush.layers.items():
            of = f" of {palette.shape(name)[0]}" if name in palette.layers else ""
            parts.append(f"{len(layer_units.units)}{of} units of {name}")
        return f"<b>{as_markup(in_hand.brush.concept.name)}</b>: {as_markup(', '.join(parts))}"
