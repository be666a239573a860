"""Counting one concept in bfloat16: what naming all of them in bfloat16 finds."""

import pytest
import torch

from dissection.models.generators.live import operators
from dissection.models.segmenters.base import CountingSegmenter
from dissection.models.segmenters.storybook import Head, SceneNetwork, StorybookSegmenter
from dissection.vocabulary import Concept, Vocabulary

CONCEPTS = [Concept(name, "object") for name in ("tree", "sky", "door", "wall")]
HEADS = [Head("object", (0, 1, 2)), Head("part", (3, 0, 4)), Head("other", (2, 0))]


def segmenter(flat: bool = False) -> StorybookSegmenter:
    """One of random weights; a flat one has the same score for all, wherever one looks."""
    torch.manual_seed(3)
    network = SceneNetwork(8, (4, 6, 8, 8)).eval().requires_grad_(False)
    if flat:
        network.scores.weight.zero_()
        assert network.scores.bias is not None
        network.scores.bias.zero_()
    return StorybookSegmenter(network, HEADS, Vocabulary(CONCEPTS), 32, "random")


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("side", [32, 64])
def test_counts_are_those_of_naming_all(flat: bool, side: int) -> None:
    seen = segmenter(flat)
    images = torch.randn(3, 3, side, side)
    with torch.autocast("cpu", torch.bfloat16):
        named = seen.segment(images, 32)
    assert isinstance(seen, CountingSegmenter)
    for concept in (1, 2, 3, 4):
        expected = (named == concept).any(1).sum((1, 2))
        assert torch.equal(seen.count(images, concept), expected)


def test_without_arranged_weights_it_counts_nearly_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = torch.randn(2, 3, 32, 32)
    expected = segmenter().count(images, 1)
    monkeypatch.setattr(operators, "lookup", lambda *_: None)
    found = segmenter().count(images, 1)
    assert (found - expected).abs().max() <= 16


@pytest.mark.parametrize("size", [None, 16, 32])
def test_what_is_named_under_autocast_is_what_autocast_names(size: int | None) -> None:
    seen, images = segmenter(), torch.randn(2, 3, 32, 32)
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        scores = torch.cat(seen.scores(images), 1)
        expected = seen.network(images.clamp(-1.2, 1.2)).float()
    assert torch.equal(scores, expected)
    assert seen.segment(images, size).shape[-1] == (size or 32)
    with torch.autocast("cpu", torch.bfloat16):  # gradients go through the network itself
        soft = seen.probabilities(images.requires_grad_())
    soft[:, 1].sum().backward()
    assert images.grad is not None
    assert images.grad.abs().sum() > 0
