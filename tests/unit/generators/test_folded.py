import numpy as np
import pytest
import torch
from tiny import tiny_generator

from dissection.errors import BadInputError
from dissection.generators.folded import FoldedGenerator
from dissection.images import to_bytes
from dissection.latents import standard

CPU = torch.device("cpu")


@pytest.mark.parametrize("units", [(4, 4), (5, 7, 6), (8, 8, 6, 4), (6, 6, 6, 6, 5)])
def test_every_layer_agrees_with_the_original(units: tuple[int, ...]) -> None:
    generator = tiny_generator(units)
    folded = FoldedGenerator(generator, CPU, torch.float32)
    expected = x = torch.from_numpy(standard(2, 16))[:, :, None, None]
    for name, layer in generator.named_children():
        expected, x = layer(expected), folded.steps[name](x)
        torch.testing.assert_close(x, expected, atol=1e-4, rtol=1e-4)


def test_any_part_can_be_run_alone() -> None:
    folded = FoldedGenerator(tiny_generator(), CPU, torch.float32)
    z = torch.from_numpy(standard(1, 16))[:, :, None, None]
    middle = folded.run(z, until="layer4")
    kept = middle.clone()
    assert torch.equal(folded.run(middle, after="layer4"), folded.run(z))
    assert torch.equal(folded.run(middle, after="layer4", until="layer4"), kept)
    assert torch.equal(middle, kept)  # no step works in place on what it is given


def test_reduced_precision_is_near_and_returns_float32_pictures() -> None:
    generator = tiny_generator((32, 32, 32, 16))
    z = torch.from_numpy(standard(8, 16))[:, :, None, None]
    folded = FoldedGenerator(generator, CPU, torch.bfloat16)
    assert folded.run(z, until="layer4").dtype == torch.float32
    assert folded.run(z, until="layer5").dtype == torch.bfloat16
    live = folded.run(z)
    assert live.dtype == torch.float32
    levels = np.abs(to_bytes(live).astype(int) - to_bytes(generator(z)).astype(int))
    assert 0 < levels.mean() < 1.5
    assert np.quantile(levels, 0.999) <= 10


def test_pictures_in_batches() -> None:
    generator = tiny_generator()
    latents = standard(5, 16)
    pictures = list(FoldedGenerator(generator, CPU, torch.float32).pictures(latents, batch=2))
    assert len(pictures) == 5
    expected = to_bytes(generator(torch.from_numpy(latents)))
    assert np.abs(np.stack(pictures).astype(int) - expected.astype(int)).max() <= 1
    with pytest.raises(BadInputError, match=r"are \(N, 16\)"):
        next(FoldedGenerator(generator, CPU, torch.float32).pictures(standard(1, 8)))
