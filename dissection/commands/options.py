"""Options that several commands have, said once: their names, and what their help says."""

from pathlib import Path
from typing import Annotated

import typer

Folder = Annotated[Path, typer.Argument(help="Folder of a dissection.")]
#: Of a network that is dissected.
Model = Annotated[
    str,
    typer.Option(
        help="A bundled generator or classifier, the file of one or of a published Places365 "
        "classifier, torchvision:NAME, or package.module:factory."
    ),
]
#: Of a network that was dissected.
DissectedModel = Annotated[
    str, typer.Option("--model", help="The generator's name or file [the dissection's own].")
]
Weights = Annotated[
    Path | None, typer.Option(help="File of weights for torchvision:NAME or a factory.")
]
SegmenterName = Annotated[
    str, typer.Option("--segmenter", help="What tells concepts apart; the one of the dissection.")
]
#: Of a dissection that is there already.
Layers = Annotated[str, typer.Option(help="Layers, with commas [all of the dissection].")]
Size = Annotated[int, typer.Option(help="Latents.")]
Seed = Annotated[int, typer.Option(help="Seed of the latents; not the dissection's.")]
Batch = Annotated[int, typer.Option(help="Pictures in one pass; halved if memory runs out.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Precision = Annotated[str, typer.Option(help="auto, float32 or bfloat16.")]
Threads = Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")]
Interpretable = Annotated[
    float, typer.Option(help="A unit counts as matching a concept above this IoU.")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with a job that was stopped or killed.")
]
Shown = Annotated[
    str, typer.Option("--progress", help="tqdm (a bar), json (lines on stdout) or none.")
]


def names_of(text: str) -> list[str]:
    """Names written with commas: ``layer4, layer5``."""
    return [name.strip() for name in text.split(",") if name.strip()]
