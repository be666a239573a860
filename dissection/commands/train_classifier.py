"""``dissection train classifier``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import (
    ClassData,
    ResultFile,
    RunFolder,
    SaveEvery,
    Shown,
    Steps,
    Threads,
    TrainingBatch,
    TrainingCache,
    TrainingDevice,
    TrainingSeed,
    numbers_of,
)
from dissection.commands.reporting import START_AGAIN, reporting
from dissection.commands.targets import require_result
from dissection.errors import BadInputError
from dissection.training.bounds import require_counts, require_rate

if TYPE_CHECKING:
    from torch import Tensor


def command(
    out: RunFolder,
    data: ClassData = "storybook:scenes",
    plan: Annotated[str, typer.Option(help="vgg (VGG-16's layers), alexnet or resnet.")] = "vgg",
    size: Annotated[int, typer.Option(help="Width and height of the pictures in px.")] = 128,
    units: Annotated[str, typer.Option(help="Units of each stage [The plan's own].")] = "",
    dense: Annotated[int, typer.Option(help="Units of fc6 and fc7.")] = 256,
    count: Annotated[
        int, typer.Option(help="Scenes to paint; a folder gives all it has.")
    ] = 51_000,
    held_out: Annotated[int, typer.Option(help="Scenes held out, for the learning curve.")] = 1020,
    steps: Steps = 4000,
    batch: TrainingBatch = 128,
    rate: Annotated[float, typer.Option(help="Peak learning rate.")] = 2e-3,
    start: Annotated[
        str, typer.Option(help="Classifier (name or file) to fine-tune, of the same plan.")
    ] = "",
    snapshots: Annotated[int, typer.Option(help="Networks kept on the way, last one too.")] = 8,
    seed: TrainingSeed = 0,
    cache: TrainingCache = None,
    device: TrainingDevice = "auto",
    threads: Threads = 0,
    save_every: SaveEvery = 200,
    result: ResultFile = None,
    progress: Shown = "tqdm",
) -> None:
    """Train a classifier of scenes or of your own pictures; killed or stopped runs go on.

    The folder OUT holds state.pt, settings.json, log.jsonl, snapshots/ and at the end
    classifier.safetensors, with weights in 8 bits and the published layers' names (vgg:
    features.conv1_1 to classifier.fc8a). "dissection evaluate classifier" says how good it is.
    """
    with reporting(progress) as report:
        require_counts(steps=steps, batch=batch, snapshots=snapshots, size=size, dense=dense)
        require_rate(rate)
        if batch < 2:
            raise BadInputError("--batch must be at least 2: normalization takes several pictures.")

        from dissection.models.classifiers.plans import Plan, default_units
        from dissection.models.classifiers.trained import save_classifier
        from dissection.models.generators.precision import choose_device
        from dissection.runtime.allocator import keep_freed_memory
        from dissection.runtime.files import file_digest
        from dissection.runtime.processors import use_threads
        from dissection.training.classes import class_pictures
        from dissection.training.classifier import ClassifierSettings, train_classifier
        from dissection.training.classifier_quality import accuracy, predicted
        from dissection.training.run_folder import (
            CLASSIFIER,
            PICTURES,
            require_run_folder,
        )

        keep_freed_memory()
        use_threads(threads)
        where = str(choose_device(device))
        own = numbers_of(units, "units") if units else tuple(default_units(plan))
        Plan(plan, own, dense, size, 2)  # what cannot be is refused before scenes are painted
        require_run_folder(out)
        require_result(result, out, CLASSIFIER, [start, data, cache])
        weights, digest = None, ""
        if start:
            weights, file = _weights(start)
            digest = file_digest(file)
        painted = report.counter("pictures")
        pictures, held = class_pictures(
            data, size, count, held_out, cache or out / PICTURES, painted
        )
        layers = (plan, own, dense, size, len(pictures.classes))
        settings = ClassifierSettings(
            layers, steps, batch, rate,
            snapshots=snapshots, seed=seed, start=digest, data=pictures.source,
        )  # fmt: skip
        advance = report.counter("classifier", " steps")
        run = train_classifier(
            settings, pictures, held, out,
            start=weights, device=where, save_every=save_every, stop=report.stop,
            progress=lambda done, loss: advance(done, steps, f"loss {loss:.3f}"),
        )  # fmt: skip
        target = result or out / CLASSIFIER
        network = run.classifier()
        found = accuracy(predicted(network, held, where), held.targets)
        notes = {
            "data": pictures.source,
            "steps": str(run.step_number),
            "batch": str(batch),
            "accuracy": f"{found:.4f}",
        }
        save_classifier(network.cpu(), run.plan, pictures.classes, target, notes)
        told = (
            f"{run.step_number:,} of {steps:,} steps done; {found:.1%} of {len(held):,} held-out "
            f"pictures told rightly; classifier in {target}"
        )
        if run.step_number < steps:
            report.exit_unfinished(f"stopped; {told}; {START_AGAIN}")
        report.result = {"done": steps, "accuracy": found, "classifier": str(target)}
    if not report.quiet:
        echo(told)


def _weights(start: str) -> "tuple[dict[str, Tensor], Path]":
    """Weights by name of a classifier, and its file."""
    from dissection.models.classifiers.load import load_network
    from dissection.runtime.model_names import find_model

    network, file = load_network(start), find_model(start).path
    if network.takes != "pictures" or file is None:
        raise BadInputError(f"--start {start} is no file of a classifier; name one to fine-tune.")
    return network.module.state_dict(), file
