"""``dissection evaluate segmenter``."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.held_out_scenes import held_out_scenes, write_figures
from dissection.commands.options import (
    EvaluatedModel,
    FiguresFile,
    HeldOutCache,
    HeldOutCount,
    HeldOutDomain,
    Shown,
)
from dissection.commands.reporting import reporting
from dissection.commands.targets import require_targets
from dissection.runtime.progress import Meter

if TYPE_CHECKING:
    from dissection.models.segmenters.storybook import StorybookSegmenter
    from dissection.training.pictures import Pictures

#: For which the speed is measured.
_SECONDS = 3


def command(
    model: EvaluatedModel = "storybook",
    domain: HeldOutDomain = "churches",
    count: HeldOutCount = 500,
    size: Annotated[
        int, typer.Option(help="Size in px of the scenes and their labels; 0: the segmenter's.")
    ] = 0,
    cache: HeldOutCache = None,
    out: FiguresFile = None,
    progress: Shown = "tqdm",
) -> None:
    """Print the IoU of every concept on held-out scenes, clean and degraded, and the speed.

    Held-out scenes have layouts that no training run uses. "Degraded" adds the blur, noise, color
    and resampling that training uses, with other random numbers.
    """
    import torch

    from dissection.models.segmenters.storybook import load_segmenter
    from dissection.training.degrade import degrade
    from dissection.training.segmenter import concept_ious

    with reporting(progress) as report:
        require_targets(out, reads=[model, cache])
        network = load_segmenter(model)
        with (
            held_out_scenes(domain, size or network.size, count, cache, report) as pictures,
        ):
            chance = torch.Generator().manual_seed(2)
            meter = Meter(report, "segmenting", 2 * len(pictures))
            clean = concept_ious(network, pictures, tick=meter.step)
            rough = concept_ious(network, pictures, lambda x: degrade(x, chance), tick=meter.step)
            rate = _images_per_second(network, pictures, Meter(report, "taking the time", _SECONDS))
            write_figures(out, {"clean": clean, "degraded": rough, "images_per_second": rate})
            report.result = {"file": str(out)} if out else {"images_per_second": rate}
    if not report.quiet:
        _tell(clean, rough)
        threads = torch.get_num_threads()
        echo(f"{rate:.0f} images/s at {network.size} px, float32, {threads} CPU threads")


def _images_per_second(network: "StorybookSegmenter", pictures: "Pictures", meter: Meter) -> float:
    """Measured for some seconds, after a first pass that does not count."""
    from dissection.data.images import from_bytes

    batch = from_bytes(pictures.images[:16])
    network.segment(batch)
    start, shown = time.perf_counter(), 0
    while time.perf_counter() - start < _SECONDS:
        shown += len(network.segment(batch))
        meter.reach(min(int(time.perf_counter() - start), _SECONDS), _SECONDS)
    return shown / (time.perf_counter() - start)


def _tell(clean: dict[str, dict[str, float]], rough: dict[str, dict[str, float]]) -> None:
    from dissection.training.segmenter import mean_iou

    for category, ious in clean.items():
        echo(f"{category} (mean IoU)".ljust(24) + "clean".rjust(8) + "degraded".rjust(10))
        means = mean_iou(ious), mean_iou(rough[category])
        echo("  all".ljust(24) + f"{means[0]:8.3f}{means[1]:10.3f}")
        for name, iou in sorted(ious.items(), key=lambda item: -item[1]):
            echo(f"  {name}".ljust(24) + f"{iou:8.3f}{rough[category].get(name, 0):10.3f}")
