"""How good a classifier is on held-out pictures."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from dissection.data.images import from_bytes
from dissection.models.classifiers.transforms import IMAGENET, normalizations
from dissection.training.classes import ClassPictures
from dissection.training.mixed import autocast


@dataclass(frozen=True)
class Quality:
    """What a classifier gets right.

    Attributes:
        classes: names, in order.
        confusion: int64 (true, said): how many held-out pictures of a class were taken for which.
    """

    classes: tuple[str, ...]
    confusion: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """Share of all pictures that are told rightly."""
        return float(np.trace(self.confusion) / max(self.confusion.sum(), 1))

    @property
    def recall(self) -> dict[str, float]:
        """For each class the share of its pictures that are told rightly; of absent ones 0."""
        right = np.diag(self.confusion) / np.maximum(self.confusion.sum(1), 1)
        return dict(zip(self.classes, right.tolist(), strict=True))

    def mistaken(self, count: int) -> list[tuple[str, str, float]]:
        """The most frequent mistakes: (true class, said class, share of the true one)."""
        shares = self.confusion / np.maximum(self.confusion.sum(1, keepdims=True), 1)
        np.fill_diagonal(shares, 0)
        order = np.argsort(-shares, axis=None, kind="stable")[:count]
        pairs = zip(*np.unravel_index(order, shares.shape), strict=True)
        found = [(self.classes[i], self.classes[j], float(shares[i, j])) for i, j in pairs]
        return [row for row in found if row[2] > 0]


def quality(said: NDArray[np.int64], pictures: ClassPictures) -> Quality:
    """The quality of what was ``predicted`` for pictures."""
    count = len(pictures.classes)
    places = pictures.targets * count + said
    confusion = np.bincount(places, minlength=count * count).reshape(count, count)
    return Quality(pictures.classes, confusion.astype(np.int64))


def predicted(
    network: nn.Module,
    pictures: ClassPictures,
    device: str = "cpu",
    batch: int = 128,
    tick: Callable[[int], None] = lambda _: None,
) -> NDArray[np.int64]:
    """The class that a network takes each picture for, int64 (N,).

    Args:
        network: in eval mode; takes normalized pictures, unless it normalizes them itself.
        pictures: of the size it takes.
        device: where to compute; the network is moved there and left there.
        batch: pictures at a time.
        tick: called with the number of pictures of every batch.
    """
    where = torch.device(device)
    network = network.to(where)
    itself = bool(normalizations(network))
    said = []
    with torch.inference_mode(), autocast(where):
        for start in range(0, len(pictures), batch):
            block = torch.from_numpy(np.ascontiguousarray(pictures.images[start : start + batch]))
            x = from_bytes(block.to(where))
            said.append(network(x if itself else IMAGENET(x)).argmax(1).cpu().numpy())
            tick(len(block))
    return np.concatenate(said).astype(np.int64)


def accuracy(said: NDArray[np.int64], targets: NDArray[np.int64]) -> float:
    """Share of pictures told rightly."""
    return float((said == targets).mean())
