"""On the scene at hand: where the unit is active, and what it does: off, at its level, between."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from dissection.painting.edits import Brush, Edit, LayerUnits, Mode, Stroke
from dissection.results.dissection import Dissection
from dissection.vocabulary import Concept
from ganpaint.rendering.queries import Question, Studio
from ganpaint.rendering.requests import to_image
from ganpaint.tabs.live_scene import LiveScene
from ganpaint.toolkit.list_view import KeepArrows
from ganpaint.toolkit.plain import in_sentence, plain
from ganpaint.toolkit.theme import GRID, Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.mode_chips import ModeChips
from ganpaint.units.detail.named_picture import NamedPicture
from ganpaint.units.detail.reading_words import reading_lines
from ganpaint.units.detail.section import UnitSection
from ganpaint.units.detail.views import VIEW_PX, View, view_of
from ganpaint.units.kinds import network_kind

if TYPE_CHECKING:
    from dissection.measurement.unit_reading import UnitReading

_STEPS = 100
#: The slider ends at so many times the level.
_MOST = 2.0


@dataclass(frozen=True, eq=False)
class UnitForcedQuestion(Question):
    """The scene with one unit forced to a value everywhere; the answer is (value, picture).

    Attributes:
        layer: name.
        unit: number.
        value: the activation.
    """

    layer: str
    unit: int
    value: float

    def steps(self, studio: Studio) -> Iterator[object]:
        """One answer."""
        from dissection.data.latents import latent_of

        renderer = studio.renderer(self.scene, self.latent)
        latent = self.latent
        if latent is None:
            latent = latent_of(self.scene.seed, renderer.generator.depth, self.scene.blend)
        yield self.value, renderer.aside(latent, self._forced())

    def _forced(self) -> Edit:
        units = LayerUnits((self.unit,), (max(self.value, 1e-6),))
        brush = Brush(Concept("unit", "mine"), {self.layer: units})
        mode = Mode.DRAW if self.value > 0 else Mode.ERASE
        return self.edit.then(Stroke(np.ones((1, 1), np.float32), brush, mode))


@dataclass(frozen=True, eq=False)
class SceneUnitQuestion(Question):
    """A unit on the scene as it is, strokes included; the answer is (View, UnitReading).

    Right behind the exact picture of the scene it costs two copies.

    Attributes:
        dissection: of the scene's model.
        layer: name.
        unit: number.
    """

    dissection: Dissection
    layer: str
    unit: int

    def steps(self, studio: Studio) -> Iterator[object]:
        """One answer."""
        from dissection.data.images import thumbnail
        from dissection.measurement.unit_reading import read_unit

        renderer = studio.renderer(self.scene, self.latent)
        picture = renderer.render(self.edit, exact=True)
        raw = renderer.features(self.layer, self.edit)[self.unit]
        reading = read_unit(self.dissection, self.layer, self.unit, raw, VIEW_PX)
        yield view_of(thumbnail(picture, VIEW_PX), reading.activations, reading.peak), reading


class InterventionSection(UnitSection):
    """Two pictures and a slider; the picture follows the slider while it moves.

    The first is the scene with what was painted, and shows where the unit is active there.
    """

    def __init__(
        self, browsed: Browsed, live: LiveScene | None, theme: Theme, parent: QWidget
    ) -> None:
        super().__init__("On the scene at hand", parent)
        self._browsed = browsed
        self._live = live
        self.shown: tuple[View, UnitReading] | None = None
        self._failed = False
        self.chips = ModeChips(("plain", "outline", "heat"), self)
        self.before = NamedPicture("as it is", theme, self)
        self.before.setToolTip(
            "The scene that you paint on, with what was painted, and where the unit is active in it"
        )
        self.after = NamedPicture("", theme, self)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.before)
        row.addWidget(self.after)
        row.addStretch(1)
        self.figures = plain(QLabel(self, wordWrap=True))
        self.figures.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, _STEPS)
        self.slider.setAccessibleName("Activation that the unit is forced to, everywhere")
        self._keep = KeepArrows(self)
        self.slider.installEventFilter(self._keep)
        self.off = QPushButton("Off", self)
        self.at_level = QPushButton("At its level", self)
        self.value = QLabel(self)
        self.value.setProperty("role", "figure")
        knobs = QHBoxLayout()
        knobs.setSpacing(GRID)
        for widget in (self.off, self.slider, self.at_level, self.value):
            knobs.addWidget(widget, 1 if widget is self.slider else 0)
        self._forcing = (self.after, self.slider, self.off, self.at_level, self.value)
        self.body.addWidget(self.chips)
        self.body.addLayout(row)
        self.body.addWidget(self.figures)
        self.body.addLayout(knobs)
        self.chips.chosen.connect(self._draw)
        self.slider.valueChanged.connect(self._moved)
        self.off.clicked.connect(lambda: self.slider.setValue(0))
        self.at_level.clicked.connect(lambda: self.slider.setValue(round(_STEPS / _MOST)))
        if live is not None:
            live.answered.connect(self._take)
            live.question_failed.connect(self._fail)
            live.settled.connect(self._follow_scene)

    @property
    def level(self) -> float:
        """t_u of the unit; 0 where it has none above 0."""
        table, unit = self._browsed.table, self._browsed.unit
        if table is None or unit is None or not table.layer.threshold_names:
            return 0.0
        return max(float(table.layer.activation_threshold[unit]), 0.0)

    @property
    def works(self) -> bool:
        """Whether the scene is made by the network that is browsed."""
        return self._live is not None and (self._browsed.paintable or self._browsed.drawable)

    @property
    def waiting(self) -> bool:
        """Whether one of the pictures is still being made."""
        if not self.works or self._failed or self._browsed.unit is None:
            return False
        return self.shown is None or (self.level > 0 and self.after.image is None)

    def show_unit(self) -> None:
        """Show the scene with the unit off: what it does there is what is missing then."""
        dissection = self._browsed.dissection
        made = dissection is not None and network_kind(dissection) == "generator"
        self.setVisible(self.works or made)
        forces = self.works and self.level > 0
        for widget in self._forcing:
            widget.setVisible(forces)
        for shown in (self.chips, self.before, self.figures):
            shown.setVisible(self.works)
        self._show(None)
        self._failed = False
        if not self.works:
            name = in_sentence(dissection.model) if dissection is not None else ""
            self.say(
                f"Open the generator that was dissected, {name} (menu Model): then the unit can be "
                "seen, and tried, on the scene that you paint on."
            )
            return
        self.say("" if forces else "This unit has no level above 0 to be forced to.")
        self.slider.blockSignals(True)
        self.slider.setValue(0)
        self.slider.blockSignals(False)
        self.after.show_picture(None)
        self._ask_scene()
        self._moved(0)

    def showEvent(self, event: QShowEvent) -> None:
        """The tab comes back: the scene may be another one now."""
        super().showEvent(event)
        self._follow_scene()

    def _follow_scene(self) -> None:
        if self.isVisible() and self.works and self._browsed.unit is not None:
            self._ask_scene()
            self._moved(self.slider.value())

    def _moved(self, step: int) -> None:
        value = step / _STEPS * _MOST * self.level
        said = "off" if step == 0 else f"{value:.2f}"
        self.value.setText(f"{said}  (level {self.level:.2f})")
        self.after.name = "unit off" if step == 0 else f"unit at {value:.2f} everywhere"
        if self.level > 0:
            self._ask(value)

    def _ask(self, value: float) -> None:
        live, table, unit = self._live, self._browsed.table, self._browsed.unit
        if live is not None and table is not None and unit is not None:
            live.ask(
                UnitForcedQuestion(live.scene, live.latent, live.edit, table.name, unit, value)
            )

    def _ask_scene(self) -> None:
        live, table, unit = self._live, self._browsed.table, self._browsed.unit
        if live is not None and table is not None and unit is not None:
            about = table.dissection, table.name, unit
            live.ask(SceneUnitQuestion(live.scene, live.latent, live.edit, *about))

    def _take(self, question: Question, answer: object) -> None:
        if not isinstance(question, UnitForcedQuestion | SceneUnitQuestion):
            return
        here = (question.layer, question.unit) == (self._browsed.layer, self._browsed.unit)
        if not here or not isinstance(answer, tuple):
            return
        if isinstance(question, UnitForcedQuestion):
            self.after.show_picture(to_image(answer[1]))
        else:
            self._show(answer)

    def _fail(self, question: Question, sentence: str) -> None:
        if isinstance(question, UnitForcedQuestion | SceneUnitQuestion):
            self._failed = True
            self.say(sentence)

    def _show(self, found: "tuple[View, UnitReading] | None") -> None:
        self.shown = found
        lines = [] if found is None else reading_lines(found[1], "scenes")
        self.figures.setText("\n".join(lines))
        if found is not None:
            self.chips.offer("outline", found[1].level is not None)
        self._draw()

    def _draw(self) -> None:
        table, unit = self._browsed.table, self._browsed.unit
        if self.shown is None or table is None or unit is None:
            self.before.show_picture(None)
            return
        view, reading = self.shown
        top = float(table.layer.peaks[unit].max(initial=reading.peak))
        level = reading.level if reading.level is not None else top
        self.before.show_picture(view.image(self.chips.mode, level, top, ""))
