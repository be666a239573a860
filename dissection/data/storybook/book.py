"""Storybook: procedural scenes with exact ground truth, painted from two seeds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Protocol

import numpy as np
import numpy.typing as npt

from dissection.data.storybook import churches
from dissection.data.storybook.canvas import Canvas
from dissection.data.storybook.scenes.layout import SceneLayout
from dissection.data.storybook.scenes.recipes import CLASSES
from dissection.data.storybook.scenes.things import NAMES
from dissection.data.storybook.scenes.vocabulary import CONCEPTS, SCENES
from dissection.data.storybook.style import Style
from dissection.data.storybook.vocabulary import STORYBOOK
from dissection.errors import BadInputError, UnknownNameError
from dissection.vocabulary import Concept, Vocabulary

SMALLEST, LARGEST = 64, 512

# Layout and style seeds with one number must not share a stream.
_LAYOUT_STREAM, _STYLE_STREAM, _DERIVED_STREAM = 0, 1, 2


class Paint(Protocol):
    """Paints the scene of two seeds; see ``Storybook.paint``."""

    def __call__(
        self, canvas: Canvas, layout: int, style: int | None, without: frozenset[str]
    ) -> None:
        """Paint."""


class Tell(Protocol):
    """Tells the tags of the scene of two seeds; see ``Storybook.tags``."""

    def __call__(self, layout: int, style: int | None) -> dict[str, str]:
        """Tell."""


@dataclass(frozen=True)
class Domain:
    """A kind of scenes.

    Attributes:
        paint: paints one.
        tags: what it is besides.
        vocabulary: what the values of the label maps mean.
        concepts: the concepts that occur, by category.
        classes: what kinds of places there are; empty where all are of one kind.
        things: what can be left out.
    """

    paint: Paint
    tags: Tell
    vocabulary: Vocabulary
    concepts: Mapping[str, Collection[str]]
    classes: tuple[str, ...] = ()
    things: frozenset[str] = frozenset()


def _paint_church(canvas: Canvas, layout: int, style: int | None, without: frozenset[str]) -> None:
    where = np.random.default_rng([_LAYOUT_STREAM, layout])
    churches.ChurchLayout.draw(where).paint(canvas, _church_style(layout, style))


def _church_style(layout: int, style: int | None) -> Style:
    how = [_DERIVED_STREAM, layout] if style is None else [_STYLE_STREAM, style]
    return Style.draw(np.random.default_rng(how))


def _church_tags(layout: int, style: int | None) -> dict[str, str]:
    drawn = _church_style(layout, style)
    return {**drawn.tags, "walls": drawn.wall_material}


def _paint_scene(canvas: Canvas, layout: int, style: int | None, without: frozenset[str]) -> None:
    SceneLayout.draw(layout).paint(canvas, style, without)


def _scene_tags(layout: int, style: int | None) -> dict[str, str]:
    return SceneLayout.draw(layout).tags(style)


DOMAINS = {
    "churches": Domain(_paint_church, _church_tags, STORYBOOK, churches.CONCEPTS),
    "scenes": Domain(_paint_scene, _scene_tags, SCENES, CONCEPTS, CLASSES, frozenset(NAMES)),
}


@dataclass(frozen=True)
class Scene:
    """One painted scene.

    Attributes:
        image: uint8 (S, S, 3), RGB.
        maps: uint8 (3, S, S): object, part and material as indices into the domain's vocabulary,
            0 nothing.
        name: the class that it is one of, "" where the domain has none.
        tags: what it is besides, see ``Storybook.tags``.
    """

    image: npt.NDArray[np.uint8]
    maps: npt.NDArray[np.uint8]
    name: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


class Storybook:
    """A painter of scenes of one domain.

    Args:
        domain: one of ``DOMAINS``.

    Attributes:
        domain: its name.
        vocabulary: what the values of the label maps mean.
        concepts: those of them that the domain can show, in the vocabulary's order.
        classes: names of the classes of scenes, in the order of their numbers; empty where the
            domain has none.
        things: what can be left out of its scenes.

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
        self._domain = DOMAINS[domain]
        self.vocabulary: Vocabulary = self._domain.vocabulary
        self.classes, self.things = self._domain.classes, self._domain.things
        shown = self._domain.concepts
        self.concepts: tuple[Concept, ...] = tuple(
            c for c in self.vocabulary if c.name in shown.get(c.category, ())
        )

    def class_of(self, layout: int) -> int:
        """The number of the class of a layout's scene: classes take turns.

        Raises:
            BadInputError: the domain has no classes.
        """
        if not self.classes:
            raise BadInputError(
                f"The scenes of {self.domain} are all of one class; take those of scenes."
            )
        return layout % len(self.classes)

    def tags(self, layout: int, style: int | None = None) -> dict[str, str]:
        """What a person would say of a scene beside its class, without painting it.

        Args:
            layout: see ``paint``.
            style: see ``paint``.

        Returns:
            ``time`` of day, ``season``, ``snow`` ("yes" or "no"), the material of the ``walls``;
            of scenes also the ``ground``.

        Raises:
            BadInputError: a seed is below 0.
        """
        if layout < 0 or (style is not None and style < 0):
            raise BadInputError(f"Storybook's seeds are 0 or more; choose another than {layout}.")
        return self._domain.tags(layout, style)

    def paint(
        self,
        layout: int,
        style: int | None = None,
        size: int = 128,
        without: str | Collection[str] = (),
    ) -> Scene:
        """Paint a scene; the same call gives the same bytes.

        Args:
            layout: the seed of what stands where, at least 0. One layout has the same objects in
                the same places in every style and at every size.
            style: the seed of season, time of day, light, materials, colors and textures, at
                least 0. Without one it is derived from ``layout``.
            size: pixels along a side, 64 to 512.
            without: one or more of ``things`` that are left out, as ``"boat"``; all else stays as
                it is, to the pixel where nothing of it is seen (a lake mirrors what stands behind).

        Raises:
            BadInputError: the size or a seed is out of range.
            UnknownNameError: there is no such thing to leave out.
        """
        if not SMALLEST <= size <= LARGEST:
            raise BadInputError(
                f"Storybook paints pictures of {SMALLEST} to {LARGEST} pixels, not of {size}; "
                "choose a size in that range."
            )
        if layout < 0 or (style is not None and style < 0):
            seeds = f"seeds {layout}" + ("" if style is None else f" and {style}")
            raise BadInputError(f"Storybook's seeds are 0 or more; choose others than the {seeds}.")
        left_out = frozenset([without] if isinstance(without, str) else without)
        if unknown := sorted(left_out - self.things):
            near = get_close_matches(unknown[0], self.things, n=3) or sorted(self.things)
            raise UnknownNameError(
                f"Storybook cannot leave '{unknown[0]}' out of {self.domain}; "
                + (f"it can {', '.join(near)}." if near else "take --domain scenes for that.")
            )
        canvas = Canvas(size)
        self._domain.paint(canvas, layout, style, left_out)
        name = self.classes[self.class_of(layout)] if self.classes else ""
        return Scene(canvas.image(), canvas.maps, name, self._domain.tags(layout, style))
