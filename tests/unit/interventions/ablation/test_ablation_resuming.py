"""An ablation that was stopped goes on to the same bytes."""

from pathlib import Path
from typing import Any

import pytest
from torch import nn

from dissection.errors import StoreError
from dissection.interventions.ablation.classes import ClassImages
from dissection.interventions.ablation.result import Ablation
from dissection.interventions.ablation.store import save_ablation
from dissection.interventions.ablation.sweep import ablate
from dissection.runtime.progress import Progress, Stopped
from support.ablated_vgg import LAYER, same


@pytest.mark.parametrize("where", ["training pictures", "held-out pictures", "sets", "gradient"])
def test_a_stopped_job_goes_on_to_the_same_bytes(
    network: nn.Module, train: ClassImages, val: ClassImages, found: Ablation, tmp_path: Path,
    where: str,
) -> None:  # fmt: skip
    steps = 0

    def stop(progress: Progress) -> bool:
        nonlocal steps
        words = "effects" if where == "gradient" else where
        steps += words in progress.stage and progress.done > 0
        return steps < 3

    settings: dict[str, Any] = {
        "batch": 9, "draws": 3, "curves": ["farm", "boat"], "effect_size": 41,
        "work": tmp_path / "work",
    }  # fmt: skip
    with pytest.raises(Stopped):
        ablate(network, LAYER, train, val, report=stop, **settings)
    assert (tmp_path / "work").exists()
    with pytest.raises(StoreError, match="holds a job with draws 3, not 4"):
        ablate(network, LAYER, train, val, resume=True, **{**settings, "draws": 4})
    told: list[Progress] = []
    again = ablate(network, LAYER, train, val, resume=True, report=told.append, **settings)
    assert next(p for p in told if p.stage != "looking at the network").done > 0
    assert not (tmp_path / "work").exists()
    save_ablation(again, tmp_path / "again")
    save_ablation(found, tmp_path / "found")
    one, other = (sorted(p.name for p in (tmp_path / n).iterdir()) for n in ("again", "found"))
    assert one == other  # the arrays' SHA-256 is in the name


@pytest.mark.parametrize("spoil", ["cut", "changed", "gone"])
def test_working_files_that_are_not_as_written_are_measured_anew(
    network: nn.Module, train: ClassImages, val: ClassImages, found: Ablation, tmp_path: Path,
    spoil: str,
) -> None:  # fmt: skip
    settings: dict[str, Any] = {
        "batch": 9, "draws": 3, "curves": ["farm", "boat"], "effect_size": 41,
        "work": tmp_path / "work",
    }  # fmt: skip

    def stop(progress: Progress) -> bool:
        return "sets" not in progress.stage

    with pytest.raises(Stopped):
        ablate(network, LAYER, train, val, report=stop, **settings)
    path = tmp_path / "work" / "training-singles-predicted.bin"
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data[:-9] if spoil == "cut" else data)
    if spoil == "gone":
        path.unlink()
    again = ablate(network, LAYER, train, val, resume=True, **settings)
    assert same(again, found)
