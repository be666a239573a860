"""``dissection dissect``."""

from dataclasses import replace
from math import isfinite
from pathlib import Path

from dissection.commands import dissect_options as own
from dissection.commands.echo import echo
from dissection.commands.forecast import tell_forecast
from dissection.commands.notices import notices
from dissection.commands.options import (
    Backend,
    Batch,
    CropSide,
    Device,
    Fit,
    Forecast,
    Interpretable,
    Normalize,
    Resume,
    Shown,
    Threads,
    Weights,
    Workers,
    names_of,
)
from dissection.commands.reporting import Reporter, reporting
from dissection.commands.samples import open_network, preprocessing
from dissection.commands.summary import count_lines
from dissection.errors import BadInputError
from dissection.measurement.sample_choice import choose_sample
from dissection.measurement.settings import DissectionSettings
from dissection.results.dissection import Dissection
from dissection.results.interpretable import INTERPRETABLE, require_min_iou
from dissection.runtime.progress import Meter


def command(
    layers: own.Layers,
    out: own.Out,
    model: own.Dissected = "storybook-church",
    weights: Weights = None,
    images: own.Images = None,
    labels: own.Labels = None,
    split: own.Split = None,
    ignore: own.Ignore = None,
    first_value: own.FirstValue = None,
    segmenter: own.Segmenter = None,
    size: own.Size = 1000,
    seed: own.Seed = 1,
    crop: CropSide = 0,
    fit: Fit = "squeeze",
    resize: own.Resize = 0,
    interpolation: own.Interpolation = None,
    mean: own.Mean = None,
    std: own.Std = None,
    normalize: Normalize = True,
    quantile: own.Quantile = 0.99,
    grid: own.Grid = 0,
    centers: own.Centers = "auto",
    channels: own.Channels = "auto",
    effect_size: own.EffectSize = None,
    strength_size: own.StrengthSize = 32,
    relate_size: own.RelateSize = 1000,
    exemplars: own.Exemplars = 5,
    pictures: own.Pictures = "",
    interpretable: Interpretable = INTERPRETABLE,
    batch: Batch = 25,
    device: Device = "auto",
    dtype: own.DType = "float32",
    precision: own.EffectPrecision = "auto",
    memory: own.Memory = 8.0,
    workers: Workers = 0,
    threads: Threads = 0,
    backend: Backend = "auto",
    forecast: Forecast = False,
    pause_after: own.PauseAfter = None,
    provisional: own.Provisional = None,
    resume: Resume = False,
    progress: Shown = "tqdm",
) -> None:
    """Measure which units of a network match which concepts, and what brushes of them do.

    Generators make their pictures of latents; classifiers look at those of a folder. Where people
    have labeled the pictures, --labels takes their word in place of a segmenter's; pixels that
    nobody labeled count in neither intersection nor union.

    The folder OUT then holds dissection.json and what it names, for the window, dissection
    brushes and load_dissection. While the job runs, OUT/work holds what is finished:
    --resume goes on from the last whole batch and gives the same numbers.

    Started by torchrun --nproc-per-node N -m dissection dissect ..., N processes share the sample
    and come to the same numbers; the first one tries the brushes and writes.
    """
    with reporting(progress) as report:
        if not isfinite(memory):
            raise BadInputError(f"--memory {memory:g} is no number of GB; take 0 or more.")
        settings = DissectionSettings.from_json(
            {
                "layers": names_of(layers),
                "model": model,
                "weights": str(weights) if weights else None,
                "images": str(images) if images else None,
                "labels": labels,
                "split": split,
                "ignore": ignore,
                "first_value": first_value,
                "segmenter": segmenter,
                "size": size,
                "seed": seed,
                "crop": crop,
                "fit": fit,
                "resize": resize,
                "interpolation": interpolation,
                "mean": mean,
                "std": std,
                "normalize": normalize,
                "quantile": quantile,
                "grid": grid or None,
                "centers": centers,
                "channels": channels,
                "effect_size": effect_size,
                "strength_size": strength_size,
                "relate_size": relate_size,
                "exemplars": exemplars,
                "pictures": names_of(pictures),
                "batch": batch,
                "device": device,
                "dtype": dtype,
                "precision": precision,
                "memory": int(memory * 2**30),
                "workers": workers,
                "threads": threads,
                "backend": backend,
            }
        )
        require_min_iou(interpretable)
        if provisional is not None and pause_after is None:
            raise BadInputError(
                "--provisional keeps what there is after --pause-after; give that as well."
            )
        if forecast:
            report.result = tell_forecast(settings, out, report)
            return
        if pause_after is not None:
            report.pause_after(pause_after)
        dissection = run_dissection(settings, out, resume, report, provisional)
        if dissection is None:
            return
        report.result = {"dissection": str(out)}
    if not report.quiet:
        for line in notices(dissection.provenance):
            echo(line)
        for line in count_lines(dissection, interpretable):
            echo(line)
        echo(
            f"The dissection is in {out}; see dissection summary {out} and dissection brushes {out}"
        )


def run_dissection(
    settings: DissectionSettings,
    out: Path,
    resume: bool,
    report: Reporter,
    provisional: Path | None = None,
) -> Dissection | None:
    """Dissect what the settings name, and write it; None in all processes but the first."""
    meter = Meter(report, "loading", 2)
    from dissection.models.generators.precision import choose_device
    from dissection.models.segmenters.load import load_segmenter
    from dissection.pipeline import dissect
    from dissection.results.store import WORK, can_hold_dissection, save_dissection
    from dissection.runtime.distributed import own_device, processes
    from dissection.runtime.files import user_path
    from dissection.runtime.own_files import inner_folder
    from dissection.runtime.workspace import remove_work

    out = user_path(out)
    can_hold_dissection(out)
    if provisional is not None:  # not only once it has been paused
        can_hold_dissection(provisional)
    work = inner_folder(out, WORK)
    meter.step()
    network = open_network(settings)
    meter.step()
    where = choose_device(settings.device or "cpu")
    timings: dict[str, float] = {}

    def keep_provisional(found: Dissection) -> None:
        if provisional is not None and report.paused:
            save_dissection(found, provisional)

    with processes(where.type == "cuda", settings.backend) as merge:
        where = own_device(where)
        if merge.rank:
            report.be_silent()
        source = choose_sample(network, settings, report)
        segmenter = None
        if settings.labels is None:
            segmenter = load_segmenter(settings.segmenter or "storybook", str(where))
        dissection = dissect(
            network.module,
            replace(settings, device=str(where)),
            source,
            segmenter,
            report=report,
            work=work,
            resume=resume,
            keep_work=True,
            provenance={
                "command": settings.command_line(),
                "settings": settings.to_json(),
                **preprocessing(network, source, settings),
            },
            timings=timings,
            merge=merge,
            provisional=keep_provisional,
        )
    if merge.rank:
        return None
    save_dissection(dissection, out, timings)
    remove_work(work)
    return dissection
