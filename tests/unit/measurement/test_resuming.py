"""A job that goes on after files of it went missing or changed gives the figures of one run."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from dissection.pipeline import dissect
from dissection.results.dissection import Dissection
from dissection.runtime.progress import Progress, Report, Stopped
from support.color_segmenter import ColorSegmenter

IMAGES = torch.rand(9, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
LAYERS = ("0", "2")


def network() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        convs = nn.Conv2d(3, 4, 3, 2, 1), nn.ReLU(), nn.Conv2d(4, 5, 3, 2, 1)
        return nn.Sequential(*convs, nn.Flatten(), nn.Linear(80, 2))


def run(work: Path, report: Report | None = None, resume: bool = True, **more: int) -> Dissection:
    return dissect(
        network(), LAYERS, IMAGES, ColorSegmenter(), grid=8, batch=2, effect_size=4, work=work,
        resume=resume, keep_work=True, report=report, **more,
    )  # fmt: skip


def stop_after(stage: str, done: int) -> Report:
    return lambda progress: not (progress.stage == stage and progress.done >= done)


def stopped(work: Path, stage: str, done: int, **more: int) -> None:
    with pytest.raises(Stopped):
        run(work, stop_after(stage, done), resume=False, **more)


@pytest.fixture(scope="module")
def wanted(tmp_path_factory: pytest.TempPathFactory) -> Dissection:
    return run(tmp_path_factory.mktemp("whole") / "work")


def require_same(found: Dissection, wanted: Dissection) -> None:
    for name in LAYERS:
        np.testing.assert_array_equal(
            found[name].activation_threshold, wanted[name].activation_threshold
        )
        np.testing.assert_array_equal(found[name].iou, wanted[name].iou)
        np.testing.assert_array_equal(found[name].exemplars, wanted[name].exemplars)
        np.testing.assert_array_equal(found[name].class_effect, wanted[name].class_effect)


def remove(file: Path) -> None:
    file.unlink()


def flip(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 4] ^= 64
    file.write_bytes(data)


def shorten(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5])


def zero(file: Path) -> None:
    """What a power failure leaves of pages that had not reached the disk."""
    file.write_bytes(bytes(file.stat().st_size))


DAMAGES = [remove, flip, shorten, zero]


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["maps-0.bin", "maps-2.bin", "concepts.bin"])
def test_arrays_that_were_damaged_while_sampling_are_measured_anew(
    tmp_path: Path, wanted: Dissection, name: str, damage: Callable[[Path], None]
) -> None:
    work = tmp_path / "work"
    stopped(work, "sampling", 6)
    damage(work / name)
    require_same(run(work), wanted)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", ["layer-0.safetensors", "class-effect.safetensors"])
@pytest.mark.parametrize("memory", [2**30, 0])
def test_finished_figures_that_were_damaged_are_measured_anew(
    tmp_path: Path, wanted: Dissection, name: str, damage: Callable[[Path], None], memory: int
) -> None:
    work = tmp_path / "work"
    run(work, resume=False, memory=memory)
    damage(work / name)
    require_same(run(work, memory=memory), wanted)


def test_what_is_sound_is_not_measured_again(tmp_path: Path, wanted: Dissection) -> None:
    work = tmp_path / "work"
    stopped(work, "sampling", 6)
    seen = []

    def watch(progress: Progress) -> bool:
        seen.append((progress.stage, progress.done))
        return True

    require_same(run(work, watch), wanted)
    first = next(done for stage, done in seen if stage == "sampling")
    assert first >= 6


def test_jobs_of_versions_without_checksums_go_on(tmp_path: Path, wanted: Dissection) -> None:
    work = tmp_path / "work"
    stopped(work, "sampling", 6)
    progress = json.loads((work / "progress.json").read_text())
    assert progress.pop("arrays").keys() == {"maps-0", "maps-2", "concepts"}
    (work / "progress.json").write_text(json.dumps(progress))
    require_same(run(work), wanted)
