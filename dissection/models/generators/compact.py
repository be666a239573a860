"""A generator's weights in 8 bits, rounded so that its pictures change as little as can be.

The layers are rounded in order, each on what the rounded ones before it make of sample latents:
errors of weights that meet like inputs are made to cancel (``feedback``), and what remains of them
on average goes into the biases. Small tensors stay in float32.
"""

import copy
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from dissection.data.latents import standard
from dissection.errors import BadInputError
from dissection.models.generators.feedback import round_with_feedback
from dissection.models.generators.progressive import (
    Layer,
    ProgressiveGenerator,
    ScaledConvolution,
    as_latents,
    pixel_norm,
)
from dissection.models.weights.compact import LARGEST, Rounded, compacted, finest_scale, round_to
from dissection.models.weights.files import safetensors_bytes
from dissection.models.weights.overlay import whole_texts
from dissection.runtime.files import write_bytes
from dissection.runtime.progress import Meter, Report

#: Stream of the latents that the rounding is fitted to; pictures are compared on those of seed 1.
SEED = 7
#: Tensors with fewer weights than this stay as they are: nothing is saved on them.
SMALL = 4096
_BATCH = 32
#: Features kept of all sample latents, which are fewer the larger the maps; 128 MB of float32.
_KEPT_VALUES = 2**25
#: Places looked at for each input of a unit.
_ROWS = 4
#: Keeps weights from moving far for inputs that hardly occur in the sample: share of the mean.
_RIDGE = 0.01


def compact_generator(
    generator: ProgressiveGenerator,
    sample: int = 2048,
    device: torch.device | str = "cpu",
    report: Report | None = None,
) -> dict[str, Tensor | Rounded]:
    """The state of a generator with its large tensors rounded to 8 bits.

    Args:
        generator: its weights are finite; it is not changed.
        sample: latents that the rounding is fitted to, at most; wide maps are made of fewer.
        device: where to compute the features.
        report: told of every layer.

    Returns:
        What ``save_compact`` takes, under the published names.

    Raises:
        BadInputError: there is no sample.
        Stopped: the report gave False.
    """
    if sample < 1:
        raise BadInputError(f"The rounding is fitted to at least one latent, not {sample}.")
    network = copy.deepcopy(generator).float().to(device).requires_grad_(False)
    z = torch.from_numpy(standard(sample, network.depth, SEED))
    features = [as_latents(part, network.depth).to(device) for part in z.split(_BATCH)]
    chance = torch.Generator().manual_seed(SEED)
    tensors: dict[str, Tensor | Rounded] = {}
    meter = Meter(report, "rounding", len(network))
    with torch.inference_mode():
        for name, layer in network.named_children():
            assert isinstance(layer, ScaledConvolution)
            weight = layer.conv.weight
            rounded = _rounded(layer, features, chance) if weight.numel() >= SMALL else None
            if rounded is not None:
                weight.copy_(rounded.values())
            tensors[f"{name}.conv.weight"] = weight.cpu() if rounded is None else rounded
            tensors[f"{name}.wscale.b"] = layer.wscale.b.cpu()
            if name in network.layer_names:
                units, height, width = network.layer_shape(name)
                kept = max(1, _KEPT_VALUES // (units * height * width * _BATCH))
                features = [layer(x) for x in features[:kept]]
            meter.step()
    return tensors


def _rounded(layer: ScaledConvolution, features: list[Tensor], chance: torch.Generator) -> Rounded:
    """A layer's weights in 8 bits; what they are off on average is put into its bias."""
    weight = layer.conv.weight
    if layer.conv.kernel_size == (4, 4):
        # The first layer: a latent's values are independent, so no error makes up for another.
        return round_to(weight.cpu(), finest_scale(weight.cpu()))
    moments = _moments(layer, features, chance)
    inputs, mean = moments[:-1, :-1], moments[:-1, -1] / moments[-1, -1]
    # The bias takes the mean away, so only what varies has to cancel.
    inputs = inputs - torch.outer(mean, mean) * moments[-1, -1]
    inputs += torch.eye(len(inputs)) * (_RIDGE * moments.diagonal()[:-1].mean() + 1e-30)
    flat = weight.flatten(1).cpu()
    scale = finest_scale(weight.cpu())
    steps = scale.expand(weight.shape).flatten(1)
    numbers = round_with_feedback(flat, steps, inputs, LARGEST)
    off = (flat - numbers * steps).double() @ mean * layer.scale
    layer.wscale.b.add_(off.to(weight))
    return Rounded(numbers.to(torch.int8).view(weight.shape), scale)


def _moments(layer: ScaledConvolution, features: list[Tensor], chance: torch.Generator) -> Tensor:
    """Sum of x x^T, float64 (n + 1, n + 1): x the n inputs of a place, and a 1 behind them."""
    inputs = layer.conv.weight[0].numel()
    wanted = -(-_ROWS * inputs // sum(len(x) for x in features))
    seen = []
    for x in features:
        x = pixel_norm(x)
        if isinstance(layer, Layer) and layer.upsample:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        seen.append(_places(x, wanted, layer.conv.kernel_size[0], chance))
    rows = torch.cat(seen)
    rows = torch.cat([rows, rows.new_ones(len(rows), 1)], 1)
    return (rows.T @ rows).double().cpu()


def _places(x: Tensor, count: int, kernel: int, chance: torch.Generator) -> Tensor:
    """What a kernel meets at random places of each map: (N, C, h, w) -> (N * count, C * taps)."""
    n, _, height, width = x.shape
    count = min(count, height * width)
    chosen = torch.rand(n, height * width, generator=chance).argsort(1)[:, :count].to(x.device)
    around = kernel // 2
    x = F.pad(x, (around,) * 4).permute(0, 2, 3, 1)
    rows, columns = chosen // width, chosen % width
    batch = torch.arange(n, device=x.device)[:, None]
    taps = [x[batch, rows + i, columns + j] for i in range(kernel) for j in range(kernel)]
    return torch.stack(taps, -1).flatten(0, 1).flatten(1)


def save_compact(
    tensors: Mapping[str, Tensor | Rounded], path: str | Path, texts: Mapping[str, str]
) -> None:
    """Write what ``compact_generator`` made as a whole safetensors file, with texts.

    Raises:
        DissectionError: the file cannot be written.
    """
    write_bytes(path, safetensors_bytes(*compacted(tensors, whole_texts(texts))))
