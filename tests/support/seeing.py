"""A segmenter for tests of the window: bright is tree, dark is sky, and some things stand fixed."""

import torch
from torch import Tensor
from torch.nn import functional as F

from dissection.vocabulary import Concept, Vocabulary
from support.synthetic import VOCABULARY

TREE, SKY, DOOR, PERSON, BOAT = VOCABULARY[1:]
LEAF = Concept("leaf", "material")


class FixedSegmenter:
    """Objects by brightness; a door at the bottom left, a boat (no brush) at the bottom right, a
    person (a weak brush) at the top right; and leaves, which no dissection knows, where trees are.
    """

    digest = "f1" * 32

    def __init__(self) -> None:
        self.vocabulary = Vocabulary([*VOCABULARY, LEAF])

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        """int64 (N, 3, h, w)."""
        if size is not None and images.shape[-1] != size:
            images = F.interpolate(images, size=(size, size), mode="nearest")
        bright = images.mean(1) > 0
        objects = torch.where(bright, self.vocabulary.id(TREE), self.vocabulary.id(SKY))
        quarter = images.shape[-1] // 4
        parts = torch.zeros_like(objects)
        parts[:, -quarter:, :quarter] = self.vocabulary.id(DOOR)
        parts[:, -quarter:, -quarter:] = self.vocabulary.id(BOAT)
        objects[:, -quarter:, -quarter:] = 0
        parts[:, :quarter, -quarter:] = self.vocabulary.id(PERSON)
        objects[:, :quarter, -quarter:] = 0
        leaves = torch.where(objects == self.vocabulary.id(TREE), self.vocabulary.id(LEAF), 0)
        return torch.stack([objects, parts, leaves], 1)
