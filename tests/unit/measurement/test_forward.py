from pathlib import Path

import pytest
import torch

from dissection.data.sources import Latents
from dissection.measurement.forward import forward_pass, forward_to_layers
from dissection.measurement.job import Job
from dissection.models.generators import folded
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.hooks import observe
from dissection.models.segmenters.load import load_segmenter
from dissection.runtime.workspace import Workspace


@pytest.fixture
def job(tmp_path: Path) -> Job:
    torch.manual_seed(0)
    network = ProgressiveGenerator(depth=16, units=(12, 12, 8, 6)).eval().requires_grad_(False)
    work = Workspace(tmp_path / "work", {}, resume=False)
    source = Latents.of_seed(3, 16)
    segmenter = load_segmenter("storybook")
    return Job(network, source, segmenter, 16, 3, torch.device("cpu"), work, None)


@pytest.mark.parametrize("layers", [[], ["layer1"], ["layer3", "layer6"], ["layer8"]])
def test_a_folded_pass_gives_what_hooks_see(
    job: Job, layers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs = job.inputs(range(3))
    with torch.no_grad(), observe(job.network, layers, detach=True) as wanted:
        images = job.network(inputs)
    runs = []
    run = folded.FoldedGenerator.run
    monkeypatch.setattr(
        folded.FoldedGenerator, "run", lambda *a, **k: (runs.append(k), run(*a, **k))[1]
    )
    seen_images, activations = forward_pass(job, layers)(inputs)
    assert runs
    assert list(activations) == layers
    torch.testing.assert_close(seen_images, images, atol=1e-4, rtol=1e-4)
    for name in layers:
        torch.testing.assert_close(activations[name], wanted[name], atol=1e-4, rtol=1e-4)
    if layers:
        runs.clear()
        again = forward_to_layers(job, layers)(inputs)
        assert all(torch.equal(again[name], activations[name]) for name in layers)
        assert runs[-1]["until"] == layers[-1]


def test_what_folding_does_not_give_is_seen_by_hooks(job: Job) -> None:
    name = list(dict(job.network.named_children()))[-1]  # the colors, no layer of units
    images, activations = forward_pass(job, [name])(job.inputs(range(2)))
    assert activations[name].equal(images)
    assert forward_to_layers(job, [name])(job.inputs(range(2)))[name].equal(images)
