"""Snapshots of the averaged generator along a run, for looking at how units come to mean things.

One file of every resolution from 8 px on when it is faded in, one at its end, and one every 25,000
images. Before that its output layer is hardly trained: pictures through it show nothing of what
the units below know. Files are float16 in the published naming, so that everything that reads a
generator reads them.
"""

from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError, safe_open

from dissection.models.generators.checkpoints import save_generator
from dissection.models.weights.files import LARGEST_WEIGHTS
from dissection.runtime.own_files import OwnFiles
from dissection.runtime.reading import require_ordinary
from dissection.training.generator import GeneratorTraining
from dissection.training.growth import GrowthPlan

EVERY = 25_000


def is_due(plan: GrowthPlan, before: int, shown: int, every: int = EVERY) -> bool:
    """Whether a step from ``before`` to ``shown`` images passed a point that is kept.

    Args:
        plan: images at each resolution.
        before: images shown before the step, at least 0.
        shown: images shown after it.
        every: images between two snapshots within a resolution, counted over the whole run.
    """
    stage = plan.at(before).stage  # at which the step was taken, however far its batch went
    if stage == 0:
        return False
    start = sum(plan.images[:stage])
    faded = before < start + plan.fade[stage] <= shown
    ends = shown >= start + plan.images[stage]
    return faded or ends or before // every != shown // every


def snapshot_path(folder: Path, shown: int, stage: int) -> Path:
    """Where a snapshot after so many images lies: they and its px are in the name."""
    return folder / f"{shown:08d}-{4 << stage}px.safetensors"


def keep_snapshot(folder: Path, run: GeneratorTraining, stage: int, data: str = "") -> Path:
    """Write the averaged generator as it stands; an older one is replaced.

    Args:
        folder: made if missing.
        run: whose.
        stage: of its last step: 1 is 8 px.
        data: what it learns from, for the file's notes.

    Raises:
        DissectionError: the file cannot be written, or another has its name.
    """
    path = snapshot_path(folder, run.shown, stage)
    notes = {"data": data, "images": str(run.shown), "size": str(4 << stage)}
    own = OwnFiles(folder, [path.name] if _shows(path, run.shown) else [])
    own.claim(path.name)
    save_generator(run.average.at_stage(stage), path, notes)
    return path


def _shows(path: Path, shown: int) -> bool:
    """Whether a file is a snapshot after so many images: earlier versions kept no list."""
    with suppress(OSError, SafetensorError):
        require_ordinary(path, LARGEST_WEIGHTS)
        with safe_open(path, "pt") as file:
            return (file.metadata() or {}).get("images") == str(shown)
    return False
