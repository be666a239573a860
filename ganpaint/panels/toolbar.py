"""The tool bar: undo, mode, size, units, strength, the rest of the brush, what the canvas shows."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolBar, QToolButton, QWidget

from dissection.edits import Mode
from ganpaint.actions import Actions
from ganpaint.canvas.canvas import Canvas
from ganpaint.canvas.comparison import View
from ganpaint.document import Document
from ganpaint.palette import BrushInHand
from ganpaint.panels.brush_panel import BrushPanel
from ganpaint.panels.form import percent
from ganpaint.panels.knob import Knob
from ganpaint.theme import Theme


class ToolBar(QToolBar):
    """Shows the document's brush choice and changes it."""

    def __init__(
        self,
        document: Document,
        actions: Actions,
        canvas: Canvas,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Tools", parent)
        self.setObjectName("tools")
        self.setMovable(False)
        self._document = document
        self._actions = actions
        self._canvas = canvas
        self.diameter = Knob("Size", "Diameter of the brush in picture pixels  ([ and ])", "128")
        self.units = Knob("Units", "How many of the concept's units a stroke changes", "64")
        self.strength = Knob(
            "Strength", "How far a stroke takes its units to their level", "100 %", percent
        )
        self.brush = BrushPanel(document, theme, self)
        self.open_brush = QToolButton(self)
        self.open_brush.setObjectName("menu")
        self.open_brush.setToolTip("Which units a brush takes, and how far it takes them")
        self.open_brush.clicked.connect(lambda: self.brush.open_below(self.open_brush))
        self._fill()
        self.diameter.moved.connect(lambda value: document.choose(radius=value / 2))
        self.units.moved.connect(lambda value: document.choose(units=value))
        self.strength.moved.connect(lambda value: document.choose(strength=value / 100))
        actions.modes.triggered.connect(self._choose_mode)
        actions.views.triggered.connect(self._choose_view)
        document.brush_changed.connect(self._show_choice)
        document.palette_changed.connect(self._show_choice)
        canvas.comparison.changed.connect(self._show_view)
        self._show_choice()
        self._show_view()

    def _fill(self) -> None:
        self.addAction(self._actions["undo"])
        self.addAction(self._actions["redo"])
        self.addSeparator()
        modes = self._segments(Mode)
        for button in modes.findChildren(QToolButton):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.addWidget(modes)
        self.addSeparator()
        for knob in (self.diameter, self.units, self.strength):
            self.addWidget(knob)
        self.addWidget(self.open_brush)
        self.addSeparator()
        self.addWidget(self._segments(View))
        self.addAction(self._actions["cells"])
        for action in self.actions():
            widget = self.widgetForAction(action)
            if isinstance(widget, QToolButton):
                widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _segments(self, names: Iterable[str]) -> QFrame:
        """Buttons of which one is down, side by side."""
        frame = QFrame(self)
        frame.setObjectName("modes")
        row = QHBoxLayout(frame)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for name in names:
            button = QToolButton(frame)
            button.setObjectName(name)
            button.setDefaultAction(self._actions[name])
            row.addWidget(button)
        return frame

    def _choose_mode(self, action: QAction) -> None:
        self._document.choose(mode=Mode(action.objectName()))

    def _choose_view(self, action: QAction) -> None:
        self._canvas.comparison.choose(View(action.objectName()))

    def _show_view(self) -> None:
        self._actions[self._canvas.comparison.view].setChecked(True)

    def _show_choice(self) -> None:
        choice = self._document.choice
        found = self._document.in_hand
        self._actions[choice.mode].setChecked(True)
        diameter = round(choice.radius * 2)
        self.diameter.set_value(diameter, 2, max(diameter, round(self._canvas.largest_radius * 2)))
        self.strength.set_value(round(choice.strength * 100), 5, 100)
        most = self._document.palette.most_units(choice)
        units = found.units if found else 0
        self.units.set_value(units, min(1, units), max(units, most))
        paints = choice.mode != Mode.RESTORE
        self.units.setEnabled(found is not None and paints)
        self.open_brush.setEnabled(found is not None and paints)
        self.open_brush.setText(_describe(found) if found else "no brush")


def _describe(found: BrushInHand) -> str:
    """The brush in a few words, such as ``layer5 · effect · × 1.5``."""
    words = [found.layers, {"iou": "IoU", "effect": "effect"}[found.order]]
    if found.choice.boost != 1:
        words.append(f"× {found.choice.boost:.1f}")
    return " · ".join(words)
