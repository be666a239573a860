"""``dissection train generator|details|upscaler|sharpness|segmenter|classifier``."""

from pathlib import Path
from typing import Annotated

import typer

from dissection.commands import (
    train_classifier,
    train_details,
    train_generator,
    train_sharpness,
    train_upscaler,
)
from dissection.commands.echo import echo
from dissection.commands.options import (
    ResultFile,
    RunFolder,
    Shown,
    Steps,
    Threads,
    TrainingBatch,
    TrainingCache,
    TrainingCount,
    TrainingData,
    TrainingDevice,
    TrainingSeed,
    TrainingSize,
)
from dissection.commands.reporting import START_AGAIN, reporting
from dissection.commands.targets import require_result, require_targets
from dissection.errors import BadInputError
from dissection.training.bounds import require_counts

app = typer.Typer(help="Train the networks that ship, on Storybook or on your own pictures.")
app.command("generator")(train_generator.command)
app.command("details")(train_details.command)
app.command("upscaler")(train_upscaler.command)
app.command("sharpness")(train_sharpness.command)


@app.command("paint")
def paint(
    cache: Annotated[Path, typer.Option(help="Folder for the painted pictures.")],
    data: TrainingData = "storybook:churches",
    size: TrainingSize = 128,
    count: TrainingCount = 26_000,
    progress: Shown = "tqdm",
) -> None:
    """Paint the pictures of a training before it begins, into the folder that --cache names there.

    Nothing else is needed for it than time on all cores; an interrupted command goes on.
    """
    from dissection.training.pictures import growing_pictures

    with (
        reporting(progress) as report,
        growing_pictures(data, size, count, cache, report.counter("pictures")) as pictures,
    ):
        there = pictures.wait(len(pictures.images), report.stop)
        told = f"{there:,} of {len(pictures.images):,} pictures in {cache}: {pictures.source}"
        if there < len(pictures.images):
            report.exit_unfinished(f"stopped; {told}; {START_AGAIN}")
        report.result = {"pictures": there, "folder": str(cache)}
    if not report.quiet:
        echo(told)


@app.command("join")
def join(
    folder: Annotated[Path, typer.Argument(help="Folder with the pieces of files.")],
    out: Annotated[
        Path | None, typer.Option(help="The generator's file [FOLDER/its own name].")
    ] = None,
    progress: Shown = "tqdm",
) -> None:
    """Put the pieces that ``train generator --pieces`` wrote together, and check them.

    Of a generator and a discriminator both come out, the latter under its own name in FOLDER.
    """
    from dissection.runtime.files import user_path
    from dissection.training.pieces import join_pieces, names_in_pieces
    from dissection.training.run_folder import DISCRIMINATOR

    with reporting(progress) as report:
        folder = user_path(folder)
        require_targets(out, reads=[folder])
        names: list[str | None] = [*names_in_pieces(folder, report)]
        joined = []
        for name in names or [None]:
            target = None if name == DISCRIMINATOR else out
            joined.append(str(join_pieces(folder, target, name, report)))
        report.result = {"files": joined}
    if not report.quiet:
        for file in joined:
            echo(f"{file} put together")


@app.command("segmenter")
def segmenter(
    out: RunFolder,
    data: TrainingData = "storybook:churches",
    size: TrainingSize = 128,
    count: TrainingCount = 20_000,
    steps: Steps = 3000,
    batch: TrainingBatch = 32,
    seed: TrainingSeed = 0,
    cache: TrainingCache = None,
    device: TrainingDevice = "auto",
    threads: Threads = 0,
    result: ResultFile = None,
    progress: Shown = "tqdm",
) -> None:
    """Train the scene segmenter (object, part, material); killed or stopped runs go on.

    The folder OUT holds state.pt, settings.json, log.jsonl, and at the end segmenter.safetensors.
    ``dissection evaluate segmenter`` prints how good it is on held-out scenes.
    """
    from dissection.data.storybook.book import Storybook
    from dissection.data.storybook.vocabulary import STORYBOOK
    from dissection.models.generators.precision import choose_device
    from dissection.models.segmenters.storybook import save_segmenter
    from dissection.runtime.allocator import keep_freed_memory
    from dissection.runtime.processors import use_threads
    from dissection.training.pictures import open_pictures
    from dissection.training.run_folder import (
        PICTURES,
        SEGMENTER,
        require_run_folder,
    )
    from dissection.training.segmenter import SegmenterSettings, train_segmenter

    with reporting(progress) as report:
        keep_freed_memory()
        use_threads(threads)
        where = str(choose_device(device))
        if size % 16 or size < 32:
            raise BadInputError(f"--size must be a multiple of 16 from 32 on, not {size}.")
        require_counts(steps=steps, batch=batch)
        require_run_folder(out)
        require_result(result, out, SEGMENTER, [data, cache])
        painted = report.counter("pictures")
        pictures = open_pictures(data, size, count, cache or out / PICTURES, painted)
        painted_here = data.startswith("storybook:")
        domain = data.removeprefix("storybook:")
        vocabulary = Storybook(domain).vocabulary if painted_here else STORYBOOK
        settings = SegmenterSettings(steps, batch, seed=seed, data=pictures.source)
        advance = report.counter("segmenter", " steps")
        run = train_segmenter(
            settings,
            pictures,
            vocabulary,
            out,
            device=where,
            stop=report.stop,
            progress=lambda done, total, loss: advance(done, total, f"loss {loss:.3f}"),
        )
        target = result or out / SEGMENTER
        learned = run.segmenter()
        notes = {"data": pictures.source, "steps": str(run.step_number), "batch": str(batch)}
        save_segmenter(learned.network, learned.heads, vocabulary, size, target, notes)
        told = f"{run.step_number:,} of {steps:,} steps done; segmenter in {target}"
        if run.step_number < steps:
            report.exit_unfinished(f"stopped; {told}; {START_AGAIN}")
        report.result = {"done": run.step_number, "total": steps, "segmenter": str(target)}
    if not report.quiet:
        echo(told)


app.command("classifier")(train_classifier.command)
