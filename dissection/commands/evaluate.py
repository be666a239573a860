"""``dissection evaluate segmenter|generator|classifier``: how good the networks that ship are."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from tqdm import tqdm

from dissection.commands import evaluate_classifier
from dissection.commands.echo import echo
from dissection.commands.reporting import reporting
from dissection.errors import BadInputError

if TYPE_CHECKING:
    from dissection.training.pictures import Pictures

app = typer.Typer(help="Measure how good a network is on held-out scenes.")

Domain = Annotated[str, typer.Option(help="Storybook domain of the held-out scenes.")]
Count = Annotated[int, typer.Option(help="Held-out scenes.")]
Json = Annotated[Path | None, typer.Option("--json", help="Write the figures to this file too.")]
Cache = Annotated[Path | None, typer.Option(help="Folder that keeps painted scenes [a new one].")]


@app.command("segmenter")
def segmenter(
    model: Annotated[str, typer.Option(help="Bundled name or file.")] = "storybook",
    domain: Domain = "churches",
    count: Count = 500,
    size: Annotated[
        int, typer.Option(help="Size in px of the scenes and their labels; 0: the segmenter's.")
    ] = 0,
    cache: Cache = None,
    out: Json = None,
) -> None:
    """Print the IoU of every concept on held-out scenes, clean and degraded, and the speed.

    Held-out scenes have layouts that no training run uses. "Degraded" adds the blur, noise, color
    and resampling that training uses, with other random numbers.
    """
    import torch

    from dissection.models.segmenters.storybook import load_segmenter
    from dissection.training.degrade import degrade
    from dissection.training.segmenter import concept_ious, mean_iou

    network = load_segmenter(model)
    with _held_out(domain, size or network.size, count, cache) as pictures:
        chance = torch.Generator().manual_seed(2)
        clean = concept_ious(network, pictures)
        rough = concept_ious(network, pictures, lambda x: degrade(x, chance))
        for category, ious in clean.items():
            echo(f"{category} (mean IoU)".ljust(24) + "clean".rjust(8) + "degraded".rjust(10))
            means = mean_iou(ious), mean_iou(rough[category])
            echo("  all".ljust(24) + f"{means[0]:8.3f}{means[1]:10.3f}")
            for name, iou in sorted(ious.items(), key=lambda item: -item[1]):
                echo(f"  {name}".ljust(24) + f"{iou:8.3f}{rough[category].get(name, 0):10.3f}")
        batch = torch.from_numpy(pictures.images[:16].copy()).permute(0, 3, 1, 2) / 127.5 - 1
        network.segment(batch)
        start, shown = time.perf_counter(), 0
        while time.perf_counter() - start < 3:
            shown += len(network.segment(batch))
        rate = shown / (time.perf_counter() - start)
        threads = torch.get_num_threads()
        echo(f"{rate:.0f} images/s at {network.size} px, float32, {threads} CPU threads")
        if out:
            figures = {"clean": clean, "degraded": rough, "images_per_second": rate}
            _write(out, figures)


@app.command("generator")
def generator(
    model: Annotated[str, typer.Option(help="Bundled name or file.")] = "storybook-church",
    segmenter_name: Annotated[str, typer.Option("--segmenter", help="Name or file.")] = "storybook",
    domain: Domain = "churches",
    count: Count = 2000,
    size: Annotated[
        int, typer.Option(help="Size in px at which both are read; 0 is the generator's.")
    ] = 0,
    device: Annotated[str, typer.Option(help="Of the generator: cpu, cuda or auto.")] = "auto",
    cache: Cache = None,
    out: Json = None,
) -> None:
    """Print the sliced Wasserstein distance to held-out scenes and the share of each concept.

    The distance (times 1000, at each level of a Laplacian pyramid; Karras et al. 2018, section 5)
    compares as many generated pictures as there are scenes. Real scenes against other real scenes
    give the floor. What the pictures show is read by the segmenter from both: the area of each
    concept, how frequent nights and snow are and how much building stands in them, and in the
    space of its deepest features precision and recall (Kynkäänniemi et al. 2019, 3 neighbors).
    Generators of different sizes are compared with the --size of the smaller one.
    """
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.precision import choose_device
    from dissection.models.segmenters.storybook import load_segmenter
    from dissection.statistics.coverage import NEIGHBORS, coverage
    from dissection.statistics.swd import PatchSample, sliced_wasserstein
    from dissection.training.picture_readings import read_pictures
    from dissection.training.quality import generated, histogram_gap, pictured, sampled

    if count <= NEIGHBORS:
        raise BadInputError(f"--count must be at least {NEIGHBORS + 1}, not {count}.")
    network = load_generator(model)
    judge = load_segmenter(segmenter_name)
    size, where = size or network.size, str(choose_device(device))
    generated(network, 1, where, size)  # a size that cannot be is refused before scenes are painted
    with (
        _held_out(domain, size, 2 * count, cache) as pictures,
        tqdm(desc="pictures", unit="", total=3 * count) as bar,
    ):

        def advance(images: int) -> None:
            bar.update(images)

        first, second = pictures.images[:count], pictures.images[count:]
        # Every picture is made once, for its patches and for what the segmenter reads from it.
        patches = [PatchSample() for _ in range(3)]
        batches = [
            pictured(first, count), pictured(second, count), generated(network, count, where, size)
        ]  # fmt: skip
        real, other, fake = (
            read_pictures(sampled(part, sample), judge, advance)
            for part, sample in zip(batches, patches, strict=True)
        )
    swd = sliced_wasserstein(patches[0], patches[2])
    floor = sliced_wasserstein(patches[0], patches[1])
    covered = {
        "generated": coverage(real.features, fake.features),
        "real": coverage(real.features, other.features),
    }
    objects = judge.vocabulary.of("object")
    gap = histogram_gap(real.shares[objects], fake.shares[objects])
    _say("sliced Wasserstein distance x 1000", "generated", "real (floor)")
    for level, value in swd.items():
        name = level if level == "mean" else f"{level} px"
        _say(f"  {name}", f"{value:.2f}", f"{floor[level]:.2f}")
    drowned = [level for level, value in swd.items() if floor[level] >= value]
    if drowned:
        levels = ", ".join(level if level == "mean" else f"{level} px" for level in drowned)
        echo(
            f"{count:,} pictures are too few: real scenes lie as far from real ones as generated "
            f"ones do ({levels}); take a larger --count"
        )
    _say("precision and recall", "generated", "real (ceiling)")
    for name in ("precision", "recall"):
        _say(f"  {name}", *(f"{getattr(covered[which], name):.3f}" for which in covered))
    _say("kinds of scenes", "generated", "real")
    kinds = {"generated": fake.kinds(), "real": real.kinds()}
    for name in kinds["real"]:
        both = [kinds[which][name] for which in kinds]
        _say(f"  {name}, % of the pictures", *(f"{100 * kind.share:.2f}" for kind in both))
        _say(f"  {name}, % building in them", *(f"{100 * kind.building:.2f}" for kind in both))
    echo(f"object histogram, real against generated: {gap:.3f} apart (0 alike, 1 disjoint)")
    _say("share of the picture in %", "generated", "real")
    shares = {}
    for i, concept in enumerate(judge.vocabulary):
        both_shares = [float(read.shares[i]) for read in (fake, real)]
        errors = [float(read.errors[i]) for read in (fake, real)]
        shares[f"{concept.category}:{concept.name}"] = [*both_shares, *errors]
        if any(both_shares):
            pairs = zip(both_shares, errors, strict=True)
            texts = [f"{100 * share:.2f} ± {100 * error:.2f}" for share, error in pairs]
            _say(f"  {concept.name} ({concept.category})", *texts)
    if out:
        told = {
            "swd": swd, "floor": floor, "object_gap": gap, "areas": shares, "count": count,
            "coverage": {which: pair._asdict() for which, pair in covered.items()},
            "kinds": {w: {n: asdict(k) for n, k in of.items()} for w, of in kinds.items()},
        }  # fmt: skip
        _write(out, told)


def _say(name: str, *values: str) -> None:
    echo(name.ljust(37) + "".join(value.rjust(16) for value in values))


app.command("classifier")(evaluate_classifier.command)


@contextmanager
def _held_out(domain: str, size: int, count: int, cache: Path | None) -> Iterator["Pictures"]:
    """Held-out scenes with labels, painted into a cache folder or one that goes again."""
    from dissection.training.pictures import HELD_OUT, open_pictures

    with TemporaryDirectory(prefix="dissection-held-out-") as fresh:
        folder = cache or Path(fresh)
        with reporting("tqdm") as report:
            painted = report.counter("held-out scenes")
            pictures = open_pictures(f"storybook:{domain}", size, count, folder, painted, HELD_OUT)
        yield pictures


def _write(path: Path, figures: object) -> None:
    from dissection.runtime.files import write_text

    write_text(path, json.dumps(figures, indent=1))
