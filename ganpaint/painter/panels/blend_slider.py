"""The way from the scene on screen to another one, as a slider."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSpinBox, QWidget

from ganpaint.painter.document.document import LAST_SEED, Document
from ganpaint.toolkit.labeled_slider import LabeledSlider
from ganpaint.toolkit.theme import GRID

_STEPS = 100


class BlendSlider(QWidget):
    """Shows how far the scene on screen is on its way to another, and changes it live.

    Attributes:
        knob: the slider; 0 is the first scene itself.
        toward: the seed of the other scene.
    """

    def __init__(self, document: Document, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._chosen: int | None = None
        self.knob = LabeledSlider(
            "Blend",
            "Go from this scene towards another one; strokes of this scene stay on it",
            "100 %",
            lambda share: f"{share} %",
            self,
        )
        self.knob.slider.setAccessibleName("Blend")
        self.toward = QSpinBox(self, minimum=0, maximum=LAST_SEED)
        self.toward.setKeyboardTracking(False)
        self.toward.setPrefix("#")
        self.toward.setToolTip("The scene to blend with; or choose it from the menu of a thumbnail")
        self.toward.setAccessibleName("Scene to blend with")
        self.toward.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.toward.setFixedWidth(64)
        self.knob.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.knob)
        row.addWidget(self.toward)
        self.knob.moved.connect(self._slide)
        self.toward.valueChanged.connect(self.choose)
        # A typed seed is done with: letters are shortcuts again.
        self.toward.editingFinished.connect(self.toward.clearFocus)
        document.scene_changed.connect(self._show)
        self._show()

    def choose(self, seed: int) -> None:
        """Blend with another scene; a blend that is on screen follows."""
        self._chosen = seed
        blend = self._document.scene.blend
        if blend and blend.toward != seed:
            self._document.blend(seed, blend.share)
        self._show()

    def begin(self, seed: int) -> None:
        """Show the scene half-way to another one."""
        self._chosen = seed
        self._document.blend(seed, 0.5)
        self._show()

    def _slide(self, share: int) -> None:
        self._document.blend(self.toward.value(), share / _STEPS)

    def _show(self) -> None:
        scene = self._document.scene
        share, toward = 0, self._chosen
        if scene.blend:
            share, toward = round(scene.blend.share * _STEPS), scene.blend.toward
            self._chosen = toward
        if toward is None or toward == scene.seed:
            toward = scene.seed + 1 if scene.seed < LAST_SEED else 0
        self.knob.set_value(share, 0, _STEPS)
        self.toward.blockSignals(True)
        # A project may show a scene beyond those on offer.
        self.toward.setMaximum(max(LAST_SEED, toward))
        self.toward.setValue(toward)
        self.toward.blockSignals(False)
