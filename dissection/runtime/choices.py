"""Words of which one is chosen, as types, and how a word from outside becomes one of them.

Whoever writes a wrong word in code is told by a type checker; a word of a command line or a file
is looked up with ``chosen``, and the caller says in a sentence what is wrong with it.
"""

from collections.abc import Iterable
from typing import Literal, TypeVar, get_args

#: Where it is computed; "cuda:1" names one of several.
Device = Literal["auto", "cpu", "cuda", "mps"] | str
#: What pictures are computed in.
Precision = Literal["auto", "float32", "bfloat16"]
#: And what the live pictures of a CPU may be, beside these.
LivePrecision = Literal["auto", "float32", "bfloat16", "int8"]
#: What they are computed in once that is chosen.
ChosenPrecision = Literal["float32", "bfloat16"]
#: What a network computes in while it is sampled.
DType = Literal["float32", "bfloat16", "float16"]
#: Where the cells of a classifier's maps lie in its pictures. "even" is the published rule for all
#: but AlexNet; "receptive" follows the network; "auto" does so where unpadded layers lie before.
CellCenters = Literal["auto", "even", "receptive"]
#: Where the units of a layer's maps lie.
Channels = Literal["auto", "first", "last"]
#: How pictures become square.
Fit = Literal["squeeze", "cover"]
#: How processes that torchrun started talk.
Backend = Literal["auto", "gloo", "nccl"]
#: How helpers that load pictures are started.
StartMethod = Literal["spawn", "forkserver"]
#: How a concept's units are ranked.
Order = Literal["iou", "effect"]
#: How a brush's units are chosen: also by what its brushes did on held-out latents.
BrushOrder = Literal["best", "iou", "effect"]
#: How the units of a stroke came about: also as somebody's own brush has them.
UnitOrder = Literal["iou", "effect", "mine"]

#: How pictures are resized.
INTERPOLATION_NAMES = ("bilinear", "bicubic", "lanczos", "box", "nearest")

ORDERS: tuple[Order, ...] = get_args(Order)
BRUSH_ORDERS: tuple[BrushOrder, ...] = get_args(BrushOrder)
UNIT_ORDERS: tuple[UnitOrder, ...] = get_args(UnitOrder)

_Word = TypeVar("_Word", bound=str)


def chosen(word: object, words: Iterable[_Word]) -> _Word | None:
    """The one of some words that somebody said; None if it is none of them.

    Example:
        >>> chosen("effect", ORDERS), chosen("size", ORDERS)
        ('effect', None)
    """
    return next((known for known in words if known == word), None)
