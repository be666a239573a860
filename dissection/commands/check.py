"""``dissection check units|effect``: whether units do what a dissection says of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dissection.commands.check_tables import agreement_table, intervention_table
from dissection.commands.echo import echo
from dissection.commands.options import (
    Batch,
    Device,
    DissectedModel,
    Folder,
    Layers,
    Level,
    Precision,
    Resume,
    Seed,
    SegmenterName,
    Shown,
    Size,
    names_of,
)
from dissection.commands.reporting import Reporter, reporting
from dissection.commands.targets import require_targets
from dissection.errors import BadInputError
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection
from dissection.runtime.processors import require_batch

if TYPE_CHECKING:
    from dissection.measurement.job import Job
    from dissection.models.passes import Passes

app = typer.Typer(help="Change a generator's units, and count what that does to its pictures.")

#: The dissections' own samples begin with seeds 1 to 3.
SEED = 4

Out = Annotated[Path | None, typer.Option(help="Write the figures to this JSON file, too.")]
Work = Annotated[Path | None, typer.Option(help="Folder that keeps what is counted, for --resume.")]


@dataclass(frozen=True)
class _Setting:
    """What every check is given."""

    folder: Path
    model: str
    segmenter: str
    layers: str
    size: int
    seed: int
    batch: int
    device: str
    precision: str
    work: Path | None
    resume: bool
    report: Reporter


@app.command("units")
def units(
    folder: Folder,
    model: DissectedModel = "",
    segmenter: SegmenterName = "storybook",
    layers: Layers = "",
    erase: Annotated[str, typer.Option(help="Concept to take away everywhere.")] = "tree",
    keep: Annotated[str, typer.Option(help="Concept that should stay elsewhere.")] = "building",
    insert: Annotated[str, typer.Option(help="Concept to put in at one cell.")] = "door",
    home: Annotated[str, typer.Option(help="Where that belongs.")] = "building",
    foreign: Annotated[str, typer.Option(help="Where it does not.")] = "sky",
    number: Annotated[int, typer.Option("--units", "-k", help="Units to change.")] = 20,
    share: Annotated[
        float, typer.Option(help="And this share of the layer's units, as 20 of 512 are.")
    ] = 0.04,
    orders: Annotated[
        str, typer.Option(help="iou, effect, best (the brush that measured best).")
    ] = "iou,effect,best",
    level: Level = "",
    cells: Annotated[int, typer.Option(help="Cells to try in each picture, of either kind.")] = 1,
    size: Size = 1000,
    seed: Seed = SEED,
    batch: Batch = 25,
    device: Device = "auto",
    precision: Precision = "auto",
    out: Out = None,
    work: Work = None,
    resume: Resume = False,
    progress: Shown = "tqdm",
) -> None:
    """Zero a concept's units everywhere, force another one's on at one cell, and count pixels.

    The interventions of Bau et al. 2020, figure 4, for every layer, on latents that the
    dissection has not seen. fell: share of the concept's pixels that go. changed: net change of
    the other concept outside of the former areas of the first; moved: lost and gained added up;
    revealed: share of the former areas where it comes to light. home, foreign: pixels gained for
    each cell where the inserted concept belongs and where it does not.
    """
    from dissection.interventions.plan import (
        InterventionPlan,
        passing,
        require_brush_orders,
        selections,
    )
    from dissection.interventions.run import intervene

    with reporting(progress) as report:
        setting = _Setting(
            folder, model, segmenter, layers, size, seed, batch, device, precision, work, resume,
            report,
        )  # fmt: skip
        require_targets(out, reads=[folder, model, segmenter])
        dissection = load_dissection(folder)
        find = dissection.vocabulary.find
        plan = InterventionPlan(find(erase), find(keep), find(insert), find(home), find(foreign))
        names = _layers(dissection, layers)
        wanted = require_brush_orders(names_of(orders))
        erasing, inserting = (
            selections(dissection, concept, names, wanted, number, share, level or None)
            for concept in (plan.erased, plan.inserted)
        )
        if cells < 1:
            raise BadInputError(f"--cells {cells} leaves nothing to try; take at least 1.")
        decides = {
            "check": "units",
            "concepts": [erase, keep, insert, home, foreign],
            "orders": wanted,
            "units": number,
            "share": share,
            "level": level,
            "cells": cells,
        }
        with _job(setting, dissection, decides) as (job, passes):
            findings = intervene(job, passes, dissection, plan, erasing, inserting, cells, seed)
        if not report.quiet:
            for line in intervention_table(plan, findings):
                echo(line)
        if out:
            report.result = {"file": str(out)}
            reached = passing(findings)
            _write(out, dissection, setting, decides, {**findings.to_json(), "passed": reached})


@app.command("effect")
def effect(
    folder: Folder,
    model: DissectedModel = "",
    segmenter: SegmenterName = "storybook",
    layers: Layers = "",
    number: Annotated[
        int, typer.Option("--units", "-k", help="Units of each layer, drawn at random; 0: all.")
    ] = 0,
    least_area: Annotated[
        float, typer.Option(help="Concepts with a smaller share of the pictures are left out.")
    ] = 0.005,
    concepts: Annotated[
        bool, typer.Option("--concepts", help="Print the figures of each concept, too.")
    ] = False,
    size: Size = 32,
    seed: Seed = SEED,
    batch: Batch = 32,
    device: Device = "auto",
    precision: Precision = "auto",
    out: Out = None,
    work: Work = None,
    resume: Resume = False,
    progress: Shown = "tqdm",
) -> None:
    """Zero single units, and compare what each takes away with its effect, by rank.

    Spearman's rank correlation over the units of a layer, for every concept with enough area, on
    latents that the dissection has not seen; the IoU's beside it. "first 20" is the share of what
    the best 20 units take away, each alone, that the first 20 of the order take away. All 1,968
    units of a bundled generator with 16 latents are 31,500 pictures: with --work DIR a run that
    was stopped goes on with --resume.
    """
    import numpy as np

    from dissection.interventions.agreement import agreements, by_layer
    from dissection.interventions.single_units import measure_units

    with reporting(progress) as report:
        setting = _Setting(
            folder, model, segmenter, layers, size, seed, batch, device, precision, work, resume,
            report,
        )  # fmt: skip
        require_targets(out, reads=[folder, model, segmenter])
        if number < 0:
            raise BadInputError(f"--units {number} is below 0; take 0, for all, or more.")
        if not 0 <= least_area <= 1:
            raise BadInputError(
                f"--least-area is a share of the pictures from 0 to 1, not {least_area:g}."
            )
        dissection = load_dissection(folder)
        chosen: dict[str, list[int]] = {}
        for name in _layers(dissection, layers):
            count = dissection[name].shape[0]
            drawn = np.random.default_rng(seed).permutation(count)[: number or count]
            chosen[name] = sorted(drawn.tolist())
        decides = {"check": "effect", "units": number}
        with _job(setting, dissection, decides) as (job, passes):
            measured = measure_units(job, passes, chosen, len(dissection.vocabulary))
            precision = passes.precision
        compared = agreements(dissection, measured, least_area)
        layers_found = by_layer(compared)
        if not report.quiet:
            for line in agreement_table(compared, layers_found, concepts):
                echo(line)
        if out:
            report.result = {"file": str(out)}
            figures = {
                "precision": precision,
                "least_area": least_area,
                "layers": [layer.to_json() for layer in layers_found],
                "found": [agreement.to_json() for agreement in compared],
            }
            _write(out, dissection, setting, decides, figures)


def _layers(dissection: Dissection, text: str) -> list[str]:
    """The layers asked for in the order of the network, or all."""
    asked = names_of(text)
    for name in asked:
        dissection[name]  # raises where there is none
    return [name for name in dissection.layers if not asked or name in asked]


@contextmanager
def _job(
    setting: _Setting, dissection: Dissection, decides: dict[str, Any]
) -> Iterator[tuple["Job", "Passes"]]:
    """What to run, with everything checked and loaded; its working folder goes when it is done."""
    from dissection.data.sources import Latents
    from dissection.measurement.job import Job
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.precision import choose_device
    from dissection.models.passes import resumed_passes
    from dissection.models.segmenters.load import load_segmenter
    from dissection.runtime.allocator import keep_freed_memory
    from dissection.runtime.workspace import Workspace

    if setting.size < 1:
        raise BadInputError(f"A check takes at least 1 latent, not --size {setting.size}.")
    require_batch(setting.batch)
    if setting.seed == dissection.provenance.get("sample", {}).get("seed"):
        raise BadInputError(
            f"The units were measured on the latents of seed {setting.seed}; check them on those "
            "of another one."
        )
    if setting.resume and setting.work is None:
        raise BadInputError("--resume goes on with the job in a folder; name it with --work.")
    keep_freed_memory()
    where = choose_device(setting.device)
    generator = load_generator(setting.model or dissection.model).to(where)
    dissection.require_network(generator.digest)
    segmenter = load_segmenter(setting.segmenter, str(where))
    if segmenter.vocabulary != dissection.vocabulary:
        raise BadInputError(
            f"The segmenter {setting.segmenter} sees other concepts than the one of the "
            f"dissection, {dissection.segmenter_name}; take that one."
        )
    source = Latents.of_seed(setting.size, generator.depth, setting.seed)
    settings = {
        **decides,
        "network": generator.digest,
        "dissection": dissection.provenance,
        "segmenter": segmenter.digest,
        "layers": _layers(dissection, setting.layers),
        "sample": source.provenance,
        "batch": setting.batch,
    }
    work = Workspace(setting.work, settings, setting.resume)
    finished = False
    try:
        passes = resumed_passes(generator, where, setting.precision, work)
        grid = dissection.label_grid()
        yield (
            Job(
                network=generator,
                source=source,
                segmenter=segmenter,
                grid=grid,
                batch=setting.batch,
                device=where,
                work=work,
                report=setting.report,
            ),
            passes,
        )
        finished = True
    finally:
        work.close(remove=finished)


def _write(
    path: Path,
    dissection: Dissection,
    setting: _Setting,
    decides: dict[str, Any],
    figures: dict[str, Any],
) -> None:
    from dissection.runtime.files import write_text

    told = {
        "network": dissection.network,
        "model": dissection.model,
        "size": setting.size,
        "seed": setting.seed,
        **decides,
        **figures,
    }
    write_text(path, json.dumps(told, indent=1) + "\n")
