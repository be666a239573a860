"""``dissection relate``: what relates units, for a dissection that was made without it."""

from typing import Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import (
    Batch,
    Device,
    DissectedModel,
    Folder,
    OtherFolder,
    Resume,
    SegmenterName,
    Shown,
)
from dissection.commands.reporting import reporting
from dissection.errors import BadInputError
from dissection.runtime.files import user_path
from dissection.runtime.processors import require_batch


def command(
    folder: Folder,
    model: DissectedModel = "",
    segmenter: SegmenterName = "storybook",
    size: Annotated[int, typer.Option(min=1, help="Images of the sample to measure over.")] = 1000,
    batch: Batch = 25,
    device: Device = "auto",
    out: OtherFolder = None,
    resume: Resume = False,
    progress: Shown = "tqdm",
) -> None:
    """Measure what relates the units of a dissection: similar units, lower exemplars, clarity.

    Precision-recall areas, exemplars from further down, peaks and counterexamples of detectors,
    correlations between units and the clarity of their exemplars are measured by dissect; this
    adds them to a dissection of a generator that was made before they were.

    Example: dissection relate church-dissection
    """
    from dissection.measurement.exemplars import made_again
    from dissection.measurement.relate import relate_units
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.precision import choose_device
    from dissection.models.segmenters.load import load_segmenter
    from dissection.results.store import (
        WORK_RELATE,
        can_hold_dissection,
        load_dissection,
        save_dissection,
    )
    from dissection.runtime.own_files import inner_folder
    from dissection.runtime.workspace import remove_work

    with reporting(progress) as report:
        require_batch(batch)
        where = choose_device(device)
        stored = load_dissection(folder)
        sample = stored.provenance.get("sample", {})
        if sample.get("kind") != "standard latents":
            raise BadInputError(
                f"The dissection of {stored.model} was made of "
                f"{sample.get('kind') or 'a sample not told'}, which is not here; dissect anew, "
                "which measures what relates units, too."
            )
        generator = load_generator(model or stored.model)
        dissection = load_dissection(folder, generator.digest)  # refuses another network's
        target = user_path(out or folder)
        can_hold_dissection(target)
        work = inner_folder(target, WORK_RELATE)
        related = relate_units(
            dissection,
            generator,
            made_again(dissection),
            load_segmenter(segmenter, str(where)),
            size=size,
            batch=batch,
            device=where,
            report=report,
            work=work,
            resume=resume,
            keep_work=True,
        )
        save_dissection(related, target)
        remove_work(work)
        report.result = {"dissection": str(target)}
    if not report.quiet:
        echo(f"{sum(p.shape[0] for p in related.values())} units related in {target}")
