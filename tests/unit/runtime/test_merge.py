"""Shares of a sample, merged: threads stand for processes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dissection.data.sources import Latents
from dissection.errors import BadInputError
from dissection.measurement.effect import LARGEST, mean_of_batches
from dissection.measurement.job import Job
from dissection.runtime.merge import ALONE, Merge, share_of
from dissection.runtime.workspace import Workspace
from dissection.statistics.concepts import ConceptMaps
from dissection.statistics.layer import LayerMaps, measure_layer
from support.color_segmenter import ColorSegmenter
from support.meeting import together


def test_shares_are_whole_batches_in_order() -> None:
    for batches, ranks in ((7, 3), (3, 3), (2, 3), (1, 1), (0, 2)):
        shares = [share_of(batches, rank, ranks) for rank in range(ranks)]
        assert [place for share in shares for place in share] == list(range(batches))
        assert max(map(len, shares)) == len(shares[0])
        assert len(shares[0]) - min(map(len, shares)) <= 1


def test_three_processes_measure_a_layer_as_one_does() -> None:
    generator = torch.Generator().manual_seed(5)
    maps = torch.randn(23, 7, 6, 6, generator=generator).numpy()
    maps[:, 2] = 0
    maps[:9, 3] = -1  # one share sees nothing of what another does
    labels = np.random.default_rng(5).integers(-1, 5, (23, 2, 16, 16))
    categories = np.array([-1, 0, 0, 1, 1])
    whole = measure_layer(LayerMaps(maps), ConceptMaps(labels, categories, (0, 1)))

    def part(merge: Merge) -> dict[str, NDArray[np.generic]]:
        first, last = ((0, 9), (9, 10), (10, 23))[merge.rank]
        share = slice(first, last)
        kept = LayerMaps(maps[share], first=first)
        concepts = ConceptMaps(labels[share], categories, (0, 1))
        return measure_layer(kept, concepts, merge=merge).to_arrays()

    for arrays in together(3, part):
        for key, wanted in whole.to_arrays().items():
            np.testing.assert_array_equal(arrays[key], wanted, key)


def test_a_broken_activation_is_told_by_all(tmp_path: Path) -> None:
    maps = np.ones((4, 2, 2, 2), np.float32)
    maps[3, 1, 0, 0] = np.nan
    labels = np.zeros((4, 1, 4, 4), np.int64)

    def part(merge: Merge) -> str:
        share = slice(2 * merge.rank, 2 * merge.rank + 2)
        with pytest.raises(BadInputError) as caught:
            measure_layer(
                LayerMaps(maps[share]), ConceptMaps(labels[share], np.array([-1, 0])), merge=merge
            )
        return str(caught.value)

    assert all("Unit 1 has activations that are not finite" in told for told in together(2, part))


def job_of(merge: Merge, size: int) -> Job:
    source = Latents(np.random.default_rng(1).normal(size=(size, 3)))
    work = Workspace(None, {})
    cpu = torch.device("cpu")
    return Job(nn.Identity(), source, ColorSegmenter(), 8, 6, cpu, work, None, merge=merge)


def test_means_do_not_depend_on_who_adds_them() -> None:
    def trace(rows: range, inputs: Tensor) -> dict[str, NDArray[np.float64]]:
        # Sums that floating point would round differently in another order.
        sums = (inputs.double() * 1e-3 * (1 + 1e3 * rows.start)).sum(0).numpy()
        # Tables come from a working file in any order.
        return {"x": sums, "y": 2 * sums} if rows.start < 6 else {"y": 2 * sums, "x": sums}

    def means(merge: Merge) -> NDArray[np.float32]:
        job = job_of(merge, 20)
        result = mean_of_batches(job, "means", "adding", 14, trace)
        job.work.close(remove=True)
        return np.stack([result["x"], result["y"]])

    one = means(ALONE)
    for ranks in (2, 3, 8):  # eight processes have five batches of three
        for mean in together(ranks, means):
            np.testing.assert_array_equal(mean, one)


def test_sums_beyond_all_measure_are_told() -> None:
    job = job_of(ALONE, 3)
    for value in (np.nan, LARGEST):
        broken = {"x": np.array([value])}
        with pytest.raises(BadInputError, match="While adding there were numbers that are not"):
            mean_of_batches(job, "m", "adding", 3, lambda *_, b=broken: b)  # type: ignore[misc]
    job.work.close(remove=True)
