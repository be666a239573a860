"""``dissection ablate``."""

import sys
from collections.abc import Mapping
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dissection.commands import ablate_options as own
from dissection.commands.ablation_summary import told
from dissection.commands.echo import echo
from dissection.commands.options import (
    Backend,
    Batch,
    CropSide,
    Device,
    Fit,
    Forecast,
    Normalize,
    Resume,
    Shown,
    Threads,
    Weights,
    Workers,
    names_of,
)
from dissection.commands.reporting import reporting
from dissection.errors import BadInputError
from dissection.runtime.processors import require_workers
from dissection.runtime.progress import Meter

if TYPE_CHECKING:
    from dissection.interventions.ablation.result import Ablation
    from dissection.models.classifiers.load import Network
    from dissection.results.dissection import Dissection
    from dissection.runtime.choices import Fit as Choice

#: Bytes of a list of classes.
_LARGEST_LIST = 16 << 20


def command(
    model: own.Model,
    layer: own.Layer,
    train: own.Train,
    val: own.Val,
    out: own.Out,
    weights: Weights = None,
    classes_file: own.ClassesFile = None,
    replacement: own.Replacement = "zero",
    curves: own.Curves = "",
    draws: own.Draws = 10,
    effect_size: own.EffectSize = 256,
    train_size: own.TrainSize = 0,
    val_size: own.ValSize = 0,
    seed: own.Seed = 1,
    crop: CropSide = 0,
    fit: Fit = "squeeze",
    normalize: Normalize = True,
    dissection: own.LayersDissection = None,
    batch: Batch = 25,
    device: Device = "auto",
    memory: own.Memory = 1.0,
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
        meter = Meter(report, "loading", 3)
        from dissection.commands.ablation_forecast import BATCHES, tell_ablation_forecast
        from dissection.commands.samples import pictures_made
        from dissection.experiments.classifiers import choose_classes, class_pictures_in
        from dissection.interventions.ablation.sweep import ablate
        from dissection.models.generators.precision import choose_device
        from dissection.runtime.distributed import own_device, processes
        from dissection.runtime.workspace import remove_work

        _require_numbers(
            memory, batch, workers, train_size=train_size, val_size=val_size, crop=crop
        )
        cut = _fit(fit, train, val)
        out, work = _prepared(out, threads)
        where = choose_device(device)
        meter.step()
        network, digest = _classifier(model, weights, layer, normalize)
        meter.step()
        dissected = _dissected(dissection, digest, layer)
        names = _lines(classes_file) if classes_file else list(getattr(network, "classes", ()))
        timings: dict[str, float] = {}
        with processes(where.type == "cuda", backend) as merge:
            if merge.rank:
                report.be_silent()
            where = own_device(where)
            samples = ((train, train_size, False), (val, val_size, True))
            totals = [class_pictures_in(pictures, size, held) for pictures, size, held in samples]
            meter.step()
            most = BATCHES * batch if forecast else max(totals)
            sources = [
                choose_classes(
                    network, pictures, min(total, most) if forecast else size, held, seed, crop,
                    cut, workers, report,
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
        for line in told(ablation):
            echo(line)
        echo(f"The ablation is in {out}; units.csv, classes.csv and pairs.csv beside it")


def _require_numbers(memory: float, batch: int, workers: int, **counts: int) -> None:
    """Raise a BadInputError for a number that cannot be."""
    require_workers(workers)
    for name, value, least in (*((n, v, 0) for n, v in counts.items()), ("batch", batch, 1)):
        if value < least:
            option = name.replace("_", "-")
            raise BadInputError(f"--{option} {value} is below {least}; take {least} or more.")
    if not 0 < memory < inf:
        raise BadInputError(f"--memory {memory:g} leaves no room; take more than 0 GB.")


def _fit(fit: str, train: str, val: str) -> "Choice":
    """How pictures become square; refused where none has proportions that could be kept."""
    from dissection.data.image_files import as_fit

    found = as_fit(fit)
    if found != "squeeze" and all(sample.startswith("storybook:") for sample in (train, val)):
        raise BadInputError(f"Storybook's scenes are painted square; leave out --fit {fit}.")
    return found


def _dissected(folder: Path | None, digest: str, layer: str) -> "Dissection | None":
    """The dissection that tells what units match, if one is named."""
    from dissection.results.store import load_dissection

    if folder is None:
        return None
    found = load_dissection(folder, digest)
    found[layer]  # raises where it is not there
    return found


def _prepared(out: Path, threads: int) -> tuple[Path, Path]:
    """The folder for the result and the working folder in it; torch has its threads."""
    from dissection.interventions.ablation.store import WORK, can_hold_ablation
    from dissection.runtime.allocator import keep_freed_memory
    from dissection.runtime.files import user_path
    from dissection.runtime.own_files import inner_folder
    from dissection.runtime.processors import use_threads

    out = user_path(out)
    can_hold_ablation(out)
    keep_freed_memory()
    use_threads(threads)
    return out, inner_folder(out, WORK)


def _classifier(
    model: str, weights: Path | None, layer: str, normalize: bool
) -> tuple["Network", str]:
    """The network and its SHA-256, with everything checked that needs no pictures."""
    from dissection.commands.samples import require_normalizable
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
    require_normalizable(network, normalize)
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


def _lines(path: Path) -> list[str]:
    from dissection.runtime.files import user_path
    from dissection.runtime.reading import read_ordinary

    try:
        text = read_ordinary(user_path(path), _LARGEST_LIST).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise BadInputError(
            f"{path} cannot be read as a list of classes; name a text file with one on each line."
        ) from error
    return [line.strip() for line in text.splitlines() if line.strip()]
