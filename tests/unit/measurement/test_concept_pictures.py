"""A concept's picture shows the thing itself, outlined, whatever surrounds it."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dissection.measurement.concept_pictures import retake_pictures
from dissection.runtime.progress import Stopped
from dissection.vocabulary import Concept, Vocabulary
from support.synthetic import make_dissection

THING, GROUND = Concept("thing", "object"), Concept("ground", "object")
VOCABULARY = Vocabulary([THING, GROUND, Concept("absent", "object")])
SIZE, DEPTH = 64, 8
RED, GREEN = (1.0, -1.0, -1.0), (-1.0, 1.0, -1.0)


class Scene(nn.Module):
    """Green ground, and on it two red things: one of 8 x 8 px, and a smaller one far away."""

    depth = DEPTH

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(1))

    def forward(self, z: Tensor) -> Tensor:
        pictures = torch.tensor(GREEN).view(1, 3, 1, 1).repeat(len(z), 1, SIZE, SIZE)
        red = torch.tensor(RED).view(1, 3, 1, 1)
        pictures[:, :, 40:48, 10:18] = red
        pictures[:, :, 4:7, 50:54] = red
        return pictures


class ByColor:
    """Red is the thing, green the ground."""

    vocabulary, digest = VOCABULARY, "c0" * 32

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        return torch.where(images[:, :1] > 0, 1, 2)


def test_the_crop_is_of_the_thing_and_its_line_around_it() -> None:
    before = make_dissection(vocabulary=VOCABULARY)
    after = retake_pictures(before, Scene(), ByColor())
    picture = after.pictures[THING].astype(int)
    assert picture.shape == (96, 96, 3)
    red = (picture[..., 0] > 200) & (picture[..., 1] < 60)
    ys, xs = np.nonzero(red)
    # A quarter of the picture is shown, 16 px, of which the larger thing has the middle half.
    assert ys.min() == pytest.approx(24, abs=3)
    assert ys.max() == pytest.approx(71, abs=3)
    assert xs.mean() == pytest.approx(47.5, abs=2)
    line = (picture > 240).all(-1)
    assert line[ys.min() - 3 : ys.min(), 48].any()
    assert line[48, xs.max() + 1 : xs.max() + 4].any()
    assert not line[:15].any()


def test_of_a_ground_a_part_is_shown() -> None:
    picture = retake_pictures(make_dissection(vocabulary=VOCABULARY), Scene(), ByColor()).pictures[
        GROUND
    ]
    green = (picture[..., 1] > 200) & (picture[..., 0] < 60)
    assert green.mean() > 0.7


def test_nothing_else_of_the_dissection_changes() -> None:
    before = make_dissection(vocabulary=VOCABULARY)
    after = retake_pictures(before, Scene(), ByColor())
    assert after.provenance == before.provenance
    assert list(after) == list(before)
    assert set(after.pictures) == {THING, GROUND}


def test_it_can_be_stopped() -> None:
    with pytest.raises(Stopped):
        retake_pictures(
            make_dissection(vocabulary=VOCABULARY), Scene(), ByColor(), lambda *_: False
        )
