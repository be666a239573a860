"""The tool bar: undo, mode, size, units, strength, the brush's order and layer, compare."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolBar, QToolButton, QWidget

from dissection.edits import Mode
from ganpaint.actions import Actions
from ganpaint.canvas.canvas import Canvas
from ganpaint.document import Document
from ganpaint.icons import icon
from ganpaint.palette import ORDERS
from ganpaint.panels.knob import Knob
from ganpaint.shortcuts import SHORTCUTS
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
        self._theme = theme
        self.diameter = Knob("Size", "Diameter of the brush in picture pixels  ([ and ])", "128")
        self.units = Knob("Units", "How many of the concept's units a stroke changes", "64")
        self.strength = Knob(
            "Strength", "How far a stroke takes its units to their level", "100 %", _percent
        )
        self._brush = QToolButton(self, popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self._brush.setObjectName("menu")
        self._brush.setToolTip("Which units a brush takes: their order and their layer")
        self._brush.setMenu(QMenu(self._brush))
        self._compare = QToolButton(self)
        self._compare.setToolTip(SHORTCUTS["compare"].tip)
        self._compare.setAccessibleName("Compare")
        self._compare.pressed.connect(lambda: canvas.compare(True))
        self._compare.released.connect(lambda: canvas.compare(False))
        self._fill()
        self.diameter.moved.connect(lambda value: document.choose(radius=value / 2))
        self.units.moved.connect(lambda value: document.choose(units=value))
        self.strength.moved.connect(lambda value: document.choose(strength=value / 100))
        actions.modes.triggered.connect(self._choose_mode)
        document.brush_changed.connect(self._show_choice)
        document.palette_changed.connect(self._fill_menu)
        self._fill_menu()
        self.retheme()

    @property
    def brush_menu(self) -> QMenu:
        """The menu of orders and layers."""
        return self._brush.menu()

    def retheme(self) -> None:
        """Take the colours of the theme in force."""
        self._compare.setIcon(icon("compare", self._theme.colours))

    def _fill(self) -> None:
        self.addAction(self._actions["undo"])
        self.addAction(self._actions["redo"])
        self.addSeparator()
        modes = QFrame(self)
        modes.setObjectName("modes")
        row = QHBoxLayout(modes)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        for mode in Mode:
            button = QToolButton(modes)
            button.setObjectName(mode.value)
            button.setDefaultAction(self._actions[mode])
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            row.addWidget(button)
        self.addWidget(modes)
        self.addSeparator()
        for knob in (self.diameter, self.units, self.strength):
            self.addWidget(knob)
        self.addSeparator()
        self.addWidget(self._brush)
        self.addWidget(self._compare)

    def _choose_mode(self, action: QAction) -> None:
        self._document.choose(mode=Mode(action.objectName()))

    def _fill_menu(self) -> None:
        palette = self._document.palette
        menu = self._brush.menu()
        menu.clear()
        self._heading(menu, "Order of units")
        orders = {order: ORDERS[order] for order in palette.orders}
        self._radio(menu, "order", orders)
        menu.addSeparator()
        self._heading(menu, "Layer")
        layers: dict[str | None, str] = {None: "Measured best"}
        self._radio(menu, "layer", layers | {name: name for name in palette.layers})
        self._show_choice()

    def _heading(self, menu: QMenu, text: str) -> None:
        # A section's text is not shown by styled menus.
        menu.addAction(text).setEnabled(False)

    def _radio(
        self, menu: QMenu, field: str, entries: dict[str | None, str] | dict[str, str]
    ) -> None:
        group = QActionGroup(menu)
        for value, text in entries.items():
            action = QAction(text, group, checkable=True)
            action.setData((field, value))
            menu.addAction(action)
        group.triggered.connect(self._choose_order)

    def _choose_order(self, action: QAction) -> None:
        field, value = action.data()
        self._document.choose(**{field: value, "units": None})

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
        self._brush.setEnabled(found is not None and paints)
        if found is None:
            self._brush.setText("no brush")
        else:
            order = {"iou": "IoU", "effect": "effect"}[found.order]
            self._brush.setText(f"{found.layers} · {order}")
        for action in self._brush.menu().actions():
            if action.data() is not None:
                field, value = action.data()
                action.setChecked(getattr(choice, field) == value)


def _percent(value: int) -> str:
    return f"{value} %"
