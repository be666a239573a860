"""The experiment compare: networks on one sample, and what they were before training."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dissection import experiments
from dissection.errors import BadInputError, UnknownNameError
from dissection.experiments.result import Result, rows_of
from dissection.models.classifiers.untrained import draw_weights
from dissection.results.store import save_dissection
from dissection.runtime.progress import Progress, Stopped
from support.meeting import require_same_of_two
from support.synthetic import make_dissection

LAYER = "units"


class Waters(nn.Module):
    """Unit 0 is the blue of the lower half, where Storybook has its water; two classes."""

    digest = "77" * 32

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 1)
        with torch.no_grad():
            self.conv.weight.copy_(torch.tensor([[-1.0, 0.2, 1.0], [0, 0, 0]])[:, :, None, None])
            self.conv.bias.zero_()
        self.units = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        maps = nn.functional.avg_pool2d(self.conv(images), 4)
        lower = torch.arange(maps.shape[2])[:, None] >= maps.shape[2] // 2
        return self.units(maps * lower).mean((2, 3))


def measure(**given: Any) -> Result:
    known = {
        "networks": (f"{__name__}:Waters@{LAYER}",), "images": 51, "device": "cpu", "batch": 10,
        **given,
    }  # fmt: skip
    return experiments.compare(**known)


def test_a_network_is_compared_with_what_it_was(tmp_path: Path) -> None:
    result = measure(out=tmp_path / "r")
    found = rows_of(result.table("concepts"))
    trained = {r["concept"] for r in found if not r["network"].startswith("untrained")}
    assert trained & {"water", "boat"}
    assert len(result.summary) == 2
    assert len(set(result.provenance["samples"].values())) == 1
    assert {"concepts", "matching"} <= set(result.figures())
    assert len(measure(untrained=False).summary) == 1


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    whole = measure()

    def stop(progress: Progress) -> bool:
        nonlocal passes
        passes += progress.stage == "sampling" and progress.done == progress.total
        return passes < 2

    passes = 0
    with pytest.raises(Stopped):
        measure(out=tmp_path / "r", report=stop)
    again = measure(out=tmp_path / "r", resume=True)
    assert again.tables == whole.tables
    assert not list((tmp_path / "r").glob("work*"))


def test_dissections_are_read(tmp_path: Path) -> None:
    save_dissection(make_dissection(), tmp_path / "d")
    result = measure(networks=(str(tmp_path / "d"), "storybook-scenes"))
    assert "one sample" in result.told[-1]
    assert {"layer3", "features.relu5_3"} <= set(result.table("networks")["layer"])


def test_weights_are_drawn_the_same_twice_and_nothing_else_changes() -> None:
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    one, other = Waters(), Waters()
    torch.manual_seed(3)
    draw_weights(one, 5)
    draw_weights(other, 5)
    assert torch.equal(one.conv.weight, other.conv.weight)
    assert one.conv.weight.abs().sum() > 0
    assert torch.equal(torch.rand(1), expected)


def test_bad_input_is_told_in_a_sentence() -> None:
    with pytest.raises(BadInputError, match="at least one network"):
        measure(networks=())
    with pytest.raises(UnknownNameError, match="no layer 'conv9'"):
        measure(networks=(f"{__name__}:Waters@conv9",))
    with pytest.raises(BadInputError, match="is a generator"):
        measure(networks=("storybook-church@layer4",))
    with pytest.raises(BadInputError, match="There is no dissection 'nothing'"):
        measure(networks=("nothing",))
    bare = nn.Module()
    bare.weight = nn.Parameter(torch.zeros(1))
    with pytest.raises(BadInputError, match="--no-untrained"):
        draw_weights(bare, 1)


def test_two_processes_come_to_the_figures_of_one() -> None:
    require_same_of_two(measure)
