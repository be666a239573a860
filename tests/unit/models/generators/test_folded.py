import numpy as np
import pytest
import torch

from dissection.data.images import to_bytes
from dissection.data.latents import standard
from dissection.errors import BadInputError
from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.region import crop
from dissection.painting.boxes import Box
from support.tiny import tiny_generator

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


@pytest.mark.parametrize("name", ["layer2", "layer3", "layer4", "layer5", "layer8", "output_32x32"])
def test_a_box_of_inputs_changes_exactly_the_outputs_it_reaches(name: str) -> None:
    generator = tiny_generator((6, 6, 5, 4))
    step = FoldedGenerator(generator, CPU, torch.float32).steps[name]
    names = [*generator.layer_names, "output_32x32"]
    units, size, _ = generator.layer_shape(names[names.index(name) - 1])
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.normal(size=(1, units, size, size)).astype(np.float32))
    before = step(x)
    height, width = before.shape[-2:]
    for box in random_boxes(rng, size):
        moved = x.clone()
        moved[..., *box.slices] = torch.from_numpy(
            rng.normal(size=(units, box.bottom - box.top, box.right - box.left)).astype(np.float32)
        )
        after = step(moved)
        reached = step.reached(box)
        inside = reached.within(height, width)
        changed = Box.around(((after - before).abs() > 1e-6).any(1)[0].numpy())
        assert changed == inside
        patch = step.reached_outputs(moved, box)
        assert patch.shape[-2:] == (reached.bottom - reached.top, reached.right - reached.left)
        torch.testing.assert_close(
            crop(patch, inside.shifted(-reached.top, -reached.left)),
            crop(after, inside),
            atol=1e-5,
            rtol=1e-5,
        )


def random_boxes(rng: np.random.Generator, size: int) -> list[Box]:
    """Boxes anywhere on a map, with those at all corners and the whole of it."""
    edges = [np.sort(rng.choice(size + 1, 2, replace=False)) for _ in range(40)]
    boxes = [
        Box(int(y[0]), int(x[0]), int(y[1]), int(x[1]))
        for y, x in zip(edges[::2], edges[1::2], strict=True)
    ]
    last = size - 1
    corners = [Box(y, x, y + 1, x + 1) for y in (0, last) for x in (0, last)]
    return [*boxes, *corners, Box(0, 0, size, size)]


def test_the_first_layer_has_no_local_reach() -> None:
    first = FoldedGenerator(tiny_generator(), CPU, torch.float32).steps["layer1"]
    with pytest.raises(ValueError, match="depends on the latent"):
        first.reached(Box(0, 0, 1, 1))


def test_layers_that_are_folded_later_are_the_same() -> None:
    generator = tiny_generator()
    at_once = FoldedGenerator(generator, CPU, torch.float32)
    later = FoldedGenerator(generator, CPU, torch.float32, later=True)
    assert list(later.steps) == list(at_once.steps)
    for name in reversed(list(at_once.steps)):
        assert later.steps[name] is later.steps[name]
        assert torch.equal(later.steps[name].kernel, at_once.steps[name].kernel)
    with pytest.raises(KeyError):
        later.steps["layer99"]


def test_gradients_can_be_had_of_layers_that_a_picture_was_rendered_with_first() -> None:
    folded = FoldedGenerator(tiny_generator(), CPU, torch.float32)
    z = torch.from_numpy(standard(1, 16))[:, :, None, None]
    with torch.inference_mode():
        folded.run(z)
    traced = z.clone().requires_grad_()
    folded.run(traced).sum().backward()
    assert traced.grad is not None
    assert traced.grad.abs().max() > 0
