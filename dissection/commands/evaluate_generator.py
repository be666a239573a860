"""``dissection evaluate generator``."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.held_out_scenes import held_out_scenes, write_figures
from dissection.commands.options import (
    Device,
    EvaluatedModel,
    FiguresFile,
    HeldOutCache,
    HeldOutCount,
    HeldOutDomain,
    Shown,
)
from dissection.commands.reporting import Reporter, reporting
from dissection.commands.targets import require_targets
from dissection.errors import BadInputError
from dissection.runtime.progress import Meter

if TYPE_CHECKING:
    from dissection.models.generators.progressive import ProgressiveGenerator
    from dissection.models.segmenters.storybook import StorybookSegmenter
    from dissection.statistics.coverage import Coverage
    from dissection.statistics.swd import PatchSample
    from dissection.training.picture_readings import PictureReadings
    from dissection.training.pictures import Pictures


def command(
    model: EvaluatedModel = "storybook-church",
    segmenter: Annotated[str, typer.Option(help="Name or file.")] = "storybook",
    domain: HeldOutDomain = "churches",
    count: HeldOutCount = 2000,
    size: Annotated[
        int, typer.Option(help="Size in px at which both are read; 0 is the generator's.")
    ] = 0,
    device: Device = "auto",
    cache: HeldOutCache = None,
    out: FiguresFile = None,
    progress: Shown = "tqdm",
) -> None:
    """Print the sliced Wasserstein distance to held-out scenes and the share of each concept.

    The distance (times 1000, at each level of a Laplacian pyramid; Karras et al. 2018, section 5)
    compares as many generated pictures as there are scenes. Real scenes against other real scenes
    give the floor. What the pictures show is read by the segmenter from both: the area of each
    concept, how frequent nights and snow are and how much building stands in them, and in the
    space of its deepest features precision and recall (Kynkäänniemi et al. 2019, 3 neighbors).
    Generators of different sizes are compared with the --size of the smaller one; scenes are
    painted at the generator's own (64 to 512 px), and made smaller as its pictures are.
    """
    from dissection.data.storybook.book import LARGEST, SMALLEST
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.precision import choose_device
    from dissection.models.segmenters.storybook import load_segmenter
    from dissection.statistics.coverage import NEIGHBORS, coverage
    from dissection.statistics.swd import sliced_wasserstein
    from dissection.training.quality import generated, histogram_gap

    with reporting(progress) as report:
        if count <= NEIGHBORS:
            raise BadInputError(f"--count must be at least {NEIGHBORS + 1}, not {count}.")
        require_targets(out, reads=[model, segmenter, cache])
        network = load_generator(model)
        judge = load_segmenter(segmenter)
        size, where = size or network.size, str(choose_device(device))
        # A size that cannot be is refused before scenes are painted.
        generated(network, 1, where, size)
        painted = max(size, min(max(network.size, SMALLEST), LARGEST))
        with held_out_scenes(domain, painted, 2 * count, cache, report) as pictures:
            (real, other, fake), patches = _readings(
                pictures, count, network, where, size, judge, report
            )
        meter = Meter(report, "comparing pictures", 4)
        swd = sliced_wasserstein(patches[0], patches[2])
        meter.step()
        floor = sliced_wasserstein(patches[0], patches[1])
        meter.step()
        covered = {"generated": coverage(real.features, fake.features)}
        meter.step()
        covered["real"] = coverage(real.features, other.features)
        meter.step()
        kinds = {"generated": fake.kinds(), "real": real.kinds()}
        objects = judge.vocabulary.of("object")
        gap = histogram_gap(real.shares[objects], fake.shares[objects])
        areas = {
            f"{concept.category}:{concept.name}": [
                *(float(read.shares[i]) for read in (fake, real)),
                *(float(read.errors[i]) for read in (fake, real)),
            ]
            for i, concept in enumerate(judge.vocabulary)
        }
        figures = {
            "swd": swd, "floor": floor, "object_gap": gap, "areas": areas, "count": count,
            "coverage": {which: pair._asdict() for which, pair in covered.items()},
            "kinds": {w: {n: asdict(k) for n, k in of.items()} for w, of in kinds.items()},
        }  # fmt: skip
        write_figures(out, figures)
        report.result = {"file": str(out)} if out else {"swd": swd["mean"], "object_gap": gap}
    if not report.quiet:
        _tell_distances(swd, floor, count)
        _tell_coverage(covered)
        _tell_kinds(fake, real)
        echo(f"object histogram, real against generated: {gap:.3f} apart (0 alike, 1 disjoint)")
        _tell_areas(areas)


def _readings(
    pictures: "Pictures",
    count: int,
    network: "ProgressiveGenerator",
    device: str,
    size: int,
    judge: "StorybookSegmenter",
    report: Reporter,
) -> tuple[list["PictureReadings"], list["PatchSample"]]:
    """What is read of scenes, other scenes and generated pictures, and their patches.

    Every picture is made once, for its patches and for what the segmenter reads from it.
    """
    from dissection.statistics.swd import PatchSample
    from dissection.training.picture_readings import read_pictures
    from dissection.training.quality import generated, pictured, sampled

    patches = [PatchSample() for _ in range(3)]
    batches = [
        pictured(pictures.images[:count], count, size),
        pictured(pictures.images[count:], count, size),
        generated(network, count, device, size),
    ]
    meter = Meter(report, "reading pictures", 3 * count)
    readings = [
        read_pictures(sampled(part, sample), judge, meter.step)
        for part, sample in zip(batches, patches, strict=True)
    ]
    return readings, patches


def _tell_distances(swd: Mapping[str, float], floor: Mapping[str, float], count: int) -> None:
    _row("sliced Wasserstein distance x 1000", "generated", "real (floor)")
    for level, value in swd.items():
        _row(f"  {_level(level)}", f"{value:.2f}", f"{floor[level]:.2f}")
    drowned = [_level(level) for level, value in swd.items() if floor[level] >= value]
    if drowned:
        echo(
            f"{count:,} pictures are too few: real scenes lie as far from real ones as generated "
            f"ones do ({', '.join(drowned)}); take a larger --count"
        )


def _level(level: str) -> str:
    return level if level == "mean" else f"{level} px"


def _tell_coverage(covered: Mapping[str, "Coverage"]) -> None:
    _row("precision and recall", "generated", "real (ceiling)")
    for name in ("precision", "recall"):
        _row(f"  {name}", *(f"{getattr(pair, name):.3f}" for pair in covered.values()))


def _tell_kinds(fake: "PictureReadings", real: "PictureReadings") -> None:
    _row("kinds of scenes", "generated", "real")
    of_both = fake.kinds(), real.kinds()
    for name in of_both[1]:
        both = [kinds[name] for kinds in of_both]
        _row(f"  {name}, % of the pictures", *(f"{100 * kind.share:.2f}" for kind in both))
        _row(f"  {name}, % building in them", *(f"{100 * kind.building:.2f}" for kind in both))


def _tell_areas(areas: Mapping[str, list[float]]) -> None:
    _row("share of the picture in %", "generated", "real")
    for key, (*shares, fake_error, real_error) in areas.items():
        if any(shares):
            category, _, name = key.partition(":")
            pairs = zip(shares, (fake_error, real_error), strict=True)
            texts = [f"{100 * share:.2f} ± {100 * error:.2f}" for share, error in pairs]
            _row(f"  {name} ({category})", *texts)


def _row(name: str, *values: str) -> None:
    echo(name.ljust(37) + "".join(value.rjust(16) for value in values))
