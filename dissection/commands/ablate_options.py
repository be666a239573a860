"""The options of ``dissection ablate`` alone."""

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[
    str,
    typer.Option(
        help="A bundled classifier, the file of one, torchvision:NAME, or package.module:factory."
    ),
]
Layer = Annotated[str, typer.Option(help="Layer whose units are taken out.")]
Train = Annotated[
    str,
    typer.Option(
        help="Folder with a folder of pictures for each class, or storybook:scenes (painted as "
        "they are needed): ranks the units."
    ),
]
Val = Annotated[str, typer.Option(help="The same of held-out pictures: judges them.")]
Out = Annotated[Path, typer.Option(help="Folder for the result.")]
ClassesFile = Annotated[
    Path | None,
    typer.Option(
        help="The network's classes in the order of its logits, one on each line; needed where "
        "folders are missing.",
        show_default="the folders, sorted",
    ),
]
Replacement = Annotated[
    str,
    typer.Option(
        help="What a unit is set to: zero, as published; mean; other (its map on another picture)."
    ),
]
Curves = Annotated[
    str,
    typer.Option(help="Classes, with commas, or all: followed from 1 unit taken out to all but 1."),
]
Draws = Annotated[
    int, typer.Option(help="Random sets of each size, to compare with the important ones.")
]
EffectSize = Annotated[
    int, typer.Option(help="Training pictures to trace gradients over; 0: none.")
]
TrainSize = Annotated[
    int, typer.Option(help="Pictures of --train; 0: all, of scenes 40 of each class.")
]
ValSize = Annotated[
    int, typer.Option(help="Pictures of --val; 0: all, of scenes 25 of each class.")
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the choice of pictures and sets.")]
LayersDissection = Annotated[
    Path | None,
    typer.Option(
        "--dissection",
        help="Folder of the layer's dissection, for what units match in units.csv and units.html.",
    ),
]
Memory = Annotated[float, typer.Option(help="GB for what is computed behind the layer.")]
