"""``dissection dissect``."""

import sys
from collections.abc import Iterator, Mapping
from math import inf
from pathlib import Path
from typing import Annotated, Any

import typer

from dissection.commands.reporting import reporting
from dissection.commands.summary import count_lines
from dissection.errors import BadInputError
from dissection.results.interpretable import INTERPRETABLE, require_threshold

#: The held-out latents of the strengths are those of this seed, or the next if it was dissected.
HELD_OUT_SEED = 2
#: Pictures that were left out are named up to so many; all are in the provenance.
_LISTED = 5


def command(
    layers: Annotated[
        str,
        typer.Option(
            help="Layers to measure, with commas: layer4,layer5. Of a layer that runs several "
            "times in a pass the last use is measured."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the dissection.")],
    model: Annotated[
        str,
        typer.Option(
            help="A bundled generator, the file of a generator or of a published Places365 "
            "classifier, torchvision:NAME, or package.module:factory."
        ),
    ] = "storybook-church",
    weights: Annotated[
        Path | None, typer.Option(help="File of weights for torchvision:NAME or a factory.")
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(help="Folder of pictures, or of a folder for each class, for classifiers."),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(
            help="Labelled pictures, for classifiers, in place of --images and --segmenter: "
            "broden:FOLDER (Broden's layout); maps:FOLDER (images/, PNG maps in object/, part/ ... "
            "or labels/, and names.txt); storybook:churches (scenes with exact labels, painted as "
            "they are needed)."
        ),
    ] = None,
    split: Annotated[
        str | None,
        typer.Option(
            help="Images of broden:FOLDER to take: train, val or test.", show_default="all"
        ),
    ] = None,
    ignore: Annotated[
        int | None,
        typer.Option(
            help="Value of the pixels in maps:FOLDER that nobody labelled; -1: there is none.",
            show_default="255",
        ),
    ] = None,
    segmenter: Annotated[
        str | None,
        typer.Option(
            help="What tells concepts apart: storybook, storybook+colors+halves, netpqc, a path, "
            "package.module:Name.",
            show_default="storybook",
        ),
    ] = None,
    size: Annotated[int, typer.Option(help="Latents or pictures to measure.")] = 1000,
    seed: Annotated[
        int,
        typer.Option(
            help="Seed of the standard latents, or of the choice of pictures; of Storybook's "
            "labelled scenes the first layout."
        ),
    ] = 1,
    crop: Annotated[
        int, typer.Option(help="Pixels of a side of the pictures; 0: as the network was trained.")
    ] = 0,
    fit: Annotated[
        str,
        typer.Option(
            help="squeeze makes pictures square, as published; cover keeps their proportions."
        ),
    ] = "squeeze",
    normalise: Annotated[
        bool,
        typer.Option(
            help="Pictures reach your own classifier as ImageNet's, or as they are, -1 to 1."
        ),
    ] = True,
    quantile: Annotated[
        float, typer.Option(help="Share of positions at or below a unit's level.")
    ] = 0.99,
    grid: Annotated[
        int, typer.Option(help="Width of the measuring grid; 0: 64, and 56 for classifiers.")
    ] = 0,
    centres: Annotated[
        str,
        typer.Option(
            help="Where a classifier's cells lie: even, receptive (its fields' middles), or auto: "
            "receptive where unpadded layers lie before them."
        ),
    ] = "auto",
    channels: Annotated[
        str,
        typer.Option(
            help="Where the units of these layers' maps lie: first (N, C, h, w), last (N, h, w, C) "
            "as in Swin and ConvNeXt, or auto: what the network says."
        ),
    ] = "auto",
    effect_size: Annotated[
        int | None,
        typer.Option(
            help="Latents or pictures to trace effects over, on concepts or classes; 0 leaves them "
            "out, as it is for classifiers unless said.",
            show_default="256, or 0 for classifiers",
        ),
    ] = None,
    strength_size: Annotated[
        int, typer.Option(help="Held-out latents the best brushes are tried on; 0 leaves it out.")
    ] = 32,
    exemplars: Annotated[int, typer.Option(help="Best images to keep of each unit.")] = 5,
    pictures: Annotated[
        str,
        typer.Option(
            help="Store pictures of the units of these layers, with commas; those of others are "
            "made when they are looked at."
        ),
    ] = "",
    interpretable: Annotated[
        float, typer.Option(help="A unit counts as matching a concept above this IoU.")
    ] = INTERPRETABLE,
    batch: Annotated[
        int, typer.Option(help="Pictures in one pass; halved if memory runs out.")
    ] = 25,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")] = "auto",
    dtype: Annotated[
        str, typer.Option(help="What is sampled in: float32, bfloat16 or float16.")
    ] = "float32",
    precision: Annotated[
        str, typer.Option(help="Of effects and trials: auto, float32 or bfloat16.")
    ] = "auto",
    memory: Annotated[float, typer.Option(help="GB of maps to keep at a time, on disk.")] = 8.0,
    workers: Annotated[
        int, typer.Option(help="Processes that load pictures and labels, or paint them; 0: none.")
    ] = 0,
    threads: Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")] = 0,
    backend: Annotated[
        str,
        typer.Option(
            help="How processes started by torchrun talk: gloo, nccl, or auto: nccl where each has "
            "a GPU of its own."
        ),
    ] = "auto",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a job that was stopped or killed.")
    ] = False,
    progress: Annotated[
        str, typer.Option(help="tqdm (a bar), json (lines on stdout) or none.")
    ] = "tqdm",
) -> None:
    """Measure which units of a network match which concepts, and what brushes of them do.

    Generators make their pictures of latents; classifiers look at those of a folder. Where people
    have labelled the pictures, --labels takes their word in place of a segmenter's; pixels that
    nobody labelled count in neither intersection nor union.

    The folder OUT then holds dissection.json and what it names, for the window, dissection
    brushes and load_dissection. While the job runs, OUT/work holds what is finished:
    --resume goes on from the last whole batch and gives the same numbers.

    Started by torchrun --nproc-per-node N -m dissection dissect ..., N processes share the sample
    and come to the same numbers; the first one tries the brushes and writes.
    """
    import torch

    from dissection.commands.labels import choose_labels, require_labels_alone
    from dissection.commands.samples import choose_source, require_fit
    from dissection.data.sources import Latents, Source
    from dissection.interventions.brush_trials import StrengthSettings
    from dissection.models.classifiers.load import load_network
    from dissection.models.classifiers.transforms import takes_pictures
    from dissection.models.generators.precision import choose_device
    from dissection.models.hooks import find_layer
    from dissection.models.segmenters.load import load_segmenter
    from dissection.pipeline import dissect
    from dissection.results.store import WORK, can_hold_dissection, save_dissection
    from dissection.runtime.allocator import keep_freed_memory
    from dissection.runtime.distributed import own_device, processes
    from dissection.runtime.files import user_path
    from dissection.runtime.own_files import inner_folder
    from dissection.runtime.workspace import remove_work

    out = user_path(out)
    can_hold_dissection(out)
    work = inner_folder(out, WORK)
    if size < 1:
        raise BadInputError(f"--size {size} leaves nothing to measure; take at least 1.")
    _require_counts(
        {"crop": crop, "threads": threads, "strength-size": strength_size, "workers": workers}
    )
    if not 0 <= memory < inf:
        raise BadInputError(f"--memory {memory:g} is no number of GB; take 0 or more.")
    require_threshold(interpretable)
    keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
    where = choose_device(device)
    network = load_network(model, weights)
    require_labels_alone(network, labels, images, segmenter, fit, split, ignore)
    if labels is None:
        require_fit(network, images)
    names = [name.strip() for name in layers.split(",") if name.strip()]
    for name in names:
        find_layer(network.module, name)
    strength = None
    pictured = images is not None or labels is not None
    if strength_size and not pictured:
        held_out = HELD_OUT_SEED if seed != HELD_OUT_SEED else HELD_OUT_SEED + 1
        pool = Latents.of_seed(8 * strength_size, network.depth, held_out)
        strength = StrengthSettings(pool, strength_size)
    timings: dict[str, float] = {}
    with (
        processes(where.type == "cuda", backend) as merge,
        reporting("none" if merge.rank else progress) as report,
    ):
        where = own_device(where)
        source: Source
        if labels is None:
            source = choose_source(network, images, size, seed, crop, fit, workers, report)
        else:
            source = choose_labels(
                network, labels, size, seed, crop, split, ignore, workers, report
            )
        if pictured and not network.takes and normalise:
            takes_pictures(network.module)
        dissection = dissect(
            network.module,
            names,
            source,
            load_segmenter(segmenter or "storybook", str(where)) if labels is None else None,
            grid=grid or None,
            quantile=quantile,
            batch=batch,
            device=where,
            dtype=dtype,
            centres=centres,
            channels=channels,
            exemplars=exemplars,
            pictures=[name.strip() for name in pictures.split(",") if name.strip()],
            effect_size=(256 if source.generates else 0) if effect_size is None else effect_size,
            strength=strength,
            precision=precision,
            report=report,
            work=work,
            resume=resume,
            keep_work=True,
            memory=int(memory * 2**30),
            provenance={"command": _command_line()},
            timings=timings,
            merge=merge,
        )
    if merge.rank:
        return
    save_dissection(dissection, out, timings)
    remove_work(work)
    if progress != "json":
        for line in _warnings(source.provenance, dissection.provenance):
            typer.echo(line)
        for line in count_lines(dissection, interpretable):
            typer.echo(line)
        typer.echo(
            f"The dissection is in {out}; see dissection summary {out} and dissection brushes {out}"
        )


def _require_counts(options: Mapping[str, int]) -> None:
    for option, value in options.items():
        if value < 0:
            raise BadInputError(f"--{option} {value} is below 0; take 0 or more.")


def _warnings(sample: dict[str, Any], provenance: Mapping[str, Any]) -> Iterator[str]:
    """What did not go as asked: layers read in a way of their own, pictures left out, batches."""
    from dissection.measurement.layer_readings import describe_layers

    yield from describe_layers(provenance.get("layers", {}))
    skipped = sample.get("skipped")
    if isinstance(skipped, dict) and skipped["count"]:
        few = "; ".join(skipped["files"][:_LISTED])
        more = ", and so on" if skipped["count"] > _LISTED else ""
        yield f"{skipped['count']} pictures could not be used and were left out ({few}{more})"
    for halved in provenance["batch"]["halved"]:
        how = f"on the {halved['device']}" if "device" in halved else ""
        how = how or f"with batches of {halved['batch']}"
        yield f"Out of memory while {halved['stage']}: went on {how}"


def _command_line() -> str:
    """The command as typed, without the machine's own folders."""
    return " ".join(["dissection", *sys.argv[1:]])
