"""Takes the strokes of one scene to others, and says what became of it."""

from collections.abc import Sequence

from PySide6.QtCore import QObject

from ganpaint.painter.document.document import Document
from ganpaint.rendering.scene import Scene
from ganpaint.toolkit.notice import Notice


class StrokeCopier(QObject):
    """Carries strokes between scenes; every scene keeps its own, and its own steps to undo."""

    def __init__(self, document: Document, message: Notice, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self._message = message

    def carry(self, scene: Scene) -> None:
        """Put the strokes of the scene on screen on another one, and go there."""
        self._document.carry([scene])
        self._document.visit(scene)

    def bring(self, scene: Scene) -> None:
        """Put the strokes of another scene on the one on screen."""
        here = self._document.scene
        self._document.carry([here], scene)

    def apply(self, scenes: Sequence[Scene]) -> None:
        """Put the strokes of the scene on screen on others; one button takes all of it back."""
        count = len(self._document.history)
        if not scenes or not count:
            self._message.say(
                "Paint on this scene, then choose others in the strip with Ctrl or Shift."
                if not count
                else "Choose scenes in the strip with Ctrl or Shift; the strokes go on them.",
                passing=True,
            )
            return
        carried = self._document.carry(scenes)
        if not carried.steps:
            self._message.say("They have these strokes already.", passing=True)
            return
        strokes = f"{count} stroke{'s' * (count > 1)}"
        places = f"{len(carried.steps)} scene{'s' * (len(carried.steps) > 1)}"
        self._message.say(
            f"Applied {strokes} to {places}.",
            "info",
            "Undo",
            lambda: self._document.take_back(carried),
            passing=True,
        )
