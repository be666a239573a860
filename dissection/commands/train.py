"""``dissection train generator|segmenter``."""

from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from dissection.commands import progress
from dissection.commands.interrupts import stopping
from dissection.errors import BadInputError

app = typer.Typer(help="Train the networks that ship, on Storybook or on your own pictures.")

Out = Annotated[Path, typer.Option(help="Folder of the run: state, log, sample sheets. Resumes.")]
Data = Annotated[str, typer.Option(help="storybook:churches, or a folder of image files.")]
Size = Annotated[int, typer.Option(help="Width and height of the pictures in px, a power of two.")]
Count = Annotated[int, typer.Option(help="Scenes to paint (of a folder: most files; 0 is all).")]
Cache = Annotated[Path | None, typer.Option(help="Folder for painted pictures [OUT/pictures].")]
Device = Annotated[str, typer.Option(help="cpu or cuda; auto takes cuda where there is one.")]
Seed = Annotated[int, typer.Option(help="Seed of weights, batches and latents.")]
Result = Annotated[Path | None, typer.Option(help="Where to write the result [OUT/NAME].")]


def _numbers(text: str, name: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise BadInputError(
            f"--{name} takes whole numbers with commas, such as 256,128, not '{text}'."
        ) from None


@app.command("generator")
def generator(
    out: Out,
    data: Data = "storybook:churches",
    size: Size = 128,
    units: Annotated[str, typer.Option(help="Units at 4, 8, 16, ... px.")] = "",
    discriminator_units: Annotated[str, typer.Option(help="The same of the discriminator.")] = "",
    images: Annotated[int, typer.Option(help="Images to show in all.")] = 600_000,
    plan: Annotated[str, typer.Option(help="Images at each resolution, instead.")] = "",
    fade: Annotated[str, typer.Option(help="Images of fade-in at each resolution.")] = "",
    batch: Annotated[str, typer.Option(help="Batch size at each resolution.")] = "",
    count: Count = 26_000,
    start: Annotated[Path | None, typer.Option(help="Weights of a run to go on from.")] = None,
    from_average: Annotated[
        bool, typer.Option("--from-average", help="Go on from the averaged weights of --start.")
    ] = False,
    rate: Annotated[float, typer.Option(help="Learning rate.")] = 1.5e-3,
    decay: Annotated[int, typer.Option(help="Last images, while the rate falls.")] = 0,
    half_life: Annotated[float, typer.Option(help="Images of the averaged generator.")] = 4000.0,
    gamma: Annotated[float, typer.Option(help="Weight of the R1 penalty.")] = 1.0,
    balance: Annotated[
        float, typer.Option(help="Weight of the term that keeps scenes as frequent as real ones.")
    ] = 0.0,
    seed: Seed = 0,
    cache: Cache = None,
    device: Device = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")] = 0,
    save_every: Annotated[float, typer.Option(help="Seconds between states.")] = 120.0,
    result: Result = None,
) -> None:
    """Train a Progressive GAN by progressive growing; killed or stopped runs go on where they were.

    The folder OUT holds state.pt, settings.json, log.jsonl, samples.png, and at the end
    generator.safetensors in the published naming, averaged over the run.
    """
    import torch
    from safetensors.torch import save_file

    from dissection.allocator import keep_freed_memory
    from dissection.generators.checkpoints import save_generator
    from dissection.generators.precision import choose_device
    from dissection.generators.progressive import PUBLISHED_UNITS
    from dissection.training.generator import GeneratorSettings, train_generator
    from dissection.training.growth import GrowthPlan, default_plan
    from dissection.training.pictures import open_pictures

    keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
    if size not in PUBLISHED_UNITS:
        known = ", ".join(map(str, PUBLISHED_UNITS))
        raise BadInputError(f"--size {size} is no size of a Progressive GAN; take {known}.")
    own = _numbers(units, "units") if units else PUBLISHED_UNITS[size]
    if 4 * 2 ** (len(own) - 1) != size:
        raise BadInputError(
            f"{len(own)} numbers of --units make {4 * 2 ** (len(own) - 1)} px, not {size}."
        )
    critic = _numbers(discriminator_units, "discriminator-units") if discriminator_units else own
    growth = default_plan(len(own), images)
    if plan:
        counts = _numbers(plan, "plan")
        fades = tuple(0 if k == 0 else min(5000, c // 4) for k, c in enumerate(counts))
        growth = GrowthPlan(counts, fades, default_plan(len(counts), sum(counts)).batch)
    if fade or batch:
        fades = _numbers(fade, "fade") if fade else growth.fade
        growth = GrowthPlan(
            growth.images, fades, _numbers(batch, "batch") if batch else growth.batch
        )
    with progress.bar("pictures") as painted:
        pictures = open_pictures(data, size, count, cache or out / "pictures", painted)
    settings = GeneratorSettings(
        own, critic, growth, seed=seed, rate=rate, decay=decay, gamma=gamma, half_life=half_life,
        balance=balance, start=str(start) if start else None, from_average=from_average,
        data=pictures.source,
    )  # fmt: skip
    with stopping() as stop, tqdm(desc="generator", unit=" images", total=growth.total) as bar:

        def advance(shown: int) -> None:
            bar.update(shown - bar.n)

        run = train_generator(
            settings, pictures.images, out,
            device=str(choose_device(device)), save_every=save_every, stop=stop,
            progress=advance,
            report=lambda r: bar.set_postfix_str(
                f"{r.size} px, D {r.loss_discriminator:.2f} G {r.loss_generator:.2f}"
            ),
        )  # fmt: skip
    stage = settings.plan.at(run.shown - 1).stage
    if stage:
        target = result or out / "generator.safetensors"
        notes = {"data": pictures.source, "images": str(run.shown), "size": str(4 * 2**stage)}
        save_generator(run.average.at_stage(stage), target, notes)
        save_file(run.weights(), out / "start.safetensors")
        typer.echo(f"{run.shown:,} of {growth.total:,} images shown; generator in {target}")


@app.command("segmenter")
def segmenter(
    out: Out,
    data: Data = "storybook:churches",
    size: Size = 128,
    count: Count = 20_000,
    steps: Annotated[int, typer.Option(help="Batches to train on.")] = 3000,
    batch: Annotated[int, typer.Option(help="Pictures in a batch.")] = 32,
    seed: Seed = 0,
    cache: Cache = None,
    device: Device = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")] = 0,
    result: Result = None,
) -> None:
    """Train the scene segmenter (object, part, material); killed or stopped runs go on.

    The folder OUT holds state.pt, settings.json, log.jsonl, and at the end segmenter.safetensors.
    ``dissection evaluate segmenter`` prints how good it is on held-out scenes.
    """
    import torch

    from dissection.allocator import keep_freed_memory
    from dissection.generators.precision import choose_device
    from dissection.segmenters.storybook import save_segmenter
    from dissection.storybook.vocabulary import STORYBOOK
    from dissection.training.pictures import open_pictures
    from dissection.training.segmenter import SegmenterSettings, train_segmenter

    keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
    if size % 16 or size < 32:
        raise BadInputError(f"--size must be a multiple of 16 from 32 on, not {size}.")
    with progress.bar("pictures") as painted:
        pictures = open_pictures(data, size, count, cache or out / "pictures", painted)
    settings = SegmenterSettings(steps, batch, seed=seed, data=pictures.source)
    with stopping() as stop, tqdm(desc="segmenter", unit=" steps", total=steps) as bar:

        def advance(done: int, _: int, loss: float) -> None:
            bar.update(done - bar.n)
            bar.set_postfix_str(f"loss {loss:.3f}")

        run = train_segmenter(
            settings,
            pictures,
            STORYBOOK,
            out,
            device=str(choose_device(device)),
            stop=stop,
            progress=advance,
        )
    target = result or out / "segmenter.safetensors"
    learnt = run.segmenter()
    notes = {"data": pictures.source, "steps": str(run.step_number), "batch": str(batch)}
    save_segmenter(learnt.network, learnt.heads, STORYBOOK, size, target, notes)
    typer.echo(f"{run.step_number:,} of {steps:,} steps done; segmenter in {target}")
