"""A unit that another tab asks for on a scene: the inspector looks where it peaks."""

from PySide6.QtCore import QObject, QPointF

from ganpaint.painter.actions import Actions
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.document.document import Document
from ganpaint.painter.live_picture import LivePicture
from ganpaint.painter.tools.inspector import Inspector
from ganpaint.rendering.scene import Scene
from ganpaint.tabs.context import UnitOnScene


class UnitInspection(QObject):
    """Waits until the scene is on screen, with the dissection of its generator, and then inspects.

    Args:
        document: says which scene is in hand.
        live: its picture.
        canvas: where the place is.
        inspector: its tools and its panel.
        actions: ``inspect`` is switched on.
    """

    def __init__(
        self,
        document: Document,
        live: LivePicture,
        canvas: Canvas,
        inspector: Inspector,
        actions: Actions,
    ) -> None:
        super().__init__(document)
        self._document = document
        self._live = live
        self._canvas = canvas
        self._inspector = inspector
        self._actions = actions
        self._asked: tuple[Scene, UnitOnScene] | None = None
        live.settled.connect(self._look)
        document.palette_changed.connect(self._look)
        document.scene_changed.connect(self._forget_other)

    def ask(self, model: str, row: int, unit: UnitOnScene) -> None:
        """Inspect a unit as soon as this scene is there.

        Args:
            model: the generator; empty for the one in use.
            row: of the standard latents.
            unit: which, and where.
        """
        self._asked = Scene(model or self._document.scene.model, row), unit
        self._look()

    def _look(self) -> None:
        if self._asked is None:
            return
        scene, unit = self._asked
        known = unit.layer in self._document.palette.layers
        if scene != self._document.scene or not self._live.resting or not known:
            return
        self._asked = None
        inspector, size = self._inspector, self._canvas.picture.size
        self._actions["inspect"].setChecked(True)
        inspector.wanted.emit()  # it may have been on, behind another panel
        inspector.inspection.choose_layer(unit.layer)
        if unit.at is not None:
            at = QPointF(unit.at[0] * size.width(), unit.at[1] * size.height())
            inspector.inspection.pin(at, at, size)
            inspector.panel.seek(unit.unit)

    def _forget_other(self) -> None:
        """Whoever goes to another scene meanwhile wants that."""
        if self._asked is not None and self._asked[0] != self._document.scene:
            self._asked = None
