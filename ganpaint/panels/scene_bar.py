"""The bar of scenes below the canvas: the strip, the seed, previous, next and random."""

import random

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QSpinBox, QToolBar, QToolButton, QWidget

from ganpaint.actions import Actions
from ganpaint.document import LAST_SEED, Document, Scene
from ganpaint.live_picture import LivePicture
from ganpaint.panels.scene_strip import SceneStrip
from ganpaint.theme import Theme


class SceneBar(QToolBar):
    """Goes from scene to scene; thumbnails are made when there is nothing else to render."""

    def __init__(
        self,
        document: Document,
        live: LivePicture,
        actions: Actions,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Scenes", parent)
        self.setObjectName("scenes")
        self.setMovable(False)
        self._document = document
        self._live = live
        self._awaited: Scene | None = None
        self.strip = SceneStrip(document, theme, self)
        self.seed = QSpinBox(self, minimum=0, maximum=LAST_SEED)
        self.seed.setKeyboardTracking(False)
        self.seed.setToolTip("The seed: the row of the standard latents that makes this scene")
        self.seed.setAccessibleName("Seed")
        self.seed.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.seed.setFixedWidth(64)
        self.addWidget(self.strip)
        self.addSeparator()
        label = QLabel("Seed", self)
        label.setProperty("role", "muted")
        self.addWidget(label)
        self.addWidget(self.seed)
        for name in ("previous", "next", "random"):
            button = QToolButton(self)
            button.setDefaultAction(actions[name])
            self.addWidget(button)
        self.seed.valueChanged.connect(document.go_to)
        # A typed seed is done with: letters are shortcuts again.
        self.seed.editingFinished.connect(self.seed.clearFocus)
        actions.on("previous", lambda: document.go_to(document.scene.seed - 1))
        actions.on("next", lambda: document.go_to(document.scene.seed + 1))
        actions.on("random", self._go_anywhere)
        document.scene_changed.connect(self._show_scene)
        live.thumbnail.connect(self._take)
        live.settled.connect(self._ask)
        self._show_scene()

    def _go_anywhere(self) -> None:
        self._document.go_to(random.randrange(LAST_SEED + 1))

    def _show_scene(self) -> None:
        self.seed.blockSignals(True)
        # A project may show a scene beyond those on offer.
        self.seed.setMaximum(max(LAST_SEED, self._document.scene.seed))
        self.seed.setValue(self._document.scene.seed)
        self.seed.blockSignals(False)

    def _ask(self) -> None:
        """Have one thumbnail made; the next is asked for when it is here and the hand rests."""
        missing = self.strip.scenes.missing()
        if missing and self._live.resting:
            self._awaited = missing[0]
            self._live.ask_thumbnail(missing[0])

    @Slot(object, QImage)
    def _take(self, scene: Scene, image: QImage) -> None:
        self.strip.scenes.take(scene, image)
        if scene == self._awaited:
            self._awaited = None
            self._ask()
