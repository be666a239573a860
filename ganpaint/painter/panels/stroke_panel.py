"""What can be changed of the chosen stroke, live: concept, mode, strength, units, level, cells."""

from typing import Any

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton, QWidget

from dissection.painting.edits import Mode
from dissection.painting.history import Painted
from dissection.results.rarity import OWN_CATEGORY
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.restyle import restyled, style_of
from ganpaint.painter.panels.form import Form, percent, show_entry
from ganpaint.toolkit.icons import icon
from ganpaint.toolkit.theme import Theme

#: Steps of a slider that follow one another within this time are one step to undo.
_GESTURE_MILLISECONDS = 800


class StrokePanel(Form):
    """Changes one stroke of the document; every change is a step that can be undone."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "the chosen stroke", parent)
        self.setObjectName("stroke")
        self._document = document
        self._painted: Painted | None = None
        self._gesture = 0
        self._rest = QTimer(self, singleShot=True, interval=_GESTURE_MILLISECONDS)
        self.concept = self.combo("concept", "What the stroke paints")
        self.strength = self.knob(
            "strength", "How far the stroke takes its units to their level", "100 %", percent
        )
        self.units = self.knob("units", "How many of the concept's units it changes", "64")
        self._knobs = {"strength": self.strength, "units": self.units, "boost": self.boost}
        for field, knob in self._knobs.items():
            knob.moved.connect(lambda value, field=field: self._slide(field, value))
            knob.slider.sliderPressed.connect(self._begin_gesture)
        self.picked.connect(self._change)
        self.modes = QButtonGroup(self)
        self._arrange()
        document.palette_changed.connect(self._fill)
        self._fill()

    def show_stroke(self, painted: Painted | None) -> None:
        """Show a stroke of the history; None where none is chosen."""
        mask = painted.stroke.mask if painted else None
        if self._painted is None or mask is not self._painted.stroke.mask:
            self._begin_gesture()
        self._painted = painted
        if painted is None:
            return
        palette = self._document.palette
        style = style_of(painted, palette)
        known = style.concept is not None and palette.best(style.concept) is not None
        show_entry(self.concept, style.concept, str(style.concept or style.patch or "none"))
        show_entry(self.level, style.level, "As painted")
        show_entry(self.rule, style.rule, style.rule.value)
        show_entry(self.layer, style.layers, "+".join(style.layers) or "none")
        show_entry(self.order, style.order, "As painted")
        self.strength.set_value(round(style.strength * 100), 0, 100)
        most = max(style.units, palette.most_units_in(style.layers, style.concept))
        self.units.set_value(style.units, min(1, style.units), most)
        self.show_boost(style.boost)
        for button in self.modes.buttons():
            button.setChecked(button.objectName() == style.mode)
            button.setEnabled(
                style.concept is not None
                or bool(style.patch or palette.brushes)
                or button.objectName() == Mode.RESTORE
            )
        paints = style.mode != Mode.RESTORE
        self.concept.setEnabled(paints and bool(palette.brushes) and not style.patch)
        self.units.setEnabled(paints and known)
        for combo in (self.layer, self.order):  # a brush of one's own has its own
            combo.setEnabled(paints and known and style.order != OWN_CATEGORY)
        for part in (self.level, self.boost):  # erasing takes units to zero, whatever the level
            part.setEnabled(style.mode == Mode.DRAW and known)

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        for button in self.modes.buttons():
            button.setIcon(icon(button.objectName(), self._theme.colors))

    def _arrange(self) -> None:
        self.row("Concept", self.concept)
        self.row("Mode", self._mode_buttons())
        self.column.addWidget(self.strength)
        self.column.addWidget(self.units)
        self.row("Level", self.level)
        self.column.addWidget(self.boost)
        self.row("Cells", self.rule)
        self.row("Layer", self.layer)
        self.row("Order", self.order)
        self.retheme()

    def _mode_buttons(self) -> QWidget:
        frame = QFrame(self)
        frame.setObjectName("modes")
        row = QHBoxLayout(frame)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for mode in Mode:
            button = QToolButton(frame)
            button.setCheckable(True)
            button.setObjectName(mode.value)
            button.setIconSize(QSize(18, 18))
            button.setToolTip(mode.value.capitalize())
            button.setAccessibleName(f"{mode.value.capitalize()} with the chosen stroke")
            self.modes.addButton(button)
            row.addWidget(button, 1)
            button.clicked.connect(lambda _on=False, mode=mode: self._change("mode", mode))
        return frame

    def _fill(self) -> None:
        palette = self._document.palette
        self.concept.clear()
        for brush in palette.brushes:
            self.concept.addItem(palette.label(brush.concept), brush.concept)
        self.fill(palette)
        self.show_stroke(self._painted)

    def _begin_gesture(self) -> None:
        self._gesture += 1
        self._rest.stop()

    def _slide(self, field: str, value: int) -> None:
        if not (self._rest.isActive() or self._knobs[field].slider.isSliderDown()):
            self._begin_gesture()
        scale = {"strength": value / 100, "units": value, "boost": value / 10}
        self._change(field, scale[field], self._gesture)
        self._rest.start()

    def _change(self, field: str, value: Any, gesture: int | None = None) -> None:
        if self._painted is None:
            return
        changed = restyled(self._painted, self._document.palette, **{field: value})
        if changed is None or _alike(changed, self._painted):
            self.show_stroke(self._painted)
            return
        text = f"change {_WORDS.get(field, field)}"
        self._document.change_stroke(self._painted, changed, text, gesture)


_WORDS = {"rule": "cells", "layers": "layer"}


def _alike(one: Painted, other: Painted) -> bool:
    """Whether nothing was changed."""
    first, second = one.stroke, other.stroke
    return (
        (first.brush, first.mode, first.strength, first.rule, one.choice)
        == (second.brush, second.mode, second.strength, second.rule, other.choice)
    )  # fmt: skip
