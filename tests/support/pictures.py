"""Folders of small pictures with exact contents, for tests of image sources."""

from pathlib import Path

import numpy as np
from PIL import Image

#: RGB of four plain pictures' right halves; the left halves are gray.
SHADES = {"red": (230, 30, 30), "green": (30, 230, 30), "blue": (30, 30, 230)}


def make_folder(folder: Path, each: int = 4, size: int = 40, seed: int = 0) -> Path:
    """``folder/CLASS/NN.png`` for each shade: a block of it at a place of its own, on noise."""
    rng = np.random.default_rng(seed)
    for name, shade in SHADES.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(each):
            picture = rng.integers(90, 160, (size, size, 3)).astype(np.uint8)
            side = size // 2
            top, left = rng.integers(0, size - side, 2)
            picture[top : top + side, left : left + side] = shade
            Image.fromarray(picture).save(folder / name / f"{number:02}.png")
    return folder
