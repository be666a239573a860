"""The bundled segmenter: one small network that names object, part and material of each pixel.

A U-shaped network that works at half the picture's resolution (its first step folds 2x2 pixels
into channels) and unfolds the scores again at the end. As shipped it has no normalization layers:
they are folded into the convolutions when training ends.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.errors import BadInputError, ModelFileError, UnknownNameError
from dissection.models.bundled import SEGMENTER, bundled_segmenters
from dissection.models.segmenters.rounded import RoundedScenes
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.files import read_tensors, require_plain, safetensors_bytes
from dissection.runtime.files import file_digest, reason, user_path, write_bytes
from dissection.runtime.reading import parse_json
from dissection.runtime.resources import bundled_models, resource
from dissection.vocabulary import Vocabulary

KIND = SEGMENTER
_FOLD = 2
#: What a file may claim at most: resolutions, units of a layer, px of a side.
_MOST_WIDTHS, _WIDEST, _LARGEST_SIDE = 8, 4096, 4096
#: What notes of the wrong form may raise.
_MALFORMED = (LookupError, TypeError, ValueError, AttributeError, OverflowError)


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

    def rounded(self, heads: Sequence[Sequence[int]]) -> RoundedScenes:
        """The same in bfloat16, to count concepts with; without normalization layers.

        Args:
            heads: the concepts of each head's channels, in order.
        """

        def first(block: nn.Module) -> nn.Conv2d:
            layer = next(block.children())
            assert isinstance(layer, nn.Conv2d)
            return layer

        down = [[first(block) for block in level.children()] for level in self.down]
        up = [first(block) for block in self.up]
        return RoundedScenes(down, up, first(self.last), self.scores, heads, _FOLD)

    def folded(self) -> "SceneNetwork":
        """The same function without normalization layers; the network must be in eval mode."""
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
        self._rounded: RoundedScenes | None = None
        self._ids = [torch.tensor(h.concepts, device=device) for h in heads]

    def scores(self, images: Tensor, size: int | None = None) -> list[Tensor]:
        """Each head's scores (N, channels, h, w) before softmax, at ``size`` px or its own.

        Raises:
            BadInputError: the images are not (N, 3, H, W).
        """
        if images.ndim != 4 or images.shape[1] != 3:
            raise BadInputError(f"Images are (N, 3, H, W), not {tuple(images.shape)}.")
        x = _resampled(images.clamp(-1.2, 1.2), self.size)
        scores = self._network_scores(x).float()
        if size is not None:
            scores = _resampled(scores, size)
        return list(scores.split([len(h.concepts) for h in self.heads], 1))

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        """int64 (N, K, h, w): one channel for each head; see ``Segmenter.segment``."""
        with torch.inference_mode():
            scores = self.scores(images, size)
            maps = [ids[s.argmax(1)] for ids, s in zip(self._ids, scores, strict=True)]
            return torch.stack(maps, 1)

    def count(self, images: Tensor, concept: int) -> Tensor:
        """See ``CountingSegmenter.count``."""
        x = _resampled(images.clamp(-1.2, 1.2), self.size)
        with torch.inference_mode():
            return self._in_bfloat16().count(x, concept)

    def _network_scores(self, x: Tensor) -> Tensor:
        if x.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
            plain = not (torch.is_grad_enabled() and x.requires_grad)
            if plain and torch.get_autocast_dtype("cpu") == torch.bfloat16:
                return self._in_bfloat16().scores(x)
        scores: Tensor = self.network(x.contiguous(memory_format=torch.channels_last))
        return scores

    def _in_bfloat16(self) -> RoundedScenes:
        """The network as autocast has it, to the last bit, in two thirds of the time."""
        if self._rounded is None:
            with torch.inference_mode(), torch.autocast("cpu", enabled=False):
                self._rounded = self.network.rounded([head.concepts for head in self.heads])
        return self._rounded

    def picture_features(self, images: Tensor) -> Tensor:
        """Float32 (N, 4 * D): means of the deepest of the D maps over each quarter of the picture.

        What is where, coarsely, as the network sees it: a space to compare whole pictures in.
        """
        return F.adaptive_avg_pool2d(self.feature_maps(images), 2).flatten(1)

    def feature_maps(self, images: Tensor) -> Tensor:
        """Float32 (N, D, S / 16, S / 16): the deepest maps, before anything is named."""
        with torch.inference_mode():
            x = F.pixel_unshuffle(_resampled(images.clamp(-1.2, 1.2), self.size), _FOLD)
            for block in self.network.down:
                x = block(x)
            return x.float()

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
    write_bytes(path, safetensors_bytes(tensors, {**notes, **settings}))


def load_segmenter(name_or_path: str | Path, device: str = "cpu") -> StorybookSegmenter:
    """A bundled segmenter by name (``storybook``) or a file of ``save_segmenter``.

    Raises:
        UnknownNameError: neither a bundled name nor a file.
        ModelFileError: the file is no segmenter, or a damaged one.
    """
    path = user_path(name_or_path)
    if not path.exists() or path.is_dir():
        if path.suffix or str(name_or_path) not in bundled_models():
            raise UnknownNameError(
                f"There is no segmenter '{name_or_path}': it is neither a file nor a bundled model "
                f"({', '.join(bundled_segmenters())})."
            )
        path = resource(f"models/{name_or_path}.safetensors")
    try:
        tensors, notes = read_tensors(path)
        digest = file_digest(path)
    except WeightsFault as fault:
        raise ModelFileError(f"{path} cannot be used as a segmenter: {fault}.") from fault
    except OSError as error:
        raise ModelFileError(f"{path} cannot be read: {reason(error)}.") from error
    if notes.get("kind") != KIND:
        raise ModelFileError(f"The file {path} is no segmenter: it does not say '{KIND}'.")
    try:
        return _assemble(tensors, notes, digest, device)
    except WeightsFault as fault:
        raise ModelFileError(f"The segmenter {path} is damaged: {fault}.") from fault
    except _MALFORMED as error:
        raise ModelFileError(
            f"The segmenter {path} is damaged: its notes do not tell its heads, widths and "
            f"vocabulary ({type(error).__name__}); take another copy of it."
        ) from error


def _assemble(
    tensors: dict[str, Tensor], notes: Mapping[str, str], digest: str, device: str
) -> StorybookSegmenter:
    vocabulary = Vocabulary.from_json(parse_json(notes["vocabulary"]))
    heads = [Head(str(name), tuple(map(int, ids))) for name, ids in parse_json(notes["heads"])]
    named = [index for head in heads for index in head.concepts]
    widths = [int(width) for width in parse_json(notes["widths"])]
    size = int(notes["size"])
    if not named or min(named) < 0 or max(named) >= len(vocabulary):
        raise WeightsFault("its heads name concepts that its vocabulary does not have")
    if not 1 <= len(widths) <= _MOST_WIDTHS or not 0 < min(widths) <= max(widths) <= _WIDEST:
        raise WeightsFault(f"it claims to have layers of {widths[:_MOST_WIDTHS]} units")
    if size % 16 or not 16 <= size <= _LARGEST_SIDE:
        raise WeightsFault(f"it claims to see pictures of {size} px")
    with torch.device("meta"):  # no memory for weights that are claimed and not there
        network = SceneNetwork(len(named), widths)
    weights = {key: require_plain(key, tensor).float() for key, tensor in tensors.items()}
    for key, expected in network.state_dict().items():
        if key not in weights:
            raise WeightsFault(f"it lacks the tensor {key}")
        if weights[key].shape != expected.shape:
            raise WeightsFault(
                f"{key} has the shape {tuple(weights[key].shape)} and should have "
                f"{tuple(expected.shape)}"
            )
        if not torch.isfinite(weights[key]).all():
            raise WeightsFault(f"{key} has values that are not finite numbers")
        weights[key] = weights[key].to(expected.dtype)
    extra = sorted(weights.keys() - network.state_dict().keys())
    if extra:
        raise WeightsFault(f"it has the tensor {extra[0]}, which a segmenter does not have")
    network.load_state_dict(weights, assign=True)
    return StorybookSegmenter(
        network.eval().requires_grad_(False), heads, vocabulary, size, digest, device
    )
