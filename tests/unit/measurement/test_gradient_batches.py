import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from dissection.data.sources import Latents
from dissection.measurement import gradient_batches
from dissection.measurement.gradient_batches import kept_bytes, sum_of_parts
from dissection.measurement.job import Job
from dissection.pipeline import dissect
from dissection.runtime.workspace import Workspace
from support.color_segmenter import ColorSegmenter
from support.tiny import tiny_generator

Sums = dict[str, NDArray[np.float64]]


def job_of(folder: Path, device: str = "cpu") -> Job:
    work = Workspace(folder, {}, resume=True)
    source = Latents.of_seed(7, 100)
    return Job(nn.Identity(), source, ColorSegmenter(), 8, 7, torch.device(device), work, None)


def counted(taken: list[int]) -> tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Sums]]:
    """A pass that keeps 800 bytes for each input of 100 numbers, and a weight of 400."""
    weight = torch.ones(100)

    def forward(x: Tensor) -> Tensor:
        return (x.detach().requires_grad_() * weight).exp().square()

    def backward(graph: Tensor) -> Sums:
        taken.append(len(graph))
        return {"sum": graph.detach().double().sum(0).numpy(), "count": np.array(len(graph) * 1.0)}

    return forward, backward


def test_kept_bytes_on_paper() -> None:
    x = torch.zeros(3, 100, requires_grad=True)
    # The exponential keeps its result, and the square keeps the same tensor again.
    assert kept_bytes(lambda: x.exp().square()) == 3 * 100 * 4
    weight = torch.ones(100)
    assert kept_bytes(lambda: (x * weight).exp()) == 3 * 100 * 4 + 100 * 4
    assert kept_bytes(lambda: x + 1) == 0


def test_what_was_kept_is_let_go() -> None:
    x = torch.zeros(3, 100, requires_grad=True)
    made: list[weakref.ref[Tensor]] = []

    def forward() -> Tensor:
        result = x.exp()
        made.append(weakref.ref(result))
        return result

    gc.disable()  # a circle would wait for it, and with it all the memory
    try:
        kept_bytes(forward)
        assert made[0]() is None
    finally:
        gc.enable()


def test_a_batch_is_gone_through_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = Latents.of_seed(7, 100).values
    results = {}
    # An input keeps 400 bytes of the exponential.
    for room, parts in ((10**6, [7]), (1200, [3, 3, 1]), (1, [1] * 7)):
        monkeypatch.setattr(gradient_batches, "ROOM", room)
        taken: list[int] = []
        job = job_of(tmp_path / str(room))
        results[room] = sum_of_parts(job, "k", inputs, *counted(taken))
        assert taken == parts
    for result in results.values():
        np.testing.assert_allclose(result["sum"], inputs.exp().square().sum(0).numpy(), rtol=1e-6)
        assert result["count"] == 7


def test_a_job_that_goes_on_keeps_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = Latents.of_seed(7, 100).values
    taken: list[int] = []
    monkeypatch.setattr(gradient_batches, "ROOM", 1200)
    sum_of_parts(job_of(tmp_path / "w"), "k", inputs, *counted(taken))
    monkeypatch.setattr(gradient_batches, "ROOM", 10**6)
    sum_of_parts(job_of(tmp_path / "w"), "k", inputs[:4], *counted(taken))
    assert taken == [3, 3, 1, 3, 1]


def test_other_devices_say_themselves_when_memory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradient_batches, "ROOM", 1)
    taken: list[int] = []
    sum_of_parts(job_of(tmp_path / "w", "meta"), "k", torch.zeros(7, 100), *counted(taken))
    assert taken == [7]


def test_effects_do_not_depend_on_the_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    def effects() -> NDArray[np.float32]:
        measured = dissect(
            tiny_generator(), ["layer3"], Latents.of_seed(9, 16), ColorSegmenter(),
            effect_size=9, batch=12, precision="float32",
        )  # fmt: skip
        effect = measured["layer3"].effect
        assert effect is not None
        return effect

    whole = effects()
    monkeypatch.setattr(gradient_batches, "ROOM", 1)
    assert np.abs(whole).max() > 1e-3
    np.testing.assert_allclose(effects(), whole, atol=1e-6)
