"""The Progressive GAN generator (Karras et al. 2018) in the published layer naming.

A Sequential of ``layer1`` ... ``layerN`` and ``output_RxR``. Each layer is pixel norm, nearest
upsampling (odd layers from the third), a convolution with equalised learning rate, bias and leaky
ReLU 0.2; *layer output* means after the leaky ReLU. The output layer is pixel norm and a 1x1
convolution without any squashing, so pictures are nominally in -1..1 but not clamped.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.errors import BadInputError, UnknownNameError

#: Units at 4, 8, 16, ... px of the published generators (Bau et al. 2020; formats/proggan).
PUBLISHED_UNITS: dict[int, tuple[int, ...]] = {
    8: (512, 512),
    16: (512, 512, 512),
    32: (512, 512, 512, 256),
    64: (512, 512, 512, 256, 128),
    128: (512, 512, 512, 256, 128, 64),
    256: (512, 512, 512, 256, 128, 64, 32),
    512: (512, 512, 512, 512, 256, 128, 64, 32),
    1024: (512, 512, 512, 512, 256, 128, 64, 32, 16),
}
PIXEL_NORM_EPSILON = 1e-8
LEAK = 0.2


def pixel_norm(x: Tensor) -> Tensor:
    """Each position's vector of units divided by its root mean square: (N, C, ...) -> same.

    The dtype stays too: under autocast the factor alone is float32, and all that follows would
    move twice the bytes.
    """
    return x * norm_factor(x).to(x.dtype)


def norm_factor(x: Tensor) -> Tensor:
    """What pixel norm multiplies each position by: (N, C, ...) -> (N, 1, ...)."""
    return torch.rsqrt(x.square().mean(1, keepdim=True) + PIXEL_NORM_EPSILON)


class ScaledBias(nn.Module):
    """The published ``wscale``: holds the bias ``b`` (units,); the scale is a constant."""

    def __init__(self, units: int) -> None:
        super().__init__()
        self.b = nn.Parameter(torch.zeros(units))


class ScaledConvolution(nn.Module):
    """Pixel norm, then a convolution whose weights are multiplied by a constant at run time.

    The equalised learning rate of Karras et al. 2018, section 4.1: weights are stored with unit
    variance and used times ``gain / sqrt(fan_in)``.
    """

    def __init__(self, inputs: int, units: int, kernel: int, padding: int, gain: float) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, units, kernel, padding=padding, bias=False)
        # Without memory there is nothing to fill, and torch would load sympy to say so: 1.5 s.
        if not self.conv.weight.is_meta:
            nn.init.normal_(self.conv.weight)
        self.wscale = ScaledBias(units)
        self.scale = gain / (kernel * math.sqrt(inputs))

    def convolve(self, x: Tensor) -> Tensor:
        """Scaled convolution and bias of an already normalized (N, C, h, w)."""
        weight = self.conv.weight * self.scale
        return F.conv2d(x, weight, self.wscale.b, padding=self.conv.padding)


class Layer(ScaledConvolution):
    """One layer (N, C, h, w) -> (N, C', h', w'): norm, upsampling if any, convolution, leaky ReLU.

    Attributes:
        upsample: whether the map is doubled (nearest) before the convolution.
    """

    def __init__(self, inputs: int, units: int, *, first: bool = False, upsample: bool = False):
        kernel, padding = (4, 3) if first else (3, 1)
        super().__init__(inputs, units, kernel, padding, gain=math.sqrt(2))
        self.upsample = upsample

    def forward(self, x: Tensor) -> Tensor:
        """The layer's output, after the activation."""
        x = pixel_norm(x)
        if self.upsample:
            x = F.interpolate(x, scale_factor=2, mode="nearest")
        return F.leaky_relu(self.convolve(x), LEAK)


class OutputLayer(ScaledConvolution):
    """The color layer (N, C, R, R) -> (N, 3, R, R): norm and 1x1 convolution, unclamped RGB."""

    def __init__(self, inputs: int) -> None:
        super().__init__(inputs, 3, kernel=1, padding=0, gain=1.0)

    def forward(self, x: Tensor) -> Tensor:
        """RGB, nominally in -1..1."""
        return self.convolve(pixel_norm(x))


class ProgressiveGenerator(nn.Sequential):
    """z (N, d) or (N, d, 1, 1) -> images (N, 3, R, R), RGB, nominally -1..1, unclamped.

    Args:
        units: units per resolution, from 4 px on: (512, 512) makes an 8 px generator of four
            layers; the picture is ``4 * 2 ** (len(units) - 1)`` px wide.
        depth: d, the size of the latent.

    Attributes:
        size: R, width and height of the picture in pixels.
        name: what a person calls it: a bundled model's name or a file's stem; may be empty.
        digest: SHA-256 of the file it came from, hexadecimal; empty if from none.
        metadata: texts that the file carried.

    Raises:
        BadInputError: fewer than two or more than nine resolutions (8 to 1024 px).
    """

    def __init__(self, units: Sequence[int], depth: int = 512) -> None:
        if not 2 <= len(units) <= 9:
            raise BadInputError(
                f"A Progressive GAN has from 2 to 9 resolutions (8 to 1024 px), not {len(units)}."
            )
        layers: OrderedDict[str, nn.Module] = OrderedDict()
        inputs = depth
        for k, count in enumerate(units):
            layers[f"layer{2 * k + 1}"] = Layer(inputs, count, first=k == 0, upsample=k > 0)
            layers[f"layer{2 * k + 2}"] = Layer(count, count)
            inputs = count
        size = 4 * 2 ** (len(units) - 1)
        layers[f"output_{size}x{size}"] = OutputLayer(inputs)
        super().__init__(layers)
        self.units = tuple(units)
        self.depth = depth
        self.size = size
        self.name = ""
        self.digest = ""
        self.metadata: dict[str, str] = {}

    @property
    def layer_names(self) -> list[str]:
        """``layer1`` ... ``layerN``, in order, without the output layer."""
        return [name for name, _ in self.named_children() if name.startswith("layer")]

    def layer_shape(self, name: str) -> tuple[int, int, int]:
        """(C, h, w) of a layer's output.

        Raises:
            UnknownNameError: there is no such layer; the sentence lists those that there are.
        """
        require_layer(name, self.layer_names)
        k = (int(name.removeprefix("layer")) - 1) // 2
        return self.units[k], 4 * 2**k, 4 * 2**k

    def forward(self, z: Tensor) -> Tensor:
        """Images of a batch of latents."""
        return self.run(as_latents(z, self.depth))

    def run(self, x: Tensor, after: str | None = None, until: str | None = None) -> Tensor:
        """Part of the network: the layers behind ``after`` up to and including ``until``.

        Args:
            x: the output of layer ``after``, or latents (N, d, 1, 1) if that is None.
            after: name of the layer that made ``x``.
            until: name of the last layer to run, at or behind ``after``; None runs to the picture.

        Raises:
            UnknownNameError: there is no such layer.
        """
        layers = dict(self.named_children())
        names = list(layers)
        for name in (after, until):
            if name is not None:
                require_layer(name, names)
        start = 0 if after is None else names.index(after) + 1
        stop = len(names) if until is None else names.index(until) + 1
        for name in names[start:stop]:
            x = layers[name](x)
        return x


def as_latents(z: Tensor, depth: int) -> Tensor:
    """Latents (N, d) or (N, d, 1, 1) as (N, d, 1, 1).

    Raises:
        BadInputError: another shape.
    """
    if z.ndim == 2 and z.shape[1] == depth:
        return z[:, :, None, None]
    if z.ndim == 4 and tuple(z.shape[1:]) == (depth, 1, 1):
        return z
    raise BadInputError(
        f"Latents for this generator are (N, {depth}) or (N, {depth}, 1, 1), not {tuple(z.shape)}."
    )


def require_layer(name: str, known: Sequence[str]) -> None:
    """Raise an UnknownNameError that lists the layers unless ``name`` is one of them."""
    if name not in known:
        raise UnknownNameError(f"There is no layer '{name}'; this network has {', '.join(known)}.")
