"""What can be changed of the chosen stroke, live: concept, mode, strength, units, level, cells."""

from typing import Any

from PySide6.QtCore import QSize, QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dissection.edits import CellRule, Mode
from dissection.history import Painted
from ganpaint.document import Document
from ganpaint.icons import icon
from ganpaint.palette import LARGEST_BOOST
from ganpaint.panels.combo import Combo
from ganpaint.panels.knob import Knob
from ganpaint.restyle import restyled, style_of
from ganpaint.theme import GRID, Theme

_LABEL = 56
_ROW = 24
_RULES = {CellRule.TOUCH: "All touched", CellRule.COVERAGE: "Share covered"}
_LEVELS = {"0.99": "Top 1 %", "0.995": "Top 0.5 %", "raw-0.99": "Top 1 %, raw"}
#: Steps of a slider that follow one another within this time are one step to undo.
_GESTURE_MILLISECONDS = 800


class StrokePanel(QFrame):
    """Changes one stroke of the document; every change is a step that can be undone."""

    def __init__(self, document: Document, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stroke")
        self._document = document
        self._theme = theme
        self._painted: Painted | None = None
        self._gesture = 0
        self._rest = QTimer(self, singleShot=True, interval=_GESTURE_MILLISECONDS)
        self.concept = self._combo("concept", "What the stroke paints")
        self.level = self._combo(
            "level",
            "The activation that drawing forces units to: the one that they exceed at this share "
            "of positions, of upsampled or of raw activations",
        )
        self.rule = self._combo(
            "rule",
            "Which cells of the feature map the mask means: all that it touches, whole, or each "
            "by the share that it covers",
        )
        for rule, text in _RULES.items():
            self.rule.addItem(text, rule)
        self.strength = Knob(
            "Strength", "How far the stroke takes its units to their level", "100 %", _percent
        )
        self.units = Knob("Units", "How many of the concept's units it changes", "64")
        self.boost = Knob("Boost", "Raise the level, up to three times t_u", "× 3.0", _times)
        self._knobs = {"strength": self.strength, "units": self.units, "boost": self.boost}
        for field, knob in self._knobs.items():
            knob.fill(_LABEL)
            knob.setMinimumHeight(_ROW)
            knob.moved.connect(lambda value, field=field: self._slide(field, value))
            knob.slider.sliderPressed.connect(self._begin_gesture)
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
        self._pick(self.concept, style.concept, str(style.concept or "none"))
        self._pick(self.level, style.level, "As painted")
        self._pick(self.rule, style.rule, style.rule.value)
        self.strength.set_value(round(style.strength * 100), 0, 100)
        most = max(style.units, palette.most_units_in(style.layers))
        self.units.set_value(style.units, min(1, style.units), most)
        self.boost.set_value(
            round(style.boost * 10), 10, round(10 * max(LARGEST_BOOST, style.boost))
        )
        for button in self.modes.buttons():
            button.setChecked(button.objectName() == style.mode)
            button.setEnabled(
                style.concept is not None
                or bool(palette.brushes)
                or button.objectName() == Mode.RESTORE
            )
        paints = style.mode != Mode.RESTORE
        self.concept.setEnabled(paints and bool(palette.brushes))
        self.units.setEnabled(paints and known)
        for part in (self.level, self.boost):  # erasing takes units to zero, whatever the level
            part.setEnabled(style.mode == Mode.DRAW and known)

    def retheme(self) -> None:
        """Take the colours of the theme in force."""
        for button in self.modes.buttons():
            button.setIcon(icon(button.objectName(), self._theme.colours))

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addLayout(self._row("Concept", self.concept))
        column.addLayout(self._row("Mode", self._mode_buttons()))
        column.addWidget(self.strength)
        column.addWidget(self.units)
        column.addLayout(self._row("Level", self.level))
        column.addWidget(self.boost)
        column.addLayout(self._row("Cells", self.rule))
        self.retheme()

    def _row(self, name: str, widget: QWidget) -> QHBoxLayout:
        label = QLabel(name, self)
        label.setProperty("role", "muted")
        label.setFixedWidth(_LABEL)
        label.setBuddy(widget)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(label)
        row.addWidget(widget, 1)
        return row

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

    def _combo(self, field: str, tip: str) -> Combo:
        combo = Combo(self._theme, self)
        combo.setToolTip(tip)
        combo.setAccessibleName(f"{field.capitalize()} of the chosen stroke")
        combo.activated.connect(lambda at, field=field: self._change(field, combo.itemData(at)))
        return combo

    def _fill(self) -> None:
        palette = self._document.palette
        self.concept.clear()
        for brush in palette.brushes:
            self.concept.addItem(palette.label(brush.concept), brush.concept)
        self.level.clear()
        for level in palette.levels:
            self.level.addItem(_LEVELS.get(level, level), level)
        self.show_stroke(self._painted)

    def _pick(self, combo: Combo, value: Any, otherwise: str) -> None:
        """Show an entry; the text of one that is not on offer."""
        places = (at for at in range(combo.count()) if combo.itemData(at) == value)
        combo.setPlaceholderText(otherwise)
        combo.setCurrentIndex(next(places, -1))

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
        if field == "rule":
            value = CellRule(value)  # Qt keeps the text of it only
        changed = restyled(self._painted, self._document.palette, **{field: value})
        if changed is None or _alike(changed, self._painted):
            self.show_stroke(self._painted)
            return
        text = f"change {_WORDS.get(field, field)}"
        self._document.change_stroke(self._painted, changed, text, gesture)


_WORDS = {"rule": "cells"}


def _alike(one: Painted, other: Painted) -> bool:
    """Whether nothing was changed."""
    first, second = one.stroke, other.stroke
    return (
        (first.brush, first.mode, first.strength, first.rule, one.choice)
        == (second.brush, second.mode, second.strength, second.rule, other.choice)
    )  # fmt: skip


def _percent(value: int) -> str:
    return f"{value} %"


def _times(value: int) -> str:
    return f"× {value / 10:.1f}"
