"""The eleven basic color names, pixel by pixel.

The names are the basic color terms of Berlin and Kay (1969). The prototypes are colors of the
xkcd color-name survey (R. Munroe, "Color Survey Results", 2010: 222,500 people named random
colors on their own screens; each name with its typical sRGB, in the public domain): those names
whose last word is a basic term, "dark forest green" as green. A pixel has the name of the nearest
prototype in CIELAB (D65). Left out are names with a stroke ("blue/green"), crude ones, and "pale
grey", which is white within 1 %. Many prototypes for each term matter: with one focal
color each, dark foliage would be black and a hazy sky grey.
"""

import csv
import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import cache

import torch
from torch import Tensor
from torch.nn import functional as F

from dissection.errors import BadInputError
from dissection.runtime.resources import resource
from dissection.vocabulary import Concept, Vocabulary

COLORS = (
    "black",
    "blue",
    "brown",
    "grey",
    "green",
    "orange",
    "pink",
    "purple",
    "red",
    "white",
    "yellow",
)
_PROTOTYPES = "vocabularies/color-survey.tsv"
#: How far, in CIELAB, a color has to be from its prototype to be half-hearted about it.
SPREAD = 5.0
_AT_ONCE = 4096  # pixels compared at a time: 8 MB of distances, which stay in the cache's reach

# IEC 61966-2-1, sRGB to CIE XYZ; the white point is what (1, 1, 1) gives, D65.
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)


def srgb_to_lab(colors: Tensor) -> Tensor:
    """CIELAB (D65, 2 degrees) of sRGB colors.

    Args:
        colors: float (..., 3), 0..1.

    Returns:
        float (..., 3): L* 0..100, a*, b*.
    """
    linear = torch.where(
        colors <= 0.04045, colors / 12.92, ((colors.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4
    )
    to_xyz = colors.new_tensor(_TO_XYZ)
    xyz = (linear @ to_xyz.T) / to_xyz.sum(1)
    epsilon = 6 / 29
    f = torch.where(
        xyz > epsilon**3,
        xyz.clamp(min=epsilon**3) ** (1 / 3),
        xyz / (3 * epsilon**2) + 4 / 29,
    )
    x, y, z = f.unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


@cache
def prototypes() -> tuple[Tensor, Tensor]:
    """CIELAB float32 (P, 3) of the prototypes, and their places in ``COLORS``, int64 (P,)."""
    with resource(_PROTOTYPES).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    srgb = torch.tensor([list(bytes.fromhex(row["srgb"])) for row in rows]) / 255
    places = torch.tensor([COLORS.index(row["name"].split()[-1]) for row in rows])
    return srgb_to_lab(srgb), places


class BasicColors:
    """A ``SoftSegmenter`` with one channel that gives every pixel one of the eleven names.

    Args:
        device: where to compute.
    """

    def __init__(self, device: torch.device | str = "cpu") -> None:
        self.vocabulary = Vocabulary(Concept(name, "color") for name in COLORS)
        self.digest = hashlib.sha256(b"colors 2 " + resource(_PROTOTYPES).read_bytes()).hexdigest()
        lab, places = prototypes()
        self._lab, self._places = lab.to(device), places.to(device)
        self._of_name = [(self._places == n).nonzero()[:, 0] for n in range(len(COLORS))]

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        """int64 (N, 1, h, w), never 0; see ``Segmenter.segment``.

        With a size, pictures are averaged over areas before the decision; their own resolution
        is the pictures'.

        Raises:
            BadInputError: the images are not (N, 3, H, W).
        """
        with torch.inference_mode(), _exact(images):
            x = self._prepared(images)
            if size is not None and x.shape[-2:] != (size, size):
                x = F.adaptive_avg_pool2d(x, size)
            pixels = srgb_to_lab(x.permute(0, 2, 3, 1)).reshape(-1, 3)
            nearest = torch.cat([distances.argmin(1) for distances in self._distances(pixels)])
            return (self._places[nearest] + 1).view(len(x), 1, *x.shape[-2:])

    def probabilities(self, images: Tensor) -> Tensor:
        """Float32 (N, 12, H, W); see ``SoftSegmenter.probabilities``.

        A name has the weight exp(-d^2 / 2 SPREAD^2) at the distance d of its nearest prototype.

        Raises:
            BadInputError: the images are not (N, 3, H, W).
        """
        with _exact(images):
            x = self._prepared(images)
            pixels = srgb_to_lab(x.permute(0, 2, 3, 1)).reshape(-1, 3)
            with torch.no_grad():
                nearest = torch.cat(
                    [
                        torch.stack([of[d[:, of].argmin(1)] for of in self._of_name], 1)
                        for d in self._distances(pixels.detach())
                    ]
                )
            squared = (pixels[:, None] - self._lab[nearest]).square().sum(2)
            named = (squared / (-2 * SPREAD**2)).softmax(1).view(len(x), *x.shape[-2:], -1)
            return F.pad(named.permute(0, 3, 1, 2), (0, 0, 0, 0, 1, 0))

    def _prepared(self, images: Tensor) -> Tensor:
        """sRGB, 0..1."""
        if images.ndim != 4 or images.shape[1] != 3:
            raise BadInputError(f"Images are (N, 3, H, W), not {tuple(images.shape)}.")
        return (images.to(self._lab).clamp(-1, 1) + 1) / 2

    def _distances(self, pixels: Tensor) -> Iterator[Tensor]:
        """Squared distances of some pixels at a time to every prototype, less |pixel|^2.

        What is yielded is written over by the next.
        """
        lengths, factors = (self._lab**2).sum(1), self._lab.T * -2
        distances = pixels.new_empty(_AT_ONCE, len(lengths))
        for some in pixels.split(_AT_ONCE):
            yield torch.addmm(lengths, some, factors, out=distances[: len(some)])


def _exact(images: Tensor) -> AbstractContextManager[object]:
    """Colors are float32 whatever is computed around them."""
    return torch.autocast(images.device.type, enabled=False)
