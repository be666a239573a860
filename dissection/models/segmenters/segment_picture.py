"""One picture, as bytes, through a segmenter."""

import numpy as np
import torch

from dissection.data.images import Picture
from dissection.models.segmenters.base import Segmenter
from dissection.models.segmenters.segmentation import Segmentation


def see(segmenter: Segmenter, picture: Picture, device: str = "cpu") -> Segmentation:
    """What a segmenter sees in a picture, at the picture's own resolution.

    Args:
        segmenter: with fewer than 32,768 concepts.
        picture: uint8 (H, H, 3), RGB.
        device: where the segmenter computes.
    """
    # A byte b stands for all values from b to b + 1: their middle is half a level up.
    pixels = (torch.from_numpy(picture).to(device).float() + 0.5) / 255 * 2 - 1
    labels = segmenter.segment(pixels.permute(2, 0, 1)[None], picture.shape[0])[0]
    return Segmentation(segmenter.vocabulary, labels.cpu().numpy().astype(np.int16))
