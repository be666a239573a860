from pathlib import Path

import numpy as np
import pytest
import torch

from dissection.statistics import layer, layer_maps
from dissection.statistics.concepts import ConceptMaps
from dissection.statistics.layer_maps import LayerMaps
from dissection.statistics.sample_cache import BYTES_OF_A_FIND, SampleCache
from dissection.statistics.samples import Found, Samples

MAPS = torch.randn((12, 9, 8, 8), generator=torch.Generator().manual_seed(0))


def in_order(found: Found, bound: torch.Tensor) -> list[tuple[int, int, float]]:
    rows = zip(found.units.tolist(), found.places.tolist(), found.values.tolist(), strict=True)
    return sorted(row for row in rows if row[2] >= float(bound[row[0]]))


@pytest.mark.parametrize("room", [0, 2000, 2**20])
def test_what_was_found_before_serves_later_bounds(room: int) -> None:
    samples = Samples(8, 8, 32)
    kept = LayerMaps(MAPS.numpy())
    finds = SampleCache(kept, samples, room)
    (part,) = kept.slices
    bounds = [torch.full((9,), 1.5), torch.linspace(1.6, 2.5, 9), torch.linspace(0.9, 2.5, 9)]
    bounds += [torch.full((9,), torch.inf), bounds[0]]
    for bound in bounds:
        wanted = in_order(samples.find(MAPS, bound), bound)
        assert in_order(finds.at_least(part, bound), bound) == wanted
    above = finds.above(part, torch.full((9,), 1.5))
    assert len(above.values) == len(samples.find(MAPS, torch.full((9,), 1.5)).values)
    assert (finds.room < room) == (room == 2**20)
    assert (room - finds.room) % BYTES_OF_A_FIND == 0


def test_strictly_above_is_above() -> None:
    kept = LayerMaps(np.array([[[[1.0, 2.0], [2.0, 3.0]]]], np.float32))
    finds = SampleCache(kept, Samples(2, 2, 2), 2**20)
    finds.at_least(slice(0, 1), torch.tensor([0.5]))
    assert finds.above(slice(0, 1), torch.tensor([2.0])).values.tolist() == [3.0]


def test_blocks_of_units_give_the_same_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.random.default_rng(0).integers(0, 5, (12, 2, 32, 32))
    concepts = ConceptMaps(labels, np.array([-1, 0, 0, 0, 0]))
    ticks: list[int] = []
    whole = layer.measure_layer(LayerMaps(MAPS.numpy()), concepts, tick=ticks.append)
    monkeypatch.setattr(layer, "LEAST_UNITS", 2)
    monkeypatch.setattr(layer, "ROOM", 1)
    again: list[int] = []
    parts = layer.measure_layer(LayerMaps(MAPS.numpy()), concepts, tick=again.append)
    for name, array in whole.to_arrays().items():
        np.testing.assert_array_equal(parts.to_arrays()[name], array, name)
    assert len(again) > len(ticks)
    assert sum(again) == pytest.approx(sum(ticks), abs=len(again))


def test_maps_of_a_file_are_given_back_and_keep_their_values(tmp_path: Path) -> None:
    values = np.random.default_rng(0).standard_normal((6, 40, 16, 16), np.float32)
    for mode in ("w+", "r", "c"):
        maps = np.memmap(tmp_path / "maps.bin", np.float32, mode, shape=values.shape)
        if mode == "w+":
            maps[:] = values
        elif mode == "c":
            maps[3] = values[3] = 7  # in memory alone
        for units in (slice(0, 40), slice(8, 24)):
            block = LayerMaps(maps[:, units])
            for part in (slice(0, 3), slice(3, 6), slice(0, 6)):
                np.testing.assert_array_equal(block.read(part).numpy(), values[part, units])
                block.done(part)
                np.testing.assert_array_equal(block.read(part).numpy(), values[part, units])


def test_little_of_a_file_stays_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maps = np.memmap(tmp_path / "maps.bin", np.float32, "w+", shape=(8, 64, 32, 32))
    maps[:] = 1

    def read_all() -> int:
        """Kilobytes of the file in memory afterwards, as Linux tells them."""
        kept = LayerMaps(maps)
        for first in range(0, 8, 2):
            part = slice(first, first + 2)
            assert float(kept.read(part).sum()) == 2 * 64 * 32 * 32
            kept.done(part)
        smaps = Path("/proc/self/smaps")
        if not smaps.exists():
            return 0
        entry = smaps.read_text().partition("maps.bin")[2]
        return int(entry.partition("Rss:")[2].split()[0])

    assert read_all() < 100
    with monkeypatch.context() as patched:
        patched.setattr(layer_maps, "give_pages_back", lambda *_: None)
        assert read_all() in (0, 2048)
