"""``dissection gallery``: which scenes of a generator the window shows first."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import Device, Generator, Shown
from dissection.commands.reporting import reporting
from dissection.commands.targets import require_targets
from dissection.errors import BadInputError
from dissection.runtime.progress import Meter

if TYPE_CHECKING:
    from dissection.data.galleries import SceneStatistics
    from dissection.models.generators.folded import FoldedGenerator
    from dissection.models.segmenters.base import Segmenter

_BATCH = 25


def command(
    model: Generator = "storybook-church",
    count: Annotated[int, typer.Option(min=1, help="Scenes to choose.")] = 24,
    seeds: Annotated[
        str, typer.Option(help="Rows of the standard latents to choose from.")
    ] = "0-1999",
    segmenter: Annotated[
        str, typer.Option(help="What tells concepts apart, as in dissection dissect.")
    ] = "storybook",
    out: Annotated[
        Path | None,
        typer.Option(
            help="The file to write; a bundled model's own unless said. In the folder of a "
            "dissection it is called gallery.json."
        ),
    ] = None,
    device: Device = "auto",
    progress: Shown = "tqdm",
) -> None:
    """Choose the scenes that the window shows first: clear, rich in objects, all different.

    The pictures of all seeds are segmented. Those that the segmenter doubts or
    in which it finds few objects are left out; of the others each next scene
    is the one that differs most from those before it. Beside them, those that
    show most of each concept are kept, for who looks for it.

    Example: dissection gallery --model storybook-church --count 24
    """
    from dissection.data.galleries import SUFFIX, Gallery, choose, exhibits, richest, save_gallery
    from dissection.data.latents import parse_rows
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.precision import choose_device, fold_for_speed
    from dissection.models.segmenters.load import load_segmenter
    from dissection.runtime.files import make_folder
    from dissection.runtime.resources import bundled_models, resources_folder

    with reporting(progress) as report:
        if out is None:
            if model not in bundled_models():
                raise BadInputError(
                    f"{model} is not bundled; say where its gallery goes with --out, best as "
                    "gallery.json in the folder of its dissection."
                )
            folder = resources_folder() / "galleries"
            out = make_folder(folder) / f"{model}{SUFFIX}"
        rows = sorted(set(parse_rows(seeds)))
        if count > len(rows):
            raise BadInputError(
                f"{count} scenes cannot be chosen from {len(rows)} seeds; name more."
            )
        require_targets(out, reads=[model, segmenter])
        generator = load_generator(model)
        chosen_device = choose_device(device)
        network = fold_for_speed(generator, chosen_device, "float32")
        reader = load_segmenter(segmenter, chosen_device)
        names = [concept.name for concept in reader.vocabulary]
        provenance = {
            "command": f"dissection gallery --model {model} --count {count} --seeds {seeds} "
            f"--segmenter {segmenter}",
            "segmenter": {"name": type(reader).__name__, "digest": reader.digest},
            "sample": {"kind": "standard latents", "seed": 1, "size": len(rows)},
        }
        meter = Meter(report, "looking at scenes", len(rows))
        scenes = _look(network, reader, rows, generator.depth, meter)
        chosen = exhibits(scenes, choose(scenes, count), names)
        much = richest(scenes, names)
        save_gallery(out, Gallery(generator.name, generator.digest, chosen, provenance, much))
        report.result = {"gallery": str(out)}
    if report.quiet:
        return
    for exhibit in chosen:
        seen_in_it = ", ".join(exhibit.objects)
        echo(f"{exhibit.seed:5d}  {exhibit.confidence:.3f}  {seen_in_it}")
    echo(f"{count} of {len(rows)} scenes of {generator.name} in {out}")


def _look(
    network: "FoldedGenerator", segmenter: "Segmenter", rows: list[int], depth: int, meter: Meter
) -> "SceneStatistics":
    """Render and segment the scenes of some rows."""
    import numpy as np
    import torch

    from dissection.data.galleries import SceneStatistics
    from dissection.data.images import from_bytes
    from dissection.data.latents import standard
    from dissection.models.segmenters.base import SoftSegmenter

    vocabulary = segmenter.vocabulary
    areas = np.zeros((len(rows), len(vocabulary)))
    confidence = np.ones(len(rows))
    for start in range(0, len(rows), _BATCH):
        part = rows[start : start + _BATCH]
        pictures = np.stack(list(network.pictures(standard(part, depth))))
        images = from_bytes(torch.from_numpy(pictures).to(network.device))
        maps = segmenter.segment(images)
        pixels = maps.shape[2] * maps.shape[3]
        for place, one in enumerate(maps.flatten(1).cpu().numpy(), start):
            areas[place] = np.bincount(one, minlength=len(vocabulary)) / pixels
        if isinstance(segmenter, SoftSegmenter):
            with torch.inference_mode():
                sure = segmenter.probabilities(images)
                named = segmenter.segment(images, sure.shape[-1])
                found = sure.gather(1, named)
            confidence[start : start + len(part)] = [
                float(p[n > 0].mean()) if bool((n > 0).any()) else 0.0
                for p, n in zip(found, named, strict=True)
            ]
        meter.step(len(part))
    areas[:, 0] = 0
    return SceneStatistics(rows, areas, confidence, vocabulary.of("object"))
