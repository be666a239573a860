"""``dissection train frequencies``."""

from typing import Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import (
    GivenGenerator,
    ResultFile,
    RunFolder,
    SaveEvery,
    Shown,
    Threads,
    TrainingCache,
    TrainingCount,
    TrainingData,
    TrainingDevice,
    TrainingSeed,
)
from dissection.commands.reporting import START_AGAIN, reporting


def command(
    model: GivenGenerator,
    out: RunFolder,
    data: TrainingData = "storybook:churches",
    count: TrainingCount = 8000,
    scenes: Annotated[
        int, typer.Option(help="Scenes that are made and measured in each round.")
    ] = 4000,
    rounds: Annotated[int, typer.Option(help="Times that the bias is moved.")] = 2,
    components: Annotated[
        int,
        typer.Option(help="Directions of coarse colors that are compared; the first is light."),
    ] = 1,
    batch: Annotated[int, typer.Option(help="Scenes that are made at once.")] = 25,
    seed: TrainingSeed = 0,
    cache: TrainingCache = None,
    device: TrainingDevice = "auto",
    threads: Threads = 0,
    save_every: SaveEvery = 40,
    result: ResultFile = None,
    progress: Shown = "tqdm",
) -> None:
    """Move a generator's first bias, so that kinds of scenes are as frequent as in real pictures.

    One number for each unit of the first layer changes, and nothing is trained: scenes that are
    made too rarely (nights, say) come more often, and the same latents show nearly the same scenes.
    The folder OUT holds state.pt, settings.json, log.jsonl, samples.png and at the end
    generator.safetensors, another network: measure it ("dissection evaluate generator"), and
    dissect it.

    Example: dissection train frequencies storybook-church-256 --out RUN
    """
    with reporting(progress) as report:
        from dissection.models.generators.checkpoints import load_generator, save_generator
        from dissection.models.generators.precision import choose_device
        from dissection.runtime.allocator import keep_freed_memory
        from dissection.runtime.processors import use_threads
        from dissection.training.frequency_tuning import FrequencySettings, tune_frequencies
        from dissection.training.pictures import open_pictures
        from dissection.training.run_folder import (
            GENERATOR,
            PICTURES,
            require_result,
            require_run_folder,
        )

        keep_freed_memory()
        use_threads(threads)
        generator = load_generator(model)
        settings = FrequencySettings(
            generator.digest, scenes, rounds, components, batch=batch, seed=seed, data=data
        )
        require_run_folder(out)
        require_result(result, out)
        pictures = open_pictures(
            data, generator.size, count, cache or out / PICTURES, report.counter("pictures")
        )
        advance = report.counter("frequencies", " batches")
        steps = settings.steps
        run = tune_frequencies(
            settings, generator, pictures.images, out,
            device=str(choose_device(device)), save_every=save_every, stop=report.stop,
            prepared=report.counter("real pictures"),
            progress=lambda done, apart: advance(done, steps, f"apart by {apart:.4f}"),
        )  # fmt: skip
        if run.step_number < steps:
            report.exit_unfinished(
                f"stopped; {run.step_number:,} of {steps:,} batches made; {START_AGAIN}"
            )
        target = result or out / GENERATOR
        notes = {**generator.metadata, "tuned_from": generator.digest, "tuned_on": pictures.source}
        save_generator(run.generator(), target, notes)
        first, best = run.measured[0], min(run.measured)
        report.result = {"apart": run.measured, "generator": str(target)}
        told = f"apart by {best:.4f} where it was {first:.4f}; generator in {target}"
        if best == first:
            told = f"apart by {first:.4f}, and not less with another bias; as it was, in {target}"
    if not report.quiet:
        echo(told)
