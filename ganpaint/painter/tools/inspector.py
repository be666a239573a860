"""The inspector and what is made with it: brushes of one's own, and patches to stamp."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QListView, QWidget

from dissection.data.images import Picture
from dissection.errors import DissectionError, UnknownNameError
from dissection.painting.edits import Brush
from dissection.results.rarity import brush_of_units
from ganpaint.painter.actions import Actions
from ganpaint.painter.analysis.inspection import Inspection
from ganpaint.painter.analysis.patch_clipboard import PatchClipboard
from ganpaint.painter.analysis.regions import area_of
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.canvas.inspect_tool import InspectTool
from ganpaint.painter.canvas.regions import cut_out
from ganpaint.painter.canvas.stamp_tool import StampTool
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.user_brush import PICTURE_SIZE
from ganpaint.painter.document.user_brushes import LONGEST_NAME, UserBrushes
from ganpaint.painter.live_picture import LivePicture
from ganpaint.painter.panels.inspector import InspectorPanel
from ganpaint.painter.panels.own_menu import OwnMenu
from ganpaint.painter.tools.unit_overlay import UnitOverlay
from ganpaint.toolkit.plain import shortened
from ganpaint.toolkit.theme import Theme


class Inspector(QObject):
    """Makes the inspector's tools, panel and actions belong together.

    Args:
        document: what is painted.
        live: the picture and the activations behind it.
        canvas: where one points.
        cards: the palette's list, where own brushes are renamed and deleted.
        actions: ``inspect`` and ``stamp`` are switched.
        theme: for items and panel.
        folder: where brushes of one's own are kept; None keeps them for this session.
        parent: the window.

    Attributes:
        own: brushes of one's own.
        inspection: the layer and the place that is looked at.
        patch_clipboard: the patch that was taken last.
        panel: for a dock.
        overlay: where the unit is active that one points at in the panel.
        tool: I.
        stamp: V.

    Signals:
        wanted: the panel is to be seen.
    """

    wanted = Signal()

    def __init__(
        self,
        document: Document,
        live: LivePicture,
        canvas: Canvas,
        cards: QListView,
        actions: Actions,
        theme: Theme,
        folder: Path | None,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._live = live
        self._canvas = canvas
        self._actions = actions
        self.own = UserBrushes(document, folder, self)
        self.inspection = Inspection(document, live, self)
        self.patch_clipboard = PatchClipboard(document, self)
        self.panel = InspectorPanel(document, self.inspection, theme, parent)
        self.overlay = UnitOverlay(document, live, canvas, self.inspection, self.panel, self)
        self.tool = InspectTool(self.inspection, canvas, theme, self)
        self.stamp = StampTool(document, self.patch_clipboard, canvas, theme, self)
        self.cards = OwnMenu(self.own, cards, canvas.message)
        self._brush = (document.choice.concept, document.choice.mode)
        self._connect()

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        self.panel.retheme()

    def _connect(self) -> None:
        canvas = self._canvas
        self._actions["inspect"].toggled.connect(self._inspect)
        self._actions["stamp"].toggled.connect(self._stamp)
        self.tool.used.connect(self._actions["inspect"].setChecked)
        self.tool.used.connect(self.panel.show_in_use)
        self.stamp.used.connect(self._actions["stamp"].setChecked)
        self.stamp.stamped.connect(canvas.painted)
        self.stamp.refused.connect(lambda said: canvas.message.say(said, passing=True))
        self.own.trouble.connect(lambda said: canvas.message.say(said, "error", "Close"))
        self.panel.make.connect(self.make_brush)
        self.panel.take.connect(self.take_patch)
        self._document.brush_changed.connect(self._follow_brush)

    def make_brush(self, name: str) -> None:
        """Make a brush of the units that are ticked, and paint with it."""
        dissection, layer = self._document.palette.dissection, self.inspection.layer
        if dissection is None or layer is None:
            return
        try:
            brush = brush_of_units(dissection[layer], self.panel.units.ticked(), name)
            self.own.add(brush, self._picture())
        except DissectionError as error:
            self._canvas.message.say(str(error), "error", "Close")
            return
        self.panel.name.clear()
        self._canvas.use(None)
        count = len(brush.layers[layer].units)
        said = f"Made the brush {name} of {count} unit{'' if count == 1 else 's'} of {layer}."
        self._canvas.message.say(said, passing=True)

    def paint_with(self, units: Mapping[str, Sequence[int]], name: str = "") -> None:
        """Paint with these units: with the brush that has them already, or with a new one.

        Args:
            units: of each layer, best first.
            name: what a new brush is called; empty for a name made of its units.

        Raises:
            BadInputError: there is none of these units, or a brush of this name.
            UnknownNameError: there is no dissection, or it has not this layer.
        """
        dissection = self._document.palette.dissection
        if dissection is None:
            raise UnknownNameError(self._document.palette.reason.splitlines()[0])
        name = shortened(name.strip() or _name_of(units), LONGEST_NAME)  # lists have longer ones
        parts = [brush_of_units(dissection[layer], each, name) for layer, each in units.items()]
        layers = {
            layer: layer_units for brush in parts for layer, layer_units in brush.layers.items()
        }
        known = next((b for b in self.own.brushes if dict(b.brush.layers) == layers), None)
        if known is not None:
            self._document.choose_concept(known.concept)
        elif layers:
            self.own.add(Brush(parts[0].concept, layers), None)
        self._canvas.use(None)

    def take_patch(self) -> None:
        """Take the activations of the pinned place, and go on to stamp them."""
        box, grid = self.inspection.box, self.inspection.grid
        try:
            patch = self.inspection.patch()
        except DissectionError as error:
            self._canvas.message.say(str(error), "error", "Close")
            return
        image = self._live.image
        if patch is None or box is None or grid is None or image is None:
            return
        area = area_of(box, image.size(), grid)
        self.patch_clipboard.take(patch, image.copy(area.toRect()), grid)
        self.stamp.switch(True)
        self._canvas.message.say(
            "Click where the patch is to go, in another scene too; Esc ends it.", passing=True
        )

    def _picture(self) -> Picture | None:
        box, grid, image = self.inspection.box, self.inspection.grid, self._live.image
        if box is None or grid is None or image is None:
            return None
        return cut_out(image, area_of(box, image.size(), grid), PICTURE_SIZE)

    def _inspect(self, on: bool) -> None:
        if on:
            self.wanted.emit()
        self.tool.switch(on)

    def _stamp(self, on: bool) -> None:
        """Stamp; where there is no patch yet, take the place that is pinned."""
        if on and self.patch_clipboard.refusal and self.panel.take_patch.isEnabled():
            self.take_patch()
        self.stamp.switch(on)

    def _follow_brush(self) -> None:
        """Whoever chooses a concept or a mode wants to paint."""
        brush = (self._document.choice.concept, self._document.choice.mode)
        if brush != self._brush:
            self._brush = brush
            if self.tool.on or self.stamp.on:
                self._canvas.use(None)


def _name_of(units: Mapping[str, Sequence[int]]) -> str:
    """Such as *layer4 7*, or *layer4 7, 12 and 3 more*."""
    named = [f"{layer} {unit}" for layer, each in units.items() for unit in each]
    if len(units) == 1 and named:
        layer, each = next(iter(units.items()))
        named = [f"{layer} {each[0]}", *(str(unit) for unit in each[1:])]
    more = f" and {len(named) - 2} more" if len(named) > 2 else ""
    return ", ".join(named[:2]) + more
