"""Pictures in another style: what stands where stays, textures and colors are others.

Storybook's scenes are painted again with another style seed, which is exact: the same things in the
same places, another season, light, materials, colors and textures. Photographs are made anew from
patches of another photograph (after Efros and Freeman 2001, "Image quilting for texture synthesis
and transfer"): each overlapping patch is replaced by the patch of the style whose coarse luminance
is nearest, after luminances were matched by rank. That keeps where it is light and dark, and takes
texture and color from elsewhere; unlike the published stylization it needs no download.
"""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.data.images import from_bytes
from dissection.data.sources import Source
from dissection.data.storybook import Storybook
from dissection.errors import BadInputError

if TYPE_CHECKING:
    from torch import Tensor

#: Patches along a side, times two less one with their overlap; cells of their coarse luminance.
_PATCHES, _COARSE = 16, 4
_CANDIDATES = 2048
_LUMINANCE = np.array([0.299, 0.587, 0.114])


class RestyledScenes:
    """Storybook's scenes, each in a style of its own seed.

    Args:
        layouts: the layout seeds.
        first_style: the style seed of the first; the others follow.
        size: px along a side.
        domain: see ``Storybook``.

    Raises:
        BadInputError: a seed or the size is out of range.
    """

    generates = False

    def __init__(
        self, layouts: Sequence[int], first_style: int, size: int, domain: str = "scenes"
    ) -> None:
        self._book, self._layouts, self._size = Storybook(domain), tuple(layouts), size
        self._first = first_style
        named = f"styles {domain} {size} {first_style} {' '.join(map(str, self._layouts))}"
        self.provenance: dict[str, Any] = {
            "kind": f"storybook:{domain} in other styles",
            "sha256": hashlib.sha256(named.encode()).hexdigest(),
            "size": len(self._layouts),
            "first_style": first_style,
        }
        self._book.paint(self._layouts[0], first_style, size)

    def __len__(self) -> int:
        return len(self._layouts)

    def inputs(self, rows: Sequence[int]) -> "Tensor":
        """The scenes as a network takes them, float32 (n, 3, size, size), -1..1."""
        pictures = [
            self._book.paint(self._layouts[row], self._first + row, self._size).image
            for row in rows
        ]
        return _tensor(pictures)


class StylizedPictures:
    """Pictures made of patches of other pictures of the same sample.

    Args:
        source: pictures of -1..1; each takes the style of another one of it.
        seed: of who takes whose style, and which patches there are to choose from.

    Raises:
        BadInputError: a single picture has no other one.
    """

    generates = False

    def __init__(self, source: Source, seed: int) -> None:
        if len(source) < 2:
            raise BadInputError("A picture takes the style of another one; give at least 2.")
        self._source, self._seed = source, seed
        # One cycle over all: nobody takes its own style.
        order = np.random.default_rng(seed).permutation(len(source))
        self._style = np.empty(len(source), np.int64)
        self._style[order] = np.roll(order, 1)
        named = f"stylized by patches {seed} {source.provenance['sha256']}"
        self.provenance: dict[str, Any] = {
            "kind": "stylized by patches of other pictures",
            "sha256": hashlib.sha256(named.encode()).hexdigest(),
            "size": len(source),
            "of": source.provenance,
            "seed": seed,
        }

    def __len__(self) -> int:
        return len(self._source)

    def inputs(self, rows: Sequence[int]) -> "Tensor":
        """The pictures in other styles, float32 (n, 3, H, W), -1..1."""
        wanted = [*rows, *(int(self._style[row]) for row in rows)]
        pictures = _bytes(self._source.inputs(wanted))
        count = len(rows)
        return _tensor(
            [
                stylize(pictures[n], pictures[count + n], [self._seed, row])
                for n, row in enumerate(rows)
            ]
        )


def stylize(
    content: NDArray[np.uint8], style: NDArray[np.uint8], seed: int | Sequence[int] = 0
) -> NDArray[np.uint8]:
    """A picture made of patches of another one; see the module.

    Args:
        content: uint8 (H, W, 3), what is where.
        style: uint8 (H, W, 3), of the same size, at least 16 px a side.
        seed: of the choice of patches.

    Example: a gray picture becomes one of the style's colors.
        >>> red = np.zeros((32, 32, 3), np.uint8)
        >>> red[..., 0] = 200
        >>> made = stylize(np.full((32, 32, 3), 90, np.uint8), red)
        >>> made.shape, int(made[..., 0].min()), int(made[..., 1:].max())
        ((32, 32, 3), 200, 0)
    """
    height, width = content.shape[:2]
    side = max(_COARSE, min(height, width) // _PATCHES // _COARSE * _COARSE)
    step = side // 2
    rng = np.random.default_rng(seed)
    count = min(_CANDIDATES, (height - side + 1) * (width - side + 1))
    top = rng.integers(0, height - side + 1, count)
    left = rng.integers(0, width - side + 1, count)
    patches = np.stack([style[y : y + side, x : x + side] for y, x in zip(top, left, strict=True)])
    known = _coarse(patches @ _LUMINANCE)
    light = _matched(content @ _LUMINANCE, style @ _LUMINANCE)
    window = np.outer(*[np.minimum(np.arange(1, side + 1), np.arange(side, 0, -1))] * 2)
    total = np.zeros((height, width, 3))
    weight = np.zeros((height, width, 1))
    rows, columns = (_starts(length, side, step) for length in (height, width))
    wanted = _coarse(np.stack([light[y : y + side, x : x + side] for y in rows for x in columns]))
    distance = (known**2).sum(1) - 2 * wanted @ known.T
    for n, best in enumerate(distance.argmin(1)):
        y, x = rows[n // len(columns)], columns[n % len(columns)]
        total[y : y + side, x : x + side] += patches[best] * window[..., None]
        weight[y : y + side, x : x + side] += window[..., None]
    return np.clip(total / weight + 0.5, 0, 255).astype(np.uint8)


def _starts(length: int, side: int, step: int) -> list[int]:
    return [*range(0, length - side, step), length - side]


def _coarse(light: NDArray[np.floating]) -> NDArray[np.float64]:
    """Luminance of patches (n, side, side) as 4 x 4 means each: (n, 16)."""
    count, side, _ = light.shape
    cell = side // _COARSE
    means: NDArray[np.float64] = light.reshape(count, _COARSE, cell, _COARSE, cell).mean((2, 4))
    return means.reshape(count, -1)


def _matched(light: NDArray[np.floating], style: NDArray[np.floating]) -> NDArray[np.float64]:
    """A luminance as bright as another one's of the same rank."""
    order = np.argsort(light, axis=None, kind="stable")
    made = np.empty(light.size)
    made[order] = np.sort(style, axis=None)
    return made.reshape(light.shape)


def _tensor(pictures: Sequence[NDArray[np.uint8]]) -> "Tensor":
    return from_bytes(np.stack(pictures)).contiguous()


def _bytes(images: "Tensor") -> NDArray[np.uint8]:
    found: NDArray[np.uint8] = (
        ((images + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
    )
    return found
