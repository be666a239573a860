"""``dissection dissect``."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from dissection.census import INTERPRETABLE
from dissection.commands.reporting import reporting
from dissection.commands.summary import count_lines
from dissection.errors import BadInputError

#: The held-out latents of the strengths are those of this seed, or the next if it was dissected.
HELD_OUT_SEED = 2


def command(
    layers: Annotated[str, typer.Option(help="Layers to measure, with commas: layer4,layer5.")],
    out: Annotated[Path, typer.Option(help="Folder for the dissection.")],
    model: Annotated[str, typer.Option(help="A bundled generator or the path of one.")] = (
        "storybook-church"
    ),
    segmenter: Annotated[
        str,
        typer.Option(
            help="What tells concepts apart: storybook, storybook+colors+halves, netpqc, a path, "
            "package.module:Name."
        ),
    ] = "storybook",
    size: Annotated[int, typer.Option(help="Latents to measure.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the standard latents.")] = 1,
    quantile: Annotated[
        float, typer.Option(help="Share of positions at or below a unit's level.")
    ] = 0.99,
    effect_size: Annotated[
        int, typer.Option(help="Latents to trace effects over; 0 leaves them out.")
    ] = 256,
    strength_size: Annotated[
        int, typer.Option(help="Held-out latents the best brushes are tried on; 0 leaves it out.")
    ] = 32,
    exemplars: Annotated[int, typer.Option(help="Best images to keep of each unit.")] = 5,
    interpretable: Annotated[
        float, typer.Option(help="A unit counts as matching a concept above this IoU.")
    ] = INTERPRETABLE,
    batch: Annotated[int, typer.Option(help="Pictures in one pass.")] = 25,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[
        str, typer.Option(help="Of effects and trials: auto, float32 or bfloat16.")
    ] = "auto",
    memory: Annotated[float, typer.Option(help="GB of maps to keep at a time, on disk.")] = 8.0,
    threads: Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a job that was stopped or killed.")
    ] = False,
    progress: Annotated[str, typer.Option(help="bar, json (lines on stdout) or none.")] = "bar",
) -> None:
    """Measure which units of a generator match which concepts, and what brushes of them do.

    The folder OUT then holds dissection.json and what it names, for the window, dissection
    brushes and load_dissection. While the job runs, OUT/work holds what is finished:
    --resume goes on from the last whole batch and gives the same numbers.
    """
    import torch

    from dissection.allocator import keep_freed_memory
    from dissection.dissect import dissect
    from dissection.generators.checkpoints import load_generator
    from dissection.generators.precision import choose_device
    from dissection.generators.progressive import require_layer
    from dissection.segmenters.load import load_segmenter
    from dissection.sources import Latents
    from dissection.store import save_dissection
    from dissection.strength import StrengthSettings

    if size < 1:
        raise BadInputError(f"--size {size} leaves nothing to measure; take at least 1 latent.")
    keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
    where = choose_device(device)
    generator = load_generator(model)
    names = [name.strip() for name in layers.split(",") if name.strip()]
    for name in names:
        require_layer(name, generator.layer_names)
    strength = None
    if strength_size:
        held_out = HELD_OUT_SEED if seed != HELD_OUT_SEED else HELD_OUT_SEED + 1
        pool = Latents.of_seed(8 * strength_size, generator.depth, held_out)
        strength = StrengthSettings(pool, strength_size)
    timings: dict[str, float] = {}
    with reporting(progress) as report:
        dissection = dissect(
            generator,
            names,
            Latents.of_seed(size, generator.depth, seed),
            load_segmenter(segmenter, str(where)),
            quantile=quantile,
            batch=batch,
            device=where,
            exemplars=exemplars,
            effect_size=effect_size,
            strength=strength,
            precision=precision,
            report=report,
            work=out / "work",
            resume=resume,
            memory=int(memory * 2**30),
            provenance={"command": _command_line()},
            timings=timings,
        )
    save_dissection(dissection, out, timings)
    if progress != "json":
        for line in count_lines(dissection, interpretable):
            typer.echo(line)
        typer.echo(
            f"The dissection is in {out}; see dissection summary {out} and dissection brushes {out}"
        )


def _command_line() -> str:
    """The command as typed, without the machine's own folders."""
    return " ".join(["dissection", *sys.argv[1:]])
