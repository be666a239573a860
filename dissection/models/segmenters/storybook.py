"""The bundled segmenter: one small network that names object, part and material of each pixel.

A U-shaped network that works at half the picture's resolution (its first step folds 2x2 pixels
into channels) and unfolds the scores again at the end. As shipped it has no normalisation layers:
they are folded into the convolutions when training ends.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.errors import BadInputError, ModelFileError, UnknownNameError
from dissection.runtime.files import file_digest, replacing
from dissection.runtime.resources import bundled_models, resource
from dissection.vocabulary import Vocabulary

KIND = "dissection-segmenter"
_FOLD = 2


@dataclass(frozen=True)
class Head:
    """One decision of the network: exactly one of these concepts holds at each pixel.

    Attributes:
        name: object, part or material.
        concepts: vocabulary indices in channel order; 0 is nothing.
    """

    name: str
    concepts: tuple[int, ...]


class ConvolutionBlock(nn.Sequential):
    """3x3 convolution, batch norm while training, ReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1, norm: bool = False) -> None:
        layers: list[nn.Module] = [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=not norm)]
        if norm:
            layers.append(nn.BatchNorm2d(outputs))
        super().__init__(*layers, nn.ReLU())

    def folded(self) -> "ConvolutionBlock":
        """The same function without batch norm: its scale and shift moved into the weights."""
        conv, norm = self[0], self[1]
        assert isinstance(conv, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        assert norm.running_mean is not None
        assert norm.running_var is not None
        block = ConvolutionBlock(conv.in_channels, conv.out_channels, conv.stride[0])
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        plain = block[0]
        assert isinstance(plain, nn.Conv2d)
        assert plain.bias is not None
        with torch.no_grad():
            plain.weight.copy_(conv.weight * scale[:, None, None, None])
            plain.bias.copy_(norm.bias - norm.running_mean * scale)
        return block


class SceneNetwork(nn.Module):
    """Pictures (N, 3, S, S), -1..1, S a multiple of 16 -> scores (N, channels, S, S).

    Args:
        channels: scores a pixel, all heads side by side.
        widths: channels at 1/2, 1/4, 1/8 and 1/16 of the picture's resolution.
        norm: with batch norm, for training.
    """

    def __init__(self, channels: int, widths: Sequence[int], norm: bool = False) -> None:
        super().__init__()
        self.channels, self.widths = channels, tuple(widths)
        down: list[nn.Module] = []
        inputs = 3 * _FOLD**2
        for k, width in enumerate(widths):
            first = ConvolutionBlock(inputs, width, 1 if k == 0 else 2, norm)
            down.append(nn.Sequential(first, ConvolutionBlock(width, width, 1, norm)))
            inputs = width
        up = [
            ConvolutionBlock(widths[k] + widths[k - 1], widths[k - 1], 1, norm)
            for k in range(len(widths) - 1, 0, -1)
        ]
        self.down, self.up = nn.ModuleList(down), nn.ModuleList(up)
        self.last = ConvolutionBlock(widths[0], widths[0], 1, norm)
        self.scores = nn.Conv2d(widths[0], channels * _FOLD**2, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Scores before any softmax."""
        x, kept = F.pixel_unshuffle(images, _FOLD), []
        for block in self.down:
            x = block(x)
            kept.append(x)
        for k, block in enumerate(self.up):
            x = F.interpolate(x, scale_factor=2, mode="nearest")
            x = block(torch.cat([x, kept[-2 - k]], 1))
        return F.pixel_shuffle(self.scores(self.last(x)), _FOLD)

    def folded(self) -> "SceneNetwork":
        """The same function without normalisation layers; the network must be in eval mode."""
        plain = SceneNetwork(self.channels, self.widths)
        for name, module in self.named_modules():
            if isinstance(module, ConvolutionBlock):
                plain.get_submodule(name).load_state_dict(module.folded().state_dict())
        plain.scores.load_state_dict(self.scores.state_dict())
        return plain.eval().requires_grad_(False)


class StorybookSegmenter:
    """A ``SoftSegmenter`` over Storybook's concepts.

    Args:
        network: gives the scores of all heads side by side.
        heads: what the channels mean, in order.
        vocabulary: what the heads' indices mean.
        size: px, the resolution the network was trained at; pictures are resampled to it.
        digest: a hash of weights and settings.
        device: where to compute.
    """

    def __init__(
        self,
        network: SceneNetwork,
        heads: Sequence[Head],
        vocabulary: Vocabulary,
        size: int,
        digest: str,
        device: str = "cpu",
    ) -> None:
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.heads = tuple(heads)
        self.vocabulary = vocabulary
        self.size = size
        self.digest = digest
        self._ids = [torch.tensor(h.concepts, device=device) for h in heads]

    def scores(self, images: Tensor, size: int | None = None) -> list[Tensor]:
        """Each head's scores (N, channels, h, w) before softmax, at ``size`` px or its own.

        Raises:
            BadInputError: the images are not (N, 3, H, W).
        """
        if images.ndim != 4 or images.shape[1] != 3:
            raise BadInputError(f"Images are (N, 3, H, W), not {tuple(images.shape)}.")
        x = _resampled(images.clamp(-1.2, 1.2), self.size)
        scores = self.network(x.contiguous(memory_format=torch.channels_last)).float()
        if size is not None:
            scores = _resampled(scores, size)
        return list(scores.split([len(h.concepts) for h in self.heads], 1))

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        """int64 (N, K, h, w): one channel for each head; see ``Segmenter.segment``."""
        with torch.inference_mode():
            scores = self.scores(images, size)
            maps = [ids[s.argmax(1)] for ids, s in zip(self._ids, scores, strict=True)]
            return torch.stack(maps, 1)

    def picture_features(self, images: Tensor) -> Tensor:
        """Float32 (N, 4 * D): means of the deepest of the D maps over each quarter of the picture.

        What is where, coarsely, as the network sees it: a space to compare whole pictures in.
        """
        with torch.inference_mode():
            x = F.pixel_unshuffle(_resampled(images.clamp(-1.2, 1.2), self.size), _FOLD)
            for block in self.network.down:
                x = block(x)
            return F.adaptive_avg_pool2d(x, 2).flatten(1).float()

    def probabilities(self, images: Tensor) -> Tensor:
        """Float (N, len(vocabulary), S, S); see ``SoftSegmenter.probabilities``."""
        planes: dict[int, Tensor] = {}
        for head, scores in zip(self.heads, self.scores(images), strict=True):
            planes |= dict(zip(head.concepts, scores.softmax(1).unbind(1), strict=True))
        absent = torch.zeros_like(next(iter(planes.values())))
        planes[0] = absent
        return torch.stack([planes.get(i, absent) for i in range(len(self.vocabulary))], 1)


def _resampled(x: Tensor, size: int) -> Tensor:
    """Square maps at another size: by area where it divides evenly, else bilinear."""
    now = x.shape[-1]
    if x.shape[-2:] == (size, size):
        return x
    if now % size == 0 and x.shape[-2] == now:
        return F.avg_pool2d(x, now // size)
    return F.interpolate(x, size=(size, size), mode="bilinear", align_corners=False, antialias=True)


def save_segmenter(
    network: SceneNetwork,
    heads: Sequence[Head],
    vocabulary: Vocabulary,
    size: int,
    path: Path,
    notes: dict[str, str],
) -> None:
    """Write a folded network as float16 safetensors, whole or not at all."""
    settings = {
        "kind": KIND,
        "heads": json.dumps([[h.name, list(h.concepts)] for h in heads]),
        "vocabulary": json.dumps(vocabulary.to_json()),
        "widths": json.dumps(network.widths),
        "size": str(size),
    }
    tensors = {k: v.detach().half().contiguous() for k, v in network.state_dict().items()}
    with replacing(path) as temporary:
        save_file(tensors, temporary, {**notes, **settings})


def load_segmenter(name_or_path: str | Path, device: str = "cpu") -> StorybookSegmenter:
    """A bundled segmenter by name (``storybook``) or a file of ``save_segmenter``.

    Raises:
        UnknownNameError: neither a bundled name nor a file.
        ModelFileError: the file is no segmenter, or a damaged one.
    """
    path = Path(name_or_path)
    if not path.is_file():
        if path.suffix or str(name_or_path) not in bundled_models():
            raise UnknownNameError(
                f"There is no segmenter '{name_or_path}': it is neither a file nor a bundled model "
                f"({', '.join(bundled_models())})."
            )
        path = resource(f"models/{name_or_path}.safetensors")
    try:
        with safe_open(path, "pt") as file:
            notes = file.metadata() or {}
            tensors = {k: file.get_tensor(k).float() for k in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ModelFileError(f"The file {path} is no readable safetensors file: {error}") from error
    if notes.get("kind") != KIND:
        raise ModelFileError(f"The file {path} is no segmenter: it does not say '{KIND}'.")
    heads = [Head(name, tuple(ids)) for name, ids in json.loads(notes["heads"])]
    network = SceneNetwork(sum(len(h.concepts) for h in heads), json.loads(notes["widths"]))
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        first = str(error).split("\n")[1].strip()
        raise ModelFileError(f"The segmenter {path} is damaged: {first}") from error
    return StorybookSegmenter(
        network.eval().requires_grad_(False),
        heads,
        Vocabulary.from_json(json.loads(notes["vocabulary"])),
        int(notes["size"]),
        file_digest(path),
        device,
    )
