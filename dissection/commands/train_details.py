"""``dissection train details``."""

from pathlib import Path
from typing import Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import (
    GivenGenerator,
    ResultFile,
    RunFolder,
    SaveEvery,
    Shown,
    Steps,
    Threads,
    TrainingBatch,
    TrainingCache,
    TrainingCount,
    TrainingData,
    TrainingDevice,
    TrainingRate,
    TrainingSeed,
    TunedResolutions,
)
from dissection.commands.reporting import START_AGAIN, reporting
from dissection.commands.targets import require_result
from dissection.errors import BadInputError


def command(
    model: GivenGenerator,
    out: RunFolder,
    data: TrainingData = "storybook:churches",
    count: TrainingCount = 6000,
    real: Annotated[int, typer.Option(help="Of them, those whose details are counted.")] = 2000,
    resolutions: TunedResolutions = 2,
    steps: Steps = 330,
    batch: TrainingBatch = 12,
    rate: TrainingRate = 2e-3,
    hold: Annotated[
        float, typer.Option(help="Weight of what holds pictures at a quarter of their size.")
    ] = 20.0,
    grid: Annotated[
        float, typer.Option(help="Weight of the term against a mesh in the grid of pixels.")
    ] = 1.0,
    upscaler: Annotated[
        Path | None,
        typer.Option(
            help="What 'dissection train upscaler' made: keeps outlines as it paints them."
        ),
    ] = None,
    toward: Annotated[
        float | None,
        typer.Option(help="Weight of the difference to what the upscaler makes [10]."),
    ] = None,
    texture: Annotated[
        float | None,
        typer.Option(help="Share of the generator's own texture that this keeps [1]."),
    ] = None,
    seed: TrainingSeed = 0,
    cache: TrainingCache = None,
    device: TrainingDevice = "auto",
    threads: Threads = 0,
    save_every: SaveEvery = 50,
    result: ResultFile = None,
    progress: Shown = "tqdm",
) -> None:
    """Tune a generator's finest layers, so that its details are spread as in real pictures.

    No discriminator is needed. Scenes stay what and where they are; textures and edges change.
    After "dissection train sharpness" give its --upscaler too, and a lower --rate, such as 4e-4.
    The folder OUT holds state.pt, settings.json, log.jsonl, samples.png and at the end
    generator.safetensors, another network: measure it ("dissection evaluate generator"), and
    dissect it.

    Example: dissection train details storybook-church-256 --out RUN
    """
    with reporting(progress) as report:
        from dissection.models.generators.checkpoints import load_generator, save_generator
        from dissection.models.generators.precision import choose_device
        from dissection.runtime.allocator import keep_freed_memory
        from dissection.runtime.processors import use_threads
        from dissection.training.detail_training import (
            DetailSettings,
            require_tunable,
            tune_details,
        )
        from dissection.training.pictures import open_pictures
        from dissection.training.run_folder import (
            GENERATOR,
            PICTURES,
            require_run_folder,
        )
        from dissection.training.upscaler import load_upscaler

        if upscaler is None and (toward is not None or texture is not None):
            option = "--texture" if toward is None else "--toward"
            raise BadInputError(f"{option} goes with --upscaler; name what the outlines are from.")
        keep_freed_memory()
        use_threads(threads)
        where = str(choose_device(device))
        require_run_folder(out)
        require_result(result, out, GENERATOR, [model, upscaler, data, cache])
        generator = load_generator(model)
        goals = load_upscaler(upscaler) if upscaler else None
        settings = DetailSettings(
            generator.digest, steps, batch, rate, hold, grid, real, resolutions, seed, data,
            goals.digest if goals else "",
            10.0 if toward is None else toward, 1.0 if texture is None else texture,
        )  # fmt: skip
        require_tunable(generator, resolutions)
        pictures = open_pictures(
            data, generator.size, count, cache or out / PICTURES, report.counter("pictures")
        )
        advance = report.counter("details", " steps")
        run = tune_details(
            settings, generator, pictures.images, out,
            device=where, upscaler=goals,
            save_every=save_every, stop=report.stop,
            prepared=report.counter("counting details"),
            progress=lambda done, loss: advance(done, steps, f"loss {loss:.4f}"),
        )  # fmt: skip
        target = result or out / GENERATOR
        if not run.step_number:
            report.exit_unfinished(f"stopped before the first step; {START_AGAIN}")
        notes = {**generator.metadata, "tuned_from": generator.digest, "tuned_on": pictures.source}
        if goals:
            notes["upscaler"] = goals.digest
        save_generator(run.generator(), target, notes)
        told = f"{run.step_number:,} of {steps:,} steps done; generator in {target}"
        if run.step_number < steps:
            report.exit_unfinished(f"stopped; {told}; {START_AGAIN}")
        report.result = {"done": run.step_number, "generator": str(target)}
    if not report.quiet:
        echo(told)
