"""A tiny VGG with a silent unit and a class that nobody predicts, and noise for it."""

import dataclasses
from typing import Any

import numpy as np
import torch
from torch import nn

from dissection.interventions.ablation.classes import ClassImages
from dissection.interventions.ablation.result import Ablation
from support.small_classifiers import CLASSES, tiny_vgg

LAYER = "features.relu2"
NAMES = ("boat", "church", "farm", "lake", "street")


def noise(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    images = rng.normal(0, 0.4, (count, 3, 16, 16)) + rng.uniform(-0.6, 0.6, (count, 3, 1, 1))
    return images.clip(-1, 1).astype(np.float32)


def pictures(count: int, seed: int, network: nn.Module) -> ClassImages:
    """Noise, of the class that the network sees in most of it, and of another one in the rest."""
    rng, images = np.random.default_rng(seed), noise(count, seed)
    seen = network(torch.from_numpy(images)).argmax(1).numpy()
    targets = np.where(rng.random(count) < 0.7, seen, rng.integers(0, CLASSES, count))
    return ClassImages(images, targets, NAMES)


def same(one: Ablation, other: Ablation) -> bool:
    def arrays(value: Any) -> list[np.ndarray]:
        if dataclasses.is_dataclass(value):
            fields = dataclasses.fields(value)
            return [a for field in fields for a in arrays(getattr(value, field.name))]
        return [value] if isinstance(value, np.ndarray) else []

    pairs = zip(arrays(one), arrays(other), strict=True)
    return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs)


def spoiled_vgg() -> nn.Module:
    network = tiny_vgg()
    with torch.no_grad():  # a unit that never says anything, and a class that nobody predicts
        network.get_parameter("features.conv2.weight")[4] = 0
        network.get_parameter("features.conv2.bias")[4] = -1
        weight, bias = (network.get_parameter(f"classifier.6.{n}") for n in ("weight", "bias"))
        logits = network(torch.from_numpy(noise(200, 0)))  # all classes about as often
        weight /= logits.std(0)[:, None]
        bias.sub_(logits.mean(0)).div_(logits.std(0))
        bias[3] = -9
    return network
