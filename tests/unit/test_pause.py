"""A dissection that is paused: what it would say so far, and that the pause changes nothing."""

from pathlib import Path

import numpy as np
import pytest

from dissection.data.sources import Latents
from dissection.measurement.settings import DissectionSettings
from dissection.pipeline import dissect
from dissection.results.dissection import Dissection
from dissection.results.store import save_dissection
from dissection.runtime.progress import Progress, Stopped
from support.color_segmenter import ColorSegmenter
from support.tiny import tiny_generator

SETTINGS = DissectionSettings(
    layers=("layer3", "layer4"),
    size=12,
    batch=4,
    grid=16,
    exemplars=2,
    effect_size=0,
    strength_size=1,
    device="cpu",
)


def measure(work: Path, stop_at: str, done: int, resume: bool = False) -> Dissection | None:
    """What is given on the way if the report stops the job at a place of a stage."""
    generator, given = tiny_generator(), []
    generator.digest = "ab" * 32

    def report(progress: Progress) -> bool:
        return not (progress.stage.startswith(stop_at) and progress.done >= done)

    with pytest.raises(Stopped):
        dissect(
            generator,
            SETTINGS,
            Latents.of_seed(SETTINGS.size, generator.depth),
            ColorSegmenter(),
            report=report,
            work=work,
            resume=resume,
            provisional=given.append,
        )
    return given[0] if given else None


def whole(size: int, work: Path | None = None, resume: bool = False) -> Dissection:
    generator = tiny_generator()
    generator.digest = "ab" * 32
    source = Latents.of_seed(size, generator.depth)
    return dissect(generator, SETTINGS, source, ColorSegmenter(), work=work, resume=resume)


@pytest.mark.parametrize(
    ("stage", "done", "seen"), [("sampling", 8, 8), ("counting layer4", 1, 12)]
)
def test_the_units_so_far_are_those_of_the_inputs_so_far(
    tmp_path: Path, stage: str, done: int, seen: int
) -> None:
    found = measure(tmp_path / "work", stage, done)
    assert found is not None
    assert found.provenance["provisional"] == {"done": seen, "of": 12}
    assert found.provenance["sample"]["size"] == seen
    wanted = whole(seen)
    assert found.layers == wanted.layers
    for name, layer in found.items():
        np.testing.assert_array_equal(layer.iou, wanted[name].iou)
        np.testing.assert_array_equal(layer.exemplars, wanted[name].exemplars)


def test_going_on_gives_the_bytes_of_a_run_without_the_pause(tmp_path: Path) -> None:
    measure(tmp_path / "work", "sampling", 4)
    measure(tmp_path / "work", "trying brushes", 0, resume=True)
    save_dissection(whole(12, tmp_path / "work", resume=True), tmp_path / "paused")
    save_dissection(whole(12), tmp_path / "straight")
    names = sorted(path.name for path in (tmp_path / "straight").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "paused").iterdir())
    for name in names:
        assert (tmp_path / "paused" / name).read_bytes() == (
            tmp_path / "straight" / name
        ).read_bytes()


def test_before_anything_was_sampled_there_is_nothing_to_show(tmp_path: Path) -> None:
    assert measure(tmp_path / "work", "sampling", 0) is None
