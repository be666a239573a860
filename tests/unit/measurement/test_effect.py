import numpy as np
import pytest
import torch
from torch import nn

from dissection.data.sources import Latents
from dissection.errors import BadInputError
from dissection.measurement.effect import LEAST_SHARE
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.hooks import edit
from dissection.models.passes import FoldedPasses, PlainPasses
from dissection.pipeline import dissect
from support.color_segmenter import ColorSegmenter

LAYERS = ("layer3", "layer5")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def generator() -> ProgressiveGenerator:
    torch.manual_seed(1)
    return ProgressiveGenerator((6, 7, 5), depth=8).eval().requires_grad_(False)


def plain_effects(network: nn.Module, z: torch.Tensor) -> dict[str, np.ndarray]:
    """One latent, concept and layer at a time, gradient by the module's own graph."""
    segmenter = ColorSegmenter()
    concepts = len(segmenter.vocabulary)
    total = {}
    for name in LAYERS:
        kept: dict[str, torch.Tensor] = {}

        def keep(x: torch.Tensor, kept: dict[str, torch.Tensor] = kept) -> torch.Tensor:
            kept["x"] = x.detach().requires_grad_()
            return kept["x"]

        for row in z:
            with edit(network, {name: keep}):
                share = segmenter.probabilities(network(row[None])).mean((2, 3))[0]
            for index in range(1, concepts):
                if share[index] < LEAST_SHARE or not share[index].requires_grad:
                    continue
                (gradient,) = torch.autograd.grad(share[index], kept["x"], retain_graph=True)
                effect = (gradient * kept["x"].detach()).sum((0, 2, 3)).numpy()
                table = total.setdefault(name, np.zeros((concepts, len(effect))))
                table[index] += effect / len(z)
    return total


def test_effects_are_those_of_one_concept_at_a_time(generator: ProgressiveGenerator) -> None:
    z = Latents.of_seed(9, 8)
    measured = dissect(
        generator, LAYERS, z, ColorSegmenter(), effect_size=9, batch=5, precision="float32"
    )
    wanted = plain_effects(generator, z.values)
    for name in LAYERS:
        effect = measured[name].effect
        assert effect is not None
        absent = measured[name].tally.area.sum(0) == 0
        assert (effect[absent] == 0).all()
        assert absent[6]  # the unicorn
        np.testing.assert_allclose(effect[~absent], wanted[name][~absent], atol=2e-6)
        assert np.abs(effect).max() > 1e-3


def test_effects_predict_what_small_changes_do(generator: ProgressiveGenerator) -> None:
    z = Latents.of_seed(6, 8)
    segmenter = ColorSegmenter()
    measured = dissect(
        generator, ["layer5"], z, segmenter, effect_size=6, batch=6, precision="float32"
    )
    passes, step = PlainPasses(generator), 1e-2
    before = segmenter.probabilities(generator(z.values)).mean((0, 2, 3))
    for unit in range(5):

        def weaken(x: torch.Tensor, unit: int = unit) -> torch.Tensor:
            x = x.clone()
            x[:, unit] *= 1 - step
            return x

        after = segmenter.probabilities(passes.changed(z.values, {}, {"layer5": weaken}))
        lost = (before - after.mean((0, 2, 3))) / step
        effect = measured["layer5"].effect
        assert effect is not None
        for index in range(1, 6):
            assert lost[index] == pytest.approx(effect[index, unit], abs=2e-3)


def test_folded_and_plain_passes_agree(generator: ProgressiveGenerator) -> None:
    z = Latents.of_seed(4, 8).values
    plain, folded = PlainPasses(generator), FoldedPasses(generator, CPU, "float32")

    def off(x: torch.Tensor) -> torch.Tensor:
        return torch.where(torch.arange(x.shape[1])[:, None, None] == 2, 0.0, x)

    changes = {"layer3": off, "layer5": off}
    features = folded.features(z, LAYERS)
    torch.testing.assert_close(
        folded.changed(z, features, changes), plain.changed(z, {}, changes), atol=1e-4, rtol=1e-3
    )
    torch.testing.assert_close(folded.changed(z, {}, {}), generator(z), atol=1e-4, rtol=1e-3)
    ours, theirs = folded.with_gradients(z, LAYERS), plain.with_gradients(z, LAYERS)
    for name in LAYERS:
        torch.testing.assert_close(
            *(
                torch.autograd.grad(images.square().sum(), activations[name], retain_graph=True)[0]
                for images, activations in (ours, theirs)
            ),
            atol=1e-3,
            rtol=1e-3,
        )


def test_a_segmenter_without_probabilities_is_told(generator: ProgressiveGenerator) -> None:
    soft = ColorSegmenter()

    class Hard:
        vocabulary, digest = soft.vocabulary, soft.digest
        segment = staticmethod(soft.segment)

    with pytest.raises(BadInputError, match="probabilities"):
        dissect(generator, ["layer3"], Latents.of_seed(3, 8), Hard(), effect_size=3)
