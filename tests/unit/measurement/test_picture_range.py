"""Generators whose pictures are of another range than -1..1."""

import pytest
import torch
from torch import Tensor, nn

from dissection.data.sources import Latents
from dissection.errors import BadInputError
from dissection.pipeline import dissect
from support.color_segmenter import ColorSegmenter


class Generator(nn.Module):
    def __init__(self, scale: float, shift: float) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self.layer = nn.ConvTranspose2d(6, 5, 8)
            self.out = nn.Conv2d(5, 3, 1)
        self.scale, self.shift = scale, shift

    def forward(self, z: Tensor) -> Tensor:
        images = torch.tanh(3 * self.out(self.layer(z[..., None, None])))
        return images * self.scale + self.shift


def notices(scale: float, shift: float) -> list[str]:
    sample = Latents.of_seed(9, 6)
    measured = dissect(
        Generator(scale, shift), ["layer"], sample, ColorSegmenter(), grid=8, batch=3
    )
    told: list[str] = measured.provenance.get("notices", [])
    return told


def test_ordinary_pictures_need_no_word() -> None:
    assert notices(1, 0) == []
    assert notices(1.05, 0) == []  # running over a little


def test_pictures_that_never_go_below_0_are_said() -> None:
    (line,) = notices(0.5, 0.5)
    assert "goes below 0" in line


@pytest.mark.parametrize(("scale", "shift"), [(127.5, 127.5), (100, 0)])
def test_pictures_of_bytes_are_refused(scale: float, shift: float) -> None:
    with pytest.raises(BadInputError, match=r"Pictures are of -1\.\.1, and those of this network"):
        notices(scale, shift)
