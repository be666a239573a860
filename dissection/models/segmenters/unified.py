"""The published unified-parsing segmenter of Bau et al. 2020, with its color network.

UPerNet on a ResNet-50 (Xiao et al. 2018) names objects, parts and materials; a smaller network
names colors; halves of objects are cut from the object map. In the paper's code the whole is
called *netpqc*: parts of all objects, quarters, colors. The weights are not part of this program;
the published files are read as they are.
"""

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.errors import BadInputError
from dissection.models.segmenters.deepstem import color_encoder, unified_encoder
from dissection.models.segmenters.halves import add_halves, half_codes
from dissection.models.segmenters.published import load_published
from dissection.models.segmenters.pyramid import (
    ColorDecoder,
    UnifiedDecoder,
    UnifiedScores,
    resized,
)
from dissection.models.segmenters.unified_vocabulary import (
    FIRST_COLOR,
    FIRST_MATERIAL,
    OBJECTS,
    numbering_digest,
    part_groups,
    unified_vocabulary,
)
from dissection.runtime.files import file_digest, user_path

UNIFIED_FILES = (
    "upp-resnet50-upernet/encoder_epoch_40.pth",
    "upp-resnet50-upernet/decoder_epoch_40.pth",
)
COLOR_FILES = (
    "color-resnet18dilated-ppm_deepsup/encoder_epoch_20.pth",
    "color-resnet18dilated-ppm_deepsup/decoder_epoch_20.pth",
)
_INPUT = 256
_BGR_MEANS = (102.9801, 115.9465, 122.7717)
_AT_ONCE = 8  # pictures in one pass: the widest map takes 32 MB for each


class UnifiedSegmenter:
    """A ``SoftSegmenter`` over the 1,825 concepts, or 1,813 without a color network.

    Pictures are brought to 256 x 256 px by area (smaller ones are enlarged), and answered at a
    quarter of their own size. Channels: object, material, part (only where the first channel
    names the part's owner), top or bottom half, left or right half, color.

    Args:
        network: the unified encoder and decoder, in eval mode.
        color: the color encoder and decoder, in eval mode, or None.
        digest: a hash of the weights.
        device: where to compute.
    """

    def __init__(
        self,
        network: nn.Module,
        color: nn.Module | None = None,
        digest: str = "",
        device: torch.device | str = "cpu",
    ) -> None:
        self.vocabulary = unified_vocabulary(colors=color is not None)
        self.digest = hashlib.sha256(f"{numbering_digest()} {digest}".encode()).hexdigest()
        layout = torch.channels_last
        self._network = network.to(device).to(memory_format=layout)
        self._color = None if color is None else color.to(device).to(memory_format=layout)
        groups = part_groups()
        owners = [group.owner for group in groups for _ in group.concepts]
        parts = [concept for group in groups for concept in group.concepts]
        self._owners = torch.tensor(owners, device=device)
        self._parts = torch.tensor(parts, device=device)
        self._named = torch.tensor([i for i, part in enumerate(parts) if part], device=device)
        self._groups = [(group.first, len(group.concepts)) for group in groups]
        self._means = torch.tensor(_BGR_MEANS, device=device).view(1, 3, 1, 1)

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        """int64 (N, 6 or 5, h, w); see ``Segmenter.segment``.

        Raises:
            BadInputError: the images are not (N, 3, H, W), or too small to have a quarter.
        """
        out = _output_size(images, size)
        with torch.inference_mode():
            return torch.cat([self._maps(some, out) for some in images.split(_AT_ONCE)])

    def probabilities(self, images: Tensor) -> Tensor:
        """Float (N, len(vocabulary), H / 4, W / 4); see ``SoftSegmenter.probabilities``.

        A part has its group's softmax times the owner's probability; where it shares its number
        with an object, the two exclude each other and add up. Halves: see ``add_halves``.
        """
        out = _output_size(images, None)
        prepared = self._prepared(images)
        scores = self._scores(prepared, out)
        objects, materials = scores.object.softmax(1), scores.material.softmax(1)
        within = [scores.part[:, a : a + n].softmax(1) for a, n in self._groups]
        parts = torch.cat(within, 1) * objects[:, self._owners]
        planes = objects.new_zeros(len(images), len(self.vocabulary), *out)
        numbers = torch.arange(len(self.vocabulary), device=planes.device)
        planes = planes.index_add(1, numbers[1 : 1 + OBJECTS], objects[:, 1:])
        of_materials = numbers[FIRST_MATERIAL : FIRST_MATERIAL + materials.shape[1] - 1]
        planes = planes.index_add(1, of_materials, materials[:, 1:])
        named = self._named
        planes = planes.index_add(1, self._parts[named], parts[:, named])
        likeliest, object_ = objects.max(1, keepdim=True)
        codes = half_codes(object_[:, 0])
        planes = add_halves(planes, likeliest, torch.where(codes > 0, object_ + codes * OBJECTS, 0))
        if self._color is not None:
            colors = resized(self._color(prepared).float(), out).softmax(1)
            planes = planes.index_add(1, numbers[FIRST_COLOR:], colors)
        return planes

    def _maps(self, images: Tensor, out: tuple[int, int]) -> Tensor:
        prepared = self._prepared(images)
        scores = self._scores(prepared, out)
        objects = scores.object.argmax(1)
        materials = scores.material.argmax(1)
        owned = objects[:, None] == self._owners[None, :, None, None]
        # An object without parts masks every channel; the first of all means nothing.
        parts = self._parts[scores.part.masked_fill(~owned, -torch.inf).argmax(1)]
        codes = half_codes(objects)
        channels = [
            objects,
            torch.where(materials > 0, materials + (FIRST_MATERIAL - 1), 0),
            parts,
            *torch.where(codes > 0, objects[:, None] + codes * OBJECTS, 0).unbind(1),
        ]
        if self._color is not None:
            channels.append(FIRST_COLOR + resized(self._color(prepared), out).argmax(1))
        return torch.stack(channels, 1)

    def _prepared(self, images: Tensor) -> Tensor:
        """Blue, green, red, 0..255, minus the means, 256 x 256."""
        x = (images.to(self._means) + 1) * 127.5
        x = x.flip(1) - self._means
        if x.shape[-2:] != (_INPUT, _INPUT):
            x = F.adaptive_avg_pool2d(x, _INPUT)
        return x.contiguous(memory_format=torch.channels_last)

    def _scores(self, prepared: Tensor, out: tuple[int, int]) -> UnifiedScores:
        scores: UnifiedScores = self._network(prepared)
        return UnifiedScores(*(resized(head.float(), out) for head in scores))


def _output_size(images: Tensor, size: int | None) -> tuple[int, int]:
    if images.ndim != 4 or images.shape[1] != 3 or min(images.shape[-2:]) < 4:
        raise BadInputError(
            f"Images are (N, 3, H, W) of at least 4 x 4 px, not {tuple(images.shape)}."
        )
    if size is not None:
        return size, size
    return images.shape[-2] // 4, images.shape[-1] // 4


def load_unified(
    folder: str | Path, colors: bool = True, device: torch.device | str = "cpu"
) -> UnifiedSegmenter:
    """The segmenter with the published weights.

    Args:
        folder: holds ``upp-resnet50-upernet`` and ``color-resnet18dilated-ppm_deepsup``, each
            with its encoder and decoder file, as published.
        colors: with the color network; without it the vocabulary ends before the colors.
        device: where to compute.

    Raises:
        ModelFileError: a file is missing or not what it should be; the sentence names file and
            tensor.
    """
    root = user_path(folder)
    with torch.device("meta"):  # no memory and no random numbers for weights that are replaced
        network = nn.Sequential(unified_encoder(), UnifiedDecoder())
        color = nn.Sequential(color_encoder(), ColorDecoder()) if colors else None
    files = [root / name for name in (UNIFIED_FILES + COLOR_FILES if colors else UNIFIED_FILES)]
    modules = [*network, *(color or ())]
    for module, path in zip(modules, files, strict=True):
        load_published(module, path)
    digest = " ".join(file_digest(path) for path in files)
    return UnifiedSegmenter(network, color, digest, device)
