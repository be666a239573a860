from pathlib import Path

import numpy as np
import platformdirs
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dissection.data.latents import standard
from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.live import calibration, operators, refinement
from dissection.models.generators.live.frame import LiveFrame
from dissection.models.generators.live.network import LiveNetwork
from dissection.models.generators.live.ranges import stored_ranges
from dissection.models.generators.progressive import ProgressiveGenerator, as_latents
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import LayerEdit
from support.tiny import tiny_generator

pytestmark = pytest.mark.skipif(
    not operators.has_eight_bit(), reason="this processor multiplies no bytes"
)
CPU = torch.device("cpu")
GENERATOR = tiny_generator((32, 32, 24, 16, 16))
LATENT = as_latents(torch.from_numpy(standard(1, 16)), 16)
LIVE = ["layer5", "layer6", "layer7", "layer8", "layer9", "layer10"]


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path)
    return tmp_path


def exact(generator: ProgressiveGenerator = GENERATOR) -> FoldedGenerator:
    return FoldedGenerator(generator, CPU, torch.float32)


def live(generator: ProgressiveGenerator = GENERATOR) -> LiveNetwork:
    return LiveNetwork(generator, FoldedGenerator(generator, CPU, torch.bfloat16))


def bytes_everywhere() -> LiveNetwork:
    network = live()
    scale = operators.Scale.covering(-1.5, 5)
    network.use(dict.fromkeys(LIVE, scale), LIVE)
    assert network.eight_bit == LIVE
    return network


def a_brush(strength: float = 1.0) -> dict[str, LayerEdit]:
    alpha = np.zeros((32, 8, 8), np.float32)
    alpha[:4, 2:5, 3:6] = strength
    return {"layer4": LayerEdit(alpha, np.full_like(alpha, 2))}


def random_edits(rng: np.random.Generator) -> dict[str, LayerEdit]:
    edits = {}
    for name in rng.choice(["layer2", "layer4", *LIVE], rng.integers(0, 3), replace=False):
        units, height, width = GENERATOR.layer_shape(name)
        alpha = np.zeros((units, height, width), np.float32)
        top, left = rng.integers(0, height), rng.integers(0, width)
        alpha[: rng.integers(1, 4), top : top + 3, left : left + 3] = rng.random()
        edits[str(name)] = LayerEdit(alpha, rng.random(alpha.shape, np.float32))
    return edits


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_sequence_of_edits_gives_the_picture_from_scratch(seed: int) -> None:
    rng, network = np.random.default_rng(seed), bytes_everywhere()
    kept = LiveFrame(network)
    with torch.inference_mode():
        kept.set_latent(LATENT)
        for _ in range(6):
            edits = random_edits(rng)
            fresh = LiveFrame(network)
            fresh.set_latent(LATENT)
            difference = np.abs(kept.picture(edits).astype(int) - fresh.picture(edits))
            # Products are added up in another order, so a byte may be the next one.
            assert difference.mean() < 0.2
            assert np.quantile(difference, 0.999) <= 6


def test_an_unknown_generator_is_measured_and_remembered(folder: Path) -> None:
    generator = tiny_generator((32, 32, 24, 16, 16))
    generator.digest = "abc"
    network = live(generator)
    for _ in refinement.refine(generator, network, exact, measured=False):
        pass
    known = stored_ranges("", "abc")
    assert known is not None
    assert known.latents == 256
    assert set(network.eight_bit) == set(known.close)
    assert known.close
    again = live(generator)
    steps = sum(1 for _ in refinement.refine(generator, again, exact, measured=False))
    assert again.eight_bit == network.eight_bit
    assert steps < 32  # nothing is measured twice


def test_pictures_stay_close() -> None:
    renderer = Renderer(GENERATOR, "cpu", "int8")
    assert renderer.precision == "int8"
    assert renderer.remark == ""
    for z in standard(4, 16):
        renderer.set_latent(z)
        levels = np.abs(renderer.render().astype(int) - renderer.render(exact=True))
        assert levels.mean() <= calibration.MEAN_LEVELS
        assert np.quantile(levels, 0.999) <= calibration.HIGH_LEVELS


@pytest.mark.parametrize("mean_levels", [calibration.MEAN_LEVELS, 0.0])
def test_what_is_not_known_yet_can_be_measured_later(
    mean_levels: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibration, "MEAN_LEVELS", mean_levels)
    renderer = Renderer(GENERATOR, "cpu", "int8", later=True)
    assert (renderer.precision, renderer.remark) == ("bfloat16", "")
    renderer.set_latent(standard(1, 16))
    steps = 0
    for _ in renderer.refinement():
        renderer.render()
        steps += 1
    assert steps >= 32  # pictures are made between them
    near = mean_levels > 0
    assert renderer.precision == ("int8" if near else "bfloat16")
    assert renderer.remark == ("" if near else operators.TOO_FAR)


def test_layers_that_are_no_faster_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refinement, "seconds", lambda layer: 1.0)
    network = live()
    for _ in refinement.refine(GENERATOR, network, exact):
        pass
    assert network.precision == "bfloat16"


def test_a_processor_whose_pictures_are_too_far_off_keeps_to_bfloat16(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = tiny_generator((32, 32, 24, 16, 16))
    known.digest = "abc"
    for _ in refinement.refine(known, live(known), exact, measured=False):
        pass
    monkeypatch.setattr(calibration, "MEAN_LEVELS", 0.0)
    network = live(known)
    for _ in refinement.refine(known, network, exact, measured=False):
        pass
    assert network.precision == "bfloat16"


def test_an_edit_out_of_range_takes_its_layer_back_to_bfloat16() -> None:
    network = live()
    narrow = operators.Scale.covering(-0.1, 0.4)
    network.use(dict.fromkeys(LIVE, narrow), ["layer5"])
    frame, sound = LiveFrame(network), LiveFrame(live())
    with torch.inference_mode():
        for each in (frame, sound):
            each.set_latent(LATENT)
        assert np.array_equal(frame.picture(a_brush()), sound.picture(a_brush()))
    assert network.eight_bit == []
    network.use(dict.fromkeys(LIVE, narrow), ["layer5"])
    assert network.eight_bit == []  # for good


def test_a_generator_with_dead_layers_is_refined() -> None:
    generator = tiny_generator((32, 32, 24, 16, 16))
    for name in ("layer7", "layer9"):
        layer = generator.get_submodule(name)
        for parameter in layer.parameters():
            parameter.zero_()
    renderer = Renderer(generator, "cpu", "int8")
    renderer.set_latent(standard(1, 16))
    levels = np.abs(renderer.render().astype(int) - renderer.render(exact=True))
    assert levels.mean() <= calibration.MEAN_LEVELS


def test_the_number_of_threads_is_left_as_it_is() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for _ in Renderer(GENERATOR, "cpu").refinement():
            pass
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_precision_that_was_asked_for_is_not_refined(precision: str) -> None:
    renderer = Renderer(GENERATOR, "cpu", precision)
    assert list(renderer.refinement()) == []
    assert renderer.precision == precision


def test_pictures_between_the_steps_are_right() -> None:
    renderer = Renderer(GENERATOR, "cpu")
    renderer.set_latent(standard(1, 16))
    expected = renderer.render(exact=True).astype(int)
    for number, _ in enumerate(renderer.refinement()):
        if number % 10 == 0:
            assert np.abs(renderer.render() - expected).mean() <= calibration.MEAN_LEVELS
