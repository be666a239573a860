"""Storybook: procedural scenes with exact ground truth, painted from two seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dissection.data.storybook import churches
from dissection.data.storybook.canvas import Canvas
from dissection.data.storybook.style import Style
from dissection.data.storybook.vocabulary import STORYBOOK
from dissection.errors import BadInputError, UnknownNameError
from dissection.vocabulary import Concept, Vocabulary

SMALLEST, LARGEST = 64, 512

# Layout and style seeds with one number must not share a stream.
_LAYOUT_STREAM, _STYLE_STREAM, _DERIVED_STREAM = 0, 1, 2


class Layout(Protocol):
    """What stands where; painted through a style."""

    def paint(self, canvas: Canvas, style: Style) -> None:
        """Paint the scene, back to front."""


class LayoutKind(Protocol):
    """A class of layouts that can be drawn from a generator."""

    def draw(self, rng: np.random.Generator) -> Layout:
        """Draw a layout."""


@dataclass(frozen=True)
class Domain:
    """A kind of scene: how its layouts are drawn, and the concepts they can show."""

    layouts: LayoutKind
    concepts: Mapping[str, Sequence[str]]


DOMAINS = {"churches": Domain(churches.ChurchLayout, churches.CONCEPTS)}


@dataclass(frozen=True)
class Scene:
    """One painted scene.

    Attributes:
        image: uint8 (S, S, 3), RGB.
        maps: uint8 (3, S, S): object, part and material as indices into ``STORYBOOK``, 0 nothing.
    """

    image: npt.NDArray[np.uint8]
    maps: npt.NDArray[np.uint8]


class Storybook:
    """A painter of scenes of one domain.

    Args:
        domain: one of ``DOMAINS``.

    Attributes:
        domain: its name.
        vocabulary: ``STORYBOOK``, the concepts of all domains.
        concepts: those of them that this domain can show, in the vocabulary's order.

    Raises:
        UnknownNameError: there is no such domain.

    Example:
        >>> scene = Storybook("churches").paint(7, size=64)
        >>> scene.image.shape, scene.maps.shape
        ((64, 64, 3), (3, 64, 64))
    """

    def __init__(self, domain: str = "churches") -> None:
        if domain not in DOMAINS:
            raise UnknownNameError(
                f"Storybook has no domain '{domain}'; known are {', '.join(sorted(DOMAINS))}."
            )
        self.domain = domain
        self.vocabulary: Vocabulary = STORYBOOK
        shown = DOMAINS[domain].concepts
        self.concepts: tuple[Concept, ...] = tuple(
            concept for concept in STORYBOOK if concept.name in shown.get(concept.category, ())
        )

    def paint(self, layout: int, style: int | None = None, size: int = 128) -> Scene:
        """Paint a scene; the same call gives the same bytes.

        Args:
            layout: the seed of what stands where, at least 0. One layout has the same objects in
                the same places in every style and at every size.
            style: the seed of season, time of day, light, materials, colors and textures, at
                least 0. Without one it is derived from ``layout``.
            size: pixels along a side, 64 to 512.

        Raises:
            BadInputError: the size or a seed is out of range.
        """
        if not SMALLEST <= size <= LARGEST:
            raise BadInputError(
                f"Storybook paints pictures of {SMALLEST} to {LARGEST} pixels, not of {size}; "
                "choose a size in that range."
            )
        if layout < 0 or (style is not None and style < 0):
            seeds = f"seeds {layout}" + ("" if style is None else f" and {style}")
            raise BadInputError(f"Storybook's seeds are 0 or more; choose others than the {seeds}.")
        where = np.random.default_rng([_LAYOUT_STREAM, layout])
        how = np.random.default_rng(
            [_DERIVED_STREAM, layout] if style is None else [_STYLE_STREAM, style]
        )
        canvas = Canvas(size)
        plan = DOMAINS[self.domain].layouts.draw(where)
        plan.paint(canvas, Style.draw(how))
        return Scene(canvas.image(), canvas.maps)
