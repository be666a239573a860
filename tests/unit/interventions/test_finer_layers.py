"""A layer of 32 cells takes part in the contest of brushes only where coarser ones do not draw."""

import numpy as np
import torch
from torch import nn

from dissection.data.sources import Latents
from dissection.interventions.brush_trials import StrengthSettings
from dissection.interventions.remeasure import remeasure_brushes
from dissection.pipeline import dissect
from dissection.results.brushes import find_brush
from support.color_segmenter import ColorSegmenter

COLORS = torch.tensor([[0.6, -0.3, -0.3], [-0.3, 0.6, -0.3]])


class RedBeforeGreen(nn.Module):
    """A picture of 256 px whose red is made at 16 cells, and its green at 32.

    ``coarse`` has a unit that makes red and one that fires with green and makes nothing; ``fine``
    has units of both colors; ``last`` is as fine as the picture.
    """

    def __init__(self) -> None:
        super().__init__()
        self.coarse, self.fine, self.last = nn.Identity(), nn.Identity(), nn.Identity()

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        coarse = self.coarse(torch.cat([z[:, :1], z[:, 1:].amax(1, keepdim=True)], 1))
        green = torch.pixel_shuffle(z[:, 1:], 2)
        red = coarse[:, :1].repeat_interleave(2, 2).repeat_interleave(2, 3)
        fine = self.fine(torch.cat([red, green], 1))
        last = self.last(fine.repeat_interleave(8, 2).repeat_interleave(8, 3))
        return torch.einsum("nuhw,uc->nchw", last, COLORS)


def scenes(count: int, seed: int) -> Latents:
    """Red on the left and green on the right, with holes."""
    rng = np.random.default_rng(seed)
    z = np.zeros((count, 5, 16, 16), np.float32)
    z[:, 0, :, :8] = rng.random((count, 16, 8)) < 0.6
    z[:, 1:, :, 8:] = (rng.random((count, 1, 16, 8)) < 0.4).repeat(4, 1)
    return Latents(z * rng.uniform(0.8, 1.0, z.shape))  # a level needs values that differ


def test_finer_units_are_tried_for_what_coarse_ones_do_not_draw() -> None:
    measured = dissect(
        RedBeforeGreen(), ["coarse", "fine", "last"], scenes(12, 0), ColorSegmenter(), batch=4,
        strength=StrengthSettings(scenes(32, 1), 8, numbers=(1,), boosts=(1.0,), together=1),
    )  # fmt: skip
    brushes = measured.brushes()
    assert find_brush(brushes, "red").layer == "coarse"
    green = find_brush(brushes, "green")
    assert green.layer == "fine"
    assert green.draws
    latents = {(s.concept.name, *s.layers): s.latents for s in measured.strengths if not s.fresh}
    assert latents["green", "fine"] == 8
    assert latents["red", "coarse"] == 8
    # Fine red units would draw as well, and are passed over after the first round.
    assert latents["red", "fine"] == latents["green", "last"] == 1
    coarse = find_brush(measured.brushes(layer="coarse"), "green")
    assert not coarse.draws


def test_finer_layers_tried_afterwards_join_in_only_where_stored_coarse_ones_do_not_draw() -> None:
    def settings(layer: str) -> StrengthSettings:
        return StrengthSettings(
            scenes(32, 1), 8, numbers=(1,), boosts=(1.0,), layers=(layer,), together=1
        )

    network = RedBeforeGreen()
    first = dissect(
        network, ["coarse", "fine", "last"], scenes(12, 0), ColorSegmenter(), batch=4,
        strength=settings("coarse"),
    )  # fmt: skip
    assert not find_brush(first.brushes(), "green").draws
    both = remeasure_brushes(
        first, network, ColorSegmenter(), settings("fine"), batch=4, precision="float32"
    )
    tried = {(s.concept.name, *s.layers): s.latents for s in both.strengths if not s.fresh}
    assert tried == {
        ("red", "coarse"): 8, ("green", "coarse"): 8, ("red", "fine"): 1, ("green", "fine"): 8,
    }  # fmt: skip
    assert find_brush(both.brushes(), "red").layer == "coarse"
    green = find_brush(both.brushes(), "green")
    assert green.layer == "fine"
    assert green.fresh
