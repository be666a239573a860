"""Before and after on the scene at hand: the unit off, at its level, and all in between."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSlider, QWidget

from dissection.painting.edits import Brush, Edit, LayerUnits, Mode, Stroke
from dissection.vocabulary import Concept
from ganpaint.rendering.queries import Question, Studio
from ganpaint.rendering.requests import to_image
from ganpaint.tabs.live_scene import LiveScene
from ganpaint.toolkit.list_view import KeepArrows
from ganpaint.toolkit.theme import GRID, Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.section import UnitSection

_STEPS = 100
#: The slider ends at so many times the level.
_MOST = 2.0


@dataclass(frozen=True, eq=False)
class UnitForcedQuestion(Question):
    """The scene with one unit forced to a value everywhere; the answer is (value, picture).

    Attributes:
        layer: name.
        unit: number.
        value: the activation; None leaves the unit alone.
    """

    layer: str
    unit: int
    value: float | None

    def steps(self, studio: Studio) -> Iterator[object]:
        """One answer."""
        from dissection.data.latents import latent_of

        renderer = studio.renderer(self.scene, self.latent)
        latent = self.latent
        if latent is None:
            latent = latent_of(self.scene.seed, renderer.generator.depth, self.scene.blend)
        yield self.value, renderer.aside(latent, self._forced())

    def _forced(self) -> Edit:
        if self.value is None:
            return self.edit
        units = LayerUnits((self.unit,), (max(self.value, 1e-6),))
        brush = Brush(Concept("unit", "mine"), {self.layer: units})
        mode = Mode.DRAW if self.value > 0 else Mode.ERASE
        return self.edit.then(Stroke(np.ones((1, 1), np.float32), brush, mode))


class BeforeQuestion(UnitForcedQuestion):
    """The same of the scene as it is; asked beside the other."""


class InterventionSection(UnitSection):
    """Two pictures and a slider; the picture follows the slider while it moves."""

    def __init__(
        self, browsed: Browsed, live: LiveScene | None, theme: Theme, parent: QWidget
    ) -> None:
        super().__init__("On the scene at hand", parent)
        self._browsed = browsed
        self._live = live
        self._value: float | None = None
        self._expected = False
        self.before = _Picture("as it is", theme, self)
        self.after = _Picture("", theme, self)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.before)
        row.addWidget(self.after)
        row.addStretch(1)
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
        self._widgets = (self.before, self.after, self.slider, self.off, self.at_level, self.value)
        self.body.addLayout(row)
        self.body.addLayout(knobs)
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
    def waiting(self) -> bool:
        """Whether one of the pictures is still being made."""
        missing = self.before.image is None or self.after.image is None
        return self._expected and missing

    def show_unit(self) -> None:
        """Show the scene with the unit off: what it does there is what is missing then."""
        works = self._live is not None and self._browsed.paintable and self.level > 0
        self._expected = works
        for widget in self._widgets:
            widget.setVisible(works)
        if not self._browsed.paintable:
            self.say("Open the generator that was dissected, and its pictures can be tried here.")
        elif not works:
            self.say("This unit has no level above 0 to be forced to.")
        else:
            self.say("")
            self.slider.blockSignals(True)
            self.slider.setValue(0)
            self.slider.blockSignals(False)
            self.after.show_picture(None)
            self._ask_before()
            self._moved(0)

    def _follow_scene(self) -> None:
        if self.isVisible() and not self.slider.isHidden() and self._browsed.unit is not None:
            self._ask_before()
            self._moved(self.slider.value())

    def _moved(self, step: int) -> None:
        value = step / _STEPS * _MOST * self.level
        said = "off" if step == 0 else f"{value:.2f}"
        self.value.setText(f"{said}  (t_u {self.level:.2f})")
        self.after.name = "unit off" if step == 0 else f"unit at {value:.2f} everywhere"
        self._ask(value)

    def _ask(self, value: float) -> None:
        live, table, unit = self._live, self._browsed.table, self._browsed.unit
        if live is not None and table is not None and unit is not None:
            live.ask(
                UnitForcedQuestion(live.scene, live.latent, live.edit, table.name, unit, value)
            )

    def _ask_before(self) -> None:
        live, table, unit = self._live, self._browsed.table, self._browsed.unit
        if live is not None and table is not None and unit is not None:
            live.ask(BeforeQuestion(live.scene, live.latent, live.edit, table.name, unit, None))

    def _take(self, question: Question, answer: object) -> None:
        if not isinstance(question, UnitForcedQuestion) or not isinstance(answer, tuple):
            return
        if (question.layer, question.unit) == (self._browsed.layer, self._browsed.unit):
            place = self.before if isinstance(question, BeforeQuestion) else self.after
            place.show_picture(to_image(answer[1]))

    def _fail(self, question: Question, sentence: str) -> None:
        if isinstance(question, UnitForcedQuestion):
            self._expected = False
            self.say(sentence)


class _Picture(QWidget):
    """A picture with its name below."""

    def __init__(self, name: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self._theme = theme
        self.image: QImage | None = None
        self.setFixedSize(QSize(168, 186))

    def show_picture(self, image: QImage | None) -> None:
        """Show another picture; None shows an empty place."""
        self.image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt calls this."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        area = self.rect().adjusted(0, 0, 0, -18)
        if self.image is None:
            painter.fillRect(area, QColor(self._theme.colors.raised))
        else:
            painter.drawImage(area, self.image)
        painter.setPen(QColor(self._theme.colors.muted))
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        painter.drawText(0, self.height() - 4, self.name)
