from collections.abc import Sequence

import numpy as np
import torch

from dissection.data.labeled import counted
from dissection.statistics.concept_sets import ConceptSets
from dissection.statistics.concepts import ConceptMaps, distinct
from dissection.statistics.iou import OverlapCounts, Overlaps, make_tally
from dissection.statistics.layer import LayerMaps, LayerStatistics, measure_layer
from dissection.statistics.samples import Samples
from dissection.statistics.tally import Tally
from dissection.statistics.upsample import upsample
from dissection.vocabulary import Concept, Vocabulary


def one_category(maps: np.ndarray, concepts: int) -> ConceptMaps:
    return ConceptMaps(maps, np.array([-1] + [0] * (concepts - 1)))


def overlaps_of(
    samples: Samples,
    maps: torch.Tensor,
    levels: torch.Tensor,
    concepts: ConceptMaps,
    parts: Sequence[slice] = (slice(None),),
) -> Overlaps:
    bounds = torch.nextafter(levels, torch.full_like(levels, torch.inf))
    counts = OverlapCounts(ConceptSets.of(concepts), maps.shape[1], "cpu")
    for part in parts:
        counts.add(samples.find(maps[part], bounds), part, part.start or 0)
    return counts.overlaps()


def tally_of(maps: torch.Tensor, concepts: ConceptMaps, level: float) -> Tally:
    samples = Samples(*maps.shape[2:], concepts.grid)
    levels = torch.full((maps.shape[1],), level)
    overlaps = overlaps_of(samples, maps, levels, concepts)
    return make_tally(overlaps, concepts.areas(), concepts.categories)


def test_iou_on_paper() -> None:
    # One unit on a 2x2 grid that is the map itself, two images.
    maps = torch.tensor([[[[3.0, 0.0], [2.0, 0.0]]], [[[5.0, 1.0], [0.0, 0.0]]]])
    labels = np.array([[[[1, 2], [1, 0]]], [[[2, 1], [1, 0]]]])
    tally = tally_of(maps, one_category(labels, 4), 1.0)
    # Above 1: three pixels, two of them concept 1 (of four), one concept 2 (of two).
    assert tally.activated.sum(0).tolist() == [[3]]
    assert tally.area.sum(0).tolist() == [0, 4, 2, 0]
    np.testing.assert_allclose(tally.iou()[:, 0], [0, 2 / 5, 1 / 4, 0])
    # The first image is one half, the second the other.
    np.testing.assert_allclose(tally.iou(0)[:, 0], [0, 2 / 2, 0 / 3, 0])
    np.testing.assert_allclose(tally.iou(1)[:, 0], [0, 0 / 3, 1 / 1, 0])
    assert (tally.labels(), tally.labels(0), tally.labels(1)) == ([1], [1], [2])
    assert tally.area_share().tolist() == [0, 4 / 8, 2 / 8, 0]


def test_pixels_that_nobody_labeled_count_for_nothing() -> None:
    # A unit that is on everywhere; objects (1, 2) in one channel, a color (3) in another.
    vocabulary = Vocabulary(
        [Concept("sky", "object"), Concept("tree", "object"), Concept("blue", "color")]
    )
    labels = np.array([[[[1, 1], [-1, 2]], [[3, -1], [3, 0]]], [[[1, 0], [0, 0]], [[-1, -1]] * 2]])
    maps = torch.ones(2, 1, 2, 2)
    tally = tally_of(maps, ConceptMaps.of(labels, vocabulary, ("object", "color")), 0.0)
    assert tally.pixels.tolist() == [[3, 3], [4, 0]]
    assert tally.activated[..., 0].tolist() == [[3, 3], [4, 0]]
    np.testing.assert_allclose(tally.iou()[:, 0], [0, 3 / 7, 1 / 7, 2 / 3])
    np.testing.assert_allclose(tally.area_share(), [0, 3 / 7, 1 / 7, 2 / 3])
    np.testing.assert_allclose(tally.iou(1)[:, 0], [0, 1 / 4, 0, 0])
    # Channels that may hold anything: an ignored pixel counts for no concept at all.
    tally = tally_of(maps, ConceptMaps.of(labels, vocabulary), 0.0)
    assert tally.pixels.tolist() == [[2, 2], [0, 0]]
    np.testing.assert_allclose(tally.iou()[:, 0], [0, 1 / 2, 1 / 2, 1 / 2])


def test_ignored_pixels_are_those_of_the_labels() -> None:
    vocabulary = Vocabulary([Concept(c, c) for c in ("object", "part", "color")])
    channels = ("part", "*", "color", "part")
    maps = np.random.default_rng(1).integers(-1, 4, (5, 4, 8, 8))
    concepts = ConceptMaps.of(maps, vocabulary, channels)
    named = concepts.read(slice(None))
    assert named.counted is not None
    for place, category in enumerate(vocabulary.categories):
        wanted = counted(torch.from_numpy(maps), channels, category)
        assert torch.equal(named.counted[:, place], wanted)
        has = (torch.from_numpy(maps) == place + 1).any(1) & wanted
        assert torch.equal((named.labels == place + 1).any(1), has)
        assert torch.equal((named.labels == place + 1).sum(1), has.long())
        areas = concepts.areas()
        np.testing.assert_array_equal(areas.area[:, place + 1], has.sum((1, 2)))
        np.testing.assert_array_equal(areas.pixels[:, place], wanted.sum((1, 2)))


def test_a_concept_named_by_two_channels_counts_once() -> None:
    labels = np.array([[[[5, 5]], [[5, 6]], [[6, 5]]]])
    assert distinct(torch.from_numpy(labels)).tolist() == [[[[5, 5]], [[0, 6]], [[6, 0]]]]
    tally = tally_of(torch.ones(1, 1, 2, 2), one_category(labels.repeat(2, 2), 7), 0.0)
    assert tally.area[0].tolist() == [0, 0, 0, 0, 0, 4, 4]
    np.testing.assert_allclose(tally.iou()[5:, 0], [1, 1])


def test_a_dead_unit_and_an_absent_concept_have_iou_0() -> None:
    labels = np.ones((1, 1, 2, 2), np.int64)
    part = measure_layer(LayerMaps(np.zeros((1, 1, 2, 2), np.float32)), one_category(labels, 3))
    assert part.tally.iou().tolist() == [[0.0], [0.0], [0.0]]
    assert part.detectors[0] is None
    assert part.histogram.bins[0].tolist() == [4] + [0] * 63
    # A sample of which nobody labeled anything.
    part = measure_layer(LayerMaps(np.ones((1, 1, 2, 2), np.float32)), one_category(-labels, 3))
    assert part.tally.iou().tolist() == [[0.0], [0.0], [0.0]]
    assert part.tally.area_share().tolist() == [0, 0, 0]
    assert part.detectors.why_undefined(0) is not None


def test_nothing_is_never_a_label_wherever_it_stands() -> None:
    vocabulary = Vocabulary([Concept("sky", "object"), Concept("-", "-"), Concept("red", "color")])
    labels = np.full((1, 1, 4, 4), 2)
    labels[0, 0, 0, 0] = 3
    tally = tally_of(torch.ones(1, 1, 4, 4), ConceptMaps.of(labels, vocabulary), 0.0)
    assert tally.area[0].tolist() == [0, 0, 0, 1]
    assert tally.labels().tolist() == [3]


def brute_force(
    maps: torch.Tensor, labels: np.ndarray, vocabulary: Vocabulary, channels: tuple[str, ...]
) -> tuple[np.ndarray, ...]:
    """Levels by sorting, IoU by a loop over units and concepts."""
    full = upsample(maps, labels.shape[-1]).numpy()
    units = maps.shape[1]
    levels, iou = np.zeros(units), np.zeros((len(vocabulary), units))
    for u in range(units):
        values = np.sort(full[:, u].ravel())[::-1]
        levels[u] = values[-(-len(values) // 100) - 1]
        for c in range(1, len(vocabulary)):
            counts = counted(torch.from_numpy(labels), channels, vocabulary[c].category).numpy()
            above = (full[:, u] > levels[u]) & counts
            of_concept = (labels == c).any(1) & counts
            union = (above | of_concept).sum()
            iou[c, u] = (above & of_concept).sum() / union if union else 0
    return levels, iou


NAMES = Vocabulary(
    [Concept(str(n), category) for n in range(3) for category in ("object", "color")]
)


def random_layer(size: int) -> tuple[torch.Tensor, np.ndarray]:
    generator = torch.Generator().manual_seed(7)
    rng = np.random.default_rng(7)
    maps = torch.randint(-40, 40, (30, 9, size, size), generator=generator).float() / 16
    maps[:, 3] = 0.0  # dead
    maps[:, 4] = -2.0  # constant, but for the fading at the border
    maps[:, 5] = maps[:, 5].clamp(min=0)  # silent at half of the positions
    labels = rng.integers(-1, 6, (30, 2, 32, 32)).astype(np.int16)
    labels[4:9, 1] = -1
    return maps, labels


def test_a_layer_is_measured_as_by_brute_force() -> None:
    for size in (4, 16, 128):
        maps, labels = random_layer(size)
        channels = ("object", "*") if size == 4 else ("object", "color")
        levels, iou = brute_force(maps, labels, NAMES, channels)
        concepts = ConceptMaps.of(labels, NAMES, channels)
        part = measure_layer(LayerMaps(maps.numpy()), concepts, (0.99, 0.995))
        np.testing.assert_array_equal(part.threshold_table[0], levels.astype(np.float32))
        np.testing.assert_allclose(part.tally.iou(), iou, atol=1e-12)
        raw = np.sort(maps.transpose(0, 1).flatten(1).numpy(), 1)[:, ::-1]
        rank = -(-raw.shape[1] // 100)
        np.testing.assert_array_equal(part.threshold_table[2], raw[:, rank - 1])
        peaks = maps.amax((2, 3)).numpy()
        best = np.argsort(-peaks, axis=0, kind="stable")[:5].T
        np.testing.assert_array_equal(part.exemplars, best)
        check_histograms(maps.numpy(), part)


def check_histograms(maps: np.ndarray, part: LayerStatistics) -> None:
    for unit, counts in enumerate(part.histogram.bins):
        values = maps[:, unit].ravel()
        edges = part.histogram.edges(unit)
        assert (edges[0], edges[-1]) == (values.min(), values.max())
        assert counts.sum() == values.size
        if values.min() == values.max():
            assert counts[0] == values.size
            continue
        # The values are so coarse that none but the highest lies on a border by rounding alone.
        wanted, _ = np.histogram(values.astype(np.float64), edges)
        differing = np.flatnonzero(counts != wanted)
        on_border = np.isin(np.round(edges, 5), np.round(values, 5))
        assert all(on_border[place] or on_border[place + 1] for place in differing)


def test_parts_of_a_sample_add_up() -> None:
    maps, labels = random_layer(8)
    concepts = ConceptMaps.of(labels, NAMES, ("object", "color"))
    samples, levels = Samples(8, 8, 32), torch.linspace(0.5, 3, 9)
    areas = concepts.areas()

    def of_parts(parts: Sequence[slice]) -> Tally:
        overlaps = overlaps_of(samples, maps, levels, concepts, parts)
        return make_tally(overlaps, areas, concepts.categories)

    whole = of_parts([slice(0, 30)])
    parts = of_parts([slice(0, 5), slice(5, 6), slice(6, 30)])
    for name in ("intersection", "activated"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    assert whole.intersection.any()
