"""Units taken out while somebody drags a slider: the same decisions, from what is kept."""

import numpy as np
import pytest
import torch
from torch import nn

from dissection.errors import BadInputError
from dissection.interventions.ablation import live as module
from dissection.interventions.ablation.classes import ClassImages
from dissection.interventions.ablation.live import LiveAblation
from support.hooks import watch_hooks
from support.small_classifiers import (
    CLASSES,
    loop,
    tiny_beside,
    tiny_resnet,
    tiny_vgg,
    units_last,
    untraceable,
    without,
)

NAMES = ("boat", "church", "farm", "lake", "street")


def source(count: int = 23) -> ClassImages:
    rng = np.random.default_rng(4)
    images = rng.uniform(-1, 1, (count, 3, 16, 16)).astype(np.float32)
    return ClassImages(images, rng.integers(0, CLASSES, count), NAMES)


CASES = [
    (tiny_vgg(), "features.relu2"),
    (tiny_vgg(), "features.relu1"),
    (tiny_resnet(), "layer2.0.bn2"),
    (tiny_beside(), "conv2"),
    (units_last(), "act"),
    (untraceable(), "conv"),
]


@pytest.mark.parametrize(("network", "layer"), CASES)
def test_every_step_decides_as_a_full_pass(
    network: nn.Module, layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_STEPS", 4)
    pictures = source()
    live = LiveAblation(network, layer, pictures, batch=10)
    assert len(live) == 23
    assert live.classes == NAMES
    whole = network(pictures.values).argmax(1).numpy()
    assert (live.before == whole).all()
    rng = np.random.default_rng(0)
    order = rng.permutation(live.units).tolist()
    # The slider up, down again, and ticks anywhere.
    steps = [order[:n] for n in (*range(live.units + 1), live.units // 2, 1, 0)]
    steps += [rng.permutation(live.units)[:n].tolist() for n in (3, 5, 2)]
    for units in steps:
        logits = loop(network, layer, pictures.values, without(units), live.reading)
        top = logits.topk(2).values
        assert ((top[:, 0] - top[:, 1]) > 1e-3 * logits.abs().amax(1)).float().mean() > 0.8
        theirs = logits.argmax(1).numpy()
        sure = ((top[:, 0] - top[:, 1]) > 1e-4 * logits.abs().amax(1)).numpy()
        assert (live.predicted(units) == theirs)[sure].all()
        counts = live.accuracies(units)
        assert counts.plain[0] == (whole == pictures.targets).mean()
        assert counts.plain[1] == (live.predicted(units) == pictures.targets).mean()
        flipped = live.flips(units)
        assert flipped.images.tolist() == np.flatnonzero(live.predicted(units) != whole).tolist()


@pytest.mark.parametrize(("network", "layer"), CASES)
def test_one_picture(network: nn.Module, layer: str) -> None:
    pictures = source(6)
    live = LiveAblation(network, layer, pictures)
    logits = loop(network, layer, pictures.values[2:3], without([1, 3]), live.reading)
    np.testing.assert_allclose(live.scores(2, [1, 3]), logits.softmax(1)[0].numpy(), atol=1e-5)
    assert live.scores(2).argmax() == live.before[2]
    assert live.maps(2).shape[0] == live.units
    turned = 0
    for picture in range(6):
        units = live.fewest(picture)
        if units is None:
            continue
        turned += 1
        alone = pictures.values[picture : picture + 1]
        after = loop(network, layer, alone, without(list(units)), live.reading)
        assert int(after.argmax()) != live.before[picture]
        # Of single units no other one does it.
        if len(units) > 1:
            one = live.fewest(picture, most=1)
            assert one is None
    # In the one network taking out the late units turns nothing: it sees past them.
    assert turned or layer == "conv2"


def test_units_that_are_not_there_are_told() -> None:
    live = LiveAblation(tiny_vgg(), "features.relu2", source())
    with pytest.raises(BadInputError, match=r"has no unit 12; it has 0 to 11"):
        live.accuracies([3, 12])


def test_a_network_is_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    network, hooks_left = tiny_vgg(), watch_hooks(monkeypatch)
    before = [parameter.clone() for parameter in network.parameters()]
    live = LiveAblation(network, "features.relu2", source())
    live.accuracies([3])
    live.fewest(0)
    for parameter, kept in zip(network.parameters(), before, strict=True):
        assert torch.equal(parameter, kept)
    assert hooks_left() == 0
