import numpy as np
import torch

from dissection.statistics.iou import count_pixels, distinct
from dissection.statistics.layer import Kept, measure_layer
from dissection.statistics.samples import Samples
from dissection.statistics.tally import Tally
from dissection.statistics.upsample import upsample


def test_iou_on_paper() -> None:
    # One unit on a 2x2 grid that is the map itself, two images.
    maps = torch.tensor([[[[3.0, 0.0], [2.0, 0.0]]], [[[5.0, 1.0], [0.0, 0.0]]]])
    labels = torch.tensor([[[[1, 2], [1, 0]]], [[[2, 1], [1, 0]]]])
    tally = count_pixels(Samples(2, 2, 2), maps, torch.tensor([1.0]), labels, 4, first=0)
    # Above 1: three pixels, two of them concept 1 (of four), one concept 2 (of two).
    assert tally.activated.sum(0).tolist() == [3]
    assert tally.area.sum(0).tolist() == [0, 4, 2, 0]
    np.testing.assert_allclose(tally.iou()[:, 0], [0, 2 / 5, 1 / 4, 0])
    # The first image is one half, the second the other.
    np.testing.assert_allclose(tally.iou(0)[:, 0], [0, 2 / 2, 0 / 3, 0])
    np.testing.assert_allclose(tally.iou(1)[:, 0], [0, 0 / 3, 1 / 1, 0])
    assert tally.share().tolist() == [0, 4 / 8, 2 / 8, 0]


def test_a_concept_named_by_two_channels_counts_once() -> None:
    labels = torch.tensor([[[[5, 5]], [[5, 6]], [[6, 5]]]])
    assert distinct(labels).tolist() == [[[[5, 5]], [[0, 6]], [[6, 0]]]]
    maps = torch.tensor([[[[1.0, 1.0]]]])
    tally = count_pixels(
        Samples(1, 2, None), maps, torch.tensor([0.0]), distinct(labels), 7, first=0
    )
    assert tally.area[0].tolist() == [0, 0, 0, 0, 0, 2, 2]
    np.testing.assert_allclose(tally.iou()[5:, 0], [1, 1])


def test_a_dead_unit_and_an_absent_concept_have_iou_0() -> None:
    tally = count_pixels(
        Samples(2, 2, 2),
        torch.zeros(1, 1, 2, 2),
        torch.zeros(1),
        torch.ones(1, 1, 2, 2, dtype=torch.long),
        3,
        first=0,
    )
    assert tally.iou().tolist() == [[0.0], [0.0], [0.0]]
    assert Tally.zeros(3, 2).iou().tolist() == [[0.0, 0.0]] * 3


def brute_force(maps: torch.Tensor, labels: np.ndarray, concepts: int) -> tuple[np.ndarray, ...]:
    """Levels by sorting, IoU by a loop over units and concepts."""
    full = upsample(maps, labels.shape[-1]).numpy()
    units = maps.shape[1]
    levels, iou = np.zeros(units), np.zeros((concepts, units))
    for u in range(units):
        values = np.sort(full[:, u].ravel())[::-1]
        levels[u] = values[-(-len(values) // 100) - 1]
        above = full[:, u] > levels[u]
        for c in range(1, concepts):
            of_concept = (labels == c).any(1)
            union = (above | of_concept).sum()
            iou[c, u] = (above & of_concept).sum() / union if union else 0
    return levels, iou


def test_a_layer_is_measured_as_by_brute_force() -> None:
    generator = torch.Generator().manual_seed(7)
    rng = np.random.default_rng(7)
    for size in (4, 16, 128):
        maps = torch.randint(-40, 40, (30, 9, size, size), generator=generator).float() / 16
        maps[:, 3] = 0.0  # dead
        maps[:, 4] = -2.0  # constant, but for the fading at the border
        maps[:, 5] = maps[:, 5].clamp(min=0)  # silent at half of the positions
        labels = rng.integers(0, 6, (30, 2, 32, 32)).astype(np.uint16)
        levels, iou = brute_force(maps, labels, 7)
        part = measure_layer(Kept(maps.numpy()), labels, 7, (0.99, 0.995))
        np.testing.assert_array_equal(part.level_table[0], levels.astype(np.float32))
        np.testing.assert_allclose(part.tally.iou(), iou, atol=1e-12)
        raw = np.sort(maps.transpose(0, 1).flatten(1).numpy(), 1)[:, ::-1]
        rank = -(-raw.shape[1] // 100)
        np.testing.assert_array_equal(part.level_table[2], raw[:, rank - 1])
        peaks = maps.amax((2, 3)).numpy()
        best = np.argsort(-peaks, axis=0, kind="stable")[:5].T
        np.testing.assert_array_equal(part.exemplars, best)


def test_parts_of_a_sample_add_up() -> None:
    generator = torch.Generator().manual_seed(8)
    maps = torch.randn(12, 4, 8, 8, generator=generator)
    labels = torch.randint(0, 5, (12, 3, 64, 64), generator=generator)
    labels = distinct(labels)
    samples, levels = Samples(8, 8, 64), torch.tensor([0.5, 1.0, 1.5, 9.0])
    whole = count_pixels(samples, maps, levels, labels, 5, 0)
    merged = Tally.zeros(5, 4)
    for first, last in ((0, 5), (5, 6), (6, 12)):
        part = slice(first, last)
        merged += count_pixels(samples, maps[part], levels, labels[part], 5, first)
    for name in ("intersection", "activated", "area", "pixels"):
        np.testing.assert_array_equal(getattr(merged, name), getattr(whole, name))
