"""``dissection paint``: the edit that the window makes, without a window."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from dissection.commands.echo import echo
from dissection.commands.options import BrushOrder, BrushUnits, Device, Shown
from dissection.commands.paint_targets import PaintTargets, write_painted
from dissection.commands.reporting import reporting
from dissection.errors import BadInputError, UnknownNameError
from dissection.painting.edits import Stroke
from dissection.painting.history import Painted, UnitChoice
from dissection.painting.movie import MovieSettings
from dissection.painting.serialize import LARGEST_BOOST
from dissection.painting.stroke_text import parse_stroke
from dissection.results.brushes import MeasuredBrush, find_brush, require_brush_order


def command(
    out: Annotated[
        Path | None, typer.Option(help="The PNG file to write; not needed with --movie.")
    ] = None,
    stroke: Annotated[
        list[str] | None,
        typer.Option(
            help="[CATEGORY:]CONCEPT:MODE:X,Y,R with MODE draw or erase, or restore:X,Y,R; X, Y "
            "and radius R in picture pixels from the top left corner. Give it again for further "
            "strokes, which go on top."
        ),
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option(
            help="Render a project (.ganpaint) or a picture saved by ganpaint instead of --stroke."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A bundled model's name, or the path of a generator's file; storybook-church, or "
            "the project's own, unless said."
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            help="The row of the standard latents; 0, or the scene that the project shows, "
            "unless said."
        ),
    ] = None,
    before_after: Annotated[
        bool, typer.Option("--before-after", help="Write the unedited picture to its left.")
    ] = False,
    dissection: Annotated[
        Path | None,
        typer.Option(help="Folder of the model's dissection; a bundled model has its own."),
    ] = None,
    units: BrushUnits = None,
    order: BrushOrder = "best",
    layer: Annotated[
        str | None,
        typer.Option(help="Take the units from this layer alone, or from several: layer4+layer5."),
    ] = None,
    boost: Annotated[
        float | None,
        typer.Option(
            help="What the units' levels are multiplied by; unless said, what did most on held-out "
            "pictures."
        ),
    ] = None,
    device: Device = "auto",
    movie: Annotated[
        Path | None,
        typer.Option(help="Write the edit growing stroke by stroke, as .gif, .mp4 or .webm."),
    ] = None,
    fps: Annotated[
        int | None, typer.Option(help="Frames a second of the movie.", show_default="12")
    ] = None,
    side: Annotated[
        int | None,
        typer.Option(help="Width of the movie in px; 256 or the picture's own unless said."),
    ] = None,
    stroke_seconds: Annotated[
        float | None,
        typer.Option(help="How long a stroke of the movie takes to come in.", show_default="0.75"),
    ] = None,
    hold: Annotated[
        float | None,
        typer.Option(
            help="Seconds for which the movie's first and last picture stay.", show_default="1.0"
        ),
    ] = None,
    progress: Shown = "tqdm",
) -> None:
    """Paint concepts into a picture, or out of it.

    Each stroke is a round dab of a brush: a concept's own units, forced to
    their level (draw) or to zero (erase). The PNG carries the recipe, from
    which the same pixels can be made again. With --project the strokes are
    those of a scene that was painted in the window. With --movie they come in
    one after the other.

    Example: dissection paint --seed 4 --stroke tree:draw:24,90,16
    --stroke door:erase:64,100,10 --before-after --out out.png

    Example: dissection paint --project church.ganpaint --out church.png

    Example: dissection paint --project church.ganpaint --movie church.gif
    """
    with reporting(progress) as report:
        if out is None and movie is None:
            raise BadInputError("Say where the picture goes with --out, or the movie with --movie.")
        settings = _movie_settings(
            movie, fps=fps, side=side, stroke_seconds=stroke_seconds, hold_seconds=hold
        )
        if out is None and before_after:
            raise BadInputError("--before-after is of a picture; name its file with --out.")
        targets = PaintTargets(out, before_after, movie, settings, device, report)
        if project is not None:
            given = (stroke, units, layer, boost, dissection)
            if any(option is not None for option in given) or order != "best":
                raise BadInputError(
                    "A project brings its own strokes and brushes; leave --stroke, --units, "
                    "--order, --layer, --boost and --dissection out."
                )
            targets.require_writable([project, model])
            _paint_project(project, targets, model, seed)
        else:
            if boost is not None and not 0 < boost <= LARGEST_BOOST:
                raise BadInputError(
                    f"--boost is above 0 and at most {LARGEST_BOOST:g}, not {boost:g}."
                )
            if not stroke:
                raise BadInputError("There is nothing to paint; give --stroke, or --project.")
            targets.require_writable([model or "storybook-church", dissection])
            brushes = _Brushes(dissection, units, order, layer, boost)
            _paint_strokes(stroke, targets, model or "storybook-church", seed or 0, brushes)
        report.result = {"files": [str(path) for path in (out, movie) if path]}


def _movie_settings(movie: Path | None, **said: float | None) -> MovieSettings:
    """How the movie looks; refuses what was said of one that is not asked for."""
    given: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    if given and movie is None:
        option = next(iter(given)).replace("hold_seconds", "hold").replace("_", "-")
        raise BadInputError(f"--{option} goes with --movie; name that as well, or leave it out.")
    return MovieSettings(**given)


@dataclass(frozen=True)
class _Brushes:
    """Which brushes strokes are painted with."""

    dissection: Path | None
    units: int | None
    order: str
    layer: str | None
    boost: float | None


def _paint_strokes(
    strokes: list[str], targets: PaintTargets, model: str, seed: int, chosen: _Brushes
) -> None:
    from dissection.data.latents import standard
    from dissection.models.generators.checkpoints import load_generator
    from dissection.painting.recipe import Recipe
    from dissection.results.store import load_dissection

    generator = load_generator(model)
    folder = chosen.dissection or _bundled_dissection(generator.name)
    stored = load_dissection(folder, generator.digest)
    ranked = require_brush_order(chosen.order)
    brushes = stored.brushes(k=chosen.units, order=ranked, layer=chosen.layer, boost=chosen.boost)
    used: dict[str, MeasuredBrush] = {}

    def brush(name: str) -> MeasuredBrush:
        return used.setdefault(name, find_brush(brushes, name))

    history = tuple(
        _painted(parse_stroke(text, generator.size, brush), used.values()) for text in strokes
    )
    recipe = Recipe.of_history(model, generator.digest, seed, history)
    write_painted(targets, generator, recipe, standard([seed], generator.depth)[0])
    for name, found in used.items():
        raised = f", levels x {found.boost:g}" if found.boost != 1 else ""
        targets.tell(
            f"{name}: {found.brush.units} units of {found.layer}, by {found.order}{raised}"
        )
        if found.weak:
            echo(f"{name}: {found.weak}", err=True)
    targets.tell(f"seed {seed} of {generator.name} with {len(strokes)} strokes in {targets}")


def _paint_project(path: Path, targets: PaintTargets, model: str | None, seed: int | None) -> None:
    from dissection.data.latents import latent_of
    from dissection.models.generators.checkpoints import load_generator
    from dissection.painting.project import read_project
    from dissection.painting.recipe import Recipe

    project = read_project(path)
    scene = project.scene if seed is None else project.at(seed)
    generator = load_generator(model or scene.model)
    if scene.network not in ("", generator.digest):
        raise BadInputError(
            f"{path} was painted with {Path(scene.model).name}, SHA-256 {scene.network[:12]}, and "
            f"{model or scene.model} has {generator.digest[:12]}; name the generator that it was "
            "painted with by --model."
        )
    for missing in project.left_out:
        echo(f"{path} is damaged: {missing} could not be read and were left out.", err=True)
    latent = scene.latent
    if latent is None:
        latent = latent_of(scene.seed, generator.depth, scene.blend)
    recipe = Recipe.of_history(
        model or scene.model, generator.digest, scene.seed, scene.history, scene.blend, latent
    )
    write_painted(targets, generator, recipe, latent)
    count = len(recipe.edit.strokes)
    targets.tell(f"seed {scene.seed} of {generator.name} with {count} strokes in {targets}")


def _painted(stroke: Stroke, brushes: Iterable[MeasuredBrush]) -> Painted:
    """The stroke as the history holds it: with where its units come from."""
    chosen = next((b for b in brushes if stroke.brush is b.brush), None)
    if chosen is None:
        return Painted(stroke)
    return Painted(stroke, choice=UnitChoice(chosen.order, chosen.k, boost=chosen.boost))


def _bundled_dissection(model: str) -> Path:
    from dissection.runtime.resources import resource

    try:
        return resource(f"dissections/{model}")
    except UnknownNameError:
        raise UnknownNameError(
            f"No dissection of '{model}' is bundled; name the folder of one with --dissection."
        ) from None
