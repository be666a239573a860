"""The ``ganpaint`` command: opens the window, or renders it into a file."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dissection.runtime.torch_loading import put_off_collecting
from dissection.runtime.version import VERSION
from ganpaint.rendering.devices import trouble_with
from ganpaint.window.libraries import missing_for_window

_WINDOWLESS = ("--screenshot", "--version", "-h", "--help")
#: What screenshots can show beside the picture.
VIEWS = ("before", "split", "difference", "cells", "tint", "where")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit status."""
    # Qt ends the process where libraries of the system are missing, so they are looked for first.
    given = sys.argv[1:] if arguments is None else arguments
    windowless = any(word.split("=")[0] in _WINDOWLESS for word in given)
    missing = missing_for_window(screen=not windowless)
    if missing:
        print(f"ganpaint: {missing}", file=sys.stderr)  # noqa: T201 - there is no window to say it
        return 2
    known = parser()
    options = known.parse_args(arguments, argparse.Namespace(model=None))
    for name in ("stroke", "view", "concept", "pointer", "tab"):
        if getattr(options, name) and not options.screenshot:
            known.error(f"--{name} is for --screenshot; in the window the mouse and the keys do it")
    logging.basicConfig(format="ganpaint: %(message)s")
    put_off_collecting()
    missing = trouble_with(options.device) if options.device else ""
    if missing:
        print(f"ganpaint: {missing}", file=sys.stderr)  # noqa: T201 - no window is opened
        return 2
    _choose_model(options, known)
    if options.screenshot:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"

    # Qt's widgets are imported after the platform has been chosen.
    from ganpaint.window import application, screenshot

    if options.screenshot:
        return screenshot.take(options)
    return application.run(options)


def _choose_model(options: argparse.Namespace, known: argparse.ArgumentParser) -> None:
    """Check the unit that is to be shown; its generator is painted with, if none is named."""
    from dissection.errors import DissectionError
    from ganpaint.models.chooser import DEFAULT_MODEL

    if options.unit:
        from ganpaint.window.starting_unit import find_starting_unit

        try:
            model = find_starting_unit(options)
            options.model = options.model or model
        except DissectionError as error:
            known.error(str(error))
    options.model = options.model or DEFAULT_MODEL


def parser() -> argparse.ArgumentParser:
    """The options, with their help."""
    # Those of the window's parts are imported after it is known that Qt can be loaded.
    from ganpaint.models.chooser import DEFAULT_MODEL
    from ganpaint.painter.document.document import LAST_SEED
    from ganpaint.toolkit.theme import THEMES

    made = argparse.ArgumentParser(
        prog="ganpaint",
        description="Paint objects into and out of pictures made by a Progressive GAN, by "
        "switching the network's own units on and off.",
    )
    made.add_argument("--version", action="version", version=f"ganpaint {VERSION}")
    made.add_argument(
        "--project",
        type=Path,
        metavar="FILE",
        help="open a project (.ganpaint), or a picture that GANPaint saved",
    )
    made.add_argument(
        "--seed",
        type=_seed,
        help=f"the scene: a row of the standard latents, from 0 to {LAST_SEED} (the first of the "
        "generator's gallery)",
    )
    made.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME|PATH",
        help=f"a bundled generator, or the file of your own ({DEFAULT_MODEL})",
    )
    made.add_argument(
        "--dissection",
        type=Path,
        metavar="DIR",
        help="the folder of a dissection of this generator (bundled ones are found)",
    )
    made.add_argument(
        "--unit",
        default="",
        metavar="MODEL/LAYER/N",
        help="begin in the tab Units with this unit, such as storybook-church/layer4/123; without "
        "--model its generator is painted with",
    )
    made.add_argument(
        "--precision",
        choices=("auto", "float32", "bfloat16", "int8"),
        default="auto",
        help="what pictures are computed in while the hand moves (auto: what is fastest here, "
        "measured); pictures at rest and saved ones are float32 always",
    )
    made.add_argument(
        "--device",
        metavar="auto|cpu|cuda|mps",
        help="what pictures are computed on (as last time, or auto: the fastest that is here; "
        "cuda:1 names one of several)",
    )
    made.add_argument("--theme", choices=tuple(THEMES), help="the theme (as last time, or dark)")
    _add_screenshots(made)
    return made


def _add_screenshots(made: argparse.ArgumentParser) -> None:
    shots = made.add_argument_group("screenshots")
    shots.add_argument(
        "--screenshot",
        type=Path,
        metavar="OUT.png",
        help="render the real window into a file without showing it, and exit",
    )
    shots.add_argument(
        "--size", default="1280x800", metavar="WxH", help="size of the window (1280x800)"
    )
    shots.add_argument(
        "--tab",
        default="",
        metavar="NAME",
        help="which tab to show (painter, or units with --unit)",
    )
    shots.add_argument(
        "--stroke",
        action="append",
        default=[],
        metavar="CONCEPT:MODE:X,Y,R",
        help="paint a dab before the picture is taken, as dissection paint does: "
        "tree:draw:40,90,12 or restore:40,90,12 in picture pixels; may be given again",
    )
    shots.add_argument(
        "--view",
        action="append",
        default=[],
        choices=VIEWS,
        help="show before, split, difference, cells, tint or where, as its key does; may be given "
        "again",
    )
    shots.add_argument(
        "--concept", metavar="CONCEPT", help="hold the brush of a concept, such as tree"
    )
    shots.add_argument(
        "--pointer", metavar="X,Y", help="hold the brush over the picture, in picture pixels"
    )


def _seed(text: str) -> int:
    from ganpaint.painter.document.document import LAST_SEED

    if not text.isdecimal() or int(text) > LAST_SEED:
        raise argparse.ArgumentTypeError(f"a seed is from 0 to {LAST_SEED}, not {text}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
