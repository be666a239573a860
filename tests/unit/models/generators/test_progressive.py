"""The architecture against the published formula, written out once more without any module."""

import math

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dissection.errors import BadInputError, UnknownNameError
from dissection.models.generators.progressive import PUBLISHED_UNITS, ProgressiveGenerator
from support.tiny import tiny_generator


def published_picture(state: dict[str, Tensor], z: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
    """Karras et al. 2018 as the published weights use it, in float64; also all layer outputs."""
    x = z.double()[:, :, None, None]
    outputs = {}
    n = 1
    while f"layer{n}.conv.weight" in state:
        weight = state[f"layer{n}.conv.weight"].double()
        bias = state[f"layer{n}.wscale.b"].double()
        inputs, kernel = weight.shape[1], weight.shape[2]
        x = x / torch.sqrt((x**2).mean(dim=1, keepdim=True) + 1e-8)
        if n >= 3 and n % 2 == 1:
            x = x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
        x = F.conv2d(x, weight, padding=3 if n == 1 else 1)
        x = x * (math.sqrt(2) / (kernel * math.sqrt(inputs))) + bias[None, :, None, None]
        x = torch.where(x > 0, x, 0.2 * x)
        outputs[f"layer{n}"] = x
        n += 1
    size = x.shape[-1]
    weight = state[f"output_{size}x{size}.conv.weight"].double()[:, :, 0, 0]
    bias = state[f"output_{size}x{size}.wscale.b"].double()
    x = x / torch.sqrt((x**2).mean(dim=1, keepdim=True) + 1e-8)
    x = torch.einsum("oc,nchw->nohw", weight, x) / math.sqrt(x.shape[1])
    return x + bias[None, :, None, None], outputs


@pytest.mark.parametrize(
    ("units", "depth"), [((7, 5), 11), ((8, 6, 4), 16), ((8, 8, 6, 4), 512), ((512, 512), 512)]
)
def test_the_published_formula(units: tuple[int, ...], depth: int) -> None:
    generator = tiny_generator(units, depth)
    z = torch.randn(3, depth, generator=torch.Generator().manual_seed(1))
    expected, outputs = published_picture(dict(generator.state_dict()), z)
    picture = generator(z)
    assert picture.shape == (3, 3, generator.size, generator.size)
    torch.testing.assert_close(picture, expected.float(), atol=2e-4, rtol=1e-4)
    assert list(outputs) == generator.layer_names
    for name, expected_output in outputs.items():
        output = generator.run(z[:, :, None, None], until=name)
        assert tuple(output.shape[1:]) == generator.layer_shape(name)
        torch.testing.assert_close(output, expected_output.float(), atol=2e-4, rtol=1e-4)


def test_latents_of_four_dimensions_are_the_same() -> None:
    generator, z = tiny_generator(), torch.randn(2, 16)
    assert torch.equal(generator(z), generator(z[:, :, None, None]))


@pytest.mark.parametrize("shape", [(16,), (2, 15), (2, 16, 1), (2, 16, 4, 4)])
def test_latents_of_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadInputError, match=r"are \(N, 16\) or \(N, 16, 1, 1\)"):
        tiny_generator()(torch.zeros(shape))


def test_any_part_can_be_run_alone() -> None:
    generator, z = tiny_generator(), torch.randn(1, 16)
    middle = generator.run(z[:, :, None, None], until="layer3")
    assert torch.equal(generator.run(middle, after="layer3"), generator(z))
    five = generator.run(middle, after="layer3", until="layer5")
    assert torch.equal(generator.run(five, after="layer5"), generator(z))


def test_part_of_a_layer_that_does_not_exist_is_refused() -> None:
    generator, z = tiny_generator(), torch.randn(1, 16, 1, 1)
    for part in ({"after": "layer9"}, {"until": "layer9"}):
        with pytest.raises(UnknownNameError, match=r"no layer 'layer9'; .* layer1, layer2"):
            generator.run(z, **part)


def test_published_sizes() -> None:
    with torch.device("meta"):
        sizes = {ProgressiveGenerator(units).size for units in PUBLISHED_UNITS.values()}
        church = ProgressiveGenerator(PUBLISHED_UNITS[256])
    assert sizes == set(PUBLISHED_UNITS)
    assert sum(p.numel() for p in church.parameters()) == 18_344_995
    assert church.layer_shape("layer4") == (512, 8, 8)
    assert church.layer_shape("layer14") == (32, 256, 256)


@pytest.mark.parametrize("units", [(4,), (4,) * 10])
def test_too_few_or_too_many_resolutions(units: tuple[int, ...]) -> None:
    with pytest.raises(BadInputError, match="from 2 to 9 resolutions"):
        ProgressiveGenerator(units)
