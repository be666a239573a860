"""``dissection train generator``."""

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import (
    ResultFile,
    RunFolder,
    Shown,
    Threads,
    TrainingCache,
    TrainingCount,
    TrainingData,
    TrainingDevice,
    TrainingRate,
    TrainingSeed,
    TrainingSize,
    numbers_of,
)
from dissection.commands.reporting import START_AGAIN, reporting
from dissection.commands.targets import require_result
from dissection.errors import BadInputError
from dissection.training.bounds import (
    require_counts,
    require_positive,
    require_rate,
    require_resolution,
    require_weights,
)

if TYPE_CHECKING:
    from dissection.training.generator import GeneratorTraining
    from dissection.training.growth import GrowthPlan

_IMAGES = 600_000
#: Twenty years.
_MOST_MINUTES = 10_000_000


def command(
    out: RunFolder,
    data: TrainingData = "storybook:churches",
    size: TrainingSize = 128,
    units: Annotated[str, typer.Option(help="Units at 4, 8, 16, ... px.")] = "",
    discriminator_units: Annotated[str, typer.Option(help="The same of the discriminator.")] = "",
    images: Annotated[
        int | None, typer.Option(help="Images to show in all.", show_default="600000")
    ] = None,
    plan: Annotated[str, typer.Option(help="Images at each resolution, instead.")] = "",
    minutes: Annotated[
        float, typer.Option(help="Instead: what fits into so many minutes, all commands together.")
    ] = 0.0,
    shares: Annotated[
        str, typer.Option(help="How --minutes are divided among 4, 8, ... px, such as 0,1,3,6.")
    ] = "",
    fade: Annotated[str, typer.Option(help="Images of fade-in at each resolution.")] = "",
    batch: Annotated[str, typer.Option(help="Batch size at each resolution.")] = "",
    count: TrainingCount = 26_000,
    start: Annotated[
        Path | None, typer.Option(help="Weights of a run to go on from, or a generator's file.")
    ] = None,
    discriminator: Annotated[
        Path | None, typer.Option(help="Discriminator to go on from, if not that of --start.")
    ] = None,
    warm_up: Annotated[
        int, typer.Option(help="First images, from which the discriminator learns alone.")
    ] = 0,
    from_average: Annotated[
        bool, typer.Option("--from-average", help="Go on from the averaged weights of --start.")
    ] = False,
    rate: TrainingRate = 1.5e-3,
    decay: Annotated[int, typer.Option(help="Last images, while the rate falls.")] = 0,
    half_life: Annotated[float, typer.Option(help="Images of the averaged generator.")] = 4000.0,
    loss: Annotated[
        str, typer.Option(help="logistic, or relativistic (in pairs, both sides penalized).")
    ] = "logistic",
    gamma: Annotated[float, typer.Option(help="Weight of the gradient penalty.")] = 1.0,
    balance: Annotated[
        float, typer.Option(help="Weight of the term that keeps scenes as frequent as real ones.")
    ] = 0.0,
    features: Annotated[
        float, typer.Option(help="Weight of a critic that sees as the bundled segmenter does.")
    ] = 0.0,
    features_from: Annotated[
        int, typer.Option(help="px from which on that critic takes part.")
    ] = 4,
    seed: TrainingSeed = 0,
    cache: TrainingCache = None,
    device: TrainingDevice = "auto",
    speed: Annotated[
        str, typer.Option(help="How steps run: plain, graphs or compiled (CUDA graphs), auto.")
    ] = "auto",
    threads: Threads = 0,
    save_every: Annotated[float, typer.Option(help="Seconds between states.")] = 120.0,
    pieces: Annotated[
        Path | None,
        typer.Option(help="Folder for generator and discriminator in pieces of 15 MiB, each save."),
    ] = None,
    snapshots: Annotated[
        bool,
        typer.Option("--snapshots", help="Keep the generator along the way in OUT/snapshots."),
    ] = False,
    result: ResultFile = None,
    progress: Shown = "tqdm",
) -> None:
    """Train a Progressive GAN by progressive growing; killed or stopped runs go on where they were.

    The folder OUT holds state.pt, settings.json, log.jsonl, samples.png, and from each save
    generator.safetensors in the published naming, averaged over the run. Scenes are painted while
    the low resolutions train. With --minutes, the speed at each resolution is measured first.
    """
    with reporting(progress) as report:
        started = time.monotonic()
        require_rate(rate)
        require_weights(gamma=gamma, balance=balance, features=features)
        require_weights(decay=decay, warm_up=warm_up)
        require_positive(half_life=half_life, save_every=save_every)
        own, growth = _sizes(size, units, images, plan, minutes, fade, batch)
        require_resolution(size, features_from=features_from)
        critic = _units(discriminator_units, "discriminator-units") if discriminator_units else own
        if len(critic) != len(own):
            raise BadInputError(
                f"--discriminator-units has {len(critic)} numbers and --units {len(own)}; give as "
                "many."
            )
        _require_within(growth.total if not minutes else None, decay=decay, warm_up=warm_up)
        divided = _shares(shares, len(own), minutes)
        _require_start(start, discriminator, from_average)
        from dissection.models.generators.precision import choose_device
        from dissection.runtime.files import make_folder
        from dissection.runtime.processors import use_threads
        from dissection.training.pictures import growing_pictures
        from dissection.training.run_folder import (
            DISCRIMINATOR,
            GENERATOR,
            PICTURES,
            SNAPSHOTS,
            START,
            require_run_folder,
        )
        from dissection.training.settings import GeneratorSettings, as_loss
        from dissection.training.stepper import as_speed

        way, where, judged = as_speed(speed), str(choose_device(device)), as_loss(loss)
        use_threads(threads)
        require_run_folder(out)
        require_result(result, out, GENERATOR, [start, discriminator, data, cache])
        if pieces:
            make_folder(pieces)
        painted, counted = cache or out / PICTURES, report.counter("pictures")
        with growing_pictures(data, size, count, painted, counted) as pictures:
            from dissection.models.weights.files import safetensors_bytes
            from dissection.runtime.allocator import keep_freed_memory
            from dissection.runtime.files import write_bytes
            from dissection.training.generator_run import Report, train_generator

            keep_freed_memory()
            settings = GeneratorSettings(
                own, critic, growth, seed=seed, rate=rate, decay=decay, gamma=gamma,
                half_life=half_life, balance=balance, start=str(start) if start else None,
                from_average=from_average, data=pictures.source, minutes=minutes, features=features,
                loss=judged, features_from=features_from, shares=divided, warm_up=warm_up,
                discriminator=str(discriminator) if discriminator else None,
            )  # fmt: skip
            target = result or out / GENERATOR
            judges, source = out / DISCRIMINATOR, pictures.source
            saved = partial(_save, data=source, target=target, judges=judges, pieces=pieces)
            count_images, note = report.counter("generator", " images"), ""

            def tell(r: Report) -> None:
                nonlocal note
                note = f"{r.size} px, D {r.loss_discriminator:.2f} G {r.loss_generator:.2f}"

            run = train_generator(
                settings, pictures, out,
                device=where, speed=way, save_every=save_every,
                started=started, stop=report.stop, report=tell, saved=saved,
                progress=lambda shown, total: count_images(shown, total, note),
                snapshots=out / SNAPSHOTS if snapshots else None, say=report.say,
            )  # fmt: skip
            if run.shown:
                write_bytes(out / START, safetensors_bytes(run.weights(), {}))
            total = run.settings.plan.total
            told = _told(run.shown, total, target)
            if run.shown < total:
                report.exit_unfinished(f"stopped; {told}; {START_AGAIN}")
            report.result = {"shown": run.shown, "total": total, "generator": str(target)}
    if not report.quiet:
        echo(told)


def _save(
    run: "GeneratorTraining", data: str, target: Path, judges: Path, pieces: Path | None
) -> None:
    """Write the averaged generator of a run, and it and its critics in pieces where wanted."""
    from dissection.models.generators.checkpoints import save_generator
    from dissection.models.weights.files import safetensors_bytes
    from dissection.runtime.files import write_bytes
    from dissection.training.pieces import write_pieces

    stage = run.settings.plan.at(run.shown - 1).stage
    if not stage:
        return
    notes = {"data": data, "images": str(run.shown), "size": str(4 << stage)}
    save_generator(run.average.at_stage(stage), target, notes)
    if pieces:
        write_bytes(judges, safetensors_bytes(run.critics(), {}))
        write_pieces(judges, pieces, run.shown)
        write_pieces(target, pieces, run.shown)


def _told(shown: int, total: int, target: Path) -> str:
    """How far a run is; whole batches may be more than its plan has."""
    planned = f"of {total:,} images" if shown <= total else "images, in whole batches,"
    written = f"; generator in {target}" if target.exists() else ""
    return f"{shown:,} {planned} shown{written}"


def _require_start(start: Path | None, discriminator: Path | None, from_average: bool) -> None:
    """Refuse what a run cannot go on from before pictures are read or painted.

    Raises:
        BadInputError: an option that says nothing without ``--start``.
        ModelFileError: a file that is not there or holds something else.
    """
    if start is None:
        if discriminator is not None:
            raise BadInputError("--discriminator goes with --start; name what the generator is.")
        if from_average:
            raise BadInputError("--from-average goes with --start; name what to go on from.")
        return
    from dissection.training.start import read_discriminator, read_start

    read_start(start)
    if discriminator is not None:
        read_discriminator(discriminator)


def _require_within(total: int | None, *, decay: int, warm_up: int) -> None:
    """Refuse parts of a run that are longer than all of it; None is a run planned by time."""
    if total is None:
        return
    if warm_up >= total:
        raise BadInputError(
            f"--warm-up {warm_up} leaves no image for the generator, of {total} in all; take less."
        )
    if decay > total:
        raise BadInputError(f"--decay {decay} is more than all {total} images; take less.")


def _shares(text: str, resolutions: int, minutes: float) -> tuple[float, ...]:
    """Shares of the time, one for each resolution; empty where none were given."""
    if not text:
        return ()
    if not minutes:
        raise BadInputError("--shares divides --minutes; give those as well, or --plan instead.")
    try:
        shares = tuple(float(part) for part in text.split(","))
    except ValueError:
        shares = ()
    if len(shares) != resolutions or not all(0 <= s < 1e6 for s in shares) or not shares[-1]:
        raise BadInputError(
            f"--shares takes {resolutions} numbers from 0 on with commas, the last above 0, not "
            f"'{text}'."
        )
    return shares


def _units(text: str, option: str) -> tuple[int, ...]:
    """Units at 4, 8, ... px, each at least 1."""
    units = numbers_of(text, option)
    for each in units:
        require_counts(**{option: each})
    return units


def _sizes(
    size: int, units: str, images: int | None, plan: str, minutes: float, fade: str, batch: str
) -> tuple[tuple[int, ...], "GrowthPlan"]:
    """Units at 4, 8, ... px, and the plan; of one by time only the batches count."""
    from dissection.models.generators.progressive import PUBLISHED_UNITS
    from dissection.training.growth import GrowthPlan, default_plan, fades

    if size not in PUBLISHED_UNITS:
        known = ", ".join(map(str, PUBLISHED_UNITS))
        raise BadInputError(f"--size {size} is no size of a Progressive GAN; take {known}.")
    own = _units(units, "units") if units else PUBLISHED_UNITS[size]
    if 4 * 2 ** (len(own) - 1) != size:
        raise BadInputError(
            f"{len(own)} numbers of --units make {4 * 2 ** (len(own) - 1)} px, not {size}."
        )
    if minutes and (plan or fade):
        raise BadInputError("--minutes makes the plan itself; leave --plan and --fade out.")
    if not 0 <= minutes <= _MOST_MINUTES:
        raise BadInputError(
            f"--minutes takes a number above 0 and at most {_MOST_MINUTES:,}, not {minutes:g}."
        )
    if images is not None:
        if plan or minutes:
            other = "--plan" if plan else "--minutes"
            raise BadInputError(f"{other} decides how many images are shown; leave --images out.")
        require_counts(images=images)
    growth = default_plan(len(own), _IMAGES if images is None else images)
    if plan:
        counts = numbers_of(plan, "plan")
        growth = GrowthPlan(counts, fades(counts), default_plan(len(counts), sum(counts)).batch)
    batches = numbers_of(batch, "batch") if batch else growth.batch
    if minutes:
        return own, GrowthPlan(batches, (0,) * len(own), batches)
    faded = numbers_of(fade, "fade") if fade else growth.fade
    growth = GrowthPlan(growth.images, faded, batches)
    if len(growth.images) != len(own):
        raise BadInputError(
            f"--plan has {len(growth.images)} numbers and --units {len(own)}; give as many."
        )
    return own, growth
