"""``dissection strengths``: the brushes of a dissection measured anew."""

from pathlib import Path
from typing import Annotated

import typer

from dissection.commands.dissect import HELD_OUT_SEED
from dissection.commands.reporting import reporting
from dissection.errors import BadInputError


def command(
    folder: Annotated[Path, typer.Argument(help="Folder of a dissection of a generator.")],
    model: Annotated[
        str, typer.Option(help="The generator's name or file; the dissection's own unless said.")
    ] = "",
    segmenter: Annotated[
        str, typer.Option(help="What tells concepts apart; the one of the dissection.")
    ] = "storybook",
    layers: Annotated[str, typer.Option(help="Layers, with commas; all of them unless said.")] = "",
    size: Annotated[int, typer.Option(help="Held-out latents the best brushes are tried on.")] = 48,
    seed: Annotated[int, typer.Option(help="Seed of the held-out latents.")] = HELD_OUT_SEED,
    batch: Annotated[int, typer.Option(min=1, help="Pictures in one pass.")] = 25,
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, float32 or bfloat16.")] = "auto",
    out: Annotated[Path | None, typer.Option(help="Write to this folder instead.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a stopped job.")] = False,
    progress: Annotated[str, typer.Option(help="tqdm (a bar), json (lines) or none.")] = "tqdm",
) -> None:
    """Measure the brushes of a dissection anew, with more latents or for some layers only.

    What is stored of the brushes of other layers stays.

    Example: dissection strengths church-dissection --layers layer3,layer4,layer5,layer6
    """
    from dissection.data.sources import Latents
    from dissection.interventions.brush_trials import StrengthSettings
    from dissection.interventions.remeasure import remeasure_brushes
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.precision import choose_device
    from dissection.models.segmenters.load import load_segmenter
    from dissection.results.store import (
        WORK_STRENGTHS,
        can_hold_dissection,
        load_dissection,
        save_dissection,
    )
    from dissection.runtime.allocator import keep_freed_memory
    from dissection.runtime.files import user_path
    from dissection.runtime.own_files import inner_folder
    from dissection.runtime.workspace import remove_work

    if size < 1:
        raise BadInputError(f"Brushes are tried on at least 1 latent, not --size {size}.")
    keep_freed_memory()
    where = choose_device(device)
    stored = load_dissection(folder)
    generator = load_generator(model or stored.model)
    dissection = load_dissection(folder, generator.digest)  # refuses another network's
    if seed == dissection.provenance.get("sample", {}).get("seed"):
        raise BadInputError(f"The dissection was made with seed {seed}; hold out another one.")
    settings = StrengthSettings(
        Latents.of_seed(8 * size, generator.depth, seed),
        size,
        layers=tuple(layers.split(",")) if layers else None,
    )
    target = user_path(out or folder)
    can_hold_dissection(target)
    work = inner_folder(target, WORK_STRENGTHS)
    judge = load_segmenter(segmenter, where)
    with reporting(progress) as report:
        measured = remeasure_brushes(
            dissection,
            generator,
            judge,
            settings,
            batch=batch,
            device=where,
            precision=precision,
            report=report,
            work=work,
            resume=resume,
            keep_work=True,
        )
    save_dissection(measured, target)
    remove_work(work)
    typer.echo(f"{len(measured.strengths)} figures of brushes in {target}")
