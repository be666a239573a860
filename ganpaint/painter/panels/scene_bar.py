"""The bar of scenes below the canvas: strip, seed, previous, next, random, and the blend."""

import random

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Slot
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSpinBox, QToolBar, QToolButton, QWidget

from ganpaint.painter.actions import Actions
from ganpaint.painter.document.document import LAST_SEED, Document
from ganpaint.painter.live_picture import LivePicture
from ganpaint.painter.panels.blend_slider import BlendSlider
from ganpaint.painter.panels.copy_strokes import StrokeCopier
from ganpaint.painter.panels.scene_strip import SceneStrip
from ganpaint.rendering.scene import Scene
from ganpaint.toolkit.icons import icon
from ganpaint.toolkit.theme import ICON_PX, Theme

#: So many chosen scenes have room on the button.
_MOST_TOLD = 99


class SceneBar(QToolBar):
    """Goes from scene to scene; thumbnails are made when there is nothing else to render."""

    def __init__(
        self,
        document: Document,
        live: LivePicture,
        actions: Actions,
        carrier: StrokeCopier,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Scenes", parent)
        self.setObjectName("scenes")
        self.setIconSize(QSize(ICON_PX, ICON_PX))  # lest a theme changes it
        self.setMovable(False)
        self._document = document
        self._theme = theme
        self._live = live
        self._carrier = carrier
        self._awaited: Scene | None = None
        self.strip = SceneStrip(document, theme, self)
        self.seed = QSpinBox(self, minimum=0, maximum=LAST_SEED)
        self.seed.setKeyboardTracking(False)
        self.seed.setToolTip("The seed: the row of the standard latents that makes this scene")
        self.seed.setAccessibleName("Seed")
        self.seed.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.seed.setFixedWidth(64)
        self.blend = BlendSlider(document, self)
        self.sought = QToolButton(self)
        self.sought.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.sought.setToolTip("Show the scenes of the gallery first again")
        self.sought.clicked.connect(lambda: self.seek(""))
        self._sought_shown = self.addWidget(self.sought)
        self.addWidget(self.strip)
        self._apply = _Apply(actions["apply"], self)
        self.addWidget(self._apply)
        self.addSeparator()
        label = QLabel("Seed", self)
        label.setProperty("role", "muted")
        self.addWidget(label)
        self.addWidget(self.seed)
        for name in ("previous", "next", "random"):
            self._button(actions, name)
        self.addSeparator()
        self.addWidget(self.blend)
        self.seed.valueChanged.connect(document.go_to)
        # A typed seed is done with: letters are shortcuts again.
        self.seed.editingFinished.connect(self.seed.clearFocus)
        actions.on("previous", lambda: self.strip.step(-1))
        actions.on("next", lambda: self.strip.step(1))
        actions.on("previous_painted", lambda: self.strip.step_painted(-1))
        actions.on("next_painted", lambda: self.strip.step_painted(1))
        actions.on("random", self._go_anywhere)
        actions.on("apply", lambda: carrier.apply(self.strip.chosen))
        self._actions = actions
        self.strip.chosen_changed.connect(self._show_chosen)
        self.strip.scrolled.connect(self._ask)
        self.strip.scenes.looks_changed.connect(self._ask)
        self.strip.asked.connect(self._offer)
        document.scene_changed.connect(self._show_scene)
        document.strokes_changed.connect(self._show_chosen)
        live.thumbnail.connect(self._take)
        live.settled.connect(self._ask)
        self._show_scene()
        self.strip.scenes.modelReset.connect(self._show_sought)
        self._show_sought()

    def seek(self, concept: str) -> None:
        """Put the scenes that show most of a concept first and go to the richest; "" none."""
        self.strip.scenes.seek(concept)
        if self.strip.scenes.sought:
            self._document.visit(self.strip.scenes.scene_at(0))
        self._show_sought()
        self.strip.show_scene()

    def menu_of(self, scene: Scene) -> QMenu:
        """What can be done with a scene of the strip."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        here, chosen = self._document.scene, self.strip.chosen
        own = bool(self._document.history)
        menu.addAction("Go there", lambda: self._document.visit(scene))
        if scene.blend is None and scene.seed != here.seed:
            menu.addAction(
                f"Blend scene {here.seed} with this one", lambda: self.blend.begin(scene.seed)
            )
        menu.addSeparator()
        carry = menu.addAction("Carry the edit here", lambda: self._carrier.carry(scene))
        carry.setToolTip("Put the strokes of the scene on screen on this one, and go there")
        carry.setEnabled(own and scene != here)
        apply = menu.addAction(
            f"Apply to selected ({len(chosen)})", lambda: self._carrier.apply(chosen)
        )
        apply.setEnabled(own and bool(chosen))
        bring = menu.addAction(
            f"Bring its strokes to scene {here.name}", lambda: self._carrier.bring(scene)
        )
        bring.setEnabled(bool(self._document.history_of(scene)) and scene != here)
        return menu

    def changeEvent(self, event: QEvent) -> None:
        """Another theme: the cross in its color."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_sought_shown"):
            self._show_sought()

    def _button(self, actions: Actions, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(actions[name])
        self.addWidget(button)
        return button

    def _offer(self, scene: Scene, at: QPoint) -> None:
        self.menu_of(scene).popup(at)

    def _go_anywhere(self) -> None:
        self._document.go_to(random.randrange(LAST_SEED + 1))

    def _show_sought(self) -> None:
        """A way back beside the strip, as long as something is sought."""
        sought = self.strip.scenes.sought
        self.sought.setText(f"Much {sought}" if sought else "")
        self.sought.setIcon(icon("delete", self._theme.colors))
        self.sought.setAccessibleName(f"Scenes with much {sought}: end" if sought else "")
        self._sought_shown.setVisible(bool(sought))

    def _show_scene(self) -> None:
        self.seed.blockSignals(True)
        # A project may show a scene beyond those on offer.
        self.seed.setMaximum(max(LAST_SEED, self._document.scene.seed))
        self.seed.setValue(self._document.scene.seed)
        self.seed.blockSignals(False)
        self._show_chosen()

    def _show_chosen(self) -> None:
        count = len(self.strip.chosen)
        self._actions.tell("apply", f"({count})" if count else "")
        self._actions["apply"].setIconText(f"Apply to {count}" if count else "Apply")
        self._actions["apply"].setEnabled(bool(count and self._document.history))
        self._apply.offer(bool(self._document.history))

    def _ask(self) -> None:
        """Have one thumbnail made; the next is asked for when it is here and the hand rests."""
        missing = self.strip.missing() if self._live.resting else []
        if missing and self._awaited is None:
            self._awaited = missing[0]
            self._live.ask_thumbnail(missing[0])

    @Slot(object, QImage)
    def _take(self, scene: Scene, image: QImage) -> None:
        self.strip.scenes.take(scene, image)
        if scene == self._awaited:
            self._awaited = None
            self._ask()


class _Apply(QWidget):
    """The button *Apply*: seen where there are strokes, and its place is kept where there are none.

    A strip that changed its length under the mouse would have another tile where one pressed.
    """

    def __init__(self, action: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self._button = QToolButton(self)
        self._button.setDefaultAction(action)
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._button)
        action.setIconText(f"Apply to {_MOST_TOLD}")
        self._button.ensurePolished()
        self.setFixedWidth(self._button.sizeHint().width())

    def offer(self, on: bool) -> None:
        """Show the button, or keep only its place."""
        self._button.setVisible(on)
