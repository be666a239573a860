"""``dissection strengths``: the brushes of a dissection measured anew."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import (
    Batch,
    Device,
    DissectedModel,
    Folder,
    Layers,
    OtherFolder,
    Precision,
    Resume,
    SegmenterName,
    Shown,
    names_of,
)
from dissection.commands.reporting import Reporter, reporting
from dissection.errors import BadInputError
from dissection.measurement.settings import HELD_OUT_SEED
from dissection.runtime.files import user_path
from dissection.runtime.processors import require_batch

if TYPE_CHECKING:
    from dissection.results.dissection import Dissection

#: Latents of each kind: eight times as many are drawn, of a million that can be.
_MOST = 100_000


def command(
    folder: Folder,
    model: DissectedModel = "",
    segmenter: SegmenterName = "storybook",
    layers: Layers = "",
    size: Annotated[int, typer.Option(help="Held-out latents the best brushes are tried on.")] = 48,
    choose: Annotated[
        int, typer.Option(help="Others that they are chosen on; 0: as many as --size.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the held-out latents.")] = HELD_OUT_SEED,
    batch: Batch = 25,
    device: Device = "auto",
    precision: Precision = "auto",
    out: OtherFolder = None,
    resume: Resume = False,
    progress: Shown = "tqdm",
) -> None:
    """Measure the brushes of a dissection anew, with more latents or for some layers only.

    What is stored of brushes that take units of other layers, too, stays. Layers of 32 cells of a
    generator of 256 px or more go on for concepts that no coarser layer draws, as far as is stored.

    Example: dissection strengths church-dissection --layers layer3,layer4,layer5,layer6
    """
    with reporting(progress) as report:
        if size < 1 or choose < 0:
            wrong = f"--size {size}" if size < 1 else f"--choose {choose}"
            raise BadInputError(f"Brushes are tried on at least 1 latent, not {wrong}.")
        if max(size, choose) > _MOST:
            wrong = f"--size {size}" if size > _MOST else f"--choose {choose}"
            raise BadInputError(f"{wrong} is too much; take at most {_MOST}.")
        require_batch(batch)
        target = user_path(out or folder)
        names = names_of(layers)
        measured = _measure(
            folder, model, segmenter, names, size, choose or size, seed, target, resume, report,
            batch=batch, device=device, precision=precision,
        )  # fmt: skip
        report.result = {"dissection": str(target)}
    if not report.quiet:
        echo(f"{len(measured.strengths)} figures of brushes in {target}")


def _measure(
    folder: Path,
    model: str,
    segmenter: str,
    layers: list[str],
    size: int,
    choose: int,
    seed: int,
    target: Path,
    resume: bool,
    report: Reporter,
    *,
    batch: int,
    device: str,
    precision: str,
) -> "Dissection":
    """Measure, and write the dissection with what was measured."""
    from dissection.data.sources import Latents
    from dissection.interventions.brush_trials import StrengthSettings
    from dissection.interventions.remeasure import remeasure_brushes
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.precision import choose_device, require_precision
    from dissection.models.segmenters.load import load_segmenter
    from dissection.results.store import (
        WORK_STRENGTHS,
        can_hold_dissection,
        load_dissection,
        save_dissection,
    )
    from dissection.runtime.allocator import keep_freed_memory
    from dissection.runtime.own_files import inner_folder
    from dissection.runtime.workspace import remove_work

    keep_freed_memory()
    where = choose_device(device)
    stored = load_dissection(folder)
    generator = load_generator(model or stored.model)
    dissection = load_dissection(folder, generator.digest)  # refuses another network's
    if seed == dissection.provenance.get("sample", {}).get("seed"):
        raise BadInputError(f"The dissection was made with seed {seed}; hold out another one.")
    settings = StrengthSettings(
        Latents.of_seed(8 * max(size, choose), generator.depth, seed),
        choose,
        size,
        layers=tuple(layers) or None,
    )
    can_hold_dissection(target)
    work = inner_folder(target, WORK_STRENGTHS)
    judge = load_segmenter(segmenter, where)
    measured = remeasure_brushes(
        dissection,
        generator,
        judge,
        settings,
        batch=batch,
        device=where,
        precision=require_precision(precision),
        report=report,
        work=work,
        resume=resume,
        keep_work=True,
    )
    save_dissection(measured, target)
    remove_work(work)
    return measured
