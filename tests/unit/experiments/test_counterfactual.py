"""The experiment counterfactual on a network that only sees what is red."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dissection import experiments
from dissection.errors import BadInputError, StoreError, UnknownNameError
from dissection.experiments.result import Result, rows_of
from dissection.results.store import save_dissection
from dissection.runtime.progress import Progress, Stopped
from dissection.statistics.matched_rank import higher_share
from support.meeting import require_same_of_two
from support.synthetic import DIGEST, make_dissection

LAYER = "units"
#: Units of the dissection below that match trees.
TREE, BLIND = 4, 5


class Greens(nn.Module):
    """Unit 4 is how green a cell above the horizon is; all others see nothing; 51 classes."""

    digest = DIGEST

    def __init__(self) -> None:
        super().__init__()
        self.units = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        cells = nn.functional.avg_pool2d(images, 8)[:, :, :10]
        green = (cells[:, 1] - cells[:, [0, 2]].amax(1)).clamp(min=0)
        maps = torch.zeros(len(images), 32, *green.shape[1:])
        maps[:, TREE] = green
        maps = self.units(maps)
        return torch.stack([maps[:, TREE].mean((1, 2))] * 51, 1)


def measure(**given: Any) -> Result:
    known = {
        "model": f"{__name__}:Greens", "layer": LAYER, "scenes": 20, "least_pairs": 2,
        "device": "cpu", "batch": 7, **given,
    }  # fmt: skip
    return experiments.counterfactual(**known)


@pytest.fixture(scope="module")
def dissection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("greens")
    save_dissection(make_dissection(shapes={LAYER: (32, 20, 28)}), folder)
    return folder


def test_a_unit_answers_to_what_moves_it_and_a_blind_one_to_nothing(
    dissection: Path, tmp_path: Path
) -> None:
    result = measure(dissection=str(dissection), out=tmp_path / "r", scenes=60)
    rows = rows_of(result.table("units"))
    green, blind = rows[TREE], rows[BLIND]
    assert green["concept"] == blind["concept"] == "tree"
    assert green["own_pairs"] == blind["own_pairs"] > 5
    assert green["own"] > 3 * abs(green["other"])
    assert green["strongest_answer"] > 0
    assert (blind["own"], blind["other"], blind["told_apart"]) == (0, 0, 0.5)
    table = result.arrays["things"]
    assert table.shape == (len(result.table("things")["thing"]), 32)
    assert not np.delete(table, TREE, 1).any()
    assert {"told-apart", "own-and-other", "things"} <= set(result.figures())


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    whole = measure()

    def stop(progress: Progress) -> bool:
        return progress.done < 9

    with pytest.raises(Stopped):
        measure(out=tmp_path / "r", report=stop)
    again = measure(out=tmp_path / "r", resume=True)
    assert again.tables == whole.tables
    assert (again.arrays["things"] == whole.arrays["things"]).all()


def test_groups_of_like_size_are_compared() -> None:
    own, others = np.array([1.0, 10.0]), np.array([0.0, 20.0])
    assert higher_share(own, others, np.array([1, 9]), np.array([1, 9]), (5.0,)) == 0.5
    assert higher_share(own, others, np.array([1, 1]), np.array([1, 1]), (5.0,)) == 0.5
    assert higher_share(own, others[:1], np.array([1, 9]), np.array([1]), (5.0,)) == 1.0
    assert np.isnan(higher_share(own, others[:0], np.array([1, 9]), others[:0], (5.0,)))


def test_bad_input_is_told_in_a_sentence(dissection: Path) -> None:
    with pytest.raises(UnknownNameError, match="no layer 'conv9'"):
        measure(layer="conv9")
    with pytest.raises(BadInputError, match="is a generator"):
        measure(model="storybook-church")
    with pytest.raises(StoreError, match="network"):
        measure(dissection="storybook-scenes")
    with pytest.raises(BadInputError, match="take more --scenes"):
        measure(dissection=str(dissection), scenes=2, least_pairs=50)


def test_two_processes_come_to_the_figures_of_one(dissection: Path) -> None:
    require_same_of_two(partial(measure, dissection=str(dissection), scenes=14))
