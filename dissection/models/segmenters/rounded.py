"""The bundled segmenter in bfloat16 on a CPU: weights arranged beforehand, no gradients."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.models.generators.live.operators import Convolution, rectified


class RoundedScenes:
    """What a ``SceneNetwork`` computes under torch's autocast to bfloat16, in half the time.

    Weights are rounded and arranged once, ReLU is part of the products, and scores are compared
    where they lie: neither brought to pixels nor to float32, and of no head but the concept's own.

    Args:
        down: the convolutions of each level, from the finest to the coarsest; weights are copied.
        up: those that go back, one for each level but the last.
        last: of the finest level.
        scores: of all heads side by side.
        heads: the concepts of each head's channels, in order.
        fold: how many pixels along a side one cell of the finest level stands for.
    """

    def __init__(
        self,
        down: Sequence[Sequence[nn.Conv2d]],
        up: Sequence[nn.Conv2d],
        last: nn.Conv2d,
        scores: nn.Conv2d,
        heads: Sequence[Sequence[int]],
        fold: int,
    ) -> None:
        self._heads, self._fold = [tuple(head) for head in heads], fold
        self._down = [[_arranged(layer) for layer in level] for level in down]
        self._up, self._last = [_arranged(layer) for layer in up], _arranged(last)
        self._scores = _arranged(scores, relu=False)

    def scores(self, images: Tensor) -> Tensor:
        """Scores of pictures (N, 3, S, S): bfloat16 (N, channels, S, S), before any softmax."""
        return F.pixel_shuffle(self._cells(images), self._fold)

    def count(self, images: Tensor, concept: int) -> Tensor:
        """Pixels of a concept, int64 (N,), in pictures (N, 3, S, S) of the network's size.

        Args:
            images: float32, -1..1.
            concept: index in the vocabulary, not 0.
        """
        scores = self._cells(images).permute(0, 2, 3, 1)
        scores = scores.reshape(*scores.shape[:3], -1, self._fold**2)
        named = scores.new_zeros((*scores.shape[:3], scores.shape[-1]), dtype=torch.bool)
        first = 0
        for head in self._heads:
            if concept in head:
                part = scores[..., first : first + len(head), :]
                named |= _wins(part, head.index(concept))
            first += len(head)
        return named.sum((1, 2, 3))

    def _cells(self, images: Tensor) -> Tensor:
        """Scores of the pixels of each cell side by side: bfloat16 (N, channels * fold^2, ...)."""
        with torch.inference_mode(), torch.autocast(images.device.type, enabled=False):
            x = F.pixel_unshuffle(images, self._fold).bfloat16()
            x, kept = x.contiguous(memory_format=torch.channels_last), []
            for level in self._down:
                for convolve in level:
                    x = convolve(x)
                kept.append(x)
            for k, convolve in enumerate(self._up):
                x = F.interpolate(x, scale_factor=2, mode="nearest")
                x = convolve(torch.cat([x, kept[-2 - k]], 1))
            return self._scores(self._last(x))


def _wins(scores: Tensor, channel: int) -> Tensor:
    """Where a channel (the last axis but one) has the highest score, or is the first of those."""
    own = scores[..., channel, :]
    wins = torch.ones_like(own, dtype=torch.bool)
    if channel:
        wins &= own > scores[..., :channel, :].amax(-2)
    if channel + 1 < scores.shape[-2]:
        wins &= own >= scores[..., channel + 1 :, :].amax(-2)
    return wins


def _arranged(layer: nn.Conv2d, relu: bool = True) -> Convolution:
    assert layer.bias is not None
    return rectified(layer.weight, layer.bias, int(layer.padding[0]), layer.stride[0], relu)
