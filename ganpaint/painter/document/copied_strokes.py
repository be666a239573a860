"""Strokes carried from one scene to others."""

from dataclasses import dataclass

from dissection.painting.history import History, Painted
from ganpaint.rendering.scene import Scene


@dataclass(frozen=True)
class CopiedStrokes:
    """Where strokes were carried to.

    Attributes:
        steps: for each scene that changed, the number of undo steps on it right after.
    """

    steps: tuple[tuple[Scene, int], ...]

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """The scenes that changed."""
        return tuple(scene for scene, _ in self.steps)


def joined_histories(there: History, brought: History) -> History:
    """The strokes of a scene with others on top; those that it has already are brought up to date.

    A stroke is the same one if its mask is the very same, however it was restyled since; or, as
    in a project that was opened again, an equal one painted with the same concept and mode.
    """
    masks = {id(painted.stroke.mask) for painted in brought}
    looks = {_look(painted) for painted in brought}
    own = (p for p in there if id(p.stroke.mask) not in masks and _look(p) not in looks)
    joined = (*own, *brought)
    return there if joined == there else joined


def _look(painted: Painted) -> tuple[object, ...]:
    stroke = painted.stroke
    concept = stroke.brush.concept if stroke.brush else None
    patch = stroke.stamp.patch.digest if stroke.stamp else ""
    return concept, patch, stroke.mode, stroke.mask.shape, stroke.mask.tobytes()
