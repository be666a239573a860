from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dissection.data.sources import Latents
from dissection.errors import BadInputError, StoreError, UnknownNameError
from dissection.interventions.brush_trials import StrengthSettings
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.hooks import observe
from dissection.pipeline import dissect
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection, save_dissection
from dissection.runtime import workspace
from dissection.runtime.progress import Progress, Stopped
from dissection.statistics.upsample import upsample
from support.color_segmenter import ColorSegmenter

DEPTH = 8
LAYERS = ("layer2", "layer3")


@pytest.fixture(scope="module")
def generator() -> ProgressiveGenerator:
    torch.manual_seed(3)
    network = ProgressiveGenerator((6, 7, 5), depth=DEPTH).eval().requires_grad_(False)
    with torch.no_grad():
        network.layer3.conv.weight[2] = 0  # a dead unit
        network.layer3.wscale.b[2] = 0
    return network


def run(network: nn.Module, **changes: Any) -> Dissection:
    settings: dict[str, Any] = {
        "layers": LAYERS,
        "source": Latents.of_seed(30, DEPTH),
        "segmenter": ColorSegmenter(),
        "grid": 32,
        "batch": 7,
    }
    settings |= changes
    return dissect(network, **settings)


def everything(**changes: Any) -> dict[str, Any]:
    held_out = Latents.of_seed(16, DEPTH, seed=2)
    strength = StrengthSettings(held_out, 6, numbers=(2, 4))
    return {"effect_size": 12, "strength": strength, "precision": "float32", **changes}


def assert_same(ours: Dissection, theirs: Dissection) -> None:
    assert ours.layers == theirs.layers
    assert list(ours.strengths) == list(theirs.strengths)
    for name, part in ours.items():
        other = theirs[name]
        for key in ("threshold_table", "exemplars", "peaks", "effect"):
            np.testing.assert_array_equal(getattr(part, key), getattr(other, key), key)
        for group in ("tally", "histogram", "detectors"):
            wanted = getattr(other, group).to_arrays()
            for key, array in getattr(part, group).to_arrays().items():
                np.testing.assert_array_equal(array, wanted[key], key)
    assert list(ours.pictures) == list(theirs.pictures)
    for concept, picture in ours.pictures.items():
        np.testing.assert_array_equal(picture, theirs.pictures[concept])


def test_figures_are_those_of_the_plain_way(generator: ProgressiveGenerator) -> None:
    segmenter = ColorSegmenter()
    z = Latents.of_seed(30, DEPTH).values
    with observe(generator, LAYERS, detach=True) as activations:
        images = generator(z)
    labels = segmenter.segment(images, 32)
    measured = run(generator)
    assert measured.layers == LAYERS
    assert measured.threshold_names == ("0.99", "0.995", "raw-0.99")
    assert measured.provenance["sample"] == {
        "kind": "standard latents",
        "seed": 1,
        "depth": DEPTH,
        "size": 30,
    }
    for name in LAYERS:
        layer = measured[name]
        full = upsample(activations[name], 32).transpose(0, 1).flatten(1)
        rank = -(-full.shape[1] // 100)
        levels = full.sort(1, descending=True).values[:, rank - 1]
        torch.testing.assert_close(torch.from_numpy(layer.activation_threshold.copy()), levels)
        above = full > levels[:, None]
        for index in range(1, len(segmenter.vocabulary)):
            concept = (labels == index).any(1).flatten()
            union = (above | concept).sum(1)
            iou = torch.where(union > 0, (above & concept).sum(1) / union.clamp(min=1), 0)
            # Levels may differ in the last bit, and with them a pixel or two.
            np.testing.assert_allclose(layer.iou[index], iou, atol=2e-3)
        peaks = activations[name].amax((2, 3))
        np.testing.assert_array_equal(layer.exemplars[:, 0], peaks.argmax(0))
    assert measured["layer3"].iou[:, 2].max() == 0  # the dead unit
    assert measured["layer3"].iou[6].max() == 0  # the unicorn
    assert np.isfinite(measured["layer3"].iou).all()


def test_any_module_and_any_latents_will_do() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.ConvTranspose2d(4, 6, 8), nn.ReLU(inplace=True), nn.Conv2d(6, 3, 3, 1, 1)
    ).train()
    z = torch.randn(11, 4, 1, 1)
    held_out = Latents(np.random.default_rng(0).normal(size=(8, 4, 1, 1)))
    measured = run(
        network,
        layers=["0"],
        source=z,
        effect_size=11,
        strength=StrengthSettings(held_out, 4, numbers=(2,)),
    )
    assert network.training
    layer = measured["0"]
    assert layer.shape == (6, 8, 8)
    assert (layer.threshold_table[2] <= layer.peaks[:, 0]).all()
    assert layer.effect is not None
    assert np.abs(layer.effect).max() > 0
    assert {s.order for s in measured.strengths} == {"iou", "effect"}
    # What is seen is the convolution's own output, not what the ReLU behind makes of it in place.
    lowest = network[0](z).amin()
    assert lowest < 0


def test_layers_that_do_not_fit_together_are_measured_in_turn(
    generator: ProgressiveGenerator,
) -> None:
    together = run(generator)
    stages: list[str] = []

    def note(progress: Progress) -> None:
        stages.append(progress.stage)

    assert_same(run(generator, memory=1, report=note), together)
    assert "sampling layer3" in stages


def test_batches_do_not_matter_to_what_is_counted(generator: ProgressiveGenerator) -> None:
    ours, theirs = run(generator, batch=30), run(generator, batch=4)
    for name in LAYERS:
        np.testing.assert_allclose(
            ours[name].threshold_table, theirs[name].threshold_table, atol=1e-5
        )
        difference = ours[name].tally.intersection - theirs[name].tally.intersection
        assert np.abs(difference).max() <= 2


class Killed(BaseException):
    """What no handler of errors catches."""


@pytest.fixture(scope="module")
def unbroken(generator: ProgressiveGenerator) -> Dissection:
    return run(generator, **everything())


@pytest.mark.parametrize(
    ("at", "after"),
    [
        *((1, 1), (3, 0), (7, 1), (8, 1), (9, 0), (9, 1), (10, 1)),  # sampled and counted
        *((12, 1), (13, 0), (15, 1), (17, 0), (24, 1), (40, 1)),  # effects and strengths
    ],
)
def test_a_killed_job_goes_on_to_identical_arrays(
    generator: ProgressiveGenerator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    unbroken: Dissection,
    at: int,
    after: int,
) -> None:
    writes = 0

    def dying(write: Callable[..., None]) -> Callable[..., None]:
        def count(*arguments: object) -> None:
            nonlocal writes
            writes += 1
            if writes == at and not after:
                raise Killed
            write(*arguments)
            if writes == at:
                raise Killed

        return count

    with monkeypatch.context() as patch:
        patch.setattr(workspace, "write_bytes", dying(workspace.write_bytes))
        with pytest.raises(Killed):
            run(generator, **everything(work=tmp_path / "work"))
    resumed = run(generator, **everything(work=tmp_path / "work", resume=True))
    assert_same(resumed, unbroken)
    assert not (tmp_path / "work").exists()


def test_a_report_stops_the_job_and_it_resumes(
    generator: ProgressiveGenerator, tmp_path: Path
) -> None:
    seen: list[Progress] = []

    def stop(progress: Progress) -> bool:
        seen.append(progress)
        return not (progress.stage == "sampling" and progress.done >= 14)

    with pytest.raises(Stopped, match="14 of 30"):
        run(generator, report=stop, work=tmp_path / "w")
    again: list[Progress] = []
    resumed = run(generator, report=again.append, work=tmp_path / "w", resume=True)
    assert again[0].done == 14
    assert again[0].total == 30
    assert_same(resumed, run(generator))


def test_a_job_with_other_settings_is_not_resumed(
    generator: ProgressiveGenerator, tmp_path: Path
) -> None:
    def never(_: Progress) -> bool:
        return False

    with pytest.raises(Stopped):
        run(generator, report=never, work=tmp_path / "w")
    with pytest.raises(StoreError, match="batch 7, not 8"):
        run(generator, batch=8, work=tmp_path / "w", resume=True)
    run(generator, batch=8, work=tmp_path / "w")  # anew


def test_a_folder_with_something_else_is_not_emptied(
    generator: ProgressiveGenerator, tmp_path: Path
) -> None:
    (tmp_path / "precious.txt").write_text("kept")
    with pytest.raises(StoreError, match="not empty"):
        run(generator, work=tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "kept"


def test_a_full_disk_is_told(
    generator: ProgressiveGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(Exception, match="no space left on device; free some space"):
        run(generator, work=tmp_path / "w")


def test_wrong_wishes_are_told(generator: ProgressiveGenerator) -> None:
    with pytest.raises(UnknownNameError, match="layer1, layer2, layer3"):
        run(generator, layers=["layer9"])
    with pytest.raises(BadInputError, match="at least 1 latent"):
        Latents.of_seed(0)
    with pytest.raises(BadInputError, match="at least one layer"):
        run(generator, layers=[])
    with pytest.raises(BadInputError, match="quantile"):
        run(generator, quantile=1.0)
    with pytest.raises(BadInputError, match="needs pictures"):
        run(
            nn.Sequential(nn.ConvTranspose2d(4, 5, 4)), layers=["0"], source=torch.randn(3, 4, 1, 1)
        )


def test_a_network_that_gives_no_numbers_is_told(generator: ProgressiveGenerator) -> None:
    class Broken(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first = nn.Identity()

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            x = self.first(z.expand(-1, -1, 8, 8) / 0.0)
            return torch.nan_to_num(x[:, :3]).clamp(-1, 1)

    with pytest.raises(BadInputError, match=r"Layer first: Unit 0 .* not finite"):
        run(Broken(), layers=["first"], source=torch.randn(3, 4, 1, 1))


def test_what_was_dissected_is_stored_and_read(unbroken: Dissection, tmp_path: Path) -> None:
    measured = unbroken
    save_dissection(measured, tmp_path / "d")
    loaded = load_dissection(tmp_path / "d")
    assert [b.concept for b in loaded.brushes()] == [b.concept for b in measured.brushes()]
    assert {b.concept.name for b in loaded.brushes()} <= {"red", "green", "blue", "grey", "light"}
    assert loaded.provenance == measured.provenance


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (lambda n, size: torch.zeros(n, 1, 8, 8).long(), r"int64 \(1, 1, 8, 8\) for 1 pictures"),
        (lambda n, size: torch.zeros(1, 1, size, size).long(), r"for 7 pictures at size 32"),
        (
            lambda n, size: torch.rand(n, 1, size, size),
            r"float32 .* whole numbers \(1, K, 32, 32\)",
        ),
        (lambda n, size: torch.full((n, 1, size, size), 7), "the concepts 7 to 7; .* 0 to 6"),
        (lambda n, size: torch.full((n, 1, size, size), -2), "the concepts -2 to -2"),
        (lambda n, size: np.zeros((n, 1, size, size)), "gives ndarray"),
        (lambda n, size: {}["tree"], r"does not take pictures of .* \(KeyError: 'tree'\)"),
    ],
)
def test_segmenters_that_break_the_protocol_are_refused(
    generator: ProgressiveGenerator, answer: Callable[[int, int], Any], complaint: str
) -> None:
    class Broken(ColorSegmenter):
        name = "broken"

        def segment(self, images: torch.Tensor, size: int | None = None) -> Any:
            assert size is not None
            return answer(len(images), size)

    with pytest.raises(BadInputError, match=complaint):
        run(generator, segmenter=Broken())
