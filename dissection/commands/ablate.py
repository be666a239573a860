"""``dissection ablate``."""

import sys
from collections.abc import Iterator, Mapping
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dissection.commands.dissect_options import (
    Backend,
    CropSide,
    Fit,
    Forecast,
    Normalize,
    Workers,
)
from dissection.commands.echo import echo
from dissection.commands.options import Batch, Device, Resume, Shown, Threads, Weights, names_of
from dissection.commands.reporting import reporting
from dissection.errors import BadInputError

if TYPE_CHECKING:
    from dissection.interventions.ablation.result import Ablation
    from dissection.models.classifiers.load import Network
    from dissection.results.dissection import Dissection

#: Pictures that were left out are named up to so many; all are in the provenance.
_LISTED = 5


def command(
    model: Annotated[
        str,
        typer.Option(
            help="A bundled classifier, the file of one, torchvision:NAME, or "
            "package.module:factory."
        ),
    ],
    layer: Annotated[str, typer.Option(help="Layer whose units are taken out.")],
    train: Annotated[
        str,
        typer.Option(
            help="Folder with a folder of pictures for each class, or storybook:scenes (painted as "
            "they are needed): ranks the units."
        ),
    ],
    val: Annotated[str, typer.Option(help="The same of held-out pictures: judges them.")],
    out: Annotated[Path, typer.Option(help="Folder for the result.")],
    weights: Weights = None,
    classes_file: Annotated[
        Path | None,
        typer.Option(
            help="The network's classes in the order of its logits, one on each line; needed where "
            "folders are missing.",
            show_default="the folders, sorted",
        ),
    ] = None,
    replacement: Annotated[
        str,
        typer.Option(
            help="What a unit is set to: zero, as published; mean; other (its map on another "
            "picture)."
        ),
    ] = "zero",
    curves: Annotated[
        str,
        typer.Option(
            help="Classes, with commas, or all: followed from 1 unit taken out to all but 1."
        ),
    ] = "",
    draws: Annotated[
        int, typer.Option(help="Random sets of each size, to compare with the important ones.")
    ] = 10,
    effect_size: Annotated[
        int, typer.Option(help="Training pictures to trace gradients over; 0: none.")
    ] = 256,
    train_size: Annotated[
        int, typer.Option(help="Pictures of --train; 0: all, of scenes 40 of each class.")
    ] = 0,
    val_size: Annotated[
        int, typer.Option(help="Pictures of --val; 0: all, of scenes 25 of each class.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the choice of pictures and sets.")] = 1,
    crop: CropSide = 0,
    fit: Fit = "squeeze",
    normalize: Normalize = True,
    dissection: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the layer's dissection, for what units match in units.csv "
            "and units.html."
        ),
    ] = None,
    batch: Batch = 25,
    device: Device = "auto",
    memory: Annotated[float, typer.Option(help="GB for what is computed behind the layer.")] = 1.0,
    workers: Workers = 0,
    threads: Threads = 0,
    backend: Backend = "auto",
    forecast: Forecast = False,
    resume: Resume = False,
    progress: Shown = "tqdm",
) -> None:
    """Take units of a classifier's layer out, and count which classes it can no longer tell.

    Every unit alone, for every class, on the training pictures, which ranks them, and on the
    held-out ones; then each class's most important units, all but those, the most and the least
    important half, and random sets of the same sizes (Bau et al. 2020, figures 2, S4 and S5).

    The folder OUT then holds ablation.json and what it names, and units.csv, classes.csv and
    pairs.csv. While the job runs, OUT/work holds what is finished: --resume goes on from the last
    whole batch and gives the same bytes.

    Started by torchrun --nproc-per-node N -m dissection ablate ..., N processes share the pictures
    and come to the same numbers.
    """
    with reporting(progress) as report:
        from dissection.commands.ablation_forecast import BATCHES, tell_ablation_forecast
        from dissection.commands.samples import pictures_made
        from dissection.data.image_files import as_fit
        from dissection.experiments.classifiers import choose_classes, class_pictures_in
        from dissection.interventions.ablation.sweep import ablate
        from dissection.models.generators.precision import choose_device
        from dissection.results.store import load_dissection
        from dissection.runtime.distributed import own_device, processes
        from dissection.runtime.workspace import remove_work

        _require_numbers(
            memory, batch, train_size=train_size, val_size=val_size, crop=crop, workers=workers,
            threads=threads,
        )  # fmt: skip
        out, work = _prepared(out, threads)
        where = choose_device(device)
        network, digest = _classifier(model, weights, layer, normalize)
        dissected = load_dissection(dissection, digest) if dissection is not None else None
        if dissected is not None:
            dissected[layer]  # raises where it is not there
        names = _lines(classes_file) if classes_file else list(getattr(network, "classes", ()))
        timings: dict[str, float] = {}
        with processes(where.type == "cuda", backend) as merge:
            if merge.rank:
                report.be_silent()
            where = own_device(where)
            samples = ((train, train_size, False), (val, val_size, True))
            totals = [class_pictures_in(pictures, size, held) for pictures, size, held in samples]
            most = BATCHES * batch if forecast else max(totals)
            sources = [
                choose_classes(
                    network, pictures, min(total, most) if forecast else size, held, seed, crop,
                    as_fit(fit), workers, report,
                )
                for (pictures, size, held), total in zip(samples, totals, strict=True)
            ]  # fmt: skip
            listed = names or sorted({*sources[0].classes, *sources[1].classes})
            wanted = listed if names_of(curves) == ["all"] else names_of(curves)
            settings: dict[str, Any] = {
                "classes": names,
                "replacement": replacement,
                "curves": wanted,
                "draws": draws,
                "seed": seed,
                "batch": batch,
                "device": where,
                "memory": int(memory * 2**30),
            }
            if forecast:
                report.result = tell_ablation_forecast(
                    network, layer, sources, totals, effect_size, out, report, settings
                )
                return
            ablation = ablate(
                network.module,
                layer,
                *sources,
                **settings,
                effect_size=effect_size,
                report=report,
                work=work,
                resume=resume,
                keep_work=True,
                provenance={
                    "command": " ".join(["dissection", *sys.argv[1:]]),
                    "preprocessing": pictures_made(network, sources[0], normalize),
                },
                timings=timings,
                merge=merge,
            )
        if merge.rank:
            return
        _write(ablation, out, dissected, timings)
        remove_work(work)
        report.result = {"ablation": str(out)}
    if not report.quiet:
        for line in _told(ablation):
            echo(line)
        echo(f"The ablation is in {out}; units.csv, classes.csv and pairs.csv beside it")


def _require_numbers(memory: float, batch: int, **counts: int) -> None:
    """Raise a BadInputError for a number that is too low."""
    for name, value, least in (*((n, v, 0) for n, v in counts.items()), ("batch", batch, 1)):
        if value < least:
            option = name.replace("_", "-")
            raise BadInputError(f"--{option} {value} is below {least}; take {least} or more.")
    if not 0 < memory < inf:
        raise BadInputError(f"--memory {memory:g} leaves no room; take more than 0 GB.")


def _prepared(out: Path, threads: int) -> tuple[Path, Path]:
    """The folder for the result and the working folder in it; torch has its threads."""
    import torch

    from dissection.interventions.ablation.store import WORK, can_hold_ablation
    from dissection.runtime.allocator import keep_freed_memory
    from dissection.runtime.files import user_path
    from dissection.runtime.own_files import inner_folder

    out = user_path(out)
    can_hold_ablation(out)
    keep_freed_memory()
    if threads:
        torch.set_num_threads(threads)
    return out, inner_folder(out, WORK)


def _classifier(
    model: str, weights: Path | None, layer: str, normalize: bool
) -> tuple["Network", str]:
    """The network and its SHA-256, with everything checked that needs no pictures."""
    from dissection.models.classifiers.load import load_network
    from dissection.models.classifiers.transforms import takes_pictures
    from dissection.models.hooks import find_layer
    from dissection.models.weights.files import network_digest

    network = load_network(model, weights)
    if network.takes == "latents":
        raise BadInputError(
            f"{network.name} is a generator and has no classes; dissection check units changes "
            "units of generators."
        )
    find_layer(network.module, layer)
    if not network.takes and normalize:
        takes_pictures(network.module, network.preparation.normalization)
    return network, getattr(network.module, "digest", "") or network_digest(network.module)


def _write(
    ablation: "Ablation", out: Path, dissected: "Dissection | None", timings: Mapping[str, float]
) -> None:
    from dissection.interventions.ablation.store import save_ablation, write_beside
    from dissection.interventions.ablation.tables import write_csv
    from dissection.report.page import make_page

    save_ablation(ablation, out, timings)
    write_csv(ablation, out, dissected)
    if dissected is not None:
        page = make_page(ablation.into(dissected), layers=[ablation.layer])
        write_beside(out, {"units.html": page.encode("utf-8", "backslashreplace")})


def _told(ablation: "Ablation") -> Iterator[str]:
    """What a person is told at the end: first what did not go as asked."""
    from dissection.commands.notices import describe_layers

    yield from _skipped(ablation)
    yield from describe_layers(ablation.provenance["layers"])
    yield from summary_lines(ablation)


def summary_lines(ablation: "Ablation") -> Iterator[str]:
    """The paper's headline figures, of this ablation."""
    import numpy as np

    held = ablation.held_out
    yield (
        f"{ablation.layer} of {ablation.model}: {ablation.units} units, {len(ablation.classes)} "
        f"classes, {held.counts.sizes.sum()} held-out pictures; units set to "
        f"{ablation.provenance['replacement']}"
    )
    silent = int(ablation.silent.sum())
    if silent:
        yield f"{silent} units are silent: taking them out changed nothing on any picture"
    close = int(held.close.sum() + ablation.training.close.sum())
    decisions = len(held.close) * int(
        held.counts.sizes.sum() + ablation.training.counts.sizes.sum()
    )
    yield f"{close} of {decisions} decisions lie within rounding"
    yield f"{'':34}{'one class':>10}{'control':>10}{'all classes':>13}{'control':>10}"
    whole = held.baseline[~np.isnan(held.baseline)]
    yield f"{'whole network':34}{_mean(whole):>10}{'':10}{held.counts.plain[0]:>13.1%}"
    for kind in ablation.sets.kinds:
        if kind.startswith("random: "):
            continue
        balanced, plain = ablation.without(kind)
        control = ["", ""]
        if f"random: {kind}" in ablation.sets.kinds and len(ablation.control(kind)[1]):
            control = [_mean(part) for part in ablation.control(kind)]
        yield f"{kind:34}{_mean(balanced):>10}{control[0]:>10}{_mean(plain):>13}{control[1]:>10}"
    finite = ablation.correlation[np.isfinite(ablation.correlation)]
    if finite.size:
        yield f"{(finite < 0).mean():.1%} of the correlations of units with classes are negative"
    if ablation.agreement is not None and np.isfinite(ablation.agreement).any():
        yield (
            "rank correlation of what is lost with the gradient's estimate: "
            f"{np.nanmean(ablation.agreement):.2f}"
        )


def _mean(values: Any) -> str:
    import numpy as np

    there = values[~np.isnan(values)]
    return f"{there.mean():.1%}" if there.size else "-"


def _lines(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{path} cannot be read as a list of classes; name a text file with one on each line."
        ) from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def _skipped(ablation: "Ablation") -> Iterator[str]:
    """Pictures that were left out."""
    for sample in ("train", "held_out"):
        skipped = ablation.provenance[sample].get("skipped")
        if isinstance(skipped, dict) and skipped["count"]:
            few = "; ".join(skipped["files"][:_LISTED])
            more = ", and so on" if skipped["count"] > _LISTED else ""
            yield (f"{skipped['count']} pictures could not be used and were left out ({few}{more})")
