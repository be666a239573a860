"""Live pictures of the generator that ships with the program, against float32."""

import numpy as np
import pytest

from dissection.data.latents import standard
from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.renderer import Renderer
from dissection.painting.edits import Brush, Edit, LayerUnits, Stroke
from dissection.painting.masks import disc
from dissection.vocabulary import Concept

UNITS = 20


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(load_generator("storybook-church"), "cpu", "bfloat16")


@pytest.mark.parametrize("layer", ["layer4", "layer6"])
def test_live_pictures_are_near_the_exact_ones(renderer: Renderer, layer: str) -> None:
    rng, levels = np.random.default_rng(0), []
    for z in standard(4):
        renderer.set_latent(z)
        features = renderer.features(layer)
        strongest = np.argsort(features.max((1, 2)))[-2 * UNITS :]
        units = tuple(int(u) for u in rng.choice(strongest, UNITS, replace=False))
        reached = np.quantile(features[list(units)], 0.99, axis=(1, 2))
        brush = Brush(Concept("tree", "object"), {layer: LayerUnits(units, tuple(reached))})
        mask = np.zeros((128, 128), np.float32)
        for x, y in zip(range(20, 110, 12), rng.uniform(20, 108, 8), strict=True):
            mask = np.maximum(mask, disc((128, 128), x, y, 9))
            edit = Edit((Stroke(mask, brush),))
            live = renderer.render(edit)  # each from what is left of the one before
        exact = renderer.render(edit, exact=True)
        changed = np.abs(exact.astype(int) - renderer.render(exact=True))
        assert changed.mean() > 1  # else there was little to be wrong about
        levels.append(np.abs(live.astype(int) - exact))
    assert 0 < np.mean(levels) <= 1.5
    assert np.quantile(levels, 0.999) <= 10
