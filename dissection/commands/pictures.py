"""``dissection pictures``: the pictures of a dissection's concepts taken anew."""

from dissection.commands.echo import echo
from dissection.commands.options import (
    Device,
    DissectedModel,
    Folder,
    OtherFolder,
    SegmenterName,
    Shown,
)
from dissection.commands.reporting import reporting
from dissection.commands.targets import require_folder
from dissection.errors import BadInputError
from dissection.runtime.files import user_path


def command(
    folder: Folder,
    model: DissectedModel = "",
    segmenter: SegmenterName = "storybook",
    device: Device = "auto",
    out: OtherFolder = None,
    progress: Shown = "tqdm",
) -> None:
    """Take the pictures of a generator's concepts anew; nothing is measured again.

    Example: dissection pictures church-dissection
    """
    with reporting(progress) as report:
        from dissection.measurement.concept_pictures import retake_pictures
        from dissection.models.generators.checkpoints import load_generator
        from dissection.models.generators.precision import choose_device
        from dissection.models.segmenters.load import load_segmenter
        from dissection.results.store import can_hold_dissection, load_dissection, save_dissection

        target = user_path(out or folder)
        stored = load_dissection(folder)
        sample = stored.provenance.get("sample", {})
        if sample.get("kind") != "standard latents":
            raise BadInputError(
                f"{folder} is not of a sample of standard latents, so that its pictures cannot be "
                "made again; dissect the network again for other pictures."
            )
        where = choose_device(device)
        generator = load_generator(model or stored.model)
        dissection = load_dissection(folder, generator.digest)  # refuses another network's
        judge = load_segmenter(segmenter, where)
        dissection.require_segmenter(judge.digest, judge.vocabulary)
        can_hold_dissection(target)
        require_folder(target)
        retaken = retake_pictures(dissection, generator.to(where).eval(), judge, report)
        save_dissection(retaken, target)
        report.result = {"dissection": str(target)}
    if not report.quiet:
        echo(f"{len(retaken.pictures)} pictures of concepts in {target}")
