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
    looked = live.picture(2)
    np.testing.assert_allclose(looked.scores([1, 3]), logits.softmax(1)[0].numpy(), atol=1e-5)
    assert looked.scores().argmax() == looked.decided == live.before[2]
    assert looked.maps().shape[0] == live.units
    lost = looked.lost()
    for unit in (1, 3):
        drop = looked.scores()[looked.decided] - looked.scores([unit])[looked.decided]
        assert lost[unit] == pytest.approx(drop, abs=1e-5)
    turned = 0
    for place in range(6):
        one = live.picture(place)
        units = one.fewest()
        if units is None:
            continue
        turned += 1
        alone = pictures.values[place : place + 1]

        def decides(out: list[int], alone: torch.Tensor = alone) -> int:
            return int(loop(network, layer, alone, without(out), live.reading).argmax())

        assert decides(list(units)) != live.before[place]
        # None of them is there for nothing.
        for gone in units if len(units) > 1 else ():
            assert decides([unit for unit in units if unit != gone]) == live.before[place]
        if len(units) > 1:
            assert one.fewest(most=1) is None
    # In the one network taking out the late units turns nothing: it sees past them.
    assert turned or layer == "conv2"


def test_a_picture_from_elsewhere_is_looked_at() -> None:
    live = LiveAblation(tiny_vgg(), "features.relu2", source())
    rng = np.random.default_rng(9)
    picture = rng.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    values = torch.tensor(picture).permute(2, 0, 1)[None] / 127.5 - 1
    expected = tiny_vgg()(values).softmax(1)[0].detach().numpy()
    np.testing.assert_allclose(live.look_at(picture).scores(), expected, atol=1e-5)
    with pytest.raises(BadInputError, match=r"\(H, W, 3\)"):
        live.look_at(picture[..., 0])
    with pytest.raises(BadInputError, match="has no unit 12"):
        live.look_at(picture).scores([12])


def test_units_that_are_not_there_are_told() -> None:
    live = LiveAblation(tiny_vgg(), "features.relu2", source())
    with pytest.raises(BadInputError, match=r"has no unit 12; it has 0 to 11"):
        live.accuracies([3, 12])


def test_a_network_is_as_before_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    network, hooks_left = tiny_vgg(), watch_hooks(monkeypatch)
    before = [parameter.clone() for parameter in network.parameters()]
    live = LiveAblation(network, "features.relu2", source())
    live.accuracies([3])
    live.picture(0).fewest()
    for parameter, kept in zip(network.parameters(), before, strict=True):
        assert torch.equal(parameter, kept)
    assert hooks_left() == 0
