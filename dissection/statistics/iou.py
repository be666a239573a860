"""Counts of units above their level against concepts: what every IoU is made of.

The intersections of all units with all concepts are the product of two indicator matrices, units
by pixels and pixels by concepts. Both are nearly empty, by definition: a unit is above its level
at no more than 1 % of the pixels, and a pixel has at most one concept in each channel. So the
product is taken sparsely, as a count of (unit, concept) pairs over the pixels that are above a
level: in integers, for all units and concepts at once, several times faster on a CPU than the
dense product and independent of the number of concepts.
"""

import torch
from torch import Tensor

from dissection.statistics.samples import Samples
from dissection.statistics.tally import HALVES, Tally


def distinct(labels: Tensor) -> Tensor:
    """Concept maps (N, K, ...) in which a pixel names each concept once; repeats become 0.

    A pixel has a concept if *any* channel names it, and then has it once.
    """
    labels = labels.clone()
    for channel in range(1, labels.shape[1]):
        repeated = (labels[:, :channel] == labels[:, channel : channel + 1]).any(1)
        labels[:, channel].masked_fill_(repeated, 0)
    return labels


def count_pixels(
    samples: Samples, features: Tensor, levels: Tensor, labels: Tensor, concepts: int, first: int
) -> Tally:
    """The tally of one batch.

    Args:
        samples: the layer's samples on the measuring grid.
        features: float (n, C, h, w), the layer's output.
        levels: float (C,); a unit counts where its upsampled activation is strictly above.
        labels: integers (n, K, grid, grid), 0..concepts - 1, channels ``distinct``; 0 is nothing.
        concepts: length of the vocabulary.
        first: place in the sample of the batch's first image; even and odd places make the halves.
    """
    images, channels = labels.shape[:2]
    units = features.shape[1]
    infinity = torch.full_like(levels, torch.inf)
    found = samples.find(features, torch.nextafter(levels, infinity))
    image = found.places // samples.count
    half = (image + first) % HALVES
    # Labels in the order (image, pixel): the place of a sample is its row.
    flat = labels.flatten(2).transpose(1, 2).reshape(-1, channels).long()
    named = flat.index_select(0, found.places)  # (M, K)
    pair = (half[:, None] * concepts + named) * units + found.units[:, None]
    intersection = torch.bincount(pair.reshape(-1), minlength=HALVES * concepts * units)
    activated = torch.bincount(half * units + found.units, minlength=HALVES * units)
    halves = (torch.arange(images, device=labels.device) + first) % HALVES
    in_half = halves.repeat_interleave(samples.count)[:, None] * concepts + flat
    area = torch.bincount(in_half.reshape(-1), minlength=HALVES * concepts)
    pixels = torch.bincount(halves, minlength=HALVES) * samples.count
    tally = Tally(
        intersection.view(HALVES, concepts, units).cpu().numpy(),
        activated.view(HALVES, units).cpu().numpy(),
        area.view(HALVES, concepts).cpu().numpy(),
        pixels.cpu().numpy(),
    )
    tally.intersection[:, 0] = 0  # nothing is no concept
    tally.area[:, 0] = 0
    return tally
