from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dissection import experiments
from dissection.errors import UnknownNameError
from dissection.experiments.result import Result, rows_of
from support.color_segmenter import COLORS
from support.meeting import require_same_of_two

MODEL = f"{__name__}:Stripes"


class Stripes(nn.Module):
    """Four stripes of colors, shifted by the latent; unit 0 is on over red and blue ones."""

    depth = 4
    digest = "57" * 32

    def __init__(self) -> None:
        super().__init__()
        self.units = nn.Identity()

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        shift = (z[:, 0] * 100).long() % 4
        place = (torch.arange(4)[None] + shift[:, None]) % 4  # (N, 4): the color of each stripe
        noise = 1 + 0.01 * torch.arange(len(z))[:, None]
        red_or_blue = ((place == 0) | (place == 2)) * noise
        units = torch.stack([red_or_blue, (place == 3) * noise], 1)[:, :, :, None]
        self.units(units.expand(-1, -1, -1, 4).contiguous())
        colors = torch.tensor(list(COLORS.values()))[place].transpose(1, 2)  # (N, 3, 4)
        return colors[:, :, :, None].repeat_interleave(8, 2).expand(-1, -1, -1, 32).contiguous()


def compose(**given: Any) -> Result:
    told = {"model": MODEL, "layer": "units", "segmenter": "support.color_segmenter:ColorSegmenter",
            "images": 8, "batch": 4, "quantile": 0.6, "device": "cpu"}  # fmt: skip
    result: Result = experiments.compose(**{**told, **given})
    return result


def test_a_unit_of_two_colors_is_explained_by_both() -> None:
    result = compose()
    rows = {(row["unit"], row["length"]): row for row in rows_of(result.table())}
    assert set(rows[0, 2]["formula"].split(" or ")) == {"red", "blue"}
    assert rows[0, 2]["iou"] > 1.5 * rows[0, 1]["iou"]
    assert rows[1, 1]["formula"] == "grey"
    assert result.summary["by_length"]["2"]["iou"] > result.summary["by_length"]["1"]["iou"]
    assert set(result.plot()) == {"length", "gain", "best"}
    assert np.isfinite([row["held_out"] for row in rows.values()]).all()
    with pytest.raises(UnknownNameError, match="layer9"):
        compose(layer="layer9")


def test_two_processes_come_to_the_figures_of_one() -> None:
    require_same_of_two(compose)
