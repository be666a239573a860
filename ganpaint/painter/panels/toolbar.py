"""The tool bar: undo, mode, size, units, strength, the rest of the brush, what the canvas shows."""

from collections.abc import Callable, Iterable
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolBar, QToolButton, QWidget

from dissection.painting.edits import Mode
from ganpaint.painter.actions import Actions
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.canvas.comparison import View
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.palette import ORDER_WORDS, BrushInHand
from ganpaint.painter.panels.brush_panel import BrushPanel
from ganpaint.painter.panels.form import percent
from ganpaint.painter.panels.more_tools import MoreTools
from ganpaint.toolkit.icons import icon
from ganpaint.toolkit.labeled_slider import LabeledSlider
from ganpaint.toolkit.shortcuts import SHORTCUTS
from ganpaint.toolkit.theme import GRID, ICON_PX, Theme


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
        self.setIconSize(QSize(ICON_PX, ICON_PX))  # lest a theme changes it
        self.setMovable(False)
        self._document = document
        self._actions = actions
        self._canvas = canvas
        self._theme = theme
        self.diameter = LabeledSlider(
            "Size", "Diameter of the brush in picture pixels  ([ and ])", "128"
        )
        self.units = LabeledSlider(
            "Units", "How many of the concept's units a stroke changes", "64"
        )
        self.strength = LabeledSlider(
            "Strength", "How far a stroke takes its units to their level", "100 %", percent
        )
        self.brush = BrushPanel(document, theme, self)
        self.open_brush = QToolButton(self)
        self.open_brush.setObjectName("panel")
        self.open_brush.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.open_brush.setToolTip(SHORTCUTS["brush"].tip)
        self.open_brush.clicked.connect(lambda: self.brush.open_below(self.open_brush))
        actions.on("brush", self.open_brush.click)
        self._fill()
        self.diameter.moved.connect(lambda value: document.choose(radius=value / 2))
        self.units.moved.connect(lambda value: document.choose(units=value))
        self.strength.moved.connect(lambda value: document.choose(strength=value / 100))
        actions.modes.triggered.connect(self._choose_mode)
        actions.views.triggered.connect(self._choose_view)
        document.brush_changed.connect(self._show_choice)
        document.palette_changed.connect(self._keep_width)
        document.palette_changed.connect(self._show_choice)
        canvas.comparison.changed.connect(self._show_view)
        self._show_choice()
        self._show_view()
        self.retheme()

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        self.open_brush.setIcon(icon("brush", self._theme.colors))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what there is no room for; the button at the end leads to it."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._make_room()

    def _keep_width(self) -> None:
        """As wide as the longest of the measured brushes needs: it does not change with them."""
        brushes = self._document.palette.brushes
        longest = max((len(brush.brush.layers) for brush in brushes), default=1)
        names = [b for b in brushes if len(b.brush.layers) == longest]
        advance = self.open_brush.fontMetrics().horizontalAdvance
        widest = max((advance(f" {b.layer} · {ORDER_WORDS['effect']}") for b in names), default=0)
        least = advance(" no brush")
        self.open_brush.setFixedWidth(max(widest, least) + ICON_PX + 4 * GRID)
        self._make_room()

    def _make_room(self) -> None:
        for left_out in range(len(self._spare) + 1):
            for place, leave_out in enumerate(self._spare):
                leave_out(place < left_out)
            self._more_place.setVisible(left_out > 1)  # words have icons beside them
            if self._needed() <= self.width():
                break
        sliders = [n for n, place in self._sliders.items() if not place.isVisible()]
        actions = [self._actions[n] for n, place in self._ways.items() if not place.isVisible()]
        self.more.offer(tuple(sliders), tuple(actions))

    def _needed(self) -> int:
        """The width at which every visible part has the least that it needs."""
        shown = [self.widgetForAction(action) for action in self.actions() if action.isVisible()]
        least = (max(w.minimumSizeHint().width(), w.minimumWidth()) for w in shown)
        return sum(least) + GRID * (len(shown) + 1)

    def _fill(self) -> None:
        self.addAction(self._actions["undo"])
        self.addAction(self._actions["redo"])
        self.addSeparator()
        modes = self._segments(Mode)
        self.addWidget(modes)
        self.addSeparator()
        self.addWidget(self.diameter)
        units, strength = self.addWidget(self.units), self.addWidget(self.strength)
        self.addWidget(self.open_brush)
        self.addSeparator()
        self.addWidget(self._segments(View))
        self._sliders = {"units": units, "strength": strength}
        self._ways = {
            name: self._add_button(name) for name in ("cells", "pick", "tint", "where", "inspect")
        }
        self.more = MoreTools(self.open_brush.click, self)
        self._more_place = self.addWidget(self.more)
        places = (strength, units, *reversed(self._ways.values()))
        #: What gives way in a narrow window, first to last; called with whether it is left out.
        self._spare: tuple[Callable[[bool], object], ...] = (
            lambda out: _show_words(modes, not out),
            *(partial(_leave_out, place) for place in places),
        )
        for action in self.actions():
            widget = self.widgetForAction(action)
            if isinstance(widget, QToolButton):
                widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _add_button(self, name: str) -> QAction:
        """A button for an action, and its place: that can go while the action stays."""
        button = QToolButton(self)
        button.setDefaultAction(self._actions[name])
        button.setAutoRaise(True)
        return self.addWidget(button)

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
        in_hand = self._document.in_hand
        self._actions[choice.mode].setChecked(True)
        diameter = round(choice.radius * 2)
        self.diameter.set_value(diameter, 2, max(diameter, round(self._canvas.largest_radius * 2)))
        self.strength.set_value(round(choice.strength * 100), 5, 100)
        most = self._document.palette.most_units(choice)
        units = in_hand.units if in_hand else 0
        self.units.set_value(units, min(1, units), max(units, most))
        paints = choice.mode != Mode.RESTORE
        self.units.setEnabled(in_hand is not None and paints)
        self.open_brush.setEnabled(in_hand is not None or not paints)
        text = f" {_describe(in_hand)}" if in_hand else " no brush"
        if text != self.open_brush.text():
            self.open_brush.setText(text)
            self.open_brush.setToolTip(f"{text.strip()}. {SHORTCUTS['brush'].tip}")


def _leave_out(place: QAction, out: bool) -> None:
    place.setVisible(not out)


def _show_words(frame: QFrame, shown: bool) -> None:
    style = Qt.ToolButtonStyle
    for button in frame.findChildren(QToolButton):
        button.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if shown else style.ToolButtonIconOnly
        )
    frame.updateGeometry()


def _describe(in_hand: BrushInHand) -> str:
    """The brush in a few words, such as ``layer5 · effect · × 1.5``."""
    words = [in_hand.layers, ORDER_WORDS[in_hand.order]]
    if in_hand.choice.boost != 1:
        words.append(f"× {in_hand.choice.boost:.1f}")
    return " · ".join(words)
