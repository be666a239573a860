"""``dissection train upscaler``."""

from dissection.commands.echo import echo
from dissection.commands.options import (
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
    TrainingSize,
)
from dissection.commands.reporting import START_AGAIN, reporting
from dissection.commands.targets import require_result


def command(
    out: RunFolder,
    data: TrainingData = "storybook:churches",
    size: TrainingSize = 256,
    count: TrainingCount = 8000,
    steps: Steps = 3000,
    batch: TrainingBatch = 16,
    rate: TrainingRate = 1e-3,
    seed: TrainingSeed = 0,
    cache: TrainingCache = None,
    device: TrainingDevice = "auto",
    threads: Threads = 0,
    save_every: SaveEvery = 250,
    result: ResultFile = None,
    progress: Shown = "tqdm",
) -> None:
    """Train a network that makes pictures four times as large, from pictures alone.

    "dissection train sharpness MODEL --upscaler FILE" tunes a generator's finest layers towards
    what it makes of their pictures at a quarter of the size. The folder OUT holds state.pt,
    settings.json, log.jsonl, samples.png and at the end upscaler.safetensors.

    Example: dissection train upscaler --out RUN
    """
    with reporting(progress) as report:
        from dissection.models.generators.precision import choose_device
        from dissection.runtime.allocator import keep_freed_memory
        from dissection.runtime.processors import use_threads
        from dissection.training.pictures import open_pictures
        from dissection.training.run_folder import (
            PICTURES,
            UPSCALER,
            require_run_folder,
        )
        from dissection.training.upscaler import save_upscaler
        from dissection.training.upscaler_training import (
            UpscalerSettings,
            train_upscaler,
        )

        keep_freed_memory()
        use_threads(threads)
        where = str(choose_device(device))
        settings = UpscalerSettings(steps, batch, rate, size, seed, data)
        require_run_folder(out)
        require_result(result, out, UPSCALER, [data, cache])
        pictures = open_pictures(
            data, size, count, cache or out / PICTURES, report.counter("pictures")
        )
        advance = report.counter("upscaler", " steps")
        run = train_upscaler(
            settings, pictures.images, out,
            device=where, save_every=save_every, stop=report.stop,
            progress=lambda done, loss: advance(done, steps, f"off by {loss:.4f}"),
        )  # fmt: skip
        target = result or out / UPSCALER
        if not run.step_number:
            report.exit_unfinished(f"stopped before the first step; {START_AGAIN}")
        save_upscaler(run.upscaler(), target, {"trained_on": pictures.source})
        told = f"{run.step_number:,} of {steps:,} steps done; upscaler in {target}"
        if run.step_number < steps:
            report.exit_unfinished(f"stopped; {told}; {START_AGAIN}")
        report.result = {"done": run.step_number, "upscaler": str(target)}
    if not report.quiet:
        echo(told)
