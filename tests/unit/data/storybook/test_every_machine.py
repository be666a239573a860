"""Scenes are the same to the byte whatever kernels the machine's linear algebra takes."""

import os
import subprocess
import sys

import pytest

_NOISE = """
import hashlib, numpy as np
from dissection.data.storybook.canvas import Box
from dissection.data.storybook.noise import Noise
noise = Noise.draw(np.random.default_rng(5), 3, 6)
found = hashlib.sha256()
for top, left, height, width in ((0, 0, 64, 64), (100, 7, 101, 83), (190, 190, 66, 66)):
    box = Box(slice(top, top + height), slice(left, left + width))
    found.update(noise.on(256, box).tobytes())
print(found.hexdigest())
"""


@pytest.mark.parametrize("kernels", ["", "Haswell"])
def test_noise_is_the_same_with_other_kernels(kernels: str) -> None:
    def said(**environment: str) -> str:
        command = [sys.executable, "-c", _NOISE]
        whole = {**os.environ, **environment}
        return subprocess.run(command, env=whole, capture_output=True, text=True, check=True).stdout

    assert said(OPENBLAS_CORETYPE=kernels) == said(OPENBLAS_CORETYPE="Prescott")
