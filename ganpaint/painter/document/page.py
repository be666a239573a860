"""What is painted on one scene, and the steps of it that can be taken back."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QUndoCommand, QUndoStack

from dissection.painting.history import History
from ganpaint.rendering.scene import Latent


@dataclass
class Page:
    """What was painted on a scene.

    Attributes:
        stack: the steps that can be taken back.
        history: the finished strokes, oldest first, those too that are off.
        latent: z, float32 (d,), once it is known.
        latent_given: it came with a project, and need not be the row of the seed.
        lent: the strokes of the first scene of a blend, which show on it until it has its own.
    """

    stack: QUndoStack
    history: History = ()
    latent: Latent | None = None
    latent_given: bool = False
    lent: History = ()

    @property
    def painted(self) -> bool:
        """Whether there is something on it that is on no other scene."""
        return self.history != self.lent


class ChangeHistory(QUndoCommand):
    """One step: swaps the whole history of a scene (strokes are shared, so this costs nothing).

    Args:
        put: puts a history in place.
        before: as it is.
        after: as it is to be.
        text: what the step is called.
        gesture: steps that follow one another with one number and text become one; None for
            steps that stand alone.
    """

    def __init__(
        self,
        put: Callable[[History], None],
        before: History,
        after: History,
        text: str,
        gesture: int | None = None,
    ) -> None:
        super().__init__(text)
        self._put = put
        self._before = before
        self._after = after
        self._gesture = gesture

    def redo(self) -> None:
        """Put the later history in place."""
        self._put(self._after)

    def undo(self) -> None:
        """Put the earlier history back."""
        self._put(self._before)

    def id(self) -> int:
        """Steps of one number may be merged; -1 is no number."""
        return -1 if self._gesture is None else 1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take a later step of the same gesture in."""
        if (
            not isinstance(other, ChangeHistory)
            or other._gesture != self._gesture
            or other.text() != self.text()
        ):
            return False
        self._after = other._after
        return True
