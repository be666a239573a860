"""``dissection train sharpness``."""

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
    TrainingDevice,
    TrainingRate,
    TrainingSeed,
    TunedResolutions,
)
from dissection.commands.reporting import START_AGAIN, reporting
from dissection.commands.targets import require_result


def command(
    model: GivenGenerator,
    upscaler: Annotated[Path, typer.Option(help="What 'dissection train upscaler' made.")],
    out: RunFolder,
    resolutions: TunedResolutions = 3,
    steps: Steps = 1500,
    batch: Annotated[int, typer.Option(help="Pieces of pictures in a batch.")] = 6,
    rate: TrainingRate = 3e-3,
    texture: Annotated[
        float, typer.Option(help="Share of the generator's own texture that walls keep.")
    ] = 1.5,
    contrast: Annotated[
        float, typer.Option(help="Share by which outlines are made stronger.")
    ] = 0.5,
    energy: Annotated[
        float, typer.Option(help="Weight of how strong details are around each place.")
    ] = 10.0,
    projections: Annotated[
        int,
        typer.Option(help="Times that goals are brought back to the generator's quarter size."),
    ] = 2,
    rim: Annotated[
        int, typer.Option(help="px around a picture that take their goals from farther inside.")
    ] = 4,
    start: Annotated[
        str, typer.Option(help="A generator that was sharpened from MODEL, to go on from.")
    ] = "",
    kept: Annotated[int, typer.Option(help="Scenes that are learned from at a time.")] = 500,
    seed: TrainingSeed = 0,
    device: TrainingDevice = "auto",
    threads: Threads = 0,
    save_every: SaveEvery = 100,
    result: ResultFile = None,
    progress: Shown = "tqdm",
) -> None:
    """Tune a generator's finest layers towards what an upscaler makes of its pictures.

    Outlines become straight, a mesh over plain places goes, walls keep their texture. Scenes stay
    what and where they are. The folder OUT holds state.pt, settings.json, log.jsonl, samples.png
    and at the end generator.safetensors, another network: measure it ("dissection evaluate
    generator"), and dissect it.

    Example: dissection train sharpness storybook-church-256 --upscaler UP/upscaler.safetensors
    --out RUN
    """
    with reporting(progress) as report:
        from dissection.models.generators.checkpoints import load_generator, save_generator
        from dissection.models.generators.precision import choose_device
        from dissection.runtime.allocator import keep_freed_memory
        from dissection.runtime.processors import use_threads
        from dissection.training.run_folder import GENERATOR, require_run_folder
        from dissection.training.sharpening import (
            SharpeningSettings,
            require_sharpenable,
            sharpen,
        )
        from dissection.training.upscaler import load_upscaler

        keep_freed_memory()
        use_threads(threads)
        where = str(choose_device(device))
        require_run_folder(out)
        require_result(result, out, GENERATOR, [model, upscaler, start])
        generator = load_generator(model)
        goals = load_upscaler(upscaler)
        other = load_generator(start) if start else None
        settings = SharpeningSettings(
            generator.digest, goals.digest, steps, batch, rate, resolutions, texture, contrast,
            kept, seed, energy, projections, rim,
            other.digest if other else "",
        )  # fmt: skip
        require_sharpenable(generator, resolutions)
        advance = report.counter("sharpness", " steps")
        run = sharpen(
            settings, generator, goals, out,
            device=where, start=other,
            save_every=save_every, stop=report.stop,
            prepared=report.counter("scenes"),
            progress=lambda done, apart: advance(done, steps, f"off by {apart:.4f}"),
        )  # fmt: skip
        target = result or out / GENERATOR
        if not run.step_number:
            report.exit_unfinished(f"stopped before the first step; {START_AGAIN}")
        notes = {**generator.metadata, "tuned_from": generator.digest, "upscaler": goals.digest}
        if other:
            notes["started_from"] = other.digest
        save_generator(run.layers.generator(), target, notes)
        told = f"{run.step_number:,} of {steps:,} steps done; generator in {target}"
        if run.step_number < steps:
            report.exit_unfinished(f"stopped; {told}; {START_AGAIN}")
        report.result = {"done": run.step_number, "generator": str(target)}
    if not report.quiet:
        echo(told)
