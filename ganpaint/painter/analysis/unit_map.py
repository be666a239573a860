"""Where one unit is active in the picture on screen, asked of the render thread."""

from collections.abc import Iterator
from dataclasses import dataclass

from dissection.results.dissection import Dissection
from ganpaint.rendering.queries import Question, Studio

#: Pixels along a side of a map over the picture.
SIDE = 256


@dataclass(frozen=True, eq=False)
class UnitMapQuestion(Question):
    """A unit under the strokes on screen; the answer is a ``UnitReading``, SIDE pixels wide.

    Right behind the exact picture it costs a copy.

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
        from dissection.measurement.unit_reading import read_unit

        features = studio.renderer(self.scene, self.latent).features(self.layer, self.edit)
        yield read_unit(self.dissection, self.layer, self.unit, features[self.unit], SIDE)
