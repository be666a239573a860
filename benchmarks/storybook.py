"""How fast Storybook paints: images/s on one core at 128 and 256 px.

Run it with ``python benchmarks/storybook.py``.
"""

import os
import time

# Before numpy loads its linear algebra: the figures are for one core.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import cv2

from dissection.data.storybook import Storybook

SECONDS = 3.0


def images_per_second(book: Storybook, size: int) -> float:
    book.paint(0, size=size)
    painted, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < SECONDS:
        book.paint(painted, size=size)
        painted += 1
    return painted / spent


def main() -> None:
    cv2.setNumThreads(1)
    for domain in ("churches", "scenes"):
        book = Storybook(domain)
        for size in (128, 256):
            print(f"{domain} at {size} px: {images_per_second(book, size):.0f} images/s, one core")


if __name__ == "__main__":
    main()
