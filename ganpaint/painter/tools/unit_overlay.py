"""The unit that one points at in the inspector's list, shown over the whole picture.

The map is made in the render thread, so that the list stays live: what is done here is to color
it. It goes when the mouse, or the keys, leave the list.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from ganpaint.painter.analysis.inspection import Inspection
from ganpaint.painter.analysis.unit_map import UnitMapQuestion
from ganpaint.painter.canvas.activation_item import ActivationItem
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.canvas.comparison import View
from ganpaint.painter.canvas.heat import Scale
from ganpaint.painter.document.document import Document
from ganpaint.painter.live_picture import LivePicture
from ganpaint.painter.panels.inspector import InspectorPanel
from ganpaint.painter.panels.inspector_model import UNIT_ROLE, FiringUnit
from ganpaint.rendering.queries import Question
from ganpaint.toolkit.plain import shortened

if TYPE_CHECKING:
    from dissection.measurement.unit_reading import UnitReading


class UnitOverlay(QObject):
    """Keeps what lies over the picture true to the row, the layer and the strokes.

    Attributes:
        item: over the picture.
        scale: over the canvas.
    """

    def __init__(
        self,
        document: Document,
        live: LivePicture,
        canvas: Canvas,
        inspection: Inspection,
        panel: InspectorPanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._live = live
        self._canvas = canvas
        self._inspection = inspection
        self._panel = panel
        self._asked: UnitMapQuestion | None = None
        self._of: object = None  # the activations that were asked about
        self._found: UnitReading | None = None
        self.item = ActivationItem()
        self.scale = Scale(canvas)
        self.scale.stand_in(canvas.legends)
        canvas.lay(self.item)
        panel.rows.pointed.connect(self._refresh)
        inspection.changed.connect(self._refresh)
        live.answered.connect(self._take)
        live.question_failed.connect(self._fail)
        canvas.comparison.changed.connect(self._show)

    @property
    def unit(self) -> FiringUnit | None:
        """The unit of the row that is pointed at; None for none."""
        row = self._panel.rows.row
        index = self._panel.units.index(-1 if row is None else row, 0)
        found: FiringUnit | None = index.data(UNIT_ROLE) if index.isValid() else None
        return found

    def _refresh(self) -> None:
        """Ask about what is pointed at now, unless that was asked."""
        unit, layer, features = self.unit, self._inspection.layer, self._inspection.features
        dissection = self._document.palette.dissection
        if unit is None or layer is None or features is None or dissection is None:
            if self._asked is not None:
                self._live.withdraw(UnitMapQuestion)
            self._asked = self._of = self._found = None
            self._show()
            return
        before = self._asked
        same = before is not None and (before.layer, before.unit) == (layer, unit.unit)
        if same and features is self._of:
            return
        scene = self._document.scene
        about = scene, self._document.given_latent(scene), self._document.edit_of(scene)
        self._asked = UnitMapQuestion(*about, dissection, layer, unit.unit)
        self._of = features
        self._live.ask(self._asked)

    def _take(self, question: Question, answer: object) -> None:
        if question is self._asked and question is not None:
            self._found = answer  # type: ignore[assignment]  # what its steps yield
            self._show()

    def _fail(self, question: Question, sentence: str) -> None:
        if question is self._asked and question is not None:
            self._found = None
            self._show()
            self._canvas.message.say(sentence, "error", "Close")

    def _show(self) -> None:
        comparison = self._canvas.comparison
        other = comparison.held or comparison.view == View.DIFFERENCE
        found, asked = self._found, self._asked
        if found is None or asked is None or other:
            self.item.hide()
            self.scale.hide()
            return
        stored = asked.dissection[asked.layer].peaks[asked.unit]
        top = max(float(stored.max(initial=found.peak)), 1e-6)
        self.item.show_map(found.activations, found.level, top)
        self.scale.show_scale(self._title(asked), top, _note(found), f"{top:.3g}")

    def _title(self, asked: UnitMapQuestion) -> str:
        unit = self.unit
        label = f", {shortened(unit.label)}" if unit is not None and unit.label else ""
        return shortened(f"{asked.layer} / {asked.unit}{label}")


def _note(found: "UnitReading") -> str:
    told = f"Peak {found.peak:.3g}, mean {found.mean:.3g}"
    if found.level is None or found.above is None:
        return told
    above = f"above t_u {found.level:.3g} on {found.above:.1%}".replace("%", " %")
    return f"{told}; {above if found.above > 0 else f'nowhere above t_u {found.level:.3g}'}"
