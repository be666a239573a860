"""The options of ``dissection dissect`` alone, one for each field of ``DissectionSettings``."""

from pathlib import Path
from typing import Annotated

import typer

Layers = Annotated[
    str,
    typer.Option(
        help="Layers to measure, with commas: layer4,layer5. Of a layer that runs several "
        "times in a pass the last use is measured."
    ),
]
Dissected = Annotated[
    str,
    typer.Option(
        "--model",
        help="A bundled generator or classifier, the file of one or of a published Places365 "
        "classifier, torchvision:NAME, or package.module:factory. It begins with the smallest "
        "generator that ships, which is quick on a CPU; the window's is storybook-church-sharp.",
    ),
]
Out = Annotated[Path, typer.Option(help="Folder for the dissection.")]
Images = Annotated[
    Path | None,
    typer.Option(help="Folder of pictures, or of a folder for each class, for classifiers."),
]
Labels = Annotated[
    str | None,
    typer.Option(
        help="Labeled pictures, for classifiers, in place of --images and --segmenter: "
        "broden:FOLDER (Broden's layout); maps:FOLDER (images/, PNG maps in object/, part/ ... "
        "or labels/, and names.txt, whose first name is of value 1 unless --first-value 0); "
        "storybook:churches (scenes with exact labels, painted as they are needed)."
    ),
]
Split = Annotated[
    str | None,
    typer.Option(help="Images of broden:FOLDER to take: train, val or test.", show_default="all"),
]
Ignore = Annotated[
    int | None,
    typer.Option(
        help="Value of the pixels in maps:FOLDER that nobody labeled; -1: there is none.",
        show_default="255",
    ),
]
FirstValue = Annotated[
    int | None,
    typer.Option(
        help="Value of the first name in names.txt: 1, value 0 being nothing, or 0, for maps that "
        "count their names from 0.",
        show_default="1",
    ),
]
Segmenter = Annotated[
    str | None,
    typer.Option(
        help="What tells concepts apart: storybook, storybook+colors+halves, netpqc, a path, "
        "package.module:Name.",
        show_default="storybook",
    ),
]
Size = Annotated[int, typer.Option(help="Latents or pictures to measure.")]
Seed = Annotated[
    int,
    typer.Option(
        help="Seed of the standard latents, or of the choice of pictures; of Storybook's "
        "labeled scenes the first layout."
    ),
]
Resize = Annotated[
    int,
    typer.Option(help="Pixels of a side before the border is cut off; 0: as it was trained."),
]
Interpolation = Annotated[
    str | None,
    typer.Option(
        help="How pictures are resized: bilinear, bicubic, lanczos, box or nearest.",
        show_default="as it was trained",
    ),
]
Mean = Annotated[
    str | None,
    typer.Option(
        help="Mean of red, green and blue that your classifier was trained with, 0 to 1, with "
        "commas; 0.5,0.5,0.5 and the same --std feed it -1 to 1.",
        show_default="as it was trained, or ImageNet's",
    ),
]
Std = Annotated[
    str | None,
    typer.Option(
        help="Standard deviation of red, green and blue.",
        show_default="as it was trained, or ImageNet's",
    ),
]
Quantile = Annotated[float, typer.Option(help="Share of positions at or below a unit's level.")]
Grid = Annotated[
    int, typer.Option(help="Width of the measuring grid; 0: 64, and 56 for classifiers.")
]
Centers = Annotated[
    str,
    typer.Option(
        help="Where a classifier's cells lie: even, receptive (its fields' middles), or auto: "
        "receptive where unpadded layers lie before them."
    ),
]
Channels = Annotated[
    str,
    typer.Option(
        help="Where the units of these layers' maps lie: first (N, C, h, w), last (N, h, w, C) "
        "as in Swin and ConvNeXt, or auto: what the network says."
    ),
]
EffectSize = Annotated[
    int | None,
    typer.Option(
        help="Latents or pictures to trace effects over, on concepts or classes; 0 leaves them "
        "out, as it is for classifiers unless said.",
        show_default="256, or 0 for classifiers",
    ),
]
RelateSize = Annotated[
    int,
    typer.Option(
        help="Images to measure over what relates units: precision-recall areas, lower exemplars, "
        "correlations, clarity; 0 leaves it out."
    ),
]
StrengthSize = Annotated[
    int, typer.Option(help="Held-out latents the best brushes are tried on; 0 leaves it out.")
]
Exemplars = Annotated[int, typer.Option(help="Best images to keep of each unit.")]
Pictures = Annotated[
    str,
    typer.Option(
        help="Store pictures of the units of these layers, with commas; those of others are "
        "made when they are looked at."
    ),
]
DType = Annotated[
    str, typer.Option("--dtype", help="What is sampled in: float32, bfloat16 or float16.")
]
EffectPrecision = Annotated[
    str, typer.Option("--precision", help="Of effects and trials: auto, float32 or bfloat16.")
]
Memory = Annotated[float, typer.Option(help="GB of maps to keep at a time, on disk.")]
PauseAfter = Annotated[
    float | None,
    typer.Option(min=0, help="Stop after so many seconds, to go on with --resume."),
]
Provisional = Annotated[
    Path | None,
    typer.Option(help="With --pause-after: folder for what the units match so far."),
]
