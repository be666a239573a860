"""Options that several commands have, said once: their names, and what their help says.

What one command alone has stands in it, or beside it where it is much: ``dissect_options``,
``ablate_options``.
"""

from pathlib import Path
from typing import Annotated

import typer

from dissection.errors import BadInputError

# Of a network -------------------------------------------------------------------------------------

#: Of a network that is dissected.
Model = Annotated[
    str,
    typer.Option(
        help="A bundled generator or classifier, the file of one or of a published Places365 "
        "classifier, torchvision:NAME, or package.module:factory."
    ),
]
_GENERATOR = "A bundled model's name, or the path of a generator's file."
#: Of one that makes pictures.
Generator = Annotated[str, typer.Option("--model", help=_GENERATOR)]
GivenGenerator = Annotated[str, typer.Argument(help=_GENERATOR)]
#: Of one that was dissected.
DissectedModel = Annotated[
    str, typer.Option("--model", help="The generator's name or file [The dissection's own].")
]
#: Of one that is evaluated.
EvaluatedModel = Annotated[str, typer.Option("--model", help="Bundled name or file.")]
Weights = Annotated[
    Path | None, typer.Option(help="File of weights for torchvision:NAME or a factory.")
]
SegmenterName = Annotated[
    str, typer.Option("--segmenter", help="What tells concepts apart; the one of the dissection.")
]

# Of a dissection that is there already ------------------------------------------------------------

Folder = Annotated[Path, typer.Argument(help="Folder of a dissection.")]
Layers = Annotated[str, typer.Option(help="Layers, with commas [All of the dissection].")]
Level = Annotated[str, typer.Option(help="0.99, 0.995 or raw-0.99 [The first].")]
BrushUnits = Annotated[
    int | None,
    typer.Option(
        "--units",
        "-k",
        min=1,
        help="Units of a brush in each layer; unless said, the number that did most on held-out "
        "pictures, or 20.",
    ),
]
BrushOrder = Annotated[
    str,
    typer.Option(
        "--order",
        help="How a brush's units are chosen: by iou, by effect, or best: the order that did most "
        "for the concept on held-out pictures.",
    ),
]
Size = Annotated[int, typer.Option(help="Latents.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the latents; not the dissection's.")]
Interpretable = Annotated[
    float, typer.Option(help="A unit counts as matching a concept above this IoU.")
]
MinIoU = Annotated[
    float, typer.Option("--iou", help="A unit matches its best concept above this IoU.")
]
OtherFolder = Annotated[Path | None, typer.Option("--out", help="Write to this folder instead.")]

# Of pictures --------------------------------------------------------------------------------------

CropSide = Annotated[
    int, typer.Option("--crop", help="Pixels of a side of the pictures; 0: as it was trained.")
]
Fit = Annotated[
    str,
    typer.Option(
        help="squeeze makes pictures square, as published; cover keeps their proportions."
    ),
]
Normalize = Annotated[
    bool,
    typer.Option(
        help="Pictures reach your own classifier as ImageNet's, or as they are, -1 to 1; dissect() "
        "in Python does the same."
    ),
]
PngFile = Annotated[Path, typer.Option("--out", help="The PNG file to write.")]
NewFolder = Annotated[
    Path, typer.Option("--out", help="Folder to write to; made where it is missing.")
]
FiguresFile = Annotated[
    Path | None, typer.Option("--json", help="Write the figures to this file too.")
]

# How it is computed -------------------------------------------------------------------------------

Batch = Annotated[int, typer.Option(help="Pictures in one pass; halved if memory runs out.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda or mps.")]
Precision = Annotated[str, typer.Option(help="auto, float32 or bfloat16.")]
Threads = Annotated[int, typer.Option(help="CPU threads; 0 leaves it to torch.")]
Workers = Annotated[
    int, typer.Option(help="Processes that load pictures and labels, or paint them; 0: none.")
]
Backend = Annotated[
    str,
    typer.Option(
        help="How processes started by torchrun talk: gloo, nccl, or auto: nccl where each has "
        "a GPU of its own."
    ),
]
Forecast = Annotated[
    bool,
    typer.Option("--forecast", help="Tell what it would take, after a short trial; no more."),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with a job that was stopped or killed.")
]
Shown = Annotated[
    str, typer.Option("--progress", help="tqdm (a bar), json (lines on stdout) or none.")
]

# Of held-out scenes -------------------------------------------------------------------------------

HeldOutDomain = Annotated[
    str, typer.Option("--domain", help="Storybook domain of the held-out scenes.")
]
HeldOutCount = Annotated[int, typer.Option("--count", help="Held-out scenes.")]
HeldOutCache = Annotated[
    Path | None, typer.Option("--cache", help="Folder that keeps painted scenes [A new one].")
]

# Of a training ------------------------------------------------------------------------------------

TrainingData = Annotated[
    str,
    typer.Option(
        "--data", help="storybook:churches or storybook:scenes, or a folder of image files."
    ),
]
ClassData = Annotated[
    str,
    typer.Option("--data", help="storybook:scenes, or a folder with a subfolder for each class."),
]
TrainingSize = Annotated[
    int, typer.Option("--size", help="Width and height of the pictures in px, a power of two.")
]
TrainingCount = Annotated[
    int, typer.Option("--count", help="Scenes to paint (of a folder: most files; 0 is all).")
]
TrainingBatch = Annotated[int, typer.Option("--batch", help="Pictures in a batch.")]
#: Of Adam.
TrainingRate = Annotated[float, typer.Option("--rate", help="Learning rate.")]
#: Of runs that count steps.
SaveEvery = Annotated[int, typer.Option("--save-every", min=1, help="Steps between states.")]
Steps = Annotated[int, typer.Option(help="Batches to train on.")]
TunedResolutions = Annotated[
    int, typer.Option("--resolutions", help="How many are tuned, from the largest on.")
]
TrainingSeed = Annotated[
    int, typer.Option("--seed", min=0, max=2**32 - 1, help="Seed of weights, batches and latents.")
]
TrainingCache = Annotated[
    Path | None, typer.Option("--cache", help="Folder for painted pictures [OUT/pictures].")
]
TrainingDevice = Annotated[
    str, typer.Option("--device", help="cpu or cuda; auto takes cuda where there is one.")
]
RunFolder = Annotated[
    Path,
    typer.Option(
        "--out", help="Folder of the run: state, log, pictures or networks on the way. Resumes."
    ),
]
ResultFile = Annotated[
    Path | None, typer.Option("--result", help="Where to write the result [OUT/NAME].")
]


def names_of(text: str) -> list[str]:
    """Names written with commas: ``layer4, layer5``; none of an empty text.

    Raises:
        BadInputError: commas with nothing between them, or a name for the second time.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if text.strip() and not names:
        raise BadInputError(f"'{text}' names nothing; write names with commas, such as a,b.")
    for name in names:
        if names.count(name) > 1:
            raise BadInputError(f"'{text}' names {name} more than once; once is enough.")
    return names


def numbers_of(text: str, option: str) -> tuple[int, ...]:
    """Whole numbers written with commas: ``256,128``.

    Raises:
        BadInputError: naming the option, such as "units".
    """
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise BadInputError(
            f"--{option} takes whole numbers with commas, such as 256,128, not '{text}'."
        ) from None
