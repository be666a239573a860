"""The experiment texture on units that see a place, and units that see a color."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dissection import experiments
from dissection.errors import BadInputError, UnknownNameError
from dissection.experiments.result import Result, rows_of
from dissection.runtime.progress import Progress, Stopped
from support.color_classifier import write_pictures
from support.meeting import require_same_of_two

LAYER = "units"


class PlaceAndColor(nn.Module):
    """Unit 0 is on in one place of all pictures; unit 1 is a cell's brightness; two classes."""

    digest = "9c" * 32

    def __init__(self) -> None:
        super().__init__()
        self.units = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        light = nn.functional.avg_pool2d(images.mean(1), 28)
        place = torch.zeros_like(light)
        place[:, 2, 3] = 1
        return self.units(torch.stack([place, light], 1)).mean((2, 3))


def measure(**given: Any) -> Result:
    known = {
        "model": f"{__name__}:PlaceAndColor", "layers": (LAYER,), "images": 12, "device": "cpu",
        "batch": 4, **given,
    }  # fmt: skip
    return experiments.texture(**known)


def test_a_unit_that_sees_a_place_is_on_there_in_every_style(tmp_path: Path) -> None:
    result = measure(out=tmp_path / "r")
    place, light = rows_of(result.table("units"))
    assert place["style_iou"] == pytest.approx(1)
    assert place["by_chance"] == pytest.approx(1)
    assert place["kind"] == "shape"
    assert light["style_iou"] < 0.9
    assert {"distribution", "units"} <= set(result.figures())
    assert result.pictures["units"].shape[1] == 6
    patches = measure(style="patches", images=6)
    assert rows_of(patches.table("units"))[0]["style_iou"] == pytest.approx(1)


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    whole = measure()

    def stop(progress: Progress) -> bool:
        return not (progress.stage == "looking at other style" and progress.done >= 4)

    with pytest.raises(Stopped):
        measure(out=tmp_path / "r", report=stop)
    again = measure(out=tmp_path / "r", resume=True)
    assert again.tables == whole.tables


def test_photographs_are_made_anew_of_patches(tmp_path: Path) -> None:
    folder = write_pictures(tmp_path / "pictures", 2)
    result = measure(pictures=str(folder), images=6)
    assert "patches" in result.provenance["samples"][1]["kind"]
    with pytest.raises(BadInputError, match="--style patches"):
        measure(pictures=str(folder), style="seed")


def test_bad_input_is_told_in_a_sentence() -> None:
    with pytest.raises(UnknownNameError, match="no layer 'conv9'"):
        measure(layers=("conv9",))
    with pytest.raises(BadInputError, match="at least one layer"):
        measure(layers=())
    with pytest.raises(BadInputError, match="is a generator"):
        measure(model="storybook-church")


def test_two_processes_come_to_the_figures_of_one() -> None:
    require_same_of_two(measure)
