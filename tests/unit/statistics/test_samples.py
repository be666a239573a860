import pytest
import torch

from dissection.statistics.samples import Found, Samples
from dissection.statistics.upsample import upsample


def exact_maps(shape: tuple[int, ...], seed: int = 0) -> torch.Tensor:
    """Multiples of 1/16: every interpolation between them is exact in float32."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-64, 64, shape, generator=generator).float() / 16


@pytest.mark.parametrize("size", [4, 8, 16, 32, 64, 128])
def test_what_is_found_is_what_full_upsampling_gives(size: int) -> None:
    maps = exact_maps((3, 5, size, size))
    full = upsample(maps, 64)
    bounds = full.transpose(0, 1).flatten(1).quantile(0.97, dim=1)
    found = Samples(size, size, 64).find(maps, bounds)
    mask = torch.zeros(3, 5, 64 * 64, dtype=torch.bool)
    values = torch.zeros(3, 5, 64 * 64)
    image, pixel = found.places // 4096, found.places % 4096
    mask[image, found.units, pixel] = True
    values[image, found.units, pixel] = found.values
    wanted = full >= bounds[:, None, None]
    assert torch.equal(mask.view_as(full), wanted)
    assert torch.equal(values.view_as(full)[wanted], full[wanted])
    assert len(found.units) == int(wanted.sum())


@pytest.mark.parametrize(("height", "width", "grid"), [(13, 9, 56), (7, 14, 56), (5, 5, 12)])
def test_sizes_that_do_not_divide(height: int, width: int, grid: int) -> None:
    maps = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(2))
    found = Samples(height, width, grid).find(maps, torch.full((3,), -torch.inf))
    assert len(found.units) == 2 * 3 * grid * grid
    full = upsample(maps, grid)
    image, pixel = found.places // grid**2, found.places % grid**2
    torch.testing.assert_close(full.flatten(2)[image, found.units, pixel], found.values)


def test_raw_samples_are_the_cells() -> None:
    maps = exact_maps((2, 3, 4, 4))
    samples = Samples(4, 4, None)
    found = samples.find(maps, torch.tensor([0.0, 1.0, torch.inf]))
    assert samples.count == 16
    assert (found.units == 0).sum() == (maps[:, 0] >= 0).sum()
    assert (found.units == 1).sum() == (maps[:, 1] >= 1).sum()
    assert (found.units == 2).sum() == 0


def by_place(found: Found) -> dict[tuple[int, int], float]:
    keys = zip(found.units.tolist(), found.places.tolist(), strict=True)
    return dict(zip(keys, found.values.tolist(), strict=True))


def test_values_do_not_depend_on_the_batch() -> None:
    maps = torch.randn(9, 4, 8, 8, generator=torch.Generator().manual_seed(3))
    samples, bounds = Samples(8, 8, 64), torch.full((4,), 1.0)
    whole = samples.find(maps, bounds)
    of_whole = by_place(whole)
    assert len(of_whole) == len(whole.values)
    for image in range(9):
        for (unit, place), value in by_place(samples.find(maps[image : image + 1], bounds)).items():
            assert of_whole.pop((unit, place + image * samples.count)) == value
    assert not of_whole
