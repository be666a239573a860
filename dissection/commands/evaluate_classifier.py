"""``dissection evaluate classifier``."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from dissection.commands.echo import echo
from dissection.commands.options import (
    ClassData,
    Device,
    EvaluatedModel,
    FiguresFile,
    HeldOutCache,
    HeldOutCount,
    Shown,
)
from dissection.commands.reporting import reporting
from dissection.commands.targets import require_targets
from dissection.errors import BadInputError
from dissection.runtime.progress import Meter

if TYPE_CHECKING:
    from dissection.training.classes import ClassPictures
    from dissection.training.classifier_quality import Quality

_MISTAKES = 15


def command(
    model: EvaluatedModel = "storybook-scenes",
    data: ClassData = "storybook:scenes",
    count: HeldOutCount = 2040,
    device: Device = "auto",
    cache: HeldOutCache = None,
    out: FiguresFile = None,
    progress: Shown = "tqdm",
) -> None:
    """Print the share of held-out pictures that a classifier tells rightly, over all and by class.

    Held-out scenes have layouts that no training run uses; of a folder, all pictures are taken.
    The most frequent mistakes follow, and with --json the whole confusion matrix.
    """
    from dissection.models.classifiers.load import load_network
    from dissection.models.generators.precision import choose_device
    from dissection.runtime.files import write_text
    from dissection.training.classes import every_picture, held_out_scenes
    from dissection.training.classifier_quality import predicted, quality

    with reporting(progress) as report:
        if count < 1:
            raise BadInputError(f"--count must be at least 1, not {count}.")
        require_targets(out, reads=[model, data, cache])
        network = load_network(model)
        if network.takes != "pictures":
            raise BadInputError(f"{model} is no classifier; name one with --model.")
        with (
            reporting(progress) as report,
            TemporaryDirectory(prefix="dissection-held-out-") as fresh,
        ):
            folder, painted = cache or Path(fresh), report.counter("held-out pictures")
            if data.startswith("storybook:"):
                pictures = held_out_scenes(data, network.size, count, folder, painted)
            else:
                pictures = every_picture(data, network.size, folder, painted)
            _same_classes(model, network.classes, pictures)
            meter = Meter(report, "telling classes", len(pictures))
            where = str(choose_device(device))
            said = predicted(network.module, pictures, where, tick=meter.step)
            found = quality(said, pictures)
            figures = {
                "model": model,
                "data": pictures.source,
                "pictures": len(said),
                "accuracy": found.accuracy,
                "recall": found.recall,
                "classes": list(found.classes),
                "confusion": found.confusion.tolist(),
            }
            if out:
                write_text(out, json.dumps(figures, indent=1))
            report.result = {"accuracy": found.accuracy, "recall": found.recall}
    if not report.quiet:
        _tell(found)


def _same_classes(model: str, classes: tuple[str, ...], pictures: "ClassPictures") -> None:
    if not classes or classes == pictures.classes:
        return
    strange = [name for name in pictures.classes if name not in classes]
    what = f"'{strange[0]}' is none of them" if strange else "some of them have no pictures"
    raise BadInputError(
        f"{model} tells {len(classes)} classes apart, from {classes[0]} to {classes[-1]}, and in "
        f"{pictures.source} {what}; name the data it was trained for with --data."
    )


def _tell(found: "Quality") -> None:
    total = int(found.confusion.sum())
    echo(f"{found.accuracy:.1%} of {total:,} held-out pictures told rightly")
    echo("class".ljust(24) + "told rightly".rjust(14))
    for name, recall in sorted(found.recall.items(), key=lambda item: -item[1]):
        echo(f"  {name}".ljust(24) + f"{recall:14.1%}")
    echo("most frequent mistakes")
    for true, said, share in found.mistaken(_MISTAKES):
        echo(f"  {true}".ljust(24) + f"as {said}".ljust(28) + f"{share:8.1%}")
