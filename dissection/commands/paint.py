"""``dissection paint``: the edit that the window makes, without a window."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from dissection.brushes import MeasuredBrush, find_brush
from dissection.edits import Edit, Mode, Stroke
from dissection.errors import BadInputError, UnknownNameError
from dissection.masks import disc

_GRAMMAR = "[category:]concept:mode:X,Y,R, such as tree:draw:40,80,12, or restore:X,Y,R"


def command(
    out: Annotated[Path, typer.Option(help="The PNG file to write.")],
    stroke: Annotated[
        list[str],
        typer.Option(
            help="[category:]concept:mode:X,Y,R with mode draw or erase, or restore:X,Y,R; X, Y "
            "and radius R in picture pixels from the top left corner. Give it again for further "
            "strokes, which go on top."
        ),
    ],
    model: Annotated[
        str, typer.Option(help="A bundled model's name, or the path of a generator's file.")
    ] = "storybook-church",
    seed: Annotated[int, typer.Option(help="The row of the standard latents.")] = 0,
    before_after: Annotated[
        bool, typer.Option("--before-after", help="Write the unedited picture to its left.")
    ] = False,
    dissection: Annotated[
        Path | None,
        typer.Option(help="Folder of the model's dissection; a bundled model has its own."),
    ] = None,
    units: Annotated[
        int | None,
        typer.Option(min=1, help="Units of a brush, with --order iou or effect; 20 unless said."),
    ] = None,
    order: Annotated[
        str,
        typer.Option(
            help="How a brush's units are chosen: by iou, by effect, or best: the order, layer and "
            "number that did most for the concept on held-out pictures."
        ),
    ] = "best",
    layer: Annotated[str | None, typer.Option(help="Take the units from this layer alone.")] = None,
    device: Annotated[str, typer.Option(help="auto, cuda, mps or cpu.")] = "auto",
) -> None:
    """Paint concepts into a picture, or out of it.

    Each stroke is a round dab of a brush: a concept's own units, forced to
    their level (draw) or to zero (erase). The PNG carries the recipe, from
    which the same pixels can be made again.

    Example: dissection paint --seed 4 --stroke tree:draw:24,90,16
    --stroke door:erase:64,100,10 --before-after --out out.png
    """
    from dissection.generators.checkpoints import load_generator
    from dissection.generators.renderer import Renderer
    from dissection.images import contact_sheet, write_picture
    from dissection.latents import standard
    from dissection.recipe import KEYWORD, Recipe
    from dissection.store import load_dissection

    if units is not None and order == "best":
        raise BadInputError(
            "With --order best each brush has the number of units that did most; "
            "give --order iou or --order effect with --units."
        )
    generator = load_generator(model)
    stored = load_dissection(dissection or _bundled_dissection(generator.name), generator.digest)
    brushes = stored.brushes(k=units or 20, order=order, layer=layer)
    used: dict[str, MeasuredBrush] = {}

    def brush(name: str) -> MeasuredBrush:
        return used.setdefault(name, find_brush(brushes, name))

    edit = Edit(tuple(parse_stroke(text, generator.size, brush) for text in stroke))
    renderer = Renderer(generator, device, "float32")
    renderer.set_latent(standard([seed], generator.depth))
    picture = renderer.render(edit, exact=True)
    if before_after:
        picture = contact_sheet([renderer.render(exact=True), picture], columns=2)
    recipe = Recipe(model, generator.digest, seed, edit)
    write_picture(out, picture, {KEYWORD: recipe.to_text()})
    for name, chosen in used.items():
        count = sum(len(part.units) for part in chosen.brush.layers.values())
        typer.echo(f"{name}: {count} units of {chosen.layer}, by {chosen.order}")
        if chosen.weak:
            typer.echo(f"{name}: {chosen.weak}", err=True)
    typer.echo(f"seed {seed} of {generator.name} with {len(stroke)} strokes in {out}")


def parse_stroke(text: str, size: int, brush: Callable[[str], MeasuredBrush]) -> Stroke:
    """A stroke as it is written on the command line.

    Args:
        text: ``[category:]concept:mode:X,Y,R``, or ``restore:X,Y,R``.
        size: width and height of the picture, pixels.
        brush: finds the brush of a concept by ``name`` or ``category:name``.

    Raises:
        BadInputError: the text does not follow the grammar, or the disc misses the picture.
        UnknownNameError: from ``brush``.
    """
    what, _, numbers = text.rpartition(":")
    name, _, word = what.rpartition(":")
    try:
        mode = Mode(word.strip())
        x, y, radius = (float(number) for number in numbers.split(","))
    except ValueError:
        raise BadInputError(f"A stroke is written {_GRAMMAR}; '{text}' is not.") from None
    if not name and mode != Mode.RESTORE:
        raise BadInputError(f"The stroke '{text}' names no concept to {mode}; write {_GRAMMAR}.")
    mask = disc((size, size), x, y, radius)
    if not mask.any():
        raise BadInputError(f"The stroke '{text}' lies outside of the picture of {size} px.")
    return Stroke(mask, None if mode == Mode.RESTORE else brush(name.strip()).brush, mode)


def _bundled_dissection(model: str) -> Path:
    from dissection.bundled import resource

    try:
        return resource(f"dissections/{model}")
    except UnknownNameError:
        raise UnknownNameError(
            f"No dissection of '{model}' is bundled; name the folder of one with --dissection."
        ) from None
